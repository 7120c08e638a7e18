"""Accepting writes the bytes of one link or key, whatever the note's style, and they mean what was suggested."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.notes import parse_note
from kg.suggest.accept import with_relation


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("related: ['[[b]]']  # kept\n", "related: ['[[b]]', '[[new]]']  # kept\n"),
        ("related: []\n", 'related: ["[[new]]"]\n'),
        ('related: "[[b]]"   # one\n', 'related: ["[[b]]", "[[new]]"]   # one\n'),
        ("related: b\n", 'related: ["b", "[[new]]"]\n'),
        ('related:\n- "[[b]]"\n# after\nstatus: x\n', 'related:\n- "[[b]]"\n- "[[new]]"\n# after\nstatus: x\n'),
        ("related:\n    - '[[b]]'\n    - '[[c]]'\n", "related:\n    - '[[b]]'\n    - '[[c]]'\n    - '[[new]]'\n"),
        ("related:\n", 'related:\n  - "[[new]]"\n'),
        (
            " title: A\n # all keys are indented\n tags: [x]\n",
            ' title: A\n # all keys are indented\n tags: [x]\n related: ["[[new]]"]\n',
        ),
        ("title:   'A'  # odd   spaces\n", "title:   'A'  # odd   spaces\nrelated: [\"[[new]]\"]\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_one_value_more(front: str, expected: str, newline: str, mark: str) -> None:
    def note(text: str) -> bytes:
        return (mark + f"---\n{text}---\n# A\n\n[[x]]\n".replace("\n", newline)).encode()

    old = note(front)
    made = with_relation(old, parse_note("a.md", old), "related", "[[new]]")
    assert made == note(expected)
    again = parse_note("a.md", made)
    assert not again.faults
    assert "new" in [link.target for link in again.links if link.relation == "related"]


def test_a_note_without_front_matter_gets_some() -> None:
    old = b"# A\r\n\r\ntext\r\n"
    made = with_relation(old, parse_note("a.md", old), "related", "[[b]]")
    assert made == b'---\r\nrelated: ["[[b]]"]\r\n---\r\n' + old


def test_what_is_no_yaml_stays() -> None:
    for old in (
        b"---\nrelated: {a: b}\n---\n",
        b"+++\ntitle = 'a'\n+++\n",
        b"---\n title: A\n related: b\n---\n",
        b'{"title": "a"}\n\ntext\n',
    ):
        assert with_relation(old, parse_note("a.md", old), "related", "[[b]]") is None


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)


@given(_TEXT, st.sampled_from(["related: [x]\n", "related:\n- x\n", "status: y\n"]))
def test_no_other_byte_changes(body: str, front: str) -> None:
    old = f"---\n{front}---\n{body}".encode()
    note = parse_note("a.md", old)
    if note.body <= 0:
        return
    made = with_relation(old, note, "related", "[[b]]")
    assert made is not None
    assert made.endswith(body.encode())
    # What is new stands in one piece, after which the old bytes go on.
    same = next((i for i, (a, b) in enumerate(zip(old, made, strict=False)) if a != b), len(old))
    assert made[len(made) - (len(old) - same) :] == old[same:] or front == "related: [x]\n"
