"""``kg init``, ``kg map`` and ``kg bench``."""

from __future__ import annotations

import itertools
from pathlib import Path

import click

from kg import pipeline
from kg.cli.options import common, common_but_notes, console, flag, language, say, settings
from kg.errors import UsageError
from kg.starter import FILES
from kg.store import write_file


@click.command()
@click.argument("folder", required=False, default=".", type=click.Path(path_type=Path), metavar="[DIR]")
@common
def init(folder: Path) -> None:
    """Make a small knowledge base that builds."""
    start = (flag("directory") or Path()) / folder
    taken = [name for name in FILES if (start / name).exists()]
    if taken:
        raise UsageError(f"{start / taken[0]} is already there", hint="give a new folder: kg init DIR")
    for name, text in FILES.items():
        write_file(start / name, text.encode())
    if not flag("quiet"):
        say(f"{len(FILES)} files written to {start}; now: kg build" + ("" if str(start) == "." else f" -C {start}"))


@click.command("map")
@click.argument("concept", required=False)
@click.option("--depth", type=click.IntRange(0, 6), default=1, show_default=True, help="Steps from the concept.")
@click.option("-o", "target", type=click.Path(path_type=Path), help="The file to write (default: CONCEPT.html).")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@common
def map_(concept: str | None, depth: int, target: Path | None, show: bool) -> None:
    """Write one concept map as a single offline HTML file."""
    from kg import maps
    from kg.names import page_name
    from kg.rdf.concepts import find

    given = settings()
    built = pipeline.assess(given)
    iri = find(built.corpus.concepts, concept).iri if concept is not None else None
    assert built.assessment is not None  # noqa: S101  # `assess` always measures
    data = maps.single(built.assessment, iri, depth, language(built.languages))
    name = page_name(built.corpus.concepts[iri].id) if iri else "overview"
    path = target or Path(f"{name}.html")
    write_file(path, data)
    click.echo(str(path))
    if show:
        click.launch(str(path.absolute()))


@click.command()
@click.option(
    "--notes",
    "sizes",
    type=click.IntRange(2, 1_000_000),
    multiple=True,
    metavar="N",
    help="How many notes; repeatable.",
)
@click.option("--stage", type=click.Choice(pipeline.STAGES), default="graph", show_default=True, help="Build up to this stage.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="DIR", help="Keep notes and output in this new folder.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@common_but_notes
def bench(sizes: tuple[int, ...], stage: str, keep: Path | None, form: str) -> None:
    """Build synthetic notes of several sizes and time each stage."""
    import json
    import tempfile

    from kg.bench import growth, run

    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", hint="give a new folder with --keep DIR")
    wanted = sorted(set(sizes or (1000, 10_000)))
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as temporary:
        folder = keep or Path(temporary)
        talk = (lambda _text: None) if flag("quiet") else say
        results = run(folder, wanted, stage, talk)
    if form == "json":
        click.echo(json.dumps([r._asdict() for r in results], indent=2))
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for result in results:
        table.add_column(f"{result.notes:,} notes", justify="right")
    for name in dict.fromkeys(name for r in results for name in r.stages):
        table.add_row(name, *(f"{r.stages.get(name, 0.0):.2f} s" for r in results))
    table.add_row("all, with the process", *(f"{r.seconds:.2f} s" for r in results))
    table.add_row("nothing changed", *(f"{r.unchanged:.2f} s" for r in results))
    table.add_row("notes a second", *(f"{r.notes / r.seconds:,.0f}" for r in results))
    table.add_row("peak memory", *(f"{r.peak / 1e6:,.0f} MB" for r in results))
    table.add_row("statements a note", *(f"{r.statements / r.notes:.1f}" for r in results))
    exponents = ["", *(f"n^{growth(a, b):.2f}" for a, b in itertools.pairwise(results))]
    table.add_row("growth", *exponents)
    console().print(table)
