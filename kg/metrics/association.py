"""How well concepts are connected: `concept_association`, and `linkage`, which is only shown."""

from __future__ import annotations

from collections.abc import Mapping

from kg.model import Hierarchy, Measure, Relation
from kg.network.criteria import (
    LACKS_ASSOCIATIVE,
    LACKS_BROADER,
    LACKS_COMPONENT,
    LACKS_TYPED,
    AssociationCounts,
    LinkageCounts,
    count_association,
    count_linkage,
    hierarchical_flags,
)
from kg.network.edges import StatedEdges

__all__ = [
    "LACKS_ASSOCIATIVE",
    "LACKS_BROADER",
    "LACKS_COMPONENT",
    "LACKS_TYPED",
    "association_measure",
    "concept_association",
    "hierarchical_flags",
    "linkage",
    "linkage_measure",
]


def concept_association(
    edges: StatedEdges, relations: Mapping[str, Relation], hierarchy: Hierarchy, target: float | None
) -> Measure:
    """Return the share of well connected concepts; docs/metrics.md, `concept_association`."""
    return association_measure(count_association(edges, relations, hierarchy), target)


def association_measure(counts: AssociationCounts, target: float | None) -> Measure:
    """Return `concept_association` from counts, whichever engine counted.

    A concept counts if it has asserted, typed relations to at least two different concepts, at least one of them not
    hierarchical, is in the largest component of such relations, and has a broader concept or is a declared top concept.
    Diagnostics: the graded form, which is the mean share of these four criteria that concepts meet; the share without the
    largest hub, OntoQA relationship richness (Tartir et al. 2005: associative relations / all relations), density of the typed
    graph, number of components, and of concepts without any typed relation.
    """
    total = counts.concepts
    diagnostics: dict[str, float] = {}
    if total:
        diagnostics["criteria_met"] = (4 * total - counts.lacking) / (4 * total)
        diagnostics["components"] = counts.components
        diagnostics["isolated"] = counts.isolated
        diagnostics["density"] = 2 * counts.pairs / (total * (total - 1)) if total > 1 else 0.0
        if counts.typed:
            diagnostics["relationship_richness"] = counts.associative / counts.typed
        if total > 1:
            diagnostics["without_busiest_hub"] = counts.without_hub / (total - 1)
    return Measure(
        "concept_association",
        numerator=counts.associated,
        denominator=total,
        target=target,
        offenders=tuple(sorted(counts.reasons)),
        reasons=counts.reasons,
        note="" if total else "there are no concepts",
        diagnostics=diagnostics,
    )


def linkage(edges: StatedEdges) -> Measure:
    """Return the share of concepts in the largest component of plain links and relations; docs/metrics.md, `linkage`.

    >>> import numpy as np
    >>> edges = StatedEdges(tuple("abc"), np.array([0]), np.array([1]), np.array([0]), np.array([True]), ("r",))
    >>> m = linkage(edges); m.numerator, m.denominator, m.offenders
    (2, 3, ('c',))
    """
    return linkage_measure(count_linkage(edges))


def linkage_measure(counts: LinkageCounts) -> Measure:
    """Return `linkage` from counts, whichever engine counted."""
    note = "" if counts.concepts else "there are no concepts"
    return Measure("linkage", counts.inside, counts.concepts, None, counts.outside, note=note)
