"""``kg build``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn

import click
import msgspec

from kg import knowledge
from kg.app.cli.options import (
    common,
    console,
    display_path,
    escape,
    flag,
    language,
    log_json,
    read_settings,
    say_error,
    to_stderr,
    trust_committed,
)
from kg.app.cli.quality import say_gate, trend
from kg.base.errors import KgError
from kg.base.settings import Settings
from kg.knowledge import MeasureLine, Published, Summary
from kg.model import format_value, percent

_POLL = 0.5
_held: list[Published] = []
"""What was built last. Its memory goes back with the process, which is faster than object by object."""
COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


@contextmanager
def progress_line(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress line on a terminal's stderr; nothing into a pipe."""
    if quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    talk = console(stderr=True)
    with talk.status("") as status:

        def report(stage: str, done: int, total: int) -> None:
            amount = f" {done:,}/{total:,}" if total else f" {done:,}" if done else ""
            status.update(f"{stage}{amount}")

        yield report


@click.command()
@click.option("--stage", type=click.Choice(knowledge.STAGES), default="site", show_default=True, help="Stop after this stage.")
@click.option(
    "--jobs", type=click.IntRange(0, 256), default=0, metavar="N", help="Processes that read notes (default: one a core)."
)
@click.option("--full", is_flag=True, help="Do everything anew, whatever is cached or up to date.")
@click.option("--watch", is_flag=True, help="Stay and build again whenever something changes.")
@click.option("--strict", is_flag=True, help="Exit 1 when there is any finding of severity error.")
@trust_committed
@common
def build(stage: str, jobs: int, full: bool, watch: bool, strict: bool, trust_committed: bool) -> None:
    """Build ontology, measures, maps, reports and site from the notes."""
    settings = replace(read_settings(), trust_committed=trust_committed)
    how = knowledge.How(jobs, None if full else settings.cache)
    if watch:
        _watch(settings, stage, how)
    good = _once(settings, stage, how, full)
    if good.gates or (strict and good.findings["error"]):
        raise SystemExit(1)


def _once(settings: Settings, stage: str, how: knowledge.How, full: bool) -> Summary:
    start = time.perf_counter()
    with progress_line(bool(flag("quiet"))) as progress:
        published = knowledge.build_base(settings, stage=stage, how=how, full=full, progress=progress)
    if not flag("quiet"):
        _print(settings, published, time.perf_counter() - start)
    for failure in published.summary.gates:
        say_gate(failure)
    _held[:] = [published]
    return published.summary


def _watch(settings: Settings, stage: str, how: knowledge.How) -> NoReturn:
    """Build whenever something changes, until interrupted; an error is said and the next change waited for."""
    last = ""
    while True:
        current = knowledge.fingerprint_inputs(settings, stage)
        if current != last:
            last = current
            try:
                _once(settings, stage, how, full=False)
            except KgError as error:
                say_error(error)
            if not flag("quiet") and flag("log_format") != "json":
                to_stderr("watching for changes; Ctrl-C ends")
        time.sleep(_POLL)


