"""The bytes of a note as text, with conversion from byte offsets to line and column."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Final

from kg.model import Fault

_BREAK: Final = re.compile(rb"\r\n?|\n")
_BOM: Final = b"\xef\xbb\xbf"
_CONTINUATION: Final = bytes(range(0x80, 0xC0))
_BLOCK: Final = 1024
_FEW: Final = 8


def holds_pair(data: bytes, first: bytes, seconds: tuple[bytes, ...], start: int = 0) -> bool:
    """Return whether a byte is followed by one of some others, anywhere from `start` on.

    Searching for one byte is many times faster than for two, if it is rare.

    >>> holds_pair(b"a{b{%", b"{", (b"{", b"%")), holds_pair(b"a{b{", b"{", (b"{", b"%"))
    (True, False)
    """
    at = data.find(first, start)
    for _ in range(_FEW):
        if at < 0:
            return False
        if data.startswith(seconds, at + 1):
            return True
        at = data.find(first, at + 1)
    return at >= 0 and any(data.find(first + second, at) >= 0 for second in seconds)


class Source:
    """Decoded text of a file; offsets count bytes of `data`, which is `text` in UTF-8 without a byte order mark.

    >>> s = Source("# 容器 [[x]]\\r\\nb".encode())
    >>> s.at(s.data.index(b"[["))
    (1, 6)
    >>> s.at(s.data.index(b"b"))
    (2, 1)
    """

    __slots__ = ("_long", "_original", "ascii", "bom", "data", "faults", "starts", "text")

    def __init__(self, raw: bytes) -> None:
        self.bom = 3 if raw.startswith(_BOM) else 0
        data = raw[3:] if self.bom else raw
        self.faults: list[Fault] = []
        try:
            self.text = data.decode()
        except UnicodeDecodeError as error:
            # The rest of the note is still read: each invalid sequence becomes one U+FFFD.
            self.text = data.decode("utf-8", "replace")
            line = len(_BREAK.findall(data, 0, error.start)) + 1
            line_start = max(data.rfind(b"\n", 0, error.start), data.rfind(b"\r", 0, error.start)) + 1
            column = len(data[line_start : error.start].decode("utf-8", "replace")) + 1
            self.faults.append(Fault("invalid-utf8", line, column, f"byte 0x{data[error.start]:02x}"))
            data = self.text.encode()
        self.data = data
        self.ascii = data.isascii()
        # bytes.splitlines() breaks at LF, CR and CRLF only.
        self.starts = list(accumulate(map(len, data.splitlines(keepends=True)), initial=0))
        if data and data[-1] not in b"\r\n":
            self.starts.pop()
        self._long: dict[int, list[int]] = {}
        self._original: Source | None = None

    def masked(self, data: bytes) -> Source:
        """Return a source with other bytes of the same length and line breaks; lines and columns are those of this one."""
        other = Source(data)
        other.bom, other.faults, other.starts = self.bom, self.faults, self.starts
        other._original = self._original or self
        return other

    def at(self, offset: int) -> tuple[int, int]:
        """Return 1-based line and column (in characters) of a byte offset."""
        if self._original is not None:
            return self._original.at(offset)
        line = bisect_right(self.starts, offset)
        start = self.starts[line - 1]
        if self.ascii:
            return line, offset - start + 1
        if offset - start > _BLOCK:
            return line, self._far(line, start, offset)
        segment = self.data[start:offset]
        return line, (len(segment) if segment.isascii() else len(segment.translate(None, _CONTINUATION))) + 1

    def _far(self, line: int, start: int, offset: int) -> int:
        """Return a column far to the right: characters are counted once per line, so a very long line isn't quadratic."""
        counts = self._long.get(line)
        if counts is None:
            end = self.starts[line] if line < len(self.starts) else len(self.data)
            blocks = (self.data[i : i + _BLOCK].translate(None, _CONTINUATION) for i in range(start, end, _BLOCK))
            counts = self._long[line] = list(accumulate(map(len, blocks), initial=0))
        block = (offset - start) // _BLOCK
        rest = self.data[start + block * _BLOCK : offset]
        return counts[block] + len(rest.translate(None, _CONTINUATION)) + 1

    def line_end(self, offset: int) -> int:
        """Return the byte offset of the end of the line that contains an offset, without the line break."""
        m = _BREAK.search(self.data, offset)
        return m.start() if m else len(self.data)

    def slice(self, start: int, end: int) -> str:
        """Return the text between two byte offsets."""
        return self.text[start:end] if self.ascii else self.data[start:end].decode("utf-8", "replace")


def file_offsets(data: bytes) -> Callable[[int], int]:
    """Return the function from an offset in the text as parsed to the offset in the bytes of the file.

    They differ behind a byte order mark, and behind bytes that aren't UTF-8: those are parsed as U+FFFD, which has three bytes.

    >>> at = file_offsets(b"a\\xffb")
    >>> [at(0), at(4)]
    [0, 2]
    """
    bom = len(_BOM) if data.startswith(_BOM) else 0
    shifts = [(0, bom)]
    try:
        data[bom:].decode()
    except UnicodeDecodeError:
        moved = 0
        for start, end in _invalid(data[bom:]):
            parsed_end = start + moved + 3
            moved += 3 - (end - start)
            shifts.append((parsed_end, bom - moved))
    if len(shifts) == 1:
        return lambda offset: offset + bom
    starts = [start for start, _ in shifts]
    return lambda offset: offset + shifts[bisect_right(starts, offset) - 1][1]


def _invalid(data: bytes) -> list[tuple[int, int]]:
    """Return the ranges that are decoded to one U+FFFD each."""
    invalid: list[tuple[int, int]] = []

    def note_error(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        invalid.append((error.start, error.end))
        return "\ufffd", error.end

    codecs.register_error("kg-places", note_error)
    data.decode("utf-8", "kg-places")
    return invalid
