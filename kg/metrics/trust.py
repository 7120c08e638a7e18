"""Measures of what notes state about their origin: `freshness`, `verified_share`, `sourced_share`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from kg.base.clock import read_clock
from kg.model import TRUST_MEASURES, Concept, Measure
from kg.notes.okf import is_past, read_moment


def trust_measures(concepts: Mapping[str, Concept], targets: Mapping[str, float], asked: frozenset[str]) -> Iterator[Measure]:
    """Yield the measures of trust; none if no note states anything about its origin, unless a target or gate asks for one."""
    if not any(c.provenance is not None for c in concepts.values()) and asked.isdisjoint(TRUST_MEASURES):
        return
    yield freshness(concepts, targets.get("freshness"), read_clock())
    yield verified_share(concepts, targets.get("verified_share"))
    yield sourced_share(concepts, targets.get("sourced_share"))


def freshness(concepts: Mapping[str, Concept], target: float | None, moment_of_build: str) -> Measure:
    """Return concepts that are not stale at the time `moment_of_build` / concepts that state when they become stale.

    A concept that states nothing is neither fresh nor stale: without any, there is nothing to measure.
    """
    dated = {
        iri: c.provenance.stale_after for iri, c in concepts.items() if c.provenance and read_moment(c.provenance.stale_after)
    }
    stale = {iri: (f"stale since {day}",) for iri, day in dated.items() if is_past(day, moment_of_build)}
    return Measure(
        "freshness",
        numerator=len(dated) - len(stale),
        denominator=len(dated),
        target=target,
        offenders=tuple(stale),
        reasons=stale,
        note="" if dated else "no concept states when it becomes stale",
    )


def verified_share(concepts: Mapping[str, Concept], target: float | None) -> Measure:
    """Return concepts that somebody or something has verified / concepts; the tiers are diagnostics."""
    tiers = {iri: c.provenance.tier if c.provenance else "unverified" for iri, c in concepts.items()}
    missing = {iri: ("nobody has verified it",) for iri, tier in tiers.items() if tier == "unverified"}
    counts = Counter(tiers.values())
    return Measure(
        "verified_share",
        numerator=len(concepts) - len(missing),
        denominator=len(concepts),
        target=target,
        offenders=tuple(missing),
        reasons=missing,
        note="" if concepts else "there are no concepts",
        diagnostics={"human_reviewed": counts["human-reviewed"], "machine_confirmed": counts["machine-confirmed"]},
    )


def sourced_share(concepts: Mapping[str, Concept], target: float | None) -> Measure:
    """Return concepts that name at least one source / concepts."""
    missing = {iri: ("it names no source",) for iri, c in concepts.items() if not c.sources}
    return Measure(
        "sourced_share",
        numerator=len(concepts) - len(missing),
        denominator=len(concepts),
        target=target,
        offenders=tuple(missing),
        reasons=missing,
        note="" if concepts else "there are no concepts",
        diagnostics={"cited_claims": sum(len(c.provenance.cited) for c in concepts.values() if c.provenance)},
    )
