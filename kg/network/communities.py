"""Communities: groups of concepts found by the Leiden algorithm, seeded, named by their most central concepts."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import igraph
import networkx as nx

from kg.model import Community, Concept
from kg.network.centrality import SEED, to_igraph
from kg.network.plain import Plain, asserted, plain

_NAMED_AFTER: Final = 2


def partition(graph: Plain) -> list[list[int]]:
    """Groups of node numbers, largest first; modularity, Leiden (Traag, Waltman & van Eck 2019), seeded.

    >>> partition(Plain(("a", "b", "c", "d"), ((0, 1), (2, 3)), (1.0, 1.0)))
    [[0, 1], [2, 3]]
    """
    if not graph.nodes:
        return []
    if not graph.edges:
        return [[i] for i in range(len(graph.nodes))]
    # igraph draws from Python's global generator: it gets one of its own, and gives it back.
    igraph.set_random_number_generator(random.Random(SEED))
    try:
        clusters = to_igraph(graph).community_leiden(objective_function="modularity", weights="weight", n_iterations=10)
    finally:
        igraph.set_random_number_generator(random)
    return sorted((sorted(c) for c in clusters), key=lambda c: (-len(c), c[0]))


def find(
    network: nx.MultiDiGraph[str], ranks: Mapping[str, float], concepts: Mapping[str, Concept], languages: tuple[str, ...]
) -> tuple[tuple[Community, ...], dict[str, int]]:
    """Communities of the network and the number of each concept's. Concepts without neighbours share the last one."""
    graph = plain(network, asserted)
    groups = partition(graph)
    alone = sorted(i for g in groups if len(g) == 1 for i in g)
    groups = [g for g in groups if len(g) > 1]
    if alone:
        groups.append(alone)
    number = {graph.nodes[i]: k for k, group in enumerate(groups) for i in group}
    outside: dict[str, set[int]] = defaultdict(set)
    crossing: dict[str, int] = defaultdict(int)
    for a, b in graph.edges:
        u, v = graph.nodes[a], graph.nodes[b]
        if number[u] != number[v]:
            outside[u].add(number[v])
            outside[v].add(number[u])
            crossing[u] += 1
            crossing[v] += 1
    result = []
    for k, group in enumerate(groups):
        members = sorted((graph.nodes[i] for i in group), key=lambda n: (-ranks.get(n, 0.0), n))
        isolated = bool(alone) and k == len(groups) - 1
        bridges = sorted((m for m in members if m in crossing), key=lambda n: (-len(outside[n]), -crossing[n], n))
        result.append(Community(k, _name(members, concepts, languages, isolated), tuple(members), tuple(bridges[:5])))
    return tuple(result), number


def _name(members: list[str], concepts: Mapping[str, Concept], languages: tuple[str, ...], isolated: bool) -> dict[str, str]:
    if isolated:
        return {lang: "未连接" if lang == "zh" else "Unconnected" for lang in languages}
    named = [concepts[m] for m in members if m in concepts][:_NAMED_AFTER]
    return {lang: " · ".join(c.label(lang) for c in named) for lang in languages}
