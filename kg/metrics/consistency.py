"""Logical consistency: the share of concepts without contradictions, by SKOS integrity conditions and the hierarchy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import pyoxigraph as ox

from kg.base.names import OWL, RDF, SKOS
from kg.graph import Graph
from kg.metrics.conditions import CONTRADICTION, CYCLE, FAILED, HARD, S9, S13, S14, S27, S37, S46, TWO_DEFINITIONS
from kg.metrics.subject import Subject
from kg.model import Hierarchy, Measure


def logical_consistency(
    subject: Subject, target: float | None, further: Mapping[str, tuple[str, ...]] | None = None
) -> Measure:
    """Return 1 − concepts in a violation / concepts; docs/metrics.md, `logical_consistency`.

    `diagnostics["hard_gate_breaches"]` counts violations of SKOS S9, S13, S14, S27, S37 and S46, of which none is allowed. S27
    is checked on the transitive hierarchy. Further violations are cycles, relations that the vocabulary declares incompatible
    (`owl:AsymmetricProperty`, `owl:propertyDisjointWith`), two definitions in one language, failed evidence, and
    those in `further` by concept, such as violations of shapes.
    """
    graph, network, hierarchy = subject.graph, subject.network, subject.hierarchy
    reasons: dict[str, set[str]] = defaultdict(set)
    _labels(graph, reasons)
    _matches(graph, reasons)
    _kinds(graph, reasons)
    _contradictions(graph, reasons)
    above = _closure(hierarchy)
    # `cycles` contains one cycle per strongly connected component; all concepts above themselves are contradictory.
    for node in hierarchy.parents if hierarchy.cycles else ():
        if node in above(node):
            reasons[node].add(CYCLE)
    for source, target_, key in network.edges(keys=True):
        if key == SKOS + "related" and (target_ in above(source) or source in above(target_)):
            reasons[source].add(S27)
            reasons[target_].add(S27)
    for iri, evidence in subject.evidence_of.items():
        reasons[iri].update(f"{FAILED}: {e.key}" for e in evidence if e.verdict == "failed")
    for iri, violations in (further or {}).items():
        reasons[iri].update(violations)
    offenders = {n: tuple(sorted(why)) for n, why in sorted(reasons.items()) if why and n in network}
    breaches = sum(1 for why in offenders.values() for w in why if w in HARD)
    total = network.number_of_nodes()
    committed = {iri: n for iri in network if (n := subject.committed(iri))}
    return Measure(
        "logical_consistency",
        numerator=total - len(offenders),
        denominator=total,
        target=target,
        offenders=tuple(offenders),
        reasons=offenders,
        note="" if total else "there are no concepts",
        diagnostics={"hard_gate_breaches": breaches},
        committed=sum(committed.values()),
        resting=sum(iri not in offenders for iri in committed),
    )


def _kinds(graph: Graph, reasons: dict[str, set[str]]) -> None:
    """Add violations of S9 and S37: a concept can be neither a scheme nor a collection."""

    def instances(*names: str) -> set[str]:
        return {
            q.subject.value
            for name in names
            for q in graph.store.quads_for_pattern(
                None, ox.NamedNode(RDF + "type"), ox.NamedNode(SKOS + name), ox.DefaultGraph()
            )
            if isinstance(q.subject, ox.NamedNode)
        }

    schemes, collections = instances("ConceptScheme"), instances("Collection", "OrderedCollection")
    if schemes or collections:
        concepts = instances("Concept")
        for iri in concepts & schemes:
            reasons[iri].add(S9)
        for iri in concepts & collections:
            reasons[iri].add(S37)


def _contradictions(graph: Graph, reasons: dict[str, set[str]]) -> None:
    """Add relations that are incompatible according to the vocabulary."""
    store, default = graph.store, ox.DefaultGraph()

    def pairs(relation: ox.NamedNode) -> set[tuple[str, str]]:
        return {
            (q.subject.value, q.object.value)
            for q in store.quads_for_pattern(None, relation, None, default)
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.NamedNode)
        }

    rules: list[tuple[set[tuple[str, str]], str]] = []
    for q in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(OWL + "AsymmetricProperty"), default):
        if isinstance(q.subject, ox.NamedNode):
            found = pairs(q.subject)
            rules.append(({p for p in found if p[::-1] in found}, f"{q.subject.value} holds in both directions"))
    for q in store.quads_for_pattern(None, ox.NamedNode(OWL + "propertyDisjointWith"), None, default):
        if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.NamedNode):
            both = pairs(q.subject) & pairs(q.object)
            rules.append((both, f"{q.subject.value} and {q.object.value} exclude each other"))
    for breached, why in rules:
        for pair in breached:
            for iri in pair:
                reasons[iri].add(f"{CONTRADICTION}: {why}")


def _labels(graph: Graph, reasons: dict[str, set[str]]) -> None:
    def by_concept(name: str) -> dict[str, list[ox.Literal]]:
        found: dict[str, list[ox.Literal]] = defaultdict(list)
        for q in graph.store.quads_for_pattern(None, ox.NamedNode(SKOS + name), None, ox.DefaultGraph()):
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.Literal):
                found[q.subject.value].append(q.object)
        return found

    preferred, alternative = by_concept("prefLabel"), by_concept("altLabel")
    for iri, labels in preferred.items():
        languages = [label.language for label in labels]
        if len(set(languages)) < len(languages):
            reasons[iri].add(S14)
        if set(labels) & set(alternative.get(iri, ())):
            reasons[iri].add(S13)
    for iri, definitions in by_concept("definition").items():
        languages = [d.language for d in definitions]
        if len(set(languages)) < len(languages):
            reasons[iri].add(TWO_DEFINITIONS)


def _matches(graph: Graph, reasons: dict[str, set[str]]) -> None:
    """Add violations of S46; mappings to concepts of other schemes are in the graph but not in the network."""

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
    """Return a function from a concept to all concepts above it, computed on demand."""
    closures: dict[str, frozenset[str]] = {}

    def above(node: str) -> frozenset[str]:
        if node not in closures:
            seen: set[str] = set()
            queue = list(hierarchy.parents.get(node, ()))
            while queue:
                current = queue.pop()
                if current not in seen:
                    seen.add(current)
                    queue.extend(hierarchy.parents.get(current, ()))
            closures[node] = frozenset(seen)
        return closures[node]

    return above
