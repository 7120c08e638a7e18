"""Evaluates suggestions on a user's own notes: holds out links, rebuilds the features, and checks whether the links return."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, NamedTuple

import numpy as np

from kg.model import Corpus, Link, Note, Resolved
from kg.suggest import candidates, features, text
from kg.suggest.candidates import CandidateRows
from kg.suggest.features import FEATURES, FeatureTable
from kg.suggest.ranker import Ranker, packaged_ranker

VARIANTS: Final = ("markup removed", "mention masked")
SEEDS: Final = (1, 2, 3)
ENOUGH: Final = 50
"""Minimum number of distinct held-out pairs for a verdict."""
_SHARE: Final = 0.2
_MOST: Final = 400
"""Maximum number of pairs held out at a time."""
_KINDS: Final = ("wikilink", "markdown", "property", "name")
_FUSED: Final = ("mention", "title", "terms", "latent", "walk", "similar-link")
_RANK: Final = 60
METHODS: Final = ("kg", "mention count", "rank fusion")

Pair = tuple[int, int]


class Notes(NamedTuple):
    """A knowledge base that can be read again after changes to its files."""

    notes: Mapping[str, Note]
    raw: Mapping[str, bytes]
    parse: Callable[[str, bytes], Note]
    resolve: Callable[[Mapping[str, Note]], Corpus]
    places: Mapping[str, str]
    """Path of a note → its location on disk."""


class Score(NamedTuple):
    """The scores of one method, variant and seed: means over the source concepts, and over the held-out links.

    By concept corresponds to the evaluation of search engines by query (Voorhees 1999): a few notes have most of the links, but
    count no more than the others. By link corresponds to link prediction ("filtered", Bordes et al. 2013): a link's rank is
    computed among candidates that aren't links, so that the other links of the concept don't lower it.
    """

    recall5: float
    """By concept: share of its held-out links among its first 5 suggestions."""
    recall10: float
    mrr: float
    """By concept: 1 / rank of its first held-out link."""
    link_recall5: float
    """By link: share of links with rank at most 5."""
    link_recall10: float
    link_mrr: float
    """By link: 1 / rank."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All scores, in the order of `SEEDS`."""

    pairs: int
    """Number of distinct held-out pairs over all seeds."""
    holdable: int
    """Number of pairs whose links can be removed."""
    scores: Mapping[tuple[str, str], tuple[Score, ...]]
    """(method, variant) → one score for each seed; empty if there are too few pairs."""
    held: Mapping[tuple[str, int], int]
    """(variant, seed) → number of pairs."""

    @property
    def enough(self) -> bool:
        """Whether there are enough pairs for a verdict."""
        return self.pairs >= ENOUGH


