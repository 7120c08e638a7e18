"""``kg check`` and ``kg rule``."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from kg import knowledge
from kg.app.cli.build import COLOURS, progress_line
from kg.app.cli.findings import message_reader
from kg.app.cli.options import (
    JudgedBy,
    base_revision,
    common,
    flag,
    join,
    judged_by,
    log_json,
    message_language,
    read_settings,
    say_other_texts,
    texts,
    to_stderr,
)
from kg.base.errors import UsageError
from kg.base.files import is_file
from kg.base.names import printable
from kg.base.texts import Texts

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.checks import Rule
    from kg.knowledge import CheckOptions, CheckResult
    from kg.model import Finding, Severity

_FORMATS: Final = ("text", "json", "sarif", "github", "junit")
_FAILING: Final[Mapping[str, tuple[Severity, ...]]] = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_RANK: Final = {"error": 0, "warning": 1, "info": 2}
_ROUNDS: Final = 5
_WIDEST: Final = 160


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="[RDF…]")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), help="Exit with 1 for findings of this severity or worse."
)
@click.option(
    "--select", multiple=True, metavar="CODE,…",
    help="Run only these rules: codes, prefixes of codes (KG2), names, or ALL; repeatable.",
)  # fmt: skip
@click.option("--ignore", multiple=True, metavar="CODE,…", help="Rules not to run; repeatable.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Don't report the findings in FILE.")
@click.option("--write-baseline", is_flag=True, help="Write all current findings to the baseline; exit with 0.")
@click.option("--fix", is_flag=True, help="Apply fixes with a single correct answer; change no other bytes.")
@click.option("--compact", is_flag=True, help="One line for each finding, without source line and hint.")
@base_revision
@click.option(
    "--no-suppressions", is_flag=False, flag_value="error,warning,info", metavar="[SEVERITY,…]",
    help="Ignore suppressions in notes, or those of findings with these severities.",
)  # fmt: skip
@common
def check(
    files: tuple[Path, ...],
    form: str,
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    baseline: Path | None,
    write_baseline: bool,
    fix: bool,
    compact: bool,
    revision: str | None,
    no_suppressions: str | None,
) -> None:
    """Report problems in notes or RDF files. Writes nothing without --fix and --write-baseline.

    'kg rule' lists the rules. A suppression on the line of a finding, or on the line above, hides it:
    <!-- kg: ignore KG201 the reason -->, in front matter # kg: ignore KG303 the reason.
    """
    with judged_by(revision) as judged:
        options = knowledge.CheckOptions(_split(select), _split(ignore), judged.changes, _severities(no_suppressions))
        request = _CheckRequest(
            files=files,
            options=options,
            form=form,
            fail_on=fail_on,
            baseline_file=baseline,
            write_baseline=write_baseline,
            fix=fix,
            compact=compact,
        )
        _check(judged, request)


class _CheckRequest(NamedTuple):
    files: tuple[Path, ...]
    options: CheckOptions
    form: str
    fail_on: str | None
    baseline_file: Path | None
    write_baseline: bool
    fix: bool
    compact: bool


def _check(judged: JudgedBy, request: _CheckRequest) -> None:
    # start time: only this command needs it
    from kg.checks import baseline, fixing

    if request.write_baseline and judged.revision:
        raise UsageError("--write-baseline is for the notes as they are", hint="leave --base-revision out")
    settings, place = judged.settings, judged.baseline
    path = place(request.baseline_file) if request.baseline_file else settings.baseline
    if request.write_baseline and path is None:
        raise UsageError("--write-baseline needs a file", hint="say which: --baseline FILE, or baseline in [check] of kg.toml")
    if request.fix and request.files:
        raise UsageError("--fix changes notes, not RDF files", hint="leave --fix out")

    def look() -> CheckResult:
        if request.files:
            return knowledge.check_rdf(settings, request.files, request.options)
        how = knowledge.How(cache=settings.cache)
        with progress_line(bool(flag("quiet"))) as progress:
            return knowledge.check_notes(settings, how, progress, request.options)

    t = texts("check")
    checked = look()
    before = -1
    for _ in range(_ROUNDS if request.fix else 0):
        mends = sum(1 for f in checked.findings if f.fix)
        if mends in (0, before):
            break  # findings that remain after a fix aren't fixed by another round
        before = mends
        fixed = fixing.apply(checked.findings, checked.corpus.notes, checked.files, settings.writable)
        if not fixed.fixes:
            for name in fixed.skipped:
                _say(t("changed-meanwhile", path=name), "changed-meanwhile", path=name)
            break
        done = t("fixed", n=fixed.fixes, notes=t("n-notes", n=len(fixed.paths)))
        _say(done, "mended", count=fixed.fixes, paths=fixed.paths)
        checked = look()
    findings: Sequence[Finding] = checked.findings
    if request.write_baseline and path is not None:
        baseline.write(path, findings)
        _say(t("baseline-written", n=len(findings), path=path), "baseline", count=len(findings))
        return
    if path is not None:
        compared = baseline.compare(path, findings, named=request.baseline_file is not None)
        findings = compared.new
        if compared.known or compared.gone:
            text = t("known-gone" if compared.gone else "known", n=compared.known, path=path, gone=compared.gone)
            _say(text, "known", count=compared.known, gone=compared.gone)
    failing = _FAILING[request.fail_on or settings.check.fail_on]
    _print(settings, checked, findings, request.form, request.compact, lambda f: f.severity in failing)
    _summary(findings, checked.counts)
    # start time: help needs no listing of files
    from kg.base.listing import count_other_texts

    if others := count_other_texts(checked.corpus.attachments):
        _say(say_other_texts(others), "other-texts", **others)
    if any(f.severity in failing for f in findings):
        raise SystemExit(1)


def _severities(text: str | None) -> frozenset[Severity]:
    """Parse a list of severities. Raises UsageError for an invalid one."""
    names = _split((text or "",))
    for name in names:
        if name not in _RANK:
            raise UsageError(
                f"--no-suppressions {name}: error, warning and info are severities",
                hint="write --no-suppressions=error, or --no-suppressions as the last option",
            )
    return frozenset(names)  # type: ignore[arg-type]  # just asked


def _split(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for value in values for part in value.split(",") if part.strip())


def _say(text: str, event: str, **data: object) -> None:
    if not flag("quiet") and not log_json(event, **data):
        to_stderr(text)


def _summary(findings: Sequence[Finding], looked_at: Mapping[str, int]) -> None:
    t = texts("check")
    counts = Counter(f.severity for f in findings)
    severities = join([t(f"n-{s}", n=counts[s]) for s in ("error", "warning", "info") if counts[s]]) or t("none")
    things = join([t(f"n-{kind}", n=n) for kind, n in looked_at.items()])
    rules = Counter((_RANK[f.severity], f.code, f.name) for f in findings)
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
    _say(summary, "checked", **dict(counts))


def _print(
    settings: Settings,
    checked: CheckResult,
    findings: Sequence[Finding],
    form: str,
    compact: bool,
    fails: Callable[[Finding], bool],
) -> None:
    # start time: only this command needs it
    from kg.checks import RULES, own_rules
    from kg.views import export

    def locate(path: str) -> str:
        return located(settings, checked.files, path)

    if form == "json":
        click.echo(export.findings_json(tuple(findings)).data.decode(), nl=False)
        return
    if form == "text":
        _text(settings, checked, findings, compact, locate)
        return
    rules: tuple[Rule, ...] = (*RULES, *own_rules(settings, Path.as_posix)[0])
    if form == "github":
        for line in export.render_github(findings, locate):
            click.echo(line)
        return
    data = (
        export.render_sarif(findings, rules, locate).data
        if form == "sarif"
        else export.render_junit(findings, rules, fails, locate)
    )
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


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
    # start time: only this command needs it
    from kg.app.cli.excerpt import excerpt

    t, say = texts("check"), message_reader(settings)
    width = min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns) - 8
    start = settings.notes[0] if len(settings.notes) == 1 else settings.root
    color = False if os.environ.get("NO_COLOR") else None
    for number, (path, group) in enumerate(itertools.groupby(findings, lambda f: f.path)):
        shown, file = locate(path), checked.files.get(path) or _beside_notes(settings, start / path)
        if number and not compact:
            click.echo()
        for f in group:
            place = printable(f"{shown}:{f.line}:{f.column}")
            code = click.style(f.code, fg=COLOURS[f.severity], bold=True)
            message, hint = say(f)
            click.echo(f"{click.style(place, bold=True)}: {code} {f.name}: {printable(message)} [{t(f.severity)}]", color=color)
            if compact:
                continue
            part = excerpt(file, f.line, f.column, width) if file else None
            if part is not None:
                number_ = str(f.line)
                bar = click.style("│", dim=True)
                click.echo(f"  {number_:>4} {bar} {part.text}", color=color)
                click.echo(
                    f"  {'':>{max(4, len(number_))}} {bar} {click.style(part.marks, fg=COLOURS[f.severity])}", color=color
                )
            if hint:
                click.echo(f"    {t('hint')}{t('colon')}{printable(hint)}" + (t("fix-does") if f.fix else ""), color=color)


@click.command()
@click.argument("code", required=False)
@common
def rule(code: str | None) -> None:
    """Explain a rule, with an example and a fix. Without CODE, list the rules."""
    # start time: `--help` needs no rules
    from kg.checks import RULES, own_rules
    from kg.checks.selection import near_rules

    settings = read_settings()
    rules = sorted((*RULES, *own_rules(settings, Path.as_posix)[0]), key=lambda r: r.code)
    lang, t, severity = message_language(), texts("rule"), texts("check")
    if code is None:
        for r in rules:
            state = "" if r.default == "on" else t(r.default)
            shown = printable(r.what.get(lang) or r.what.get("en", ""))
            click.echo(f"{r.code}  {r.name:28} {severity(r.severity):8} {shown}{state}")
        return
    named = next((r for r in rules if code.upper() == r.code or code.lower() == r.name), None)
    if named is None:
        near = near_rules(code, rules)
        hint = f"did you mean: {' or '.join(f'kg rule {name}' for name in near)}" if near else "'kg rule' lists them"
        raise UsageError(f"there is no rule '{code}'", hint=hint)
    for line in describe(named, lang):
        click.echo(line)


def describe(rule_: Rule, lang: str) -> list[str]:
    """The documentation of a rule as lines of text."""

    def said(texts: Mapping[str, str]) -> str:
        return printable(texts.get(lang) or texts.get("en", ""))

    t = Texts(lang, "app.rule", "app.check", "app.common")
    state = t(rule_.default) if rule_.default != "on" else ""
    lines = [f"{rule_.code} {rule_.name} ({t(rule_.severity)}){state}", "", said(rule_.what), said(rule_.why)]
    if rule_.habit:
        lines.append(t("habit"))
    lines += ["", f"{t('fix')}{t('colon')}{said(rule_.fix)}"]
    for key, example in (("bad", rule_.bad), ("good", rule_.good)):
        if example:
            lines += [
                "",
                t(key) + t("colon").rstrip(),
                *(f"    {printable(line)}".rstrip() for line in example.split("\n")),
            ]
    if rule_.source:
        lines += ["", f"{t('source')}{t('colon')}{rule_.source}"]
    return [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
