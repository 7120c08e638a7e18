"""Acceptance: conditions on measures, evidence, artifacts and records, and their results with reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kg.base.errors import UsageError
from kg.model import Measure, format_value

KINDS: Final[Mapping[str, str]] = {
    "file": "a file below the knowledge base or its output",
    "concept": "a concept with a definition and a source",
    "record": "a record that somebody made with 'kg plan record'",
    "approved": "a concept that an expert approved ('kg review add concept'), as it stands",
    "evidence": "claims that a kind of evidence or a tool passed",
    "failed": "claims that it refuted, or did not finish in time",
    "findings": "findings of a severity",
    "blocks": "formulas, diagrams or pieces of code in the notes: math, diagram, code",
    "benchmark": "'runs': benchmark runs on record; 'beyond': those of the last run that are beyond their budget",
    "question": "a competency question that the graph answers",
}
"""Kinds of operands besides measures."""
_HOLDS: Final = frozenset(("file", "concept", "record", "approved", "question"))
_CLAUSE: Final = re.compile(
    r"\s*(?:(?P<kind>[a-z]+):)?(?P<name>[^\s<>=!]+)\s*(?:(?P<op>>=|<=|==|=|>|<)\s*(?P<bound>target|gate|-?[0-9]+(?:\.[0-9]+)?%?)\s*)?"
)
_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
}


class Operand(NamedTuple):
    """A comparison, or a thing that must exist (with empty `operator`)."""

    kind: str
    """One of KINDS, or ``measure``."""
    name: str
    operator: str
    bound: str
    """``target``, ``gate`` or a number."""


class Clause(NamedTuple):
    """Alternatives, at least one of which must hold."""

    text: str
    options: tuple[Operand, ...]


class ClauseResult(NamedTuple):
    """Whether a clause holds, the value found, and advice if it doesn't hold."""

    text: str
    holds: bool
    found: str
    value: float | None = None


def parse_clause(text: str) -> Clause:
    """Parse a clause: comparisons and names, joined by ``or``. Raises UsageError if the text isn't valid.

    >>> parse_clause("theory_coverage >= 95").options
    (Operand(kind='measure', name='theory_coverage', operator='>=', bound='95'),)
    >>> parse_clause("file:a.md or record:meeting").options[1].name
    'meeting'
    """
    options = []
    for part in re.split(r"\s+or\s+|\s*或\s*", text.strip()):
        m = _CLAUSE.fullmatch(part)
        kind = (m["kind"] or "measure") if m else ""
        if m is None or (kind != "measure" and kind not in KINDS):
            kinds = ", ".join(f"{k}:…" for k in KINDS)
            raise UsageError(
                f"'{text}' is not an acceptance condition",
                hint=f"write a measure ('theory_coverage >= target') or one of {kinds}",
            )
        operator = "==" if m["op"] == "=" else m["op"] or ""
        if kind in _HOLDS and operator:
            raise UsageError(f"'{text}': {kind} either exists or not, and can't be compared", hint=f"write {kind}:{m['name']}")
        if kind not in _HOLDS and not operator:
            raise UsageError(f"'{text}' lacks a comparison", hint=f"write e.g. {part} >= 1")
        if m["bound"] in ("target", "gate") and kind != "measure":
            raise UsageError(f"'{text}': only measures have a target", hint="write a number")
        options.append(Operand(kind, m["name"], operator, m["bound"] or ""))
    return Clause(" ".join(text.split()), tuple(options))


@dataclass(frozen=True, slots=True)
class AcceptanceFacts:
    """The facts for acceptance in one state of the knowledge base."""

    measures: Mapping[str, Measure] = field(default_factory=dict)
    gates: Mapping[str, float] = field(default_factory=dict)
    exists: Callable[[str], bool] = lambda _path: False
    concepts: Mapping[str, str] = field(default_factory=dict)
    """Id of a concept → what it lacks; empty if it is complete."""
    approved: frozenset[str] = frozenset()
    questions: Mapping[str, str] = field(default_factory=dict)
    """Name of a competency question → the fault of its answer; empty if it is correct."""
    counts: Mapping[str, float] = field(default_factory=dict)
    """``kind:name`` → number, for the kinds that are counted."""
    counted: frozenset[str] = frozenset()
    """Kinds whose counts are complete, so that a missing name counts 0. For other kinds it is unknown."""


def judge_clause(clause: Clause, facts: AcceptanceFacts, records: Mapping[str, str]) -> ClauseResult:
    """Judge a clause. `records` are the records of the task: name → author and text.

    >>> judge_clause(parse_clause("record:meeting"), AcceptanceFacts(), {}).holds
    False
    >>> facts = AcceptanceFacts(counts={"evidence:coq": 2}, counted=frozenset(["evidence"]))
    >>> judge_clause(parse_clause("evidence:coq >= 1"), facts, {})
    ClauseResult(text='evidence:coq >= 1', holds=True, found='2', value=2)
    """
    results = [_judge(option, facts, records) for option in clause.options]
    best = next((r for r in results if r[0]), results[0])
    shown = best[1] if best[0] or len(results) == 1 else "; ".join(r[1] for r in results)
    return ClauseResult(clause.text, best[0], shown, best[2])


def _judge(operand: Operand, facts: AcceptanceFacts, records: Mapping[str, str]) -> tuple[bool, str, float | None]:
    kind, name = operand.kind, operand.name
    if kind == "measure":
        return _measure(operand, facts)
    if kind == "file":
        there = facts.exists(name)
        return there, "there" if there else "it isn't there; 'kg build' makes what stands in the output", None
    if kind == "concept":
        lacks = facts.concepts.get(name)
        return lacks == "", "there" if lacks == "" else lacks or "there is no such concept", None
    if kind == "question":
        wrong = facts.questions.get(name)
        return wrong == "", "answered" if wrong == "" else wrong or "there is no such question with expected rows", None
    if kind == "record":
        record = records.get(name)
        return record is not None, record or "nobody has recorded it: kg plan record", None
    if kind == "approved":
        good = name in facts.approved
        return good, "approved" if good else "no expert has approved it as it stands: kg review add concept", None
    value = facts.counts.get(f"{kind}:{name}", 0 if kind in facts.counted else None)
    if value is None:
        return False, f"unknown: there is no {kind} '{name}'", None
    return _OPERATORS[operand.operator](value, float(operand.bound.rstrip("%"))), f"{value:g}", value


def _measure(operand: Operand, facts: AcceptanceFacts) -> tuple[bool, str, float | None]:
    measure = facts.measures.get(operand.name)
    if measure is None:
        return False, "there is no such measure; 'kg metrics' lists them", None
    count = measure.unit == "count"
    if measure.value is None:
        return False, f"unknown: {measure.note}" if measure.note else "unknown", None
    shown = format_value(measure.value, measure.unit)
    shown += f" ({measure.numerator:g} of {measure.denominator:g})"
    if operand.bound in ("target", "gate"):
        bound = measure.target if operand.bound == "target" else facts.gates.get(operand.name)
        if bound is None:
            return False, f"{shown}, but kg.toml sets no {operand.bound} for it", measure.value
        shown += f", {operand.bound} {format_value(bound, measure.unit)}"
        if measure.below_floor:
            return False, f"{shown}; below the floor: {', '.join(measure.below_floor)}", measure.value
    else:
        number = float(operand.bound.rstrip("%"))
        bound = number if count else number / 100
    return _OPERATORS[operand.operator](measure.value, bound), shown, measure.value
