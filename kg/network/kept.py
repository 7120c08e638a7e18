"""Keeps remembered communities until new ones are clearly better."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from kg.network.plain import Plain, connected_components

GAIN: Final = 0.01
"""Minimum gain in modularity (Newman & Girvan 2004) for new groups to replace the remembered ones."""


def keep_communities(graph: Plain, candidate: list[list[int]], remembered: Mapping[str, int] | None) -> list[list[int]]:
    """Return the remembered groups with new nodes added, or the `candidate` groups if better by more than `GAIN`.

    >>> square = Plain(("a", "b", "c", "d"), ((0, 1), (0, 2), (1, 3), (2, 3)), (1.0,) * 4)
    >>> keep_communities(square, [[0, 1], [2, 3]], {"a": 0, "c": 0, "b": 1, "d": 1})
    [[0, 2], [1, 3]]
    >>> keep_communities(square, [[0, 1], [2, 3]], {"a": 0, "c": 0})
    [[0, 1, 2, 3]]
    """
    if not remembered or not graph.edges:
        return candidate
    old = _extended(graph, remembered)
    weighted = graph.igraph

    def modularity(groups: Sequence[Sequence[int]]) -> float:
        membership = [0] * len(graph.nodes)
        for number, group in enumerate(groups):
            for node in group:
                membership[node] = number
        return float(weighted.modularity(membership, weights="weight"))

    return candidate if modularity(candidate) > modularity(old) + GAIN else old


def _extended(graph: Plain, remembered: Mapping[str, int]) -> list[list[int]]:
    """Return the connected parts of remembered groups, with each new node in the group to which most of its edges lead."""
    around: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (a, b), weight in zip(graph.edges, graph.weights, strict=True):
        around[a].append((b, weight))
        around[b].append((a, weight))
    known = [remembered.get(node, -1) for node in graph.nodes]
    inner = [(a, b) for a, b in graph.edges if known[a] == known[b] >= 0]
    member: dict[int, int] = {}
    for number, part in enumerate(connected_components(len(graph.nodes), inner)):
        # A single node is new, or has lost all its connections to the group.
        if len(part) > 1:
            member.update(dict.fromkeys(part, number))
    waiting = [node for node in range(len(graph.nodes)) if node not in member]
    while waiting:
        left = []
        joined = {}
        for node in waiting:
            votes: Counter[int] = Counter()
            for other, weight in around[node]:
                if other in member:
                    votes[member[other]] += weight  # type: ignore[assignment]  # weights are counts of parallel edges
            if votes:
                joined[node] = min(votes, key=lambda group: (-votes[group], group))
            else:
                left.append(node)
        if not joined:
            break
        member.update(joined)
        waiting = left
    groups: dict[int, list[int]] = defaultdict(list)
    for node in sorted(member):
        groups[member[node]].append(node)
    loose = [(a, b) for a, b in graph.edges if a not in member and b not in member]
    rest = [part for part in connected_components(len(graph.nodes), loose) if part[0] not in member]
    return sorted([*groups.values(), *rest], key=lambda group: (-len(group), group[0]))
