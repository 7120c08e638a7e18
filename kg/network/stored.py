"""The surroundings of concepts from the store of a graph, so that a query about two concepts needn't load the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from kg.base import files
from kg.base.about import ontology_folder
from kg.base.names import KG, LINKS_TO, OWL, RDF, RDFS, SKOS, inferred_iri, iri_path
from kg.graph import Graph
from kg.graph.ask import ask_own, select_own
from kg.graph.rules import Stated
from kg.model import Relation
from kg.network.around import Layer, Origin, Reach, Statement, StatementsByConcept

# Above this share of all concepts (one in _MANY), or this number, reading a whole layer at once is cheaper.
_MANY: Final = 10
_LEAST_MANY: Final = 1_000
_SINGLY: Final = 300  # up to this many resources are tested one by one for being concepts, instead of listing all concepts
_CONCEPT: Final = ox.NamedNode(SKOS + "Concept")
_TYPE: Final = ox.NamedNode(RDF + "type")


class Stored(StatementsByConcept):
    """The statements that `project_network` turns into edges, concept by concept, and the suggestions of the build, if any.

    A statement is inferred if it is in the graph of a rule (``…inferred/…``), and suggested if it is in a graph
    whose IRI begins with ``…suggested`` and not in the default graph.
    """

    def __init__(self, graph: Graph, relations: Mapping[str, Relation]) -> None:
        super().__init__()
        self._store = graph.store
        self._relations = relations
        self._rules = ox.Literal(inferred_iri(graph.base))
        self._suggestions = ox.Literal(f"{graph.base}suggested")
        built_in = (
            inferred_iri(graph.base) + iri_path(path.stem) for path in files.entries(ontology_folder() / "rules", ".rq")
        )
        self._built_in_rules = ", ".join(str(ox.Literal(rule)) for rule in sorted(built_in))
        self._is_concept: dict[str, bool] = {}
        self._all: frozenset[str] | None = None
        self._looked_up = 0

    def load(self, concepts: Iterable[str], reach: Reach) -> None:
        """Look up several concepts at once; after many of them, all remaining ones."""
        if self._all is None:
            concepts = set(concepts)
            self._looked_up += len(concepts - self._loaded["relations"])
            if self._looked_up > _LEAST_MANY and self._looked_up * _MANY > len(self._concepts()):
                self._all = self._concepts()
        super().load(concepts if self._all is None else self._all, reach)

    def _look_up(self, concepts: set[str], layer: Layer) -> Iterator[Statement]:
        match layer:
            case "relations":
                statements = self._relations_of(concepts)
            case "links":
                statements = self._links_of(concepts)
            case "suggestions":
                statements = self._suggestions_of(concepts)
        rows = list(statements)
        concept = self._are_concepts({end for row in rows for end in (row[0], row[2])})
        for s, p, o, origin in rows:
            if s != o and s in concept and o in concept:
                yield Statement(s, p, o, p in self._relations, origin)

    def _relations_of(self, concepts: set[str]) -> Iterator[tuple[str, str, str, Origin]]:
        """Yield relations; those in the graph of a rule are inferred."""
        if self._all is not None:
            stated = set(self._rows(f"?p <{KG}key> ?key . ?s ?p ?o"))
            inferred = set(self._rows(f"?g <{KG}byRule> ?rule . GRAPH ?g {{ ?s ?p ?o }}"))
        else:
            sides = _either("?s ?p ?o", concepts)
            stated = {row for side in sides for row in self._rows(f"{side} FILTER(?p != <{LINKS_TO}> && isIRI(?o))")}
            stated = {row for row in stated if row[1] in self._relations}
            listed = " ".join(f"(<{s}> <{p}> <{o}>)" for s, p, o in sorted(stated))
            within = f"GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), {self._rules}))"
            inferred = set(self._rows(f"VALUES (?s ?p ?o) {{ {listed} }} {within}"))
        for row in stated:
            if row[1] in self._relations:
                yield (*row, "inferred" if row in inferred else "asserted")

    def _links_of(self, concepts: set[str]) -> Iterator[tuple[str, str, str, Origin]]:
        """Yield plain links. One query per concept, which may have thousands: so rows needn't repeat the concept."""
        inferred = self._inferred_links
        if self._all is not None:
            pairs = ((s, o) for s, _, o in self._rows(f"?s <{LINKS_TO}> ?o", f"?s (<{LINKS_TO}> AS ?p) ?o"))
        else:
            pairs = (
                pair
                for c in concepts
                for pair in (
                    *((c, o) for o in self._ends(f"<{c}> <{LINKS_TO}> ?x")),
                    *((s, c) for s in self._ends(f"?x <{LINKS_TO}> <{c}>")),
                )
            )
        for s, o in pairs:
            yield s, LINKS_TO, o, "inferred" if (s, o) in inferred else "asserted"

    @cached_property
    def _inferred_links(self) -> frozenset[tuple[str, str]]:
        """Plain links that rules inferred.

        Finding them is as expensive as reading all inferred statements, and few knowledge bases can have any: that needs a
        rule of its own, or a relation with plain links as super-property or inverse.
        """
        own = f"?rule a <{KG}Rule> FILTER(STR(?rule) NOT IN ({self._built_in_rules}))"
        ties = " UNION ".join(
            f"{{ {pattern} }}"
            for pattern in (
                own,
                f"?x <{RDFS}subPropertyOf> <{LINKS_TO}>",
                f"?x <{OWL}inverseOf> <{LINKS_TO}>",
                f"<{LINKS_TO}> <{OWL}inverseOf> ?x",
                f"<{LINKS_TO}> <{KG}key> ?x",
            )
        )
        if not ask_own(self._store, f"ASK {{ {ties} }}"):
            return frozenset()
        rows = self._rows(f"?g <{KG}byRule> ?rule . GRAPH ?g {{ ?s <{LINKS_TO}> ?o }}", f"?s (<{LINKS_TO}> AS ?p) ?o")
        return frozenset((s, o) for s, _, o in rows)

    def _suggestions_of(self, concepts: set[str]) -> Iterator[tuple[str, str, str, Origin]]:
        """Yield the statements in graphs of suggestions."""
        pattern = "GRAPH ?g { ?s ?p ?o }"
        for side in (pattern,) if self._all is not None else _either(pattern, concepts):
            for row in self._rows(f"{side} FILTER(STRSTARTS(STR(?g), {self._suggestions}))"):
                yield (*row, "suggested")

    def _rows(self, where: str, columns: str = "?s ?p ?o") -> Iterator[Stated]:
        """Yield subject, predicate and object of the matches of a pattern, all of them IRIs."""
        results = select_own(self._store, f"SELECT {columns} WHERE {{ {where} }}")
        for s, p, o in results:
            if isinstance(s, ox.NamedNode) and isinstance(o, ox.NamedNode):
                yield Stated(s.value, p.value, o.value)

    def _ends(self, where: str) -> Iterator[str]:
        results = select_own(self._store, f"SELECT ?x WHERE {{ {where} }}")
        return (x.value for (x,) in results if isinstance(x, ox.NamedNode))

    def _are_concepts(self, things: set[str]) -> set[str] | frozenset[str]:
        """Return those of the resources that are concepts."""
        if self._all is not None:
            return self._all
        is_concept = self._is_concept
        new = things - is_concept.keys()
        if len(new) > _SINGLY:
            is_concept.update(dict.fromkeys(new, False) | dict.fromkeys(self._concepts(), True))
        for thing in things - is_concept.keys():
            is_concept[thing] = ox.Quad(ox.NamedNode(thing), _TYPE, _CONCEPT, ox.DefaultGraph()) in self._store
        return {thing for thing in things if is_concept[thing]}

    def _concepts(self) -> frozenset[str]:
        """All concepts."""
        return frozenset(self._ends(f"?x a {_CONCEPT}"))


def _either(pattern: str, concepts: set[str]) -> tuple[str, str]:
    """Return a pattern restricted to concepts as subject, and one restricted to concepts as object."""
    listed = " ".join(f"<{c}>" for c in sorted(concepts))
    return f"VALUES ?s {{ {listed} }} {pattern}", f"VALUES ?o {{ {listed} }} {pattern}"
