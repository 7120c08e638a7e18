"""Logical consistency: the share of concepts in no contradiction, over the SKOS integrity conditions and the hierarchy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import networkx as nx
import pyoxigraph as ox

from kg.model import Hierarchy, Measure
from kg.names import SKOS
from kg.rdf import Graph

# SKOS Reference, section 8.4 (S27), 5.4 (S13, S14), 10.4 (S46): https://www.w3.org/TR/skos-reference/
S13 = "S13: a label is both preferred and alternative"
S14 = "S14: two preferred labels in one language"
S27 = "S27: related to a concept above or below it"
S46 = "S46: exact match of a concept that it also matches as broader or related"
CYCLE = "hierarchy cycle"
TWO_DEFINITIONS = "two definitions in one language"


def logical_consistency(
    graph: Graph,
    network: nx.MultiDiGraph[str],
    hierarchy: Hierarchy,
    target: float | None,
) -> Measure:
    """1 − concepts in a violation / concepts; METRICS.md, `logical_consistency`.

    `diagnostics["hard_gate_breaches"]` counts breaches of SKOS S13, S14, S27 and S46, of which none is allowed.
    """
    reasons: dict[str, set[str]] = defaultdict(set)
    _labels(graph, reasons)
    _matches(graph, reasons)
    above = _closure(hierarchy)
    # `cycles` names one cycle of each knot; all that are above themselves are in a contradiction.
    for node in hierarchy.parents if hierarchy.cycles else ():
        if node in above(node):
            reasons[node].add(CYCLE)
    for source, target_, key in network.edges(keys=True):
        if key == SKOS + "related" and (target_ in above(source) or source in above(target_)):
            reasons[source].add(S27)
            reasons[target_].add(S27)
    known = {n: tuple(sorted(why)) for n, why in sorted(reasons.items()) if n in network}
    breaches = sum(1 for why in known.values() for w in why if w in (S13, S14, S27, S46))
    total = network.number_of_nodes()
    return Measure(
        "logical_consistency", total - len(known), total, target, tuple(known), known,
        note="" if total else "there are no concepts", diagnostics={"hard_gate_breaches": breaches},
    )  # fmt: skip


def _labels(graph: Graph, reasons: dict[str, set[str]]) -> None:
    def by_concept(name: str) -> dict[str, list[ox.Literal]]:
        found: dict[str, list[ox.Literal]] = defaultdict(list)
        for q in graph.store.quads_for_pattern(None, ox.NamedNode(SKOS + name), None, ox.DefaultGraph()):
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.Literal):
                found[q.subject.value].append(q.object)
        return found

    preferred, other = by_concept("prefLabel"), by_concept("altLabel")
    for iri, labels in preferred.items():
        languages = [label.language for label in labels]
        if len(set(languages)) < len(languages):
            reasons[iri].add(S14)
        if set(labels) & set(other.get(iri, ())):
            reasons[iri].add(S13)
    for iri, definitions in by_concept("definition").items():
        languages = [d.language for d in definitions]
        if len(set(languages)) < len(languages):
            reasons[iri].add(TWO_DEFINITIONS)


def _matches(graph: Graph, reasons: dict[str, set[str]]) -> None:
    """Breaches of S46; mappings to concepts of other schemes stand in the graph and not in the network."""

    def pairs(name: str) -> set[tuple[str, str]]:
        found = graph.store.quads_for_pattern(None, ox.NamedNode(SKOS + name), None, ox.DefaultGraph())
        return {
            (q.subject.value, q.object.value)
            for q in found
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.NamedNode)
        }

    exact = pairs("exactMatch")
    others = pairs("broadMatch") | pairs("narrowMatch") | pairs("relatedMatch") if exact else set()
    for pair in exact:
        if pair in others or pair[::-1] in others:
            reasons[pair[0]].add(S46)
            reasons[pair[1]].add(S46)


def _closure(hierarchy: Hierarchy) -> Callable[[str], frozenset[str]]:
    """Concept → all concepts above it, computed where it is asked for."""
    known: dict[str, frozenset[str]] = {}

    def above(node: str) -> frozenset[str]:
        if node not in known:
            seen: set[str] = set()
            queue = list(hierarchy.parents.get(node, ()))
            while queue:
                current = queue.pop()
                if current not in seen:
                    seen.add(current)
                    queue.extend(hierarchy.parents.get(current, ()))
            known[node] = frozenset(seen)
        return known[node]

    return above
