"""Text that the author hid: comments of Obsidian (``%%``), of HTML (``<!--``) and of site generators, as ranges of bytes.

Hidden text is not content: it is taken out before a note is parsed, and from every text that is shown or searched.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from kg.model import Fault
from kg.notes import myst
from kg.notes.dialect import Dialect
from kg.notes.inline import Ranges
from kg.notes.markdown import Structure, read_markdown
from kg.notes.source import Source, holds_pair

_MARK: Final = re.compile(rb"%%|<!--")
_REFERENCE: Final = re.compile(rb"^ {0,3}\[[^\[\]\r\n]{0,100}\]: (?:#|<#?>)[ \t]+[\"'(][^\r\n]*", re.MULTILINE)
# "<!-->" and "<!--->" are complete comments (CommonMark 0.31, "HTML comment").
_HTML_END: Final = re.compile(rb"<!--(?:-?>|.*?-->)", re.DOTALL)
_LINE: Final = re.compile(rb"[^\r\n]+")
_CONTAINERS: Final = re.compile(rb"[ \t]*(?:>[ \t]*)*")
_ONLY_CONTAINERS: Final = re.compile(rb"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*\Z")
# Where a paragraph ends: an empty line, or the start of another block.
_PARAGRAPH_END: Final = re.compile(rb"(?:\r\n?|\n)(?=[ \t>]*(?:\r|\n|\Z|#{1,6}[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t]|\|))")
_FILL: Final = b"\x0c"
_SPACES: Final = {1: " ", 2: "\u00a0", 3: "\u3000", 4: "\U000e0020"}
"""A character that shows nothing, by its length in UTF-8."""
_MOST_PASSES: Final = 24
"""Passes of the parser over one note: another one is needed only if a comment holds the start of code that ends behind it."""


class Visible(NamedTuple):
    """A note without its hidden text."""

    source: Source
    """The text with spaces in place of what is hidden from the parser; offsets, lines and columns are those of the file."""
    body: Structure
    hidden: tuple[tuple[int, int], ...]
    """Disjoint ranges of bytes behind the front matter, in ascending order; comments in HTML too, which the parser skips."""
    faults: list[Fault]


def may_hide(source: Source, start: int) -> bool:
    """Return whether a text can contain comments at all."""
    data = source.data
    return data.find(b"<!--", start) >= 0 or holds_pair(data, b"%", (b"%",), start)


def without_front_comments(source: Source, end: int, dialect: Dialect) -> tuple[Source, list[tuple[int, int]]]:
    """Return a source without the comments in its front matter, which ends at byte `end`, and their ranges."""
    front, ranges, at = source.data[:end], [], 0
    last = front.rfind(b"-->")
    while m := _MARK.search(front, at):
        begin, at = m.start(), m.end()
        if m.group() == b"<!--":
            whole = _HTML_END.match(front, begin) if begin < last else None
            stop = whole.end() if whole else -1
        else:
            stop = front.find(b"%%", at) + 2 if dialect.comments else -1
        if stop > at:
            ranges.append((begin, stop))
            at = stop
    return (source.masked(blank_ranges(source.data, ranges, b" ")), ranges) if ranges else (source, ranges)


def read_visible(source: Source, start: int, dialect: Dialect) -> Visible:
    """Parse a text without its comments.

    >>> from kg.notes.dialect import PLAIN
    >>> visible = read_visible(Source(b"a %%b%% `%%c%%` <!-- d --> e\\n"), 0, PLAIN)
    >>> visible.hidden, visible.source.data
    (((2, 7), (16, 26)), b'a \\x0c\\x0c\\x0c\\x0c\\x0c `%%c%%` <!-- d --> e\\n')
    """
    comments: list[tuple[int, int]] = []
    if dialect.myst and source.data.find(b"%", start) >= 0:
        comments = myst.comment_ranges(source.data, myst.code_ranges(source.data, start), start)
        source = source.masked(blank_ranges(source.data, comments, _FILL)) if comments else source
    if (markdown := myst.read_as_markdown(source.data, start)) is not source.data:
        source = source.masked(markdown)
    body = read_markdown(source, start, dialect)
    hidden = [span for span in body.hidden_tags if span[0] >= start] + _by_reference(source, body, start) + comments
    faults: list[Fault] = []
    if not may_hide(source, start):
        return Visible(source, body, _merged(hidden, len(source.data)), faults)
    original, at = source.data, start
    for number in range(_MOST_PASSES):
        scan = _Scan(source, body, dialect, last=number == _MOST_PASSES - 1).run(at)
        hidden += scan.hidden
        faults += scan.faults
        if not scan.masked:
            break
        source = source.masked(blank_ranges(source.data, scan.masked, _FILL))
        body = read_markdown(source, start, dialect)
        if scan.stopped is None:
            break
        at = scan.stopped
    return Visible(source, body, _merged(hidden, len(original)), faults)


def ends_open(data: bytes, body: int, dialect: Dialect) -> bool:
    """Return whether what is appended to a note would be code, HTML or a comment: its end is open.

    >>> from kg.notes.dialect import PLAIN
    >>> [ends_open(text, 0, PLAIN) for text in (b"```", b"> ```", b"<!-- a")]
    [True, False, True]
    """
    end = len(data) + 2
    source = Source(data + b"\n\nx\n")
    visible = read_visible(source, max(0, body - source.bom), dialect)
    at = end - source.bom
    return not visible.body.holds(at) or any(begin <= at < stop for begin, stop in visible.hidden)


def _by_reference(source: Source, body: Structure, start: int) -> list[tuple[int, int]]:
    """Return comments in the form of reference definitions that lead nowhere, ``[//]: # (text)``; the parser skips them."""
    if b"]: #" not in source.data and b"]: <" not in source.data:
        return []
    code = Ranges(sorted(body.code))
    return [m.span() for m in _REFERENCE.finditer(source.data, start) if not code.holds(m.start())]


class _Scan:
    """One search for comments, from the first byte to the first comment behind which the parse isn't valid."""

    def __init__(self, source: Source, body: Structure, dialect: Dialect, *, last: bool) -> None:
        self.source, self.body, self.obsidian, self.last = source, body, dialect.comments, last
        self.code = Ranges(sorted(body.code))
        self.html = Ranges(sorted(body.html))
        self.hidden: list[tuple[int, int]] = []
        self.masked: list[tuple[int, int]] = []
        """The comments that the parser would read as text."""
        self.faults: list[Fault] = []
        self.stopped: int | None = None
        self.last_end = source.data.rfind(b"-->")

    def run(self, at: int) -> _Scan:
        """Search from byte `at` on."""
        data = self.source.data
        while m := _MARK.search(data, at):
            begin = m.start()
            at = m.end()
            if self.code.holds(begin) and not self.last:
                continue
            end, parsed = self._html(begin) if m.group() == b"<!--" else self._percent(begin)
            if end is None:
                continue
            at = end
            self.hidden.append((begin, end))
            if not parsed:
                self.masked.append((begin, end))
                if not self.last and (_straddles(self.code, begin, end) or _straddles(self.html, begin, end)):
                    self.stopped = end
                    break
        return self

    def _html(self, begin: int) -> tuple[int | None, bool]:
        """Return the end of a comment of HTML, None if it is none, and whether the parser reads it as HTML."""
        in_html = self.html.holds(begin)
        m = _HTML_END.match(self.source.data, begin) if begin < self.last_end else None
        if m:
            return m.end(), in_html
        # Without an end, a comment hides the rest of its block if it starts one; within a paragraph it is text.
        return (self.html.end_of(begin) if in_html else None), in_html

    def _percent(self, begin: int) -> tuple[int | None, bool]:
        data = self.source.data
        if not self.obsidian or not (self.body.holds(begin) or self.html.holds(begin) or self.last):
            return None, False
        escapes = begin
        while escapes > 0 and data[escapes - 1 : escapes] == b"\\":
            escapes -= 1
        if (begin - escapes) % 2:
            return None, False
        end = data.find(b"%%", begin + 2)
        if end >= 0:
            return end + 2, False
        self.faults.append(Fault("unclosed-comment", *self.source.at(begin), "%%"))
        line = data[max(data.rfind(b"\n", 0, begin), data.rfind(b"\r", 0, begin)) + 1 : begin]
        if _ONLY_CONTAINERS.match(line):
            return len(data), False
        if line.lstrip(b" \t>").startswith((b"#", b"|")):
            return self.source.line_end(begin), False
        m = _PARAGRAPH_END.search(data, begin)
        return (m.start() if m else len(data)), False


def _straddles(ranges: Ranges, begin: int, end: int) -> bool:
    """Return whether a range starts within a comment and ends behind it: the parse behind the comment isn't valid then."""
    i = bisect_left(ranges.starts, begin)
    return any(ranges.ends[k] > end for k in range(i, bisect_left(ranges.starts, end)))


def _merged(ranges: list[tuple[int, int]], size: int) -> tuple[tuple[int, int], ...]:
    merged = Ranges.merged([(begin, min(end, size)) for begin, end in ranges])
    return tuple(zip(merged.starts, merged.ends, strict=True))


def blank_ranges(data: bytes, ranges: Sequence[tuple[int, int]], fill: bytes) -> bytes:
    """Replace ranges of a text by fill characters of the same length, so that the blocks around them stay what they are.

    Line breaks stay, and so do the marks of quotes if the range starts in a quote. A line that is hidden as a whole becomes
    spaces.

    >>> blank_ranges(b"> a %%b\\n> c%% d\\n", [(4, 13)], b"-")
    b'> a ---\\n> --- d\\n'
    """
    raw = bytearray(data)
    first = searched = 0
    for begin, end in ranges:
        # Each part of the text is searched once, however many ranges a line has.
        first = max(first, data.rfind(b"\n", searched, begin) + 1, data.rfind(b"\r", searched, begin) + 1)
        searched = begin
        prefix_of_line = _CONTAINERS.match(data, first, begin)
        quoted = prefix_of_line is not None and b">" in prefix_of_line.group()
        for m in _LINE.finditer(data, begin, end):
            start, stop = m.span()
            if start > begin and (prefix := _CONTAINERS.match(data, start, stop)):
                kept = prefix.end() if quoted else start + len(prefix.group().partition(b">")[0])
                start = min(kept, stop)
            whole = (start == 0 or data[start - 1 : start] in (b"\n", b"\r")) and data[stop : stop + 1] in (b"", b"\n", b"\r")
            raw[start:stop] = (b" " if whole else fill) * (stop - start)
    return bytes(raw)


def shown_bytes(data: bytes, hidden: Sequence[tuple[int, int]]) -> bytes:
    """Return the bytes of a note without a byte order mark, with its hidden text blanked for the Markdown parser."""
    return blank_ranges(data, hidden, _FILL) if hidden else data


def shown_text(data: bytes, hidden: Sequence[tuple[int, int]]) -> str:
    """Return the text of a note with its hidden text blanked: each character by one of the same length in bytes."""
    if not hidden:
        return data.decode("utf-8", "replace")
    parts, at = [], 0
    for begin, end in hidden:
        parts.append(data[at:begin].decode("utf-8", "replace"))
        parts += (c if c in "\r\n" else _SPACES[len(c.encode())] for c in data[begin:end].decode("utf-8", "replace"))
        at = end
    parts.append(data[at:].decode("utf-8", "replace"))
    return "".join(parts)
