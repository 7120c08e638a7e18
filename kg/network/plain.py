"""The simple graph for measures: concepts as indices, undirected asserted edges, weighted by multiplicity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import networkx as nx

Keep = Callable[[dict[str, object]], bool]


class Plain(NamedTuple):
    """An undirected simple graph: `nodes` are names, `edges` index pairs with source < target, `weights` parallel to them."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]


def simple_graph(network: nx.MultiDiGraph[str], keep: Keep) -> Plain:
    """Return the undirected simple graph of the edges that `keep` accepts; the weight is the number of parallel edges.

    >>> g = nx.MultiDiGraph([("a", "b"), ("b", "a"), ("b", "c"), ("c", "c")])
    >>> simple_graph(g, lambda data: True)
    Plain(nodes=('a', 'b', 'c'), edges=((0, 1), (1, 2)), weights=(2.0, 1.0))
    """
    nodes = tuple(network.nodes)
    number = {node: i for i, node in enumerate(nodes)}
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for source, target, data in network.edges(data=True):
        if source != target and keep(data):
            a, b = number[source], number[target]
            weights[(a, b) if a < b else (b, a)] += 1.0
    edges = sorted(weights)
    return Plain(nodes, tuple(edges), tuple(weights[e] for e in edges))


def is_asserted(data: dict[str, object]) -> bool:
    """Return whether an author stated the edge, plain links included."""
    return bool(data.get("asserted", True))


def is_asserted_typed(data: dict[str, object]) -> bool:
    """Return whether an author stated the edge with a type."""
    return bool(data.get("asserted", True)) and bool(data.get("typed", True))


def find_set(parent: list[int], node: int) -> int:
    """Return the representative of a node's set (union-find), with path halving."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


def connected_components(count: int, edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the connected components, largest first, then by smallest member.

    >>> connected_components(4, [(1, 2)])
    [[1, 2], [0], [3]]
    """
    parent = list(range(count))

    for a, b in edges:
        parent[find_set(parent, a)] = find_set(parent, b)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(count):
        groups[find_set(parent, i)].append(i)
    return sorted(groups.values(), key=lambda g: (-len(g), g[0]))
