"""Remarks by which authors take findings for meant: what they hide, and those that hide nothing or give no reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from kg.base import files
from kg.checks.base import Context, Place, Rule
from kg.model import Finding, Fix, Ignore


def _nothing(_rule: Rule, _context: Context) -> Iterator[Finding]:
    """Found when all other findings are known."""
    return iter(())


NO_REASON: Final = Rule(
    "KG109", "suppression-without-reason", "warning",
    "write the reason behind the code: <!-- kg: ignore KG201 is written in May -->",
    _nothing,
)  # fmt: skip
UNUSED: Final = Rule(
    "KG110", "unused-suppression", "warning", "remove the remark; 'kg check --fix' does", _nothing,
)  # fmt: skip

RULES: Final = (NO_REASON, UNUSED)


def apply(
    context: Context,
    found: Sequence[Finding],
    ran: Callable[[str], bool | None],
    wanted: Callable[[Rule], bool],
    always: Callable[[Finding], bool] = lambda _finding: False,
) -> list[Finding]:
    """The findings that no suppression hides, and those of the suppressions themselves. `always` says what none can hide.

    `ran` says of a code or name whether its rule was looked at, None where there is no such rule: a remark on a rule that was
    not looked at may well be needed.
    """
    by_path: dict[str, list[tuple[Ignore, set[str]]]] = {
        path: [(remark, set()) for remark in note.ignores] for path, note in context.corpus.notes.items() if note.ignores
    }
    if not by_path:
        return list(found)
    kept = []
    for finding in found:
        hidden = False
        for remark, used in by_path.get(finding.path, ()):
            if remark.target not in (0, finding.line):
                continue
            for code in remark.codes:
                if code.upper() == finding.code or code.lower() == finding.name:
                    used.add(code)
                    hidden = True
        if not hidden:
            kept.append(finding)
        elif always(finding):
            kept.append(replace(finding, hint=f"{finding.hint}; the suppression in the note doesn't count here"))
    for path, remarks in by_path.items():
        for remark, used in remarks:
            kept += _faults(context, path, remark, used, ran, wanted)
    return kept


def _faults(
    context: Context,
    path: str,
    remark: Ignore,
    used: set[str],
    ran: Callable[[str], bool | None],
    wanted: Callable[[Rule], bool],
) -> Iterator[Finding]:
    place = Place(path, remark.line, remark.column)
    if wanted(UNUSED):
        if not remark.codes:
            yield UNUSED.at(
                place, "the remark names no code and hides nothing", "write the code: <!-- kg: ignore KG201 why -->"
            )
        unknown = [c for c in remark.codes if ran(c) is None]
        idle = [c for c in remark.codes if c not in used and ran(c)]
        whole = bool(idle) and len(idle) == len(remark.codes)
        if unknown:
            yield UNUSED.at(place, f"{', '.join(unknown)}: there is no such rule", "'kg rule' lists the rules")
        if idle:
            where = "in this note" if remark.target == 0 else f"on line {remark.target}"
            fix = _removal(context, path, remark) if whole else None
            yield UNUSED.at(place, f"no {' or '.join(idle)} {where}: the remark hides nothing", fix=fix)
    if remark.codes and not remark.reason and wanted(NO_REASON):
        yield NO_REASON.at(place, f"{', '.join(remark.codes)} is hidden and nothing says why")


def _removal(context: Context, path: str, remark: Ignore) -> Fix | None:
    """The note without the remark, and without its line where nothing else stands on it."""
    try:
        data = files.read(context.files[path], cut=True).removeprefix(b"\xef\xbb\xbf")
    except (KeyError, OSError):
        return None
    start, end = remark.start, remark.end
    line_start = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    line_end = next((i for i in range(end, len(data)) if data[i] in b"\r\n"), len(data))
    before, after = data[line_start:start], data[end:line_end]
    if not before.strip() and not after.strip():
        follows = 2 if data[line_end : line_end + 2] == b"\r\n" else 1
        return Fix(line_start, min(len(data), line_end + follows), "")
    if not after.strip():
        return Fix(line_start + len(before.rstrip()), end, "")
    return Fix(start, end + len(after) - len(after.lstrip()) if not before.strip() or before[-1:].isspace() else end, "")
