"""Measures, findings and the plan as Prometheus metric families, for the file of a build and the endpoint of `kg serve`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.metrics.gates import gate_holds
from kg.model import Artifact, Finding, Measure

if TYPE_CHECKING:
    from prometheus_client.core import Metric


class Gauged(NamedTuple):
    """The part of a measure that is exported to Prometheus."""

    name: str
    unit: str
    value: float | None
    target: float | None
    lower: float | None
    gate: float | None
    gate_met: bool


_OF_MEASURES: Final = (
    ("kg_measure_ratio", "Measured share between 0 and 1.", lambda m: m.value if m.unit == "share" else None),
    ("kg_measure_target_ratio", "Target of a measure.", lambda m: m.target if m.unit == "share" else None),
    ("kg_measure_count", "Measured number of things.", lambda m: m.value if m.unit == "count" else None),
    ("kg_measure_target_count", "Target of a number of things.", lambda m: m.target if m.unit == "count" else None),
    ("kg_measure_lower_ratio", "Wilson 95% lower bound.", lambda m: m.lower),
    ("kg_measure_known", "Whether there was something to measure.", lambda m: float(m.value is not None)),
    ("kg_measure_gate_ratio", "Gate of a measure.", lambda m: m.gate),
    ("kg_gate_met", "Whether a gate is met, floors included.", lambda m: None if m.gate is None else float(m.gate_met)),
)


def metric_families(
    measures: Iterable[Gauged], findings: Mapping[str, int], totals: Mapping[str, int | None], plan: Mapping[str, int]
) -> Iterator[Metric]:
    """Yield the families that have samples. An unknown measure has no sample, since NaN would look like a number.

    `findings`: counts by severity; `totals`: counts by name (`concepts`, `notes`, `statements`); `plan`: counts as in
    `kg.knowledge.planning`.
    """
    # start time: the client imports an HTTP server
    from prometheus_client.core import GaugeMetricFamily

    rows = tuple(measures)
    for name, text, number_of in _OF_MEASURES:
        family = GaugeMetricFamily(name, text, labels=["name"])
        for row in rows:
            if (number := number_of(row)) is not None:
                family.add_metric([row.name], number)
        if family.samples:
            yield family
    if plan:
        tasks = GaugeMetricFamily("kg_plan_tasks", "Tasks of the plan by state.", labels=["state"])
        for state, tasks_in_state in plan.items():
            if state != "interrupts":
                tasks.add_metric([state], tasks_in_state)
        yield tasks
        yield GaugeMetricFamily("kg_plan_interrupts", "Open interrupts of the plan.", value=plan.get("interrupts", 0))
    by_severity = GaugeMetricFamily("kg_findings", "Findings by severity.", labels=["severity"])
    for severity in ("error", "warning", "info"):
        by_severity.add_metric([severity], findings.get(severity, 0))
    yield by_severity
    for what, total in totals.items():
        if total is not None:
            yield GaugeMetricFamily(f"kg_{what}", _TOTALS[what], value=total)


_TOTALS: Final = {"concepts": "Concepts.", "notes": "Notes read.", "statements": "Statements in the graph."}


class _Families(NamedTuple):
    """A minimal registry for the client's writer."""

    families: tuple[Metric, ...]

    def collect(self) -> Iterable[Metric]:
        return self.families


def metrics_prom(
    measures: tuple[Measure, ...],
    findings: tuple[Finding, ...],
    concepts: int,
    notes: int,
    gates: Mapping[str, float] = MappingProxyType({}),
    plan: Mapping[str, int] = MappingProxyType({}),
) -> Artifact:
    """`metrics.prom`: OpenMetrics that is also valid in the older Prometheus text format.

    No timestamps: the file depends only on the notes, and a scraper knows its age (`node_textfile_mtime_seconds`). `kg serve`
    exports the times of the build.
    """
    # start time: the client imports an HTTP server
    from prometheus_client.openmetrics.exposition import generate_latest

    rows = [
        Gauged(m.name, m.unit, m.value, m.target, m.lower, gates.get(m.name), m.name in gates and gate_holds(m, gates[m.name]))
        for m in measures
    ]
    totals = {"concepts": concepts, "notes": notes}
    found = _Families(tuple(metric_families(rows, Counter(f.severity for f in findings), totals, plan)))
    return Artifact("metrics.prom", generate_latest(found))  # type: ignore[no-untyped-call]  # the library has no types for it