def _print(settings: Settings, published: Published, seconds: float) -> None:
    summary = published.summary
    if log_json("built", seconds=round(seconds, 3), changed=published.changed, out=str(published.out), **_data(published)):
        return
    talk = console(stderr=True)
    lang = language(summary.languages)
    planned = f", {summary.planned:,} more that are plan and tasks" if summary.planned else ""
    talk.print(f"[bold]notes[/]      {summary.notes:,} read{_thesauri(settings)}, {summary.concepts:,} concepts{planned}")
    if summary.relations:
        total = sum(summary.relations.values())
        shown = ", ".join(f"{key} {count:,}" for key, count in list(summary.relations.items())[:8])
        more = f", {len(summary.relations) - 8} other types" if len(summary.relations) > 8 else ""
        talk.print(f"[bold]relations[/]  {total:,} typed: {shown}{more}")
    else:
        talk.print("[bold]relations[/]  none has a type yet; write e.g. 'depends-on: \"\\[\\[X]]\"' in the front matter")
        if summary.untyped:
            talk.print("           kg suggest --lane type proposes types for links, from the words around them")
    links = summary.links
    untyped = f"{summary.untyped:,} of them untyped between concepts"
    talk.print(f"[bold]links[/]      {links.resolved:,} to other notes and files resolved, {untyped}")
    if links.own:
        talk.print(f"           {links.own:,} to headings of their own note: tables of contents, no association")
    trouble = (
        (links.broken, "broken", "red"), (links.ambiguous, "ambiguous", "yellow"),
        (links.broken_anchor, "to missing headings", "yellow"), (links.broken_attachment, "to missing files", "yellow"),
    )  # fmt: skip
    parts = [f"[{colour}]{count:,} {kind}[/]" for count, kind, colour in trouble if count]
    if parts:
        talk.print("           " + ", ".join(parts))
    talk.print(f"[bold]statements[/] {summary.statements:,} in the graph")
    telling = [m for m in summary.measures if m.value is not None or m.gate is not None or m.name in summary.asked_for]
    for measure in telling:
        talk.print(f"[bold]measure[/]    {_measure(measure)}")
    unknown = [m.name for m in summary.measures if m not in telling]
    if unknown:
        talk.print(f"[bold]unknown[/]    {', '.join(unknown)}: nothing to measure yet; kg metrics says what is missing")
    _print_findings(settings, summary, limit=20 if flag("verbose") else 5)
    parts = [f"{name} {value:.1f}" for name, value in published.seconds.items() if value >= 0.05]
    detail = f" ({', '.join(parts)})" if flag("verbose") and parts else ""
    if sum(published.pages):
        rendered, kept = published.pages
        talk.print(f"[bold]pages[/]      {rendered:,} rendered, {kept:,} as they were")
    detail = detail if published.changed else " (nothing has changed since the last build)"
    talk.print(f"[bold]seconds[/]    {seconds:.1f}{detail}")
    index = published.out / "index.html"
    where = index if index.exists() else published.out
    talk.print(f"[bold]look at[/]    {where}  [dim]({lang}; {published.files:,} files)[/]")


def _thesauri(settings: Settings) -> str:
    count = len(settings.thesauri)
    return f", {count:,} RDF {'file' if count == 1 else 'files'}" if count else ""


def _data(published: Published) -> dict[str, object]:
    data: dict[str, object] = msgspec.to_builtins(published.summary)
    return {
        **data,
        "stages": {k: round(v, 3) for k, v in published.seconds.items()},
        "files": published.files,
        "pages": list(published.pages),
    }


def _measure(measure: MeasureLine) -> str:
    counts = f" ({measure.numerator:g} of {measure.denominator:g})" if measure.denominator else ""
    target = ""
    if measure.target is not None:
        verdict = "[green]met[/]" if measure.met else "[red]not met[/]"
        target = f", target {format_value(measure.target, measure.unit)}: {verdict}"
    claimed = f", claimed {format_value(measure.claimed, measure.unit)}" if measure.claimed is not None else ""
    lower = f", at least {percent(measure.lower)} by Wilson's bound" if measure.lower is not None else ""
    notes = [escape(measure.note)] if measure.note else []
    if measure.committed:
        notes.append(f"verdicts committed, not checked here: {measure.committed:,}")
    note = f" — {'; '.join(notes)}" if notes else ""
    change = trend(measure.value, measure.trend, measure.unit)
    return f"{measure.name} {format_value(measure.value, measure.unit)}{counts}{change}{lower}{target}{claimed}{note}"


def _print_findings(settings: Settings, summary: Summary, limit: int) -> None:
    talk = console(stderr=True)
    total = sum(summary.findings.values())
    if not total:
        talk.print("[bold]findings[/]   none")
        return
    talk.print("[bold]findings[/]   " + ", ".join(f"{n:,} {severity}" for severity, n in summary.findings.items() if n))
    for f in summary.worst[:limit]:
        place = f"{display_path(settings, f.path)}:{f.line}:{f.column}"
        talk.print(f"  [{COLOURS[f.severity]}]{f.code}[/] {escape(place)} {escape(f.message)}")
    if total > limit:
        talk.print(f"  … {total - limit:,} more: kg check")
