"""Terms: the topics of concepts' texts, the significant terms of groups, and the terms shared by two concepts."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

import ahocorasick

from kg.base.names import fold, language_of
from kg.model import Concept, Corpus


class ConceptTerms(NamedTuple):
    """The terms in the texts of concepts."""

    of: Mapping[str, frozenset[str]]
    """IRI of a concept → the terms in its texts: names in their first spelling, other words folded."""
    names: frozenset[str]
    """The terms that are names of concepts."""


_WORD: Final = re.compile(r"[a-z\u00c0-\u024f][a-z0-9\u00c0-\u024f]*(?:[-'’][a-z0-9\u00c0-\u024f]+)*")
_EDGE: Final = re.compile(r"[a-z0-9\u00c0-\u024f]")
_LEAST: Final = 3
_SIGNIFICANT: Final = 10.83
"""Minimum G² of a significant word: chance exceeds it once in a thousand times (χ², one degree of freedom)."""
# Function words and words common in definitions, which don't indicate a subject.
COMMON_WORDS: Final = frozenset(
    "about above across after again all also although always among and another any are around because been before being "
    "below between both but can cannot case cases could definition different does doesn done due during each either etc "
    "even every example explanation first for form from further general given has have having her here how however into its "
    "itself just kind kinds like made make makes many may means might more most much must name named nor not note often one "
    "ones only other others otherwise our out over own part parts per rather same see set several shall should since single "
    "small some such than that the their them then there therefore these they thing this those three through thus together "
    "too two under until upon use used uses using usually very via was way well were what when where whether which while "
    "who whose why will with within without would yet you your".split()
)


def terms_of(corpus: Corpus) -> ConceptTerms:
    """Return the terms in each concept's names, definitions, lead, headings and tags.

    A term is a name of any concept (the longest one at a position; for Latin letters, whole words only), or a word in
    Latin letters that isn't part of such a name. Other words of Chinese text can't be recognised without a
    dictionary: the names in the collection are the dictionary.
    """
    names = ahocorasick.Automaton()
    for concept in corpus.concepts.values():
        for text in (*concept.labels.values(), *(t for t, _ in concept.alt_labels)):
            folded = fold(text)
            if len(folded) > 1 and folded not in names:
                names.add_word(folded, (len(folded), text))
    if len(names):
        names.make_automaton()
    found = {iri: frozenset(_terms_in("\n".join(_texts(corpus, concept)), names)) for iri, concept in corpus.concepts.items()}
    return ConceptTerms(found, frozenset(name for _, name in names.values()))


def term_texts(corpus: Corpus) -> list[tuple[object, ...]]:
    """Return everything that `terms_of` reads, and the labels by language: a tuple for each concept."""
    return [
        (iri, list(concept.labels.items()), [text for text, _ in concept.alt_labels], list(_texts(corpus, concept)))
        for iri, concept in corpus.concepts.items()
    ]


def _texts(corpus: Corpus, concept: Concept) -> Iterable[str]:
    yield from concept.labels.values()
    yield from concept.definitions.values()
    yield from concept.tags
    for path in concept.paths or (concept.path,):
        note = corpus.notes.get(path)
        if note is not None:
            yield note.lead
            if note.definition != note.lead:
                yield note.definition
            yield from (heading.text for heading in note.headings)


def _terms_in(text: str, names: ahocorasick.Automaton) -> Iterable[str]:
    text = "\n".join(fold(line) for line in text.splitlines())
    free, at = [], 0
    if len(names):
        for last, (length, name) in names.iter_long(text):
            start = last - length + 1
            if not (_cut(text, start - 1, start) or _cut(text, last, last + 1)):
                yield name
                free.append(text[at:start])
                at = last + 1
    free.append(text[at:])
    for part in free:
        yield from (w for w in _WORD.findall(part) if len(w) >= _LEAST and w not in COMMON_WORDS)


def _cut(text: str, left: int, right: int) -> bool:
    """Return whether a boundary between two characters splits a word in Latin letters."""
    return left >= 0 and right < len(text) and bool(_EDGE.match(text[left]) and _EDGE.match(text[right]))


def telling_terms(
    terms: ConceptTerms, groups: Mapping[int, Collection[str]], limit: int
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Return the terms that distinguish each group of concepts from the rest, by language, most significant first.

    Dunning 1993, "Accurate methods for the statistics of surprise and coincidence": the log-likelihood ratio of the term's
    share among the texts of the group and among the others. A term must be in at least two texts of the group, and in a greater
    share of them than elsewhere; a word that isn't a name must also be significant (G² above 10.83).

    >>> texts = {"a": frozenset({"pod", "node"}), "b": frozenset({"pod"}), "c": frozenset({"log"}), "d": frozenset({"log"})}
    >>> telling_terms(ConceptTerms(texts, frozenset({"pod"})), {0: ["a", "b"], 1: ["c", "d"]}, 2)
    {0: {'en': ('pod',)}, 1: {}}
    """
    everywhere = Counter(t for entries in terms.of.values() for t in entries)
    total = len(terms.of)
    result: dict[int, dict[str, tuple[str, ...]]] = {}
    for key, members in groups.items():
        inside = Counter(t for m in members for t in terms.of.get(m, ()))
        n = sum(m in terms.of for m in members)
        ranked: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for term, k in inside.items():
            if k > 1 and k * total > everywhere[term] * n:
                score = log_likelihood(k, n, everywhere[term] - k, total - n)
                if term in terms.names or score > _SIGNIFICANT:
                    ranked[language_of(term, "en")].append((-round(score, 9), term))
        result[key] = {lang: tuple(t for _, t in sorted(entries)[:limit]) for lang, entries in sorted(ranked.items())}
    return result


def log_likelihood(a: int, n: int, b: int, m: int) -> float:
    """Return Dunning's G² for a term in `a` of `n` texts here and in `b` of `m` texts elsewhere; 0 for equal shares.

    >>> round(log_likelihood(2, 2, 0, 2), 3), log_likelihood(1, 2, 1, 2)
    (5.545, 0.0)
    """
    total = n + m
    cells = ((a, n, a + b), (n - a, n, total - a - b), (b, m, a + b), (m - b, m, total - a - b))
    return 2 * sum(k * math.log(k * total / (row * column)) for k, row, column in cells if k)


def term_weights(terms: Mapping[str, Collection[str]]) -> dict[str, float]:
    """Return the inverse document frequency of each term: ln(texts / texts with the term), Spärck Jones 1972.

    >>> {t: round(w, 3) for t, w in sorted(term_weights({"a": {"x", "y"}, "b": {"x"}}).items())}
    {'x': 0.0, 'y': 0.693}
    """
    counts = Counter(t for found in terms.values() for t in found)
    return {t: math.log(len(terms) / n) for t, n in counts.items()}


def shared_terms(first: frozenset[str], second: frozenset[str], weight: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """Return the weighted cosine of two sets of terms (Salton & Buckley 1988), and the shared terms, highest weight first.

    >>> score, both = shared_terms(frozenset("ab"), frozenset("bc"), {"a": 1.0, "b": 2.0, "c": 1.0})
    >>> round(score, 3), both
    (0.8, ('b',))
    """
    both = sorted(first & second, key=lambda t: (-weight.get(t, 0.0), t))
    square = math.fsum(weight.get(t, 0.0) ** 2 for t in both)
    norms = [math.sqrt(math.fsum(weight.get(t, 0.0) ** 2 for t in side)) for side in (first, second)]
    return (square / (norms[0] * norms[1]) if square else 0.0), tuple(t for t in both if weight.get(t, 0.0) > 0)
