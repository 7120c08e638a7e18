"""Lines of a map: the asserted relations of one kind between two concepts, merged into one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    """The lines of a knowledge base by concept, merged when they are first asked for: one map shows few of them."""

    def __init__(self, assessment: Assessment) -> None:
        self._assessment = assessment
        self._by_concept: dict[str, dict[str, tuple[Line, ...]]] = {}

    def neighbours(self, iri: str) -> dict[str, tuple[Line, ...]]:
        """Neighbours of a concept with the lines to them, in order of IRI."""
        lines = self._by_concept.get(iri)
        if lines is None:
            network, concepts = self._assessment.network, self._assessment.corpus.concepts
            ends = {*network.succ[iri], *network.pred[iri]} - {iri} if iri in network else set()
            lines = {end: own for end in sorted(ends & concepts.keys()) if (own := self._join(iri, end))}
            self._by_concept[iri] = lines
        return lines

    def _join(self, iri: str, end: str) -> tuple[Line, ...]:
        """The lines between two concepts; none if nothing between them is asserted."""
        others = self._by_concept.get(end)
        if others is not None:
            return others.get(iri, ())
        a, b = (iri, end) if iri < end else (end, iri)
        succ = self._assessment.network.succ
        triples = {
            _upwards(source, relation, target, self._assessment)
            for source, target in ((a, b), (b, a))
            for relation, attributes in succ[source].get(target, {}).items()
            if attributes.get("asserted", True)
        }
        return tuple(_merge(a, b, triples, self._assessment)) if triples else ()

    def typed(self) -> Iterator[Line]:
        """Each line but plain links once. Merges no lines between concepts without a typed relation."""
        concepts = self._assessment.corpus.concepts
        pairs = {
            (a, b) if a < b else (b, a)
            for a, b, relation in self._assessment.network.edges(keys=True)
            if relation != LINKS_TO and a != b and a in concepts and b in concepts
        }
        for a, b in pairs:
            yield from (line for line in self._join(a, b) if line.kind != LINK)

    def between(self, chosen: Iterable[str]) -> list[Line]:
        """The lines between the chosen concepts, in a stable order."""
        inside = set(chosen)
        result: list[Line] = []
        for iri in sorted(inside):
            others = self.neighbours(iri)
            # A hub has thousands of neighbours and is on many pages, so iterate over the smaller set.
            both = [o for o in inside if o in others] if len(inside) <= len(others) else [o for o in others if o in inside]
            for neighbour in sorted(o for o in both if o > iri):
                result += others[neighbour]
        return result

    def all(self) -> Iterable[Line]:
        """Each line once, in a stable order."""
        for iri in sorted(self._assessment.corpus.concepts):
            for neighbour, lines in self.neighbours(iri).items():
                if neighbour > iri:
                    yield from lines


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
