"""The simple graph for measures: concepts as indices, undirected edges, weighted by multiplicity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.base import libraries


@dataclass(frozen=True)
class Plain:
    """An undirected simple graph. Not slotted, for cached properties that several measures use."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    """Pairs of indices of nodes, sorted, the smaller index first."""
    weights: tuple[float, ...]
    """The weight of each edge."""

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """The edges as an array, edges × 2."""
        return np.array(self.edges, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def igraph(self) -> Any:
        """The same graph for igraph, with an edge attribute ``weight``. Don't change it."""
        return libraries.igraph.Graph(n=len(self.nodes), edges=self.ends, edge_attrs={"weight": list(self.weights)})


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
