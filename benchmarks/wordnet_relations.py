"""Precision and recall of proposed relations against WordNet, whose pointers no author of cues labelled.

    python benchmarks/wordnet_relations.py FOLDER [--half train|test] [--most N]

FOLDER contains WordNet's files ``data.noun``, ``data.verb`` and so on, as Debian's package ``wordnet-base`` installs them in
/usr/share/wordnet (WordNet 3.0, WordNet licence; nothing of it is part of this repository). Each synset becomes a note: its
gloss, and a plain link to each synset to which a pointer leads, in the gloss if it names it. A name of several synsets of which
only one is among the notes is the title "name (field)", as in an encyclopedia. Notes of half of the lexicographers' files are
for choosing thresholds (train), those of the other half for the result (test).

A pair is counted under its pointer: hypernym, instance, part, member, substance, antonym, entailment, cause, similar.
A proposal of ``is-a`` is correct if the pointer says hypernym; it follows if hypernyms lead from one to the other.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

from kg.base.settings import load_settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.running import How
from kg.knowledge.texts import texts_on_disk
from kg.suggest.hierarchy import propose_broader
from kg.suggest.types import propose_types

POINTERS: Final = {
    "@": "hypernym", "@i": "instance", "#p": "part", "#m": "member", "#s": "substance", "!": "antonym", "*": "entailment",
    ">": "cause", "&": "similar",
}  # fmt: skip
"""Symbol of a pointer → the relation of the source to the target (WordNet's wninput(5WN)); ``%`` pointers are the inverses."""
STATES: Final = {
    "is-a": ("hypernym",), "instance-of": ("instance",), "broader": ("hypernym", "instance", "part", "member", "substance"),
    "part-of": ("part", "member", "substance"), "causes": ("cause",), "requires": ("entailment",),
    "contrasts-with": ("antonym",),
}  # fmt: skip
"""Key of a proposed relation → the pointers that it states; `has-part` is `part-of` the other way round."""
THRESHOLDS: Final = (0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


class Synset(NamedTuple):
    """A synset with its names and its pointers."""

    key: str
    names: tuple[str, ...]
    gloss: str
    pointers: tuple[tuple[str, str], ...]
    """Relation, and key of the target."""
    file: int
    """Number of the lexicographers' file."""


def read_synsets(folder: Path) -> dict[str, Synset]:
    """Read all synsets."""
    synsets = {}
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text("utf-8").splitlines():
            if line.startswith("  "):
                continue
            data, _, gloss = line.partition(" | ")
            fields = data.split()
            key, count = part[0] + fields[0], int(fields[3], 16)
            words = [re.sub(r"\(\w+\)$", "", fields[4 + 2 * i]) for i in range(count)]
            names = tuple(dict.fromkeys(w.replace("_", " ") for w in words))
            at = 4 + 2 * count + 1
            pointers = []
            for i in range(int(fields[at - 1])):
                symbol, offset, pos, _ = fields[at + 4 * i : at + 4 * i + 4]
                if symbol in POINTERS:
                    pointers.append((POINTERS[symbol], ("a" if pos == "s" else pos) + offset))
                elif symbol.startswith("%"):
                    pointers.append((f"has {POINTERS['#' + symbol[1:]]}", pos + offset))
            text = re.sub(r";?\s*\"[^\"]*\"?", "", gloss).strip().strip(";").strip()
            synsets[key] = Synset(key, names, text, tuple(pointers), int(fields[1]))
    return synsets


def with_fields(chosen: dict[str, Synset], everything: dict[str, Synset]) -> dict[str, Synset]:
    """The chosen synsets, with fields behind names that synsets elsewhere have too."""
    elsewhere = {name.lower() for key, synset in everything.items() if key not in chosen for name in synset.names}
    return {
        key: synset._replace(names=tuple(f"{n} ({synset.file})" if n.lower() in elsewhere else n for n in synset.names))
        for key, synset in chosen.items()
    }


def write_vault(folder: Path, synsets: dict[str, Synset]) -> dict[str, str]:
    """Write a note for each synset. Return the path of each."""
    paths = {}
    for key, synset in synsets.items():
        stem = re.sub(r"[^\w -]", "_", synset.names[0])
        paths[key] = f"{key[0]}{key[1:5]}/{stem} {key[5:]}.md"
    for key, synset in synsets.items():
        text, rest = synset.gloss, []
        for _, target in synset.pointers:
            if target in synsets and target != key:
                stem = Path(paths[target]).stem
                plain = [name.partition(" (")[0] for name in synsets[target].names]
                named = next((m for n in plain if (m := re.search(rf"(?<![\w\[|]){re.escape(n)}(?![\w\]|])", text))), None)
                if named:
                    text = f"{text[: named.start()]}[[{stem}|{named[0]}]]{text[named.end() :]}"
                elif f"[[{stem}|" not in text:
                    # In order of name, since WordNet lists hypernyms first.
                    rest.append(f"[[{stem}|{synsets[target].names[0]}]]")
        path = folder / paths[key]
        path.parent.mkdir(parents=True, exist_ok=True)
        aliases = "".join(f'\n  - "{name}"' for name in synset.names[1:])
        front = f'---\ntitle: "{synset.names[0]}"\n' + (f"aliases:{aliases}\n" if aliases else "") + "---\n"
        path.write_text(f"{front}\n{text}\n" + (f"\nSee also: {', '.join(sorted(set(rest)))}\n" if rest else ""), "utf-8")
    return paths


class Truth:
    """Which relations WordNet states."""

    def __init__(self, synsets: dict[str, Synset]) -> None:
        self.stated: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._above: dict[str, set[str]] = defaultdict(set)
        for key, synset in synsets.items():
            for relation, target in synset.pointers:
                pair = (target, key) if relation.startswith("has ") else (key, target)
                self.stated[pair].add(relation.removeprefix("has "))
                if relation in ("hypernym", "instance"):
                    self._above[key].add(target)

    def holds(self, source: str, target: str, relation: str) -> tuple[bool, bool]:
        """Whether a relation is stated, and whether it at least follows."""
        if relation == "has-part":
            source, target, relation = target, source, "part-of"
        direct = bool(self.stated.get((source, target), set()) & set(STATES.get(relation, ())))
        follows = relation in ("is-a", "instance-of", "broader") and target in self._ancestors(source)
        return direct, direct or follows

    def _ancestors(self, key: str) -> set[str]:
        reached: set[str] = set()
        ahead = [key]
        while ahead:
            for above in self._above.get(ahead.pop(), ()):
                if above not in reached:
                    reached.add(above)
                    ahead.append(above)
        return reached


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=["train", "test"], default="test")
    parser.add_argument("--most", type=int, default=20_000, help="maximum number of notes")
    parser.add_argument("--relation", help="only print wrong proposals of this relation")
    parser.add_argument("--wrong", type=int, default=0, help="print so many wrong proposals")
    parser.add_argument("--write", type=Path, help="only write the notes into this folder, for mention_curve.py")
    asked = parser.parse_args()
    everything = read_synsets(asked.folder)
    kept = {
        k: s for k, s in everything.items() if s.names and len(s.names[0]) > 1 and (s.file % 2 == 0) == (asked.half == "train")
    }
    # Whole branches rather than single notes, so that pairs have both ends: files one after the other.
    nouns = sorted((k for k in kept if k[0] == "n"), key=lambda k: (kept[k].file, k))[: asked.most * 4 // 5]
    others = sorted((k for k in kept if k[0] != "n"), key=lambda k: (k[0] != "v", kept[k].file, k))[: asked.most - len(nouns)]
    chosen = with_fields({k: kept[k] for k in (*nouns, *others)}, everything)
    if asked.write:
        write_vault(asked.write, chosen)
        return
    truth = Truth(everything)
    with tempfile.TemporaryDirectory(prefix="kg-wordnet-") as name:
        root = Path(name)
        of_path = {path: key for key, path in write_vault(root, chosen).items()}
        base = KnowledgeBase(load_settings(root, notes=(root,)), How(1, None))
        corpus, texts, relations = base.corpus, texts_on_disk(base.files, base.corpus.notes), dict(base.vocabulary.relations)
        keys = {iri: relation.key for iri, relation in relations.items()}
        pairs = {(k, t): r for k, s in chosen.items() for r, t in s.pointers if t in chosen and not r.startswith("has ")}
        totals: dict[str, int] = defaultdict(int)
        for relation in pairs.values():
            totals[relation] += 1
        print(f"{len(chosen):,} notes, {len(pairs):,} pairs: " + ", ".join(f"{n:,} {r}" for r, n in sorted(totals.items())))
        for lane, rows in (
            ("hierarchy", propose_broader(corpus, texts, relations, least=0.3)),
            ("type", propose_types(corpus, texts, relations, least=0.3)),
        ):
            scored: dict[str, list[tuple[float, bool, bool, str]]] = defaultdict(list)
            for row in rows:
                source, target = (of_path[corpus.concepts[iri].path] for iri in (row.source, row.target))
                direct, follows = truth.holds(source, target, keys[row.relation])
                kinds = "+".join(sorted({r.kind for r in row.why}))
                scored[keys[row.relation]].append((row.score, direct, follows, kinds))
                if not follows and asked.wrong and row.score >= 0.75 and asked.relation in (None, keys[row.relation]):
                    asked.wrong -= 1
                    print(
                        f"  {row.score:.2f} {chosen[source].names[0]} {keys[row.relation]} {chosen[target].names[0]}"
                        f" | {row.why[0].kind}: {row.why[0].text} | {chosen[source].gloss[:90]}"
                    )
            table(lane, scored, totals)


def table(lane: str, scored: dict[str, list[tuple[float, bool, bool, str]]], totals: dict[str, int]) -> None:
    """Print a precision–recall table for each relation of a lane."""
    for relation, rows in sorted(scored.items(), key=lambda item: -len(item[1])):
        if len(rows) < 5:
            continue
        of = sum(totals[pointer] for pointer in STATES.get("part-of" if relation == "has-part" else relation, ()))
        print(f"\n{lane}: {relation} ({of:,} pairs)\n\n| score ≥ | proposals | stated | follows | recall |\n|" + 5 * "---:|")
        for least in THRESHOLDS:
            shown = [row for row in rows if row[0] >= least]
            if shown:
                direct, follows = sum(r[1] for r in shown), sum(r[2] for r in shown)
                recall = f"{direct / of:.2f}" if of else ""
                print(f"| {least} | {len(shown):,} | {direct / len(shown):.3f} | {follows / len(shown):.3f} | {recall} |")
        for kinds in sorted({r[3] for r in rows}):
            own = [r for r in rows if r[3] == kinds]
            print(f"  {kinds}: {len(own)}, stated {sum(r[1] for r in own) / len(own):.2f}")


if __name__ == "__main__":
    main()
