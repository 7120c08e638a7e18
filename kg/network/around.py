"""The surroundings of a concept: its statements and neighbours, looked up by concept in any source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    import networkx as nx

Origin = Literal["asserted", "inferred", "suggested"]
Layer = Literal["relations", "links", "suggestions"]
"""Kinds of statements looked up together: relations and plain links include inferred ones."""


class Reach(IntEnum):
    """The statements that count as a step; each level includes those before it."""

    TYPED = 0
    """Relations that an author stated."""
    WRITTEN = 1
    """Plain links too: everything that authors wrote."""
    INFERRED = 2
    SUGGESTED = 3


_LAYERS: Final[Mapping[Reach, tuple[Layer, ...]]] = {
    Reach.TYPED: ("relations",),
    Reach.WRITTEN: ("relations", "links"),
    Reach.INFERRED: ("relations", "links"),
    Reach.SUGGESTED: ("relations", "links", "suggestions"),
}


class Statement(NamedTuple):
    """A statement about two concepts."""

    subject: str
    predicate: str
    object: str
    typed: bool
    origin: Origin = "asserted"

    @property
    def reach(self) -> Reach:
        """The first level that includes the statement."""
        if self.origin == "asserted":
            return Reach.TYPED if self.typed else Reach.WRITTEN
        return Reach.INFERRED if self.origin == "inferred" else Reach.SUGGESTED


class StatementsByConcept(ABC):
    """Statements by concept, looked up on first use and cached."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, set[Statement]]] = defaultdict(lambda: defaultdict(set))
        self._loaded: dict[Layer, set[str]] = {"relations": set(), "links": set(), "suggestions": set()}
        self._known: dict[tuple[str, Reach], frozenset[str]] = {}

    @abstractmethod
    def _look_up(self, concepts: set[str], layer: Layer) -> Iterable[Statement]:
        """Return all statements of a layer with one of the concepts at either end; others may be included."""

    def load(self, concepts: Iterable[str], reach: Reach) -> None:
        """Look up several concepts at once, before they are used."""
        concepts = set(concepts)
        for layer in _LAYERS[reach]:
            new = concepts - self._loaded[layer]
            if new:
                for s in self._look_up(new, layer):
                    for here, other in ((s.subject, s.object), (s.object, s.subject)):
                        if here in new:
                            self._said[here][other].add(s)
                self._loaded[layer] |= new

    def neighbours(self, concept: str, reach: Reach) -> frozenset[str]:
        """Return the concepts connected with this one by statements of a level, in either direction."""
        neighbours = self._known.get((concept, reach))
        if neighbours is None:
            self.load((concept,), reach)
            said = self._said.get(concept, {})
            neighbours = frozenset(other for other, statements in said.items() if any(s.reach <= reach for s in statements))
            self._known[concept, reach] = neighbours
        return neighbours

    def between(self, first: str, second: str, reach: Reach) -> list[Statement]:
        """Return the statements between two concepts: asserted ones first, of these the ones from first to second first."""
        self.load((first,), reach)
        found = self._said.get(first, {}).get(second, ())
        return sorted((s for s in found if s.reach <= reach), key=lambda s: (s.origin, s.subject != first, s))

    def statements(self, concept: str, reach: Reach) -> list[Statement]:
        """Return all statements about a concept."""
        self.load((concept,), reach)
        return sorted(s for found in self._said.get(concept, {}).values() for s in found if s.reach <= reach)


class Projected(StatementsByConcept):
    """The statements in a network from `project_network`, which contains no suggestions.

    >>> import networkx as nx
    >>> g = nx.MultiDiGraph()
    >>> _ = g.add_edge("a", "b", "uses", asserted=True, typed=True)
    >>> Projected(g).between("b", "a", Reach.TYPED)
    [Statement(subject='a', predicate='uses', object='b', typed=True, origin='asserted')]
    """

    def __init__(self, network: nx.MultiDiGraph[str]) -> None:
        super().__init__()
        self._network = network

    def _look_up(self, concepts: set[str], layer: Layer) -> Iterator[Statement]:
        for concept in concepts:
            for edges in (
                self._network.out_edges(concept, keys=True, data=True),
                self._network.in_edges(concept, keys=True, data=True),
            ):
                for subject, object_, predicate, data in edges:
                    typed = bool(data.get("typed", True))
                    if typed == (layer == "relations") and layer != "suggestions":
                        origin: Origin = "asserted" if data.get("asserted", True) else "inferred"
                        yield Statement(subject, predicate, object_, typed, origin)
