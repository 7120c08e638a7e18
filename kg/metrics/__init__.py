"""Measures: numbers with numerator, denominator, target and offenders, as defined in docs/metrics.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.model import Answer, Measure, TopicList

if TYPE_CHECKING:
    from kg.metrics.subject import Subject

__all__ = ["all_measures", "topics_of"]


def topics_of(subject: Subject) -> tuple[TopicList, ...]:
    """Return the scope lists with the state of each topic and, on reference lists, its depth."""
    # start time: only a run that measures needs it
    from kg.metrics.coverage import topic_lists
    from kg.metrics.depth import with_depth

    return with_depth(subject, topic_lists(subject))


def all_measures(subject: Subject, lists: tuple[TopicList, ...], answered: tuple[Answer, ...]) -> tuple[Measure, ...]:
    """Return all measures in display order: content, relations, consistency, judgements by people."""
    # Imported here, because commands that measure nothing use the gates of this package.
    # start time: only a run that measures needs it
    from kg.metrics.association import concept_association, linkage
    from kg.metrics.competency import competency
    from kg.metrics.consistency import logical_consistency
    from kg.metrics.coverage import theory_coverage
    from kg.metrics.depth import theory_depth
    from kg.metrics.people import accuracy, clarity, innovation
    from kg.metrics.representation import representation_consistency
    from kg.metrics.trust import trust_measures

    subject = subject.of_concepts()
    targets, floors = subject.settings.targets, subject.settings.floors
    return (
        theory_coverage(lists, targets.get("theory_coverage"), floors.get("theory_coverage")),
        *theory_depth(subject, lists),
        competency(answered, targets.get("competency")),
        concept_association(subject.edges, subject.relations, subject.hierarchy, targets.get("concept_association")),
        linkage(subject.edges),
        representation_consistency(subject, targets.get("representation_consistency")),
        logical_consistency(subject, targets.get("logical_consistency")),
        *trust_measures(subject.corpus.concepts, targets, frozenset((*targets, *subject.settings.gates))),
        accuracy(subject.reviews, targets.get("accuracy")),
        clarity(subject.reviews, targets.get("clarity")),
        *innovation(subject.reviews, targets),
    )
