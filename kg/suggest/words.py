"""Evidence as words: which whole words, as the notes write them, stand behind the terms that two concepts share.

Terms are stems and pairs of Chinese characters. A reader is shown the word instead: the form in the note, or the name or the
stretch of text between punctuation and function words that contains the pair. A pair without such a word is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from kg.model import Corpus
from kg.network.terms import COMMON_WORDS
from kg.suggest.records import NoteRecords
from kg.suggest.text import lower, plain_spaces, word_runs, word_stem

_HAN_FIRST: Final = "\u3400"
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_FUNCTION: Final = re.compile(
    r"[的了着]|(?<![参赋给授相])与(?!会)|(?<![饱总共谐温缓亲])和(?![谐解平])|(?<![还但若可要总只凡])是(?!否|非)|(?<![涉普以])及(?!时)"
    r"|以及|或者?|(?<![动])被|(?<!掌)把(?!握)|它们?|这[些个种]?|那[些个种]|如果|因为|所以|但是?|并且|而且|以便|从而|例如|比如|等等"
    r"|通过|使用|需要|可以|能够|进行|提供|称为|其中|之间|一[个种些]|每个|多个|所有|任何|不同|由于|对于|关于|[在由从向用让将使](?=.{2})"
)
"""Function words and common verbs, at which a stretch of Chinese text ends."""
_COMMON: Final = COMMON_WORDS | frozenset("a am an as at be by do he if in is it me my no of on or so to up us vs we".split())
"""English words that are not evidence."""
_SHORTEST: Final = 2
_LONGEST: Final = 6
"""Characters of a Chinese word; longer stretches are phrases."""


class ConceptWords:
    """The words of one concept's notes."""

    def __init__(self, corpus: Corpus, records: NoteRecords, iri: str) -> None:
        concept = corpus.concepts[iri]
        own = (*concept.labels.values(), *(name for name, _ in concept.alt_labels), *concept.definitions.values())
        texts = [plain_spaces(lower(text)) for text in own]
        names = list(texts[: len(own) - len(concept.definitions)])
        for path in concept.paths:
            if path in records.texts:
                text = records.texts[path]
                texts += (text.plain, text.shown)
                names += (*records.names[path].listed(), *text.shown.split("\n"))
        self.text = "\n".join(texts)
        self._runs = set(word_runs(self.text))
        self._forms: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        self._stretches: dict[str, list[str]] = {}
        for run in self._runs:
            if run[0] >= _HAN_FIRST and _HAN.match(run):
                _index(self._stretches, filter(None, _FUNCTION.split(run)))
        _index(self._names, (run for name in set(names) for run in word_runs(name) if _HAN.match(run)))

    def form(self, stem: str) -> str:
        """Return a stem as the notes write it; empty if they don't."""
        if stem not in self._forms:  # a concept shares its terms with many others
            self._forms[stem] = self._find_form(stem)
        return self._forms[stem]

    def _find_form(self, stem: str) -> str:
        forms = (stem, f"{stem[:-1]}ies", f"{stem}s") if stem.endswith("y") else (stem, f"{stem}s")
        return next((form for form in forms if form in self._runs and word_stem(form) == word_stem(stem)), "")

    def names(self, pair: str) -> Sequence[str]:
        """Return the names with a pair of Chinese characters that the notes contain."""
        return self._names.get(pair, ())

    def stretches(self, pair: str) -> Sequence[str]:
        """Return the stretches of text with a pair of Chinese characters."""
        return self._stretches.get(pair, ())


def _index(words: dict[str, list[str]], texts: Iterable[str]) -> None:
    """Add Chinese words to lists by the pairs of characters in them."""
    for text in texts:
        if _SHORTEST <= len(text) <= _LONGEST:
            for first, second in pairwise(text):
                own = words.setdefault(first + second, [])
                if text not in own:
                    own.append(text)


class SharedWords:
    """The words behind the terms that two concepts share; each occurs in the texts of both."""

    def __init__(self, first: ConceptWords, second: ConceptWords) -> None:
        self._first, self._second = first, second
        self._word: dict[str, str] = {}

    def of(self, terms: Iterable[str]) -> tuple[str, ...]:
        """Return the words behind some terms, in the order of the terms."""
        words: dict[str, None] = {}
        for term in terms:
            word = self._word.get(term)
            if word is None:
                word = self._word[term] = self._find(term)
            if word:
                words[word] = None
        return tuple(words)

    def _find(self, term: str) -> str:
        """The word behind a term; empty if there is none.

        Of several words with a pair of Chinese characters, names come before other stretches, and shorter ones before longer
        ones. A stretch must be one in both notes.
        """
        first, second = self._first, self._second
        if not _HAN.match(term):
            form = first.form(term)
            return form if form and form not in _COMMON and second.form(term) else ""
        own, other = first.names(term), second.names(term)
        choice = [n for n in own if n in other or n in second.text] + [n for n in other if n not in own and n in first.text]
        if not choice:
            stretches = second.stretches(term)
            choice = [word for word in first.stretches(term) if word in stretches]
        return min(choice, key=lambda word: (len(word), word), default="")
