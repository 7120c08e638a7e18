"""How many of the mappings from FOLDOC to WordNet are right: two dictionaries that no rule of `kg align` was adjusted on.

    python benchmarks/align_dictionaries.py [JUDGED.tsv]          # precision, by the judgements of a person
    python benchmarks/align_dictionaries.py --draw NUMBER         # proposals to judge, with both definitions

FOLDOC, the Free On-line Dictionary of Computing (foldoc.org, editor Denis Howe, GNU Free Documentation License), is Debian's
package dict-foldoc; WordNet 3.0 (WordNet licence) is wordnet-base. Nothing of them is part of this repository: judgements name
entries and synsets only. An entry of FOLDOC is a concept, its other names are those that its text gives in brackets; a synset
of nouns is a concept with its first word as preferred name, its gloss as definition and its hypernyms as broader concepts.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
from collections import Counter
from pathlib import Path
from typing import Final

from wordnet_relations import read_synsets

from kg.suggest.align import AlignedConcept, AlignedLabel, MappingProposal, propose_mappings

FOLDOC: Final = Path("/usr/share/dictd")
WORDNET: Final = Path("/usr/share/wordnet")
JUDGED: Final = Path(__file__).with_name("align_foldoc.tsv")
PREDICATES: Final = ("exactMatch", "closeMatch", "broadMatch")
CONFIDENCE: Final = 0.6
_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _number(text: str) -> int:
    value = 0
    for character in text:
        value = value * 64 + _DIGITS.index(character)
    return value


def read_foldoc(folder: Path) -> list[AlignedConcept]:
    """The entries of FOLDOC with the first sentence of their first sense."""
    data = gzip.decompress((folder / "foldoc.dict.dz").read_bytes())
    concepts: dict[str, AlignedConcept] = {}
    for line in (folder / "foldoc.index").read_text("utf-8").splitlines():
        name, offset, length = line.split("\t")
        if name.startswith("00-") or not re.search(r"[A-Za-z]{2}", name):
            continue
        entry = data[_number(offset) :][: _number(length)].decode("utf-8", "replace")
        head, _, body = entry.partition("\n")
        text = " ".join(re.sub(r"[{}]", "", body).split())
        text = re.sub(r"^(?:\d+\. )?(?:[^<]{0,80}<[^>]*> )?", "", text)
        names = [head.strip(), *re.findall(r"^\((?:Or \")?([A-Z][A-Za-z0-9 -]+)[\")]", text)]
        labels = tuple(AlignedLabel(n, "en", "other" if i else "preferred") for i, n in enumerate(dict.fromkeys(names)) if n)
        key = names[0]
        if labels and len(text) > 30:
            concepts[key] = AlignedConcept(f"foldoc:{key}", key, labels, {"en": text[:400]})
    return list(concepts.values())


def read_wordnet(folder: Path) -> list[AlignedConcept]:
    """The synsets of nouns."""
    return [
        AlignedConcept(
            f"wordnet:{s.key}",
            s.key,
            tuple(AlignedLabel(name, "en", "other" if i else "preferred") for i, name in enumerate(s.names)),
            {"en": s.gloss},
            broader=tuple(f"wordnet:{target}" for kind, target in s.pointers if kind in ("hypernym", "instance")),
        )
        for s in read_synsets(folder).values()
        if s.key.startswith("n")
    ]


def _predicate(p: MappingProposal) -> str:
    return p.predicate.rpartition("#")[2]


def draw(proposals: list[MappingProposal], number: int) -> None:
    """Print random proposals: half of them exact matches, a quarter each of close and broad ones."""
    chosen: list[MappingProposal] = []
    for predicate, share in zip(PREDICATES, (2, 4, 4), strict=True):
        of_kind = [p for p in proposals if _predicate(p) == predicate]
        chosen += random.Random(20261201).sample(of_kind, min(number // share, len(of_kind)))
    for p in chosen:
        print(f"{p.source.id}\t{_predicate(p)}\t{p.target.id}\t{p.confidence}")
        names = ", ".join(label.text for label in p.target.labels)
        print(f"    {p.source.definitions['en'][:230]}\n    = {names}: {p.target.definitions['en'][:200]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("judged", nargs="?", type=Path, default=JUDGED)
    parser.add_argument("--draw", type=int, metavar="NUMBER")
    options = parser.parse_args()
    own, foreign = read_foldoc(FOLDOC), read_wordnet(WORDNET)
    proposals = [p for p in propose_mappings(own, foreign) if p.confidence >= CONFIDENCE]
    if options.draw:
        draw(proposals, options.draw)
        return
    rows = [line.split("\t") for line in options.judged.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    verdicts = {(source, predicate, target): verdict for source, predicate, target, verdict in rows}
    counts = Counter((_predicate(p), verdicts.get((p.source.id, _predicate(p), p.target.id), "")) for p in proposals)
    print(f"{len(own):,} entries of FOLDOC, {len(foreign):,} synsets of WordNet")
    print(f"{'predicate':12} {'proposed':>9} {'judged':>7} {'right':>6} {'precision':>10}")
    for predicate in PREDICATES:
        right, wrong, rest = (counts[predicate, verdict] for verdict in ("y", "n", ""))
        share = f"{right / (right + wrong):.1%}" if right + wrong else "unknown"
        print(f"{predicate:12} {right + wrong + rest:9,} {right + wrong:7} {right:6} {share:>10}")


if __name__ == "__main__":
    main()
