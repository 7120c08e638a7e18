"""Fits the packaged weights of `kg suggest` on collections other than the test: foam-docs, powershell-docs, our own notes.

    python benchmarks/train_suggest.py [--corpora ../shared/corpora] [--check]

Links are held out (three seeds), features are rebuilt from the edited text, and the ranker learns which candidates were held
out. One model learns from both variants: links replaced by their text, and links removed with all mentions. Trained on one
variant, it would learn that mentions are never links, or always. CNCF's glossary is never read here: it is the test.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from kg.base.settings import load_settings
from kg.knowledge.suggesting import notes_of
from kg.suggest import candidates
from kg.suggest.evaluate import VARIANTS, Holdout
from kg.suggest.ranker import WEIGHTS, Choices, encode, fit

ROOT = Path(__file__).resolve().parents[1]
SEEDS = (11, 12, 13)
SOURCES = 120
"""Maximum number of source concepts for each collection, variant and seed, so that large collections don't dominate."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, default=ROOT.parent / "shared" / "corpora")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the weights would differ")
    given = parser.parse_args()
    choices = []
    folders = (given.corpora / "foam-docs", given.corpora / "powershell-docs", ROOT / "concepts")
    for folder in folders:
        notes = notes_of(load_settings(ROOT if folder.parent == ROOT else folder, notes=(folder,)))
        holdout = Holdout(notes)
        for variant in VARIANTS:
            for seed in SEEDS:
                choices.append(_choices(holdout, variant, seed))
                print(folder.name, variant, seed, len(choices[-1].chosen), int(choices[-1].chosen.sum()), flush=True)
    table = encode(fit(choices))
    text = json.dumps({"trained-on": [f.name for f in folders], "seeds": SEEDS, "features": table}, indent=1) + "\n"
    if given.check:
        assert WEIGHTS.read_text(encoding="utf-8") == text, "the weights in the package are not those of this script"
    else:
        WEIGHTS.write_text(text, encoding="utf-8")
    for name, row in table.items():
        print(f"{name:14} {sum(w for _, w in row):.3f}")


def _choices(holdout: Holdout, variant: str, seed: int) -> Choices:
    base, held = holdout.masked(variant, seed)
    sources = sorted({s for s, _ in held})
    if len(sources) > SOURCES:
        sources = sorted(np.random.default_rng(seed).choice(sources, SOURCES, replace=False).tolist())
    blocks = list(candidates.blocks(base, sources))
    at = np.concatenate([b.sources for b in blocks])
    to = np.concatenate([b.targets for b in blocks])
    chosen = np.array([pair in held for pair in zip(at.tolist(), to.tolist(), strict=True)])
    return Choices(at, np.concatenate([b.values for b in blocks]), chosen)


if __name__ == "__main__":
    main()
