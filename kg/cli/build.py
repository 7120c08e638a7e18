"""``kg build`` and ``kg check``."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from kg import pipeline
from kg.cli.options import common, console, display_path, flag, language, percent, settings
from kg.model import Finding, Measure
from kg.pipeline import Built
from kg.settings import Settings

_SHOWN = 20
_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress line on a terminal's stderr; nothing into a pipe."""
    talk = console(stderr=True)
    if quiet or not talk.is_terminal:
        yield lambda _what, _done, _total: None
        return
    with talk.status("") as status:

        def report(what: str, done: int, total: int) -> None:
            amount = f" {done:,}/{total:,}" if total else f" {done:,}" if done else ""
            status.update(f"{what}{amount}")

        yield report


@click.command()
@click.option("--stage", type=click.Choice(pipeline.STAGES), default="site", show_default=True, help="Stop after this stage.")
@click.option(
    "--jobs", type=click.IntRange(0, 256), default=0, metavar="N", help="Processes (default: one a core)."
)
@click.option("--full", is_flag=True, help="Look nothing up in the caches under .kg/.")
@click.option("--strict", is_flag=True, help="Exit 1 when there is any finding of severity error.")
@common
def build(stage: str, jobs: int, full: bool, strict: bool) -> None:
    """Build ontology, measures, maps, reports and site from the notes."""
    given = settings()
    start = time.perf_counter()
    with _progress(bool(flag("quiet"))) as progress:
        how = pipeline.How(jobs, None if full else given.cache)
        built = pipeline.build(given, stage=stage, how=how, progress=progress)
    if not flag("quiet"):
        _summary(given, built, time.perf_counter() - start)
    errors = sum(1 for f in built.findings if f.severity == "error")
    for measure, share in built.gates:
        click.echo(
            f"gate not met: {measure.name} is {percent(measure.value)}, {percent(share)} is asked for"
            + (f" ({measure.note})" if measure.note and measure.value is None else ""),
            err=True,
        )
    if built.gates or (strict and errors):
        raise SystemExit(1)


def _summary(given: Settings, built: Built, seconds: float) -> None:
    talk = console(stderr=True)
    lang = language(built.languages)
    corpus = built.corpus
    links = pipeline.link_counts(corpus)
    own = sum(1 for a in corpus.assertions if a.context == "text")
    talk.print(f"[bold]notes[/]      {len(corpus.notes):,} read, {len(corpus.concepts):,} concepts")
    typed: Counter[str] = Counter()
    for _, predicate, _ in {(a.subject, a.predicate, a.object) for a in corpus.assertions}:
        relation = built.relations.get(predicate)
        if relation is not None:
            typed[relation.key] += 1
    if typed:
        shown = ", ".join(f"{key} {count:,}" for key, count in typed.most_common(8))
        more = f", {len(typed) - 8} other types" if len(typed) > 8 else ""
        talk.print(f"[bold]relations[/]  {typed.total():,} typed: {shown}{more}")
    else:
        talk.print("[bold]relations[/]  none has a type yet; write e.g. 'depends-on: \"\\[\\[X]]\"' in the front matter")
    talk.print(
        f"[bold]links[/]      {links.resolved:,} to other notes and files resolved, {own:,} of them untyped between concepts"
    )
    if links.own:
        talk.print(f"           {links.own:,} to headings of their own note: tables of contents, no association")
    trouble = (
        (links.broken, "broken", "red"), (links.ambiguous, "ambiguous", "yellow"),
        (links.broken_anchor, "to missing headings", "yellow"), (links.broken_attachment, "to missing files", "yellow"),
    )  # fmt: skip
    parts = [f"[{colour}]{count:,} {what}[/]" for count, what, colour in trouble if count]
    if parts:
        talk.print("           " + ", ".join(parts))
    talk.print(f"[bold]statements[/] {len(built.graph):,} in the graph")
    if built.assessment:
        for measure in built.assessment.measures:
            talk.print(f"[bold]measure[/]    {_measure(measure, given)}")
    _print_findings(given, built.findings, limit=_SHOWN if flag("verbose") else 5)
    out = given.out
    parts = [f"{name} {value:.1f}" for name, value in built.seconds.items() if value >= 0.05]
    talk.print(f"[bold]seconds[/]    {seconds:.1f}" + (f" ({', '.join(parts)})" if flag("verbose") and parts else ""))
    where = out / "index.html" if (out / "index.html").exists() else out
    talk.print(f"[bold]look at[/]    {where}  [dim]({lang}; {built.artifacts:,} files)[/]")


