"""Finds the documents that match a query and ranks them."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from kg.base.names import fold, nfc
from kg.knowledge.search.documents import SearchDocument, SearchIndex, SearchName, letters_of, without_gaps
from kg.notes.shown import GAP

_TERM: Final = re.compile(r"\"([^\"]+)\"|(\S+)")
_HAN_RUN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]{3,}")
_KIND_WEIGHT: Final = {"title": 1.0, "alias": 0.9, "id": 0.9, "file": 0.8}
_MOST_TERMS: Final = 12
_MOST_LETTERS: Final = 200
_SHORTEST_TYPO: Final = 4
_TWO_TYPOS: Final = 8
_MOST_CORRECTIONS: Final = 3
_MANY: Final = 1_500
"""With more candidates, texts aren't looked at one by one."""
_IN_NAME: Final = 20.0
_IN_TAG: Final = 6.0
_WIDTH: Final = 160
_BEFORE: Final = 50


class SearchMatch(NamedTuple):
    """A note that matches a query."""

    path: str
    iri: str
    """Of its concept; empty if it describes none."""
    concept_id: str
    label: str
    kind: str
    """Where the best match is: ``title``, ``alias``, ``id``, ``file``, ``pinyin``, ``heading``, ``tag``, ``text``, or
    ``similar`` for a name that is spelt a little differently."""
    line: int
    column: int
    """1-based, in characters."""
    snippet: str
    """The text around the match, as readers see it."""
    marks: tuple[tuple[int, int], ...]
    """Ranges of the snippet that match, in characters."""
    score: float


class _Term(NamedTuple):
    text: str
    """Folded."""
    variants: tuple[bytes, ...]
    """As it can occur in a text whose ASCII letters are in lower case."""
    corrections: tuple[str, ...]
    """Words that it may be a misspelling of, where it occurs nowhere."""
    in_names: frozenset[int]
    """Documents by index."""
    in_texts: frozenset[int]
    in_tags: frozenset[int]
    corrected: frozenset[int]
    """Documents with a correction, or with most of the pairs of characters of a Chinese term."""

    def documents(self) -> frozenset[int]:
        """Return all documents that may match."""
        return self.in_names | self.in_texts | self.in_tags | self.corrected


class _Hit(NamedTuple):
    score: float
    kind: str


_NOTHING: Final = _Hit(0.0, "")


def search_documents(index: SearchIndex, query: str, limit: int, lang: str = "") -> tuple[SearchMatch, ...]:
    """Return the best matches, best first. Every word must match; if no note has all of them, those with most of them count.

    Words in double quotes are one term, ``#tag`` restricts the matches to notes with a tag. Equal scores are in order of path.
    """
    words, tags = _parse(query)
    terms = [_term(index, word) for word in words]
    chosen = _with_tags(index, tags) if tags else None
    if terms:
        rows = _ranked(index, terms, chosen, fold(query))
    else:
        rows = [(_Hit(1.0 + index.documents[i].weight, "tag"), index.documents[i]) for i in chosen or ()]
    best = heapq.nsmallest(limit, rows, key=lambda row: (-row[0].score, row[1].path))
    return tuple(_match(document, hit, terms, lang) for hit, document in best)


def _parse(query: str) -> tuple[list[str], list[str]]:
    words, tags = [], []
    for m in _TERM.finditer(nfc(query)[:_MOST_LETTERS]):
        text = m[1] or m[2]
        if m[2] and text.startswith("#") and len(text) > 1:
            tags.append(fold(text[1:]))
        elif folded := fold(text.replace(GAP, "")):
            words.append(folded)
    return words[:_MOST_TERMS], tags


def _with_tags(index: SearchIndex, tags: list[str]) -> frozenset[int]:
    """Return the documents with all of some tags, or with tags below them."""

    def has(document: SearchDocument, tag: str) -> bool:
        return any(fold(t) == tag or fold(t).startswith(f"{tag}/") for t in document.tags)

    sets = [{i for i in index.tags.holding(tag.encode()) if has(index.documents[i], tag)} for tag in tags]
    return frozenset(set.intersection(*sets))


def _variants(word: str) -> tuple[bytes, ...]:
    """Return the forms of a word in a text whose ASCII letters are in lower case; others can be in any case."""
    if word.isascii():
        return (word.encode(),)
    forms = (word, word.upper(), word.title(), word.capitalize())
    return tuple(dict.fromkeys(form.encode("utf-8", "replace").lower() for form in forms))


