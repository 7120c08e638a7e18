"""Accuracy, clarity and innovation from records: two reviewers, staleness, bounds and agreement by known figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kg.evidence.review.statistics import alpha, clopper_pearson, wilson_interval
from kg.metrics.people import accuracy, clarity, innovation, judge_claim
from kg.model import ClaimState, Innovation, Measure, Reviews

NONE = Reviews(0, (), 0, None, (), (), frozenset())


def _claim(name: str, stale: bool = False, **verdicts: str) -> ClaimState:
    return ClaimState(name, "raft", "raft.md", 3, "definition", "Text.", verdicts, stale)


def test_unknown_without_records() -> None:
    for measure in (accuracy(NONE, 0.98), clarity(NONE, 0.9)):
        assert (measure.value, measure.met, measure.lower) == (None, False, None)
        assert "kg review" in measure.note
    assert innovation(NONE, {}) == ()
    (measure,) = innovation(NONE, {"innovation.theory": 3.0})
    assert (measure.value, measure.met, measure.unit) == (None, False, "count")


def test_one_reviewer_is_not_enough() -> None:
    reviews = replace(NONE, records=2, claims=(_claim("1", a="correct"), _claim("2", a="correct")))
    assert accuracy(reviews, 0.98).value is None


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({"a": "correct", "b": "correct"}, "correct"),
        ({"a": "correct", "b": "wrong"}, "wrong"),  # a tie is not correct
        ({"a": "correct", "b": "unclear"}, "wrong"),
        ({"a": "correct", "b": "correct", "c": "wrong"}, "correct"),
        ({"a": "correct"}, None),
    ],
)
def test_what_reviewers_say_together(verdicts: dict[str, str], said: str | None) -> None:
    assert judge_claim(_claim("1", **verdicts)) == said


def test_accuracy_counts_what_two_judged_and_is_not_stale() -> None:
    claims = (
        *(_claim(str(n), a="correct", b="correct") for n in range(9)),
        _claim("w", a="wrong", b="correct"),
        _claim("open", a="correct"),
        _claim("old", stale=True),
    )
    measure = accuracy(replace(NONE, records=20, claims=claims), 0.98)
    assert (measure.numerator, measure.denominator, measure.offenders) == (9, 10, ("w",))
    assert measure.reasons["w"] == ("a: wrong",)
    assert measure.lower == pytest.approx(0.5958, abs=1e-4)  # Wilson, 9 of 10
    assert measure.diagnostics["clopper_pearson_lower"] == pytest.approx(0.5550, abs=1e-4)
    assert "1 sampled claims wait" in measure.note


def test_bounds_by_published_figures() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857–872, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    published = {
        (81, 263): ((0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148): ((0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20): ((0.0000, 0.1611), (0.0000, 0.1684)),
        (1, 29): ((0.0061, 0.1718), (0.0009, 0.1776)),
    }
    for (good, total), (score, exact) in published.items():
        assert wilson_interval(good, total) == pytest.approx(score, abs=1e-4)
        assert clopper_pearson(good, total) == pytest.approx(exact, abs=1e-4)


def test_agreement_by_published_figures() -> None:
    """Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", A: binary data, two observers, α = 0.095."""
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    names = ("correct", "wrong")
    assert alpha([{"m": names[m], "o": names[o]} for m, o in zip(meg, owen, strict=True)]) == pytest.approx(0.095, abs=5e-4)
    assert alpha([{"a": "correct", "b": "correct"}] * 5) is None  # nothing varies: not defined, not 1
    assert alpha([]) is None


def test_clarity_is_right_answers_of_all() -> None:
    measure = clarity(replace(NONE, records=2, tests=(("pod", 4, 4), ("raft", 5, 2))), 0.9)
    assert (measure.numerator, measure.denominator, measure.offenders) == (6, 9, ("raft",))
    assert measure.reasons == {"raft": ("3 of 5 answers were wrong",)}
    assert measure.lower == pytest.approx(wilson_interval(6, 9)[0])


