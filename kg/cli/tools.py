"""``kg init``, ``kg map`` and ``kg doctor``."""

from __future__ import annotations

import itertools
import sys
from importlib import metadata
from pathlib import Path

import click

from kg import parcels, pipeline, process
from kg.cli.options import common, common_but_notes, console, display_path, flag, language, settings
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
        click.echo(
            f"{len(FILES)} files written to {start}; now: kg build" + ("" if str(start) == "." else f" -C {start}"), err=True
        )


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
        talk = (lambda _text: None) if flag("quiet") else (lambda text: click.echo(text, err=True))
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


@click.command()
@click.option(
    "--install", "wanted", type=click.Choice(sorted(parcels.PARCELS)), metavar="NAME", help="Fetch code for browsers: mermaid."
)
@click.option(
    "--from",
    "archive",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="With --install: an archive that 'npm pack' made, in place of the network.",
)
@common
def doctor(wanted: str | None, archive: Path | None) -> None:
    """Say which tools are found, which are missing, and what that costs.

    --install fetches a pinned version with npm, checks its digest, and keeps it in your cache; nothing of it is run.
    """
    if wanted is not None:
        click.echo(str(parcels.install(parcels.PARCELS[wanted], archive)))
        return
    given = settings()
    click.echo(f"kg {metadata.version('kg-notes')}, Python {sys.version.split()[0]}, {sys.platform}")
    for package in ("pyromark", "pyoxigraph", "rdflib", "oxrdflib", "networkx", "igraph", "pyvis", "latex2mathml"):
        click.echo(f"  {package:14} {metadata.version(package)}")
    click.echo("optional")
    for name, programs, cost in (
        ("chromium", ("chromium", "chromium-browser", "google-chrome"), "browser tests are skipped; apt install chromium"),
    ):
        found = process.find(*programs)
        if found is None:
            click.echo(f"  {name:14} missing: {cost}")
            continue
        version = process.run([found, "--version"], timeout=20).stdout.strip().splitlines()
        click.echo(f"  {name:14} {found} ({version[0] if version else 'does not say its version'})")
    for parcel in parcels.PARCELS.values():
        there = parcels.find(parcel)
        state = f"{there} ({parcel.version})" if there else f"missing: {parcel.purpose}; kg doctor --install {parcel.name}"
        click.echo(f"  {parcel.name:14} {state}")
    click.echo("this knowledge base")
    for folder in given.notes:
        state = "" if folder.is_dir() else "  missing: give one with --notes DIR, or run 'kg init'"
        click.echo(f"  {'notes':14} {display_path(given, '') if len(given.notes) == 1 else folder}{state}")
    built = (given.out / "build.json").is_file()
    click.echo(f"  {'output':14} {given.out}" + ("" if built else "  not built yet: kg build"))
    if given.base == "https://example.org/kb/":
        click.echo(f"  {'base':14} {given.base}  a placeholder: set 'base' in kg.toml before you publish IRIs")
