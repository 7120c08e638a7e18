"""Precision of lane ``type`` on manually labelled pairs from our own notes: tests/data/typed_pairs.jsonl.

    python benchmarks/relation_types.py

Each row is a sentence of a note with a target, a relation proposed for a cue, and a manual label: does the sentence state this
relation of the note's concept? A proposal is correct if it is the labelled relation and its label is positive. Cues and
thresholds were tuned on three quarters of the notes; the last quarter was held out.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path

from kg import knowledge
from kg.base import settings
from kg.suggest import cues
from kg.suggest.types import LEAST, CueWindow, NameMatcher, propose, telling

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests/data/typed_pairs.jsonl"


def _part(note: str) -> bool:
    """Whether a note belongs to the held-out quarter."""
    digest = hashlib.sha256(note.encode()).digest()
    return digest[0] % 2 == 1 and digest[1] % 2 == 1


def main() -> None:
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    corpus = knowledge.KnowledgeBase(settings.load_settings(ROOT)).corpus
    names = NameMatcher(corpus)
    paths = list(corpus.concept_of)
    naming = names.notes((ROOT / "concepts" / path).read_text(encoding="utf-8") for path in paths)
    found = []
    for row in rows:
        around = CueWindow(row["before"], row["text"], row["after"])
        proposals = propose(around, row["subject"], names.but(row["subject"]), 0.0, telling(naming(row["text"]), len(paths)))
        core = cues.EVERYDAY.get(row["relation"], ("", ""))[1]  # proposed instead for everyday words
        if proposals and proposals[0].relation in {row["relation"], core}:
            held = _part(row["note"])
            found.append((proposals[0].score, bool(row["right"]), held, row["relation"]))
    print(
        f"{len(rows)} labelled pairs, {sum(r['right'] for r in rows)} state the relation; proposed as labelled: {len(found)}\n"
    )
    print("| least score | proposals | right | precision | tuned on | held out |\n|---:|---:|---:|---:|---:|---:|")
    for least in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        kept = [f for f in found if f[0] >= least]
        halves = [[f[1] for f in kept if f[2] == half] for half in (False, True)]
        shares = [f"{sum(h) / len(h):.2f} ({len(h)})" if h else "–" for h in halves]
        right = sum(f[1] for f in kept)
        mark = " *" if least == LEAST else ""
        row_ = (f"{least}{mark}", len(kept), right, f"{right / max(1, len(kept)):.2f}", *shares)
        print(f"| {' | '.join(map(str, row_))} |")
    by: dict[str, Counter[bool]] = defaultdict(Counter)
    for score, right, _, relation in found:
        if score >= LEAST:
            by[relation][right] += 1
    each = (f"{r} {c[True]}/{c.total()}" for r, c in sorted(by.items(), key=lambda item: -item[1].total()))
    print(f"\nat {LEAST} and above:", ", ".join(each))


if __name__ == "__main__":
    main()
