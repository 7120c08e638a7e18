"""Measures: numbers with numerator, denominator, target and offenders, as METRICS.md defines them."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx

from kg.metrics.association import concept_association, linkage
from kg.metrics.consistency import logical_consistency
from kg.metrics.coverage import theory_coverage
from kg.model import Concept, Hierarchy, Measure, Relation
from kg.rdf import Graph

__all__ = ["all_measures"]


def all_measures(
    graph: Graph,
    network: nx.MultiDiGraph[str],
    relations: Mapping[str, Relation],
    concepts: Mapping[str, Concept],
    hierarchy: Hierarchy,
    targets: Mapping[str, float],
) -> tuple[Measure, ...]:
    """Every measure that machines can take, in the order in which it is shown."""
    return (
        theory_coverage(graph, concepts, targets.get("theory_coverage")),
        concept_association(network, relations, hierarchy, targets.get("concept_association")),
        linkage(network),
        logical_consistency(graph, network, hierarchy, targets.get("logical_consistency")),
    )
