"""The surroundings of concepts beyond the border: with the concepts of other knowledge bases, and what those state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from kg.graph import Graph
from kg.graph.rules import Stated
from kg.model import ForeignBase, Relation
from kg.network.around import Layer, Statement
from kg.network.stored import Stored


class Bordered(Stored):
    """The statements of a build, and the typed relations in the inventories of other knowledge bases."""

    def __init__(self, graph: Graph, relations: Mapping[str, Relation], bases: Iterable[ForeignBase]) -> None:
        super().__init__(graph, relations)
        self._foreign: frozenset[str] = frozenset()
        self._beyond: dict[str, list[Statement]] = defaultdict(list)
        self.origins: dict[Stated, str] = {}
        """Statement → the name of the knowledge base that states it."""
        for base in bases:
            self._foreign |= frozenset(concept.iri for concept in base.concepts.values())
            for subject, predicate, object_ in base.relations:
                if predicate in relations and subject != object_:
                    statement = Statement(subject, predicate, object_, typed=True)
                    self.origins.setdefault(Stated(subject, predicate, object_), base.name)
                    self._beyond[subject].append(statement)
                    self._beyond[object_].append(statement)

    def _look_up(self, concepts: set[str], layer: Layer) -> Iterator[Statement]:
        yield from super()._look_up(concepts, layer)
        beyond = {s for c in concepts for s in self._beyond.get(c, ())} if layer == "relations" else set()
        ends = self._are_concepts({end for s in beyond for end in (s.subject, s.object)})
        yield from (s for s in beyond if s.subject in ends and s.object in ends)

    def _are_concepts(self, things: set[str]) -> set[str] | frozenset[str]:
        return super()._are_concepts(things) | (things & self._foreign)
