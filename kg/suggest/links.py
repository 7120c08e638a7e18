"""Nearness by structure: resource allocation, random walks with restart, and what similar concepts are linked to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import scipy.sparse as sp

Matrix = Any
"""A scipy.sparse matrix of float32."""

STEPS: Final = 4
RESTART: Final = 0.35
SIMILAR: Final = 15
"""So many of the most similar texts stand for "similar concepts"."""


def adjacency(n: int, pairs: set[tuple[int, int]]) -> Matrix:
    """Concepts × concepts with 1 where the first of a pair is linked to the second."""
    if not pairs:
        return sp.csr_matrix((n, n), dtype=np.float32)
    ordered = np.array(sorted(pairs), dtype=np.int32)
    return sp.csr_matrix((np.ones(len(ordered), np.float32), (ordered[:, 0], ordered[:, 1])), shape=(n, n))


def undirected(links: Matrix) -> Matrix:
    """1 where either is linked to the other."""
    found = links + links.T
    found.data[:] = 1.0
    return found.tocsr()


def row_shares(matrix: Matrix) -> Matrix:
    """Rows that sum to 1; empty rows stay empty."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return (sp.diags(scale.astype(np.float32)) @ matrix).tocsr().astype(np.float32)


def allocation(both: Matrix, rows: Matrix) -> Matrix:
    """Resource allocation of some rows with all: Σ 1 / degree over shared neighbours (Zhou, Lü & Zhang 2009).

    >>> both = undirected(adjacency(3, {(0, 1), (2, 1)}))
    >>> allocation(both, both)[0].toarray().round(2).tolist()
    [[0.5, 0.0, 0.5]]
    """
    return rows @ row_shares(both)


def walk(shares: Matrix, start: Matrix) -> Matrix:
    """Where a random walk with restart (personalised PageRank; Haveliwala 2002) is, cut off after `STEPS` steps.

    `shares` are the steps' probabilities, `start` the rows at which walks begin (a slice of the identity). What longer walks
    would add is less than (1 − RESTART) to the power of STEPS + 1.
    """
    here = start
    found = None
    weight = RESTART
    for _ in range(STEPS):
        here = here @ shares
        weight *= 1 - RESTART
        found = here * weight if found is None else found + here * weight
    return found


def nearest(dense: np.ndarray, sparse: Matrix, block: int = 512) -> Matrix:
    """Concepts × concepts with the `SIMILAR` rows that are most alike by the mean of both likenesses, as shares.

    `dense` and `sparse` hold vectors of length 1.
    """
    n = dense.shape[0]
    rows, columns, data = [], [], []
    k = min(SIMILAR, n - 1)
    if k < 1:
        return sp.csr_matrix((n, n), dtype=np.float32)
    back = sparse.T.tocsr()
    for first in range(0, n, block):
        last = min(first + block, n)
        like = dense[first:last] @ dense.T
        like += (sparse[first:last] @ back).toarray()
        like[np.arange(last - first), np.arange(first, last)] = -1.0
        best = np.argpartition(-like, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(like, best, axis=1)
        keep = values > 0.02
        rows.append((np.repeat(np.arange(first, last), k).reshape(-1, k))[keep])
        columns.append(best[keep])
        data.append(values[keep] / 2)
    flat = np.concatenate(data).astype(np.float32)
    found = sp.csr_matrix((flat, (np.concatenate(rows), np.concatenate(columns))), shape=(n, n))
    found.sort_indices()
    return found
