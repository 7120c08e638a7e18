"""Acceptance of tasks: what can be written, and what each kind of condition says where it doesn't hold."""

from __future__ import annotations

import pytest

from kg.base.errors import UsageError
from kg.model import Measure
from kg.plan.tasks.acceptance import AcceptanceFacts, judge_clause, parse_clause


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("two words", "is not an acceptance condition"),
        ("nothing:x", "is not an acceptance condition"),
        ("file:a.md >= 1", "file either exists or not"),
        ("linkage", "lacks a comparison"),
        ("evidence:coq >= target", "only measures have a target"),
    ],
)
def test_what_is_no_acceptance_is_said(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_clause(text)
    assert said in str(caught.value)
    assert caught.value.hint


FACTS = AcceptanceFacts(
    measures={
        "linkage": Measure("linkage", 3, 4, 0.9),
        "low": Measure("low", 3, 4, 0.5, parts={"core": (2, 2), "edge": (1, 2)}, floor=0.8),
        "theory": Measure("theory", 3, 1, 2, unit="count"),
    },
    exists=lambda path: path == "there.md",
    concepts={"whole": "", "poor": "it lacks a definition"},
    approved=frozenset({"whole"}),
    questions={"good": "", "bad": "row 2 differs"},
    counts={"evidence:coq": 2},
    counted=frozenset({"evidence"}),
)


@pytest.mark.parametrize(
    ("text", "holds", "found"),
    [
        ("file:there.md", True, "there"),
        ("file:gone.md", False, "it isn't there"),
        ("concept:whole", True, "there"),
        ("concept:poor", False, "it lacks a definition"),
        ("concept:gone", False, "there is no such concept"),
        ("question:good", True, "answered"),
        ("question:bad", False, "row 2 differs"),
        ("question:gone", False, "there is no such question with expected rows"),
        ("approved:whole", True, "approved"),
        ("approved:poor", False, "no expert has approved it"),
        ("record:meeting", True, "Ann: done"),
        ("record:other", False, "nobody has recorded it"),
        ("evidence:coq >= 2", True, "2"),
        ("evidence:smv >= 1", False, "0"),
        ("gone >= 1", False, "there is no such measure"),
        ("linkage >= 75%", True, "75.0% (3 of 4)"),
        ("linkage >= target", False, "target 90.0%"),
        ("linkage >= gate", False, "kg.toml sets no gate for it"),
        ("low >= target", False, "below the floor: edge"),
        ("theory >= 3", True, "3 (3 of 1)"),
        ("theory > target", True, "target 2"),
        ("file:gone.md or record:meeting", True, "Ann: done"),
        ("file:gone.md or record:other", False, "; nobody has recorded it"),
    ],
)
def test_each_kind_of_condition(text: str, *, holds: bool, found: str) -> None:
    result = judge_clause(parse_clause(text), FACTS, {"meeting": "Ann: done"})
    assert (result.holds, found in result.found) == (holds, True), result.found
