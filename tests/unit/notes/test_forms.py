"""Files in other forms than Markdown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.notes import parse_note
from kg.notes.forms import markdown_of


def notebook(*cells: tuple[str, str | list[str]], indent: int | None = 1, **options: bool) -> str:
    rows = [{"cell_type": kind, "metadata": {"x": "}"}, "source": source} for kind, source in cells]
    return json.dumps({"cells": rows, "metadata": {}, "nbformat": 4}, indent=indent, **options)


@given(
    st.text(
        st.characters(codec="utf-8", exclude_characters="[]()<>`\\$%{}\r\n#*_~|!&\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"),
        max_size=30,
    )
)
def test_a_link_in_a_notebook_is_placed_where_it_stands_in_the_file(before: str) -> None:
    for options in ({}, {"ensure_ascii": False}):
        for indent in (None, 1):
            text = notebook(
                ("code", "x = 1"), ("markdown", ["Text\n", "\n", f"x {before} [b](b.md)"]), indent=indent, **options
            )
            (link,) = [link for link in parse_note("a.ipynb", text.encode()).links if link.target == "b.md"]
            line = text.split("\n")[link.line - 1]
            assert line[link.column - 1 :].startswith("[b](b.md)")


def test_front_matter_in_the_first_cell() -> None:
    note = parse_note("a.ipynb", notebook(("raw", "---\nid: nb\n---\n"), ("markdown", "# T\n")).encode())
    assert (note.metadata["id"], note.labels) == ("nb", {"en": "T"})


@pytest.mark.parametrize("data", ["{", "[]", '{"cells": 3}', '{"worksheets": []}'])
def test_a_file_that_is_no_notebook_is_reported(data: str) -> None:
    note = parse_note("a.ipynb", data.encode())
    assert [fault.name for fault in note.faults] == ["left-out-file"]
    assert not note.links


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xef\xbb\xbf{}", b'{"cells": [{}, 3, {"cell_type": "markdown"}]}'])
def test_strange_notebooks_are_read(data: bytes) -> None:
    assert parse_note("a.ipynb", data).path == "a.ipynb"


@given(st.binary(max_size=200))
def test_mdx_and_quarto_keep_every_byte_at_its_place(data: bytes) -> None:
    for path in ("a.mdx", "a.qmd"):
        assert len(markdown_of(path, data)) == len(data)
        parse_note(path, data)


def test_code_in_mdx_stays_code() -> None:
    text = b"`<Card>` and\n\n```jsx\nimport a from 'b'\n<Card/>\n```\n"
    assert markdown_of("a.mdx", text) == text
