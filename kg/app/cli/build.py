"""``kg build``."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NoReturn

import click

from kg import knowledge
from kg.app.cli.findings import message_reader
from kg.app.cli.options import (
    common,
    display_path,
    flag,
    join,
    language,
    log_json,
    read_settings,
    say_other_texts,
    texts,
    translate_reason,
    trust_committed,
)
from kg.app.cli.quality import say_gate, trend
from kg.app.cli.terminal import console, escape, in_ci, pad_text
from kg.base.extras import has_extra, install_command, require_extra
from kg.base.names import printable
from kg.base.texts import Texts

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge import MeasureLine, Published, Summary

_held: list[Published] = []
"""The last build. It is kept so that exiting frees its memory at once, faster than object by object."""
COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


@click.command()
@click.option("--stage", type=click.Choice(knowledge.STAGES), default="site", show_default=True, help="Stop after this stage.")
@click.option(
    "--jobs",
    type=click.IntRange(0, 256),
    default=0,
    metavar="N",
    help="Processes to read and render (default: one per core).",
)
@click.option("--full", is_flag=True, help="Build everything, ignoring caches and up-to-date output.")
@click.option("--watch", is_flag=True, help="Keep running and build again after each change.")
@click.option("--strict", is_flag=True, help="Exit with 1 if there are errors.")
@trust_committed
@common
def build(stage: str, jobs: int, full: bool, watch: bool, strict: bool, trust_committed: bool) -> None:
    """Build ontology, measures, maps, reports and site from the notes."""
    settings = replace(read_settings(), trust_committed=trust_committed)
    if watch:
        _watch(settings, stage, jobs, full=full)
    how = knowledge.How(jobs, None if full else settings.cache)
    good = _once(settings, stage, how, full)
    if good.gates or (strict and good.findings["error"]):
        raise SystemExit(1)


def _once(settings: Settings, stage: str, how: knowledge.How, full: bool) -> Summary:
    start = time.perf_counter()
    published = knowledge.build_base(settings, stage=stage, how=how, full=full)
    if not flag("quiet"):
        _print(settings, published, time.perf_counter() - start)
    for failure in published.summary.gates:
        say_gate(failure)
    _held[:] = [published]
    return published.summary


def _watch(settings: Settings, stage: str, jobs: int, *, full: bool) -> NoReturn:
    """Build after each change until interrupted; an error is reported and doesn't end the loop."""
    require_extra("serve", "kg build --watch")
    # start time: only this option needs it
    from kg.app.cli.watching import BuildPrinter, watch_request
    from kg.serve.watch.session import run_session

    def print_whole(published: Published, seconds: float) -> None:
        if not flag("quiet"):
            _print(settings, published, seconds)

    request = watch_request(settings, stage, jobs, full=full)
    run_session(settings, request, BuildPrinter(print_whole))


def _print(settings: Settings, published: Published, seconds: float) -> None:
    summary = published.summary
    if log_json("built", seconds=round(seconds, 3), changed=published.changed, out=str(published.out), **_data(published)):
        return
    t = texts("build")
    talk = console(stderr=True)
    if in_ci() and not flag("verbose"):
        talk.print(escape(printable(_one_line(published, seconds, t))), soft_wrap=True)
        return

    def line(head: str, text: str) -> None:
        talk.print(f"[bold]{_head(t(head))}[/]{text}")

    line("notes", _read(settings, summary, t))
    if summary.other_texts:
        talk.print(_INDENT + escape(say_other_texts(summary.other_texts)))
    if summary.relations:
        kinds = join([f"{key} {count:,}" for key, count in list(summary.relations.items())[:8]])
        more = len(summary.relations) - 8
        line("relations", t("typed-more" if more > 0 else "typed", n=sum(summary.relations.values()), kinds=kinds, more=more))
    else:
        line("relations", escape(t("no-type")))
        if summary.untyped:
            talk.print(_INDENT + t("propose-types"))
    links = summary.links
    line("links", t("resolved", resolved=links.resolved, untyped=summary.untyped))
    if links.own:
        talk.print(_INDENT + t("own-headings", n=links.own))
    trouble = (
        (links.broken, "broken", "red"), (links.ambiguous, "ambiguous", "yellow"),
        (links.broken_anchor, "broken-anchor", "yellow"), (links.broken_attachment, "broken-attachment", "yellow"),
        (links.unwritten, "unwritten", "blue"),
    )  # fmt: skip
    parts = [f"[{colour}]{t(key, n=count)}[/]" for count, key, colour in trouble if count]
    if parts:
        talk.print(_INDENT + join(parts))
    line("statements", t("in-graph", n=summary.statements))
    for measure in summary.measures:
        if measure.value is not None or measure.gate is not None or measure.target is not None:
            line("measure", _measure(measure, t))
    _print_findings(settings, summary, limit=20 if flag("verbose") else 5)
    parts = [f"{name} {value:.1f}" for name, value in published.seconds.items() if value >= 0.05]
    detail = f" ({', '.join(parts)})" if flag("verbose") and parts else ""
    if sum(published.pages):
        rendered, kept = published.pages
        line("pages", t("rendered", rendered=rendered, kept=kept))
    detail = detail if published.changed else t("nothing-changed")
    line("seconds", f"{seconds:.1f}{detail}")
    index = published.out / "index.html"
    if index.exists() and _lacks_mermaid():
        line("diagrams", t("no-mermaid"))
    if index.exists() and settings.site.search and summary.notes >= _MANY_NOTES and not has_extra("search"):
        line("search", t("no-index", command=escape(install_command("search"))))
    where = escape(printable(str(index if index.exists() else published.out)))
    line("look-at", f"{where}  [dim]({t('files', lang=language(summary.languages), n=published.files)})[/]")