def test_innovations_need_a_search_and_two_others() -> None:
    good = Innovation("i1", "theory", "New", "A", "2026-01-01", "searched", {"B": "accepted", "C": "accepted"}, True)
    lone = good._replace(id="i2", verdicts={"B": "accepted"}, accepted=False)
    measures = innovation(replace(NONE, records=5, innovations=(good, lone)), {"innovation.theory": 3, "innovation.method": 2})
    theory, method = measures
    assert (theory.value, theory.denominator, theory.met) == (1, 2, False)
    assert theory.reasons == {"i2": ("1 of 2 independent acceptances",)}
    assert method.value is None
    assert innovation(replace(NONE, innovations=(good,) * 3), {"innovation.theory": 3})[0].met is True


def test_all_that_accuracy_says() -> None:
    claims = (
        _claim("good", a="correct", b="correct"),
        _claim("bad", a="wrong", b="correct", c="unclear"),
        _claim("one", a="correct"),
        _claim("none"),
        _claim("old", stale=True, a="correct", b="correct"),
    )
    measure = accuracy(replace(NONE, records=9, stale=2, agreement=0.25, claims=claims), 0.98)
    # Wilson for 1 of 2: (1 + 1.92 ± 1.96 · √(0.5 + 0.96)) / (2 + 3.84); Clopper–Pearson: 1 − √0.975.
    assert measure == Measure(
        "accuracy", 1, 2, 0.98, ("bad",), {"bad": ("a: wrong", "c: unclear")},
        "2 sampled claims wait for 2 reviewers",
        {
            "sampled": 4, "stale_reviews": 2, "wilson_upper": pytest.approx(0.9055, abs=1e-4),
            "clopper_pearson_lower": pytest.approx(0.0126, abs=1e-4), "krippendorff_alpha": 0.25,
        },
        lower=pytest.approx(0.0945, abs=1e-4), names={"bad": "raft.md:3: Text."},
    )  # fmt: skip


def test_what_accuracy_says_before_there_is_a_number() -> None:
    assert accuracy(NONE, None) == Measure("accuracy", 0, 0, None, note="nobody has reviewed a sample: kg review sample")
    drawn = replace(NONE, records=1, claims=(_claim("1", a="correct"), _claim("2")))
    assert accuracy(drawn, 0.9) == Measure(
        "accuracy", 0, 0, 0.9, note="2 claims are drawn and none has 2 reviewers yet: kg review add claim …",
        diagnostics={"sampled": 2, "stale_reviews": 0},
    )  # fmt: skip
    done = replace(NONE, records=1, claims=(_claim("1", a="correct", b="correct"),))
    assert accuracy(done, 0.9).note == ""


def test_all_that_clarity_says() -> None:
    assert clarity(NONE, 0.9) == Measure(
        "clarity", 0, 0, 0.9, note="nobody has taken a comprehension test: kg review add test …"
    )
    found = clarity(replace(NONE, records=2, tests=(("pod", 1, 1), ("raft", 1, 0))), 0.9)
    assert found == Measure(
        "clarity", 1, 2, 0.9, ("raft",), {"raft": ("1 of 1 answers were wrong",)}, parts={"pod": (1, 1), "raft": (0, 1)},
        lower=pytest.approx(0.0945, abs=1e-4),
    )  # fmt: skip


def test_all_that_innovation_says() -> None:
    good = Innovation("i1", "method", "New", "A", "2026-01-01", "searched", {"B": "accepted", "C": "accepted"}, True)
    bad = good._replace(id="i2", title="Old", prior_art=" ", verdicts={"B": "rejected", "C": "accepted"}, accepted=False)
    assert innovation(replace(NONE, innovations=(good, bad)), {"innovation.theory": 3, "innovation.method": 2}) == (
        Measure(
            "innovation.theory", 0, 0, 3, note="nobody has recorded a claim: kg review add innovation …", unit="count"
        ),
        Measure(
            "innovation.method", 1, 2, 2, ("i2",),
            {"i2": ("no prior-art search", "1 of 2 independent acceptances", "rejected by B")}, unit="count",
            names={"i2": "Old"},
        ),
    )  # fmt: skip
    assert [m.name for m in innovation(replace(NONE, innovations=(good,)), {})] == ["innovation.method"], "none is asked for"
    # A claim that others turned down though two took it, with its search.
    torn = good._replace(verdicts={"B": "accepted", "C": "accepted", "D": "rejected"}, accepted=False)
    assert innovation(replace(NONE, innovations=(torn,)), {})[0].reasons == {"i1": ("rejected by D",)}
