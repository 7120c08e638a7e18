"""Confidence intervals for shares (scipy) and agreement between reviewers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

CONFIDENCE: Final = 0.95


def wilson_interval(good: int, total: int) -> tuple[float, float]:
    """The 95% confidence interval of a share by Wilson's score method (Wilson 1927, JASA 22:209–212), two-sided.

    >>> [round(v, 4) for v in wilson_interval(39, 40)], [round(v, 4) for v in wilson_interval(10, 10)]
    ([0.8712, 0.9956], [0.7225, 1.0])
    """
    return _interval(good, total, "wilson")


def clopper_pearson(good: int, total: int) -> tuple[float, float]:
    """The exact 95% interval of Clopper & Pearson (1934, Biometrika 26:404–413); its coverage is at least 95%.

    >>> [round(v, 4) for v in clopper_pearson(39, 40)]
    [0.8684, 0.9994]
    """
    return _interval(good, total, "exact")


def _interval(good: int, total: int, method: str) -> tuple[float, float]:
    # start time: scipy.stats takes a second, and only knowledge bases with reviews need it
    from scipy.stats import binomtest

    interval = binomtest(good, total).proportion_ci(confidence_level=CONFIDENCE, method=method)
    return float(interval.low), float(interval.high)


def alpha(verdicts: Sequence[Mapping[str, str]]) -> float | None:
    """Return Krippendorff's α for nominal verdicts; each unit is a map from reviewer to verdict.

    Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability": 1 − observed / expected disagreement. None if α is not
    defined: no unit has two verdicts, or all verdicts are equal, so that the expected disagreement is 0.

    >>> alpha([{"a": "correct", "b": "correct"}, {"a": "wrong", "b": "wrong"}])
    1.0
    >>> alpha([{"a": "correct"}, {"b": "wrong"}]) is None
    True
    """
    units = [Counter(u.values()) for u in verdicts if len(u) > 1]
    totals = sum(units, Counter())
    count = totals.total()
    if len(totals) < 2:
        return None
    observed = sum((sum(u.values()) ** 2 - sum(n * n for n in u.values())) / (u.total() - 1) for u in units)
    expected = (count**2 - sum(n * n for n in totals.values())) / (count - 1)
    return round(1 - observed / expected, 6)
