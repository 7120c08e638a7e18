"""Collects the data for features of concept pairs, once for a corpus: texts, names, terms, links."""

from __future__ import annotations

import hashlib
import math
import posixpath
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp

from kg.base.progress import advance_step, begin_step
from kg.model import Concept, Corpus
from kg.suggest import links, terms
from kg.suggest.matrices import Matrix
from kg.suggest.names import Lexicon, UnlinkedMentions, coarse, mentions
from kg.suggest.records import AnswerStore, NoteRecords, NoteTerms, NoteTexts, read_records, recall_axes
from kg.suggest.text import prose_tokens

FEATURES: Final = (
    "mention", "rare", "title", "mentioned", "titled", "terms", "latent", "names",
    "walk", "close-link", "similar-link", "link-similar", "co-link", "linked", "back", "place",
)  # fmt: skip
"""Names of the features, in column order."""

RELATIVE: Final = ("mention", "title", "terms", "latent", "walk", "similar-link")
"""Features that are also used as a share of the maximum over the candidates of the same concept."""

SAMPLE: Final = 2048
"""Number of notes from which the weights of terms and the latent axes come; an edit of another note doesn't change these."""
_SORTED_FEW: Final = 20
_RAREST: Final = 0.999


class FeatureTable(NamedTuple):
    """The data that features are computed from; rows are concepts in the order of `iris`."""

    iris: tuple[str, ...]
    records: NoteRecords
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
    similar_least: np.ndarray
    """See `links.SimilarTexts`."""
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


def collect(
    corpus: Corpus,
    text_of: Callable[[str], str],
    store: AnswerStore | None = None,
    find_similar: Callable[[np.ndarray, terms.TermVectors], links.SimilarTexts] = links.find_similar,
) -> FeatureTable:
    """Collect the data of a corpus; `text_of` returns the text of a note by path.

    The store saves reading notes again, `find_similar` comparing texts again; neither affects the result.
    """
    iris = tuple(corpus.concepts)
    number = {iri: i for i, iri in enumerate(iris)}
    n = len(iris)
    lexicon = Lexicon(corpus, number)
    records = read_records(NoteTexts(corpus, text_of), lexicon, store)
    mentioned = mentions(corpus, number, lexicon, records.names)
    concepts = list(corpus.concepts.values())
    with begin_step("comparing texts", 3):
        vectors = terms.vectors(
            [_document(concept, records.terms) for concept in concepts], sample_notes([c.path for c in concepts])
        )
        advance_step()
        pairs = {(number[a.subject], number[a.object]) for a in corpus.assertions if a.subject in number and a.object in number}
        linked = links.adjacency(n, {p for p in pairs if p[0] != p[1]})
        both = links.undirected(linked)
        shares = links.row_shares(both)
        latent = terms.latent(vectors.weights, vectors.sampled, partial(recall_axes, store) if store is not None else None)
        advance_step()
        naming = coarse(np.bincount(mentioned.keys % max(n, 1), minlength=n))
        seldom = 1 - np.log1p(naming) / math.log1p(max(n, 1))
        named, rare = mentioned.matrix(mentioned.strengths), mentioned.matrix(seldom[mentioned.keys % max(n, 1)])
        similar = find_similar(latent, vectors)
    areas = tuple(_labels(corpus, iri) for iri in iris)
    held = Counter(label for own in areas for label in own)
    rarity = {label: max(0.0, 1 - math.log(held[label]) / math.log(n)) if n > 1 else 0.0 for label in sorted(held)}
    return FeatureTable(
        iris=iris,
        records=records,
        mentions=mentioned,
        lexicon=lexicon,
        terms=vectors,
        latent=latent,
        links=linked,
        both=both,
        shares=shares,
        close=similar.close,
        nearest=similar.wide,
        similar_least=similar.least,
        together=links.together(linked),
        named=named,
        rare=rare,
        areas=areas,
        rarity=rarity,
        sorting=_sorting(areas, rarity),
    )


def sample_notes(paths: Sequence[str]) -> np.ndarray:
    """Choose notes by the hash of their paths: all up to `SAMPLE`, above that between a half and all of this number.

    >>> sample_notes(["a.md", "b.md"]).tolist()
    [True, True]
    """
    parts = 1
    while len(paths) > SAMPLE * parts:
        parts *= 2
    digests = (hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=4).digest() for path in paths)
    return np.array([int.from_bytes(digest, "big") % parts == 0 for digest in digests], dtype=bool)


def _document(concept: Concept, records: Mapping[str, NoteTerms]) -> terms.TermDocument:
    """The terms of a concept's notes, names and definitions."""
    names = [prose_tokens(name) for name in (*concept.labels.values(), *(a for a, _ in concept.alt_labels))]
    counts: Counter[str] = Counter()
    steady: Counter[str] = Counter()
    for path in concept.paths:
        if path in records:
            steady.update(records[path].steady.split())
            own = records[path].counter()
            if counts:
                counts.update(own)
            else:
                counts = own
    for word in chain.from_iterable((*names, *map(prose_tokens, concept.definitions.values()))):
        counts[word] += 1
        steady[word] += 1
    return terms.TermDocument(counts, names, {word: count for word, count in steady.items() if word in counts})


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
