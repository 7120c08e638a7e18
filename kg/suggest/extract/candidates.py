"""Candidate concepts: ranked terms that several notes use and no note defines, with their places."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.model import Corpus
from kg.suggest.extract.drafts import DefinitionPlace, Draft
from kg.suggest.extract.names import is_name

_LEAST_NOTES: Final = 3
_PLACES: Final = 20
_NAMED: Final = 3
"""Factor for a term that a document singles out."""
_MARKUP: Final = re.compile(
    r"^(?P<f>```|~~~).*?^(?P=f)|<!--.*?-->|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`|!?\[([^\]]*)\]\([^)]*\)|https?://\S+", re.M | re.S
)
_FRONT: Final = re.compile(r"---\s*\n.*?^---\s*$", re.DOTALL | re.MULTILINE)
_NUMBER: Final = re.compile(r"[\d.#\s]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
# Particles, function words and generic verbs, at which a noun phrase ends.
_SPLIT: Final = re.compile(
    "[的了在把被将和与或及是而但也都并其这那着让从就才又再更只若则]"
    "|通过|使用|进行|提供|支持|实现|需要|可以|以及|包括|采用|根据|基于|确保|用于|如果|多个|没有|分析|优化|提高|减少|降低|建立|定义|任何|我们"
)
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+#-]*(?: [A-Za-z][A-Za-z0-9+#-]*)*")
_STOP: Final = frozenset(
    "a about above after all also an and any are as at be because been before between both but by can could do does each "
    "either for from further given had has have how i if in into is it its itself let like may more most must no nor not "
    "of on one only or other our out over own per same see should since so some such than that the their them then there "
    "these they this those through thus to too two under until up use used uses using via was we were what when where "
    "whether which while who will with within without would you your e g etc new many much".split()
)


class Candidate(NamedTuple):
    """A term that may denote a concept."""

    name: str
    notes: int
    """Number of notes that use it."""
    score: float
    places: tuple[DefinitionPlace, ...]
    """Its first place in each of several notes."""
    named: tuple[str, ...]
    """Kinds of places that single it out (``diagram``, ``item``, ``heading``, …); empty for a phrase that only recurs."""


def rank_candidates(
    corpus: Corpus, texts: Mapping[str, str], below: Iterable[Draft], drafted: Iterable[Draft], limit: int
) -> list[Candidate]:
    """The `limit` best candidates: names that documents single out without a definition, and recurring phrases.

    Ranked by C-value (Frantzi, Ananiadou & Mima 2000, "Automatic recognition of multi-word terms"), which counts notes, not
    occurrences: log₂(1 + length) · (notes − mean of the notes of longer candidates that contain it). Singled-out terms count
    three times. The length is in words, or in pairs of Chinese characters.
    """
    named = {fold(n) for c in corpus.concepts.values() for n in (c.id, *c.labels.values(), *(a for a, _ in c.alt_labels))}
    named |= {fold(n) for d in drafted for n in (*d.names.values(), *d.aliases)}
    kinds: dict[str, set[str]] = defaultdict(set)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    lines: dict[str, dict[str, int]] = defaultdict(dict)
    for draft in below:
        for name in draft.names.values():
            kinds[fold(name)] |= {p.kind for p in draft.places}
    bodies = {path: _body(text) for path, text in texts.items()}
    repeated = _repeated(bodies)
    for path, text in bodies.items():
        for line, phrase in _phrases(text, repeated):
            key = fold(phrase)
            if key not in named:
                written[key][phrase] += 1
                lines[key].setdefault(path, line)
    frequent = {k: len(where_) for k, where_ in lines.items() if len(where_) >= _LEAST_NOTES and is_name(_usual(written[k]))}
    holders = _holders(frequent)
    result = []
    for key, notes in frequent.items():
        longer = holders.get(key, ())
        value = notes - (sum(frequent[h] for h in longer) / len(longer) if longer else 0.0)
        score = math.log2(1 + _length(key)) * value * (_NAMED if kinds.get(key) else 1)
        if score > 0:
            where = sorted(lines[key].items())[:_PLACES]
            places = tuple(DefinitionPlace(path, line, "text") for path, line in where)
            result.append(Candidate(_usual(written[key]), notes, round(score, 3), places, tuple(sorted(kinds.get(key, ())))))
    return sorted(result, key=lambda c: (-c.score, c.name))[:limit]


def _usual(counts: Counter[str]) -> str:
    """The most frequent spelling."""
    return min(counts, key=lambda w: (-counts[w], w))


def _holders(frequent: Collection[str]) -> dict[str, list[str]]:
    """Each candidate → the longer candidates that contain it."""
    # start time: only needed to search for names in texts
    import ahocorasick

    names = ahocorasick.Automaton()
    for key in frequent:
        names.add_word(key, key)
    holders: dict[str, list[str]] = defaultdict(list)
    if len(names):
        names.make_automaton()
        for key in sorted(frequent):
            for inner in sorted({inner for _, inner in names.iter(key)} - {key}):
                holders[inner].append(key)
    return holders


def _length(key: str) -> float:
    han = sum("\u3400" <= c <= "\u9fff" for c in key)
    return han / 2 + len(_LATIN.findall(key)) if han else len(key.split())


def _body(text: str) -> str:
    """Remove front matter from a text and keep line numbers: sources and tags are not prose."""
    front = _FRONT.match(text)
    return "\n" * front[0].count("\n") + text[front.end() :] if front else text


def _repeated(texts: Mapping[str, str]) -> frozenset[str]:
    """Lines that occur in several notes: template headings, closing lines."""
    counts = Counter(line for text in texts.values() for line in {_NUMBER.sub("", line) for line in text.splitlines()})
    return frozenset(line for line, n in counts.items() if n > 1)


def _phrases(text: str, repeated: Collection[str] = ()) -> Iterator[tuple[int, str]]:
    """Yield line and text of possible noun phrases, split at particles, generic verbs and function words (as in RAKE).

    >>> list(_phrases("通过服务网格的数据平面\\nThe data plane of a service mesh"))
    [(1, '服务网格'), (1, '数据平面'), (2, 'data plane'), (2, 'service mesh')]
    """
    text = _MARKUP.sub(lambda m: (m[2] or "") + "\n" * m[0].count("\n"), text)
    for number, line in enumerate(text.splitlines(), 1):
        if _NUMBER.sub("", line) in repeated:
            continue
        for run in _HAN.findall(line):
            for part in _SPLIT.split(run):
                if 3 <= len(part) <= 8:
                    yield number, part
        for match in _LATIN.findall(line):
            part_: list[str] = []
            for word in (*match.split(" "), "the"):
                if word.lower() in _STOP or len(word) < 2:
                    if 2 <= len(part_) <= 4:
                        yield number, " ".join(part_)
                    part_ = []
                else:
                    part_.append(word)
