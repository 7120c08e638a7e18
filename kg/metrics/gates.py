"""Gates: minimum values of measures, the shortfall of a missed gate, and its cheapest fixes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from kg.base.errors import UsageError
from kg.metrics.conditions import HARD
from kg.model import Assessment, Measure, judged_by_people, percent

_MOST_FIXES: Final = 5
_EQUAL: Final = 1e-9
CHECK_OR_TRUST: Final = "run 'kg verify', or give --trust-committed"


class Failure(NamedTuple):
    """A gate that was not met."""

    measure: str
    value: float | None
    gate: float
    why: str
    """The shortfall, in words."""
    mends: tuple[str, ...]
    """Fixes, the cheapest first; at most five."""


class _Cost(NamedTuple):
    """The work that an offender needs; costs are compared in the order of the fields."""

    soft: bool
    """False for a breach of a hard gate, which comes first."""
    lacking: int
    """How many requirements it doesn't meet."""
    unmapped: bool
    """Whether it is a topic without a concept."""
    unlikeness: float
    """Negative similarity of the nearest concept."""
    offender: str


def check_names(gates: Mapping[str, float], assessment: Assessment) -> None:
    """Raise UsageError for a gate on something that isn't measured, or that only people can judge."""
    measured = {m.name for m in assessment.measures}
    machine = ", ".join(sorted(m.name for m in assessment.measures if not m.by_people))
    for name in gates:
        if judged_by_people(name):
            raise UsageError(
                f"a gate can't hold {name}: only people can judge it, and no change of the notes can make it pass or fail",
                hint=f"set a target for it under [targets], which is shown; gates hold what a machine judges: {machine}",
            )
        if name not in measured:
            raise UsageError(f"there is no measure '{name}' to hold a gate against", hint=f"measures: {machine}")


def find_failures(gates: Mapping[str, float], assessment: Assessment) -> tuple[Failure, ...]:
    """Return the gates that are not met.

    An unknown value never meets a gate; neither does a value with a part below its floor, nor one that depends on
    committed verdicts.
    """
    measures = {m.name: m for m in assessment.measures}
    missed = []
    for name, gate in gates.items():
        measure = measures.get(name)
        if measure is not None and (why := _why(measure, gate)):
            missed.append(Failure(name, measure.value, gate, why, _fixes(measure, gate, assessment)))
    return tuple(missed)


def find_worse(
    names: Iterable[str], before: Mapping[str, float | None], assessment: Assessment, revision: str
) -> tuple[Failure, ...]:
    """Return the measures that are worse than at a revision: lower, or unknown where the value was known.

    `before`: the values at the revision. A measure that was unknown there can't be worse.
    """
    measures = {m.name: m for m in assessment.measures}
    worse = []
    for name in names:
        value, measure = before.get(name), measures.get(name)
        if value is None or measure is None or (measure.value is not None and measure.value >= value - _EQUAL):
            continue
        points = _points(value - measure.value) if measure.value is not None else ""
        reason = f"{points} less" if points else "unknown"
        why = f"it must be no worse than at {revision}: {reason}"
        worse.append(Failure(name, measure.value, value, why, _fixes(measure, value, assessment)))
    return tuple(worse)


def gate_holds(measure: Measure, gate: float) -> bool:
    """Return whether a measure meets a gate: it is known, reaches the value, and meets its floor and hard conditions.

    >>> gate_holds(Measure("linkage", 9, 10, None), 0.9), gate_holds(Measure("linkage", 0, 0, None), 0.0)
    (True, False)
    """
    return not _why(measure, gate)


def find_breaches(gates: Mapping[str, float], assessment: Assessment) -> tuple[Failure, ...]:
    """Return the gates that the values miss even if every verdict is trusted, whatever its origin."""
    trusting = replace(assessment, measures=tuple(replace(m, committed=0, resting=0) for m in assessment.measures))
    return find_failures(gates, trusting)


def _why(measure: Measure, gate: float) -> str:
    if measure.value is None:
        return f"unknown: {measure.note}" if measure.note else "unknown"
    parts = []
    if measure.value < gate:
        points = _points(gate - measure.value)
        parts.append(f"{points} short: {_missing(measure, gate):,} more of {measure.denominator:,g} would do")
    breaches = int(measure.diagnostics.get("hard_gate_breaches", 0))
    if breaches:
        parts.append(f"{breaches:,} {'breach' if breaches == 1 else 'breaches'} of SKOS integrity conditions, none is allowed")
    if measure.value >= gate and measure.resting and (measure.numerator - measure.resting) / measure.denominator < gate:
        verdicts, were = ("verdict", "was") if measure.committed == 1 else ("verdicts", "were")
        unchecked = f"{measure.committed:,} {verdicts} that came with the notes and {were} not checked here"
        parts.append(f"it rests on {unchecked}: {CHECK_OR_TRUST}")
    below = measure.below_floor
    if below and measure.floor is not None:
        worst = below[0]
        n, d = measure.parts[worst]
        more = f" and {len(below) - 1} more" if len(below) > 1 else ""
        parts.append(f"below the floor of {percent(measure.floor)}: {worst} with {n:g} of {d:g}{more}")
    return "; ".join(parts)


def _points(gap: float) -> str:
    points = math.ceil(gap * 1000 - 1e-9) / 10
    return f"{points:.1f} {'point' if points == 1 else 'points'}"


def _missing(measure: Measure, gate: float) -> int:
    """Return how much more must count to meet the gate."""
    return max(1, math.ceil(gate * measure.denominator - measure.numerator - 1e-9))


def _fixes(measure: Measure, gate: float, assessment: Assessment) -> tuple[str, ...]:
    """Return the offenders that need least, as many as the gate needs, at most five."""
    if (
        measure.value is not None
        and measure.value >= gate
        and not measure.below_floor
        and not measure.diagnostics.get("hard_gate_breaches")
    ):
        return ()  # only verdicts are missing
    wanted = _MOST_FIXES if measure.value is None or measure.value >= gate else min(_MOST_FIXES, _missing(measure, gate))
    suggested = {t.iri: t.near for topics in assessment.lists for t in topics.topics}
    mapped = {t.iri for topics in assessment.lists for t in topics.topics if t.concepts}
    hard = {iri for iri, why in measure.reasons.items() if any(w in HARD for w in why)}

    def cost(offender: str) -> _Cost:
        near = suggested.get(offender, ())
        likeness = -near[0].likeness if near else 0.0
        short = offender in suggested and offender not in mapped
        return _Cost(offender not in hard, len(measure.reasons.get(offender, ())), short, likeness, offender)

    hints = []
    for offender in sorted(measure.offenders, key=cost)[:wanted]:
        concept = assessment.corpus.concepts.get(offender)
        name = f"{concept.id} ({concept.path}:{concept.line})" if concept else measure.names.get(offender, offender)
        lacks = ", ".join(measure.reasons.get(offender, ()))
        near = suggested.get(offender, ())
        hint = f"; is it {assessment.corpus.concepts[near[0].iri].id}?" if near and offender not in mapped else ""
        hints.append(f"{name}: {lacks}{hint}" if lacks else name)
    return tuple(hints)
