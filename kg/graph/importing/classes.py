"""The SKOS classes of resources: stated, or entailed by the domains and ranges of SKOS properties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.names import BLANK_PATH, ISO_THES, RDF, RDFS, SKOS

GROUPS: Final = {ISO_THES + "ThesaurusArray": "Collection", ISO_THES + "ConceptGroup": "Collection"}
"""Classes of ISO 25964 that are sub-classes of SKOS's, and usually used without saying so."""
KINDS: Final = ("Concept", "Collection", "OrderedCollection", "ConceptScheme")
SEMANTIC: Final = ("broader", "narrower", "related", "broaderTransitive", "narrowerTransitive", "semanticRelation")
"""Local names of the properties between two concepts (SKOS Reference, S18–S22)."""
MAPPINGS: Final = ("mappingRelation", "closeMatch", "exactMatch", "broadMatch", "narrowMatch", "relatedMatch")
"""Local names of the mapping properties (S38–S41), whose other end is usually described elsewhere."""


class _Ends(NamedTuple):
    """What a property entails about its two ends: local names of classes, empty for nothing."""

    subject: str
    object: str


_ENDS: Final[Mapping[str, _Ends]] = {
    **dict.fromkeys((*SEMANTIC, *MAPPINGS), _Ends("Concept", "Concept")),  # S19, S20; S39 for mappings
    "inScheme": _Ends("", "ConceptScheme"),  # S4
    "hasTopConcept": _Ends("ConceptScheme", "Concept"),  # S5, S6
    "topConceptOf": _Ends("Concept", "ConceptScheme"),  # S7, S8
    "member": _Ends("Collection", ""),  # S31
    "memberList": _Ends("OrderedCollection", ""),  # S33
}

Pairs = Callable[[str], Iterable[tuple[str, str]]]
"""Predicate → subject and object of each of its statements; the object of a literal is empty."""


def stated_classes(pairs_of: Pairs, own: Iterable[tuple[str, str]] = ()) -> dict[str, set[str]]:
    """Return resource → the local names of the SKOS classes that its types are, or are sub-classes of."""
    kinds = {SKOS + kind: kind for kind in KINDS} | GROUPS | dict(own)
    children = _descendants(pairs_of(RDFS + "subClassOf"))
    kinds |= {name: kind for class_, kind in tuple(kinds.items()) for name in children(class_) if name not in kinds}
    classes: dict[str, set[str]] = defaultdict(set)
    for subject, class_ in pairs_of(RDF + "type"):
        if class_ in kinds:
            classes[subject].add(kinds[class_])
    return dict(classes)


def entail_classes(
    pairs_of: Pairs, is_described: Callable[[str], bool], own: Iterable[tuple[str, str]] = ()
) -> dict[str, set[str]]:
    """Return resource → the local names of its SKOS classes, stated and entailed.

    The far end of a mapping counts only if `is_described`: usually it belongs to another vocabulary. `own` has further classes
    that count as one of SKOS, as pairs of IRI and local name.

    >>> pairs = {SKOS + "broader": [("a", "b")], SKOS + "exactMatch": [("b", "x")], SKOS + "inScheme": [("a", "s")]}
    >>> {k: sorted(v) for k, v in entail_classes(lambda p: pairs.get(p, ()), lambda name: name in "ab").items()}
    {'a': ['Concept'], 'b': ['Concept'], 's': ['ConceptScheme']}
    """
    classes: dict[str, set[str]] = defaultdict(set, stated_classes(pairs_of, own))
    for name, ends, property_ in _used(pairs_of):
        for subject, object_ in pairs_of(property_):
            if ends.subject:
                classes[subject].add(ends.subject)
            if ends.object and object_ and (name not in MAPPINGS or is_described(object_)):
                classes[object_].add(ends.object)
    return dict(classes)


def entail_stored_classes(store: ox.Store, base: str) -> None:
    """Add the entailed classes to the default graph of a store; a blank node with a class gets an IRI (see `blank_iri`)."""
    default = ox.DefaultGraph()

    def pairs_of(predicate: str) -> Iterator[tuple[str, str]]:
        for q in store.quads_for_pattern(None, ox.NamedNode(predicate), None, default):
            yield name_of(q.subject), "" if isinstance(q.object, ox.Literal) else name_of(q.object)

    def is_described(name: str) -> bool:
        return next(store.quads_for_pattern(_node(name), None, None, default), None) is not None

    classes = entail_classes(pairs_of, is_described)
    iris: dict[object, ox.NamedNode] = {}
    for name, kinds in classes.items():
        node = _node(name)
        if isinstance(node, ox.BlankNode):
            iris[node] = ox.NamedNode(blank_iri(base, node.value))
            node = iris[node]
        names = kinds | {"Collection"} if "OrderedCollection" in kinds else kinds  # S29
        store.extend(ox.Quad(node, ox.NamedNode(RDF + "type"), ox.NamedNode(SKOS + kind), default) for kind in names)
    for blank in iris:
        quads = {*store.quads_for_pattern(blank, None, None, default), *store.quads_for_pattern(None, None, blank, default)}  # type: ignore[arg-type]  # a blank node
        for q in quads:
            store.remove(q)
            store.add(ox.Quad(iris.get(q.subject, q.subject), q.predicate, iris.get(q.object, q.object), default))


def name_of(term: object) -> str:
    """Return the IRI of a resource, or the label of a blank node after ``_:``."""
    return term.value if isinstance(term, ox.NamedNode) else f"_:{getattr(term, 'value', '')}"


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)


def blank_iri(base: str, label: str) -> str:
    """Return the IRI that stands for a blank node (RDF 1.1 Concepts, 3.5: a Skolem IRI)."""
    return f"{base}{BLANK_PATH}{label}"


def blank_label(iri: str) -> str:
    """Return the label of the blank node that an IRI stands for; empty if it stands for none.

    >>> blank_label(blank_iri("https://e.org/", "b0")), blank_label("https://e.org/b0")
    ('b0', '')
    """
    return iri.partition(BLANK_PATH)[2]


def _used(pairs_of: Pairs) -> Iterator[tuple[str, _Ends, str]]:
    """Yield each SKOS property with what it entails and its own IRI, and the same for its declared sub-properties."""
    children = _descendants(pairs_of(RDFS + "subPropertyOf"))
    for name, ends in _ENDS.items():
        for property_ in (SKOS + name, *(p for p in children(SKOS + name) if not p.startswith(SKOS))):
            yield name, ends, property_


def _descendants(pairs: Iterable[tuple[str, str]]) -> Callable[[str], Iterable[str]]:
    """Return a function from a term to all terms below it; cycles are followed once."""
    below: dict[str, set[str]] = defaultdict(set)
    for child, parent in pairs:
        below[parent].add(child)

    def descendants(term: str) -> Iterable[str]:
        seen: set[str] = set()
        queue = [term]
        while queue:
            for child in below.get(queue.pop(), ()):
                if child not in seen and child != term:
                    seen.add(child)
                    queue.append(child)
        return sorted(seen)

    return descendants
