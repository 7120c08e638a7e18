"""Nearness by structure: random walks with restart, and what similar concepts are linked to."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.sparse as sp

from kg.suggest.best import largest
from kg.suggest.matrices import Matrix

STEPS: Final = 3
RESTART: Final = 0.35
_RARE: Final = 5e-4
CLOSE: Final = 5
WIDE: Final = 25
"""So many of the most similar texts count as "similar concepts"."""
_LEAST: Final = 0.01
"""Likeness below this is none."""
_LARGE: Final = 5000
_HARDLY: Final = 0.02
"""In larger collections concepts that are linked together less than this aren't together: a hub is, with everything."""
_INDEX: Final = 200
"""A concept that links to more others is an index."""


def adjacency(n: int, pairs: set[tuple[int, int]]) -> Matrix:
    """Concepts × concepts with 1 where the first of a pair is linked to the second."""
    if not pairs:
        return sp.csr_matrix((n, n), dtype=np.float32)
    ordered = np.array(sorted(pairs), dtype=np.int32)
    return sp.csr_matrix((np.ones(len(ordered), np.float32), (ordered[:, 0], ordered[:, 1])), shape=(n, n))


def undirected(links: Matrix) -> Matrix:
    """1 where either is linked to the other."""
    either = links + links.T
    either.data[:] = 1.0
    return either.tocsr()


def row_shares(matrix: Matrix) -> Matrix:
    """Rows that sum to 1; empty rows stay empty."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return (sp.diags(scale.astype(np.float32)) @ matrix).tocsr().astype(np.float32)


def least(n: int) -> float:
    """The probability below which places of a walk among `n` concepts are left out: 1 in 2,000, in large collections n in 10⁷.

    >>> least(100), least(20_000)
    (0.0005, 0.002)
    """
    return max(_RARE, n * 1e-7)


def steps(shares: Matrix) -> Matrix:
    """The steps of walks without those of less than `least`: from a hub, one comes to no place in particular.

    They are the larger part of all products, and what they add is left out behind them anyway, but for sums of many.
    """
    likely = shares.copy()
    likely.data[likely.data < least(shares.shape[0])] = 0.0
    likely.eliminate_zeros()
    return likely


def walk(shares: Matrix, start: Matrix) -> Matrix:
    """Where a random walk with restart (personalised PageRank; Haveliwala 2002) is after at most `STEPS` steps.

    `shares` are the steps' probabilities, `start` the rows at which walks begin (a slice of the identity). Longer walks, and
    places where a step leads with less than `least`, are left out: they are as good as equal for all.
    """
    position = start
    total = None
    weight = RESTART
    for _ in range(STEPS):
        position = position @ shares
        position.data[position.data < least(shares.shape[0])] = 0.0
        position.eliminate_zeros()
        weight *= 1 - RESTART
        total = position * weight if total is None else total + position * weight
    return total


def together(links: Matrix) -> Matrix:
    """Concepts × concepts: the cosine of the columns of `links`, 0 on the diagonal: co-citation (Small 1973).

    1 where two are linked from the same concepts and no others (Sarwar et al. 2001 recommend items by it). Concepts that link
    to more than `_INDEX` others are left out: an index brings nothing together.

    >>> together(adjacency(4, {(0, 2), (0, 3), (1, 2), (1, 3)})).toarray().tolist()[2]
    [0.0, 0.0, 0.0, 1.0]
    """
    wide = np.asarray(links.sum(axis=1)).ravel() > _INDEX
    kept = (sp.diags((~wide).astype(np.float32)) @ links).tocsr() if wide.any() else links
    product = (kept.T @ kept).tocoo()
    linked = np.asarray(links.sum(axis=0)).ravel()
    apart = product.row != product.col
    row, col = product.row[apart], product.col[apart]
    values = (product.data[apart] / np.sqrt(linked[row] * linked[col])).astype(np.float32)
    if len(linked) > _LARGE:
        often = values >= _HARDLY
        row, col, values = row[often], col[often], values[often]
    result = sp.csr_matrix((values, (row, col)), shape=product.shape)
    result.sort_indices()
    return result


def nearest(dense: np.ndarray, sparse: Matrix, block: int = 256) -> tuple[Matrix, Matrix]:
    """The `CLOSE` texts that are most alike by terms, and the `WIDE` ones by the mean of both likenesses, as shares of a row.

    `dense` and `sparse` hold vectors of length 1. Two numbers, because a few near texts say more of what is linked and many
    say it more often (k nearest neighbours, in the way of Sarwar et al. 2001).
    """
    n = dense.shape[0]
    back = sparse.T.tocsr()
    close, wide = _Rows(n), _Rows(n)
    for first in range(0, n, block):
        last = min(first + block, n)
        like = (sparse[first:last] @ back).toarray()
        like[np.arange(last - first), np.arange(first, last)] = -2.0
        close.add(first, like, CLOSE)
        like += dense[first:last] @ dense.T
        wide.add(first, like, WIDE)
    return row_shares(close.matrix()), row_shares(wide.matrix())


class _Rows:
    """The largest values of rows that come block by block."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, first: int, values: np.ndarray, most: int) -> None:
        k = min(most, self.n - 1)
        if k < 1:
            return
        rows, best = largest(values, k)
        likeness = values[rows, best]
        keep = likeness > _LEAST
        self.parts.append((rows[keep] + first, best[keep], likeness[keep]))

    def matrix(self) -> Matrix:
        if not self.parts:
            return sp.csr_matrix((self.n, self.n), dtype=np.float32)
        rows, columns, data = (np.concatenate(columns_) for columns_ in zip(*self.parts, strict=True))
        result = sp.csr_matrix((data.astype(np.float32), (rows, columns)), shape=(self.n, self.n))
        result.sort_indices()
        return result
