"""Association measures of pairs of concepts from their shared neighbours; exact, for any number of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.network.plain import Plain

Floats = NDArray[np.float64]
Pairs = Sequence[tuple[int, int]]
"""Pairs of node indices; the order within a pair doesn't matter."""

_BLOCK: Final = 100_000
"""Number of pairs processed together: it limits the memory and doesn't affect the result."""


def adjacency_matrix(graph: Plain) -> Any:
    """Return the symmetric 0/1 adjacency matrix of a graph, n × n, in sparse rows."""
    # start time: measures of the same edges are remembered
    from scipy import sparse

    n, ends = len(graph.nodes), graph.ends
    rows = np.concatenate((ends[:, 0], ends[:, 1]))
    columns = np.concatenate((ends[:, 1], ends[:, 0]))
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))


def degrees(graph: Plain) -> Floats:
    """Return the number of neighbours of each node.

    >>> degrees(Plain(("a", "b", "c"), ((0, 1), (0, 2)), (3.0, 1.0))).tolist()
    [2.0, 1.0, 1.0]
    """
    return np.bincount(graph.ends.ravel(), minlength=len(graph.nodes)).astype(float)


def common_neighbours(graph: Plain, pairs: Pairs) -> Floats:
    """Return the number of shared neighbours: Newman 2001, "Clustering and preferential attachment".

    >>> square = Plain(("a", "b", "c", "d"), ((0, 1), (0, 3), (1, 2), (2, 3)), (1.0,) * 4)
    >>> common_neighbours(square, [(0, 2), (0, 1)]).tolist()
    [2.0, 0.0]
    """
    return _shared(graph, pairs, np.ones(len(graph.nodes)))


def adamic_adar(graph: Plain, pairs: Pairs) -> Floats:
    """Return the sum of 1 / ln(degree) over shared neighbours: Adamic & Adar 2003, "Friends and neighbors on the Web".

    >>> square = Plain(("a", "b", "c", "d"), ((0, 1), (0, 3), (1, 2), (2, 3)), (1.0,) * 4)
    >>> adamic_adar(square, [(0, 2)]).round(3).tolist()
    [2.885]
    """
    return _shared(graph, pairs, logarithmic(degrees(graph)))


def resource_allocation(graph: Plain, pairs: Pairs) -> Floats:
    """Return the sum of 1 / degree over shared neighbours.

    Zhou, Lü & Zhang 2009, "Predicting missing links via local information".

    >>> square = Plain(("a", "b", "c", "d"), ((0, 1), (0, 3), (1, 2), (2, 3)), (1.0,) * 4)
    >>> resource_allocation(square, [(0, 2), (0, 1)]).tolist()
    [1.0, 0.0]
    """
    degree = degrees(graph)
    return _shared(graph, pairs, np.divide(1.0, degree, out=np.zeros_like(degree), where=degree > 0))


def jaccard(graph: Plain, pairs: Pairs) -> Floats:
    """Return shared neighbours / neighbours of either: Jaccard 1901; 0 if neither has any.

    >>> fork = Plain(("a", "b", "c", "d"), ((0, 2), (1, 2), (1, 3)), (1.0,) * 3)
    >>> jaccard(fork, [(0, 1)]).tolist()
    [0.5]
    """
    degree, ends = degrees(graph), _ends(pairs)
    shared = common_neighbours(graph, pairs)
    either = degree[ends[:, 0]] + degree[ends[:, 1]] - shared
    result: Floats = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
    return result


class Strongest(NamedTuple):
    """The unlinked pairs with the highest index, best first."""

    pairs: tuple[tuple[int, int], ...]
    scores: tuple[float, ...]
    """Adamic–Adar indices, without hubs."""


def strongest_pairs(graph: Plain, limit: int, hub: int) -> Strongest:
    """Return the `limit` unlinked pairs with the highest Adamic–Adar index; neighbours with more than `hub` links don't count.

    All pairs are considered: the index is a product of sparse matrices (A · W · A, with W the weights of the neighbours),
    computed in blocks of rows. Equal scores (to nine digits) are ordered by node index.

    >>> strongest_pairs(Plain(("a", "b", "c", "d"), ((0, 2), (1, 2), (2, 3)), (1.0,) * 3), 2, 200)
    Strongest(pairs=((0, 1), (0, 3)), scores=(0.9102392266268373, 0.9102392266268373))
    """
    # start time: measures of the same edges are remembered
    from scipy import sparse

    n, degree = len(graph.nodes), degrees(graph)
    if not graph.edges or limit < 1:
        return Strongest((), ())
    weights = np.where(degree <= hub, logarithmic(degree), 0.0)
    matrix = adjacency_matrix(graph)
    right = sparse.diags_array(weights) @ matrix
    # The total number of neighbours of neighbours in the rows of a block is limited to about this.
    work = np.cumsum(matrix @ np.where(weights > 0, degree, 0.0))
    blocks: list[tuple[Floats, NDArray[np.int64], NDArray[np.int64]]] = []
    start = 0
    while start < n:
        before = work[start - 1] if start else 0.0
        end = max(start + 1, int(np.searchsorted(work, before + 4_000_000, side="right")))
        block = matrix[start:end]
        product = block @ right
        product = sparse.coo_array(product - product.multiply(block))
        rows, columns = product.coords
        rows = rows.astype(np.int64) + start
        keep = (product.data > 0) & (rows < columns)
        blocks.append((product.data[keep], rows[keep], columns[keep].astype(np.int64)))
        if sum(len(f[0]) for f in blocks) > 1_000_000:
            blocks = [_best(blocks, limit)]
        start = end
    scores, first, second = _best(blocks, limit)
    pairs = tuple(zip(first.tolist(), second.tolist(), strict=True))
    return Strongest(pairs, tuple(scores.tolist()))


def _best(
    found: list[tuple[Floats, NDArray[np.int64], NDArray[np.int64]]], limit: int
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    scores, first, second = (np.concatenate([f[k] for f in found]) for k in range(3))
    order = np.lexsort((second, first, -scores.round(9)))[:limit]
    return scores[order], first[order], second[order]


def logarithmic(degree: Floats) -> Floats:
    """Return 1 / ln(degree), 0 below degree two: nobody shares a neighbour of one concept only.

    >>> logarithmic(np.array([0.0, 1.0, 2.0])).round(3).tolist()
    [0.0, 0.0, 1.443]
    """
    return np.divide(1.0, np.log(np.maximum(degree, 2.0)), out=np.zeros_like(degree), where=degree > 1)


def _ends(pairs: Pairs) -> NDArray[np.int64]:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _shared(graph: Plain, pairs: Pairs, weights: Floats) -> Floats:
    """Return the sum of weights over the shared neighbours of each pair."""
    ends, matrix = _ends(pairs), adjacency_matrix(graph)
    result = np.zeros(len(ends))
    for start in range(0, len(ends), _BLOCK):
        part = ends[start : start + _BLOCK]
        result[start : start + _BLOCK] = matrix[part[:, 0]].multiply(matrix[part[:, 1]]) @ weights
    return result
