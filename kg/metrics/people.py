"""Measures that only people can judge: accuracy, clarity and innovation, computed from records of judgements only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from kg.evidence.review.statistics import clopper_pearson, wilson_interval
from kg.model import INNOVATIONS, ClaimState, Measure, Reviews

REVIEWERS: Final = 2
"""Minimum number of reviewers before a claim counts."""

KINDS: Final = INNOVATIONS


def judge_claim(claim: ClaimState) -> str | None:
    """Return the reviewers' joint verdict: ``correct`` with a majority, else ``wrong``; None with fewer than two reviewers."""
    if len(claim.verdicts) < REVIEWERS:
        return None
    good = sum(v == "correct" for v in claim.verdicts.values())
    return "correct" if 2 * good > len(claim.verdicts) else "wrong"


def accuracy(reviews: Reviews, target: float | None) -> Measure:
    """Return correct / reviewed over the sampled claims with two or more reviewers; docs/metrics.md, `accuracy`.

    A claim is correct if more than half of its reviewers say so; a tie is wrong. Stale reviews don't count. The measure
    includes the Wilson 95% lower bound (`lower`), the exact one of Clopper–Pearson, and Krippendorff's α.
    """
    judged = {c.id: (c, judge_claim(c)) for c in reviews.claims if not c.stale}
    reviewed = [c for c, verdict in judged.values() if verdict]
    wrong = [c for c, verdict in judged.values() if verdict == "wrong"]
    good = len(reviewed) - len(wrong)
    open_claims = len(judged) - len(reviewed)
    if reviewed:
        note = f"{open_claims} sampled claims wait for {REVIEWERS} reviewers" if open_claims else ""
    elif judged:
        note = f"{len(judged)} claims are drawn and none has {REVIEWERS} reviewers yet: kg review add claim …"
    else:
        note = "nobody has reviewed a sample: kg review sample"
    diagnostics: dict[str, float] = {"sampled": len(judged), "stale_reviews": reviews.stale} if reviews.records else {}
    if reviewed:
        diagnostics["wilson_upper"] = wilson_interval(good, len(reviewed))[1]
        diagnostics["clopper_pearson_lower"] = clopper_pearson(good, len(reviewed))[0]
    if reviews.agreement is not None:
        diagnostics["krippendorff_alpha"] = reviews.agreement
    return Measure(
        "accuracy",
        numerator=good,
        denominator=len(reviewed),
        target=target,
        offenders=tuple(c.id for c in wrong),
        reasons={c.id: tuple(f"{who}: {v}" for who, v in c.verdicts.items() if v != "correct") for c in wrong},
        note=note,
        diagnostics=diagnostics,
        lower=wilson_interval(good, len(reviewed))[0] if reviewed else None,
        names={c.id: f"{c.path}:{c.line}: {c.text}" for c in wrong},
    )


def clarity(reviews: Reviews, target: float | None) -> Measure:
    """Return correct / asked in tests on current notes; docs/metrics.md, `clarity`, with the Wilson 95% lower bound."""
    asked = sum(n for _, n, _ in reviews.tests)
    correct = sum(n for _, _, n in reviews.tests)
    missed = {concept: (f"{n - right} of {n} answers were wrong",) for concept, n, right in reviews.tests if right < n}
    return Measure(
        "clarity",
        numerator=correct,
        denominator=asked,
        target=target,
        offenders=tuple(missed),
        reasons=missed,
        note="" if asked else "nobody has taken a comprehension test: kg review add test …",
        parts={concept: (right, n) for concept, n, right in reviews.tests},
        lower=wilson_interval(correct, asked)[0] if asked else None,
    )


def innovation(reviews: Reviews, targets: Mapping[str, float]) -> tuple[Measure, ...]:
    """Return claims of novelty with a prior-art search and two independent acceptances; docs/metrics.md, `innovation.*`.

    A kind is shown if a target is set or a claim was recorded. The value is a count; unknown without any claim.
    """
    recorded = Counter(i.kind for i in reviews.innovations)
    result = []
    for kind in KINDS:
        name = f"innovation.{kind}"
        if name not in targets and not recorded[kind]:
            continue
        claims = [i for i in reviews.innovations if i.kind == kind]
        short = {i.id: _short(i.prior_art, i.verdicts) for i in claims if not i.accepted}
        result.append(
            Measure(
                name,
                numerator=len(claims) - len(short),
                denominator=len(claims),
                target=targets.get(name),
                offenders=tuple(short),
                reasons=short,
                note="" if claims else "nobody has recorded a claim: kg review add innovation …",
                unit="count",
                names={i.id: i.title for i in claims if not i.accepted},
            )
        )
    return tuple(result)


def _short(prior_art: str, verdicts: Mapping[str, str]) -> tuple[str, ...]:
    good = sum(v == "accepted" for v in verdicts.values())
    found = [] if prior_art.strip() else ["no prior-art search"]
    if good < REVIEWERS:
        found.append(f"{good} of {REVIEWERS} independent acceptances")
    found += [f"rejected by {who}" for who, v in verdicts.items() if v == "rejected"]
    return tuple(found)
