"""Text similarity: TF-IDF of words and Chinese character pairs, titles in bodies, and latent semantic analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp

from kg.suggest.matrices import Matrix

_COMMON: Final = 0.25
"""Maximum share of documents with a term (in small collections: `_FEW` documents); more common terms don't distinguish."""
_FEW: Final = 40
_MOST: Final = 2000
"""Maximum number of documents with a term, since the time for similarities is quadratic in it."""
_KEPT: Final = 120
"""Number of terms kept for a document, those with the highest weights, so that long documents aren't similar to all others."""
_NAMING: Final = 0.1
_NAMING_FEW: Final = 200
"""Words of names in a larger share of documents (in small collections, in more documents) don't distinguish names."""
DIMENSIONS: Final = 96
_POWER: Final = 2
_SEED: Final = 15


class TermVectors(NamedTuple):
    """Documents as term vectors."""

    words: tuple[str, ...]
    weights: Matrix
    """Documents × terms, rows of length 1: (1 + ln tf) · ln(n / df) (Salton & Buckley 1988)."""
    presence: Matrix
    """Documents × terms of names: presence of the term in the document, between 0 and 1."""
    titles: Matrix
    """Documents × terms: the terms of each concept's names, as shares of the name's total weight."""
    names: Matrix
    """Documents × terms: the terms of names, rows of length 1."""


def vectors(documents: Iterable[tuple[Counter[str], Sequence[Sequence[str]]]]) -> TermVectors:
    """Compute the vectors of documents, each given with the terms of each of its names. Documents are read once, not stored."""
    numbers: dict[str, int] = {}
    ids: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    titles: list[tuple[tuple[int, ...], ...]] = []
    for document, called in documents:
        number = numbers.setdefault
        ids.append(np.fromiter([number(w, len(numbers)) for w in document], dtype=np.int32, count=len(document)))
        counts.append(np.fromiter(document.values(), dtype=np.float32, count=len(document)))
        titles.append(tuple(tuple(sorted({number(w, len(numbers)) for w in name})) for name in called))
    n, m = len(ids), max(1, len(numbers))
    df = np.bincount(np.concatenate(ids), minlength=m).astype(np.float32) if ids else np.zeros(m, np.float32)
    idf = np.log((n + 1) / np.maximum(df, 1)).astype(np.float32)
    telling = (df <= min(_MOST, max(_FEW, _COMMON * n))) & (df > 1)
    naming = np.zeros(m, dtype=bool)
    for names in titles:
        for name in names:
            naming[list(name)] = True
    naming &= df <= max(_NAMING_FEW, _NAMING * n)
    weights, presence = [], []
    for own, tf in zip(ids, counts, strict=True):
        weights.append(_telling(own, (1 + np.log(tf)) * idf[own] * telling[own]))
        named = naming[own]
        presence.append((own[named], (tf / (tf + 1))[named]))
    shape = (n, m)
    shares = _csr([_title_weights(names, idf, naming) for names in titles], shape)
    named_rows = sp.csr_matrix(
        (idf[shares.indices] * (shares.data > 0), shares.indices.copy(), shares.indptr.copy()), shape=shape, dtype=np.float32
    )
    return TermVectors(
        tuple(numbers), _normalised(_csr(weights, shape)), _csr(presence, shape), shares, _normalised(named_rows)
    )


def _telling(ids: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The terms with the largest weights."""
    keep = weights > 0
    ids, weights = ids[keep], weights[keep]
    if len(ids) > _KEPT:
        best = np.lexsort((ids, -weights))[:_KEPT]
        ids, weights = ids[best], weights[best]
    return ids, weights


def _title_weights(names: Iterable[Sequence[int]], idf: np.ndarray, naming: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each term of the names with its maximum share of a name's weight."""
    best: dict[int, float] = {}
    for name in names:
        total = float(sum(idf[i] for i in name))
        if total > 0:
            for i in name:
                if naming[i]:
                    best[i] = max(best.get(i, 0.0), float(idf[i]) / total)
    ids = sorted(best)
    return np.array(ids, dtype=np.int32), np.array([best[i] for i in ids], dtype=np.float32)


def _csr(rows: Sequence[tuple[np.ndarray, np.ndarray]], shape: tuple[int, int]) -> Matrix:
    """A matrix from the columns and values of each row."""
    pointers = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum([len(columns) for columns, _ in rows], out=pointers[1:])
    flat = np.concatenate([values for _, values in rows]).astype(np.float32) if rows else np.zeros(0, np.float32)
    where = np.concatenate([columns for columns, _ in rows]) if rows else np.zeros(0, np.int32)
    matrix = sp.csr_matrix((flat, where, pointers), shape=shape)
    matrix.sort_indices()
    return matrix


def _normalised(matrix: Matrix) -> Matrix:
    """Normalise rows to length 1; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return (sp.diags(scale.astype(np.float32)) @ matrix).tocsr().astype(np.float32)


def latent(weights: Matrix, neighbours: Matrix, share: float = 0.5) -> np.ndarray:
    """Documents × at most `DIMENSIONS`: latent semantics of texts smoothed with those of linked concepts, rows of length 1.

    Deerwester et al. 1990, with the randomised range finder of Halko, Martinsson & Tropp 2011 (fixed seed, 2 power iterations).
    Rows of `neighbours` sum to 1 or are empty; `share` is the weight of the neighbours' mean relative to the text itself.
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
    # The left singular vectors of the wide matrix Qᵀ·A, from the small Gram matrix of its rows.
    square, u = np.linalg.eigh((short.T @ short).astype(np.float64))
    first = slice(-1, -k - 1, -1)
    reduced = (q @ (u[:, first] * np.sqrt(np.maximum(square[first], 0.0))).astype(np.float32)).astype(np.float32)
    length = np.sqrt((reduced * reduced).sum(axis=1, keepdims=True))
    unit: np.ndarray = np.divide(reduced, length, out=np.zeros_like(reduced), where=length > 1e-6)
    return unit
