"""Concepts with a name similar to that of a topic: suggestions for mappings, which only authors make."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.model import Concept, NearConcept

_LEAST: Final = 0.62
_MOST: Final = 3
_WORD: Final = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
# Words common in names of topics, which don't indicate a similarity.
_COMMON: Final = frozenset(
    "a an and of the to in for on with by or s system systems service services introduction overview".split()
)


class _ConceptName(NamedTuple):
    folded: str
    text: str
    """In its original spelling."""
    iri: str


class NamesByWord:
    """The names of concepts, indexed by their words."""

    def __init__(self, concepts: Mapping[str, Concept]) -> None:
        self._names: list[_ConceptName] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for iri, concept in concepts.items():
            texts = (*concept.labels.values(), *(text for text, _ in concept.alt_labels))
            for text in dict.fromkeys(texts):
                at = len(self._names)
                self._names.append(_ConceptName(fold(text), text, iri))
                for word in set(_words(text)):
                    self._by_word[word].append(at)

    def near(self, labels: Iterable[str], mapped: Sequence[str] = ()) -> tuple[NearConcept, ...]:
        """Return at most three concepts with names similar to one of the labels, in any language, best first.

        Similarity is 2/3 of the Dice coefficient (1945) of their significant words, without plural endings, plus 1/3 of the
        ratio by difflib (Ratcliff & Obershelp) of the folded names.

        >>> c = Concept("x:pod", "pod", "", {"en": "Pod"}, (), "concept", "", "", {}, (), (), "")
        >>> NamesByWord({"x:pod": c}).near(["Pods"]), NamesByWord({"x:pod": c}).near(["Podcasts"])
        ((NearConcept(iri='x:pod', name='Pod', likeness=0.95),), ())
        """
        best: dict[str, tuple[float, str]] = {}
        for label in labels:
            text, words = fold(label), set(_words(label))
            for at in sorted({i for word in words for i in self._by_word.get(word, ())}):
                folded, name, iri = self._names[at]
                if iri in mapped:
                    continue
                own = set(_words(name))
                dice = 2 * len(words & own) / (len(words) + len(own))
                likeness = (2 * dice + difflib.SequenceMatcher(None, text, folded, autojunk=False).ratio()) / 3
                if likeness >= _LEAST and likeness > best.get(iri, (0.0, ""))[0]:
                    best[iri] = (likeness, name)
        order = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        return tuple(NearConcept(iri, name, round(likeness, 2)) for iri, (likeness, name) in order[:_MOST])


def _words(text: str) -> Iterator[str]:
    """Yield the significant words of a name without plural endings; Chinese as pairs of characters."""
    last = ""
    for word in _WORD.findall(fold(text)):
        if len(word) == 1 and word >= "\u3400":
            if last:
                yield last + word
            last = word
            continue
        last = ""
        if word not in _COMMON:
            yield word[:-1] if len(word) > 3 and word.endswith("s") else word
