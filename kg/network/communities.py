"""Communities: groups found by the Leiden algorithm, seeded, named by their most central concepts and significant terms."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from kg.base import libraries
from kg.base.texts import Texts
from kg.model import Community, Concept
from kg.network.centrality import SEED
from kg.network.edges import StatedEdges
from kg.network.kept import keep_communities
from kg.network.plain import Plain, connected_components
from kg.network.terms import ConceptTerms, telling_terms

_NAMED_AFTER: Final = 2
_TERMS: Final = 5


def partition_graph(graph: Plain, start: Mapping[str, int] | None = None) -> list[list[int]]:
    """Return groups of node indices, largest first; modularity, Leiden (Traag, Waltman & van Eck 2019), seeded.

    The algorithm starts from the groups of `start` and runs until nothing improves them: without a change of the graph they
    don't change, and a small change of the graph changes them little.

    >>> partition_graph(Plain(("a", "b", "c", "d"), ((0, 1), (2, 3)), (1.0, 1.0)))
    [[0, 1], [2, 3]]
    """
    if not graph.nodes:
        return []
    if not graph.edges:
        return [[i] for i in range(len(graph.nodes))]
    # igraph draws from Python's global generator: give it one of its own, and reset it afterwards.
    libraries.igraph.set_random_number_generator(random.Random(SEED))
    try:
        clusters = graph.igraph.community_leiden(
            objective_function="modularity", weights="weight", n_iterations=-1, initial_membership=_membership(graph, start)
        )
    finally:
        libraries.igraph.set_random_number_generator(random)
    return sorted((sorted(c) for c in clusters), key=lambda c: (-len(c), c[0]))


def _membership(graph: Plain, start: Mapping[str, int] | None) -> list[int] | None:
    """Return the start group of each node; a group of its own if none is remembered.

    Each connected part of a remembered group starts as a group of its own: the algorithm moves nodes to
    groups of their neighbours and would not split a disconnected group.
    """
    if not start:
        return None
    inner = [(a, b) for a, b in graph.edges if start.get(graph.nodes[a], -1) == start.get(graph.nodes[b], -2)]
    parts = connected_components(len(graph.nodes), inner)
    member = [0] * len(graph.nodes)
    for number, part in enumerate(parts):
        for node in part:
            member[node] = number
    return member


class CommunityGroup(NamedTuple):
    """The members of a community: all that edges determine."""

    number: int
    """Its number, stable between snapshots."""
    members: tuple[str, ...]
    """IRIs, most central first."""
    bridges: tuple[str, ...]
    """Members with the largest number of neighbours in other communities."""
    connected: bool
    """False for the group of all concepts without neighbours."""


def find_groups(
    edges: StatedEdges, ranks: Mapping[str, float], remembered: Mapping[str, int] | None = None
) -> tuple[CommunityGroup, ...]:
    """Return the communities by size, largest first; unconnected concepts are the last group.

    `remembered` maps concepts to the index of their community in an earlier state. A community keeps this index as long as it
    contains most of the concepts that had it; new ones get unused indices. `ranks` is the PageRank of each concept.
    """
    graph = edges.graph
    before = remembered or {}
    groups = keep_communities(graph, partition_graph(graph, before), before)
    alone = sorted(i for g in groups if len(g) == 1 for i in g)
    groups = [g for g in groups if len(g) > 1]
    if alone:
        groups.append(alone)
    named = [[graph.nodes[i] for i in group] for group in groups]
    indices = _indices(named, before)
    number = {node: k for k, group in zip(indices, named, strict=True) for node in group}
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
    for place, (k, group) in enumerate(zip(indices, named, strict=True)):
        members = sorted(group, key=lambda n: (-ranks.get(n, 0.0), n))
        bridges = sorted((m for m in members if m in crossing), key=lambda n: (-len(outside[n]), -crossing[n], n))
        result.append(CommunityGroup(k, tuple(members), tuple(bridges[:5]), not alone or place < len(named) - 1))
    return tuple(result)


def name_communities(
    groups: Sequence[CommunityGroup],
    concepts: Mapping[str, Concept],
    languages: tuple[str, ...],
    remembered: Mapping[int, Mapping[str, str]] | None = None,
    terms: ConceptTerms | None = None,
) -> tuple[Community, ...]:
    """Return the groups with names and significant terms; a name that is `remembered` for an index is kept.

    `terms` are those of `kg.network.terms`; without them no terms are significant.
    """
    telling = telling_terms(terms, {g.number: g.members for g in groups}, _TERMS) if terms else {}
    result = []
    for group in groups:
        name = _name(group, concepts, languages)
        if group.connected:
            name |= {lang: text for lang, text in (remembered or {}).get(group.number, {}).items() if lang in name}
        result.append(Community(group.number, name, group.members, group.bridges, telling.get(group.number, {})))
    return tuple(result)


def _indices(groups: list[list[str]], remembered: Mapping[str, int]) -> list[int]:
    """Return the index of each group: the remembered one, or an unused one; 0, 1, 2, … if nothing is remembered."""
    sizes = Counter(remembered.values())
    free = itertools.count(max(sizes, default=-1) + 1)
    result = []
    for group in groups:
        counts = Counter(remembered[m] for m in group if m in remembered)
        old, shared = min(counts.items(), key=lambda item: (-item[1], item[0])) if counts else (-1, 0)
        # More than half on both sides: two groups can't get the same index.
        keeps = 2 * shared > sizes[old] and 2 * shared > len(group)
        result.append(old if keeps else next(free))
    return result


def _name(group: CommunityGroup, concepts: Mapping[str, Concept], languages: tuple[str, ...]) -> dict[str, str]:
    if not group.connected:
        return {lang: Texts(lang, "network.communities")("unconnected") for lang in languages}
    named = [concepts[m] for m in group.members if m in concepts][:_NAMED_AFTER]
    return {lang: " · ".join(c.label(lang) for c in named) for lang in languages}
