"""Concepts read back from the Dataset, so that a build can be opened without its notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pyoxigraph as ox

from kg.model import Concept
from kg.names import DCTERMS, KG, PROV, RDF, SKOS
from kg.rdf.dataset import Graph
from kg.rdf.vocabulary import Vocabulary, from_triples


def vocabulary_of(graph: Graph) -> Vocabulary:
    """The vocabulary that a graph carries."""
    store, default = graph.store, ox.DefaultGraph()
    subjects = {q.subject for q in store.quads_for_pattern(None, ox.NamedNode(KG + "key"), None, default)}
    subjects.add(ox.NamedNode(KG + "flowCondition"))
    queue = list(subjects)
    triples: list[ox.Triple] = []
    while queue:
        subject = queue.pop()
        for q in store.quads_for_pattern(subject, None, None, default):
            triples.append(q.triple)
            if q.predicate.value.endswith("subPropertyOf") and q.object not in subjects and isinstance(q.object, ox.NamedNode):
                subjects.add(q.object)
                queue.append(q.object)
    return from_triples(sorted(triples, key=str))


def concepts_of(graph: Graph, vocabulary: Vocabulary) -> dict[str, Concept]:
    """The concepts of a graph by IRI, in the order of their ids."""
    store, default = graph.store, ox.DefaultGraph()
    said: dict[str, dict[str, list[ox.Literal | ox.NamedNode]]] = defaultdict(lambda: defaultdict(list))
    concept = ox.NamedNode(SKOS + "Concept")
    names = [
        q.subject
        for q in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), concept, default)
        if isinstance(q.subject, ox.NamedNode)
    ]
    for name in names:
        for q in store.quads_for_pattern(name, None, None, default):
            if isinstance(q.object, ox.Literal | ox.NamedNode):
                said[name.value][q.predicate.value].append(q.object)
    areas = {
        q.object.value: _label_of(graph, q.subject)
        for q in store.quads_for_pattern(None, ox.NamedNode(SKOS + "member"), None, default)
        if isinstance(q.object, ox.NamedNode) and isinstance(q.subject, ox.NamedNode)
    }
    types = {iri: key for key, iri in vocabulary.types.items()}
    notes = {
        q.subject.value: q.object.value
        for q in store.quads_for_pattern(None, ox.NamedNode(KG + "path"), None, default)
        if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.Literal)
    }
    layers = {
        o.value: _label_of(graph, o)
        for about in said.values()
        for o in about.get(SKOS + "inScheme", ())
        if isinstance(o, ox.NamedNode) and o.value.startswith(f"{graph.base}layer/")
    }
    found = [_concept(iri, about, areas.get(iri, ""), layers, types, notes) for iri, about in said.items()]
    return {c.iri: c for c in sorted(found, key=lambda c: (c.id, c.iri))}


def _label_of(graph: Graph, node: ox.NamedNode) -> str:
    """What an area or a layer is called; its IRI may hold it with escapes."""
    found = graph.store.quads_for_pattern(node, ox.NamedNode(SKOS + "prefLabel"), None, ox.DefaultGraph())
    return next(iter(sorted(q.object.value for q in found if isinstance(q.object, ox.Literal))), "")


def _concept(
    iri: str,
    about: dict[str, list[ox.Literal | ox.NamedNode]],
    area: str,
    layers: dict[str, str],
    types: dict[str, str],
    notes: dict[str, str],
) -> Concept:
    def values(predicate: str) -> list[str]:
        return sorted(v.value for v in about.get(predicate, ()))

    def by_language(predicate: str) -> dict[str, str]:
        literals = (v for v in about.get(predicate, ()) if isinstance(v, ox.Literal))
        return {v.language or "": v.value for v in sorted(literals, key=str)}

    def first(found: Iterable[str]) -> str:
        return next(iter(found), "")

    paths = tuple(notes.get(v, v) for v in values(PROV + "wasDerivedFrom"))
    return Concept(
        iri=iri,
        id=first(values(DCTERMS + "identifier")) or iri.rpartition("/")[2].rpartition("#")[2],
        path=paths[0] if paths else "",
        labels=by_language(SKOS + "prefLabel") or {"": iri},
        alt_labels=tuple(
            sorted((v.value, v.language or "") for v in about.get(SKOS + "altLabel", ()) if isinstance(v, ox.Literal))
        ),
        type=first(types[v] for v in values(RDF + "type") if types.get(v, "concept") != "concept") or "concept",
        layer=first(layers[v] for v in values(SKOS + "inScheme") if v in layers),
        area=area,
        definitions=by_language(SKOS + "definition"),
        sources=tuple(values(DCTERMS + "source") + values(DCTERMS + "bibliographicCitation")),
        tags=tuple(values(DCTERMS + "subject")),
        status=first(values(KG + "status")),
        paths=paths,
    )
