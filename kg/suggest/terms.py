"""Nearness by text: TF-IDF of words and Chinese character pairs, titles in bodies, and latent semantic analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import scipy.sparse as sp

Matrix = Any
"""A scipy.sparse matrix of float32, or a dense one of numpy."""

_COMMON: Final = 0.25
"""Terms that a larger share of the documents has tell nothing apart; in small collections at least `_FEW` have to have it."""
_FEW: Final = 40
_MOST: Final = 2000
"""And at most so many documents may have it, since likeness by a term takes time by the square of their number."""
_KEPT: Final = 120
"""So many terms of a document are kept, the most telling ones: a long document is no nearer to all."""
DIMENSIONS: Final = 96
_POWER: Final = 2
_SEED: Final = 15


class Terms(NamedTuple):
    """Documents as vectors of terms."""

    words: tuple[str, ...]
    weights: Matrix
    """Documents × terms, rows of length 1: (1 + ln tf) · ln(n / df) (Salton & Buckley 1988)."""
    presence: Matrix
    """Documents × terms of names: how much of the term the document has, between 0 and 1."""
    titles: Matrix
    """Documents × terms: the terms of each concept's names, with their share of the whole weight."""
    names: Matrix
    """Documents × terms: the terms of names, rows of length 1."""


def vectors(documents: Sequence[Counter[str]], titles: Sequence[Iterable[Sequence[str]]]) -> Terms:
    """The vectors of some documents, each with the terms of each of its names."""
    n = len(documents)
    frequency: Counter[str] = Counter()
    for document in documents:
        frequency.update(document.keys())
    limit = min(_MOST, max(_FEW, _COMMON * n))
    title_words = {word for names in titles for name in names for word in name}
    words = tuple(sorted(w for w, df in frequency.items() if 1 < df <= limit or w in title_words))
    column = {word: i for i, word in enumerate(words)}
    df = np.array([frequency[w] for w in words], dtype=np.float32)
    idf = np.log((n + 1) / np.maximum(df, 1)).astype(np.float32)
    telling = (df <= limit) & (df > 1)
    data: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    sizes, full_columns, full_data, full_sizes = [], [], [], []
    for document in documents:
        ids = np.fromiter((column[w] for w in document if w in column), dtype=np.int32)
        tf = np.fromiter((c for w, c in document.items() if w in column), dtype=np.float32)
        full_columns.append(ids)
        full_data.append(tf / (tf + 1))
        full_sizes.append(len(ids))
        weight = (1 + np.log(tf)) * idf[ids]
        keep = telling[ids] & (weight > 0)
        ids, weight = ids[keep], weight[keep]
        if len(ids) > _KEPT:
            best = np.lexsort((ids, -weight))[:_KEPT]
            ids, weight = ids[best], weight[best]
        data.append(weight)
        columns.append(ids)
        sizes.append(len(ids))
    shape = (n, len(words))
    weights = _normalised(_csr(data, columns, sizes, shape))
    presence = _csr(full_data, full_columns, full_sizes, shape)
    title_rows = [_title_weights(names, column, idf) for names in titles]
    shares = _csr([w for _, w in title_rows], [i for i, _ in title_rows], [len(i) for i, _ in title_rows], shape)
    called = sp.csr_matrix(
        (idf[shares.indices] * (shares.data > 0), shares.indices.copy(), shares.indptr.copy()), shape=shape, dtype=np.float32
    )
    return Terms(words, weights, presence, shares, _normalised(called))


def _title_weights(names: Iterable[Sequence[str]], column: dict[str, int], idf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each term of the names with its share of the weight of the name in which it is largest."""
    best: dict[int, float] = {}
    for name in names:
        ids = sorted({column[w] for w in name if w in column})
        total = float(sum(idf[i] for i in ids))
        if total > 0:
            for i in ids:
                best[i] = max(best.get(i, 0.0), float(idf[i]) / total)
    ids = sorted(best)
    return np.array(ids, dtype=np.int32), np.array([best[i] for i in ids], dtype=np.float32)


def _csr(data: Sequence[np.ndarray], columns: Sequence[np.ndarray], sizes: Sequence[int], shape: tuple[int, int]) -> Matrix:
    pointers = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(sizes, out=pointers[1:])
    flat = np.concatenate(data).astype(np.float32) if data else np.zeros(0, np.float32)
    where = np.concatenate(columns) if columns else np.zeros(0, np.int32)
    found = sp.csr_matrix((flat, where, pointers), shape=shape)
    found.sort_indices()
    return found


def _normalised(matrix: Matrix) -> Matrix:
    """Rows of length 1; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return (sp.diags(scale.astype(np.float32)) @ matrix).tocsr().astype(np.float32)


def latent(weights: Matrix, neighbours: Matrix, share: float = 0.5) -> np.ndarray:
    """Documents × at most `DIMENSIONS`: latent semantics of texts smoothed by those of linked concepts, rows of length 1.

    Deerwester et al. 1990, with the randomised range finder of Halko, Martinsson & Tropp 2011 (fixed seed, 2 power iterations).
    `neighbours` has rows that sum to 1 or are empty; `share` is what the mean of the neighbours' texts counts beside one's own.
    """
    n, m = weights.shape
    k = min(DIMENSIONS, max(1, min(n, m) // 2))
    if min(n, m) < 2 or not weights.nnz:
        return np.zeros((n, 1), dtype=np.float32)
    smooth = _normalised(weights + share * (neighbours @ weights))
    random = np.random.default_rng(_SEED).standard_normal((m, min(k + 8, m)), dtype=np.float32)
    back = smooth.T.tocsr()
    y = smooth @ random
    for _ in range(_POWER):
        y = np.linalg.qr(y)[0]
        y = smooth @ (back @ y)
    q = np.linalg.qr(y)[0]
    short = back @ q
    # The left singular vectors of Qᵀ·A, which is wide, from the small matrix of its rows' products.
    square, u = np.linalg.eigh((short.T @ short).astype(np.float64))
    first = slice(-1, -k - 1, -1)
    found = (q @ (u[:, first] * np.sqrt(np.maximum(square[first], 0.0))).astype(np.float32)).astype(np.float32)
    length = np.sqrt((found * found).sum(axis=1, keepdims=True))
    unit: np.ndarray = np.divide(found, length, out=np.zeros_like(found), where=length > 1e-6)
    return unit
