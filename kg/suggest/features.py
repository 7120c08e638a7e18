"""What speaks for an association of two concepts, as numbers: candidates of each generator and the features of each pair."""

from __future__ import annotations

import math
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import scipy.sparse as sp

from kg.model import Corpus
from kg.suggest import links, terms
from kg.suggest.names import Lexicon, Mention, mentions
from kg.suggest.text import Text, tokens

FEATURES: Final = (
    "mention", "rare", "title", "mentioned", "titled", "terms", "latent", "names",
    "walk", "close-link", "similar-link", "link-similar", "linked", "back", "place",
)  # fmt: skip
"""Names of the features, in the order of the columns."""

RELATIVE: Final = ("mention", "title", "terms", "latent", "walk", "similar-link")
"""Features that are looked at once more as a share of the largest value that a candidate of the same concept has."""

CANDIDATES: Final = 60
"""So many candidates of each generator are looked at for a concept."""
BLOCK: Final = 512


class Base(NamedTuple):
    """All that features are made of: one row for each concept, in the order of `iris`."""

    iris: tuple[str, ...]
    texts: Mapping[str, Text]
    mentions: Mapping[tuple[int, int], Mention]
    lexicon: Lexicon
    terms: terms.Terms
    latent: np.ndarray
    links: Any
    """Concepts × concepts: 1 where an author linked the first to the second, whatever the relation."""
    both: Any
    """The same in either direction."""
    shares: Any
    close: Any
    """Concepts × concepts: the few texts most alike by their terms, as shares of a row."""
    nearest: Any
    """Concepts × concepts: the most similar texts, as shares of a row."""
    named: Any
    """Concepts × concepts: strength of the mention."""
    rare: Any
    """Concepts × concepts: how few other concepts name the one that is named, between 0 and 1."""
    areas: tuple[frozenset[str], ...]
    rarity: Mapping[str, float]


class Block(NamedTuple):
    """Some sources with their candidates."""

    sources: np.ndarray
    targets: np.ndarray
    values: np.ndarray
    """Pairs × (features, then those of `RELATIVE` as shares)."""


def collect(corpus: Corpus, texts: Mapping[str, Text]) -> Base:
    """Everything about a corpus; `texts` gives the running text of each note that describes a concept."""
    iris = tuple(corpus.concepts)
    number = {iri: i for i, iri in enumerate(iris)}
    n = len(iris)
    found, lexicon = mentions(corpus, number, texts)
    documents, titles = [], []
    for iri in iris:
        concept = corpus.concepts[iri]
        counts: Counter[str] = Counter()
        for path in concept.paths:
            if path in texts:
                counts.update(tokens(texts[path].plain))
                counts.update(tokens(texts[path].shown))
        names = [tokens(name.lower()) for name in (*concept.labels.values(), *(a for a, _ in concept.alt_labels))]
        for name in names:
            counts.update(name)
        for definition in concept.definitions.values():
            counts.update(tokens(definition.lower()))
        documents.append(counts)
        titles.append(names)
    vectors = terms.vectors(documents, titles)
    pairs = {(number[a.subject], number[a.object]) for a in corpus.assertions if a.subject in number and a.object in number}
    linked = links.adjacency(n, {p for p in pairs if p[0] != p[1]})
    both = links.undirected(linked)
    shares = links.row_shares(both)
    latent = terms.latent(vectors.weights, shares)
    rows = np.array([p[0] for p in found], dtype=np.int32)
    columns = np.array([p[1] for p in found], dtype=np.int32)
    named = sp.csr_matrix((np.array([m.strength for m in found.values()], np.float32), (rows, columns)), shape=(n, n))
    naming = np.bincount(columns, minlength=n) if found else np.zeros(n)
    seldom = 1 - np.log1p(naming) / math.log1p(max(n, 1))
    rare = sp.csr_matrix((seldom[columns].astype(np.float32), (rows, columns)), shape=(n, n))
    close, nearest = links.nearest(latent, vectors.weights)
    labels = [_labels(corpus, iri) for iri in iris]
    held = Counter(label for own in labels for label in own)
    rarity = {label: max(0.0, 1 - math.log(held[label]) / math.log(n)) if n > 1 else 0.0 for label in held}
    return Base(
        iris, texts, found, lexicon, vectors, latent, linked, both, shares, close, nearest, named, rare,
        tuple(labels), rarity,
    )  # fmt: skip


def _labels(corpus: Corpus, iri: str) -> frozenset[str]:
    """What sorts a concept: tags, area, folder."""
    concept = corpus.concepts[iri]
    tags = {f"#{tag.lower()}" for tag in concept.tags}
    return frozenset(tags | {f"/{posixpath.dirname(concept.path)}"} | ({f"={concept.area}"} if concept.area else set()))


