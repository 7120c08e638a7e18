"""Findings in formats of code review: reviewdog's RDFormat, and GitLab's code quality report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kg.base.json_forms import json_pretty
from kg.base.names import printable
from kg.model import Finding, Fix

Locate = Callable[[str], str]
_SEVERITIES: Final = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}
_WEIGHTS: Final = {"error": "major", "warning": "minor", "info": "info"}
_BOM: Final = b"\xef\xbb\xbf"


def render_rdjson(findings: Sequence[Finding], locate: Locate, texts: Mapping[str, bytes]) -> bytes:
    """Return findings as ``rdjson``; fixes are suggestions. `texts` are the bytes of notes.

    Columns there count bytes of UTF-8, so a finding has a column only if its line has been read.
    """
    diagnostics = []
    for f in findings:
        lines = texts.get(f.path, b"").removeprefix(_BOM).split(b"\n")
        start: dict[str, int] = {"line": f.line}
        if 0 < f.line <= len(lines) and texts.get(f.path):
            before = lines[f.line - 1].decode("utf-8", "replace")[: f.column - 1]
            start["column"] = len(before.encode()) + 1
        elif f.column == 1:
            start["column"] = 1
        row: dict[str, object] = {
            "message": printable(f"{f.message}. {f.hint[:1].upper()}{f.hint[1:]}." if f.hint else f.message),
            "location": {"path": locate(f.path), "range": {"start": start}},
            "severity": _SEVERITIES[f.severity],
            "code": {"value": f.code},
        }
        if f.fix is not None and texts.get(f.path):
            row["suggestions"] = [_suggestion(f.fix, texts[f.path].removeprefix(_BOM))]
        diagnostics.append(row)
    result = {"source": {"name": "kg"}, "severity": "UNKNOWN_SEVERITY", "diagnostics": diagnostics}
    return (json_pretty(result) + "\n").encode("utf-8", "replace")


def _suggestion(fix: Fix, data: bytes) -> dict[str, object]:
    return {"range": {"start": _place(data, fix.start), "end": _place(data, fix.end)}, "text": fix.text}


def _place(data: bytes, offset: int) -> dict[str, int]:
    """Return line and column of a byte offset.

    >>> _place(b"a\\nbc", 3)
    {'line': 2, 'column': 2}
    """
    return {"line": data.count(b"\n", 0, offset) + 1, "column": offset - (data.rfind(b"\n", 0, offset) + 1) + 1}


def render_gitlab(findings: Sequence[Finding], locate: Locate) -> bytes:
    """Return findings as a code quality report of GitLab, which merge requests show."""
    # start time: exports of a graph import no rules
    from kg.checks.fingerprints import fingerprint_findings

    rows = [
        {
            "description": printable(f"{f.message}. {f.hint[:1].upper()}{f.hint[1:]}." if f.hint else f.message),
            "check_name": f"{f.code} {f.name}",
            "fingerprint": mark,
            "severity": _WEIGHTS[f.severity],
            "location": {"path": locate(f.path), "lines": {"begin": f.line}},
        }
        for f, mark in zip(findings, fingerprint_findings(findings), strict=True)
    ]
    return (json_pretty(rows) + "\n").encode("utf-8", "replace")
