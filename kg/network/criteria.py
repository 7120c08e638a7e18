"""The criteria of `concept_association`, counted: what engines at any scale return, and the count on arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.model import Hierarchy, Relation
from kg.network.edges import StatedEdges
from kg.network.plain import connected_components

LACKS_TYPED: Final = "typed-relations"
LACKS_ASSOCIATIVE: Final = "non-hierarchical-relation"
LACKS_COMPONENT: Final = "largest-component"
LACKS_BROADER: Final = "broader-concept"
LACKS: Final = (LACKS_TYPED, LACKS_ASSOCIATIVE, LACKS_COMPONENT, LACKS_BROADER)


class AssociationCounts(NamedTuple):
    """How many concepts meet the criteria of `concept_association`."""

    concepts: int
    associated: int
    """Concepts that meet all four criteria."""
    lacking: int
    """Sum over concepts of the criteria that they don't meet."""
    components: int
    """Components of typed relations; a concept without any is one."""
    isolated: int
    """Concepts without a typed relation."""
    pairs: int
    """Different pairs of concepts with typed relations."""
    typed: int
    """Typed edges."""
    associative: int
    """Typed edges that aren't hierarchical."""
    without_hub: int
    """`associated` if the concept with the most neighbours didn't exist."""
    reasons: Mapping[str, tuple[str, ...]]
    """IRI of a concept → what it lacks; an engine may return only the first ones by IRI."""


class LinkageCounts(NamedTuple):
    """How many concepts are connected by relations and plain links."""

    concepts: int
    inside: int
    """Concepts in the largest component; 0 if nothing is connected."""
    outside: tuple[str, ...]
    """IRIs of the others, sorted; an engine may return only the first ones."""


def count_association(edges: StatedEdges, relations: Mapping[str, Relation], hierarchy: Hierarchy) -> AssociationCounts:
    """Return the counts for a network in memory, with the reasons of all concepts."""
    graph = edges.typed_graph
    associative = edges.typed & ~hierarchical_flags(edges, relations)
    kept, reasons = _associated(edges, associative, hierarchy)
    total = len(graph.nodes)
    degree = np.bincount(graph.ends.ravel(), minlength=total).tolist()
    without = 0
    if total > 1:
        hub = min(range(total), key=lambda i: (-degree[i], graph.nodes[i]))
        without, _ = _associated(edges, associative, hierarchy, hub)
    return AssociationCounts(
        concepts=total,
        associated=kept,
        lacking=sum(map(len, reasons.values())),
        components=len(connected_components(total, graph.edges)),
        isolated=degree.count(0) if total else 0,
        pairs=len(graph.edges),
        typed=int(edges.typed.sum()),
        associative=int(associative.sum()),
        without_hub=without,
        reasons=reasons,
    )


def count_linkage(edges: StatedEdges) -> LinkageCounts:
    """Return the counts for a network in memory."""
    graph = edges.graph
    groups = connected_components(len(graph.nodes), graph.edges)
    largest = groups[0] if groups and len(groups[0]) > 1 else []
    inside = set(largest)
    return LinkageCounts(len(graph.nodes), len(largest), tuple(sorted(n for i, n in enumerate(graph.nodes) if i not in inside)))


def hierarchical_flags(edges: StatedEdges, relations: Mapping[str, Relation]) -> NDArray[np.bool_]:
    """Return for each edge whether its relation is hierarchical."""
    hierarchical = np.array([key in relations and relations[key].hierarchical for key in edges.keys], dtype=bool)
    return hierarchical[edges.relations] if len(edges.keys) else np.zeros(len(edges.sources), dtype=bool)


def _associated(
    edges: StatedEdges, associative: NDArray[np.bool_], hierarchy: Hierarchy, gone: int = -1
) -> tuple[int, dict[str, tuple[str, ...]]]:
    """The number of well connected concepts, and what each of the others lacks; the node `gone` is left out."""
    nodes, ends = edges.nodes, edges.typed_graph.ends
    ends = ends[(ends != gone).all(axis=1)]
    degree = np.bincount(ends.ravel(), minlength=len(nodes)).tolist()
    here = associative & (edges.sources != gone) & (edges.targets != gone)
    joined = np.zeros(len(nodes), dtype=bool)
    joined[edges.sources[here]] = joined[edges.targets[here]] = True
    groups = connected_components(len(nodes), ends.tolist())
    largest = set(groups[0]) if groups and len(groups[0]) > 1 else set()
    tops, missing = {*hierarchy.tops, *hierarchy.anchored}, nodes[gone] if gone >= 0 else None
    reasons: dict[str, tuple[str, ...]] = {}
    for i, node in enumerate(nodes):
        if i == gone:
            continue
        lacks = []
        if degree[i] < 2:
            lacks.append(LACKS_TYPED)
        if not joined[i]:
            lacks.append(LACKS_ASSOCIATIVE)
        if i not in largest:
            lacks.append(LACKS_COMPONENT)
        if node not in tops and not any(p != missing for p in hierarchy.parents.get(node, ())):
            lacks.append(LACKS_BROADER)
        if lacks:
            reasons[node] = tuple(lacks)
    return len(nodes) - (gone >= 0) - len(reasons), reasons