def _measure(measure: Measure, given: Settings) -> str:
    value = percent(measure.value)
    counts = f" ({measure.numerator:g} of {measure.denominator:g})" if measure.denominator else ""
    target = ""
    if measure.target is not None:
        target = f", target {percent(measure.target)}: " + ("[green]met[/]" if measure.met else "[red]not met[/]")
    claimed = given.claimed.get(measure.name)
    said = f", claimed {percent(claimed)}" if claimed is not None else ""
    note = f" — {measure.note}" if measure.note else ""
    return f"{measure.name} {value}{counts}{target}{said}{note}"


def _print_findings(given: Settings, findings: tuple[Finding, ...], limit: int) -> None:
    talk = console(stderr=True)
    if not findings:
        talk.print("[bold]findings[/]   none")
        return
    counts = Counter(f.severity for f in findings)
    said = ", ".join(f"{counts[s]:,} {s}" for s in ("error", "warning", "info") if counts[s])
    talk.print(f"[bold]findings[/]   {said}")
    rank = {"error": 0, "warning": 1, "info": 2}
    first = sorted(findings, key=lambda f: rank[f.severity])[:limit]
    for f in first:
        place = f"{display_path(given, f.path)}:{f.line}:{f.column}"
        talk.print(f"  [{_COLOURS[f.severity]}]{f.code}[/] {place} ", end="")
        talk.print(f.message, markup=False)
    if len(findings) > len(first):
        talk.print(f"  … {len(findings) - len(first):,} more: kg check")


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), default="error", show_default=True,
    help="Exit 1 at findings of this severity or worse.",
)  # fmt: skip
@click.option("--select", default="", metavar="CODE,…", help="Only these codes or their beginnings (KG2).")
@click.option("--ignore", default="", metavar="CODE,…", help="Not these codes or their beginnings.")
@common
def check(form: str, fail_on: str, select: str, ignore: str) -> None:
    """Find faults in the notes; writes nothing."""
    given = settings()
    with _progress(bool(flag("quiet"))) as progress:
        built = pipeline.assess(
            given, pipeline.How(cache=given.cache if given.cache.is_dir() else None), progress=progress
        )
    chosen = tuple(s.strip().upper() for s in select.split(",") if s.strip()) or ("",)
    ignored = tuple(s.strip().upper() for s in ignore.split(",") if s.strip())
    found = [f for f in built.findings if f.code.startswith(chosen) and not (ignored and f.code.startswith(ignored))]
    if form == "json":
        from kg.export import findings_json

        click.echo(json.dumps(json.loads(findings_json(tuple(found)).data), ensure_ascii=False, indent=2))
    else:
        for f in found:
            place = f"{display_path(given, f.path)}:{f.line}:{f.column}"
            click.echo(f"{place}: {click.style(f.code, fg=_COLOURS[f.severity])} {f.name}: {f.message}")
            if f.hint:
                click.echo(f"    hint: {f.hint}")
    counts: Counter[str] = Counter(f.severity for f in found)
    if not flag("quiet"):
        said = ", ".join(f"{counts[s]:,} {s}" for s in ("error", "warning", "info") if counts[s]) or "no findings"
        click.echo(f"{said} in {len(built.corpus.notes):,} notes", err=True)
    failing = {"error": ("error",), "warning": ("error", "warning"), "never": ()}[fail_on]
    if any(counts[s] for s in failing):
        raise SystemExit(1)
