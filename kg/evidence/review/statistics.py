"""Confidence intervals for shares (scipy) and agreement between reviewers (krippendorff)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

CONFIDENCE: Final = 0.95
_VERDICTS: Final = ("correct", "wrong", "unclear")


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
    """Krippendorff's α for nominal verdicts; each unit is a map from reviewer to verdict.

    Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability": 1 − observed / expected disagreement. None if α is not
    defined: no unit has two verdicts, or all verdicts are equal, so that the expected disagreement is 0.

    >>> alpha([{"a": "correct", "b": "correct"}, {"a": "wrong", "b": "wrong"}])
    1.0
    >>> alpha([{"a": "correct"}, {"b": "wrong"}]) is None
    True
    """
    units = [u for u in verdicts if len(u) > 1]
    if not units or len({v for u in units for v in u.values()}) < 2:
        return None
    # start time: only knowledge bases with reviews need it
    import krippendorff

    who = sorted({name for u in units for name in u})
    data: object = [[_VERDICTS.index(u[name]) if name in u else None for u in units] for name in who]
    # start time: only knowledge bases with reviews need it
    import numpy as np

    table = np.array(data, dtype=float)
    return round(float(krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")), 6)
