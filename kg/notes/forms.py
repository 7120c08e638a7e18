"""Files in other forms than Markdown: the Markdown in them, and the places of its lines in the file.

MDX and Quarto keep every byte at its place: components, expressions and cells become spaces. Of a notebook, the Markdown cells
are read as one text; findings are placed where their lines stand in the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from kg.base.formats import FormatError
from kg.base.formats.notebook_text import CellLine, read_cells
from kg.model import Fault, Note

NOTEBOOK: Final = ".ipynb"
_BOM: Final = b"\xef\xbb\xbf"
_FENCE: Final = re.compile(rb"[ \t>]*(`{3,}|~{3,})[ \t]*([^\r\n]*)")
_CELL: Final = re.compile(rb"\{[\w.#-]")
_CODE: Final = rb"(?P<code>(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
# A component (its name has a capital letter or a dot), a fragment, an expression, a comment.
_JSX: Final = re.compile(
    _CODE + rb"|</?(?:[A-Z][\w.]*|[a-z]\w*\.[\w.]+)(?:\s[^<>]{0,2000}?(?:=>[^<>]{0,500}?)*)?/?>|</?>|\{(?!#)[^{}\r\n]{0,500}\}"
    rb"|\{/\*.{0,4000}?\*/\}",
    re.DOTALL,
)
_MODULE: Final = re.compile(
    rb"^(?:import\s+(?:[\w*{\"'])|export\s+(?:default|const|let|function|\{|\*))[^\r\n]*(?:\r?\n(?![ \t]*\r?\n)[^\r\n]+)*",
    re.MULTILINE,
)
_DIV: Final = re.compile(rb"^[ \t]*:::+[^\r\n]*", re.MULTILINE)
_FILL: Final = b"\x0c"
_FILLED_LINE: Final = re.compile(rb"^[ \t\x0c]+(?=\r?$)", re.MULTILINE)
_NO_BREAK: Final = re.compile(rb"[^\r\n]")

T = TypeVar("T")


def markdown_of(path: str, data: bytes) -> bytes:
    """Return the Markdown of a file by its name; that of a Markdown file is the file itself.

    >>> markdown_of("a.mdx", b"<Card>See [b](b.md)</Card>")
    b'\\x0c\\x0c\\x0c\\x0c\\x0c\\x0cSee [b](b.md)\\x0c\\x0c\\x0c\\x0c\\x0c\\x0c\\x0c'
    """
    ending = path[-6:].lower()
    if ending.endswith((".md", "down")):
        return data
    if ending.endswith(".mdx"):
        return _outside_code(data, _without_jsx, cells=False)
    if ending.endswith((".qmd", ".rmd")):
        return _outside_code(data, lambda text: _DIV.sub(_blank, text), cells=True)
    if ending.endswith(NOTEBOOK):
        return "".join(line.text + "\n" for line in _notebook_lines(data)[0]).encode("utf-8", "replace")
    return data


def _blank(m: re.Match[bytes]) -> bytes:
    return _NO_BREAK.sub(b" ", m.group())


def _fill_unless_code(m: re.Match[bytes]) -> bytes:
    return m.group() if m["code"] else _NO_BREAK.sub(_FILL, m.group())


def _without_jsx(text: bytes) -> bytes:
    """Blank components and expressions; what stands behind one on its line must not look like an indented block."""
    filled = _JSX.sub(_fill_unless_code, _MODULE.sub(_blank, text))
    return _FILLED_LINE.sub(_blank, filled) if _FILL in filled else filled


def _outside_code(data: bytes, change: Callable[[bytes], bytes], *, cells: bool) -> bytes:
    """Apply a change to the text between fences; with `cells`, blank the fenced blocks that are run."""
    parts: list[bytes] = []
    lines = data.splitlines(keepends=True)
    text, block = bytearray(), bytearray()
    fence = b""
    run = False
    for line in lines:
        m = _FENCE.match(line)
        if not fence and m:
            parts.append(change(bytes(text)))
            text.clear()
            fence, run = m[1], cells and bool(_CELL.match(m[2]))
            block += line
        elif fence:
            block += line
            if m and m[1].startswith(fence) and not m[2].strip():
                parts.append(_NO_BREAK.sub(b" ", bytes(block)) if run else bytes(block))
                block.clear()
                fence = b""
        else:
            text += line
    return b"".join((*parts, change(bytes(text)), bytes(block)))


def _notebook_lines(data: bytes) -> tuple[list[CellLine], str]:
    """Return the lines of all Markdown cells, with an empty one behind each cell, and the text of the file."""
    text = data.removeprefix(_BOM).decode("utf-8", "replace")
    lines: list[CellLine] = []
    try:
        for cell in read_cells(text) if text.strip() else []:
            lines += [*cell, CellLine("", cell[-1].offset if cell else 0, "")]
    except FormatError:
        return [], text
    return lines, text


def notebook_fault(data: bytes) -> Fault | None:
    """Return why a notebook can't be read; None if it can."""
    try:
        read_cells(data.removeprefix(_BOM).decode("utf-8", "replace") or '{"cells": []}')
    except FormatError as error:
        return Fault("left-out-file", error.line or 1, error.column or 1, error.advice)
    return None


class _Places:
    """Where the lines of a notebook's Markdown stand in its file."""

    def __init__(self, data: bytes) -> None:
        self._lines, text = _notebook_lines(data)
        self._starts = [0]
        for m in re.finditer("\n", text):
            self._starts.append(m.end())

    def __call__(self, line: int, column: int) -> tuple[int, int]:
        if not 1 <= line <= len(self._lines):
            return 1, 1
        offset = self._lines[line - 1].offset_of(column)
        number = bisect_right(self._starts, offset)
        return number, offset - self._starts[number - 1] + 1


def placed(note: Note, data: bytes) -> Note:
    """Return the note of a notebook with the lines and columns of its file; `data` are the bytes of the file."""
    place = _Places(data)

    def at(thing: T) -> T:
        line, column = place(thing.line, thing.column)  # type: ignore[attr-defined]
        moved: T = thing._replace(line=line, column=column)  # type: ignore[attr-defined]
        return moved

    fault = notebook_fault(data)
    return replace(
        note,
        headings=tuple(map(at, note.headings)),
        links=tuple(map(at, note.links)),
        blocks=tuple(map(at, note.blocks)),
        edges=tuple(map(at, note.edges)),
        faults=(*map(at, note.faults), *([fault] if fault else [])),
        lines={key: place(line, 1)[0] for key, line in note.lines.items()},
        label_line=place(note.label_line, 1)[0],
        ignores=tuple(at(i)._replace(target=place(i.target, 1)[0] if i.target else 0) for i in note.ignores),
    )