def _one_line(published: Published, seconds: float, t: Texts) -> str:
    """The summary for logs of CI."""
    # start time: `--help` doesn't need it
    from kg.model import format_value

    summary = published.summary
    findings = join([t(f"n-{severity}", n=n) for severity, n in summary.findings.items() if n]) or texts("check")("none")
    wanted = [m for m in summary.measures if m.target is not None and m.value is not None]
    missed = join([f"{m.name} {format_value(m.value, m.unit)}" for m in wanted if not m.met])
    targets = t("targets-met", met=sum(bool(m.met) for m in wanted), n=len(wanted))
    counts = join([t("n-notes", n=summary.notes), t("n-concepts", n=summary.concepts)])
    parts = [counts, findings, *([targets + (f" ({missed})" if missed else "")] if wanted else [])]
    return t("clause-separator").join([*parts, f"{published.out} ({seconds:.1f} s)"])


def _lacks_mermaid() -> bool:
    """Whether neither kg's copy of Mermaid nor an installed one is there, as in packages of some distributions."""
    # start time: only text output needs it
    from kg.base import parcels

    return not parcels.packed_path(parcels.MERMAID).is_file() and parcels.find(parcels.MERMAID) is None


_INDENT: Final = " " * 11
_MANY_NOTES: Final = 1_000
"""From this number of notes on, a search without an index loads megabytes of texts from a server."""


def _head(text: str) -> str:
    """The start of a line, padded to the longest English one."""
    # start time: rich is needed only for text output
    return pad_text(text, len(_INDENT))


def _read(settings: Settings, summary: Summary, t: Texts) -> str:
    """What was read."""
    key = "read" + ("-rdf" if settings.thesauri else "") + ("-planned" if summary.planned else "")
    concepts, files = t("n-concepts", n=summary.concepts), t("n-rdf-files", n=len(settings.thesauri))
    return t(key, notes=summary.notes, files=files, concepts=concepts, planned=summary.planned)


def _data(published: Published) -> dict[str, object]:
    # start time: only JSON needs it
    import msgspec

    data: dict[str, object] = msgspec.to_builtins(published.summary)
    return {
        **data,
        "stages": {k: round(v, 3) for k, v in published.seconds.items()},
        "files": published.files,
        "pages": list(published.pages),
    }


def _measure(measure: MeasureLine, t: Texts) -> str:
    # start time: `--help` doesn't need it
    from kg.model import format_value, percent

    counts = t("counted", n=f"{measure.numerator:g}", d=f"{measure.denominator:g}") if measure.denominator else ""
    target = ""
    if measure.target is not None:
        verdict = f"[green]{t('met')}[/]" if measure.met else f"[red]{t('not-met')}[/]"
        target = t("target", target=format_value(measure.target, measure.unit), verdict=verdict)
    claimed = t("claimed", value=format_value(measure.claimed, measure.unit)) if measure.claimed is not None else ""
    lower = t("lower", value=percent(measure.lower)) if measure.lower is not None else ""
    notes = [escape(translate_reason(measure.note))] if measure.note else []
    if measure.committed:
        notes.append(t("committed", n=measure.committed))
    note = f" — {t('clause-separator').join(notes)}" if notes else ""
    change = trend(measure.value, measure.trend, measure.unit)
    value = format_value(measure.value, measure.unit, t("unknown"))
    return f"{measure.name} {value}{counts}{change}{lower}{target}{claimed}{note}"


def _print_findings(settings: Settings, summary: Summary, limit: int) -> None:
    t = texts("build")
    talk = console(stderr=True)
    total = sum(summary.findings.values())
    head = f"[bold]{_head(t('findings'))}[/]"
    if not total:
        talk.print(head + t("none"))
        return
    talk.print(head + join([t(f"n-{severity}", n=n) for severity, n in summary.findings.items() if n]))
    read = message_reader(settings)
    for f in summary.worst[:limit]:
        place = f"{display_path(settings, f.path)}:{f.line}:{f.column}"
        talk.print(f"  [{COLOURS[f.severity]}]{f.code}[/] {escape(place)} {escape(read(f)[0])}")
    if total > limit:
        talk.print(f"  {t('more-findings', n=total - limit)}")
