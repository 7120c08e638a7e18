"""How well concepts are connected: `concept_association`, and `linkage`, which is only shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import networkx as nx

from kg.model import Hierarchy, Measure, Relation
from kg.network.plain import connected_components, is_asserted, is_asserted_typed, simple_graph

LACKS_TYPED = "typed-relations"
LACKS_ASSOCIATIVE = "non-hierarchical-relation"
LACKS_COMPONENT = "largest-component"
LACKS_BROADER = "broader-concept"


def concept_association(
    network: nx.MultiDiGraph[str], relations: Mapping[str, Relation], hierarchy: Hierarchy, target: float | None
) -> Measure:
    """Return the share of well connected concepts; METRICS.md, `concept_association`.

    A concept counts if it has asserted, typed relations to at least two different concepts, at least one of them not
    hierarchical, is in the largest component of such relations, and has a broader concept or is a declared top concept.
    Diagnostics: the share without the largest hub, OntoQA relationship richness (Tartir et al. 2005: associative relations /
    all relations), density of the typed graph, number of components, and of concepts without any typed relation.
    """
    graph = simple_graph(network, is_asserted_typed)
    kept, reasons = _associated(network, relations, hierarchy, frozenset())
    total = len(graph.nodes)
    offenders = tuple(sorted(reasons))
    diagnostics: dict[str, float] = {}
    if total:
        degree: dict[int, int] = defaultdict(int)
        for a, b in graph.edges:
            degree[a] += 1
            degree[b] += 1
        groups = connected_components(total, graph.edges)
        diagnostics["components"] = len(groups)
        diagnostics["isolated"] = sum(1 for i in range(total) if not degree[i])
        diagnostics["density"] = 2 * len(graph.edges) / (total * (total - 1)) if total > 1 else 0.0
        counts = _kinds(network, relations)
        if sum(counts):
            diagnostics["relationship_richness"] = counts[1] / sum(counts)
        if degree and total > 1:
            hub = min(degree, key=lambda i: (-degree[i], graph.nodes[i]))
            without, _ = _associated(network, relations, hierarchy, frozenset((graph.nodes[hub],)))
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


def _associated(
    network: nx.MultiDiGraph[str], relations: Mapping[str, Relation], hierarchy: Hierarchy, gone: Collection[str]
) -> tuple[int, dict[str, tuple[str, ...]]]:
    neighbours: dict[str, set[str]] = defaultdict(set)
    associative: set[str] = set()
    for source, target, key, data in network.edges(keys=True, data=True):
        if source in gone or target in gone or not is_asserted_typed(data):
            continue
        neighbours[source].add(target)
        neighbours[target].add(source)
        relation = relations.get(key)
        if relation is None or not relation.hierarchical:
            associative.add(source)
            associative.add(target)
    nodes = [n for n in network.nodes if n not in gone]
    number = {n: i for i, n in enumerate(nodes)}
    edges = [(number[a], number[b]) for a in neighbours for b in neighbours[a] if a < b]
    groups = connected_components(len(nodes), edges)
    largest = {nodes[i] for i in groups[0]} if groups and len(groups[0]) > 1 else set()
    tops = set(hierarchy.tops)
    reasons: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        lacks = []
        if len(neighbours[node]) < 2:
            lacks.append(LACKS_TYPED)
        if node not in associative:
            lacks.append(LACKS_ASSOCIATIVE)
        if node not in largest:
            lacks.append(LACKS_COMPONENT)
        if node not in tops and not any(p not in gone for p in hierarchy.parents.get(node, ())):
            lacks.append(LACKS_BROADER)
        if lacks:
            reasons[node] = tuple(lacks)
    return len(nodes) - len(reasons), reasons


def _kinds(network: nx.MultiDiGraph[str], relations: Mapping[str, Relation]) -> tuple[int, int]:
    """Return the numbers of asserted hierarchical and of other typed relations."""
    hierarchical = associative = 0
    for _, _, key, data in network.edges(keys=True, data=True):
        if is_asserted_typed(data):
            relation = relations.get(key)
            if relation is not None and relation.hierarchical:
                hierarchical += 1
            else:
                associative += 1
    return hierarchical, associative


def linkage(network: nx.MultiDiGraph[str]) -> Measure:
    """Return the share of concepts in the largest component of plain links and relations; METRICS.md, `linkage`.

    >>> g = nx.MultiDiGraph([("a", "b")]); g.add_node("c")
    >>> m = linkage(g); m.numerator, m.denominator, m.offenders
    (2, 3, ('c',))
    """
    graph = simple_graph(network, is_asserted)
    groups = connected_components(len(graph.nodes), graph.edges)
    largest = groups[0] if groups and len(groups[0]) > 1 else []
    inside = set(largest)
    outside = tuple(sorted(n for i, n in enumerate(graph.nodes) if i not in inside))
    return Measure(
        "linkage", len(largest), len(graph.nodes), None, outside, note="" if graph.nodes else "there are no concepts"
    )
