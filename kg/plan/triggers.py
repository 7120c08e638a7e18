"""Interrupts that open automatically: a gate newly missed, refuted evidence, a benchmark over budget, a vulnerability."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json
from kg.metrics.benchmark import Excess
from kg.metrics.gates import find_breaches
from kg.model import Assessment
from kg.plan.state import PlanProgress
from kg.plan.tasks import Task
from kg.plan.tasks.acceptance import Operand


class Alarm(NamedTuple):
    """An event that should interrupt work."""

    trigger: str
    cause: str
    """A key that identifies the cause as long as it persists."""
    reason: str
    tasks: tuple[str, ...]
    """The tasks whose acceptance depends on it; empty: all."""


class Vulnerability(NamedTuple):
    """A known vulnerability of an installed package, as reported by pip-audit."""

    id: str
    package: str
    version: str
    fixed: tuple[str, ...]


def find_alarms(
    tasks: Sequence[Task],
    assessment: Assessment,
    vulnerabilities: Iterable[Vulnerability] = (),
    excess: Iterable[Excess] = (),
) -> tuple[Alarm, ...]:
    """All events that should interrupt work in a state of the knowledge base, whether or not an interrupt is already open."""
    return (
        *_gates(tasks, assessment),
        *_evidence(tasks, assessment),
        *_benchmarks(tasks, excess),
        *_vulnerable(vulnerabilities),
    )


def new_alarms(alarms_: Iterable[Alarm], state: PlanProgress, recovered: Callable[[str, str], bool]) -> tuple[Alarm, ...]:
    """The alarms without an open interrupt, except those whose cause has persisted since their interrupt was closed.

    `recovered` tells whether a cause was gone at some time after a given time; if so, it is a new event.
    """
    result = []
    for alarm in alarms_:
        earlier = [i for i in state.interrupts.values() if i.cause == alarm.cause]
        if not earlier or (earlier[-1].resumed and recovered(alarm.cause, earlier[-1].resumed)):
            result.append(alarm)
    return tuple(result)


def recovered_in(assessment: Assessment) -> Callable[[str, str], bool]:
    """Return a test whether a row of history after a time shows the gate met again. Other causes never recover."""

    def recovered(cause: str, time: str) -> bool:
        kind, _, name = cause.partition(":")
        if kind != "gate" or name not in assessment.gates:
            return False
        rows = [r.measures.get(name) for r in assessment.history if r.time > time]
        return any(v is not None and v >= assessment.gates[name] for v in rows)

    return recovered


def _asks(tasks: Sequence[Task], wanted: Callable[[Operand], bool]) -> tuple[str, ...]:
    return tuple(t.id for t in tasks if any(wanted(o) for c in t.acceptance for o in c.options))


def _gates(tasks: Sequence[Task], assessment: Assessment) -> Iterator[Alarm]:
    """Gates that were met at some snapshot and are missed now; a gate that was never met can't fall."""
    for failure in find_breaches(assessment.gates, assessment):
        before = [r for r in assessment.history if (v := r.measures.get(failure.measure)) is not None and v >= failure.gate]
        if before:
            name = failure.measure
            affected = _asks(tasks, lambda o, name=name: o.kind == "measure" and o.name == name)  # type: ignore[misc]  # bound now
            yield Alarm(
                "quality.gate", f"gate:{name}", f"the gate on {name} held on {before[-1].time[:10]}: {failure.why}", affected
            )


def _evidence(tasks: Sequence[Task], assessment: Assessment) -> Iterator[Alarm]:
    for item in assessment.proofs:
        if item.verdict == "failed" and not item.skipped:
            named = {item.kind, item.language}
            affected = _asks(tasks, lambda o, named=named: o.kind in ("evidence", "failed") and o.name in named)  # type: ignore[misc]  # bound now
            why = f": {item.why}" if item.why else ""
            yield Alarm(
                "quality.evidence",
                f"evidence:{item.key}@{item.digest[:12]}",
                f"{item.path}:{item.line} is refuted{why}",
                affected,
            )


def _benchmarks(tasks: Sequence[Task], excess: Iterable[Excess]) -> Iterator[Alarm]:
    affected = _asks(tasks, lambda o: o.kind == "benchmark")
    for item in excess:
        yield Alarm("performance.target", f"benchmark:{item.what}@{item.run}", item.said, affected)


def _vulnerable(vulnerabilities: Iterable[Vulnerability]) -> Iterator[Alarm]:
    for v in vulnerabilities:
        mend = f"; fixed in {', '.join(v.fixed)}" if v.fixed else "; no version that mends it is known"
        yield Alarm(
            "security.vulnerability",
            f"vulnerability:{v.id}:{v.package}@{v.version}",
            f"{v.id} in {v.package} {v.version}{mend}",
            (),
        )


def read_audit(path: Path) -> tuple[Vulnerability, ...]:
    """Read vulnerabilities from the output of ``pip-audit --format json``. Raises UsageError for any other file."""
    try:
        data: object = read_json(files.read(path, named=True))
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="pip-audit --format json --output FILE") from None
    except FormatError as error:
        raise UsageError(f"{path}: {error}", hint="pip-audit --format json --output FILE") from None
    rows = data.get("dependencies") if isinstance(data, Mapping) else data
    if not isinstance(rows, list) or not all(isinstance(r, Mapping) and "name" in r for r in rows):
        raise UsageError(f"{path} is not a report of pip-audit", hint="pip-audit --format json --output FILE")
    vulnerabilities = []
    for row in rows:
        for v in row.get("vulns") or ():
            fixed = tuple(str(f) for f in v.get("fix_versions") or ())
            vulnerabilities.append(Vulnerability(str(v.get("id", "")), str(row["name"]), str(row.get("version", "")), fixed))
    return tuple(sorted(set(vulnerabilities)))
