"""Readability of definitions, and circles of terms."""

from __future__ import annotations

import pytest

from kg.metrics.readability import circular, flesch, measure_readability
from kg.model import Concept


def concept(iri: str, label: str, definition: str, lang: str = "en") -> Concept:
    return Concept(iri, iri, "", {lang: label}, (), "concept", "", "", {lang: definition}, (), (), "")


def collection(*rows: tuple[str, ...]) -> dict[str, Concept]:
    return {row[0]: concept(*row) for row in rows}


def test_flesch_by_hand() -> None:
    # Four sentences in two texts, ten words; pyphen breaks "reader" and "water" once each: twelve syllables.
    text = ["The reader is here. Is it so? We drink", "water!"]
    assert flesch(text) == pytest.approx(206.835 - 1.015 * 10 / 4 - 84.6 * 12 / 10)
    assert flesch(["42. 一"]) == 0.0
    assert flesch([]) == 0.0


def test_lengths_of_sentences() -> None:
    found = measure_readability(
        {
            "x:a": concept("x:a", "Alpha", "One two three. Four don't state-of-the-art!"),  # 3 and 3 words
            "x:b": concept("x:b", "Beta", "Five. 42."),  # 1 word; a sentence without words doesn't count
            "x:c": concept("x:c", "甲", "一二三四。五六！a？", "zh"),  # 4 and 2 characters
            "x:d": concept("x:d", "Empty", ""),
        }
    )
    assert (found["words_a_sentence"], found["characters_a_sentence"]) == (2.33, 3.0)
    assert found["circular_definitions"] == 0.0
    assert list(found) == ["words_a_sentence", "flesch", "characters_a_sentence", "circular_definitions"]
    assert measure_readability({"x:d": concept("x:d", "Empty", "")}) == {}
    assert list(measure_readability(collection(("x:c", "甲", "一。", "zh")))) == [
        "characters_a_sentence",
        "circular_definitions",
    ]
    assert measure_readability(collection(("x:n", "N", "42.")))["words_a_sentence"] == 0.0


def test_only_the_first_two_thousand_definitions_are_looked_at() -> None:
    many = {f"x:{n}": concept(f"x:{n}", f"N{n}", "One two.") for n in range(2000)}
    longer = {"x:z": concept("x:z", "Z", "One two three four five six seven eight.")}
    assert measure_readability({**many, **longer})["words_a_sentence"] == 2.0
    chinese = {f"x:{n}": concept(f"x:{n}", f"N{n}", "一二。", "zh") for n in range(2000)}
    assert (
        measure_readability({**chinese, "x:z": concept("x:z", "Z", "一二三四五六七。", "zh")})["characters_a_sentence"] == 2.0
    )


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        # Words, in any case and beside any punctuation.
        ([("x:a", "Write Lock", "A (LEASE)."), ("x:b", "Lease", "No write-lock, a write lock.")], [("x:a", "x:b")]),
        # A part of a word is not a word, and a plural another one.
        ([("x:a", "Lock", "A lease."), ("x:b", "Lease", "Locks and blocks.")], []),
        # Names of two letters are too short; of three they count.
        ([("x:a", "AB", "A pod."), ("x:b", "Pod", "An AB.")], []),
        ([("x:a", "Abc", "A pod."), ("x:b", "Pod", "An ABC.")], [("x:a", "x:b")]),
        # Chinese names count from the first two characters on, inside of any text.
        ([("x:a", "容器", "由镜像启动。", "zh"), ("x:b", "镜像", "容器的模板。", "zh")], [("x:a", "x:b")]),
        ([("x:a", "容器", "由镜像层启动。", "zh"), ("x:b", "镜像层", "Part of a 容器", "zh")], [("x:a", "x:b")]),
        # A definition that names its own concept, and a chain, are not circles.
        ([("x:a", "Lock", "A lock."), ("x:b", "Lease", "A lock.")], []),
        # A name that two bear doesn't tell which one is meant.
        ([("x:a", "Lock", "A lease."), ("x:b", "Lease", "A lock."), ("x:c", "LOCK", "x")], []),
        # Three in a circle, and two circles in the order of their IRIs.
        (
            [("x:z", "Zeta", "An eta."), ("x:y", "Eta", "A zeta."), ("x:c", "Ceta", "A beta."), ("x:b", "Beta", "An alpha."),
             ("x:a", "Alpha", "A ceta.")],
            [("x:a", "x:b", "x:c"), ("x:y", "x:z")],
        ),
        # Names of up to 24 words are looked for.
        ([("x:a", " ".join(["w"] * 24), "A pod."), ("x:b", "Pod", " ".join(["w"] * 24))], [("x:a", "x:b")]),
        ([("x:a", " ".join(["w"] * 25), "A pod."), ("x:b", "Pod", " ".join(["w"] * 25))], []),
        ([("x:a", "长" * 25, "A pod."), ("x:b", "Pod", "长" * 25)], []),
    ],
)  # fmt: skip
def test_circles(rows: list[tuple[str, ...]], groups: list[tuple[str, ...]]) -> None:
    assert circular(collection(*rows)) == tuple(groups)
