"""The summary of a build: counts, measures and the worst findings, as plain data for `build.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kg.metrics.gates import Failure
from kg.model import Corpus, Finding, Relation


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Internal links of a corpus by state."""

    resolved: int
    own: int
    """Links to headings of the same note, such as tables of contents; not associations."""
    broken: int
    broken_anchor: int
    broken_attachment: int
    ambiguous: int
    unwritten: int = 0
    """Links to notes that nobody has written yet, where that is usual."""


class MeasureLine(NamedTuple):
    """A measure without its offenders."""

    name: str
    value: float | None
    numerator: float
    denominator: float
    target: float | None
    claimed: float | None
    gate: float | None
    note: str
    unit: str = "share"
    met: bool | None = None
    lower: float | None = None
    trend: float | None = None
    """The value at the last snapshot; None if there is no snapshot or the value was unknown."""
    committed: int = 0
    """Number of counted verdicts that are only committed and not trusted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary at the end of a build."""

    notes: int
    concepts: int
    """Number of concepts without those of the plan, as in measures."""
    relations: Mapping[str, int]
    """Asserted typed relations by key, most frequent first; each pair of concepts counts once."""
    untyped: int
    """Number of plain links between concepts."""
    links: LinkCounts
    statements: int
    measures: tuple[MeasureLine, ...]
    findings: Mapping[str, int]
    """Number by severity."""
    worst: tuple[Finding, ...]
    languages: tuple[str, ...]
    gates: tuple[Failure, ...] = ()
    """The gates that were missed."""
    plan: Mapping[str, int] = field(default_factory=dict)
    """Tasks of the plan by state, and open interrupts; empty without a plan."""
    other_texts: Mapping[str, int] = field(default_factory=dict)
    """Documents of kinds that kg doesn't read, by ending."""
    planned: int = 0
    """Number of concepts that are plans and tasks, which are not part of the knowledge."""


def count_typed(corpus: Corpus, relations: Mapping[str, Relation]) -> dict[str, int]:
    """Count asserted typed relations by key, most frequent first; each pair of concepts counts once."""
    typed: Counter[str] = Counter()
    for _, predicate, _ in {(a.subject, a.predicate, a.object) for a in corpus.assertions}:
        relation = relations.get(predicate)
        if relation is not None:
            typed[relation.key] += 1
    return dict(sorted(typed.items(), key=lambda item: (-item[1], item[0])))


def count_untyped(corpus: Corpus) -> int:
    """Count the links without a type: each concept with each other one that a plain link in its notes leads to, once."""
    return len({(a.subject, a.object) for a in corpus.assertions if a.context == "text"})


def by_severity(findings: Sequence[Finding]) -> dict[str, int]:
    """The number of findings by severity."""
    severities = Counter(f.severity for f in findings)
    return {s: severities[s] for s in ("error", "warning", "info")}
