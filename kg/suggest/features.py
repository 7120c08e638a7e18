"""Collects the data for features of concept pairs, once for a corpus: texts, names, terms, links."""

from __future__ import annotations

import math
import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp

from kg.model import Concept, Corpus
from kg.suggest import links, terms
from kg.suggest.matrices import Matrix
from kg.suggest.names import Lexicon, UnlinkedMentions, mentions
from kg.suggest.text import NoteText, tokens

FEATURES: Final = (
    "mention", "rare", "title", "mentioned", "titled", "terms", "latent", "names",
    "walk", "close-link", "similar-link", "link-similar", "co-link", "linked", "back", "place",
)  # fmt: skip
"""Names of the features, in column order."""

RELATIVE: Final = ("mention", "title", "terms", "latent", "walk", "similar-link")
"""Features that are also used as a share of the maximum over the candidates of the same concept."""

_SORTED_FEW: Final = 20
_RAREST: Final = 0.999


class FeatureTable(NamedTuple):
    """The data that features are computed from; rows are concepts in the order of `iris`."""

    iris: tuple[str, ...]
    texts: Mapping[str, NoteText]
    mentions: UnlinkedMentions
    lexicon: Lexicon
    terms: terms.TermVectors
    latent: np.ndarray
    links: Matrix
    """Concepts × concepts: 1 if an author linked the first to the second, by any relation."""
    both: Matrix
    """The symmetric closure of `links`."""
    shares: Matrix
    close: Matrix
    """Concepts × concepts: the few most similar texts by terms, as shares of a row."""
    nearest: Matrix
    """Concepts × concepts: the most similar texts, as shares of a row."""
    together: Matrix
    """Concepts × concepts: co-citation, see `links.together`."""
    named: Matrix
    """Concepts × concepts: strength of the mention."""
    rare: Matrix
    """Concepts × concepts: rarity of mentions of the named concept, between 0 and 1."""
    areas: tuple[frozenset[str], ...]
    """For each concept its tags, area and folder."""
    rarity: Mapping[str, float]
    """Label → its rarity among concepts, between 0 and 1."""
    sorting: Matrix
    """Concepts × labels, see `_sorting`."""


def collect(corpus: Corpus, texts: Mapping[str, NoteText]) -> FeatureTable:
    """Collect the data of a corpus; `texts` gives the running text of each note that describes a concept."""
    iris = tuple(corpus.concepts)
    number = {iri: i for i, iri in enumerate(iris)}
    n = len(iris)
    mentioned, lexicon = mentions(corpus, number, texts)
    vectors = terms.vectors(_document(corpus.concepts[iri], texts) for iri in iris)
    pairs = {(number[a.subject], number[a.object]) for a in corpus.assertions if a.subject in number and a.object in number}
    linked = links.adjacency(n, {p for p in pairs if p[0] != p[1]})
    both = links.undirected(linked)
    shares = links.row_shares(both)
    latent = terms.latent(vectors.weights, shares)
    naming = np.bincount(mentioned.keys % max(n, 1), minlength=n)
    seldom = 1 - np.log1p(naming) / math.log1p(max(n, 1))
    named, rare = mentioned.matrix(mentioned.strengths), mentioned.matrix(seldom[mentioned.keys % max(n, 1)])
    close, nearest = links.nearest(latent, vectors.weights)
    areas = tuple(_labels(corpus, iri) for iri in iris)
    held = Counter(label for own in areas for label in own)
    rarity = {label: max(0.0, 1 - math.log(held[label]) / math.log(n)) if n > 1 else 0.0 for label in sorted(held)}
    return FeatureTable(
        iris=iris,
        texts=texts,
        mentions=mentioned,
        lexicon=lexicon,
        terms=vectors,
        latent=latent,
        links=linked,
        both=both,
        shares=shares,
        close=close,
        nearest=nearest,
        together=links.together(linked),
        named=named,
        rare=rare,
        areas=areas,
        rarity=rarity,
        sorting=_sorting(areas, rarity),
    )


def _document(concept: Concept, texts: Mapping[str, NoteText]) -> tuple[Counter[str], list[list[str]]]:
    """The terms in a concept's notes, and the terms of each of its names."""
    names = [tokens(name.lower()) for name in (*concept.labels.values(), *(a for a, _ in concept.alt_labels))]
    own = [texts[path] for path in concept.paths if path in texts]
    counts = Counter(chain.from_iterable(chain(tokens(t.plain), tokens(t.shown)) for t in own))
    for words in chain(names, (tokens(d.lower()) for d in concept.definitions.values())):
        counts.update(words)
    return counts, names


def _sorting(areas: Sequence[frozenset[str]], rarity: Mapping[str, float]) -> Matrix:
    """Concepts × labels with √(−ln(1 − rarity)): the product of two rows measures the rarity of their common labels.

    Labels of a single concept, or of more than a quarter of the concepts, are omitted.
    """
    held = Counter(label for own in areas for label in own)
    most = max(_SORTED_FEW, len(areas) / 4)
    column = {label: i for i, label in enumerate(k for k in rarity if rarity[k] > 0 and 1 < held[k] <= most)}
    weight = {k: math.sqrt(-math.log(1 - min(rarity[k], _RAREST))) for k in column}
    rows = [(i, column[k], weight[k]) for i, own in enumerate(areas) for k in sorted(own) if k in column]
    shape = (len(areas), max(1, len(column)))
    if not rows:
        return sp.csr_matrix(shape, dtype=np.float32)
    at, to, data = zip(*rows, strict=True)
    return sp.csr_matrix((np.array(data, dtype=np.float32), (at, to)), shape=shape)


def _labels(corpus: Corpus, iri: str) -> frozenset[str]:
    """The tags, area and folder of a concept."""
    concept = corpus.concepts[iri]
    tags = {f"#{tag.lower()}" for tag in concept.tags}
    return frozenset(tags | {f"/{posixpath.dirname(concept.path)}"} | ({f"={concept.area}"} if concept.area else set()))
