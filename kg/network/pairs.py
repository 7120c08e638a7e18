"""Unlinked pairs of concepts that share neighbours, with all measures of pairs."""

from __future__ import annotations

from typing import Final

import networkx as nx

from kg.model import PairMeasures
from kg.network.nearness import mean_nearness
from kg.network.neighbours import jaccard, resource_allocation, strongest_pairs
from kg.network.plain import is_asserted, simple_graph
from kg.network.terms import ConceptTerms, shared_terms, term_weights

_HUB: Final = 200
"""Maximum degree of shared neighbours: hubs say little about a pair and would make the search quadratic."""
_TERMS: Final = 5


def find_missing_pairs(
    network: nx.MultiDiGraph[str], limit: int, terms: ConceptTerms | None = None
) -> tuple[PairMeasures, ...]:
    """Return the `limit` unlinked pairs with the highest Adamic–Adar index, and their other measures.

    `kg.network.neighbours` defines each index. Shared neighbours with more than 200 links are excluded from
    Adamic–Adar. `terms` are those of `kg.network.terms`; without them no terms are shared.

    >>> g = nx.MultiDiGraph([("a", "c"), ("b", "c"), ("c", "d")])
    >>> [(p.first, p.second, round(p.adamic_adar, 2), p.shared, round(p.jaccard, 2)) for p in find_missing_pairs(g, 1)]
    [('a', 'b', 0.91, ('c',), 1.0)]
    """
    graph = simple_graph(network, is_asserted)
    best = strongest_pairs(graph, limit, _HUB)
    around: dict[int, set[int]] = {end: set() for pair in best.pairs for end in pair}
    for a, b in graph.edges:
        if a in around:
            around[a].add(b)
        if b in around:
            around[b].add(a)
    spoken = terms.of if terms else {}
    weight = term_weights(spoken)
    allocation, overlap, nearness = (f(graph, best.pairs).tolist() for f in (resource_allocation, jaccard, mean_nearness))
    measured = []
    for i, (a, b) in enumerate(best.pairs):
        first, second = graph.nodes[a], graph.nodes[b]
        likeness, both = shared_terms(spoken.get(first, frozenset()), spoken.get(second, frozenset()), weight)
        neighbours = tuple(graph.nodes[n] for n in sorted(around[a] & around[b]))
        measured.append(
            PairMeasures(
                first, second, best.scores[i], neighbours, allocation[i], overlap[i], nearness[i], likeness, both[:_TERMS]
            )
        )
    return tuple(measured)