def _term(index: SearchIndex, word: str) -> _Term:
    variants = _variants(word)
    needle = word.encode("utf-8", "replace")
    in_names, in_tags = frozenset(index.names.holding(needle)), frozenset(index.tags.holding(needle))
    in_texts = frozenset(i for variant in variants for i in index.texts.holding(variant))
    corrections: tuple[str, ...] = ()
    corrected: set[int] = set()
    if not in_names and not in_texts and not in_tags:
        corrections = tuple(_corrections(index, word))
        for correction in corrections:
            corrected.update(index.names.holding(correction.encode()))
            corrected.update(i for variant in _variants(correction) for i in index.texts.holding(variant))
        if run := _HAN_RUN.search(word):
            corrected |= _by_pairs(index, run.group())
    return _Term(word, variants, corrections, in_names, in_texts, in_tags, frozenset(corrected))


def _by_pairs(index: SearchIndex, run: str) -> set[int]:
    """Return the documents with most pairs of characters of a Chinese term: 容器编排系统 in a text about 容器编排的系统."""
    pairs = {run[i : i + 2].encode() for i in range(len(run) - 1)}
    counts: Counter[int] = Counter()
    for pair in pairs:
        counts.update({*index.names.holding(pair), *index.texts.holding(pair)})
    return {i for i, count in counts.items() if count * 3 >= len(pairs) * 2}


def _corrections(index: SearchIndex, word: str) -> list[str]:
    """Return the words and names that differ from a word in one letter, or two if it is long; most frequent first."""
    if len(word) < (_SHORTEST_TYPO if word.isascii() else 3):
        return []
    most = 2 if len(word) >= _TWO_TYPOS else 1
    letters, size = letters_of(word), len(word)
    rows = [
        (distance, -entry.frequency, entry.text)
        for entry in index.vocabulary
        if -most <= len(entry.text) - size <= most
        and (letters ^ entry.letters).bit_count() <= 2 * most
        and (distance := edit_distance(word, entry.text, most)) <= most
    ]
    return [text for _, _, text in sorted(rows)[:_MOST_CORRECTIONS]]


