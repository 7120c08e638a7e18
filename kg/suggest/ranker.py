"""The ranker: a monotone additive model with fixed weights, whose parts sum to the score."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from kg.suggest.features import FEATURES, RELATIVE

WEIGHTS: Final = Path(__file__).with_name("weights.json")

COLUMNS: Final = (*FEATURES, *(f"{name} as a share" for name in RELATIVE))
"""Names of the weights in the file."""


class Ranker(NamedTuple):
    """Knots and weights for each feature, which contributes Σ weight · min(value / knot, 1), a non-decreasing function.

    A generalised additive model (Hastie & Tibshirani 1986) of increasing hinge functions, fitted as a conditional logit
    (McFadden 1974): which of all candidates of a concept would the author link?
    """

    knots: tuple[tuple[float, ...], ...]
    weights: tuple[tuple[float, ...], ...]

    def parts(self, values: np.ndarray) -> np.ndarray:
        """Pairs × values → pairs × features: the contribution of each feature, with its share. The score is the sum of a row.

        >>> import numpy
        >>> none = ((),) * (len(COLUMNS) - 1)
        >>> one = Ranker(((1.0, 2.0), *none), ((0.5, 0.25), *none))
        >>> float(one.parts(numpy.eye(1, len(COLUMNS)))[0, 0])
        0.625
        """
        added = np.zeros((len(values), len(FEATURES)), dtype=np.float64)
        for i, (knots, weights) in enumerate(zip(self.knots, self.weights, strict=True)):
            column = np.ascontiguousarray(values[:, i])
            at = i if i < len(FEATURES) else FEATURES.index(RELATIVE[i - len(FEATURES)])
            for knot, weight in zip(knots, weights, strict=True):
                added[:, at] += weight * np.minimum(column * np.float32(1 / knot), np.float32(1))
        return added


@cache
def packaged_ranker() -> Ranker:
    """The packaged ranker, fitted by `benchmarks/train_suggest.py`."""
    return decode(json.loads(WEIGHTS.read_text(encoding="utf-8"))["features"])


def decode(table: Mapping[str, Sequence[tuple[float, float]]]) -> Ranker:
    """Make a ranker from a table: feature → pairs of knot and weight."""
    rows = [table.get(name, []) for name in COLUMNS]
    return Ranker(tuple(tuple(k for k, _ in row) for row in rows), tuple(tuple(w for _, w in row) for row in rows))


def encode(ranker: Ranker) -> dict[str, list[list[float]]]:
    """Make a table from a ranker; knots with weight 0 are omitted."""
    return {
        name: [[k, w] for k, w in zip(knots, weights, strict=True) if w > 0]
        for name, knots, weights in zip(COLUMNS, ranker.knots, ranker.weights, strict=True)
    }


_QUANTILES: Final = (0.9, 0.98, 0.999)
"""Quantiles for knots: most candidates have low values, and the upper end distinguishes them."""
_PENALTY: Final = 1.0
_ROUNDS: Final = 300


class Choices(NamedTuple):
    """Choices of authors: pairs sorted by source, each with whether it is a held-out link."""

    sources: np.ndarray
    values: np.ndarray
    chosen: np.ndarray


def fit(choices: Sequence[Choices]) -> Ranker:
    """Fit the ranker by maximum likelihood of the authors' choices, with an L2 penalty and non-negative weights.

    Knots are quantiles of positive values. Weights are scaled to sum 1, which doesn't change the order. Deterministic: L-BFGS-B
    from a fixed start.
    """
    # start time: importing scipy takes most of a second
    from scipy.optimize import minimize

    knots = _knots(np.concatenate([c.values for c in choices]))
    groups = [_group(c, knots) for c in choices]
    size = sum(map(len, knots))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value = _PENALTY * float(weights @ weights)
        gradient = 2 * _PENALTY * weights
        for basis, starts, counts, chosen, number in groups:
            score = basis @ weights
            best = np.maximum.reduceat(score, starts)
            likely = np.exp(score - np.repeat(best, counts))
            total = np.add.reduceat(likely, starts)
            value -= float(chosen @ score - number @ (np.log(total) + best))
            gradient = gradient - basis.T @ (chosen - likely * np.repeat(number / total, counts))
        return value, gradient

    start = np.full(size, 0.1)
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * size, options={"maxiter": _ROUNDS}).x
    fitted = fitted / max(float(fitted.sum()), 1e-12)
    weights, at = [], 0
    for row in knots:
        weights.append(tuple(round(float(w), 6) for w in fitted[at : at + len(row)]))
        at += len(row)
    return Ranker(knots, tuple(weights))


def _knots(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    knots = []
    for column in values.T:
        positive = column[column > 0]
        knots.append(
            tuple(sorted({round(float(q), 6) for q in np.quantile(positive, _QUANTILES)} - {0.0})) if len(positive) else ()
        )
    return tuple(knots)


def _group(choices: Choices, knots: tuple[tuple[float, ...], ...]) -> tuple[np.ndarray, ...]:
    columns = [np.minimum(choices.values[:, i] / k, 1.0) for i, row in enumerate(knots) for k in row]
    basis = np.stack(columns, axis=1).astype(np.float64)
    sources = choices.sources
    starts = np.flatnonzero(np.r_[True, sources[1:] != sources[:-1]])
    counts = np.diff(np.r_[starts, len(sources)])
    chosen = choices.chosen.astype(np.float64)
    return basis, starts, counts, chosen, np.add.reduceat(chosen, starts)
