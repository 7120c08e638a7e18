"""Measures and findings as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from kg.base.json_forms import json_pretty
from kg.model import Artifact, Concept, Finding, Measure
from kg.views.export.openmetrics import metrics_prom
from kg.views.export.schema import MeasureEntry, MetricsFile, OffenderEntry, PartEntry


def json_file(value: object) -> bytes:
    """Encode JSON in kg's format: UTF-8, two spaces, keys in the given order, a line break at the end."""
    return (json_pretty(value) + "\n").encode()


def measure_entry(
    measure: Measure, concepts: Mapping[str, Concept], gates: Mapping[str, float], claimed: Mapping[str, float]
) -> MeasureEntry:
    """A measure with its target, gate, claimed value, and its offenders with their places."""
    return MeasureEntry(
        name=measure.name,
        unit=measure.unit,
        by_people=measure.by_people,
        value=measure.value,
        numerator=measure.numerator,
        denominator=measure.denominator,
        lower=measure.lower,
        target=measure.target,
        met=measure.met,
        floor=measure.floor,
        below_floor=measure.below_floor,
        gate=gates.get(measure.name),
        claimed=claimed.get(measure.name),
        note=measure.note,
        committed=measure.committed,
        diagnostics=measure.diagnostics,
        parts={k: PartEntry(n, d) for k, (n, d) in measure.parts.items()},
        offenders=tuple(_offender(measure, name, concepts) for name in measure.offenders),
    )


def _offender(measure: Measure, name: str, concepts: Mapping[str, Concept]) -> OffenderEntry:
    concept = concepts.get(name)
    return OffenderEntry(
        id=concept.id if concept else measure.names.get(name, name),
        iri=name if "://" in name else UNSET,
        path=concept.path if concept else UNSET,
        line=concept.line if concept else UNSET,
        lacks=measure.reasons.get(name, UNSET),
    )


def measures_json(
    measures: tuple[Measure, ...], concepts: Mapping[str, Concept], gates: Mapping[str, float], claimed: Mapping[str, float]
) -> Artifact:
    """`metrics.json`: each measure with numerator, denominator and offenders."""
    rows = tuple(measure_entry(m, concepts, gates, claimed) for m in measures)
    return Artifact("metrics.json", json_file(msgspec.to_builtins(MetricsFile(measures=rows))))


def findings_json(findings: tuple[Finding, ...]) -> Artifact:
    """`findings.json`: each finding with path, line and column."""
    rows = [
        {
            "code": f.code, "name": f.name, "severity": f.severity, "path": f.path, "line": f.line, "column": f.column,
            "message": f.message, "hint": f.hint,
        }
        for f in findings
    ]  # fmt: skip
    return Artifact("findings.json", json_file({"version": 1, "findings": rows}))


class MeasuredBase(NamedTuple):
    """What the files of measures and findings show of a knowledge base."""

    measures: tuple[Measure, ...]
    findings: tuple[Finding, ...]
    concepts: Mapping[str, Concept]
    counted: int
    """Number of concepts that are not part of the plan."""
    notes: int
    """Number of notes."""
    gates: Mapping[str, float]
    claimed: Mapping[str, float]
    plan: Mapping[str, int]
    """Number of tasks by state; empty without a plan."""


def all_files(base: MeasuredBase) -> Iterator[Artifact]:
    """The files of measures and findings."""
    yield measures_json(base.measures, base.concepts, base.gates, base.claimed)
    yield metrics_prom(base.measures, base.findings, base.counted, base.notes, base.gates, base.plan)
    yield findings_json(base.findings)
