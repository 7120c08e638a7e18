"""Lines of a map: the asserted relations of one kind between two concepts, merged into one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from kg.base.names import LINKS_TO
from kg.model import Assessment

HIERARCHICAL: Final = 0
ASSOCIATIVE: Final = 1
LINK: Final = 2
KINDS: Final = ("hierarchical", "associative", "link")


class DrawnTriple(NamedTuple):
    """An asserted relation, as drawn on a map."""

    subject: str
    relation: str
    object: str


class Line(NamedTuple):
    """The relations of one kind between two concepts, read from `source` or, if reversed, from `target`."""

    source: str
    target: str
    kind: int
    relations: tuple[tuple[str, bool], ...]
    """(IRI of the relation, whether it points from source to target), sorted."""


class Lines:
    """All lines of a knowledge base, indexed by concept."""

    def __init__(self, assessment: Assessment) -> None:
        self._by_concept: dict[str, dict[str, tuple[Line, ...]]] = {iri: {} for iri in assessment.corpus.concepts}
        for (a, b), triples in sorted(_by_pair(assessment).items()):
            lines = tuple(_merge(a, b, triples, assessment))
            self._by_concept[a][b] = self._by_concept[b][a] = lines

    def neighbours(self, iri: str) -> dict[str, tuple[Line, ...]]:
        """Neighbours of a concept with the lines to them."""
        return self._by_concept[iri]

    def between(self, chosen: Iterable[str]) -> list[Line]:
        """The lines between the chosen concepts, in a stable order."""
        inside = set(chosen)
        result: list[Line] = []
        for iri in sorted(inside):
            others = self._by_concept[iri]
            # A hub has thousands of neighbours and is on many pages, so iterate over the smaller set.
            both = [o for o in inside if o in others] if len(inside) <= len(others) else [o for o in others if o in inside]
            for neighbour in sorted(o for o in both if o > iri):
                result += others[neighbour]
        return result

    def all(self) -> Iterable[Line]:
        """Each line once, in a stable order."""
        for iri in sorted(self._by_concept):
            others = self._by_concept[iri]
            for neighbour in sorted(others):
                if neighbour > iri:
                    yield from others[neighbour]


def _by_pair(assessment: Assessment) -> dict[tuple[str, str], set[DrawnTriple]]:
    """Asserted triples by unordered pair of concepts; inferred triples would be redundant."""
    concepts = assessment.corpus.concepts
    pairs: dict[tuple[str, str], set[DrawnTriple]] = {}
    for a, b, relation, attributes in assessment.network.edges(keys=True, data=True):
        if a != b and a in concepts and b in concepts and attributes.get("asserted", True):
            pairs.setdefault((a, b) if a < b else (b, a), set()).add(_upwards(a, relation, b, assessment))
    return pairs


def _upwards(a: str, relation: str, b: str, assessment: Assessment) -> DrawnTriple:
    """The triple or its inverse, so that hierarchical arrows point to the broader concept."""
    meaning = assessment.relations.get(relation)
    if meaning is not None and meaning.kind == "narrower" and meaning.inverse is not None:
        return DrawnTriple(b, meaning.inverse, a)
    return DrawnTriple(a, relation, b)


def _merge(a: str, b: str, triples: set[DrawnTriple], assessment: Assessment) -> Iterable[Line]:
    """One line for each kind; a plain link parallel to a typed relation is dropped."""
    if len(triples) == 1:
        ((subject, relation, _),) = triples
        yield Line(a, b, kind_of(relation, assessment), ((relation, subject == a),))
        return
    by_kind: dict[int, list[tuple[str, bool]]] = {}
    kept: set[DrawnTriple] = set()
    for triple in sorted(triples):
        subject, relation, target = triple
        meaning = assessment.relations.get(relation)
        mirrors = {DrawnTriple(target, relation, subject)} if meaning is not None and meaning.symmetric else set()
        if meaning is not None and meaning.inverse is not None:
            mirrors.add(DrawnTriple(target, meaning.inverse, subject))
        if mirrors & kept:
            continue
        kept.add(triple)
        by_kind.setdefault(kind_of(relation, assessment), []).append((relation, subject == a))
    for kind in sorted(by_kind):
        if kind != LINK or len(by_kind) == 1:
            yield Line(a, b, kind, tuple(by_kind[kind]))


def kind_of(relation: str, assessment: Assessment) -> int:
    """The line kind of a relation, an index into `KINDS`."""
    meaning = assessment.relations.get(relation)
    if relation == LINKS_TO:
        return LINK
    return HIERARCHICAL if meaning is not None and meaning.hierarchical else ASSOCIATIVE
