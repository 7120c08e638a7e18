"""Precision and recall of lane `mention` by score: which links of a note are proposed again once all are removed.

    python benchmarks/mention_curve.py NAME=FOLDER… [--train NAME,…] [--seeds 1,2,3]

As in the evaluation of Wikipedia's AddLink (Gerlach et al. 2021, "Multilingual Entity Linking System for Wikipedia with a
Machine-in-the-Loop Approach"), notes are drawn (a fifth, at most 100), the markup of all their links is removed, and the text
stays. A proposal is a pair of concepts that the text of the first names, with a score of at least t; it is correct if the pair
was a link. Mentions that the author didn't link count as wrong, so precision is a lower bound: authors forget links, and most
link only once. Recall is the share of the removed links; also of those whose targets the text names without markup. Pairs that
the other note links count neither way: they aren't missing.

The threshold is the lowest one at which the mean precision of the training collections is at least 80%.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np

from kg.base.settings import load_settings
from kg.knowledge.suggesting import notes_of
from kg.suggest import candidates
from kg.suggest.evaluate import VARIANTS, Holdout
from kg.suggest.ranker import packaged_ranker

THRESHOLDS: Final = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
GOAL: Final = 0.8
_MOST: Final = 100


class WholeNotes(Holdout):
    """Holds out all links of some notes."""

    def drawn(self, seed: int) -> list[tuple[str, str]]:
        """All pairs of a fifth of the concepts with links, at most 100 concepts."""
        sources = sorted({source for source, _ in self.links})
        chosen = set(random.Random(seed).sample(sources, min(_MOST, -(-len(sources) // 5))))  # no secret
        return sorted(pair for pair in self.links if pair[0] in chosen)


def judged(folder: Path, seeds: list[int]) -> tuple[np.ndarray, np.ndarray, int]:
    """Scores of all proposals, whether each is a link, and the number of removed links."""
    root = folder.parent if (folder.parent / "kg.toml").is_file() else folder
    holdout = WholeNotes(notes_of(load_settings(root, notes=(folder,))))
    ranker, scores, right, number = packaged_ranker(), [], [], 0
    for seed in seeds:
        base, held = holdout.masked(VARIANTS[0], seed)
        held = {(s, t) for s, t in held if base.links[t, s] == 0}
        number += len(held)
        for block in candidates.blocks(base, sorted({s for s, _ in held})):
            named = base.mentions.at(block.sources, block.targets) >= 0
            tied = np.asarray(base.links[block.targets, block.sources]).ravel() > 0
            values = ranker.parts(block.values).sum(axis=1)
            pairs = zip(block.sources.tolist(), block.targets.tolist(), strict=True)
            links = np.array([pair in held for pair in pairs], dtype=bool)
            keep = named & ~tied
            scores.append(values[keep])
            right.append(links[keep])
    return np.concatenate(scores), np.concatenate(right), number


def main() -> None:
    """Print the curve of each collection and the threshold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collections", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--train", default="")
    parser.add_argument("--seeds", default="1,2,3")
    given = parser.parse_args()
    train = given.train.split(",")
    curves: dict[str, dict[float, tuple[float, float]]] = defaultdict(dict)
    for text in given.collections:
        name, _, folder = text.partition("=")
        scores, right, number = judged(Path(folder), list(map(int, given.seeds.split(","))))
        named = int(right.sum())
        print(f"{name}: {number:,} links removed, {named:,} of them named; {len(scores):,} pairs named", flush=True)
        for t in THRESHOLDS:
            chosen = scores >= t
            hits = int(right[chosen].sum())
            curves[name][t] = hits / max(1, int(chosen.sum())), hits / max(1, number)
            share = hits / max(1, named)
            print(f"  {t:.2f}  {int(chosen.sum()):6,}  P {curves[name][t][0]:.2f}  R {curves[name][t][1]:.2f} ({share:.2f})")
    means = {t: np.mean([curves[name][t][0] for name in curves if name in train]) for t in THRESHOLDS} if given.train else {}
    for t, mean in means.items():
        if mean >= GOAL:
            print(f"threshold from {', '.join(train)}: {t}")
            for name in curves:
                print(f"  {name}: P {curves[name][t][0]:.2f}  R {curves[name][t][1]:.2f}")
            break


if __name__ == "__main__":
    main()
