"""How readable definitions are: proxies that stand apart from `clarity`, which only readers can judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kg.model import Concept

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_WORD: Final = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LONGEST_NAME: Final = 24
"""Words or characters of the longest name that is looked for."""
_MOST: Final = 2000
"""Definitions looked at for each language; more say the same."""


def measure_readability(concepts: Mapping[str, Concept]) -> dict[str, float]:
    """Mean length of a sentence and Flesch reading ease of English definitions, and the circle of terms.

    ``words_a_sentence`` (English words), ``characters_a_sentence`` (Chinese characters), ``flesch`` (English only), and
    ``circular_definitions``: concepts whose definitions use one another's names in a circle, so that in whatever order they are
    read some term is used before it is defined. A value that can't be taken is left out.
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
    """Reading ease of English text: 206.835 − 1.015 · words / sentences − 84.6 · syllables / words (Flesch 1948).

    Syllables are those at which pyphen's dictionary (Knuth–Liang) may break a word, a little fewer than are spoken.

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
    """Groups of concepts whose definitions use one another's preferred names in a circle, as IRIs.

    >>> def c(iri, label, definition):
    ...     return Concept(iri, iri, "", {"en": label}, (), "concept", "", "", {"en": definition}, (), (), "")
    >>> found = {"x:lock": c("x:lock", "Lock", "A lease that never ends."),
    ...     "x:lease": c("x:lease", "Lease", "A lock that ends."), "x:log": c("x:log", "Log", "A list of locks.")}
    >>> circular(found)
    (('x:lease', 'x:lock'),)
    """
    # start time: networkx is only for those who walk a network
    import networkx as nx

    # A name that several concepts bear ("" here) doesn't tell which one a definition uses.
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
    """Text in lower case; of ASCII the words alone, so that a name is found whatever stands beside it."""
    text = text.lower()
    return " ".join(_WORD.findall(text)) if text.isascii() else text.strip()


def _start(name: str) -> str:
    """What a name begins with: its first word, or the first two characters where it isn't ASCII."""
    return name.partition(" ")[0] if name.isascii() else name[:2]


def _runs(text: str, lengths: Mapping[str, Iterable[int]]) -> Iterator[str]:
    """All that may be a name in a text: runs of words or characters that begin like one and are as long as one."""
    words = _WORD.findall(text)
    for i, word in enumerate(words):
        for n in lengths.get(word, ()):
            yield " ".join(words[i : i + n])
    if not text.isascii():
        for i in range(len(text)):
            for n in lengths.get(text[i : i + 2], ()):
                yield text[i : i + n]
