"""The text of a document, with conversion between positions of the protocol, characters, and bytes of the note.

Lines end at LF, CR or CRLF only, as in the protocol and in kg's parser. A position counts code units of the encoding that
client and server agreed on: UTF-16 by default.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final, Literal

from lsprotocol import types as lsp

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_BREAK: Final = re.compile(r"\r\n?|\n")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_WIDE: Final = re.compile("[\U00010000-\U0010ffff]")
_BOM: Final = "\ufeff"


class DocumentText:
    """A text at one moment. Offsets count characters (code points) of `text`; bytes are those of the note without its BOM.

    >>> text = DocumentText("a😀b\\r\\n容c")
    >>> text.offset(lsp.Position(0, 3)), text.offset(lsp.Position(1, 1)), text.position(2)
    (2, 6, 0:3)
    """

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self.text = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
        self.encoding: Encoding = encoding
        self.starts = [0, *(m.end() for m in _BREAK.finditer(self.text))]
        """Offset of each line."""

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode()

    @cached_property
    def _byte_starts(self) -> list[int]:
        """Byte of each line, in the note's count, which leaves a byte order mark out."""
        if self.text.isascii():
            return self.starts
        starts, at = [], -3 if self.text.startswith(_BOM) else 0
        for number, start in enumerate(self.starts):
            starts.append(max(at, 0))
            end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
            at += len(self.text[start:end].encode())
        return starts

    # To offsets

    def offset(self, position: lsp.Position) -> int:
        """Return the offset of a position; one behind the end of its line or of the text is taken as that end."""
        if position.line >= len(self.starts):
            return len(self.text)
        line = self.line(position.line)
        return self.starts[position.line] + self._characters(line, max(position.character, 0))

    def _characters(self, line: str, units: int) -> int:
        if self.encoding == "utf-32" or line.isascii():
            return min(units, len(line))
        if self.encoding == "utf-8":
            return len(line.encode()[:units].decode("utf-8", "ignore"))
        count = 0
        for number, character in enumerate(line):
            if count >= units:
                return number
            count += 2 if character > "\uffff" else 1
            if count > units:
                return number  # in the middle of a character: its beginning
        return len(line)

    def byte(self, offset: int) -> int:
        """Return the byte of an offset, in the note's count."""
        number = self.line_at(offset)
        start = self.starts[number]
        if start == 0 and self.text.startswith(_BOM):
            start = min(1, offset)
        return self._byte_starts[number] + len(self.text[start:offset].encode())

    def offset_at(self, line: int, column: int) -> int:
        """Return the offset of a line and a column in characters, both 1-based, as findings have them."""
        number = min(max(line, 1), len(self.starts)) - 1
        bom = 1 if number == 0 and self.text.startswith(_BOM) else 0
        return min(self.starts[number] + bom + max(column, 1) - 1, self.starts[number] + len(self.line(number)))

    # To positions

    def position(self, offset: int) -> lsp.Position:
        """Return the position of an offset."""
        number = self.line_at(offset)
        return lsp.Position(number, self._units(self.text[self.starts[number] : offset]))

    def _units(self, text: str) -> int:
        if self.encoding == "utf-32" or text.isascii():
            return len(text)
        return len(text.encode()) if self.encoding == "utf-8" else len(text) + len(_WIDE.findall(text))

    def range(self, start: int, end: int) -> lsp.Range:
        """Return the range between two offsets."""
        return lsp.Range(self.position(start), self.position(end))

    def range_of_bytes(self, start: int, end: int) -> lsp.Range:
        """Return the range between two bytes of the note."""
        return self.range(self.offset_of_byte(start), self.offset_of_byte(end))

    def offset_of_byte(self, byte: int) -> int:
        """Return the offset of a byte of the note."""
        number = bisect_right(self._byte_starts, byte) - 1
        start = self.starts[number] + (1 if number == 0 and self.text.startswith(_BOM) else 0)
        line = self.text[start : self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)]
        rest = byte - self._byte_starts[number]
        return start + (min(rest, len(line)) if line.isascii() else len(line.encode()[:rest].decode("utf-8", "ignore")))

    # Lines

    def line_at(self, offset: int) -> int:
        """Return the number of the line, from 0, that contains an offset."""
        return bisect_right(self.starts, offset) - 1

    def line(self, number: int) -> str:
        """Return a line, counted from 0, without its end."""
        if not 0 <= number < len(self.starts):
            return ""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[number] : end].rstrip("\r\n")

    @cached_property
    def line_end(self) -> str:
        """How lines of this text end: as the first one does."""
        m = _BREAK.search(self.text)
        return m[0] if m else "\n"

    # Changes

    def changed(self, changes: Sequence[lsp.TextDocumentContentChangeEvent]) -> DocumentText:
        """Return the text after changes, applied in order; a change without a range replaces the whole text."""
        text: DocumentText = self
        for change in changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                start, end = text.offset(change.range.start), text.offset(change.range.end)
                whole = text.text[:start] + change.text + text.text[max(start, end) :]
            else:
                whole = change.text
            text = DocumentText(whole, self.encoding)
        return text
