"""Pairs of concepts that share neighbours but have no link: the simplest candidates for a missing association."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final

import networkx as nx

from kg.network.plain import asserted, plain

_HUB: Final = 200
"""Neighbours with more links than this say little about a pair and would make the search quadratic."""


def missing(network: nx.MultiDiGraph[str], limit: int) -> tuple[tuple[str, str, float, tuple[str, ...]], ...]:
    """The `limit` unlinked pairs with the highest Adamic–Adar index, with their shared neighbours.

    Adamic & Adar 2003, "Friends and neighbors on the Web": the sum of 1 / ln(degree) over shared neighbours. Shared
    neighbours with more than 200 links are left out.

    >>> g = nx.MultiDiGraph([("a", "c"), ("b", "c"), ("c", "d")])
    >>> [(a, b, round(s, 2), n) for a, b, s, n in missing(g, 1)]
    [('a', 'b', 0.91, ('c',))]
    """
    graph = plain(network, asserted)
    neighbours: dict[int, set[int]] = defaultdict(set)
    for a, b in graph.edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    scores: dict[tuple[int, int], float] = defaultdict(float)
    for around in neighbours.values():
        if 1 < len(around) <= _HUB:
            weight = 1.0 / math.log(len(around))
            ordered = sorted(around)
            for i, a in enumerate(ordered):
                for b in ordered[i + 1 :]:
                    if b not in neighbours[a]:
                        scores[a, b] += weight
    best = sorted(scores, key=lambda pair: (-round(scores[pair], 9), pair))[:limit]
    return tuple(
        (
            graph.nodes[a],
            graph.nodes[b],
            scores[a, b],
            tuple(graph.nodes[n] for n in sorted(neighbours[a] & neighbours[b])),
        )
        for a, b in best
    )
