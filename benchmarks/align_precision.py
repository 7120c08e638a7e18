"""How many of the mappings that ``kg align`` proposes are right, by judgements of a person.

    python benchmarks/align_precision.py BASE FILE JUDGED.tsv [CONFIDENCE]

aligns the concepts of BASE with FILE and compares each proposal with the judgements (subject, predicate, object, y or n).
Proposals without a judgement are counted apart, never as right.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from kg.base.settings import load_settings
from kg.knowledge.aligning import align_file


def main(folder: Path, file: Path, judged: Path, confidence: float) -> None:
    """Print precision by predicate, of the proposals that were judged."""
    rows = [line.split("\t") for line in judged.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    verdicts = {(subject, predicate, target): verdict for subject, predicate, target, verdict in rows}
    alignment = align_file(load_settings(folder), file)
    counts: Counter[tuple[str, str]] = Counter()
    for p in alignment.proposals:
        if p.confidence >= confidence:
            predicate = p.predicate.rpartition("#")[2]
            counts[predicate, verdicts.get((p.source.id, predicate, p.target.id), "not judged")] += 1
    print(f"{'predicate':12} {'proposed':>9} {'judged':>7} {'right':>6} {'precision':>10}")
    for predicate in ("exactMatch", "closeMatch", "broadMatch"):
        right, wrong, rest = (counts[predicate, verdict] for verdict in ("y", "n", "not judged"))
        share = f"{right / (right + wrong):.1%}" if right + wrong else "unknown"
        print(f"{predicate:12} {right + wrong + rest:9} {right + wrong:7} {right:6} {share:>10}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]) if len(sys.argv) > 4 else 0.6)
