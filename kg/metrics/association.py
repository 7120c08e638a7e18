"""How well concepts are connected: `concept_association`, and `linkage`, which is only shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kg.model import Hierarchy, Measure, Relation
from kg.network.edges import StatedEdges
from kg.network.plain import connected_components

LACKS_TYPED = "typed-relations"
LACKS_ASSOCIATIVE = "non-hierarchical-relation"
LACKS_COMPONENT = "largest-component"
LACKS_BROADER = "broader-concept"


def concept_association(
    edges: StatedEdges, relations: Mapping[str, Relation], hierarchy: Hierarchy, target: float | None
) -> Measure:
    """Return the share of well connected concepts; METRICS.md, `concept_association`.

    A concept counts if it has asserted, typed relations to at least two different concepts, at least one of them not
    hierarchical, is in the largest component of such relations, and has a broader concept or is a declared top concept.
    Diagnostics: the graded form, which is the mean share of these four criteria that concepts meet; the share without the
    largest hub, OntoQA relationship richness (Tartir et al. 2005: associative relations / all relations), density of the typed
    graph, number of components, and of concepts without any typed relation.
    """
    graph = edges.typed_graph
    associative = edges.typed & ~hierarchical_flags(edges, relations)
    kept, reasons = _associated(edges, associative, hierarchy)
    total = len(graph.nodes)
    offenders = tuple(sorted(reasons))
    diagnostics: dict[str, float] = {}
    if total:
        degree = np.bincount(graph.ends.ravel(), minlength=total).tolist()
        lacking = sum(map(len, reasons.values()))
        diagnostics["criteria_met"] = (4 * total - lacking) / (4 * total)
        diagnostics["components"] = len(connected_components(total, graph.edges))
        diagnostics["isolated"] = degree.count(0)
        diagnostics["density"] = 2 * len(graph.edges) / (total * (total - 1)) if total > 1 else 0.0
        stated = int(edges.typed.sum())
        if stated:
            diagnostics["relationship_richness"] = int(associative.sum()) / stated
        if total > 1:
            hub = min(range(total), key=lambda i: (-degree[i], graph.nodes[i]))
            without, _ = _associated(edges, associative, hierarchy, hub)
            diagnostics["without_busiest_hub"] = without / (total - 1)
    return Measure(
        "concept_association",
        numerator=kept,
        denominator=total,
        target=target,
        offenders=offenders,
        reasons=reasons,
        note="" if total else "there are no concepts",
        diagnostics=diagnostics,
    )


def hierarchical_flags(edges: StatedEdges, relations: Mapping[str, Relation]) -> NDArray[np.bool_]:
    """Return for each edge whether its relation is hierarchical."""
    hierarchical = np.array([key in relations and relations[key].hierarchical for key in edges.keys], dtype=bool)
    return hierarchical[edges.relations] if len(edges.keys) else np.zeros(len(edges.sources), dtype=bool)


def _associated(
    edges: StatedEdges, associative: np.ndarray, hierarchy: Hierarchy, gone: int = -1
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
    tops, missing = set(hierarchy.tops), nodes[gone] if gone >= 0 else None
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


def linkage(edges: StatedEdges) -> Measure:
    """Return the share of concepts in the largest component of plain links and relations; METRICS.md, `linkage`.

    >>> edges = StatedEdges(tuple("abc"), np.array([0]), np.array([1]), np.array([0]), np.array([True]), ("r",))
    >>> m = linkage(edges); m.numerator, m.denominator, m.offenders
    (2, 3, ('c',))
    """
    graph = edges.graph
    groups = connected_components(len(graph.nodes), graph.edges)
    largest = groups[0] if groups and len(groups[0]) > 1 else []
    inside = set(largest)
    outside = tuple(sorted(n for i, n in enumerate(graph.nodes) if i not in inside))
    return Measure(
        "linkage", len(largest), len(graph.nodes), None, outside, note="" if graph.nodes else "there are no concepts"
    )
