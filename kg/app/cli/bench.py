"""``kg bench``."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.options import (
    NamedPath,
    common_but_notes,
    display_path,
    flag,
    log_json,
    output_file,
    read_settings,
    say,
    texts,
    translate_sentence,
)
from kg.app.cli.tables import print_table
from kg.base.errors import UsageError
from kg.base.json_forms import json_pretty
from kg.base.store import write_file

if TYPE_CHECKING:
    from kg.app.bench import BenchResult
    from kg.metrics.benchmark import Run


@click.command()
@click.option(
    "--notes",
    "sizes",
    type=click.IntRange(2, 1_000_000),
    multiple=True,
    metavar="N",
    help="Number of notes; repeatable.",
)
@click.option("--stage", type=click.Choice(knowledge.STAGES), default="graph", show_default=True, help="Last stage to build.")
@click.option(
    "--repeat", type=click.IntRange(1, 100), default=1, show_default=True, help="Number of clean builds of each size."
)
@click.option(
    "--record", is_flag=True, help="Record the run in ontology/snapshot/benchmarks.jsonl and compare it with the last."
)
@click.option(
    "--budget", type=click.FloatRange(0, 1000), default=25, show_default=True, metavar="PERCENT",
    help="Maximum increase over the previous run; if exceeded, exit with 1.",
)  # fmt: skip
@click.option(
    "--report", "target", type=NamedPath(dir_okay=False), metavar="FILE", help="Write a report: Markdown and two SVG files."
)
@click.option("--keep", type=NamedPath(file_okay=False), metavar="DIR", help="Keep notes and output in this new folder.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@output_file
@common_but_notes
def bench(
    sizes: tuple[int, ...],
    stage: str,
    repeat: int,
    record: bool,
    budget: float,
    target: Path | None,
    keep: Path | None,
    form: str,
) -> None:
    """Build synthetic notes of several sizes, measure each stage, and compare with the recorded runs.

    Compared are memory, and CPU time divided by that of a fixed computation measured at the same time, so that another or a
    busy machine has little influence. Only runs of the same design (sizes, stage, repetitions, generated notes) are compared.
    """
    # start time: only this command needs it
    from kg.app.bench import run

    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", hint="give a new folder with --keep DIR")
    wanted = sorted(set(sizes or (1000, 10_000)))
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as temporary:
        folder = keep or Path(temporary)

        def report(text: str) -> None:
            if not flag("quiet"):
                say(translate_sentence("bench-progress", text))

        results = run(folder, wanted, stage, report, repeat)
    runs = _runs(results, stage, repeat, budget / 100, record) if record or target else []
    if form == "json":
        click.echo(json_pretty([r._asdict() for r in results]))
    else:
        _table(results)
    if target is not None:
        _report(runs, target)
    if runs:
        _compare(runs)


def _runs(results: Sequence[BenchResult], stage: str, repeat: int, budget: float, record: bool) -> list[Run]:
    """The recorded runs followed by this one, which is stored if `record` is set."""
    # start time: only this command needs it
    from kg.app.bench.record import keep, run_of, yardstick
    from kg.metrics.benchmark import read_runs

    settings = read_settings()
    recorded = list(read_runs(settings.ontology))
    this = run_of(results, stage, repeat, budget, settings.root, yardstick())
    if record:
        path = keep(settings.ontology, this)
        if not flag("quiet"):
            shown = display_path(replace(settings, notes=(path.parent,)), path.name)
            say(texts("bench")("recorded", n=len(recorded) + 1, path=shown))
    return [*recorded, this]


def _report(runs: Sequence[Run], target: Path) -> None:
    # start time: only this command needs it
    from kg.app.bench.report import history_plot, report, stages_plot

    names = f"{target.stem}-stages.svg", f"{target.stem}-history.svg"
    write_file(target, report(runs, names))
    write_file(target.with_name(names[0]), stages_plot(runs[-1]))
    write_file(target.with_name(names[1]), history_plot(runs))
    if not flag("quiet"):
        say(texts("bench")("report", path=target))


def _compare(runs: Sequence[Run]) -> None:
    # start time: only a comparison needs it
    from kg.metrics.benchmark import find_comparable, find_excesses

    before = find_comparable(runs[-1], runs)
    over = find_excesses(runs[-1], before)
    t = texts("bench")
    for item in over:
        if not log_json("benchmark-over-budget", what=item.what, ratio=item.now / item.before, allowed=1 + item.budget):
            say(t("over", what=item.what, ratio=f"{item.now / item.before:.2f}", allowed=f"{1 + item.budget:.2f}"))
    if over:
        raise SystemExit(1)
    if not flag("quiet"):
        say(t("first") if before is None else t("within", time=before.time))


def _table(results: Sequence[BenchResult]) -> None:
    # start time: rich is needed only for tables
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from kg.app.bench import growth

    t = texts("bench")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for result in results:
        table.add_column(t("n-notes", n=result.notes), justify="right")
    for name in dict.fromkeys(name for r in results for name in r.stages):
        table.add_row(name, *(f"{r.stages.get(name, 0.0):.2f} s" for r in results))
    table.add_row(t("all"), *(f"{r.seconds:.2f} s" for r in results))
    table.add_row(t("unchanged"), *(f"{r.unchanged:.2f} s" for r in results))
    table.add_row(t("rate"), *(f"{r.notes / r.seconds:,.0f}" for r in results))
    table.add_row(t("memory"), *(f"{r.peak / 1e6:,.0f} MB" for r in results))
    table.add_row(t("statements"), *(f"{r.statements / r.notes:.1f}" for r in results))
    exponents = ["", *(f"n^{growth(a, b):.2f}" for a, b in itertools.pairwise(results))]
    table.add_row(t("growth"), *exponents)
    print_table(table)
