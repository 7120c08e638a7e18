"""Readability of definitions: proxies, separate from `clarity`, which only readers can judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kg.model import Concept

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_WORD: Final = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LONGEST_NAME: Final = 24
"""Maximum words or characters of a name to search for."""
_MOST: Final = 2000
"""Maximum number of definitions used per language; more don't change the result much."""


def measure_readability(concepts: Mapping[str, Concept]) -> dict[str, float]:
    """Return the mean sentence length, the Flesch reading ease, and the number of circular definitions.

    ``words_a_sentence`` (English words), ``characters_a_sentence`` (Chinese characters), ``flesch`` (English only), and
    ``circular_definitions``: concepts whose definitions use each other's names in a cycle, so that in any reading order
    some term is used before it is defined. A value that can't be computed is left out.
    """
    english = [c.definitions["en"] for c in concepts.values() if c.definitions.get("en")][:_MOST]
    chinese = [c.definitions["zh"] for c in concepts.values() if c.definitions.get("zh")][:_MOST]
    result: dict[str, float] = {}
    if english:
        result["words_a_sentence"] = _mean(len(_WORD.findall(s)) for s in _sentences(english))
        result["flesch"] = flesch(english)
    if chinese:
        result["characters_a_sentence"] = _mean(len(_HAN.findall(s)) for s in _sentences(chinese))
    if english or chinese:
        result["circular_definitions"] = len(circular(concepts))
    return {name: round(value, 2) for name, value in result.items()}


def _sentences(texts: Iterable[str]) -> list[str]:
    return [s for text in texts for s in _SENTENCE.split(text) if s.strip()]


def _mean(values: Iterable[int]) -> float:
    found = [v for v in values if v]
    return sum(found) / len(found) if found else 0.0


def flesch(texts: Iterable[str]) -> float:
    """Return the reading ease of English text: 206.835 − 1.015 · words / sentences − 84.6 · syllables / words (Flesch 1948).

    Syllables are the positions where pyphen's dictionary (Knuth–Liang) allows a hyphen, slightly fewer than spoken ones.

    >>> round(flesch(["The cat sat on the mat."]), 1)
    116.1
    """
    # start time: its patterns are only for English definitions
    import pyphen

    dictionary = pyphen.Pyphen(lang="en_US")
    sentences = _sentences(texts)
    words = [w for s in sentences for w in _WORD.findall(s)]
    if not words:
        return 0.0
    syllables = sum(len(dictionary.positions(w.lower())) + 1 for w in words)
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * syllables / len(words)


def circular(concepts: Mapping[str, Concept]) -> tuple[tuple[str, ...], ...]:
    """Return groups of concepts whose definitions use each other's preferred names in a cycle, as IRIs.

    >>> def c(iri, label, definition):
    ...     return Concept(iri, iri, "", {"en": label}, (), "concept", "", "", {"en": definition}, (), (), "")
    >>> found = {"x:lock": c("x:lock", "Lock", "A lease that never ends."),
    ...     "x:lease": c("x:lease", "Lease", "A lock that ends."), "x:log": c("x:log", "Log", "A list of locks.")}
    >>> circular(found)
    (('x:lease', 'x:lock'),)
    """
    # start time: networkx is only for those who walk a network
    import networkx as nx

    # A name of several concepts ("" here) doesn't determine which one a definition uses.
    names: dict[str, str] = {}
    for iri, concept in concepts.items():
        for label in concept.labels.values():
            name = _folded(label)
            if len(name) > 2 or not name.isascii():
                names[name] = iri if names.get(name, iri) == iri else ""
    lengths: dict[str, set[int]] = {}
    for name in names:
        length = name.count(" ") + 1 if name.isascii() else len(name)
        if length <= _LONGEST_NAME:
            lengths.setdefault(_start(name), set()).add(length)
    graph: nx.DiGraph[str] = nx.DiGraph()
    for iri, concept in concepts.items():
        for definition in concept.definitions.values():
            for part in _runs(_folded(definition), lengths):
                other = names.get(part, "")
                if other and other != iri:
                    graph.add_edge(iri, other)
    groups = (tuple(sorted(g)) for g in nx.strongly_connected_components(graph) if len(g) > 1)
    return tuple(sorted(groups))


def _folded(text: str) -> str:
    """Return text in lower case; for ASCII only its words, so that names are found next to punctuation."""
    text = text.lower()
    return " ".join(_WORD.findall(text)) if text.isascii() else text.strip()


def _start(name: str) -> str:
    """Return the key of a name: its first word, or the first two characters if it isn't ASCII."""
    return name.partition(" ")[0] if name.isascii() else name[:2]


def _runs(text: str, lengths: Mapping[str, Iterable[int]]) -> Iterator[str]:
    """Yield possible names in a text: runs of words or characters with the start and length of a name."""
    words = _WORD.findall(text)
    for i, word in enumerate(words):
        for n in lengths.get(word, ()):
            yield " ".join(words[i : i + n])
    if not text.isascii():
        for i in range(len(text)):
            for n in lengths.get(text[i : i + 2], ()):
                yield text[i : i + n]
