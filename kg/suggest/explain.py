"""Explains suggestions: for each part of a score, evidence that can be looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from kg.model import Corpus, Reason, Suggestion
from kg.suggest import links
from kg.suggest.features import FEATURES, FeatureTable
from kg.suggest.matrices import Matrix
from kg.suggest.words import ConceptWords, SharedWords

_TERMS: Final = 12
"""Number of shared terms for which words are looked for."""
_WORDS: Final = 8
_CONCEPTS: Final = 5

MentionPlace = tuple[str, int, int]
"""Path of a note, first character of a name in its text, and its end."""
Tops = list[tuple[int, ...]]
"""For each pair, the columns with the largest contributions, best first."""


class EarlierRows:
    """Suggestions that were computed before, as far as they or parts of them are the same now; here, there are none."""

    def find_row(self, source: int, target: int, score: float, parts: Sequence[float]) -> Suggestion | None:
        """Return the suggestion of a pair, if its reasons are the same; `parts` are the contributions of all features."""
        return None

    def find_reasons(self, source: int, target: int) -> Mapping[str, Reason]:
        """Return the reasons of a pair by kind, if they come from notes with the same bytes, terms and names."""
        return {}


class Explainer:
    """Computes the reasons of pairs in one corpus, in batches."""

    def __init__(self, corpus: Corpus, base: FeatureTable, earlier: EarlierRows) -> None:
        """`earlier` saves reading notes again; it doesn't affect the result."""
        self.base = base
        self._earlier = earlier
        self._out = links.row_shares(base.links)
        self._linked, self._both = _keys(base.links), _keys(base.both)
        self._assertions = corpus.assertions
        number = {iri: i for i, iri in enumerate(base.iris)}
        ends = [(number.get(a.subject, -1), number.get(a.object, -1)) for a in corpus.assertions]
        self._stated, self._first = np.unique(
            np.array([s * len(number) + t if min(s, t) >= 0 else -1 for s, t in ends], dtype=np.int64), return_index=True
        )
        self._together = _keys(base.together)
        self._words: dict[str, ConceptWords] = {}
        self._corpus = corpus

    def reasons(self, sources: np.ndarray, targets: np.ndarray, parts: np.ndarray) -> list[tuple[Reason, ...]]:
        """The reasons for each pair, strongest first; `parts` (pairs × features) are the rounded contributions."""
        base, terms = self.base, self.base.terms
        words, iris = terms.words, base.iris
        shared = _top(terms.weights[sources], terms.weights[targets], _TERMS)
        joins = _top_linked(base.shares[sources], targets, self._both, _CONCEPTS)
        tops = {
            "terms": shared,
            "latent": shared,
            "title": _top(terms.presence[sources], terms.titles[targets], _TERMS),
            "titled": _top(terms.titles[sources], terms.presence[targets], _TERMS),
            "names": _top(terms.names[sources], terms.names[targets], _TERMS),
            "walk": joins,
            "close-link": _top_linked(base.close[sources], targets, self._linked, _CONCEPTS),
            "similar-link": _top_linked(base.nearest[sources], targets, self._linked, _CONCEPTS),
            "link-similar": _top(self._out[sources], base.nearest[targets], _CONCEPTS),
            "co-link": _top_linked(self._out[sources], targets, self._together, _CONCEPTS, base.together.data),
        }
        forth, back = (self._places(base.mentions.at(*pair)) for pair in ((sources, targets), (targets, sources)))
        stated = np.searchsorted(self._stated, targets.astype(np.int64) * len(iris) + sources).tolist()
        explained = []
        order = np.argsort(-parts, axis=1, kind="stable").tolist()
        pairs = zip(sources.tolist(), targets.tolist(), parts.tolist(), order, strict=True)
        for at, (s, t, values, best) in enumerate(pairs):
            why, shown, before = [], None, self._earlier.find_reasons(s, t)
            for i in best:
                part = values[i]
                if part <= 0:
                    break
                name = FEATURES[i]
                if name in _FROM_NOTES and name in before:
                    why.append(before[name]._replace(contribution=part))
                elif name in _TERM_KINDS:
                    shown = shown or self._shared_words(iris[s], iris[t])
                    why.append(Reason(name, part, terms=shown.of([words[c] for c in tops[name][at]])[:_WORDS]))
                elif name in tops:
                    why.append(Reason(name, part, concepts=tuple([iris[c] for c in tops[name][at] if c not in (s, t)])))
                else:
                    why.append(self._other(name, part, (s, t), forth[at], back[at], stated[at]))
            explained.append(tuple(why))
        return explained

    def _places(self, rows: np.ndarray) -> list[MentionPlace | None]:
        """The note, first character and end of each mention; None for -1."""
        mentions = self.base.mentions
        if not len(mentions):
            return [None] * len(rows)
        columns = [column[np.maximum(rows, 0)].tolist() for column in mentions.places]
        named = zip(rows.tolist(), *columns, strict=True)
        return [(mentions.paths[note], start, end) if row >= 0 else None for row, note, start, end in named]

    def _other(
        self, name: str, part: float, pair: tuple[int, int], forth: MentionPlace | None, back: MentionPlace | None, stated: int
    ) -> Reason:
        """A reason without terms or concepts; `forth` and `back` are mentions, `stated` is the row number of the link back."""
        base = self.base
        match name:
            case "mention" | "rare":
                return self._line(name, part, forth)
            case "mentioned":
                return self._line(name, part, back)
            case "back":
                a = self._assertions[int(self._first[stated])]
                return Reason(name, part, a.path, a.line, a.column)
            case "place":
                shared = base.areas[pair[0]] & base.areas[pair[1]]
                return Reason(name, part, labels=tuple(sorted(shared, key=lambda x: (-base.rarity[x], x))))
        return Reason(name, part)

    def _shared_words(self, source: str, target: str) -> SharedWords:
        for iri in (source, target):
            if iri not in self._words:
                self._words[iri] = ConceptWords(self._corpus, self.base.records, iri)
        return SharedWords(self._words[source], self._words[target])

    def _line(self, name: str, part: float, place: MentionPlace | None) -> Reason:
        if place is None:
            return Reason(name, part)
        path, start, end = place
        text = self.base.records.texts[path]
        line, column = text.at(start)
        return Reason(name, part, path, line, column, text.raw[start:end])


