"""What `kg check` prints: findings in each format, their statistics and the summary."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kg.app.cli.build import COLOURS
from kg.app.cli.findings import message_reader
from kg.app.cli.options import flag, join, log_json, texts, to_stderr
from kg.app.cli.terminal import hyperlink
from kg.base.files import is_file
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.checks import Rule
    from kg.knowledge import CheckResult
    from kg.model import Finding

FORMATS: Final = ("text", "json", "sarif", "github", "gitlab", "rdjson", "junit")
RANK: Final = {"error": 0, "warning": 1, "info": 2}
_WIDEST: Final = 160
_AT_ONCE: Final = 1000
"""Lines that are written together."""


def say_event(text: str, event: str, **data: object) -> None:
    """Write a message to stderr, as text or, with ``--log-format json``, as an event; nothing with ``--quiet``."""
    if not flag("quiet") and not log_json(event, **data):
        to_stderr(text)


def print_summary(findings: Sequence[Finding], looked_at: Mapping[str, int]) -> None:
    """Say how many findings there are, by severity and rule."""
    t = texts("check")
    counts = Counter(f.severity for f in findings)
    severities = join([t(f"n-{s}", n=counts[s]) for s in ("error", "warning", "info") if counts[s]]) or t("none")
    things = join([t(f"n-{kind}", n=n) for kind, n in looked_at.items()])
    rules = Counter((RANK[f.severity], f.code, f.name) for f in findings)
    worst = sorted(rules.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    shown = join([f"{code} {name} {n:,}" for (_, code, name), n in worst[:8]])
    if len(rules) > 8:
        shown = t("other-rules", rules=shown, n=len(rules) - 8)
    summary = (
        t("summary-rules", counts=severities, what=things, rules=shown)
        if shown
        else t("summary", counts=severities, what=things)
    )
    fixable = sum(1 for f in findings if f.fix)
    if fixable:
        summary = t("fixable", summary=summary, n=fixable)
    say_event(summary, "checked", **dict(counts))


def print_findings(
    settings: Settings,
    checked: CheckResult,
    findings: Sequence[Finding],
    form: str,
    compact: bool,
    fails: Callable[[Finding], bool],
) -> None:
    """Print findings in a format."""

    def locate(path: str) -> str:
        return located(settings, checked.files, path)

    if form == "text":
        _text(settings, checked, findings, compact, locate)
        return
    # start time: text needs none of them
    from kg.checks import RULES, own_rules
    from kg.views import export

    if form == "json":
        click.echo(export.findings_json(tuple(findings)).data.decode(), nl=False)
        return
    rules: tuple[Rule, ...] = (*RULES, *own_rules(settings, Path.as_posix)[0])
    if form == "github":
        for line in export.render_github(findings, locate):
            click.echo(line)
        return
    if form in ("rdjson", "gitlab"):
        data_of = {path: _bytes_of(checked.files.get(path)) for path in {f.path for f in findings}}
        rows = export.render_rdjson(findings, locate, data_of) if form == "rdjson" else export.render_gitlab(findings, locate)
        sys.stdout.buffer.write(rows)
        sys.stdout.buffer.flush()
        return
    data = (
        export.render_sarif(findings, rules, locate).data
        if form == "sarif"
        else export.render_junit(findings, rules, fails, locate)
    )
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_statistics(findings: Sequence[Finding], form: str) -> None:
    """Print how many findings each rule has, most first; with a star where some can be fixed."""
    counts = Counter((f.code, f.name) for f in findings)
    fixable = Counter(f.code for f in findings if f.fix)
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if form == "json":
        # start time: only this format needs it
        from kg.base.json_forms import json_pretty

        click.echo(json_pretty([{"code": c, "name": name, "count": n, "fixable": fixable[c]} for (c, name), n in rows]))
        return
    for (code, name), n in rows:
        star = "[*] " if fixable[code] else "[ ] "
        click.echo(f"{n}\t{code}\t{star if fixable else ''}{printable(name)}")
    if fixable:
        say_event(texts("check")("star"), "fixable", count=sum(fixable.values()))


def _bytes_of(location: str | None) -> bytes:
    # start time: few formats read notes
    from kg.base import files

    try:
        return files.read(location) if location else b""
    except OSError:
        return b""


def located(settings: Settings, files: Mapping[str, str], path: str) -> str:
    """The path of a finding, relative to the current folder."""
    start = settings.notes[0] if len(settings.notes) == 1 else settings.root
    full = os.path.normpath(files.get(path) or start / path)
    relative = os.path.relpath(full)
    return Path(full if relative.startswith("../..") else relative).as_posix()


def _beside_notes(settings: Settings, path: Path) -> str:
    """The path of a file that is not a note, to show a line of it; empty if it isn't a file or is a link that leads outside."""
    real = Path(os.path.realpath(path))
    return str(real) if is_file(real) and real.is_relative_to(os.path.realpath(settings.root)) else ""


def _text(
    settings: Settings, checked: CheckResult, findings: Sequence[Finding], compact: bool, locate: Callable[[str], str]
) -> None:
    lines = _lines(settings, checked, findings, compact, locate)
    while block := list(itertools.islice(lines, _AT_ONCE)):
        click.echo("\n".join(block))


def _lines(
    settings: Settings, checked: CheckResult, findings: Sequence[Finding], compact: bool, locate: Callable[[str], str]
) -> Iterator[str]:
    # start time: only this command needs it
    from kg.app.cli.excerpt import Excerpts

    t, say, excerpts = texts("check"), message_reader(settings), Excerpts(checked.read_dialects)
    width = min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns) - 8
    start = settings.notes[0] if len(settings.notes) == 1 else settings.root
    bar, hinted, fixed = click.style("│", dim=True), f"    {t('hint')}{t('colon')}", t("fix-does")
    severities = {name: t(name) for name in RANK}
    for number, (path, group) in enumerate(itertools.groupby(findings, lambda f: f.path)):
        shown, file = locate(path), checked.files.get(path) or _beside_notes(settings, start / path)
        if number and not compact:
            yield ""
        for f in group:
            place = printable(f"{shown}:{f.line}:{f.column}")
            code = click.style(f.code, fg=COLOURS[f.severity], bold=True)
            message, hint = say(f)
            link = hyperlink(click.style(place, bold=True), file or shown)
            yield f"{link}: {code} {f.name}: {printable(message)} [{severities[f.severity]}]"
            if compact:
                continue
            part = excerpts.excerpt(file, path, (f.line, f.column), width) if file else None
            if part is not None:
                number_ = str(f.line)
                yield f"  {number_:>4} {bar} {part.text}"
                yield f"  {'':>{max(4, len(number_))}} {bar} {click.style(part.marks, fg=COLOURS[f.severity])}"
            if hint:
                yield f"{hinted}{printable(hint)}" + (fixed if f.fix else "")
