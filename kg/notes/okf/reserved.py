"""What the specification asks of the reserved files: `index.md` lists a folder (§8), `log.md` its history (§9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Final

from kg.model import Fault, Heading, Note
from kg.notes.cmark import parse_events
from kg.notes.okf.log_dates import read_log_date

VERSION: Final = "0.2"
"""The version of the format that is read and written."""
_VERSION_KEY: Final = "okf_version"
_LONE_CR: Final = re.compile(r"\r(?!\n)")
_RULE: Final = "reserved-file"
_FEW: Final = 50
"""Maximum entries without description that are reported of one file."""
_BEFORE_LINK: Final = frozenset(
    (
        *(("Start", tag) for tag in ("Item", "Paragraph", "Emphasis", "Strong", "Strikethrough")),
        ("TaskListMarker", False),
        ("TaskListMarker", True),
    )
)
"""Events that may stand between the mark of a list item and the link with which it begins."""
_WORD: Final = re.compile(r"\w")


def index_faults(note: Note, text: str, *, at_root: bool, has_front: bool) -> Iterator[Fault]:
    """Yield the faults of an `index.md`; `text` is the file without its front matter, each line at its place."""
    allowed = {_VERSION_KEY} if at_root else set()
    for key in note.metadata:
        if key not in allowed:
            where = "only 'okf_version' may stand here" if at_root else "only the index.md at the root of a bundle has any"
            yield Fault(_RULE, note.lines.get(key, 1), 1, f"index.md has front matter '{key}': {where} (§8)")
            break
    if has_front and not at_root and not note.metadata:
        yield Fault(_RULE, 1, 1, "index.md has empty front matter: only the index.md at the root of a bundle has any (§8)")
    version = note.metadata.get(_VERSION_KEY)
    if at_root and version is not None and str(version) not in ("0.1", VERSION):
        message = f"version '{version}' is read as far as it is known; kg knows {VERSION} (§12)"
        yield Fault("unknown-version", note.lines.get(_VERSION_KEY, 1), 1, message)
    body = _Body(text)
    first = min((heading.line for heading in note.headings), default=1 << 60)
    if body.entries and body.entries[0] < first:
        yield Fault(_RULE, body.entries[0], 1, "the entries of index.md stand under no heading (§8)")
    elif body.text and max((*body.links, *(link.line for link in note.links)), default=0) < first:
        yield Fault(_RULE, body.text, 1, "index.md lists nothing: it has text, but no link under a heading (§8)")
    yield from (Fault("undescribed-entry", line, 1, "the entry has no description (§8)") for line in islice(body.bare, _FEW))


def log_faults(note: Note, text: str) -> Iterator[Fault]:
    """Yield the faults of a `log.md`."""
    items = _Body(text).items
    days: list[tuple[str, Heading]] = []
    grouped = False
    for heading, below in pairwise((*note.headings, None)):
        stated = read_log_date(heading.text) if heading is not None else None
        if heading is None or stated is None:
            continue
        if stated.form == "day":
            days.append((stated.day, heading))
        elif stated.form == "other-form" or any(heading.line < item < (below.line if below else 1 << 60) for item in items):
            # A year or a month that groups days has no entries of its own.
            grouped = True
            message = f"'{heading.text.strip()[:40]}' is not a date of the form YYYY-MM-DD (§9)"
            yield Fault(_RULE, heading.line, heading.column, message)
    if items and not days and not grouped:
        yield Fault(_RULE, items[0], 1, "the entries of log.md are not grouped by date (§9)")
    elif days and items and items[0] < days[0][1].line and not grouped:
        yield Fault("log-order", items[0], 1, "an entry of log.md stands before the first date (§9)")
    for (day, _), (later, heading) in pairwise(days):
        if later > day:
            message = f"'{later}' stands after '{day}': the newest date comes first (§9)"
            yield Fault("log-order", heading.line, heading.column, message)
            break


class _Body:
    """What a text holds: lines from 1, in ascending order."""

    def __init__(self, text: str) -> None:
        self.items: list[int] = []
        """Of list items."""
        self.entries: list[int] = []
        """Of list items that begin with a link."""
        self.bare: list[int] = []
        """Of entries without words beside that link."""
        self.links: list[int] = []
        """Of links, wherever they lead."""
        self.text = 0
        """Of the first text outside of headings; 0 if there is none. Comments and thematic breaks are not text."""
        self._begins = False
        """Whether a list item has just begun."""
        self._in_entry = self._in_first = False
        """Whether an entry is open, and whether the link with which it begins is."""
        in_heading = False
        data = _LONE_CR.sub("\n", text)
        raw, position, line = data.encode("utf-8", "replace"), 0, 1
        for event, span in parse_events(data):
            kind, value = next(iter(event.items())) if isinstance(event, dict) else (event, None)
            tag = next(iter(value)) if isinstance(value, dict) else value
            line += raw.count(b"\n", position, span["start"])
            position = max(position, span["start"])
            if tag == "Heading":
                in_heading = kind == "Start"
            elif kind == "Start":
                self._start(str(tag), line)
            elif kind == "End" and tag == "Link":
                self._in_first = False
            elif kind == "End" and tag == "Item":
                self._in_entry = False
            elif kind in ("Text", "Code") and not in_heading:
                self._words(str(value), line)
            self._begins = self._begins and (kind, tag) in _BEFORE_LINK

    def _start(self, tag: str, line: int) -> None:
        if tag == "Item":
            self.items.append(line)
            self._begins, self._in_entry = True, False
        elif tag == "Link":
            self.links.append(line)
            if self._begins:
                self.entries.append(self.items[-1])
                self.bare.append(self.items[-1])
                self._in_entry = self._in_first = True

    def _words(self, words: str, line: int) -> None:
        self.text = self.text or line
        if self._in_entry and not self._in_first and _WORD.search(words):
            self.bare.pop()
            self._in_entry = False
