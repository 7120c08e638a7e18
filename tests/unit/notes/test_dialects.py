"""Constructs that only one tool knows are read only in that tool's notes."""

from __future__ import annotations

from kg.notes import parse_note
from kg.notes.dialect import PLAIN, Dialect

MKDOCS = Dialect(meta_data=True, admonitions=True)
LOGSEQ = Dialect(properties=True, file_titles="triple-lowbar")
DENDRON = Dialect(label_first=True)


def test_admonition() -> None:
    text = (
        b'!!! note "T"\n    [b](b.md)\n\n    [c](c.md)\n\n    ??? tip\n        [d](d.md)\n\n        [e](e.md)\n\n'
        b'===! "Tab"\n\n    [f](f.md)\n'
    )
    assert [k.target for k in parse_note("a.md", text, MKDOCS).links] == ["b.md", "c.md", "d.md", "e.md", "f.md"]
    assert [k.target for k in parse_note("a.md", text, PLAIN).links] == ["b.md"]
    assert [(k.line, k.column) for k in parse_note("a.md", text, MKDOCS).links][:3] == [(2, 5), (4, 5), (7, 9)]


def test_meta_data() -> None:
    text = b"Title: T\nTags: x\n\nText [b](b.md)\n"
    note = parse_note("a.md", text, MKDOCS)
    assert note.metadata == {"title": "T", "tags": "x"}
    assert note.body == len(b"Title: T\nTags: x\n\n")
    assert note.links[0].line == 4
    assert parse_note("a.md", text).metadata == {}


def test_page_properties() -> None:
    text = b'title:: T\nalias:: b, [[c d]]\ntags:: #x, y z\ndescription:: "[[q]]"\n\n- id:: not-of-the-page\n- [[r]] #[[e f]]\n'
    note = parse_note("pages/a.md", text, LOGSEQ)
    assert note.metadata["title"] == "T"
    assert note.metadata["alias"] == ["b", "c d"]
    assert note.tags == ("x", "y z", "e f")
    assert "q" not in [k.target for k in note.links]
    assert "id" not in note.metadata
    assert parse_note("pages/a.md", text).metadata == {}


def test_a_file_name_is_a_title() -> None:
    assert parse_note("pages/A___b%3F.md", b"- x", LOGSEQ).metadata["title"] == "A/b?"
    assert parse_note("pages/A.b%2Fc.md", b"- x", Dialect(properties=True, file_titles="legacy")).metadata["title"] == "A/b/c"


def test_label_first() -> None:
    (link,) = parse_note("a.md", b"[[The label|note#H]]", DENDRON).links
    assert (link.target, link.fragment, link.text) == ("note", "H", "The label")
    (link,) = parse_note("a.md", b"[[dendron://v/note]]", DENDRON).links
    assert link.target == "dendron://v/note"
    assert parse_note("a.md", b"[[dendron://v/note]]").links == ()
