"""Reads concepts from the Dataset, so that a build can be used without its notes."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

import pyoxigraph as ox

from kg.base.errors import UnknownNameError, UsageError
from kg.base.names import DCTERMS, KG, PROV, RDF, RDFS, SKOS, fold, iri_path, local_name
from kg.graph.ask import select_own
from kg.graph.dataset import Graph
from kg.graph.vocabulary import Vocabulary, from_triples
from kg.model import Concept

_PREDICATES: Final = (
    *(RDF + "type", PROV + "wasDerivedFrom", KG + "status"),
    *(SKOS + name for name in ("prefLabel", "altLabel", "definition", "inScheme")),
    *(DCTERMS + name for name in ("identifier", "source", "bibliographicCitation", "subject")),
)
"""What `Concept` holds of a concept's statements."""
_NEAR: Final = 3
_ALIKE: Final = 0.6


def vocabulary_of(graph: Graph) -> Vocabulary:
    """Return the vocabulary that a graph contains."""
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


def planned_classes(graph: Graph) -> frozenset[str]:
    """Return the IRIs of `kg:Task`, `kg:Plan` and their subclasses: their instances are work, not knowledge."""
    classes = {ox.NamedNode(KG + "Task"), ox.NamedNode(KG + "Plan")}
    queue = list(classes)
    while queue:
        for quad in graph.store.quads_for_pattern(None, ox.NamedNode(RDFS + "subClassOf"), queue.pop(), ox.DefaultGraph()):
            if isinstance(quad.subject, ox.NamedNode) and quad.subject not in classes:
                classes.add(quad.subject)
                queue.append(quad.subject)
    return frozenset(c.value for c in classes)


def planned_concepts(graph: Graph) -> frozenset[str]:
    """Return the IRIs of plans and tasks: instances of `kg:Task`, `kg:Plan` and their subclasses."""
    store, default = graph.store, ox.DefaultGraph()
    classes = map(ox.NamedNode, planned_classes(graph))
    found = (q for c in classes for q in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), c, default))
    return frozenset(q.subject.value for q in found if isinstance(q.subject, ox.NamedNode))


def concepts_of(graph: Graph, vocabulary: Vocabulary) -> dict[str, Concept]:
    """Return the concepts of a graph by IRI, in order of id."""
    store, default = graph.store, ox.DefaultGraph()
    rows = select_own(store, f"SELECT ?s {{ ?s a <{SKOS}Concept> }}")
    values_of: dict[str, dict[str, list[ox.Literal | ox.NamedNode]]] = {
        s.value: defaultdict(list) for (s,) in rows if isinstance(s, ox.NamedNode)
    }
    # One query a predicate: reading all quads of each concept, with its links, takes three times as long.
    for predicate in _PREDICATES:
        # Not only concepts are derived from notes: that rows of others aren't read is worth a join.
        concept = f"?s a <{SKOS}Concept> ." if predicate == PROV + "wasDerivedFrom" else ""
        for s, o in select_own(store, f"SELECT ?s ?o {{ {concept} ?s <{predicate}> ?o }}"):
            if isinstance(s, ox.NamedNode) and s.value in values_of and isinstance(o, ox.Literal | ox.NamedNode):
                values_of[s.value][predicate].append(o)
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
        for about in values_of.values()
        for o in about.get(SKOS + "inScheme", ())
        if isinstance(o, ox.NamedNode) and o.value.startswith(f"{graph.base}layer/")
    }
    found = [_concept(iri, about, areas.get(iri, ""), layers, types, notes) for iri, about in values_of.items()]
    return {c.iri: c for c in sorted(found, key=lambda c: (c.id, c.iri))}


def _label_of(graph: Graph, node: ox.NamedNode) -> str:
    """Return the name of an area or a layer; its IRI may contain the name with escapes."""
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
        return labels_by_language(about.get(predicate, ()))

    def first(found: Iterable[str]) -> str:
        return next(iter(found), "")

    derived = values(PROV + "wasDerivedFrom")
    # Concepts also derive from other concepts and from sources outside.
    paths = tuple(notes[v] for v in derived if v in notes) or tuple(v for v in derived if not notes)
    return Concept(
        iri=iri,
        id=id_among(iri, values(DCTERMS + "identifier")),
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


def labels_by_language(terms: Iterable[object]) -> dict[str, str]:
    """Return the text of literals by language; of several in one language, the last."""
    return {v.language or "": v.value for v in sorted((v for v in terms if isinstance(v, ox.Literal)), key=str)}


def id_among(iri: str, identifiers: Iterable[str]) -> str:
    """Return the id of a concept: the first identifier, or else the end of its IRI."""
    return min(identifiers, default="") or local_name(iri)


def label_of(graph: Graph, iri: str, lang: str) -> str:
    """Return the label of a vocabulary term in a language, else in English, else in any; empty if it has none."""
    found = graph.store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(RDFS + "label"), None, ox.DefaultGraph())
    labels = {q.object.language or "": q.object.value for q in found if isinstance(q.object, ox.Literal)}
    return labels.get(lang) or labels.get("en") or next((labels[k] for k in sorted(labels)), "")


class Named(Protocol):
    """An object with the names of a concept."""

    @property
    def iri(self) -> str: ...  # noqa: D102  # as Concept says
    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def labels(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def alt_labels(self) -> Sequence[tuple[str, str]]: ...  # noqa: D102
    @property
    def former_ids(self) -> Sequence[str]: ...  # noqa: D102


N = TypeVar("N", bound=Named)


def find_concept(concepts: Mapping[str, N], name: str) -> N:
    """Return the concept with a name: its id or IRI, else a label in any language, else another label, else a former id or IRI.

    Case is ignored. Raises UsageError if no concept has the name (with near misses), and if several have it.
    """
    key = fold(name)
    exact = [c for c in concepts.values() if name in (c.id, c.iri)]
    if len(exact) == 1:
        return exact[0]
    for names in (_names, _labels, _other_labels, _former_names):
        matches = [c for c in concepts.values() if key in map(fold, names(c))]
        if len(matches) == 1:
            return matches[0]
        if matches:
            which = ", ".join(c.id if c.id != name else c.iri for c in matches)
            raise UsageError(f"{len(matches)} concepts called '{name}'", hint=f"give one of: {which}")
    near = near_concepts(concepts, name)
    raise UnknownNameError(f"no concept called '{name}'", name, near, otherwise="give its id, IRI or label")


def _names(concept: Named) -> tuple[str, ...]:
    return (concept.id, concept.iri)


def _labels(concept: Named) -> tuple[str, ...]:
    return tuple(concept.labels.values())


def _other_labels(concept: Named) -> tuple[str, ...]:
    return tuple(text for text, _ in concept.alt_labels)


def _former_names(concept: Named) -> tuple[str, ...]:
    start = concept.iri.removesuffix(iri_path(concept.id)) if concept.former_ids else ""
    return tuple(name for former in concept.former_ids for name in (former, start + iri_path(former)))


def near_concepts(concepts: Mapping[str, N], name: str) -> list[str]:
    """Return the ids of the concepts whose id or label is most similar to a name."""
    owners: dict[str, str] = {}
    for concept in concepts.values():
        for text in (concept.id, *_labels(concept), *_other_labels(concept)):
            owners.setdefault(fold(text), concept.id)
    close = difflib.get_close_matches(fold(name), owners, 3 * _NEAR, _ALIKE)
    return list(dict.fromkeys(owners[text] for text in close))[:_NEAR]