class Holdout:
    """The links that can be removed from the notes of a knowledge base."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.corpus = notes.resolve(notes.notes)
        self.links = _editable(self.corpus)

    def drawn(self, seed: int) -> list[tuple[str, str]]:
        """The pairs of IRIs that a seed holds out: a fifth of those that can be removed, at most 400."""
        pairs = sorted(self.links)
        return random.Random(seed).sample(pairs, min(_MOST, math.ceil(_SHARE * len(pairs))))

    def masked(self, variant: str, seed: int) -> tuple[FeatureTable, set[Pair]]:
        """Compute features without the held-out links. Return them with those pairs, as indexes of concepts.

        The first variant keeps the link text as plain text. The second removes it, and every other place at which a note of
        the source names the target.
        """
        held = self.drawn(seed)
        whole = variant == VARIANTS[1]
        edits: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
        for pair in held:
            for path, link in self.links[pair]:
                edits[path].append((link.start, link.end, self._instead(path, link, whole)))
        raw = dict(self.notes.raw) | {path: _edited(self.notes.raw[path], e) for path, e in edits.items()}
        corpus, base = self._rebuilt(raw, edits)
        if whole:
            further = _namings(corpus, base, held)
            raw |= {path: _edited(raw[path], e) for path, e in further.items()}
            corpus, base = self._rebuilt(raw, {**edits, **further})
        number = {iri: i for i, iri in enumerate(base.iris)}
        pairs = {(number[s], number[t]) for s, t in held if s in number and t in number}
        return base, {p for p in pairs if base.links[p] == 0}

    def _instead(self, path: str, link: Link, whole: bool) -> bytes:
        """The replacement of a removed link: its text or nothing; in front matter an empty value."""
        if link.context != "front-matter":
            return b"" if whole else text.shows(link).encode("utf-8", "replace")
        data = self.notes.raw[path].removeprefix(b"\xef\xbb\xbf")
        return b"" if data[link.start - 1 : link.start] in (b"'", b'"') else b'""'

    def _rebuilt(self, raw: Mapping[str, bytes], changed: Mapping[str, object]) -> tuple[Corpus, FeatureTable]:
        notes = {p: self.notes.parse(p, raw[p]) if p in changed else note for p, note in self.notes.notes.items()}
        corpus = self.notes.resolve(notes)
        return corpus, features.collect(corpus, lambda path: raw[path].decode("utf-8", "replace"))


def _editable(corpus: Corpus) -> dict[tuple[str, str], list[tuple[str, Link]]]:
    """Pairs of concepts that are associated only by removable links, with these links."""
    links_of: dict[tuple[str, str], list[tuple[str, Link]]] = defaultdict(list)
    stated = {(a.subject, a.object) for a in corpus.assertions}
    kept = {(a.subject, a.object) for a in corpus.assertions if a.context == "diagram"}
    for path, link, meaning in corpus.links:
        if not isinstance(meaning, Resolved) or link.context == "toc":
            continue
        pair = corpus.concept_of.get(path, ""), corpus.concept_of.get(meaning.path, "")
        if not all(pair) or pair[0] == pair[1]:
            continue
        if link.kind in _KINDS and not link.embed and link.end > link.start:
            links_of[pair].append((path, link))
        else:
            kept.add(pair)
    return {pair: links for pair, links in links_of.items() if pair in stated and pair not in kept}


def _edited(data: bytes, edits: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Apply edits to bytes. Offsets don't count a byte order mark; of nested edits, only the outer one applies."""
    mark = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
    body, cursor, parts = data[len(mark) :], 0, [mark]
    for start, end, new in sorted(edits, key=lambda e: (e[0], -e[1])):
        if start >= cursor:
            parts += [body[cursor:start], new]
            cursor = end
    return b"".join((*parts, body[cursor:]))


def _namings(corpus: Corpus, base: FeatureTable, held: Sequence[tuple[str, str]]) -> dict[str, list[tuple[int, int, bytes]]]:
    """Edits that remove the remaining mentions of held-out targets in the notes of their sources."""
    number = {iri: i for i, iri in enumerate(base.iris)}
    targets: dict[str, set[int]] = defaultdict(set)
    for source, target in held:
        if target in number:
            targets[source].add(number[target])
    edits: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
    for path, words in base.records.texts.items():
        wanted = targets.get(corpus.concept_of.get(path, ""))
        if not wanted:
            continue
        for start, end, name in base.lexicon.met(words):
            if any(i in wanted for i, _ in base.lexicon.meanings[name]):
                first = len(words.raw[:start].encode("utf-8", "replace"))
                edits[path].append((first, first + len(words.raw[start:end].encode("utf-8", "replace")), b""))
    return edits


def evaluate_ranker(notes: Notes, ranker: Ranker | None = None) -> Evaluation:
    """Hold out links in both variants with three seeds, and compute at which ranks they return.

    A link that isn't a candidate counts as not found.
    """
    holdout = Holdout(notes)
    drawn = {seed: holdout.drawn(seed) for seed in SEEDS}
    number = len({pair for pairs in drawn.values() for pair in pairs})
    scores: dict[tuple[str, str], list[Score]] = defaultdict(list)
    counts: dict[tuple[str, int], int] = {}
    if number >= ENOUGH:
        for variant, seed in product(VARIANTS, SEEDS):
            base, held = holdout.masked(variant, seed)
            counts[variant, seed] = len(held)
            for method, ranks in _ranks(base, held, ranker or packaged_ranker()).items():
                scores[method, variant].append(score_of(ranks))
    return Evaluation(number, len(holdout.links), {k: tuple(v) for k, v in scores.items()}, counts)


