"""The text of a note that readers see, line by line, for search: without markup, comments and addresses."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

from kg.base.names import nfc
from kg.model import Note
from kg.notes.dialect import Dialect
from kg.notes.hidden import read_visible
from kg.notes.inline import Ranges
from kg.notes.source import Source

GAP: Final = "\0"
"""Stands for each character that isn't shown, so that columns are those of the file."""
_GAPS: Final = re.compile(r"^[\0\s]+$")


class ShownLine(NamedTuple):
    """A line with text."""

    line: int
    text: str
    """Its characters, `GAP` for those that aren't shown; without gaps at the end."""


def read_shown(note: Note, data: bytes, dialect: Dialect) -> list[ShownLine]:
    """Return the lines of a note that show text: running text, headings, code and formulas.

    >>> from kg.notes import parse_note
    >>> from kg.notes.dialect import PLAIN
    >>> text = b"# A\\n\\nsee [b](c.md) %%hidden%%\\n<!-- hidden -->\\n"
    >>> [(row.line, row.text.replace(GAP, "_")) for row in read_shown(parse_note("a.md", text), text, PLAIN)]
    [(1, '__A'), (3, 'see _b')]
    """
    written = Source(data)
    visible = read_visible(written, max(0, note.body - written.bom), dialect)
    ranges = sorted([*visible.body.text(), *visible.body.code])
    return list(_lines(visible.source, _without(ranges, Ranges.merged(list(visible.hidden)))))


def _without(ranges: list[tuple[int, int]], hidden: Ranges) -> list[tuple[int, int]]:
    """Return ranges without the hidden ones."""
    result = []
    for start, end in ranges:
        at = start
        i = max(0, bisect_right(hidden.starts, start) - 1)
        while i < len(hidden.starts) and hidden.starts[i] < end:
            if hidden.ends[i] > at:
                if hidden.starts[i] > at:
                    result.append((at, hidden.starts[i]))
                at = max(at, hidden.ends[i])
            i += 1
        if at < end:
            result.append((at, end))
    return result


def _lines(source: Source, ranges: list[tuple[int, int]]) -> list[ShownLine]:
    """Return the lines that contain a part of the ranges."""
    parts: dict[int, list[tuple[int, int]]] = {}
    for start, end in ranges:
        line = source.at(start)[0]
        while line <= len(source.starts) and (first := source.starts[line - 1]) < end:
            stop = source.starts[line] if line < len(source.starts) else len(source.data)
            parts.setdefault(line, []).append((max(start, first), min(end, stop)))
            line += 1
    result = []
    for line, spans in sorted(parts.items()):
        position, pieces = source.starts[line - 1], []
        for start, end in sorted(spans):
            if end <= position:
                continue
            start = max(start, position)
            pieces += [GAP * len(source.slice(position, start)), source.slice(start, end).rstrip("\r\n")]
            position = end
        text = nfc("".join(pieces)).rstrip(GAP + " \t")
        if text and not _GAPS.match(text):
            result.append(ShownLine(line, text))
    return result
