"""Summarises a build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from kg.base.listing import count_other_texts
from kg.checks import is_media
from kg.graph.concepts import planned_concepts
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.planning import plan_of
from kg.knowledge.summary import LinkCounts, MeasureLine, Summary, by_severity, count_typed, count_untyped
from kg.metrics.gates import find_failures
from kg.model import Assessment, Broken, Finding, Foreign, Link, Resolved, ResolvedLink, Unseen

_WORST: Final = 20
_RANK: Final = {"error": 0, "warning": 1, "info": 2}


def _broken_kind(link: Link, resolution: Broken) -> str:
    if resolution.path is not None:
        return "anchor"
    if resolution.reason == "unwritten":
        return "unwritten"
    return "attachment" if is_media(link) else "broken"


def link_counts(links: Iterable[ResolvedLink]) -> LinkCounts:
    """Count internal links by state."""
    counts: Counter[str] = Counter()
    for source, link, resolution in links:
        if isinstance(resolution, Resolved):
            counts["own" if resolution.path == source else "resolved"] += 1
        elif isinstance(resolution, Broken):
            counts[_broken_kind(link, resolution)] += 1
        elif isinstance(resolution, Unseen):
            counts["unseen"] += 1
        elif isinstance(resolution, Foreign):
            counts["foreign"] += 1
        else:
            counts["ambiguous"] += 1
    names = ("resolved", "own", "broken", "anchor", "attachment", "ambiguous", "unwritten")
    return LinkCounts(*(counts[name] for name in names))


def summarise_build(base: KnowledgeBase, assessment: Assessment | None) -> Summary:
    """Summarise a build; `assessment` is None if nothing was measured."""
    settings, corpus = base.settings, base.corpus
    planned = len(planned_concepts(base.graph) & corpus.concepts.keys())
    findings = base.graph_findings if assessment is None else assessment.findings
    measures = assessment.measures if assessment else ()
    last = assessment.history[-1].measures if assessment and assessment.history else {}
    return Summary(
        other_texts=count_other_texts(corpus.attachments),
        notes=len(corpus.notes),
        concepts=len(corpus.concepts) - planned,
        relations=count_typed(corpus, base.relations),
        untyped=count_untyped(corpus),
        links=link_counts(corpus.links),
        statements=len(base.graph),
        measures=tuple(
            MeasureLine(
                m.name,
                m.value,
                m.numerator,
                m.denominator,
                m.target,
                settings.claimed.get(m.name),
                settings.gates.get(m.name),
                m.note,
                m.unit,
                m.met,
                m.lower,
                last.get(m.name),
                m.committed,
            )
            for m in measures
        ),
        findings=by_severity(findings),
        worst=worst(findings),
        languages=base.languages,
        gates=find_failures(settings.gates, assessment) if assessment else (),
        plan=plan_of(settings, corpus).counts if assessment else {},
        planned=planned,
    )


def worst(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings shown at the end of a build."""
    return tuple(sorted(findings, key=lambda f: _RANK[f.severity])[:_WORST])
