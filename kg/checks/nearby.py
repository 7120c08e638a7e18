"""The part of a graph that rules about a few resources read: their statements, and some of their neighbours'.

A rule for RDF files asks about thousands of notes if it is asked of the whole graph, and only what it finds about the files'
own resources is reported. Of this part, it finds the same about them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Final

import pyoxigraph as ox

from kg.base.names import KG, RDF, SKOS
from kg.graph import Graph

_A: Final = ox.NamedNode(RDF + "type")
_BY_RULE: Final = ox.NamedNode(KG + "byRule")
_HIERARCHY: Final = tuple(
    ox.NamedNode(SKOS + name) for name in ("broader", "narrower", "broaderTransitive", "narrowerTransitive")
)
_MOST: Final = 100_000
"""Statements: copying more takes longer than the queries do."""


def copy_nearby(graph: Graph, resources: Iterable[str], most: int = _MOST) -> Graph | None:
    """Return the statements of some resources and of their neighbours, from all graphs; None if they are more than `most`.

    Of the resources: all statements, as subject or object, with the rules of inferred ones. Of the neighbours, the other ends
    of these statements: their classes, and what is stated to be broader or narrower. A check with ``reads: neighbours`` in its
    header looks no further.
    """
    store, near = graph.store, ox.Store()
    own = [ox.NamedNode(iri) for iri in resources]
    statements = chain.from_iterable(
        chain(store.quads_for_pattern(node, None, None), store.quads_for_pattern(None, None, node)) for node in own
    )
    quads = set(islice(statements, most + 1))
    if len(quads) > most:
        return None
    neighbours = {end for q in quads for end in (q.subject, q.object) if isinstance(end, ox.NamedNode | ox.BlankNode)}
    for node in neighbours.difference(own):
        quads.update(store.quads_for_pattern(node, _A, None))
        for step in _HIERARCHY:
            quads.update(store.quads_for_pattern(node, step, None), store.quads_for_pattern(None, step, node))
        if len(quads) > most:
            return None
    places = {q.graph_name for q in quads if not isinstance(q.graph_name, ox.DefaultGraph)}
    quads.update(q for place in places for q in store.quads_for_pattern(place, _BY_RULE, None))
    near.extend(quads)
    return Graph(near, graph.base)
