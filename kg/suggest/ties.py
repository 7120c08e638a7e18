"""Which pairs of concepts are associated already: a pair that any statement ties, in either direction, is not missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from kg.model import Broken, Corpus, Relation, Resolved
from kg.suggest.matrices import Matrix

_STEPS = 2
"""Steps upwards in the hierarchy that tie a concept to another: a reader of its broader concept finds the next one there."""


class Hierarchical(NamedTuple):
    """The hierarchical relations of a vocabulary, as far as ties depend on them."""

    upwards: tuple[str, ...]
    """IRIs of the relations whose object is broader."""
    downwards: tuple[str, ...]
    transitive: tuple[str, ...]


def hierarchical_relations(relations: Mapping[str, Relation]) -> Hierarchical:
    """Return the hierarchical relations of a vocabulary."""
    own = sorted((iri, relation) for iri, relation in relations.items() if relation.hierarchical)
    return Hierarchical(
        tuple(iri for iri, relation in own if relation.kind == "broader"),
        tuple(iri for iri, relation in own if relation.kind == "narrower"),
        tuple(iri for iri, relation in own if relation.transitive),
    )


class Ties:
    """The tied pairs of a corpus, for fast tests of many pairs."""

    def __init__(self, corpus: Corpus, iris: tuple[str, ...], links: Matrix, hierarchy: Hierarchical) -> None:
        """`iris` are the concepts in the order of their numbers, and `links` the stated pairs."""
        self._n = max(1, len(iris))
        number = {iri: i for i, iri in enumerate(iris)}
        entries = links.tocoo()
        self._stated = np.unique(entries.row.astype(np.int64) * self._n + entries.col)
        further = {
            (number[s], number[t])
            for s, t in (*_linked(corpus), *ancestors(corpus, hierarchy))
            if s in number and t in number and s != t
        }
        both = np.array(sorted({*further, *((t, s) for s, t in further)}), dtype=np.int64).reshape(-1, 2)
        self.further = both[:, 0] * self._n + both[:, 1]
        """Row · width + column of further pairs, in both directions, ascending."""

    def tied(self, sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Whether a statement ties each pair, in either direction."""
        first, second = sources.astype(np.int64) * self._n + targets, targets.astype(np.int64) * self._n + sources
        tied: np.ndarray = _among(self._stated, first) | _among(self._stated, second) | _among(self.further, first)
        return tied

    def only_back(self, sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Whether each pair is stated from the target to the source, and not vice versa."""
        first, second = sources.astype(np.int64) * self._n + targets, targets.astype(np.int64) * self._n + sources
        back: np.ndarray = _among(self._stated, second) & ~_among(self._stated, first)
        return back


def _among(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Which of the wanted keys are among sorted ones."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool)
    matches: np.ndarray = keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted
    return matches


def _linked(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield the pairs of concepts that a link ties, be it in a table of contents, an embed, or to a heading that is missing."""
    concept_of = corpus.concept_of
    for path, _, resolution in corpus.links:
        source = concept_of.get(path)
        if source is None:
            continue
        target = concept_of.get(resolution.path or "") if isinstance(resolution, (Resolved, Broken)) else None
        if target is not None and target != source:
            yield source, target


def ancestors(corpus: Corpus, hierarchy: Hierarchical) -> Iterator[tuple[str, str]]:
    """Yield each concept with its broader ones within two steps, and with those at any distance along a transitive relation."""
    upwards, downwards, transitive = map(frozenset, hierarchy)
    parents: dict[str, set[str]] = defaultdict(set)
    chains: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for a in corpus.assertions:
        if a.predicate in upwards:
            below, above = a.subject, a.object
        elif a.predicate in downwards:
            below, above = a.object, a.subject
        else:
            continue
        parents[below].add(above)
        if a.predicate in transitive:
            chains[a.predicate][below].add(above)
    for concept in list(parents):
        yield from ((concept, above) for above in _above(parents, concept, _STEPS))
    for of_relation in chains.values():
        for concept in list(of_relation):
            yield from ((concept, above) for above in _above(of_relation, concept))


def _above(parents: Mapping[str, set[str]], concept: str, most: int | None = None) -> set[str]:
    """The concepts above one; at most so many steps. A cycle ends where it began."""
    reached: set[str] = set()
    level, steps = {concept}, 0
    while level and (most is None or steps < most):
        level = {above for below in level for above in parents.get(below, ())} - reached
        reached |= level
        steps += 1
    return reached - {concept}
