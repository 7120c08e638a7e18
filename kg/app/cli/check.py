"""``kg check`` and ``kg rule``."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kg import knowledge
from kg.app.cli.build import COLOURS, progress_line
from kg.app.cli.options import JudgedBy, base_revision, common, flag, judged_by, log_json, settings, to_stderr
from kg.base.errors import UsageError
from kg.base.files import is_file
from kg.base.names import printable
from kg.base.settings import Settings
from kg.model import Finding, Severity

if TYPE_CHECKING:
    from kg.checks import Rule
    from kg.knowledge import CheckResult

_FORMATS: Final = ("text", "json", "sarif", "github", "junit")
_FAILING: Final[Mapping[str, tuple[Severity, ...]]] = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_RANK: Final = {"error": 0, "warning": 1, "info": 2}
_ROUNDS: Final = 5
_WIDEST: Final = 160


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="[RDF…]")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), help="Exit 1 at findings of this severity or worse."
)
@click.option(
    "--select", multiple=True, metavar="CODE,…",
    help="Only these rules: codes, their beginnings (KG2), names, or ALL; repeatable.",
)  # fmt: skip
@click.option("--ignore", multiple=True, metavar="CODE,…", help="Not these rules; repeatable.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Leave out the findings that FILE knows.")
@click.option("--write-baseline", is_flag=True, help="Write all findings of today to the baseline; nothing fails.")
@click.option("--fix", is_flag=True, help="Mend what has one right answer; all other bytes of the notes stay.")
@click.option("--compact", is_flag=True, help="One line for each finding: no source line, no hint.")
@base_revision
@click.option(
    "--no-suppressions", is_flag=False, flag_value="error,warning,info", metavar="[SEVERITY,…]",
    help="Suppressions in notes hide nothing, or no findings of these severities.",
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
    """Find faults in the notes, or in RDF files; without --fix and --write-baseline nothing is written.

    'kg rule' lists the rules. A finding that is meant is hidden by a remark on its line or the line above:
    <!-- kg: ignore KG201 the reason -->, in front matter # kg: ignore KG303 the reason.
    """
    with judged_by(revision) as judged:
        _check(
            judged, files, form, fail_on, _split(select), _split(ignore), baseline, _severities(no_suppressions),
            write_baseline=write_baseline, fix=fix, compact=compact,
        )  # fmt: skip


def _check(
    judged: JudgedBy,
    files: tuple[Path, ...],
    form: str,
    fail_on: str | None,
    chosen: tuple[str, ...],
    ignored: tuple[str, ...],
    baseline: Path | None,
    no_suppressions: frozenset[Severity],
    *,
    write_baseline: bool,
    fix: bool,
    compact: bool,
) -> None:
    from kg.checks import baseline as known
    from kg.checks import fixing

    if write_baseline and judged.revision:
        raise UsageError("--write-baseline is for the notes as they are", hint="leave --base-revision out")
    given, changes, place = judged.settings, judged.changes, judged.baseline
    path = place(baseline) if baseline else given.baseline
    if write_baseline and path is None:
        raise UsageError("--write-baseline needs a file", hint="say which: --baseline FILE, or baseline in [check] of kg.toml")
    if fix and files:
        raise UsageError("--fix mends notes, not RDF files", hint="leave --fix out")

    def look() -> CheckResult:
        if files:
            return knowledge.check_rdf(given, files, select=chosen, ignore=ignored, changes=changes)
        how = knowledge.How(cache=given.cache)
        with progress_line(bool(flag("quiet"))) as progress:
            return knowledge.check_notes(
                given, how, progress, select=chosen, ignore=ignored, changes=changes, no_suppressions=no_suppressions
            )

    checked = look()
    before = -1
    for _ in range(_ROUNDS if fix else 0):
        mends = sum(1 for f in checked.findings if f.fix)
        if mends in (0, before):
            break  # what was mended and is found again is not mended by going on
        before = mends
        fixed = fixing.apply(checked.findings, checked.corpus.notes, checked.files, given.writable)
        if not fixed.mended:
            for name in fixed.skipped:
                _say(f"{name} was changed meanwhile and is left alone: run it again", "changed-meanwhile", path=name)
            break
        _say(f"mended {fixed.mended:,} in {_count(len(fixed.paths), 'note')}", "mended", count=fixed.mended, paths=fixed.paths)
        checked = look()
    found: Sequence[Finding] = checked.findings
    if write_baseline and path is not None:
        known.write(path, found)
        _say(
            f"{_count(len(found), 'finding')} written to {path}; from now on only new ones are told",
            "baseline",
            count=len(found),
        )
        return
    if path is not None:
        compared = known.compare(path, found, named=baseline is not None)
        found = compared.new
        if compared.known or compared.gone:
            gone = f", {compared.gone:,} of it are mended: --write-baseline writes it anew" if compared.gone else ""
            _say(f"{compared.known:,} known by {path}{gone}", "known", count=compared.known, gone=compared.gone)
    failing = _FAILING[fail_on or given.check.fail_on]
    _print(given, checked, found, form, compact, lambda f: f.severity in failing)
    _summary(found, checked.what)
    if any(f.severity in failing for f in found):
        raise SystemExit(1)


def _severities(text: str | None) -> frozenset[Severity]:
    """The severities that an option lists. Raises UsageError for what is none."""
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


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _say(text: str, event: str, **data: object) -> None:
    if not flag("quiet") and not log_json(event, **data):
        to_stderr(text)


def _summary(found: Sequence[Finding], what: str) -> None:
    counts = Counter(f.severity for f in found)
    said = ", ".join(f"{counts[s]:,} {s}" for s in ("error", "warning", "info") if counts[s]) or "no findings"
    rules = Counter((_RANK[f.severity], f.code, f.name) for f in found)
    worst = sorted(rules.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    shown = ", ".join(f"{code} {name} {n:,}" for (_, code, name), n in worst[:8])
    more = f" and {_count(len(rules) - 8, 'other rule')}" if len(rules) > 8 else ""
    mends = sum(1 for f in found if f.fix)
    hint = f"; 'kg check --fix' mends {mends:,} of them" if mends else ""
    _say(f"{said} in {what}" + (f": {shown}{more}" if shown else "") + hint, "checked", **dict(counts))


def _print(
    given: Settings, checked: CheckResult, found: Sequence[Finding], form: str, compact: bool, fails: Callable[[Finding], bool]
) -> None:
    from kg.checks import RULES, own_rules
    from kg.views import export

    def locate(path: str) -> str:
        return located(given, checked.files, path)

    if form == "json":
        click.echo(export.findings_json(tuple(found)).data.decode(), nl=False)
        return
    if form == "text":
        _text(given, checked, found, compact, locate)
        return
    rules: tuple[Rule, ...] = (*RULES, *own_rules(given, Path.as_posix)[0])
    if form == "github":
        for line in export.github(found, locate):
            click.echo(line)
        return
    data = export.sarif(found, rules, locate).data if form == "sarif" else export.junit(found, rules, fails, locate)
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def located(given: Settings, files: Mapping[str, str], path: str) -> str:
    """The path of a finding as one can open it from here."""
    start = given.notes[0] if len(given.notes) == 1 else given.root
    full = os.path.normpath(files.get(path) or start / path)
    relative = os.path.relpath(full)
    return Path(full if relative.startswith("../..") else relative).as_posix()


def _beside_notes(given: Settings, path: Path) -> str:
    """A file of the knowledge base that is no note, to show a line of; empty for what is no file, or a link that leads out."""
    real = Path(os.path.realpath(path))
    return str(real) if is_file(real) and real.is_relative_to(os.path.realpath(given.root)) else ""


def _text(given: Settings, checked: CheckResult, found: Sequence[Finding], compact: bool, locate: Callable[[str], str]) -> None:
    from kg.app.cli.excerpt import excerpt

    width = min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns) - 8
    start = given.notes[0] if len(given.notes) == 1 else given.root
    color = False if os.environ.get("NO_COLOR") else None
    for number, (path, group) in enumerate(itertools.groupby(found, lambda f: f.path)):
        shown, file = locate(path), checked.files.get(path) or _beside_notes(given, start / path)
        if number and not compact:
            click.echo()
        for f in group:
            place = printable(f"{shown}:{f.line}:{f.column}")
            code = click.style(f.code, fg=COLOURS[f.severity], bold=True)
            click.echo(f"{click.style(place, bold=True)}: {code} {f.name}: {printable(f.message)} [{f.severity}]", color=color)
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
            if f.hint:
                click.echo(f"    hint: {printable(f.hint)}" + (" (--fix does)" if f.fix else ""), color=color)


@click.command()
@click.argument("code", required=False)
@common
def rule(code: str | None) -> None:
    """Say what a rule means, why it is one, with an example and the mend; without CODE, list the rules."""
    from kg.checks import RULES, own_rules
    from kg.checks.texts import text_of

    given = settings()
    rules = sorted((*RULES, *own_rules(given, Path.as_posix)[0]), key=lambda r: r.code)
    lang = flag("lang") or "en"
    if code is None:
        for r in rules:
            state = {"on": "", "rdf": _WORDS["rdf"][lang], "off": _WORDS["off"][lang]}[r.default]
            what = text_of(r).what
            said = printable(what.get(lang) or what.get("en", ""))
            click.echo(f"{r.code}  {r.name:28} {r.severity:8} {said}{state}")
        return
    found = next((r for r in rules if code.upper() == r.code or code.lower() == r.name), None)
    if found is None:
        import difflib

        near = difflib.get_close_matches(code, [x for r in rules for x in (r.code, r.name)], 3, 0.5)
        raise UsageError(
            f"there is no rule '{code}'", hint=f"did you mean {' or '.join(near)}?" if near else "'kg rule' lists them"
        )
    for line in describe(found, lang):
        click.echo(line)


_WORDS: Final = {
    "rdf": {"en": " (by default in RDF files only)", "zh": "（默认只用于 RDF 文件）"},
    "off": {"en": " (off by default)", "zh": "（默认关闭）"},
    "habit": {
        "en": "Where most of the collection has it, it is told once.",
        "zh": "若大部分笔记都如此，则只提示一次。",
    },
    "mend": {"en": "Mend", "zh": "改法"},
    "bad": {"en": "Found", "zh": "有问题"},
    "good": {"en": "Mended", "zh": "改后"},
    "source": {"en": "Source", "zh": "来源"},
}


def describe(found: Rule, lang: str) -> list[str]:
    """The documentation of a rule as lines of text."""
    from kg.checks.texts import text_of

    text = text_of(found)

    def said(texts: Mapping[str, str]) -> str:
        return printable(texts.get(lang) or texts.get("en", ""))

    state = _WORDS[found.default][lang] if found.default != "on" else ""
    lines = [f"{found.code} {found.name} ({found.severity}){state}", "", said(text.what), said(text.why)]
    if found.habit:
        lines.append(_WORDS["habit"][lang])
    lines += ["", f"{_WORDS['mend'][lang]}: {said(text.mend)}"]
    for key, example in (("bad", text.bad), ("good", text.good)):
        if example:
            lines += ["", f"{_WORDS[key][lang]}:", *(f"    {printable(line)}".rstrip() for line in example.split("\n"))]
    if found.source:
        lines += ["", f"{_WORDS['source'][lang]}: {found.source}"]
    return [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