def edit_distance(a: str, b: str, most: int) -> int:
    """Return the number of letters to insert, delete, replace or exchange (optimal string alignment); at most `most` + 1.

    >>> edit_distance("kuberentes", "kubernetes", 2), edit_distance("raft", "raft", 1), edit_distance("abc", "xyz", 1)
    (1, 0, 2)
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        above, row = row, [i]
        for j, d in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (c != d))
            if i > 1 and j > 1 and c == b[j - 2] and a[i - 2] == d:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = above
    return min(row[-1], most + 1)


def _ranked(
    index: SearchIndex, terms: list[_Term], chosen: frozenset[int] | None, query: str
) -> list[tuple[_Hit, SearchDocument]]:
    """Return the documents with all terms; if there are none, those with the most, if that is half of them at least."""
    counts: Counter[int] = Counter()
    for term in terms:
        counts.update(term.documents() if chosen is None else term.documents() & chosen)
    most = max(counts.values(), default=0)
    if most * 2 < len(terms):
        return []
    candidates = [i for i, count in counts.items() if count == most]
    quick = len(candidates) > _MANY
    rows = []
    for i in candidates:
        document = index.documents[i]
        hits = [_hit(i, document, term, quick=quick) for term in terms]
        best = max(hits, key=lambda hit: hit.score)
        whole = next((n for n in document.names if n.folded == query), None) if best.score >= _IN_NAME else None
        score = (sum(hit.score for hit in hits) / len(terms) + (100 if whole else 0)) * (1 + 0.15 * document.weight)
        rows.append((_Hit(score, whole.kind if whole else best.kind), document))
    return rows


def _hit(i: int, document: SearchDocument, term: _Term, *, quick: bool) -> _Hit:
    """Return how well a document matches a term. `quick`: without looking how often a text has it."""
    best = _NOTHING
    if i in term.in_names:
        best = max((_in_name(name, term.text) for name in document.names), key=lambda hit: hit.score)
    if best.score < _IN_NAME and i in term.in_texts:
        best = max(best, _Hit(3.0, "text") if quick else _in_text(document, term))
    if best.score < _IN_TAG and i in term.in_tags:
        best = _Hit(_IN_TAG, "tag")
    if i in term.corrected:
        best = max(best, _corrected(document, term))
    return best


def _in_text(document: SearchDocument, term: _Term) -> _Hit:
    if any(term.text in fold(text) for _, text in document.headings):
        return _Hit(10.0, "heading")
    lower = document.text.lower()
    count = sum(lower.count(v) for v in term.variants)
    return _Hit(2.0 + min(count, 6) + 2.0 * _at_word(lower, term.variants), "text")


def _corrected(document: SearchDocument, term: _Term) -> _Hit:
    for correction in term.corrections:
        if correction in document.folded_names:
            name = max((_in_name(name, correction) for name in document.names), key=lambda hit: hit.score)
            return _Hit(name.score / 3, "similar")
    return _Hit(2.0, "text")


def _in_name(name: SearchName, text: str) -> _Hit:
    """Return how well a name matches: as a whole, at its start, at the start of a word, within."""
    weight = _KIND_WEIGHT[name.kind]
    share = len(text) / max(len(name.folded), 1)
    at = name.folded.find(text)
    if at >= 0:
        if share == 1:
            score = 60.0
        elif at == 0:
            score = 40.0
        else:
            score = 20.0 if name.folded[at - 1].isalnum() and name.folded[at - 1].isascii() else 30.0
        return _Hit(weight * (score + 10 * share), name.kind)
    if len(text) > 1 and name.initials.startswith(text):
        return _Hit(weight * (25 + 10 * len(text) / len(name.initials)), "pinyin")
    if len(text) > 1 and text in name.pinyin:
        start = 25 if name.pinyin.startswith(text) else 12
        return _Hit(weight * (start + 10 * len(text) / len(name.pinyin)), "pinyin")
    return _NOTHING


def _at_word(text: bytes, variants: Iterable[bytes]) -> bool:
    """Whether a word begins with a variant at its first place."""
    at = min((a for v in variants if (a := text.find(v)) >= 0), default=0)
    return at == 0 or not text[at - 1 : at].isalnum()


def _match(document: SearchDocument, hit: _Hit, terms: list[_Term], lang: str) -> SearchMatch:
    label = document.labels.get(lang) or next(iter(document.labels.values()), document.path)
    patterns = [v for term in terms for v in (*term.variants, *(c.encode() for c in term.corrections))]
    line, column, text, marks = _best_line(document, patterns)
    if hit.kind in ("title", "alias", "id", "file", "pinyin", "similar") and not marks:
        line, column = document.label_line, 1
    score = round(hit.score, 3)
    return SearchMatch(document.path, document.iri, document.concept_id, label, hit.kind, line, column, text, marks, score)


class _Snippet(NamedTuple):
    line: int
    column: int
    text: str
    marks: tuple[tuple[int, int], ...]


def _best_line(document: SearchDocument, patterns: list[bytes]) -> _Snippet:
    """Return the line with most of the terms, else the first line of text."""
    best, best_count = -1, 0
    lines = document.text.lower().split(b"\n")
    for number, line in enumerate(lines):
        count = sum(p in line for p in patterns)
        if count > best_count:
            best, best_count = number, count
    if best < 0:
        headings = {line for line, _ in document.headings}
        best = next((i for i, n in enumerate(document.lines) if n not in headings), 0 if document.lines else -1)
        if best < 0:
            return _Snippet(document.label_line, 1, "", ())
    raw = document.text.split(b"\n")[best]
    lower = lines[best]
    starts = [at for p in patterns if (at := lower.find(p)) >= 0]
    first = min(starts, default=-1)
    column = len(raw[:first].decode("utf-8", "replace")) + 1 if first >= 0 else 1
    text, marks = _cut(raw, [p for p in patterns if p in lower], first)
    return _Snippet(document.lines[best], column, text, marks)


def _cut(raw: bytes, patterns: list[bytes], first: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return a line for readers, cut around a match, with the ranges that match."""
    start = max(0, len(without_gaps(raw[: max(first, 0)].decode("utf-8", "replace"))) - _BEFORE)
    shown = without_gaps(raw.decode("utf-8", "replace"))
    if start:
        space = shown.find(" ", start, start + 15)
        start = space + 1 if space >= 0 else start
    text = ("…" if start else "") + shown[start : start + _WIDTH].strip() + ("…" if len(shown) > start + _WIDTH else "")
    low = text.lower() if len(text.lower()) == len(text) else text
    marks: list[tuple[int, int]] = []
    for pattern in sorted(patterns, key=len, reverse=True):
        word = pattern.decode("utf-8", "replace").lower()
        for m in re.finditer(re.escape(word), low):
            if all(m.end() <= s or m.start() >= e for s, e in marks):
                marks.append(m.span())
    return text, tuple(sorted(marks)[:20])
