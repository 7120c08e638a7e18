"""The named parts of a note."""

from __future__ import annotations

import pytest

from kg.metrics.sections import (
    LEAST,
    NAMES,
    NoteSection,
    has_section,
    is_named,
    missing_sections,
    names_conditions,
    names_one,
    split_sections,
)

WORDS = "word " * LEAST


def test_parts_end_where_the_next_of_their_level_begins() -> None:
    text = "Lead\n# A\none\n## B\ntwo\n**Bold one.** three\n\n> **Quoted** four\n### C #\nfive\n## D\nsix\n# E"
    assert split_sections(text) == (
        NoteSection("A", 2, "\none\n## B\ntwo\n**Bold one.** three\n\n> **Quoted** four\n### C #\nfive\n## D\nsix"),
        NoteSection("B", 4, "\ntwo\n**Bold one.** three\n\n> **Quoted** four\n### C #\nfive"),
        NoteSection("Bold one.", 6, "**Bold one.** three\n"),
        NoteSection("Quoted", 8, "> **Quoted** four"),
        NoteSection("C", 9, "\nfive"),
        NoteSection("D", 11, "\nsix"),
        NoteSection("E", 13, ""),
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("```\n# No\n```\n## Yes", ["Yes"]),
        ("~~~\n# No\n```\n# No\n~~~\n## Yes", ["Yes"]),
        ("````\n```\n# No\n````\n## Yes", ["Yes"]),  # a fence ends with one as long
        ("```\n# No\n`````\n## Yes", ["Yes"]),
        ("```\n**No** x\n# No", []),
        ("#No\n####### No\n    # No\n   ## Yes ##", ["Yes"]),
        ("A **bold** word\n" + "**" + "x" * 81 + "**", []),
        ("# Title\n**Bold** x\n## Yes", ["Bold", "Yes"]),  # the title is not a section of the note
        ("# Yes\n## Yes\n# Yes", ["Yes", "Yes", "Yes"]),
        ("## Yes\n# Yes", ["Yes", "Yes"]),
    ],
)
def test_what_is_a_heading(text: str, names: list[str]) -> None:
    assert [p.name for p in split_sections(text)] == names


@pytest.mark.parametrize(
    ("text", "is_named_there"),
    [
        ("RAFT is safe.", True),
        ("Two Rafts met.", True),
        ("A rafter, an aircraft.", False),
        ("What raft-like means", True),
        ("Log  matching\nholds.", True),  # over the end of a line
        ("Log. Matching", False),
        ("这是共识\n算法。", True),
        ("共识的算法", False),
        ("## Raft\n\nIt is safe.", False),  # a heading is not text
        ("**Raft.** It is safe.", True),
        ("Äraft, rafté", False),
        ("", False),
    ],
)
def test_texts_that_contain_a_name(text: str, is_named_there: bool) -> None:
    assert names_one(text, ["Raft", "log matching", "共识算法", ""]) is is_named_there


@pytest.mark.parametrize(
    ("text", "size"),
    [("", 0), ("two words", 2), ("a x1 of \\alpha", 2), ("容器编", 1), ("容器编排 and more", 4), ("$n$", 2)],
)
def test_sizes(text: str, size: int) -> None:
    assert NoteSection("x", 1, text).size == size


@pytest.mark.parametrize(
    ("name", "kind", "is_one"),
    [
        ("Proof", "proof", True),
        ("PROOF of safety", "proof", True),
        ("A short proof", "proof", True),
        ("Proofs", "proof", False),
        ("The waterproof", "proof", False),
        ("A proof of it", "proof", False),  # neither at the beginning nor at the end
        ("3.2. Proof", "proof", True),
        ("**Proof**", "proof", True),
        ("Sketch: Proof", "proof", False),
        ("证明的概要", "proof", False),
        ("安全性证明", "proof", True),  # Chinese has no spaces
        ("正确性（Correctness）", "proof", True),
        ("Safety — correctness", "proof", True),
        ("Formal Definition", "formal", True),
        ("Model / 形式化", "formal", True),
        ("Model/Proof", "proof", False),
    ],
)
def test_words_of_headings(name: str, kind: str, is_one: bool) -> None:
    assert is_named(name, NAMES[kind]) is is_one


def test_a_part_that_says_nothing_is_only_a_heading() -> None:
    assert has_section([NoteSection("Proof", 1, WORDS)], "proof")
    assert not has_section([NoteSection("Proof", 1, "word " * (LEAST - 1))], "proof")
    assert has_section([NoteSection("Proof", 1, "word " * 3)], "proof", 3)
    assert not has_section([NoteSection("Limits", 1, WORDS)], "proof")
    assert not has_section([], "proof")


def test_a_statement_with_its_conditions() -> None:
    plain, stated = NoteSection("Theorem 1", 1, WORDS), NoteSection("Theorem 1", 1, "Whenever " + WORDS)
    assert names_conditions([stated])
    assert not names_conditions([plain])
    assert not names_conditions([NoteSection("Theorem", 1, "If so.")]), "too short"
    assert not names_conditions([NoteSection("Text", 1, "If " + WORDS)]), "no statement"
    # Conditions in a part of their own, which needs four words.
    assert names_conditions([plain, NoteSection("Assumptions", 9, "word word word word")])
    assert not names_conditions([plain, NoteSection("Assumptions", 9, "word word word")])
    assert not names_conditions([NoteSection("Assumptions", 9, WORDS)])
    assert names_conditions(iter([plain, stated]))


def test_which_sections_are_lacking() -> None:
    given = [NoteSection("3 权衡", 1, "容器" * LEAST), NoteSection("Proof", 2, WORDS), NoteSection("Limits", 3, "soon")]
    assert missing_sections(given, ["Trade-offs|权衡", "proof", "limits", "Uses|用途"]) == ["limits", "Uses|用途"]
    assert missing_sections(iter(given), ["proof", "Trade-offs"]) == ["Trade-offs"]
    assert missing_sections([], []) == []
