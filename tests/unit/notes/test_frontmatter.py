"""Front matter in YAML, TOML and JSON; the links and names in it."""

from __future__ import annotations

import pytest

from kg.notes import parse_note


def test_json() -> None:
    note = parse_note("a.md", b'{\n  "Title": "T",\n  "uses": "[[b]]"\n}\n\n# H\n')
    assert note.metadata == {"title": "T", "uses": "[[b]]"}
    assert [(k.target, k.relation, k.line, k.column) for k in note.links] == [("b", "uses", 3, 12)]
    assert note.lines == {"title": 2, "uses": 3}
    assert [h.line for h in note.headings] == [6]


@pytest.mark.parametrize("text", [b"{ not json }\n", b'{"a": 1} text\n', b"{{< ref x >}}\n", b'{"a": \n', b"{}x"])
def test_no_json(text: bytes) -> None:
    assert parse_note("a.md", text).body == 0


def test_half_a_surrogate_pair_in_json() -> None:
    note = parse_note("a.md", b'{"title": "\\ud800"}\n')
    assert note.metadata["title"].encode() == b"?"


def test_names_have_places() -> None:
    note = parse_note("a.md", b'---\nid: "x"\naliases: [KG, "a b"]\n---\n')
    names = [(k.relation, k.target, k.line, k.column) for k in note.links if k.kind == "name"]
    assert names == [("id", "x", 2, 6), ("aliases", "KG", 3, 11), ("aliases", "a b", 3, 16)]


def test_a_link_in_a_key_of_plain_text_is_a_link() -> None:
    note = parse_note("a.md", b'---\nauthor: "[[b]]"\ndate: "2020"\nstatus: draft\ntitle: "[[c]]"\n---\n')
    assert [(k.kind, k.target) for k in note.links] == [("property", "b")]


def test_aliases_of_yaml_are_read() -> None:
    note = parse_note("a.md", b"---\na: &x [1]\nb: *x\n---\n")
    assert (note.metadata, note.faults) == ({"a": [1], "b": [1]}, ())


def test_a_value_that_can_not_be_read_loses_no_other() -> None:
    note = parse_note("a.md", b"---\ntitle: T\nversion: *vers\nuses: '[[b]]'\n---\n")
    assert note.metadata == {"title": "T", "version": "*vers", "uses": "[[b]]"}
    assert [(f.name, f.line) for f in note.faults] == [("invalid-front-matter", 3)]
    assert [(k.target, k.relation, k.line) for k in note.links if k.kind == "property"] == [("b", "uses", 4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"---\nid: a\ntags: [x]\nTags: [y]\n---\n", [(4, 1, "'Tags' of line 3 is written again")]),
        (b"---\ntitle: |\n  title: x\n  title: y\nuses: {title: 1}\n---\n", []),
        (
            b"---\nsources:\n  - {to: a, to: b}\n  - to: c\n---\n",
            [(3, 13, "'to' is written again")],
        ),
        (b"---\na: &x {b: 1}\nc: {<<: *x, <<: *x, d: *x}\n---\n", []),
        (b"---\na: &x {b: 1, b: 2}\nc: *x\n---\n", [(2, 14, "'b' is written again")]),
        (b'{\n  "a": 1,\n  "b": {"c": 1},\n  "a": 2\n}\n# T\n', [(4, 3, "'a' of line 2 is written again")]),
        (
            b"---\n1: a\n'1': b\n1: c\n---\n",
            [(3, 1, "'1' of line 2 is written again"), (4, 1, "'1' of line 2 is written again")],
        ),
        # A key of another object isn't repeated, and a pair of surrogates is not YAML.
        (b'{\n "a": {"b": 1},\n "c": {\n  "b": 2,\n  "b": 3}\n}\n# T\n', [(5, 3, "'b' of line 4 is written again")]),
        (b'{"a": "\\ud83d\\ude00", "a": 2}\n# T\n', [(1, 1, "'a' is written again")]),
        (b'{"a": "\\"a\\": 1"}\n# T\n', []),
    ],
)
def test_a_key_that_is_written_again_has_a_fault(text: bytes, expected: list[tuple[int, int, str]]) -> None:
    faults = parse_note("a.md", text).faults
    assert [(fault.line, fault.column, fault.detail) for fault in faults if fault.name == "repeated-key"] == expected
