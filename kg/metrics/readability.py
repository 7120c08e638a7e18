"""How readable definitions are: proxies that stand apart from `clarity`, which only readers can judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from kg.model import Concept

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_WORD: Final = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_MOST: Final = 2000
"""Definitions looked at for each language; more say the same."""


def readability(concepts: Mapping[str, Concept]) -> dict[str, float]:
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
    import networkx as nx

    by_word: dict[str, list[tuple[str, str]]] = {}
    for iri, concept in concepts.items():
        for label in concept.labels.values():
            name = label.lower().strip()
            if len(name) > 2 or _HAN.search(name):
                by_word.setdefault(_key(name), []).append((name, iri))
    graph: nx.DiGraph[str] = nx.DiGraph()
    for iri, concept in concepts.items():
        for definition in concept.definitions.values():
            text = definition.lower()
            for key in _keys(text):
                for name, other in by_word.get(key, ()):
                    if other != iri and _occurs(name, text):
                        graph.add_edge(iri, other)
    groups = (tuple(sorted(g)) for g in nx.strongly_connected_components(graph) if len(g) > 1)
    return tuple(sorted(groups))


def _key(name: str) -> str:
    """What a text must hold for a name to occur in it: its first word, or its first two Chinese characters."""
    return name[:2] if _HAN.match(name) else (_WORD.findall(name) or [name])[0].lower()


def _keys(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text)) if _HAN.match(text[i])} | set(_WORD.findall(text))


def _occurs(name: str, text: str) -> bool:
    if not name.isascii():
        return name in text
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text) is not None
