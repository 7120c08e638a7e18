"""The edges that authors stated, as arrays: all that measures, communities, positions and pairs read of a network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kg.network.plain import Plain

if TYPE_CHECKING:
    import networkx as nx

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class StatedEdges:
    """The asserted edges of a network without self-loops, in its order. Not slotted, for cached properties."""

    nodes: tuple[str, ...]
    sources: Indices
    """Index of the node at which each edge starts; `targets`, `relations` and `typed` are parallel to it."""
    targets: Indices
    relations: Indices
    """Index of the edge's relation in `keys`."""
    typed: NDArray[np.bool_]
    """False for plain links."""
    keys: tuple[str, ...]
    """IRIs of relations, sorted."""

    @cached_property
    def graph(self) -> Plain:
        """The undirected simple graph of all edges."""
        return self._simple(self.sources, self.targets)

    @cached_property
    def typed_graph(self) -> Plain:
        """The undirected simple graph of typed edges."""
        return self._simple(self.sources[self.typed], self.targets[self.typed])

    @cached_property
    def digest(self) -> str:
        """A digest of nodes and edges. Notes and lines that state them don't count, so an edit of text doesn't change it."""
        data = hashlib.blake2b(digest_size=16)
        for names in (self.nodes, self.keys):
            data.update(b"%d\0" % len(names) + "\0".join(names).encode("utf-8", "surrogatepass") + b"\n")
        rows = np.stack((self.sources, self.targets, self.relations, self.typed.astype(np.int64)))
        data.update(np.ascontiguousarray(rows[:, np.lexsort(rows[::-1])], dtype="<i8").tobytes())
        return data.hexdigest()

    def _simple(self, sources: Indices, targets: Indices) -> Plain:
        n = max(len(self.nodes), 1)
        pairs, counts = np.unique(np.minimum(sources, targets) * n + np.maximum(sources, targets), return_counts=True)
        edges = zip((pairs // n).tolist(), (pairs % n).tolist(), strict=True)
        return Plain(self.nodes, tuple(edges), tuple(counts.astype(float).tolist()))


def stated_edges(network: nx.MultiDiGraph[str]) -> StatedEdges:
    """Return the edges of a network that an author stated; attributes that are missing count as true.

    >>> import networkx as nx
    >>> edges = stated_edges(nx.MultiDiGraph([("a", "b"), ("b", "a"), ("b", "c"), ("c", "c")]))
    >>> edges.graph
    Plain(nodes=('a', 'b', 'c'), edges=((0, 1), (1, 2)), weights=(2.0, 1.0))
    """
    nodes = tuple(network.nodes)
    number = {node: i for i, node in enumerate(nodes)}
    rows = [
        (number[source], number[target], str(key), bool(data.get("typed", True)))
        for source, others in network.adjacency()
        for target, parallel in others.items()
        if source != target
        for key, data in parallel.items()
        if data.get("asserted", True)
    ]
    keys = tuple(sorted({row[2] for row in rows}))
    of_key = {key: i for i, key in enumerate(keys)}
    sources, targets, names, typed = zip(*rows, strict=True) if rows else ((), (), (), ())
    return StatedEdges(
        nodes,
        _indices(sources),
        _indices(targets),
        _indices([of_key[name] for name in names]),
        np.array(typed, dtype=bool),
        keys,
    )


def _indices(values: Sequence[int]) -> Indices:
    return np.array(values, dtype=np.int64)
