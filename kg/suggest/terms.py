"""Text similarity: TF-IDF of words and Chinese character pairs, titles in bodies, and latent semantic analysis."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
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
_BUCKETS: Final = 8
"""Weights of terms by their frequency are in steps of 1 / this."""
_POWER: Final = 2
_SEED: Final = 15
_STEPS: Final = 1024
_NOTHING: Final = 1e-3
"""Minimum length of the part of a document that is within the axes."""


class TermDocument(NamedTuple):
    """A document before it is a vector."""

    counts: Mapping[str, int]
    """Term → how often it occurs."""
    names: Sequence[Sequence[str]]
    """The terms of each of its names."""
    steady: Mapping[str, int]
    """Those of `counts` that few edits change: of names, definitions, headings and the lead. The latent axes come from them."""


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
    sampled: Matrix
    """Sampled documents × terms: of `TermDocument.steady`, those that several of these documents have."""


def vectors(documents: Sequence[TermDocument], sampled: np.ndarray | None = None) -> TermVectors:
    """Compute the vectors of documents.

    The weight of a term comes from its document frequency among the `sampled` documents (default: all), in coarse steps:
    a change of a document changes few rows. Terms are in the order of their text, so that equal rows have equal sums.
    """
    words = sorted({word for document in documents for word in chain(document.counts, *document.names)})
    number = {word: i for i, word in enumerate(words)}
    ids = [np.fromiter(map(number.__getitem__, d.counts), dtype=np.int32, count=len(d.counts)) for d in documents]
    counts = [np.fromiter(d.counts.values(), dtype=np.float32, count=len(d.counts)) for d in documents]
    titles = [tuple(tuple(sorted({number[w] for w in name})) for name in d.names) for d in documents]
    n, m = len(ids), max(1, len(words))
    drawn = np.ones(n, dtype=bool) if sampled is None else sampled
    size = max(1, int(drawn.sum()))
    seen = _frequencies([own for own, chosen in zip(ids, drawn.tolist(), strict=True) if chosen], m)
    likely = seen * np.float32(n / size)
    idf = np.round(np.log((size + 1) / np.maximum(seen, 1)) * _BUCKETS).astype(np.float32) / np.float32(_BUCKETS)
    most = min(_MOST, max(_FEW, _COMMON * n))
    uncommon = likely <= most
    telling = uncommon & (_frequencies(ids, m) > 1)
    naming = np.zeros(m, dtype=bool)
    for names in titles:
        for name in names:
            naming[list(name)] = True
    naming &= likely <= max(_NAMING_FEW, _NAMING * n)
    weights, presence = [], []
    for own, tf in zip(ids, counts, strict=True):
        weight = (1 + np.log(tf)) * idf[own]
        weights.append(_telling(own, weight * telling[own]))
        named = naming[own]
        presence.append((own[named], (tf / (tf + 1))[named]))
    shape = (n, m)
    shares = _csr([_title_weights(names, idf, naming) for names in titles], shape)
    named_rows = sp.csr_matrix(
        (idf[shares.indices] * (shares.data > 0), shares.indices.copy(), shares.indptr.copy()), shape=shape, dtype=np.float32
    )
    return TermVectors(
        tuple(words),
        _normalised(_csr(weights, shape)),
        _csr(presence, shape),
        shares,
        _normalised(named_rows),
        _axis_documents([d.steady for d, chosen in zip(documents, drawn.tolist(), strict=True) if chosen], number),
    )


def _axis_documents(documents: Sequence[Mapping[str, int]], number: Mapping[str, int]) -> Matrix:
    """The rows that the axes come from. Even the frequencies of terms are those of these parts of the documents."""
    m = max(1, len(number))
    ids = [np.fromiter(map(number.__getitem__, own), dtype=np.int32, count=len(own)) for own in documents]
    seen = _frequencies(ids, m)
    common = (seen > 1) & (seen <= max(_FEW, _COMMON * len(ids)))
    idf = rounded(np.log((len(ids) + 1) / np.maximum(seen, 1))) * common
    counts = (np.fromiter(own.values(), dtype=np.float32, count=len(own)) for own in documents)
    rows = [_telling(own, (1 + np.log(tf)) * idf[own]) for own, tf in zip(ids, counts, strict=True)]
    return _normalised(_csr(rows, (len(rows), m)))


def _frequencies(ids: Sequence[np.ndarray], words: int) -> np.ndarray:
    """The number of documents with each term."""
    joined = np.concatenate(ids) if ids else np.zeros(0, np.int32)
    return np.bincount(joined, minlength=words).astype(np.float32)


def rounded(values: np.ndarray) -> np.ndarray:
    """Values in steps of 1/1024. Sums of products of such values of unit vectors are exact, in whatever order they are added.

    >>> rounded(np.array([0.0005, 0.3])).tolist()
    [0.0009765625, 0.2998046875]
    """
    steps: np.ndarray = (np.round(values * _STEPS) / _STEPS).astype(np.float32)
    return steps


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


def latent(weights: Matrix, sampled: Matrix, recall: Callable[[bytes, Callable[[], bytes]], bytes] | None = None) -> np.ndarray:
    """Documents × at most `DIMENSIONS`: latent semantics of texts, rows of length 1.

    `recall` returns the bytes that were computed before from what has the same digest, or computes them.

    Deerwester et al. 1990, with the randomised range finder of Halko, Martinsson & Tropp 2011 (fixed seed, 2 power iterations).
    The axes come from the `sampled` documents, see `TermVectors`, and all are folded in: their rows depend on no other text.
    """
    n, m = weights.shape
    if min(n, m) < 2 or not weights.nnz:
        return np.zeros((n, 1), dtype=np.float32)
    # Only terms of these documents, so that other documents with further terms don't change the axes.
    terms = np.unique(sampled.indices)
    if min(sampled.shape[0], len(terms)) < 2:
        return np.zeros((n, 1), dtype=np.float32)
    drawn = sampled[:, terms]
    if recall is None:
        axes = _axes(drawn)
    else:
        data = recall(digest_matrix(drawn), lambda: _axes(drawn).tobytes())
        axes = np.frombuffer(data, dtype=np.float32).reshape(len(terms), -1)
    reduced = weights[:, terms] @ axes
    length = np.sqrt((reduced * reduced).sum(axis=1, keepdims=True))
    return rounded(np.divide(reduced, length, out=np.zeros_like(reduced), where=length > _NOTHING))


def digest_matrix(matrix: Matrix) -> bytes:
    """Return a digest of a sparse matrix."""
    digest = hashlib.blake2b(repr(matrix.shape).encode(), digest_size=16)
    for part in (matrix.indptr, matrix.indices, matrix.data):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.digest()


def _axes(weights: Matrix) -> np.ndarray:
    """Terms × axes: the first right singular vectors."""
    n, m = weights.shape
    k = min(DIMENSIONS, max(1, min(n, m) // 2))
    random = np.random.default_rng(_SEED).standard_normal((m, min(k + 8, m)), dtype=np.float32)
    back = weights.T.tocsr()
    y = weights @ random
    for _ in range(_POWER):
        y = np.linalg.qr(y)[0]
        y = weights @ (back @ y)
    q = np.linalg.qr(y)[0]
    short = back @ q
    # The right singular vectors of the wide matrix Qᵀ·A, from the small Gram matrix of its rows.
    square, u = np.linalg.eigh((short.T @ short).astype(np.float64))
    first = slice(-1, -k - 1, -1)
    axes: np.ndarray = (short @ (u[:, first] / np.sqrt(np.maximum(square[first], 1e-9)))).astype(np.float32)
    return axes
