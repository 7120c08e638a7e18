"""Weights fitted to one's own notes, kept only where they do better than the frozen ones on links they did not learn from."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats.json_text import read_json
from kg.base.json_forms import json_pretty
from kg.base.notefile import overwrite_file
from kg.suggest import candidates
from kg.suggest.evaluate import ENOUGH, VARIANTS, Holdout, Notes, Score, ranks_of, score_of
from kg.suggest.features import FeatureTable
from kg.suggest.ranker import COLUMNS, Choices, Ranker, decode, encode, fit, frozen

FILE: Final = "snapshot/ranker.json"
SEEDS: Final = (11, 12, 13)
"""Not those of `--evaluate`, and those of the frozen weights."""


class _Part(NamedTuple):
    """Candidates of some concepts: who, whom, features, and whether it was a link that was held out."""

    variant: str
    sources: np.ndarray
    targets: np.ndarray
    values: np.ndarray
    chosen: np.ndarray


@dataclass(frozen=True, slots=True)
class Refit:
    """What came of fitting: each half of the concepts is judged by weights that learned from the other half."""

    pairs: int
    """Different pairs that were held out."""
    scores: Mapping[tuple[str, str], Score]
    """(``frozen`` or ``refitted``, variant) → score over both halves; empty where there are too few pairs."""
    ranker: Ranker | None
    """Fitted to all of it; None where there are too few pairs."""

    @property
    def better(self) -> bool:
        """Whether the refitted weights have the higher mean reciprocal rank over both variants."""
        return bool(self.scores) and self._mean("refitted") > self._mean("frozen")

    def _mean(self, who: str) -> float:
        return sum(self.scores[who, variant].mrr for variant in VARIANTS) / len(VARIANTS)


def refit_ranker(notes: Notes) -> Refit:
    """Fit the ranker to the links of these notes, both variants in one model, and judge it by two-fold cross-validation.

    The halves are drawn by a digest of each concept's IRI, so that they don't depend on order and stay when notes are added.
    """
    holdout = Holdout(notes)
    pairs = {pair for seed in SEEDS for pair in holdout.drawn(seed)}
    if len(pairs) < ENOUGH:
        return Refit(len(pairs), {}, None)
    halves: tuple[list[_Part], list[_Part]] = ([], [])
    for variant in VARIANTS:
        for seed in SEEDS:
            base, held = holdout.masked(variant, seed)
            for half, parts in enumerate(halves):
                sources = sorted({s for s, _ in held if _half(base, s) == half})
                if sources:
                    parts.append(_part(base, variant, sources, held))
    if not all(halves):  # the links are all of one concept, or nearly so
        return Refit(len(pairs), {}, None)
    ranks: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for half in (0, 1):
        learned = fit([_choices(part) for part in halves[1 - half]])
        for part in halves[half]:
            for who, ranker in (("frozen", frozen()), ("refitted", learned)):
                ranks[who, part.variant] += _ranks(part, ranker)
    scores = {key: score_of(of_concepts) for key, of_concepts in ranks.items()}
    return Refit(len(pairs), scores, fit([_choices(part) for parts in halves for part in parts]))


def _half(base: FeatureTable, number: int) -> int:
    return hashlib.sha256(base.iris[number].encode("utf-8", "replace")).digest()[0] % 2


def _part(base: FeatureTable, variant: str, sources: list[int], held: set[tuple[int, int]]) -> _Part:
    blocks = list(candidates.blocks(base, sources))
    at = np.concatenate([b.sources for b in blocks])
    to = np.concatenate([b.targets for b in blocks])
    chosen = np.array([pair in held for pair in zip(at.tolist(), to.tolist(), strict=True)])
    return _Part(variant, at, to, np.concatenate([b.values for b in blocks]), chosen)


def _choices(part: _Part) -> Choices:
    return Choices(part.sources, part.values, part.chosen)


def _ranks(part: _Part, ranker: Ranker) -> list[list[float]]:
    """For each concept the ranks of what was taken out and is among its candidates."""
    scores = np.round(ranker.parts(part.values).sum(axis=1), 4)
    starts = np.flatnonzero(np.r_[True, part.sources[1:] != part.sources[:-1]]).tolist()
    ranks = []
    for first, last in zip(starts, [*starts[1:], len(part.sources)], strict=True):
        to = part.targets[first:last]
        wanted = set(to[part.chosen[first:last]].tolist())
        if wanted:
            ranks.append(ranks_of(scores[first:last], to, wanted))
    return ranks


def write_ranker(ontology: Path, outcome: Refit) -> Path:
    """Remember the refitted weights beside the snapshot; `kg suggest` and builds use them from then on."""
    assert outcome.ranker is not None  # noqa: S101  # callers ask `better` first
    path = ontology / FILE
    table = {"pairs": outcome.pairs, "features": encode(outcome.ranker)}
    overwrite_file(path, (json_pretty(table, indent=1, sort_keys=True) + "\n").encode(), inside=(ontology.parent,))
    return path


def read_ranker(ontology: Path) -> Ranker | None:
    """The weights that a knowledge base remembers, or None where it has none.

    Raises UsageError for a file that is no table of weights: suggestions by something else would look just as good.
    """
    path = ontology / FILE
    try:
        table: object = read_json(files.read(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"can't read {path}: {error}", hint="remove it, or make it anew with 'kg suggest --refit'") from None
    features = table.get("features") if isinstance(table, dict) else None
    if not isinstance(features, dict) or not all(name in COLUMNS and _is_row(row) for name, row in features.items()):
        raise UsageError(f"{path} holds no weights of kg suggest", hint="remove it, or make it anew with 'kg suggest --refit'")
    return decode(features)


def _is_row(row: object) -> bool:
    """Whether a value is a list of pairs of a positive knot and a weight that is not negative."""
    return isinstance(row, list) and all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in pair)
        and pair[0] > 0
        and pair[1] >= 0
        for pair in row
    )
