"""What the specification asks of the reserved files: `index.md` lists a folder (§8), `log.md` its history (§9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from kg.model import Fault, Heading, Note
from kg.notes.cmark import parse_events
from kg.notes.okf.log_dates import read_log_date

VERSION: Final = "0.2"
"""The version of the format that is read and written."""
_VERSION_KEY: Final = "okf_version"
_LONE_CR: Final = re.compile(r"\r(?!\n)")
_RULE: Final = "reserved-file"
_CONTAINERS: Final = frozenset(("Paragraph", "Emphasis", "Strong", "Strikethrough"))
"""What may stand between the mark of a list item and the link with which it begins."""


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
    body = _read_body(text)
    first = min((heading.line for heading in note.headings), default=1 << 60)
    if body.entries and body.entries[0] < first:
        yield Fault(_RULE, body.entries[0], 1, "the entries of index.md stand under no heading (§8)")
    elif body.text and max((*body.links, *(link.line for link in note.links)), default=0) < first:
        yield Fault(_RULE, body.text, 1, "index.md lists nothing: it has text, but no link under a heading (§8)")


def log_faults(note: Note, text: str) -> Iterator[Fault]:
    """Yield the faults of a `log.md`."""
    items = _read_body(text).items
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
            message = f"'{heading.text.strip()[:40]}' is no date of the form YYYY-MM-DD (§9)"
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


class _Body(NamedTuple):
    """Lines of a text, from 1 and in ascending order."""

    items: list[int]
    """Of list items."""
    entries: list[int]
    """Of list items that begin with a link."""
    links: list[int]
    """Of links, wherever they lead."""
    text: int
    """Of the first text outside of headings; 0 if there is none. Comments and thematic breaks are no text."""


def _read_body(text: str) -> _Body:
    data = _LONE_CR.sub("\n", text)
    raw = data.encode("utf-8", "replace")
    result = _Body([], [], [], 0)
    at_start = in_heading = False
    position, line = 0, 1
    for event, span in parse_events(data):
        kind, value = next(iter(event.items())) if isinstance(event, dict) else (event, None)
        tag: Any = next(iter(value)) if isinstance(value, dict) else value
        if kind == "Start" and tag in ("Item", "Link"):
            line += raw.count(b"\n", position, span["start"])
            position = max(position, span["start"])
            if tag == "Item":
                result.items.append(line)
            else:
                result.links.append(line)
                if at_start:
                    result.entries.append(result.items[-1])
        if kind in ("Start", "End") and tag == "Heading":
            in_heading = kind == "Start"
        elif kind in ("Text", "Code") and not in_heading and not result.text:
            result = result._replace(text=1 + raw.count(b"\n", 0, span["start"]))
        at_start = (kind == "Start" and (tag == "Item" or (at_start and tag in _CONTAINERS))) or (
            at_start and kind == "TaskListMarker"
        )
    return result
