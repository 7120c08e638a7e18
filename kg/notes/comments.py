"""Links in comments: comments of HTML, of Obsidian, of site generators, and of YAML in front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kg.model import Note
from kg.notes.dialect import Dialect
from kg.notes.hidden import blank_ranges
from kg.notes.markdown import read_markdown
from kg.notes.source import Source
from kg.notes.structure import Structure

_OPENING: Final = re.compile(
    rb"<!--+|%%|\[[^\[\]\r\n]*\]: (?:#|<#?>)[ \t]+[\"'(]|%(?![}])|#|\{%-?\s*\w+\s*-?%\}|\{\{[<%]?-?\s*/\*"
)
_MARGIN: Final = re.compile(rb"^[ \t]+", re.MULTILINE)
_YAML: Final = re.compile(rb"^#[^\r\n]*", re.MULTILINE)
_GENERATORS: Final = re.compile(rb"\{%-?\s*comment\b|\{\{[<%]?-?\s*/\*")
_LINKS: Final = (b"[[", b"](", b"href=", b"src=")
_FILL: Final = b"\x0c"


def may_hold_comments(data: bytes) -> bool:
    """Return whether a file may have links in comments.

    >>> [may_hold_comments(text) for text in (b"[[a]] <!-- b --> [[c]]", b"<!-- [[a]] -->", b"%% [a](b.md) %%")]
    [False, True, True]
    """
    at = data.find(b"<!--")
    while at >= 0:
        end = data.find(b"-->", at)
        if _holds_link(data, at, end if end >= 0 else len(data)):
            return True
        at = data.find(b"<!--", end) if end >= 0 else -1
    first = data.find(b"%%")
    if first >= 0 and _holds_link(data, first, data.rfind(b"%%")):
        return True
    if data[:6].lstrip(b"\xef\xbb\xbf").startswith((b"---", b"+++")) and _holds_link(data, max(data.find(b"#"), 0), len(data)):
        return data.find(b"\n#") >= 0 or data.find(b"kg: ignore") >= 0
    return _GENERATORS.search(data) is not None


def _holds_link(data: bytes, start: int, end: int) -> bool:
    return any(data.find(mark, start, end) >= 0 for mark in _LINKS)


def read_comments(
    source: Source, note: Note, hidden: Sequence[tuple[int, int]], dialect: Dialect
) -> tuple[Source, Structure] | None:
    """Return a source with nothing but the comments of a note, at their places, and what Markdown reads in it.

    `hidden` are the ranges that the author hid in the text. None if no comment has a link.
    """
    body = max(0, note.body - source.bom)
    inside = []
    for start, end in sorted({*_in_front_matter(source, note, body), *hidden}):
        opening = _OPENING.match(source.data, start, end)
        if _holds_link(source.data, start, end):
            inside.append((opening.end() if opening else start, end))
    if not inside:
        return None
    edges = [0, *(edge for span in inside for edge in span), len(source.data)]
    gaps = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
    # Indented text would be code, but within a comment, a margin is only that.
    text = _MARGIN.sub(lambda m: _FILL * len(m.group()), blank_ranges(source.data, gaps, _FILL))
    comments = source.masked(text)
    return comments, read_markdown(comments, 0, dialect)


def _in_front_matter(source: Source, note: Note, body: int) -> Iterator[tuple[int, int]]:
    """Yield the suppressions of the front matter, and its lines that begin with ``#``: others may be part of a value."""
    yield from ((ignore.start, ignore.end) for ignore in note.ignores if ignore.start < body)
    taken = {ignore.start for ignore in note.ignores}
    yield from (m.span() for m in _YAML.finditer(source.data, 0, body) if m.start() not in taken)
