"""Generates candidates and computes the features of each pair, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp

from kg.suggest import links
from kg.suggest.best import first_of_rows, largest
from kg.suggest.features import FEATURES, RELATIVE, FeatureTable
from kg.suggest.matrices import Matrix

CANDIDATES: Final = 60
"""Maximum number of candidates that each generator returns for a concept."""
BLOCK: Final = 128
_SPARSE: Final = 0.1
"""Share of positive values up to which they are sorted instead of searching all columns."""
GENERATORS: Final = (
    "mention", "title", "mentioned", "titled", "terms", "latent", "names", "walk", "similar-link", "link-similar", "back",
)  # fmt: skip
"""Features that generate candidates. `place` can relate half of all pairs, and the others find no additional pairs."""


class CandidateRows(NamedTuple):
    """The candidates of several sources; pairs of the same source are adjacent."""

    sources: np.ndarray
    targets: np.ndarray
    values: np.ndarray
    """Pairs × columns: all features, then those of `RELATIVE` as shares."""
    least: np.ndarray
    """Sources × `GENERATORS`: the smallest value with which a generator chose a candidate; 0 if it chose all above 0."""


def blocks(base: FeatureTable, sources: Sequence[int] | np.ndarray | None = None) -> Iterator[CandidateRows]:
    """Yield the candidates of `sources` (default: all) with their features, in blocks. Linked pairs are omitted."""
    wanted = np.arange(len(base.iris)) if sources is None else np.array(sources, dtype=np.int64)
    if not len(wanted):
        return
    made = _Generators(base)
    for first in range(0, len(wanted), BLOCK):
        yield made.block(wanted[first : first + BLOCK])


class _Generators:
    """The candidate generators of one corpus."""

    def __init__(self, base: FeatureTable) -> None:
        self.base = base
        self.identity = sp.identity(len(base.iris), dtype=np.float32, format="csr")
        self.steps = links.steps(base.shares)
        self.text = base.terms.weights.T.tocsr()
        self.title = base.terms.titles.T.tocsr()
        self.present = base.terms.presence.T.tocsr()
        self.called = base.terms.names.T.tocsr()
        self.close_link = (base.close @ base.links).tocsr()
        self.similar_link = (base.nearest @ base.links).tocsr()
        self.out = links.row_shares(base.links)
        self.link_similar = (self.out @ base.nearest.T).tocsr()
        self.back = base.links.T.tocsr()
        self.mentioned = base.named.T.tocsr()
        self.sorted = base.sorting.T.tocsr()
        self.linked = links.popularity(base.links)

    def rows(self, at: np.ndarray) -> dict[str, Matrix]:
        """Feature → matrix of sources × all concepts; sparse, except for `latent`."""
        base = self.base
        return {
            "mention": base.named[at],
            "rare": base.rare[at],
            "title": base.terms.presence[at] @ self.title,
            "mentioned": self.mentioned[at],
            "titled": base.terms.titles[at] @ self.present,
            "terms": base.terms.weights[at] @ self.text,
            "latent": base.latent[at] @ base.latent.T,
            "names": base.terms.names[at] @ self.called,
            "walk": links.walk(self.steps, self.identity[at]),
            "close-link": self.close_link[at],
            "similar-link": self.similar_link[at],
            "link-similar": self.link_similar[at],
            "co-link": self.out[at] @ base.together,
            "back": self.back[at],
            "place": base.sorting[at] @ self.sorted,
        }

    def block(self, at: np.ndarray) -> CandidateRows:
        """The best candidates of each generator for some sources, with all features."""
        n = len(self.base.iris)
        by_feature = self.rows(at)
        barred = self.base.links[at].toarray() > 0
        barred[np.arange(len(at)), at] = True
        chosen = np.zeros((len(at), n), dtype=bool)
        least = np.stack([_choose(chosen, by_feature[name], barred) for name in GENERATORS], axis=1)
        chosen &= ~barred
        row, target = np.divmod(np.flatnonzero(chosen), n)
        columns: dict[str, np.ndarray] = {"linked": self.linked[target]}
        dense = np.empty((len(at), n), dtype=np.float32)
        for name, values in by_feature.items():
            if sp.issparse(values):
                # Reuse one buffer: allocating arrays of this size takes longer than computing with them.
                values.toarray(out=dense)
                columns[name] = dense[row, target]
            else:
                columns[name] = np.maximum(values[row, target], 0.0)
        columns["place"] = -np.expm1(-columns["place"])
        source = at[row]
        ordered = [columns[name] for name in FEATURES] + [_shares(columns[name], source) for name in RELATIVE]
        return CandidateRows(source, target, np.stack(ordered, axis=1), least)


def _choose(chosen: np.ndarray, values: Matrix, barred: np.ndarray) -> np.ndarray:
    """Mark the `CANDIDATES` largest positive values of each row that aren't barred; return the least of each row."""
    height, width = chosen.shape
    if sp.issparse(values) and values.nnz < _SPARSE * height * width:
        rows, columns = np.repeat(np.arange(height), np.diff(values.indptr)), values.indices
        keep = (values.data > 0) & ~barred[rows, columns]
        best = first_of_rows(rows[keep], columns[keep], values.data[keep], height, CANDIDATES)
    else:
        dense = values.toarray() if sp.issparse(values) else values.copy()
        dense[barred] = 0.0
        best = largest(dense, CANDIDATES)
    chosen[best.rows, best.columns] = True
    return best.least


def _shares(values: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Divide values by the largest value of the same source; pairs of the same source are adjacent.

    >>> _shares(np.array([1.0, 2.0, 0.0]), np.array([4, 4, 7])).tolist()
    [0.5, 1.0, 0.0]
    """
    if not len(values):
        return values
    starts = np.flatnonzero(np.r_[True, sources[1:] != sources[:-1]])
    largest = np.repeat(np.maximum.reduceat(values, starts), np.diff(np.r_[starts, len(values)]))
    shares: np.ndarray = np.divide(values, largest, out=np.zeros_like(values), where=largest > 0)
    return shares
