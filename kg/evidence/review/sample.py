"""Draws claims for review from definitions, relations and sentences: a stratified sample selected by a seed."""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from kg.model import Corpus, Relation

_LEAST: Final = {"en": 30, "zh": 12}
_FENCE: Final = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_SKIPPED: Final = re.compile(r"^\s{0,3}(#|\||>|<|\$\$|\[\^|!\[|---|===)|^\s*[\w-]+\s*(::|：：)")
_ITEM: Final = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[*`$])|(?<=[。！？])")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_BETWEEN_HAN: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3400-\u9fff])")
_WIKILINK: Final = re.compile(r"\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


class Claim(NamedTuple):
    """A statement in a note that can be right or wrong."""

    id: str
    concept: str
    path: str
    line: int
    kind: Literal["definition", "relation", "statement"]
    text: str
    stratum: tuple[str, str]
    """Kind and layer (or area)."""
    digest: str
    """The digest of the note."""


def collect_claims(corpus: Corpus, relations: Mapping[str, Relation], text_of: Callable[[str], str]) -> list[Claim]:
    """Return every claim of a knowledge base once, in a fixed order."""
    by_name: dict[str, Claim] = {}

    def add(iri: str, path: str, line: int, kind: Literal["definition", "relation", "statement"], text: str) -> None:
        concept, note = corpus.concepts[iri], corpus.notes[path]
        text = " ".join(text.split())
        # The id includes the digest of the note: the same words in a changed note are another claim.
        name = hashlib.sha256(f"{concept.id}\0{kind}\0{text}\0{note.digest}".encode("utf-8", "replace")).hexdigest()[:10]
        by_name.setdefault(
            name, Claim(name, concept.id, path, line, kind, text, (kind, concept.layer or concept.area), note.digest)
        )

    for iri, concept in corpus.concepts.items():
        for text in concept.definitions.values():
            add(iri, concept.path, corpus.notes[concept.path].lines.get("definition", concept.line), "definition", text)
    for a in corpus.assertions:
        relation = relations.get(a.predicate)
        if relation is not None and a.subject in corpus.concepts and a.path in corpus.notes:
            name = relation.labels.get("en") or relation.key
            object_ = corpus.concepts[a.object].label("en") if a.object in corpus.concepts else a.object
            add(a.subject, a.path, a.line, "relation", f"{corpus.concepts[a.subject].label('en')} — {name} → {object_}")
    for path, iri in corpus.concept_of.items():
        for line, text in statements(text_of(path), corpus.notes[path].body):
            add(iri, path, line, "statement", text)
    return sorted(by_name.values(), key=lambda c: (c.stratum, c.path, c.line, c.id))


def statements(text: str, body: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a note's prose with their lines, without headings, tables, code, display formulas and fields.

    >>> list(statements("# A\\n\\nEtcd keeps the state of a cluster. It is all\\nreplicated by the Raft algorithm.\\n"))
    [(3, 'Etcd keeps the state of a cluster.'), (3, 'It is all replicated by the Raft algorithm.')]
    """
    first = text.encode("utf-8", "replace")[:body].count(b"\n")
    fence = ""
    paragraph: list[tuple[int, str]] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        m = _FENCE.match(line)
        if fence:
            fence = "" if m and m[1].startswith(fence) else fence
            continue
        item = _ITEM.match(line)
        ends = number <= first or m is not None or not line.strip() or _SKIPPED.match(line) is not None
        if (ends or item) and paragraph:
            yield from _sentences(paragraph)
            paragraph = []
        if m:
            fence = m[1]
        elif not ends:
            paragraph.append((number, line[item.end() :] if item else line))


def _sentences(paragraph: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    text = "\n".join(line for _, line in paragraph)
    at = 0
    for part in _END.split(text):
        start = text.index(part, at) if part else at
        at = start + len(part)
        plain = _LINK.sub(r"\1", _WIKILINK.sub(r"\1", part)).replace("**", "").strip()
        plain = _BETWEEN_HAN.sub("", " ".join(plain.split()))
        least = _LEAST["zh" if _HAN.search(plain) else "en"]
        if len(plain) >= least and plain[-1] in ".!。！":
            skipped = len(part) - len(part.lstrip())
            yield paragraph[text.count("\n", 0, start + skipped)][0], plain


def draw_sample(drawable: Sequence[Claim], size: int, seed: int) -> list[Claim]:
    """Draw a stratified sample, proportional by largest remainders. If `size` allows, each stratum has at least one claim.

    The same claims, size and seed give the same sample.
    """
    strata: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in drawable:
        strata[claim.stratum].append(claim)
    size = min(size, len(drawable))
    if not size:
        return []
    names = sorted(strata)
    counts = dict.fromkeys(names, 0)
    if len(names) <= size:
        counts |= {name: 1 for name in names if size * len(strata[name]) < len(drawable)}
    large = [name for name in names if not counts[name]]
    room, population = size - sum(counts.values()), sum(len(strata[name]) for name in large)
    exact = {name: room * len(strata[name]) / population for name in large}
    counts |= {name: int(exact[name]) for name in large}
    left = size - sum(counts.values())
    for name in sorted(large, key=lambda name: (int(exact[name]) - exact[name], name))[:left]:
        counts[name] += 1
    chosen = []
    for name in names:
        # One generator a stratum, so that a note added to one stratum doesn't change the sample of another.
        generator = random.Random(f"{seed} {name[0]} {name[1]}")
        chosen += generator.sample(strata[name], counts[name])
    return sorted(chosen, key=lambda c: (c.path, c.line, c.id))
