"""The network: a directed multigraph of concepts projected from the Dataset, so that SPARQL and measures see the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from kg.base.names import KG, LINKS_TO, SKOS, inferred_iri, notes_iri
from kg.graph import Graph
from kg.graph.ask import select_own
from kg.model import NetworkEdge, Relation

if TYPE_CHECKING:
    import networkx as nx


class _Edge(NamedTuple):
    """An edge of the network, before it is added."""

    source: str
    target: str
    relation: str
    typed: bool
    path: str
    line: int
    """-1 for an inferred statement; 0 if the line is unknown."""


class ProjectedEdges(NamedTuple):
    """A network as plain data."""

    nodes: list[str]
    edges: list[NetworkEdge]


def project_network(graph: Graph, relations: Mapping[str, Relation]) -> nx.MultiDiGraph[str]:
    """Return the network with concepts as nodes and relations as edges, keyed by the relation's IRI; see `project_edges`.

    Edge attributes: ``asserted``, ``typed``, ``path`` and ``line``.
    """
    # start time: networkx is only for those who walk a network
    import networkx as nx

    projected = project_edges(graph, relations)
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(projected.nodes)
    for source, target, key, asserted, typed, path, line in projected.edges:
        network.add_edge(source, target, key=key, asserted=asserted, typed=typed, path=path, line=line)
    return network


def list_edges(network: nx.MultiDiGraph[str]) -> Iterator[NetworkEdge]:
    """Yield the edges of a network in its order."""
    for source, target, key, data in network.edges(keys=True, data=True):
        stated = data.get("asserted", True), data.get("typed", True)
        yield NetworkEdge(source, target, key, *stated, data.get("path") or "", data.get("line") or 0)


def project_edges(graph: Graph, relations: Mapping[str, Relation], *, typed: bool = False) -> ProjectedEdges:
    """Return the concepts of a graph and the relations between them, sorted.

    An edge is asserted (by an author) unless a rule inferred it, and typed unless it is a plain link. Its place is the first;
    empty and 0 for imported graphs. Only statements between concepts in the default graph count; self-loops are left out.
    Super-properties entailed by every relation are left out too: an edge is as specific as the assertion. With `typed`, plain
    links are left out too, which are most edges of a large network.
    """
    store = graph.store
    concepts = select_own(store, f"SELECT ?s {{ ?s a <{SKOS}Concept> }}")
    nodes = {s.value for (s,) in concepts if isinstance(s, ox.NamedNode)}
    notes_prefix, rules_prefix = notes_iri(graph.base), inferred_iri(graph.base)
    # A thesaurus that states its own sub-property of a relation states the relation: its property is none of `relations`.
    declared_prefix = f"{rules_prefix}skos-sub-property/"
    paths = _paths(store)
    edges: list[_Edge] = []
    for iri in relations if typed else (*relations, LINKS_TO):
        inferred: set[tuple[str, str]] = set()
        declared: set[tuple[str, str]] = set()
        places: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        pairs: list[tuple[str, str]] = []
        for s, o in select_own(store, f"SELECT ?s ?o {{ ?s <{iri}> ?o }}"):
            pair = (s.value, o.value)
            if pair[0] in nodes and pair[1] in nodes and pair[0] != pair[1] and isinstance(o, ox.NamedNode):
                pairs.append(pair)
        # In two queries, since Oxigraph reads the quads of all graphs at once more slowly.
        for s, o, g in select_own(store, f"SELECT ?s ?o ?g {{ GRAPH ?g {{ ?s <{iri}> ?o }} }}"):
            name = g.value
            if not isinstance(o, ox.NamedNode):
                continue  # the text of a literal may be an IRI
            if name.startswith(declared_prefix):
                declared.add((s.value, o.value))
            elif name.startswith(rules_prefix):
                inferred.add((s.value, o.value))
            elif name.startswith(notes_prefix):
                note, _, line = name.partition("#L")
                places[s.value, o.value].append((paths.get(note, note), int(line) if line.isdigit() else 0))
        is_typed = iri != LINKS_TO
        for pair in pairs:
            path, at = min(places[pair]) if pair in places else ("", 0)
            if pair in declared:
                inferred.discard(pair)
            # `tuple.__new__` saves a call for each named tuple.
            edges.append(tuple.__new__(_Edge, (*pair, iri, is_typed, path, at if pair not in inferred else -1)))
    rows = [
        tuple.__new__(NetworkEdge, (source, target, key, at >= 0, is_typed, path, max(at, 0)))
        for source, target, key, is_typed, path, at in sorted(edges)
    ]
    return ProjectedEdges(sorted(nodes), rows)


def _paths(store: ox.Store) -> dict[str, str]:
    rows = select_own(store, f"SELECT ?s ?o {{ ?s <{KG}path> ?o }}")
    return {s.value: o.value for s, o in rows if isinstance(s, ox.NamedNode) and isinstance(o, ox.Literal)}
