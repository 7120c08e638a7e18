"""Notes written in odd ways: what they mean, and that each part of them has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.base.listing import walk_folders
from kg.model import Note
from kg.notes import mermaid, parse_note
from kg.notes.dialect import Dialect


def _note(text: str) -> Note:
    return parse_note("a.md", text.encode())


def _links(text: str) -> list[tuple[str, str | None]]:
    return [(k.target, k.relation) for k in _note(text).links]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`\\(` [[a]] `\\)`", [("a", None)]),  # code, no formula
        ("%% a \\( b %% [[c]] \\) [[d]]", [("c", None), ("d", None)]),  # what a comment opens is none
        ("**:: [[b]]", [("b", None)]),  # a key of nothing but markup
        ("```\nuses:: [[b]]\n```\n", []),
        ("x [uses:: [[b]] and more\n", [("b", None)]),  # never closed
        ("x [a\n] y ) [uses:: [[b]]]", [("b", "uses")]),
        ("é (k:: (l:: [[b]]) [[c]]) [[d]]", [("b", "l"), ("c", "k"), ("d", None)]),  # a field in a field
        ("[[a\nb]]", []),
        ("[t](b.md?plain=1#c)", [("b.md", None)]),
        ('{{< ref "https://e.org/" >}}', []),
        ('{{< relref path="b" outputFormat="json" >}}', [("b", None)]),
        ('<a href="{% link b.md %}">x</a><a href="{% link c.md %}">y</a>', [("b.md", None), ("c.md", None)]),
        ("[![t]({% link a.png %})]({% link b.md %})", [("b.md", None), ("a.png", None)]),
        ("| relation | target |\n|-|-|\n| | [[b]] |\n| uses |\n| uses | [[c]] | more |\n", [("b", None), ("c", "uses")]),
    ],
)
def test_links_of_odd_text(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert _links(text) == expected


def test_a_link_over_two_lines_shows_its_text_with_a_space() -> None:
    (link,) = _note("[one\ntwo](b.md)").links
    assert link.text == "one two"


def test_an_id_in_the_attributes_of_a_heading() -> None:
    (heading,) = _note('# H {class="c" id="x"}\n').headings
    assert (heading.text, heading.anchor) == ("H", "x")


def test_the_end_of_a_table_of_contents_that_never_began() -> None:
    assert [k.context for k in _note("[a](a.md)\n\n<!-- tocstop -->\n\n[b](b.md)\n").links] == ["text", "text"]


def test_places_far_to_the_right() -> None:
    text = "é" * 5000 + " [[a]] " + "é" * 5000 + " [[b]]"
    assert [k.column for k in _note(text).links] == [5002, 10_009]


# front matter


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("---\n\nText\n", {}),
        ("---\n...\nText\n", {}),
        ("---\nJust prose.\n---\n", {}),
        ("---\na: 1\n---b: 2\n---\n", {"a": 1, "---b": 2}),
        ("---\nyes: 1\n---\n", {"true": 1}),
        ("---\na: [b, c, ]\n---\n", {"a": ["b", "c"]}),
        ('---\na: ["b", ]\n---\n', {"a": ["b"]}),
    ],
)
def test_front_matter_in_odd_shapes(text: str, values: dict[str, object]) -> None:
    note = _note(text)
    assert note.metadata == values
    assert note.faults == ()


def test_front_matter_that_can_not_be_read() -> None:
    (fault,) = _note("---\na:\n  - b\n - c\n---\n").faults
    assert (fault.name, fault.line) == ("invalid-front-matter", 4)
    (fault,) = _note(f"---\na: {'x' * (1 << 20)}\n---\n").faults
    assert "at most 1,048,576 are read" in fault.detail


def test_links_names_and_tags_in_front_matter() -> None:
    note = _note(
        '---\naliases: [" ", B]\nuses: ["[b](b.md#c)", "[x](https://e.org/)"]\ntitle: {en: ""}\ntags: ["#", "#t"]\n---\n# H\n'
    )
    assert [(k.kind, k.target, k.fragment) for k in note.links] == [("name", "B", None), ("property", "b.md", "c")]
    assert note.labels == {"en": "H"}
    assert note.tags == ("t",)


def test_suppressions_where_nothing_follows_and_where_there_are_none() -> None:
    note = _note("---\nid: a # kg: ignore KG303 why\n---\n# kg: ignore KG201\n\nText\n\n<!-- kg: ignore KG202 -->\n")
    assert [(r.codes, r.target) for r in note.ignores] == [(("KG303",), 2), (("KG202",), 8)]


def test_what_other_tools_take_as_metadata_to_the_end_of_the_file() -> None:
    note = parse_note("a.md", b"Title: T\nAuthors: A\n    B", Dialect(meta_data=True))
    assert (note.metadata, note.body) == ({"title": "T", "authors": "A B"}, 25)
    assert parse_note("a.md", b"type:: idea\nx:: y", Dialect(properties=True)).metadata == {"type": "idea", "x": "y"}


def test_arrows_of_diagrams_that_lead_nowhere() -> None:
    found = mermaid.diagram_edges("graph TD\n  a --> \n  a & --> b\n  --> c\n  a --> c\n")
    assert [(e.source, e.target) for e in found] == [("a", "b"), ("a", "c")]


# files


def test_links_that_lead_out_or_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "out.png").write_bytes(b"")
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "in.png").write_bytes(b"")
    for name, target in (("out.png", "../out.png"), ("gone.png", "nothing"), ("gone.md", "nothing")):
        (notes / name).symlink_to(target)
    found = walk_folders([notes], ())
    assert found.attachments == ("in.png",)
    assert [(path, fault.detail) for path, fault in found.faults] == [("gone.md", "the link leads to nothing")]
