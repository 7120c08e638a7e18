"""Ranks pairs of concepts that are not linked: the strongest suggestions of each concept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from kg.base.progress import begin_step, count_items
from kg.model import Corpus, Lane, Suggestion
from kg.suggest import LANES, MISSING, at_most, candidates, features, identity, links, text
from kg.suggest.candidates import CandidateRows
from kg.suggest.explain import EarlierRows, Explainer
from kg.suggest.features import FeatureTable
from kg.suggest.ranker import Ranker
from kg.suggest.ties import Hierarchical, Ties

_MEANT: Final = 0.04
"""Minimum share of notes in which a name is a link. A less often linked name, such as "value", doesn't denote the concept."""
_DIGITS: Final = 4
_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Ranking:
    """Suggested pairs as arrays, strongest first. Reasons are computed when rows are requested."""

    corpus: Corpus
    base: FeatureTable
    sources: np.ndarray
    targets: np.ndarray
    lanes: np.ndarray
    """Index of each pair's lane in `LANES`."""
    parts: np.ndarray
    """Pairs × features: the contribution of each feature to the score, rounded."""
    scores: np.ndarray
    caps: tuple[str, ...]
    """Messages about limits that were reached."""

    def __len__(self) -> int:
        return len(self.sources)

    def of(self, source: str) -> Ranking:
        """Return the suggestions of one concept."""
        at = np.flatnonzero(self.sources == (self.base.iris.index(source) if source in self.base.iris else -1))
        columns = {name: getattr(self, name)[at] for name in ("sources", "targets", "lanes", "parts", "scores")}
        return replace(self, **columns)

    def rows(self, earlier: EarlierRows | None = None) -> Iterator[Suggestion]:
        """Yield the suggestions with their reasons in batches, since a large collection has hundreds of thousands.

        `earlier` saves explaining them again; it doesn't affect the result.
        """
        earlier = earlier or EarlierRows()
        explainer = Explainer(self.corpus, self.base, earlier)
        for first in range(0, len(self.sources), _BATCH):
            part = slice(first, first + _BATCH)
            pairs = zip(self.sources[part].tolist(), self.targets[part].tolist(), strict=True)
            values = zip(self.scores[part].tolist(), self.parts[part].tolist(), strict=True)
            rows = [earlier.find_row(s, t, score, parts) for (s, t), (score, parts) in zip(pairs, values, strict=True)]
            explained = self._explained(explainer, first + np.array([i for i, row in enumerate(rows) if row is None], np.int64))
            yield from (next(explained) if row is None else row for row in rows)

    def _explained(self, explainer: Explainer, at: np.ndarray) -> Iterator[Suggestion]:
        """Yield some of the suggestions."""
        if not len(at):
            return
        concepts = self.corpus.concepts
        sources, targets = self.sources[at], self.targets[at]
        why = explainer.reasons(sources, targets, self.parts[at])
        named = np.where(_named(self.base, sources, targets), self.base.mentions.at(sources, targets), -1).tolist()
        pairs = zip(sources.tolist(), targets.tolist(), self.lanes[at].tolist(), strict=True)
        for (s, t, number), score, reasons, row in zip(pairs, self.scores[at].tolist(), why, named, strict=True):
            source, target, lane = concepts[self.base.iris[s]], concepts[self.base.iris[t]], LANES[number]
            mention = self.base.mentions.row(row)
            path = source.path if mention is None else mention.path
            name = identity(source.id, target.id)
            yield Suggestion(name, source.iri, target.iri, lane, score, reasons, path, target.path)


class SuggestOptions(NamedTuple):
    """Which suggestions are wanted."""

    limit: int
    """Maximum number for each concept."""
    rejected: Collection[tuple[str, str]]
    """Pairs of concept ids that an author rejected, in either order."""
    ranker: Ranker
    lanes: tuple[Lane, ...] = MISSING
    hierarchy: Hierarchical = Hierarchical((), (), ())
    """Of the vocabulary: what ties a concept to those above its broader ones."""


def base_of(corpus: Corpus, text_of: Callable[[str], str]) -> FeatureTable:
    """Collect the data that features are computed from; `text_of` returns the text of a note by path."""
    return features.collect(corpus, text_of)


