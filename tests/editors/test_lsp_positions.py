"""Positions and changes behind emoji, Chinese characters, CRLF and other characters that some editors take for line ends."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from kg.notes import parse_note
from kg.serve.lsp.text import DocumentText, Encoding

PIECES = st.lists(
    st.sampled_from(["a", "é", "容", "😀", "𠮷", "\n", "\r\n", "\r", "\u2028", "\x0b", "\x85", "[[b]]", " ", "\ufeff"]),
    max_size=40,
).map("".join)
ENCODINGS: list[Encoding] = ["utf-8", "utf-16", "utf-32"]


def units(text: str, encoding: Encoding) -> int:
    """Length in code units, by Python's own codecs."""
    return (
        len(text.encode(encoding.replace("-16", "-16-le").replace("-32", "-32-le")))
        // {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    )


@given(PIECES, st.sampled_from(ENCODINGS))
def test_each_offset_has_one_position(text: str, encoding: Encoding) -> None:
    document = DocumentText(text, encoding)
    for offset in range(len(text) + 1):
        position = document.position(offset)
        before = text[:offset]
        if text[offset - 1 : offset + 1] == "\r\n":
            continue  # in the middle of a line end
        lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert position == lsp.Position(len(lines) - 1, units(lines[-1], encoding))
        if not (offset and text[offset - 1] in "\r\n") or position.character == 0:
            assert document.offset(position) == offset


@given(PIECES)
def test_links_are_where_the_text_has_them(text: str) -> None:
    document = DocumentText(text)
    for link in parse_note("a.md", document.data).links:
        if link.kind == "wikilink":
            start, end = document.offset_of_byte(link.start), document.offset_of_byte(link.end)
            assert text[start:end] == "[[b]]"
            assert document.offset_at(link.line, link.column) == start
            assert document.byte(start) == link.start


@given(PIECES, st.integers(0, 10**9), st.sampled_from(ENCODINGS))
def test_changes_give_the_same_text_as_the_editor_has(text: str, seed: int, encoding: Encoding) -> None:
    draw = random.Random(seed)
    document = DocumentText(text, encoding)
    for _ in range(5):
        start, end = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        if any(text[at - 1 : at + 1] == "\r\n" for at in (start, end)):
            continue
        new = draw.choice(["", "x", "😀\r\n", "\r", "容器"])
        change = lsp.TextDocumentContentChangePartial(document.range(start, end), new)
        text = text[:start] + new + text[end:]
        document = document.changed([change])
        assert document.text == text


def test_positions_outside_the_text_are_its_ends() -> None:
    document = DocumentText("a😀\r\nb")
    assert document.offset(lsp.Position(0, 99)) == 2
    assert document.offset(lsp.Position(99, 0)) == 5
    assert document.offset(lsp.Position(0, 2)) == 1  # in the middle of a character
    assert DocumentText("a\ud800b").data == "a\ufffdb".encode()
