"""Applies suppressions: hides findings, and reports suppressions that hide nothing or give no reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kg.base import files
from kg.checks.context import Context, Place
from kg.checks.rule import Rule
from kg.checks.rules.notes import suppression_without_reason, unused_suppression
from kg.model import Finding, Fix, Ignore


def apply(
    context: Context,
    findings: Sequence[Finding],
    ran: Callable[[str], bool | None],
    wanted: Callable[[Rule], bool],
    always: Callable[[Finding], bool] = lambda _finding: False,
) -> list[Finding]:
    """Return the findings that no suppression hides, and those about the suppressions themselves.

    `ran` returns whether the rule with a code or name was run, None if there is no such rule: a suppression of a rule that was
    not run may be needed. `always` returns whether a finding can't be suppressed.
    """
    by_path: dict[str, list[tuple[Ignore, set[str]]]] = {
        path: [(suppression, set()) for suppression in note.ignores]
        for path, note in context.corpus.notes.items()
        if note.ignores
    }
    if not by_path:
        return list(findings)
    kept = []
    for finding in findings:
        hidden = False
        for suppression, used in by_path.get(finding.path, ()):
            if suppression.target not in (0, finding.line):
                continue
            for code in suppression.codes:
                if code.upper() == finding.code or code.lower() == finding.name:
                    used.add(code)
                    hidden = True
        if not hidden:
            kept.append(finding)
        elif always(finding):
            kept.append(replace(finding, hint=f"{finding.hint}; the suppression in the note doesn't count here"))
    for path, suppressions in by_path.items():
        for suppression, used in suppressions:
            kept += _faults(context, path, suppression, used, ran, wanted)
    return kept


def _faults(
    context: Context,
    path: str,
    suppression: Ignore,
    used: set[str],
    ran: Callable[[str], bool | None],
    wanted: Callable[[Rule], bool],
) -> Iterator[Finding]:
    unused, unexplained = unused_suppression.RULE, suppression_without_reason.RULE
    place = Place(path, suppression.line, suppression.column)
    codes = suppression.codes
    if wanted(unused):
        if not codes:
            hint = "write the code: <!-- kg: ignore KG201 why -->"
            yield unused.at(place, "the suppression names no code and hides nothing", hint)
        unknown = [code for code in codes if ran(code) is None]
        idle = [code for code in codes if code not in used and ran(code)]
        if unknown:
            yield unused.at(place, f"there is no rule {' or '.join(unknown)}", "'kg rule' lists the rules")
        if idle:
            where = "in this note" if suppression.target == 0 else f"on line {suppression.target}"
            fix = _removal(context, path, suppression) if len(idle) == len(codes) else None
            yield unused.at(place, f"there is no {' or '.join(idle)} {where}: the suppression hides nothing", fix=fix)
    if codes and not suppression.reason and wanted(unexplained):
        yield unexplained.at(place, f"{', '.join(codes)} is suppressed without a reason")


def _removal(context: Context, path: str, suppression: Ignore) -> Fix | None:
    """Return a fix that removes a suppression, with its line if nothing else is on it."""
    try:
        data = files.read(context.files[path], cut=True).removeprefix(b"\xef\xbb\xbf")
    except (KeyError, OSError):
        return None
    start, end = suppression.start, suppression.end
    line_start = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    line_end = next((i for i in range(end, len(data)) if data[i] in b"\r\n"), len(data))
    before, after = data[line_start:start], data[end:line_end]
    if not before.strip() and not after.strip():
        follows = 2 if data[line_end : line_end + 2] == b"\r\n" else 1
        return Fix(line_start, min(len(data), line_end + follows), "")
    if not after.strip():
        return Fix(line_start + len(before.rstrip()), end, "")
    return Fix(start, end + len(after) - len(after.lstrip()) if not before.strip() or before[-1:].isspace() else end, "")
