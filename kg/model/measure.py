"""A measure: a number with its numerator and denominator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Number: TypeAlias = int | float
"""A count or a sum of shares; unlike `float` alone, it keeps counts whole when it is stored and read."""


def judged_by_people(name: str) -> bool:
    """Return whether only people can judge a measure.

    >>> judged_by_people("accuracy"), judged_by_people("innovation.theory"), judged_by_people("linkage")
    (True, True, False)
    """
    return name.partition(".")[0] in ("accuracy", "clarity", "innovation")


MEASURES: Final = (
    "theory_coverage", "competency", "concept_association", "linkage", "representation_consistency", "logical_consistency",
    "accuracy", "clarity",
)  # fmt: skip
"""Measures that always exist; `theory_depth.<area>` and `innovation.<kind>` are added to them."""

TRUST_MEASURES: Final = ("freshness", "verified_share", "sourced_share")
"""Measures of what notes state about their origin; they exist if a note states anything, or if somebody asks for one."""

INNOVATIONS: Final = ("theory", "method", "application")
"""Kinds of innovations that people judge."""


def is_measure(name: str) -> bool:
    """Return whether this is the name of a measure; `theory_depth` may have any area.

    >>> is_measure("linkage"), is_measure("theory_depth.edge"), is_measure("innovation.theory"), is_measure("linkages")
    (True, True, True, False)
    """
    stem, _dot, part = name.partition(".")
    return (
        name in (*MEASURES, *TRUST_MEASURES)
        or (stem == "theory_depth" and bool(part))
        or (stem == "innovation" and part in INNOVATIONS)
    )


def unit_of(name: str) -> Literal["share", "count"]:
    """Return whether a measure is a share or a count.

    >>> unit_of("innovation.theory"), unit_of("linkage")
    ('count', 'share')
    """
    return "count" if name.startswith("innovation.") else "share"


def tenths(share: float) -> int:
    """Return a share in tenths of a percent, rounded down, so that a value never looks better than it is.

    >>> tenths(0.8999), tenths(83 / 447), tenths(0.29)
    (899, 185, 290)
    """
    return math.floor(share * 1000 + 1e-9)


def percent(share: float) -> str:
    """Format a share for readers, with one decimal, rounded down; only exactly 0% and 100% have none.

    >>> percent(0.5), percent(0.9996), percent(1.0), percent(0.0004), percent(0.0)
    ('50.0%', '99.9%', '100%', '0.0%', '0%')
    """
    if share == 0:
        return "0%"
    cut = tenths(share)
    return "100%" if cut == 1000 else f"{cut / 10:.1f}%"


def format_value(value: float | None, unit: str, unknown: str = "unknown") -> str:
    """Format the value of a measure for readers: a share in percent, a count as a number, `unknown` for None.

    >>> format_value(0.18568, "share"), format_value(2.0, "count"), format_value(None, "share")
    ('18.5%', '2', 'unknown')
    """
    if value is None:
        return unknown
    return f"{value:g}" if unit == "count" else percent(value)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its numerator and denominator; unknown if the denominator is 0.

    >>> Measure("linkage", 3, 4, None).value
    0.75
    >>> Measure("linkage", 0, 0, None).value is None
    True
    >>> Measure("linkage", 0, 0, 0.9).met
    False
    """

    name: str
    numerator: Number
    denominator: Number
    target: float | None
    """Between 0 and 1 (a number for counts), or None if the measure is only shown."""
    offenders: tuple[str, ...] = ()
    """IRIs (or topics) that lower the measure, in a stable order."""
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Offender → what it lacks."""
    note: str = ""
    """Why the value is unknown, or how it was sampled."""
    diagnostics: Mapping[str, Number] = field(default_factory=dict)
    parts: Mapping[str, tuple[Number, Number]] = field(default_factory=dict)
    """Part (list, area) → (numerator, denominator)."""
    unit: Literal["share", "count"] = "share"
    """``count``: the value is the numerator itself, a number of things; the target is a number too."""
    floor: float | None = None
    """The minimum for each part, between 0 and 1, so that a good part can't hide a bad one; None if not set."""
    lower: float | None = None
    """Lower end of the 95% confidence interval, if the value was estimated from a sample."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Offender → its name, for offenders that aren't concepts."""
    committed: int = 0
    """Number of counted verdicts that are committed and not trusted."""
    resting: Number = 0
    """The part of the numerator that depends on those verdicts."""

    @property
    def value(self) -> float | None:
        """The numerator over the denominator; None (unknown) if there is nothing to measure.

        >>> Measure("innovation.theory", 2, 5, 3, unit="count").value
        2
        """
        if not self.denominator:
            return None
        return self.numerator if self.unit == "count" else self.numerator / self.denominator

    @property
    def by_people(self) -> bool:
        """Whether only people can judge it: it is counted from signed records, and no gate can depend on it."""
        return judged_by_people(self.name)

    @property
    def below_floor(self) -> tuple[str, ...]:
        """The parts below the floor, the lowest first.

        >>> Measure("theory_coverage", 11, 12, 0.9, parts={"a": (10, 10), "b": (1, 2)}, floor=0.8).below_floor
        ('b',)
        """
        if self.floor is None:
            return ()
        shares = sorted((n / d, name) for name, (n, d) in self.parts.items() if d)
        return tuple(name for share, name in shares if share < self.floor)

    @property
    def met(self) -> bool | None:
        """Whether target and floor are met; an unknown value never meets one; None without a target."""
        if self.target is None:
            return None
        return self.value is not None and self.value >= self.target and not self.below_floor