def _ranks(base: FeatureTable, held: set[Pair], ranker: Ranker) -> dict[str, list[list[float]]]:
    """Method → for each concept, the ranks of its held-out links; infinite if a link isn't a candidate."""
    targets: dict[int, set[int]] = defaultdict(set)
    for source, target in held:
        targets[source].add(target)
    ranks: dict[str, list[list[float]]] = {method: [] for method in METHODS}
    column = {name: i for i, name in enumerate(FEATURES)}
    for block in candidates.blocks(base, sorted(targets)):
        scores = {
            "kg": np.round(ranker.parts(block.values).sum(axis=1), 4),
            "mention count": _counts(base, block),
        }
        starts = np.flatnonzero(np.r_[True, block.sources[1:] != block.sources[:-1]])
        for first, last in zip(starts.tolist(), [*starts.tolist()[1:], len(block.sources)], strict=True):
            part = slice(first, last)
            to = block.targets[part]
            wanted = targets[int(block.sources[first])]
            fused = sum(_reciprocal(block.values[part, column[name]], to) for name in _FUSED)
            for method in METHODS:
                values = scores[method][part] if method in scores else fused
                ranks[method].append(ranks_of(np.asarray(values), to, wanted))
    return ranks


def _counts(base: FeatureTable, block: CandidateRows) -> np.ndarray:
    """For each pair, how often the source names the target by title or alias without a link."""
    rows = base.mentions.at(block.sources, block.targets)
    counts: np.ndarray = (
        np.where(rows >= 0, base.mentions.times[rows] * base.mentions.titles[rows], 0) if len(base.mentions) else rows * 0.0
    )
    return counts


def _reciprocal(values: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """1 / (60 + rank) for positive values (reciprocal rank fusion; Cormack, Clarke & Büttcher 2009)."""
    order = np.lexsort((targets, -values))
    ranks = np.empty(len(values))
    ranks[order] = np.arange(1, len(values) + 1)
    return np.where(values > 0, 1.0 / (_RANK + ranks), 0.0)


def ranks_of(values: np.ndarray, targets: np.ndarray, wanted: set[int]) -> list[float]:
    """The ranks of the wanted targets; infinite for a target without a value."""
    ranks: dict[int, float] = dict.fromkeys(sorted(wanted), math.inf)
    for rank, at in enumerate(np.lexsort((targets, -values)).tolist(), 1):
        if values[at] <= 0:
            break
        if int(targets[at]) in wanted:
            ranks[int(targets[at])] = rank
    return list(ranks.values())


def score_of(by_concept: Sequence[Sequence[float]]) -> Score:
    """Recall and mean reciprocal rank, by concept and by link, from the ranks for each concept.

    >>> score_of([[1, 8], [4]])
    Score(recall5=0.75, recall10=1.0, mrr=0.625, link_recall5=0.6667, link_recall10=1.0, link_mrr=0.4643)
    """
    n = len(by_concept) or 1
    by_link = [rank - place for ranks in by_concept for place, rank in enumerate(sorted(ranks))]

    def recall(most: int) -> float:
        return sum(sum(r <= most for r in ranks) / len(ranks) for ranks in by_concept) / n

    def mean(values: Iterable[float]) -> float:
        return sum(values) / (len(by_link) or 1)

    values = (
        recall(5),
        recall(10),
        sum(1 / min(ranks) for ranks in by_concept) / n,
        *(mean(r <= most for r in by_link) for most in (5, 10)),
        mean(1 / r for r in by_link),
    )
    return Score(*(round(value, 4) for value in values))
