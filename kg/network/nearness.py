"""Personalised PageRank: how close concepts are to one concept over all paths between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kg.network.neighbours import Floats, adjacency_matrix, degrees
from kg.network.plain import Plain

EPSILON: Final = 1e-5
"""Maximum error of `push_pagerank` per neighbour: values are never more than this times the degree too small."""


def personalised_pagerank(
    graph: Plain, sources: Sequence[int], alpha: float = 0.85, tolerance: float = 1e-10
) -> NDArray[np.float64]:
    """Return the distribution of a random walk that restarts at its source with probability 1 − `alpha`: sources × n.

    Page, Brin, Motwani & Winograd 1999, "The PageRank citation ranking"; Haveliwala 2002. Edges are undirected and
    parallel ones count once. Each row sums to 1; a walk stays at a concept without neighbours. Power iteration until the
    total error of a row is below `tolerance`; it needs n values per source, and sources don't affect each other.

    >>> path = Plain(("a", "b", "c"), ((0, 1), (1, 2)), (1.0, 1.0))
    >>> personalised_pagerank(path, [0]).round(3).tolist()
    [[0.345, 0.459, 0.195]]
    """
    n, k = len(graph.nodes), len(sources)
    home = np.zeros((n, k))
    home[list(sources), range(k)] = 1.0
    if not n or not k:
        return home.T
    step, alone = _step(graph).T, degrees(graph) == 0
    place = home
    # Each step reduces the error at least by the factor α, and the error is at most 2 at the start.
    for _ in range(math.ceil(math.log(tolerance / 2, alpha))):
        place = alpha * (step @ place + home * place[alone].sum(axis=0)) + (1.0 - alpha) * home
    result: NDArray[np.float64] = place.T
    return result


def push_pagerank(graph: Plain, sources: Sequence[int], alpha: float = 0.85, epsilon: float = EPSILON) -> Any:
    """Approximate the same by pushing, as a sparse matrix: only concepts near a source are visited, however large the graph.

    Andersen, Chung & Lang 2006, "Local graph partitioning using PageRank vectors". The residual of each concept is at most
    `epsilon` times its degree; since edges are undirected, each value is too small by at most `epsilon` times
    the degree of its concept, and never too large.

    >>> path = Plain(("a", "b", "c"), ((0, 1), (1, 2)), (1.0, 1.0))
    >>> push_pagerank(path, [0], epsilon=1e-4).toarray().round(3).tolist()
    [[0.345, 0.459, 0.195]]
    """
    # start time: measures of the same edges are remembered
    from scipy import sparse

    n, k = len(graph.nodes), len(sources)
    step, degree = _step(graph), np.maximum(degrees(graph), 1.0)
    alone = degrees(graph) == 0
    rest = sparse.csr_array((np.ones(k), (range(k), list(sources))), shape=(k, n))
    kept = sparse.csr_array((k, n))
    while rest.nnz:
        big = rest.data > epsilon * degree[rest.indices]
        if not big.any():
            break
        # A copy: zeros are removed in place, and the residual keeps the same indices.
        active = sparse.csr_array((np.where(big, rest.data, 0.0), rest.indices, rest.indptr), shape=(k, n), copy=True)
        active.eliminate_zeros()
        rest = sparse.csr_array((np.where(big, 0.0, rest.data), rest.indices, rest.indptr), shape=(k, n))
        # A concept without neighbours keeps all: the walk restarts at once.
        kept = kept + sparse.csr_array(
            (active.data * np.where(alone[active.indices], 1.0, 1.0 - alpha), active.indices, active.indptr), shape=(k, n)
        )
        rest = sparse.csr_array(rest + alpha * (active @ step))
        rest.eliminate_zeros()
    return kept


def mean_nearness(graph: Plain, pairs: Sequence[tuple[int, int]], exact_below: int = 2_000) -> Floats:
    """Return the mean of the personalised PageRank from either end of each pair to the other.

    Power iteration up to `exact_below` concepts; above, `push_pagerank`, which differs by at most `EPSILON` times the degree.

    >>> mean_nearness(Plain(("a", "b", "c"), ((0, 1), (1, 2)), (1.0, 1.0)), [(0, 2)]).round(3).tolist()
    [0.195]
    """
    sources = sorted({end for pair in pairs for end in pair})
    row = {source: i for i, source in enumerate(sources)}
    result = np.zeros(len(pairs))
    if not pairs:
        return result
    exact = len(graph.nodes) <= exact_below
    values: Any = personalised_pagerank(graph, sources) if exact else push_pagerank(graph, sources)
    for i, (a, b) in enumerate(pairs):
        result[i] = (float(values[row[a], b]) + float(values[row[b], a])) / 2
    return result


def _step(graph: Plain) -> Any:
    """Return the row-stochastic matrix of a step to a neighbour; rows of concepts without neighbours are zero."""
    # start time: measures of the same edges are remembered
    from scipy import sparse

    degree = degrees(graph)
    scale = np.divide(1.0, degree, out=np.zeros_like(degree), where=degree > 0)
    return (
        sparse.csr_array(sparse.diags_array(scale) @ adjacency_matrix(graph)) if len(graph.nodes) else sparse.csr_array((0, 0))
    )
