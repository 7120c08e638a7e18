"""What the specification asks of the reserved files: `index.md` lists a folder (§8), `log.md` its history (§9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from kg.model import Fault, Heading, Note

VERSION: Final = "0.2"
"""The version of the format that is read and written."""
_VERSION_KEY: Final = "okf_version"
_ENTRY: Final = re.compile(r"^ {0,3}(?:[*+-]|\d{1,9}[.)])[ \t]+(?=\S)")
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ISO: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)")
# What somebody wrote as a date, though in another form: 22/05/2026, 2026.5.22, 22 May 2026, May 22, 2026, 2026年5月22日.
_LIKE_A_DATE: Final = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\S)|\d{8}(?!\S)|\d{4}年\d{1,2}月"
    r"|(?:\d{1,2}\.?(?:st|nd|rd|th)?[ ]+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ ,]+"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?[ ]+)?\d{4}",
    re.IGNORECASE,
)
_RULE: Final = "reserved-file"


def index_faults(note: Note, text: str, *, at_root: bool) -> Iterator[Fault]:
    """Yield the faults of an `index.md`; `text` is the file without its front matter, each line at its place."""
    allowed = {_VERSION_KEY} if at_root else set()
    for key in note.metadata:
        if key not in allowed:
            where = "only 'okf_version' may stand here" if at_root else "only the index.md at the root of a bundle has any"
            yield Fault(_RULE, note.lines.get(key, 1), 1, f"index.md has front matter '{key}': {where} (§8)")
            break
    version = note.metadata.get(_VERSION_KEY)
    if at_root and version is not None and str(version) not in ("0.1", VERSION):
        message = f"version '{version}' is read as far as it is known; kg knows {VERSION} (§12)"
        yield Fault("unknown-version", note.lines.get(_VERSION_KEY, 1), 1, message)
    first = min((heading.line for heading in note.headings), default=1 << 60)
    for number in _entries(text):
        if number < first:
            yield Fault(_RULE, number, 1, "the entries of index.md stand under no heading (§8)")
            break


def log_faults(note: Note, text: str) -> Iterator[Fault]:
    """Yield the faults of a `log.md`."""
    days: list[tuple[str, Heading]] = []
    grouped = False
    for heading in note.headings:
        words = heading.text.strip()
        iso = _ISO.match(words)
        if iso is not None and _is_day(iso):
            days.append((iso.group(), heading))
        elif iso is not None or _LIKE_A_DATE.match(words):
            grouped = True
            message = f"'{words[:40]}' is no date of the form YYYY-MM-DD (§9)"
            yield Fault(_RULE, heading.line, heading.column, message)
    entries = list(_entries(text))
    if entries and not days and not grouped:
        yield Fault(_RULE, entries[0], 1, "the entries of log.md are not grouped by date (§9)")
    elif days and any(number < days[0][1].line for number in entries) and not grouped:
        yield Fault("log-order", entries[0], 1, "an entry of log.md stands before the first date (§9)")
    for (day, _), (later, heading) in pairwise(days):
        if later > day:
            message = f"'{later}' stands after '{day}': the newest date comes first (§9)"
            yield Fault("log-order", heading.line, heading.column, message)
            break


def _is_day(m: re.Match[str]) -> bool:
    try:
        date(int(m[1]), int(m[2]), int(m[3]))
    except ValueError:
        return False
    return True


def _entries(text: str) -> Iterator[int]:
    """Yield the lines of list items outside of code, from 1."""
    fence = ""
    for number, line in enumerate(re.split(r"\r\n?|\n", text), 1):
        m = _FENCE.match(line)
        if m:
            fence = "" if fence and m[1].startswith(fence) else fence or m[1]
        elif not fence and _ENTRY.match(line):
            yield number