def rank_pairs(corpus: Corpus, text_of: Callable[[str], str], options: SuggestOptions) -> Ranking:
    """The strongest suggestions for each concept in the requested lanes; `text_of` returns the text of a note by path.

    A pair that a statement ties in either direction isn't missing: it is at most in lane `backlink`.
    """
    with begin_step("suggesting", len(corpus.concepts)):
        base = base_of(corpus, text_of)
        return strongest(corpus, base, candidates.blocks(base), options)


def strongest(corpus: Corpus, base: FeatureTable, blocks: Iterable[CandidateRows], options: SuggestOptions) -> Ranking:
    """The strongest suggestions of the concepts in the blocks, see `rank_pairs`. A row depends on no other row."""
    number = {corpus.concepts[iri].id: i for i, iri in enumerate(base.iris)}
    n = max(1, len(base.iris))
    pairs = [(number[a], number[b]) for a, b in options.rejected if a in number and b in number]
    barred = np.array(sorted({k for a, b in pairs for k in (a * n + b, b * n + a)}), dtype=np.int64)
    ties = Ties(corpus, base.iris, base.links, options.hierarchy)
    kept: list[tuple[np.ndarray, ...]] = []
    for block in count_items(blocks, lambda block: len(block.least)):
        parts = np.round(options.ranker.parts(block.values), _DIGITS)
        scores = np.round(parts.sum(axis=1), _DIGITS)
        lanes = _lanes(base, ties, block.sources, block.targets)
        wanted = (scores > 0) & np.isin(lanes, [LANES.index(lane) for lane in options.lanes])
        wanted &= ~np.isin(block.sources * n + block.targets, barred)
        at = np.flatnonzero(wanted)
        order = at[np.lexsort((block.targets[at], -scores[at], block.sources[at]))]
        sources = block.sources[order]
        first = np.r_[True, sources[1:] != sources[:-1]] if len(sources) else np.zeros(0, dtype=bool)
        starts = np.flatnonzero(first)
        place = np.arange(len(sources)) - np.repeat(starts, np.diff(np.r_[starts, len(sources)]))
        order = order[place < options.limit]
        kept.append(tuple(column[order] for column in (block.sources, block.targets, lanes, parts, scores)))
    columns = tuple(np.concatenate(column) for column in zip(*kept, strict=True)) if kept else _nothing()
    order = np.lexsort((columns[1], columns[0], -columns[-1]))
    sources, targets, lanes, parts, scores = (column[order] for column in columns)
    return Ranking(corpus, base, sources, targets, lanes, parts, scores, caps(base, options.limit))


def _nothing() -> tuple[np.ndarray, ...]:
    none = np.zeros(0, dtype=np.int64)
    return none, none, none, np.zeros((0, len(features.FEATURES))), np.zeros(0)


def _lanes(base: FeatureTable, ties: Ties, sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Index of each pair's lane in `LANES`; -1 for a pair that is tied, but not only from the target to the source."""
    lanes = np.where(_named(base, sources, targets), LANES.index("mention"), LANES.index("latent"))
    tied = ties.tied(sources, targets)
    back = np.where(ties.only_back(sources, targets), LANES.index("backlink"), -1)
    indices: np.ndarray = np.where(tied, back, lanes)
    return indices


def _named(base: FeatureTable, sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Whether the source of each pair names the target (lane ``mention``)."""
    mentions = base.mentions
    rows = mentions.at(sources, targets)
    if not len(mentions):
        return rows >= 0
    meant: np.ndarray = mentions.titles[rows] | (mentions.strengths[rows] >= _MEANT)
    return meant & (rows >= 0)


def caps(base: FeatureTable, limit: int) -> tuple[str, ...]:
    """Messages about limits that were reached; empty if there are none."""
    texts = [at_most(limit)]
    n = len(base.iris)
    if n - 1 > candidates.CANDIDATES:
        texts.append(f"of {n:,} concepts the {candidates.CANDIDATES} likeliest of each generator are looked at")
        texts.append(f"walks leave out what they reach with a probability below {links.least(n):g}")
    long = sum(own.long for own in base.records.terms.values())
    if long:
        texts.append(f"of {long:,} long notes the first {text.MOST_CHARACTERS:,} characters are read")
    return tuple(texts)
