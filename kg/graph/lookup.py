"""Looks up concepts by name, and their labels, in the store, without loading all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from kg.base.errors import UsageError
from kg.base.names import DCTERMS, RDF, SKOS, fold, iri_path
from kg.graph.ask import select_own
from kg.graph.concepts import find_concept, id_among, labels_by_language
from kg.graph.dataset import Graph
from kg.model import ForeignConcept, text_in

_TYPE: Final = ox.NamedNode(RDF + "type")
_CONCEPT: Final = ox.NamedNode(SKOS + "Concept")
_PREFERRED: Final = ox.NamedNode(SKOS + "prefLabel")
_OTHER: Final = ox.NamedNode(SKOS + "altLabel")
_IDENTIFIER: Final = ox.NamedNode(DCTERMS + "identifier")
_REPLACED: Final = ox.NamedNode(DCTERMS + "isReplacedBy")
_PREDICATES: Final = (_IDENTIFIER, _PREFERRED, _OTHER)


class ConceptNames(NamedTuple):
    """The names of a concept, with the fields of `Concept`."""

    iri: str
    id: str
    labels: Mapping[str, str]
    alt_labels: tuple[tuple[str, str], ...]
    former_ids: tuple[str, ...] = ()
    """Only of a concept that was looked for among all."""

    def label(self, lang: str) -> str:
        """The preferred label in a language, else in English, else any."""
        return text_in(self.labels, lang)


class Directory:
    """The names of a graph's concepts; lookups are cached."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._read: dict[str, list[ox.Literal | ox.NamedNode]] = {}
        self._known: dict[str, ConceptNames] = {}
        self._foreign: dict[str, ConceptNames] = {}

    def add_foreign(self, concepts: Iterable[ForeignConcept]) -> None:
        """Find concepts of other knowledge bases too, by IRI or as notes name them: ``cncf:container``."""
        for concept in concepts:
            labels = {lang: f"{text} ({concept.base})" for lang, text in concept.labels.items()}
            names = ConceptNames(concept.iri, concept.name, labels, ())
            if concept.iri not in self._known and ox.Quad(ox.NamedNode(concept.iri), _TYPE, _CONCEPT) not in self._graph.store:
                self._known[concept.iri] = self._foreign[concept.iri] = self._foreign[fold(concept.name)] = names

    def names(self, iri: str) -> ConceptNames:
        """Return the names of a concept."""
        if iri not in self._known:
            node, quads = ox.NamedNode(iri), self._graph.store.quads_for_pattern
            values: dict[ox.NamedNode, list[object]] = {
                p: [q.object for q in quads(node, p, None, ox.DefaultGraph())] for p in _PREDICATES
            }
            self._known[iri] = _names(iri, values)
        return self._known[iri]

    def find(self, name: str) -> ConceptNames:
        """Return the concept with a name; same result and errors as `kg.graph.concepts.find_concept`."""
        if (foreign := self._foreign.get(name) or self._foreign.get(fold(name))) is not None:
            return foreign
        exact = [n for n in self._called(lambda text: text == name, name, (_IDENTIFIER,)) if name in (n.id, n.iri)]
        if len(exact) == 1:
            return exact[0]
        key = fold(name)
        try:
            return find_concept(_by_iri(self._called(lambda text: fold(text) == key, name, _PREDICATES)), name)
        except UsageError:
            return find_concept(_all_names(self._graph), name)  # near misses need all concepts

    def _called(self, means: Callable[[str], bool], name: str, predicates: Iterable[ox.NamedNode]) -> list[ConceptNames]:
        """Return the concepts whose IRI, id, or object of one of the predicates matches a name."""
        # Compare texts first, then look up their concepts: reading terms from the store is slow.
        store, default = self._graph.store, ox.DefaultGraph()
        nodes: set[object] = set()
        for predicate in predicates:
            for text in {t for t in self._terms(f"?c {predicate} ?x") if means(t.value)}:
                nodes |= {q.subject for q in store.quads_for_pattern(None, predicate, text, default)}
        # The id of a concept without identifier is the end of its IRI.
        unnamed = self._terms(f"?x a {_CONCEPT} MINUS {{ ?x {_IDENTIFIER} ?id }}")
        nodes |= {n for n in unnamed if means(id_among(n.value, ()))}
        if ":" in name:
            nodes |= {n for n in self._terms(f"?x a {_CONCEPT}") if means(n.value)}
        concepts = (n for n in nodes if isinstance(n, ox.NamedNode) and ox.Quad(n, _TYPE, _CONCEPT, default) in store)
        return [self.names(n.value) for n in concepts]

    def _terms(self, where: str) -> list[ox.Literal | ox.NamedNode]:
        """Return the values of ?x in a pattern."""
        if where not in self._read:
            results = select_own(self._graph.store, f"SELECT ?x WHERE {{ {where} }}")
            self._read[where] = [x for (x,) in results if isinstance(x, ox.Literal | ox.NamedNode)]
        return self._read[where]


def _all_names(graph: Graph) -> dict[str, ConceptNames]:
    """Return all concepts by IRI, in order of id."""
    store, default = graph.store, ox.DefaultGraph()
    values_of: dict[str, dict[ox.NamedNode, list[object]]] = {
        q.subject.value: defaultdict(list)
        for q in store.quads_for_pattern(None, _TYPE, _CONCEPT, default)
        if isinstance(q.subject, ox.NamedNode)
    }
    for predicate in _PREDICATES:
        for q in store.quads_for_pattern(None, predicate, None, default):
            if isinstance(q.subject, ox.NamedNode) and q.subject.value in values_of:
                values_of[q.subject.value][predicate].append(q.object)
    former: dict[str, list[str]] = defaultdict(list)
    for q in store.quads_for_pattern(None, _REPLACED, None, default):
        if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.NamedNode) and q.subject.value not in values_of:
            former[q.object.value].append(q.subject.value)
    return _by_iri(_with_former(_names(iri, about), former.get(iri, ())) for iri, about in values_of.items())


def _with_former(names: ConceptNames, iris: Iterable[str]) -> ConceptNames:
    """Return names with the ids of the IRIs that lead to the concept."""
    start = names.iri.removesuffix(iri_path(names.id))
    return names._replace(former_ids=tuple(unquote(iri.removeprefix(start)) for iri in sorted(iris) if iri.startswith(start)))


def _by_iri(names: Iterable[ConceptNames]) -> dict[str, ConceptNames]:
    """Return names by IRI, in order of id."""
    return {n.iri: n for n in sorted(names, key=lambda n: (n.id, n.iri))}


def _names(iri: str, values: Mapping[ox.NamedNode, list[object]]) -> ConceptNames:
    others = (v for v in values.get(_OTHER, ()) if isinstance(v, ox.Literal))
    identifiers = (v.value for v in values.get(_IDENTIFIER, ()) if isinstance(v, ox.Literal | ox.NamedNode))
    return ConceptNames(
        iri,
        id_among(iri, identifiers),
        labels_by_language(values.get(_PREFERRED, ())) or {"": iri},
        tuple(sorted((v.value, v.language or "") for v in others)),
    )
