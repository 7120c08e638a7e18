"""Unlinked pairs of concepts that share neighbours, with all measures of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kg.model import PairMeasures
from kg.network.edges import StatedEdges
from kg.network.nearness import mean_nearness
from kg.network.neighbours import jaccard, resource_allocation, strongest_pairs
from kg.network.terms import ConceptTerms, shared_terms, term_weights

_HUB: Final = 200
"""Maximum degree of shared neighbours: hubs say little about a pair and would make the search quadratic."""
_TERMS: Final = 5


def find_missing_pairs(edges: StatedEdges, limit: int) -> tuple[PairMeasures, ...]:
    """Return the `limit` unlinked pairs with the highest Adamic–Adar index, with the other measures that edges determine.

    `kg.network.neighbours` defines each index. Shared neighbours with more than 200 links are excluded from Adamic–Adar.

    >>> import networkx as nx
    >>> from kg.network.edges import stated_edges
    >>> edges = stated_edges(nx.MultiDiGraph([("a", "c"), ("b", "c"), ("c", "d")]))
    >>> [(p.first, p.second, round(p.adamic_adar, 2), p.shared, round(p.jaccard, 2)) for p in find_missing_pairs(edges, 1)]
    [('a', 'b', 0.91, ('c',), 1.0)]
    """
    graph = edges.graph
    best = strongest_pairs(graph, limit, _HUB)
    around: dict[int, set[int]] = {end: set() for pair in best.pairs for end in pair}
    for a, b in graph.edges:
        if a in around:
            around[a].add(b)
        if b in around:
            around[b].add(a)
    allocation, overlap, nearness = (f(graph, best.pairs).tolist() for f in (resource_allocation, jaccard, mean_nearness))
    measured = []
    for i, (a, b) in enumerate(best.pairs):
        neighbours = tuple(graph.nodes[n] for n in sorted(around[a] & around[b]))
        measured.append(
            PairMeasures(graph.nodes[a], graph.nodes[b], best.scores[i], neighbours, allocation[i], overlap[i], nearness[i])
        )
    return tuple(measured)


def compare_terms(pairs: Sequence[PairMeasures], terms: ConceptTerms) -> tuple[PairMeasures, ...]:
    """Return the pairs with the similarity of their terms, and the terms that both have, highest weight first."""
    weight = term_weights(terms.of)
    compared = []
    for pair in pairs:
        first, second = (terms.of.get(end, frozenset()) for end in (pair.first, pair.second))
        likeness, both = shared_terms(first, second, weight)
        compared.append(pair._replace(likeness=likeness, terms=both[:_TERMS]))
    return tuple(compared)
