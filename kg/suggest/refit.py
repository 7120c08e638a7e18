"""Fits weights to a user's own notes; keeps them only if they score better than the packaged ones on held-out links."""

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
from kg.suggest.ranker import COLUMNS, Choices, Ranker, decode, encode, fit, packaged_ranker

FILE: Final = "snapshot/ranker.json"
SEEDS: Final = (11, 12, 13)
"""Different from the seeds of `--evaluate` and of the packaged weights."""


class _Part(NamedTuple):
    """The candidates of some concepts: source, target, features, and whether the pair is a held-out link."""

    variant: str
    sources: np.ndarray
    targets: np.ndarray
    values: np.ndarray
    chosen: np.ndarray


@dataclass(frozen=True, slots=True)
class Refit:
    """The result of a fit; each half of the concepts is scored with weights fitted to the other half."""

    pairs: int
    """Number of distinct held-out pairs."""
    scores: Mapping[tuple[str, str], Score]
    """(``frozen`` or ``refitted``, variant) → score over both halves; empty if there are too few pairs."""
    ranker: Ranker | None
    """Fitted to both halves; None if there are too few pairs."""

    @property
    def better(self) -> bool:
        """Whether the refitted weights have the higher mean reciprocal rank over both variants."""
        return bool(self.scores) and self._mean("refitted") > self._mean("frozen")

    def _mean(self, who: str) -> float:
        return sum(self.scores[who, variant].mrr for variant in VARIANTS) / len(VARIANTS)


def refit_ranker(notes: Notes) -> Refit:
    """Fit the ranker to the links of these notes, both variants in one model, and score it by two-fold cross-validation.

    A digest of each concept's IRI assigns it to a half, so that halves don't depend on order or on added notes.
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
    if not all(halves):  # (almost) all links have the same source
        return Refit(len(pairs), {}, None)
    ranks: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for half in (0, 1):
        learned = fit([_choices(part) for part in halves[1 - half]])
        for part in halves[half]:
            for who, ranker in (("frozen", packaged_ranker()), ("refitted", learned)):
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
    """For each concept, the ranks of its held-out links that are candidates."""
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
    """Write the refitted weights next to the snapshot. `kg suggest` and builds use them from then on."""
    assert outcome.ranker is not None  # noqa: S101  # callers ask `better` first
    path = ontology / FILE
    table = {"pairs": outcome.pairs, "features": encode(outcome.ranker)}
    overwrite_file(path, (json_pretty(table, indent=1, sort_keys=True) + "\n").encode(), inside=(ontology.parent,))
    return path


def read_ranker(ontology: Path) -> Ranker | None:
    """Read the weights of a knowledge base; None if it has none.

    Raises UsageError if the file isn't a table of weights. Other weights would not be noticed in the output.
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
    """Whether a value is a list of pairs of a positive knot and a non-negative weight."""
    return isinstance(row, list) and all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in pair)
        and pair[0] > 0
        and pair[1] >= 0
        for pair in row
    )
