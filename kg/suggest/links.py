"""Proximity in the network: random walks with restart, co-citation, and neighbours of similar texts."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp

from kg.suggest.best import largest
from kg.suggest.matrices import Matrix
from kg.suggest.terms import TermVectors

STEPS: Final = 3
RESTART: Final = 0.35
_RARE: Final = 5e-4
CLOSE: Final = 5
WIDE: Final = 25
"""Number of most similar texts that count as "similar concepts"."""
_LEAST: Final = 0.01
"""Minimum similarity; smaller values count as 0."""
_LARGE: Final = 5000
_HARDLY: Final = 0.02
"""Minimum co-citation in larger collections: a hub is weakly co-cited with every concept."""
_INDEX: Final = 200
"""Maximum number of outgoing links; a concept with more is an index."""


def adjacency(n: int, pairs: set[tuple[int, int]]) -> Matrix:
    """Concepts × concepts with 1 for each pair."""
    if not pairs:
        return sp.csr_matrix((n, n), dtype=np.float32)
    ordered = np.array(sorted(pairs), dtype=np.int32)
    return sp.csr_matrix((np.ones(len(ordered), np.float32), (ordered[:, 0], ordered[:, 1])), shape=(n, n))


def undirected(links: Matrix) -> Matrix:
    """The symmetric closure: 1 if either is linked to the other."""
    either = links + links.T
    either.data[:] = 1.0
    return either.tocsr()


def row_shares(matrix: Matrix) -> Matrix:
    """Normalise rows to sum 1; empty rows stay empty."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return (sp.diags(scale.astype(np.float32)) @ matrix).tocsr().astype(np.float32)


def popularity(links: Matrix) -> np.ndarray:
    """How many concepts link to each, as the share of the largest of their logarithms."""
    linked = np.asarray(links.sum(axis=0)).ravel()
    shares: np.ndarray = (np.log1p(linked) / max(1.0, math.log1p(float(linked.max(initial=0.0))))).astype(np.float32)
    return shares


def least(n: int) -> float:
    """The probability below which positions of walks among `n` concepts are dropped: 1/2,000, in large collections n / 10⁷.

    >>> least(100), least(20_000)
    (0.0005, 0.002)
    """
    return max(_RARE, n * 1e-7)


def steps(shares: Matrix) -> Matrix:
    """The transition matrix without probabilities below `least`: steps from a hub carry no information.

    These are most of the terms of all products, and nearly all that they contribute would be dropped afterwards.
    """
    likely = shares.copy()
    likely.data[likely.data < least(shares.shape[0])] = 0.0
    likely.eliminate_zeros()
    return likely


def walk(shares: Matrix, start: Matrix) -> Matrix:
    """Probabilities of a random walk with restart (personalised PageRank; Haveliwala 2002) after at most `STEPS` steps.

    `shares` is the transition matrix; `start` contains the rows at which walks begin (a slice of the identity). Longer walks
    and steps with probabilities below `least` are dropped, since they barely differ between concepts.
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
    """Concepts × concepts: cosine similarity of the columns of `links`, diagonal 0: co-citation (Small 1973).

    1 if two concepts are linked from exactly the same concepts (Sarwar et al. 2001 use it to recommend items). Concepts with
    more than `_INDEX` outgoing links are omitted, since an index doesn't relate its entries.

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


class SimilarTexts(NamedTuple):
    """The most similar texts of some concepts; rows are parallel to the concepts asked for."""

    close: Matrix
    """Rows × concepts: the `CLOSE` most similar texts by terms, as coarse shares of the row."""
    wide: Matrix
    """Rows × concepts: the `WIDE` most similar by the mean of both similarities, as coarse shares of the row."""
    least: np.ndarray
    """Rows × 2: the similarity of the last of each; a text that is less similar isn't among them."""


def nearest(dense: np.ndarray, sparse: Matrix, rows: np.ndarray | None = None, block: int = 256) -> SimilarTexts:
    """Find the most similar texts of the concepts in `rows` (default: all).

    Rows of `dense` and `sparse` have length 1. Two sizes are used since few neighbours are more precise, and many neighbours
    cover more links (k nearest neighbours, as in Sarwar et al. 2001).
    """
    n = dense.shape[0]
    wanted = np.arange(n) if rows is None else rows
    back = sparse.T.tocsr()
    close, wide = _Rows(n), _Rows(n)
    for first in range(0, len(wanted), block):
        at = wanted[first : first + block]
        like = (sparse[at] @ back).toarray()
        like[np.arange(len(at)), at] = -2.0
        close.add(like, CLOSE)
        like += dense[at] @ dense.T
        wide.add(like, WIDE)
    least = np.stack((close.least(), wide.least()), axis=1) if len(wanted) else np.zeros((0, 2), dtype=np.float32)
    return SimilarTexts(_coarse_shares(close.matrix()), _coarse_shares(wide.matrix()), least)


def find_similar(latent: np.ndarray, terms: TermVectors) -> SimilarTexts:
    """Find the most similar texts of all concepts."""
    return nearest(latent, terms.weights)


def _coarse_shares(matrix: Matrix) -> Matrix:
    """Divide rows by their sums, rounded to powers of 2^¼: if one text changes a little, other shares don't change."""
    total = np.asarray(matrix.sum(axis=1)).ravel().astype(np.float64)
    scale = np.zeros_like(total)
    scale[total > 0] = 2.0 ** (-np.round(4 * np.log2(total[total > 0])) / 4)
    return (sp.diags(scale.astype(np.float32)) @ matrix).tocsr().astype(np.float32)


class _Rows:
    """Collects the largest values of rows, block by block."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.height = 0
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.lasts: list[np.ndarray] = []

    def add(self, values: np.ndarray, most: int) -> None:
        best = largest(values, most, _LEAST)
        self.parts.append((best.rows + self.height, best.columns, values[best.rows, best.columns]))
        self.lasts.append(best.least)
        self.height += len(values)

    def least(self) -> np.ndarray:
        return np.concatenate(self.lasts).astype(np.float32)

    def matrix(self) -> Matrix:
        if not self.parts:
            return sp.csr_matrix((self.height, self.n), dtype=np.float32)
        rows, columns, data = (np.concatenate(columns_) for columns_ in zip(*self.parts, strict=True))
        result = sp.csr_matrix((data.astype(np.float32), (rows, columns)), shape=(self.height, self.n))
        result.sort_indices()
        return result
