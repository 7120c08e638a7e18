"""Jupyter notebooks: the lines of their Markdown cells, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json

_PIECE: Final = re.compile(r'"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)"|[\[\]{},:]', re.DOTALL)
_CHARACTER: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)


class CellLine(NamedTuple):
    """A line of a Markdown cell."""

    text: str
    """Without the line end."""
    offset: int
    """Of its first character in the text of the file."""
    raw: str
    """The line as it is written in the file, with escapes."""

    def offset_of(self, column: int) -> int:
        r"""Return the offset in the file of a 1-based column.

        >>> CellLine('a "b"', 10, r'a \"b\"').offset_of(5)
        15
        """
        offset = self.offset
        for number, m in enumerate(_CHARACTER.finditer(self.raw), 1):
            if number >= column:
                break
            offset += len(m.group())
        return offset


def read_cells(text: str) -> list[list[CellLine]]:
    r"""Return the lines of each Markdown cell of a notebook, and of a raw cell at the start. Raises FormatError.

    >>> cells = read_cells('{"cells": [{"cell_type": "markdown", "source": ["# A\\n", "See \\"b\\""]}]}')
    >>> [(line.text, line.offset) for line in cells[0]]
    [('# A', 49), ('See "b"', 58)]
    """
    value = read_json(text)
    if not isinstance(value, dict) or not isinstance(value.get("cells"), list):
        raise FormatError("a notebook without cells; those of format 4 and later are read")
    pieces = list(_sources(text))
    kinds = [cell.get("cell_type") if isinstance(cell, dict) else None for cell in value["cells"]]
    return [
        _lines(pieces[i])
        for i, kind in enumerate(kinds)
        if i < len(pieces) and (kind == "markdown" or (kind == "raw" and i == 0))
    ]


def _sources(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yield the strings of the key ``source`` of each cell, with their offsets, in a text that is valid JSON."""
    brackets: list[str] = []
    keys: list[str] = []  # for each open bracket, the last key in it
    before_key = False
    strings: list[tuple[int, str]] = []
    for m in _PIECE.finditer(text):
        piece = m.group()
        if m["text"] is not None:
            if before_key:
                keys[-1] = m["text"]
            elif _is_cell(brackets[:3], keys) and keys[2] == "source" and len(brackets) < 5:
                strings.append((m.start("text"), m["text"]))
        elif piece in ("{", "["):
            brackets.append(piece)
            keys.append("")
            before_key = piece == "{"
            if len(brackets) == 3:
                strings = []
        elif piece in ("}", "]"):
            if len(brackets) == 3 and _is_cell(brackets, keys):
                yield strings
            brackets.pop()
            keys.pop()
            before_key = False
        else:
            before_key = piece == "," and brackets[-1] == "{"


def _is_cell(brackets: list[str], keys: list[str]) -> bool:
    return brackets == ["{", "[", "{"] and keys[0] == "cells"


def _lines(pieces: list[tuple[int, str]]) -> list[CellLine]:
    return [line for start, raw in pieces for line in _split(start, raw)]


def _split(start: int, raw: str) -> Iterator[CellLine]:
    """Yield the lines of one string, given by its offset and as it is written."""
    begin = 0
    for m in _CHARACTER.finditer(raw) if "\\n" in raw else ():
        if m.group() == "\\n":
            yield _line(start, raw, begin, m.start())
            begin = m.end()
    if begin < len(raw):
        yield _line(start, raw, begin, len(raw))


def _line(start: int, raw: str, begin: int, end: int) -> CellLine:
    written = raw[begin:end]
    text = str(read_json(f'"{written}"')) if "\\" in written else written
    return CellLine(text.replace("\r", "").replace("\n", " "), start + begin, written)
