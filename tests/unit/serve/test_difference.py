"""The line after a save: the differences of two builds, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kg.knowledge import Failure, MeasureLine, Summary
from kg.knowledge.summary import LinkCounts
from kg.model import Finding
from kg.serve.watch.difference import BuildResults, describe_difference


def measure(name: str, value: float | None, gate: float | None = None) -> MeasureLine:
    return MeasureLine(name, value, 0, 0, None, None, gate, "")


def finding(message: str, line: int = 1) -> Finding:
    return Finding("KG201", "broken-link", "error", "a.md", line, 1, message)


BEFORE = Summary(
    notes=3, concepts=3, relations={"requires": 1, "uses": 1}, untyped=1, links=LinkCounts(5, 0, 1, 1, 0, 1), statements=100,
    measures=(measure("concept_association", 0.2139), measure("theory_coverage", None), measure("clarity", 0.5)),
    findings={"error": 1, "warning": 0, "info": 0}, worst=(), languages=("en",),
)  # fmt: skip


def line(after: Summary, lang: str, old: tuple[Finding, ...] = (), new: tuple[Finding, ...] = ()) -> str:
    return describe_difference(BuildResults.of(BEFORE, old), BuildResults.of(after, new), lang)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", "+1 relation, association 21.3% → 22.4%, 1 finding fixed"),
        ("zh", "关系 +1，概念关联度 21.3% → 22.4%，修复 1 个问题"),
    ],
)
def test_one_relation(lang: str, expected: str) -> None:
    after = replace(
        BEFORE,
        relations={"requires": 2, "uses": 1},
        measures=(measure("concept_association", 0.2241), *BEFORE.measures[1:]),
    )
    assert line(after, lang, old=(finding("x"),)) == expected


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            "+2 notes, +1 concept, -1 relation, -2 links, -2 broken links, +1 ambiguous link, coverage unknown → 50.0%, "
            "gate clarity missed, 2 new findings, 1 finding fixed",
        ),
        (
            "zh",
            "笔记 +2，概念 +1，关系 -1，链接 -2，失效链接 -2，有歧义的链接 +1，理论覆盖率 未知 → 50.0%，"
            "门禁 clarity 未达到，新增 2 个问题，修复 1 个问题",
        ),
    ],
)
def test_everything(lang: str, expected: str) -> None:
    after = replace(
        BEFORE,
        notes=5, concepts=4, relations={"requires": 1}, links=LinkCounts(3, 9, 0, 0, 0, 2), statements=7,
        measures=(BEFORE.measures[0], measure("theory_coverage", 0.5), measure("clarity", 0.4)),
        gates=(Failure("clarity", 0.4, 0.5, "", ()),),
    )  # fmt: skip
    assert line(after, lang, old=(finding("x"),), new=(finding("y"), finding("y", 9))) == expected


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("en", "relations, links, measures and findings unchanged"), ("zh", "关系、链接、度量与问题均无变化")],
)
def test_nothing_that_counts_changed(lang: str, expected: str) -> None:
    # The same finding on another line, other statements, a measure without gate that isn't among those shown.
    after = replace(BEFORE, statements=101, measures=(*BEFORE.measures[:2], measure("clarity", 0.6)))
    assert line(after, lang, old=(finding("x", 3),), new=(finding("x", 8),)) == expected


@pytest.mark.parametrize(("lang", "expected"), [("en", "types of relations changed"), ("zh", "关系的类型有变化")])
def test_another_type_of_relation(lang: str, expected: str) -> None:
    assert line(replace(BEFORE, relations={"requires": 2}), lang) == expected


def test_measures_with_gates_are_shown_and_a_met_gate_too() -> None:
    before = replace(BEFORE, measures=(measure("clarity", 0.4, 0.5),), gates=(Failure("clarity", 0.4, 0.5, "", ()),))
    after = replace(BEFORE, measures=(measure("clarity", 0.5, 0.5),))
    text = describe_difference(BuildResults.of(before, ()), BuildResults.of(after, ()), "en")
    assert text == "clarity 40.0% → 50.0%, gate clarity met again"


def test_more_digits_than_are_shown_are_no_difference() -> None:
    after = replace(BEFORE, measures=(measure("concept_association", 0.21391), *BEFORE.measures[1:]))
    assert line(after, "en") == "relations, links, measures and findings unchanged"
