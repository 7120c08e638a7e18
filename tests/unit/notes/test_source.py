"""Positions: lines, columns, very long lines."""

from __future__ import annotations

import pytest

from kg.notes.source import Source


@pytest.mark.parametrize("data", [b"", b"a", b"a\n", b"\n\na", b"a\r\nb\rc\n", b"\r", "容\n器".encode(), b"a\x0bb\x0cc\x1cd\n"])
def test_lines_start_behind_line_endings(data: bytes) -> None:
    starts = [0] + [
        i + 1
        for i in range(len(data))
        if data[i : i + 1] == b"\n" or (data[i : i + 1] == b"\r" and data[i + 1 : i + 2] != b"\n")
    ]
    assert Source(data).starts == starts


@pytest.mark.parametrize("unit", ["a", "é", "容", "😀", "a容é😀"])
def test_columns_far_to_the_right(unit: str) -> None:
    text = "x\n" + unit * 3000 + "[\n" + unit * 2000 + "]"
    source = Source(text.encode())
    for mark, line in (("[", 2), ("]", 3)):
        column = text.split("\n")[line - 1].index(mark) + 1
        assert source.at(source.data.index(mark.encode())) == (line, column)


def test_bad_bytes_become_one_character_each() -> None:
    source = Source(b"a\n\xc3(\xff[\n")
    assert source.at(source.data.index(b"[")) == (2, 4)
    assert [(f.name, f.line, f.column) for f in source.faults] == [("invalid-utf8", 2, 1)]