def blocks(base: Base, sources: Sequence[int] | None = None) -> Iterator[Block]:
    """The candidates of some sources (or of all) with their features, block by block; pairs that are linked are left out."""
    n = len(base.iris)
    wanted = np.arange(n) if sources is None else np.array(sources, dtype=np.int64)
    made = _Made(base)
    for first in range(0, len(wanted), BLOCK):
        yield made.block(wanted[first : first + BLOCK])


class _Made:
    """The generators, ready to be asked for rows."""

    def __init__(self, base: Base) -> None:
        self.base = base
        n = len(base.iris)
        self.identity = sp.identity(n, dtype=np.float32, format="csr")
        self.text = base.terms.weights.T.tocsr()
        self.title = base.terms.titles.T.tocsr()
        self.present = base.terms.presence.T.tocsr()
        self.called = base.terms.names.T.tocsr()
        self.close_link = (base.close @ base.links).tocsr()
        self.similar_link = (base.nearest @ base.links).tocsr()
        self.link_similar = (links.row_shares(base.links) @ base.nearest.T).tocsr()
        self.back = base.links.T.tocsr()
        self.mentioned = base.named.T.tocsr()
        indegree = np.asarray(base.links.sum(axis=0)).ravel()
        self.linked = np.log1p(indegree) / max(1.0, math.log1p(float(indegree.max(initial=0.0))))

    def rows(self, at: np.ndarray) -> dict[str, np.ndarray]:
        """Feature → sources × all concepts."""
        base = self.base
        dense: dict[str, np.ndarray] = {
            "mention": base.named[at].toarray(),
            "rare": base.rare[at].toarray(),
            "title": (base.terms.presence[at] @ self.title).toarray(),
            "mentioned": self.mentioned[at].toarray(),
            "titled": (base.terms.titles[at] @ self.present).toarray(),
            "terms": (base.terms.weights[at] @ self.text).toarray(),
            "latent": np.maximum(base.latent[at] @ base.latent.T, 0.0),
            "names": (base.terms.names[at] @ self.called).toarray(),
            "walk": links.walk(base.shares, self.identity[at]).toarray(),
            "close-link": self.close_link[at].toarray(),
            "similar-link": self.similar_link[at].toarray(),
            "link-similar": self.link_similar[at].toarray(),
            "back": self.back[at].toarray(),
        }
        return dense

    def block(self, at: np.ndarray) -> Block:
        base = self.base
        n = len(base.iris)
        dense = self.rows(at)
        barred = base.links[at].toarray() > 0
        barred[np.arange(len(at)), at] = True
        chosen = np.zeros((len(at), n), dtype=bool)
        k = min(CANDIDATES, n)
        for values in dense.values():
            if k >= n:
                chosen |= values > 0
                continue
            values = np.where(barred, 0.0, values)
            best = np.argpartition(-values, k - 1, axis=1)[:, :k]
            more = np.take_along_axis(values, best, axis=1) > 0
            np.put_along_axis(chosen, best, more | np.take_along_axis(chosen, best, axis=1), axis=1)
        chosen &= ~barred
        row, target = np.nonzero(chosen)
        source = at[row]
        dense_columns = {name: values[row, target] for name, values in dense.items()}
        dense_columns |= {"linked": self.linked[target], "place": self._place(source, target)}
        columns = [dense_columns[name] for name in FEATURES]
        columns += [_shares(columns[FEATURES.index(name)], source) for name in RELATIVE]
        return Block(source, target, np.stack(columns, axis=1).astype(np.float32))

    def _place(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """How telling the tags, area and folder are that both have: 1 minus the product of 1 minus each one's rarity."""
        base = self.base
        found = np.zeros(len(source), dtype=np.float32)
        for i, (a, b) in enumerate(zip(source.tolist(), target.tolist(), strict=True)):
            left = 1.0
            for label in base.areas[a] & base.areas[b]:
                left *= 1 - base.rarity[label]
            found[i] = 1 - left
        return found


def _shares(values: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Values as shares of the largest one of the same source; pairs of one source stand together.

    >>> _shares(np.array([1.0, 2.0, 0.0]), np.array([4, 4, 7])).tolist()
    [0.5, 1.0, 0.0]
    """
    if not len(values):
        return values
    starts = np.flatnonzero(np.r_[True, sources[1:] != sources[:-1]])
    largest = np.repeat(np.maximum.reduceat(values, starts), np.diff(np.r_[starts, len(values)]))
    found: np.ndarray = np.divide(values, largest, out=np.zeros_like(values), where=largest > 0)
    return found
