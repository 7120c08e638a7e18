"""Inline fields, tags, block ids, tables and diagrams."""

from __future__ import annotations

import pytest

from kg.notes import mermaid, parse_note


def relations(text: str) -> list[tuple[str, str | None]]:
    return [(k.target, k.relation) for k in parse_note("a.md", text.encode()).links]


def test_fields() -> None:
    assert relations("uses:: [[b]], [[c]]") == [("b", "uses"), ("c", "uses")]
    assert relations("**uses**:: [[b]]") == [("b", "uses")]
    assert relations("- [ ] (uses:: [[b]]) and [[c]]") == [("b", "uses"), ("c", None)]
    assert relations("x [uses:: [[b]]] y [[c]]") == [("b", "uses"), ("c", None)]
    assert relations("a (k:: (l:: [[b]]) [[c]])")[0] == ("b", "l")
    assert relations("`uses:: `[[b]]") == [("b", None)]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("A paragraph. #real\n{: #para }\n", ("real",)),
        ("## Own { #own }\n\n段落。 #标签\n{: .cls #段落 }\n", ("标签",)),
        ("[](){ #anch } 说明 { .a #b key=\"x y\" k='z' } #c\n", ("c",)),
        ("Options { #x or #y } and {#z} {\n#t }\n", ("x", "y", "t")),
    ],
)
def test_ids_in_lists_of_attributes_are_no_tags(text: str, tags: tuple[str, ...]) -> None:
    assert parse_note("a.md", text.encode()).tags == tags


def test_lists_of_attributes_take_linear_time() -> None:
    note = parse_note("a.md", b"{ " + b".a" * 50_000 + b"\n\n" + b'{ a="' * 20_000 + b"\n\n#t\n")
    assert note.tags == ("t",)


def test_tags_are_case_insensitive() -> None:
    assert parse_note("a.md", b"#Tag #TAG (#x/y) a#b #1 # c\n").tags == ("Tag", "x/y")


def test_block_ids_stand_at_the_end_of_a_line() -> None:
    assert parse_note("a.md", b"x ^a \ny^b\n^c\nz ^d e\n").anchors == {"^a", "^c"}


def test_rows_of_a_large_relation_table() -> None:
    rows = "".join(f"| uses | [[n{i}]] |\n" for i in range(500)) + "| uses | plain |\n"
    found = relations("[[before]]\n\n| relation | target |\n|-|-|\n" + rows + "\n[[after]]")
    assert found[0] == ("before", None)
    assert found[-1] == ("after", None)
    assert sum(r == "uses" for _, r in found) == 501


def test_a_short_diagram_that_means_millions_of_edges() -> None:
    group = " & ".join(f"n{i}" for i in range(2000))
    assert len(list(mermaid.diagram_edges(f"graph TD\n{group} --> {group}"))) <= 20_000


def test_lone_carriage_returns_end_lines() -> None:
    note = parse_note("a.md", b"# A\r\r[b](b.md)\r")
    assert [(h.text, h.line) for h in note.headings] == [("A", 1)]
    assert [(k.line, k.column) for k in note.links] == [(3, 1)]
