"""The part of a note that an embed or a link with a fragment means: the section of a heading, or a block."""

from __future__ import annotations

import re
from typing import Final

from kg.model import Note
from kg.notes.cmark import parse_events
from kg.views.site.outlines import outline_blocks
from kg.views.site.prepared import PreparedText

_LINE: Final = re.compile(rb"\r\n?|\n")
_BLOCKS: Final = frozenset(
    ("Paragraph", "Item", "List", "Table", "CodeBlock", "BlockQuote", "Heading", "HtmlBlock", "FootnoteDefinition")
)
_OWN: Final = frozenset(("Paragraph", "Item", "Heading"))
"""Blocks whose id stands at the end of their text."""


def part_of(note: Note, text: PreparedText, anchor: str, first_line: int) -> tuple[int, int] | None:
    """Start and end of the part with an anchor, in bytes of the text; None if it is the whole text."""
    if anchor.startswith("(("):
        block = outline_blocks(text).get(anchor)
        return (block.start, block.end) if block is not None else None
    if anchor.startswith("^"):
        return _block(text, anchor)
    place = next((i for i, h in enumerate(note.headings) if h.anchor == anchor), None)
    if place is None:
        return None
    starts = [0, *(m.end() for m in _LINE.finditer(text.source))]

    def start_of(line: int) -> int:
        return starts[min(max(0, line - first_line), len(starts) - 1)]

    heading = note.headings[place]
    behind = next((h for h in note.headings[place + 1 :] if h.level <= heading.level), None)
    return start_of(heading.line), start_of(behind.line) if behind else len(text.source)


def _block(text: PreparedText, anchor: str) -> tuple[int, int] | None:
    """Start and end of the block with an id: the innermost one around it, or the one above an id on a line of its own."""
    name = re.escape(anchor.encode())
    match = re.search(rb"(?:(?<=[ \t])|^)" + name + rb"(?=[ \t]*(?:\r|\n|\Z))", text.markdown, re.MULTILINE)
    if match is None:
        return None
    at = match.start()
    around: tuple[int, int] | None = None
    before: tuple[int, int] | None = None
    for event, span in parse_events(text.markdown.decode("utf-8", "replace"), definition_lists=True):
        if not isinstance(event, dict) or "Start" not in event:
            continue
        tag = event["Start"]
        kind = tag if isinstance(tag, str) else next(iter(tag))
        start, end = span["start"], span["end"]
        if kind not in _BLOCKS or start > at:
            continue
        if start <= at < end and kind in _OWN:
            around = (start, end)
        elif end <= at and kind not in ("Item",) and (before is None or start >= before[1] or before[0] >= start):
            before = (start, end)
    if around is not None and not text.markdown[around[0] : at].strip():
        return before  # the id stands alone: it is that of the block above
    return around
