"""Communities: groups of concepts found by the Leiden algorithm, seeded, named by their most central concepts."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

import igraph
import networkx as nx

from kg.model import Community, Concept
from kg.network.centrality import SEED, to_igraph
from kg.network.kept import kept
from kg.network.plain import Plain, asserted, plain

_NAMED_AFTER: Final = 2


def partition(graph: Plain, start: Mapping[str, int] | None = None) -> list[list[int]]:
    """Groups of node numbers, largest first; modularity, Leiden (Traag, Waltman & van Eck 2019), seeded.

    It begins with the groups of `start`, so that a small change of the graph changes them little.

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
        clusters = to_igraph(graph).community_leiden(
            objective_function="modularity", weights="weight", n_iterations=10, initial_membership=_membership(graph, start)
        )
    finally:
        igraph.set_random_number_generator(random)
    return sorted((sorted(c) for c in clusters), key=lambda c: (-len(c), c[0]))


def _membership(graph: Plain, start: Mapping[str, int] | None) -> list[int] | None:
    """The group in which each node begins; one of its own where nothing is remembered."""
    if not start:
        return None
    first = max(start.values()) + 1
    given = [start.get(node, first + i) for i, node in enumerate(graph.nodes)]
    dense = {group: i for i, group in enumerate(dict.fromkeys(given))}
    return [dense[group] for group in given]


def find(
    network: nx.MultiDiGraph[str],
    ranks: Mapping[str, float],
    concepts: Mapping[str, Concept],
    languages: tuple[str, ...],
    remembered: Mapping[str, int] | None = None,
    names: Mapping[int, Mapping[str, str]] | None = None,
) -> tuple[tuple[Community, ...], dict[str, int]]:
    """Communities of the network and the number of each concept's. Concepts without neighbours share the last one.

    A community keeps the name that is `remembered` for most of its members, as long as it holds most of those that bore it.
    """
    graph = plain(network, asserted)
    groups = kept(graph, partition(graph, remembered), remembered)
    named = _remembered_names([[graph.nodes[i] for i in g] for g in groups], remembered or {}, names or {})
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
        name = _name(members, concepts, languages, isolated)
        if not isolated and members[0] in named:
            name |= {lang: text for lang, text in named[members[0]].items() if lang in name}
        result.append(Community(k, name, tuple(members), tuple(bridges[:5])))
    return tuple(result), number


def _remembered_names(
    groups: list[list[str]], remembered: Mapping[str, int], names: Mapping[int, Mapping[str, str]]
) -> dict[str, Mapping[str, str]]:
    """Member → the name that its community goes on to bear."""
    sizes = Counter(remembered.values())
    result: dict[str, Mapping[str, str]] = {}
    for group in groups:
        counts = Counter(remembered[m] for m in group if m in remembered)
        if len(group) > 1 and counts:
            old, shared = min(counts.items(), key=lambda item: (-item[1], item[0]))
            if 2 * shared > sizes[old] and 2 * shared > len(group):
                result.update(dict.fromkeys(group, names.get(old, {})))
    return result


def _name(members: list[str], concepts: Mapping[str, Concept], languages: tuple[str, ...], isolated: bool) -> dict[str, str]:
    if isolated:
        return {lang: "未连接" if lang == "zh" else "Unconnected" for lang in languages}
    named = [concepts[m] for m in members if m in concepts][:_NAMED_AFTER]
    return {lang: " · ".join(c.label(lang) for c in named) for lang in languages}