_TERM_KINDS: Final = frozenset(("terms", "latent", "title", "titled", "names"))
_FROM_NOTES: Final = _TERM_KINDS | {"mention", "rare", "mentioned"}
"""Reasons whose evidence depends on nothing but the notes of both concepts, their terms, and the names in them."""


def _top(first: Matrix, second: Matrix, most: int) -> Tops:
    """For each row, the columns with the largest elementwise products of both matrices.

    >>> import scipy.sparse as sp
    >>> _top(sp.csr_matrix([[1.0, 2.0, 0.0]]), sp.csr_matrix([[1.0, 1.0, 1.0]]), 5)
    [(1, 0)]
    """
    both = first.multiply(second).tocsr()
    rows = np.repeat(np.arange(both.shape[0]), np.diff(both.indptr))
    return _best(rows, both.indices, both.data, both.shape[0], most)


def _keys(matrix: Matrix) -> np.ndarray:
    """Row · width + column of all entries, ascending."""
    entries = matrix.tocoo()
    keys: np.ndarray = np.sort(entries.row.astype(np.int64) * matrix.shape[1] + entries.col)
    return keys


def _top_linked(rows: Matrix, targets: np.ndarray, keys: np.ndarray, most: int, weights: np.ndarray | None = None) -> Tops:
    """For each row, the columns with the largest values among those linked to the row's target; `keys` encode all links.

    With `weights`, one for each link, values are multiplied by the weight of the link. The links of a target are not extracted
    one by one, since a hub has thousands.
    """
    pairs = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    wanted = rows.indices.astype(np.int64) * rows.shape[1] + targets[pairs]
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    hit = keys[at] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)
    values = rows.data[hit] if weights is None else rows.data[hit] * weights[at[hit]]
    return _best(pairs[hit], rows.indices[hit], values, rows.shape[0], most)


def _best(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, height: int, most: int) -> Tops:
    order = np.lexsort((columns, -values, rows))
    listed = columns[order].tolist()
    starts = np.searchsorted(rows, np.arange(height + 1)).tolist()
    return [tuple(listed[a : min(b, a + most)]) for a, b in pairwise(starts)]
