"""What a build says of itself: counts, measures and the worst findings, as plain data that `build.json` keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kg.checks import is_media
from kg.metrics.gates import Failure, failures
from kg.model import Broken, Corpus, Finding, Resolved
from kg.pipeline.planning import plan_of
from kg.pipeline.steps import Built
from kg.settings import Settings

_WORST: Final = 20
_RANK: Final = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Internal links of a corpus by what they mean."""

    resolved: int
    own: int
    """Links to headings of the same note: tables of contents; no association."""
    broken: int
    broken_anchor: int
    broken_attachment: int
    ambiguous: int


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
    """What the value was at the last snapshot; None where there is none or it was unknown."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build says when it ends."""

    notes: int
    concepts: int
    relations: Mapping[str, int]
    """Asserted typed relations by key, the most frequent first; one for each pair of concepts."""
    untyped: int
    """Plain links between concepts."""
    links: LinkCounts
    statements: int
    measures: tuple[MeasureLine, ...]
    findings: Mapping[str, int]
    """By severity."""
    worst: tuple[Finding, ...]
    languages: tuple[str, ...]
    gates: tuple[Failure, ...] = ()
    """The gates that were not met."""
    asked_for: tuple[str, ...] = ()
    """Measures with a target that `kg.toml` sets itself."""
    plan: Mapping[str, int] = field(default_factory=dict)
    """Tasks of the plan by state, and its open interrupts; empty where there is no plan."""


def link_counts(corpus: Corpus) -> LinkCounts:
    """Internal links counted by what they mean."""
    counts: Counter[str] = Counter()
    for source, link, found in corpus.links:
        if isinstance(found, Resolved):
            counts["own" if found.path == source else "resolved"] += 1
        elif isinstance(found, Broken):
            counts["anchor" if found.path is not None else "attachment" if is_media(link) else "broken"] += 1
        else:
            counts["ambiguous"] += 1
    return LinkCounts(
        counts["resolved"], counts["own"], counts["broken"], counts["anchor"], counts["attachment"], counts["ambiguous"]
    )


def summarise(settings: Settings, built: Built) -> Summary:
    """The summary of a build."""
    corpus = built.corpus
    typed: Counter[str] = Counter()
    for _, predicate, _ in {(a.subject, a.predicate, a.object) for a in corpus.assertions}:
        relation = built.relations.get(predicate)
        if relation is not None:
            typed[relation.key] += 1
    assessment = built.assessment
    measures = assessment.measures if assessment else ()
    last = assessment.history[-1].measures if assessment and assessment.history else {}
    severities = Counter(f.severity for f in built.findings)
    return Summary(
        notes=len(corpus.notes),
        concepts=len(corpus.concepts),
        relations=dict(sorted(typed.items(), key=lambda item: (-item[1], item[0]))),
        untyped=sum(1 for a in corpus.assertions if a.context == "text"),
        links=link_counts(corpus),
        statements=len(built.graph),
        measures=tuple(
            MeasureLine(
                m.name, m.value, m.numerator, m.denominator, m.target, settings.claimed.get(m.name),
                settings.gates.get(m.name), m.note, m.unit, m.met, m.lower, last.get(m.name),
            )
            for m in measures
        ),
        findings={s: severities[s] for s in ("error", "warning", "info")},
        worst=tuple(sorted(built.findings, key=lambda f: _RANK[f.severity])[:_WORST]),
        languages=built.languages,
        gates=failures(settings.gates, assessment) if assessment else (),
        asked_for=settings.asked_for,
        plan=plan_of(settings, built.corpus).counts,
    )  # fmt: skip
