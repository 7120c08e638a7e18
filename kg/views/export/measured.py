"""What was measured and found, for programs: JSON and OpenMetrics."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from kg.metrics.gates import gate_holds
from kg.model import Artifact, Concept, Finding, Measure


def to_json(value: object) -> bytes:
    """JSON as kg writes it: UTF-8, two spaces, keys in the order given, a line break at the end."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _offender(measure: Measure, name: str, concepts: Mapping[str, Concept]) -> dict[str, object]:
    concept = concepts.get(name)
    row: dict[str, object] = {"id": concept.id if concept else measure.names.get(name, name)}
    if "://" in name:
        row["iri"] = name
    if concept:
        row |= {"path": concept.path, "line": concept.line}
    if name in measure.reasons:
        row["lacks"] = list(measure.reasons[name])
    return row


def measure_dict(
    measure: Measure, concepts: Mapping[str, Concept], gates: Mapping[str, float], claimed: Mapping[str, float]
) -> dict[str, object]:
    """One measure with its target, gate, what the team claims, and its offenders with their place."""
    return {
        "name": measure.name,
        "unit": measure.unit,
        "by_people": measure.by_people,
        "value": measure.value,
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "lower": measure.lower,
        "target": measure.target,
        "met": measure.met,
        "floor": measure.floor,
        "below_floor": list(measure.below_floor),
        "gate": gates.get(measure.name),
        "claimed": claimed.get(measure.name),
        "note": measure.note,
        "committed": measure.committed,
        "diagnostics": dict(measure.diagnostics),
        "parts": {k: {"numerator": n, "denominator": d} for k, (n, d) in measure.parts.items()},
        "offenders": [_offender(measure, name, concepts) for name in measure.offenders],
    }


def measures_json(
    measures: tuple[Measure, ...], concepts: Mapping[str, Concept], gates: Mapping[str, float], claimed: Mapping[str, float]
) -> Artifact:
    """`metrics.json`: every measure with numerator, denominator and offenders."""
    rows = [measure_dict(m, concepts, gates, claimed) for m in measures]
    return Artifact("metrics.json", to_json({"version": 1, "measures": rows}))


def findings_json(findings: tuple[Finding, ...]) -> Artifact:
    """`findings.json`: every finding with path, line and column."""
    rows = [
        {
            "code": f.code,
            "name": f.name,
            "severity": f.severity,
            "path": f.path,
            "line": f.line,
            "column": f.column,
            "message": f.message,
            "hint": f.hint,
        }
        for f in findings
    ]
    return Artifact("findings.json", to_json({"version": 1, "findings": rows}))


def prometheus(
    measures: tuple[Measure, ...],
    findings: tuple[Finding, ...],
    concepts: int,
    notes: int,
    gates: Mapping[str, float] = MappingProxyType({}),
    plan: Mapping[str, int] = MappingProxyType({}),
) -> Artifact:
    """`metrics.prom`: OpenMetrics that readers of the older Prometheus text format read too.

    An unknown measure has no sample, since NaN would look like a number. No times: the file is a function of the notes, and
    whoever scrapes it knows its age (`node_textfile_mtime_seconds`); `kg serve` tells the times of the build.
    """
    shares = [m for m in measures if m.unit == "share"]
    counts_of = [m for m in measures if m.unit == "count"]
    lines = ["# HELP kg_measure_ratio Measured share between 0 and 1.", "# TYPE kg_measure_ratio gauge"]
    lines += [f'kg_measure_ratio{{name="{_name(m)}"}} {m.value!r}' for m in shares if m.value is not None]
    lines += ["# HELP kg_measure_target_ratio Target of a measure.", "# TYPE kg_measure_target_ratio gauge"]
    lines += [f'kg_measure_target_ratio{{name="{_name(m)}"}} {m.target!r}' for m in shares if m.target is not None]
    if counts_of:
        lines += ["# HELP kg_measure_count Measured number of things.", "# TYPE kg_measure_count gauge"]
        lines += [f'kg_measure_count{{name="{_name(m)}"}} {m.value:g}' for m in counts_of if m.value is not None]
        lines += ["# HELP kg_measure_target_count Target of a number of things.", "# TYPE kg_measure_target_count gauge"]
        lines += [f'kg_measure_target_count{{name="{_name(m)}"}} {m.target:g}' for m in counts_of if m.target is not None]
    bounded = [m for m in measures if m.lower is not None]
    if bounded:
        lines += ["# HELP kg_measure_lower_ratio Wilson 95% lower bound.", "# TYPE kg_measure_lower_ratio gauge"]
        lines += [f'kg_measure_lower_ratio{{name="{_name(m)}"}} {m.lower!r}' for m in bounded]
    lines += ["# HELP kg_measure_known Whether there was something to measure.", "# TYPE kg_measure_known gauge"]
    lines += [f'kg_measure_known{{name="{_name(m)}"}} {int(m.value is not None)}' for m in measures]
    held = {m.name: m for m in measures}
    gated = {name: gate for name, gate in gates.items() if name in held}
    if gated:
        lines += ["# HELP kg_measure_gate_ratio Gate of a measure.", "# TYPE kg_measure_gate_ratio gauge"]
        lines += [f'kg_measure_gate_ratio{{name="{_name(held[n])}"}} {gate!r}' for n, gate in gated.items()]
        lines += ["# HELP kg_gate_met Whether a gate is met, floors included.", "# TYPE kg_gate_met gauge"]
        lines += [f'kg_gate_met{{name="{_name(held[n])}"}} {int(gate_holds(held[n], gate))}' for n, gate in gated.items()]
    states = {k: n for k, n in plan.items() if k != "interrupts"}
    if states:
        lines += ["# HELP kg_plan_tasks Tasks of the plan by state.", "# TYPE kg_plan_tasks gauge"]
        lines += [f'kg_plan_tasks{{state="{state}"}} {n}' for state, n in states.items()]
        lines += ["# HELP kg_plan_interrupts Open interrupts of the plan.", "# TYPE kg_plan_interrupts gauge"]
        lines += [f"kg_plan_interrupts {plan.get('interrupts', 0)}"]
    counts = Counter(f.severity for f in findings)
    lines += ["# HELP kg_findings Findings by severity.", "# TYPE kg_findings gauge"]
    lines += [f'kg_findings{{severity="{s}"}} {counts[s]}' for s in ("error", "warning", "info")]
    lines += ["# HELP kg_concepts Concepts.", "# TYPE kg_concepts gauge", f"kg_concepts {concepts}"]
    lines += ["# HELP kg_notes Notes read.", "# TYPE kg_notes gauge", f"kg_notes {notes}", "# EOF"]
    return Artifact("metrics.prom", ("\n".join(lines) + "\n").encode())


def _name(measure: Measure) -> str:
    """The name as a label of Prometheus; that of an area comes from settings and may hold anything."""
    return measure.name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def all_files(
    measures: tuple[Measure, ...],
    findings: tuple[Finding, ...],
    concepts: Mapping[str, Concept],
    counted: int,
    notes: int,
    gates: Mapping[str, float],
    claimed: Mapping[str, float],
    plan: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[Artifact]:
    """The files of measures and findings; `counted` concepts are no part of the plan, `plan` counts its tasks by state."""
    yield measures_json(measures, concepts, gates, claimed)
    yield prometheus(measures, findings, counted, notes, gates, plan)
    yield findings_json(findings)
