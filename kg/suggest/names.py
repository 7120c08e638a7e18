"""Finds names of concepts in running text (title, file name, alias, link text) and how often such a name is a link."""

from __future__ import annotations

import posixpath
import re
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import scipy.sparse as sp

from kg.model import Corpus, Resolved
from kg.notes.called import SECTION_PAGES, note_stem
from kg.suggest.formulas import SHORT_FORMULA, formula_forms
from kg.suggest.matrices import Matrix
from kg.suggest.text import BLANK, NoteText, normal, shows

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789") | {chr(c) for c in range(0xC0, 0x250)}
_TELLING: Final = re.compile(r"[a-z\u00c0-\uffff]")
_LEAST_LATIN: Final = 3
_LEAST_OTHER: Final = 2
_LONGEST: Final = 80
_OWN: Final = 1.0
"""Prior count of links for the title of a concept."""
_NEVER: Final = 0.5
"""Smoothing: added to the links, and twice to the mentions, so that a rare name is neither certain nor impossible."""

_MEANINGS: Final = 8
"""Maximum number of meanings of a link text: "see" or "here" links to more concepts and names none of them."""


class UnlinkedMention(NamedTuple):
    """A mention of one concept in one note without a link."""

    strength: float
    """Share of the notes with this name in which it is a link, times the share of those links that lead to this concept."""
    times: int
    """Number of mentions in these notes."""
    path: str
    """Path of the note."""
    start: int
    """First character of the best mention in the note's text, and its end (exclusive)."""
    end: int
    title: bool
    """Whether the name is a title, file name or alias, not only a link text."""


class Lexicon:
    """All names of concepts in a corpus, with their meanings and how often they are links."""

    def __init__(self, corpus: Corpus, number: Mapping[str, int]) -> None:
        own: dict[str, set[int]] = defaultdict(set)
        for iri, i in number.items():
            for name in _own_names(corpus, iri):
                if _usable(name):
                    own[name].add(i)
        linked: dict[str, Counter[int]] = defaultdict(Counter)
        self.linking: dict[str, set[str]] = defaultdict(set)
        """Name → the notes in which it is a link text."""
        seen: set[tuple[str, str, int]] = set()
        normals: dict[str, str] = {}
        for source, link, resolution in corpus.links:
            if (
                not isinstance(resolution, Resolved)
                or link.context in ("toc", "front-matter")
                or link.embed
                or resolution.path == source
            ):
                continue
            target = number.get(corpus.concept_of.get(resolution.path, ""))
            if target is None:
                continue
            shown = shows(link)
            if shown not in normals:
                name = normal(shown)
                normals[shown] = name if _usable(name) else ""
            name = normals[shown]
            if name and (source, name, target) not in seen:
                seen.add((source, name, target))
                linked[name][target] += 1
                self.linking[name].add(source)
        self.own = own
        self.meanings: dict[str, tuple[tuple[int, float], ...]] = {}
        """Name → its possible concepts, each with its share."""
        for name in own.keys() | linked.keys():
            counts = Counter(linked.get(name, Counter()))
            if len(counts) > _MEANINGS:
                if name not in own:
                    continue
                counts.clear()
            for i in own.get(name, ()):
                counts[i] += _OWN  # type: ignore[assignment]  # a share of a link more
            total = sum(counts.values())
            self.meanings[name] = tuple(sorted((i, n / total) for i, n in counts.items()))
        self._find: Any = None

    def met(self, text: NoteText) -> list[tuple[int, int, str]]:
        """The names in the running text of a note, longest match first: (start, end, name)."""
        if self._find is None:
            self._find = _automaton(self.meanings)
        matches = []
        plain = text.plain
        size = len(plain)
        formulas = [match.span() for match in SHORT_FORMULA.finditer(plain)] if "$" in plain else []
        for last, (name, length) in self._find(plain):
            start, end = last - length + 1, last + 1
            # Not inside a longer word of Latin letters.
            if end < size and plain[end] in _LETTERS and plain[last] in _LETTERS:
                continue
            if start and plain[start - 1] in _LETTERS and plain[start] in _LETTERS:
                continue
            if formulas and _cut(formulas, start, end):
                continue
            matches.append((start, -end, name))
        matches.sort()
        kept, cursor = [], 0
        for start, end, name in matches:
            if start >= cursor:
                cursor = -end
                kept.append((start, cursor, name))
        return kept

    def forget(self) -> None:
        """Drop the automaton, the largest part; it is rebuilt on demand."""
        self._find = None


def _cut(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a place begins or ends inside one of some spans, which are in order."""
    return any(
        i and spans[i - 1][0] < place < spans[i - 1][1]
        for place in (start, end)
        for i in (bisect_left(spans, place, key=itemgetter(0)),)
    )


class UnlinkedMentions:
    """Unlinked mentions between concepts, as columns: a large collection has millions."""

    def __init__(self, n: int, paths: Sequence[str], rows: Sequence[np.ndarray]) -> None:
        """`rows` are columns with a value for each place: source, target, strength, path, start, end, 1 for an own name."""
        self._n = n
        self.paths = paths
        source, target, strength, path, start, end, title = rows
        kept = np.flatnonzero((source >= 0) & (source != target))
        keys = source[kept] * n + target[kept]
        # For each pair, the strongest place comes first; of equally strong ones, the earliest.
        order = np.lexsort((-strength[kept], keys))
        keys, kept = keys[order], kept[order]
        first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, dtype=np.int64)
        best = kept[first]
        self.keys: np.ndarray = keys[first]
        """Source · number of concepts + target, ascending."""
        self.strengths: np.ndarray = strength[best].astype(np.float32)
        self.times: np.ndarray = np.diff(np.r_[first, len(keys)])
        self.titles: np.ndarray = np.maximum.reduceat(title[kept], first) if len(first) else np.zeros(0, dtype=bool)
        self.places = path[best], start[best], end[best]
        """Index of the note, first character, and end of each."""

    def __len__(self) -> int:
        return len(self.keys)

    def matrix(self, values: np.ndarray) -> Matrix:
        """Concepts × concepts with a value for each mention."""
        where = (self.keys // self._n, self.keys % self._n)
        return sp.csr_matrix((values.astype(np.float32), where), shape=(self._n, self._n))

    def at(self, sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The row of each pair; -1 for a pair without a mention."""
        wanted = sources.astype(np.int64) * self._n + targets
        if not len(self.keys):
            return np.full(len(wanted), -1)
        row = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[row] == wanted, row, -1)

    def row(self, row: int) -> UnlinkedMention | None:
        """The mention in a row; None for -1."""
        if row < 0:
            return None
        path, start, end = (int(column[row]) for column in self.places)
        strength, times, title = float(self.strengths[row]), int(self.times[row]), bool(self.titles[row])
        return UnlinkedMention(strength, times, self.paths[path], start, end, title)


def coarse(counts: np.ndarray) -> np.ndarray:
    """Round counts down to 0, 1, 2, 3, 4, 6, 8, 12, 16, …: one more or less seldom changes a large one.

    >>> coarse(np.array([0, 1, 3, 5, 7, 11, 100])).tolist()
    [0.0, 1.0, 3.0, 4.0, 6.0, 8.0, 96.0]
    """
    step = 2.0 ** np.maximum(np.floor(np.log2(np.maximum(counts, 1.0))) - 1, 0.0)
    steps: np.ndarray = np.floor(counts / step) * step
    return steps


class NamePlaces(Protocol):
    """The names in a note with their places, see `kg.suggest.records.NoteNames`."""

    @property
    def starts(self) -> bytes:
        """First character of each, as 32-bit integers."""

    @property
    def ends(self) -> bytes:
        """The character behind each."""

    def listed(self) -> list[str]:
        """Return the names."""


def mentions(corpus: Corpus, number: Mapping[str, int], lexicon: Lexicon, places: Mapping[str, NamePlaces]) -> UnlinkedMentions:
    """Collect the mentions in the notes of each concept; `places` are the names in each note, see `Lexicon.met`."""
    paths = list(places)
    names = sorted(lexicon.meanings)
    of_name = {name: i for i, name in enumerate(names)}
    starts, ends, name = array("i"), array("i"), array("i")
    counts = np.zeros(len(paths), dtype=np.int64)
    for i, met in enumerate(places.values()):
        listed = met.listed()
        counts[i] = len(listed)
        starts.frombytes(met.starts)
        ends.frombytes(met.ends)
        name.extend(map(of_name.__getitem__, listed))
    met_in, width = np.repeat(np.arange(len(paths)), counts), max(1, len(names))
    linked = np.array([len(lexicon.linking.get(n, ())) for n in names])
    place = {path: i * width for i, path in enumerate(paths)}
    linking = [place[p] + of_name[n] for n, own in lexicon.linking.items() if n in of_name for p in own if p in place]
    naming = np.setdiff1d(met_in * width + np.array(name, dtype=np.int64), np.array(linking, dtype=np.int64)) % width
    # One more mention somewhere must not change the strength of all others.
    unlinked = coarse(np.bincount(naming, minlength=len(names)).astype(float))
    probability = np.divide(linked + _NEVER, linked + unlinked + 2 * _NEVER, out=np.zeros(len(names)), where=unlinked > 0)
    source = np.array([number.get(corpus.concept_of.get(path, ""), -1) for path in paths], dtype=np.int64)
    at, target, strength, own = _columns(lexicon, names, np.array(name, dtype=np.int64), probability)
    rows = (source[met_in][at], target, strength, met_in[at], np.array(starts)[at], np.array(ends)[at], own)
    return UnlinkedMentions(len(number), paths, rows)


def _columns(
    lexicon: Lexicon, names: Sequence[str], met: np.ndarray, probability: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each meaning of each matched name: index of the match, concept, strength, whether it is an own name."""
    sizes = np.array([len(lexicon.meanings[n]) for n in names], dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    meant = [(t, share, t in lexicon.own.get(n, ())) for n in names for t, share in lexicon.meanings[n]]
    target, share, own = (np.array(c) for c in zip(*meant, strict=True)) if meant else (np.zeros(0, np.int64),) * 3
    at = np.repeat(np.arange(len(met), dtype=np.int32), sizes[met])
    within = np.arange(len(at)) - np.repeat(np.cumsum(sizes[met]) - sizes[met], sizes[met])
    row = first[met[at]] + within
    return at, target[row].astype(np.int64), probability[met[at]] * share[row], own[row].astype(bool)


_KIND: Final = (
    r"def(?:inition|n)?|thm|theorem|lem(?:ma)?|prop(?:osition)?|cor(?:ollary)?|axiom|example|notation|concept|term|moc"
    r"|定义|定理|引理|命题|推论|公理|例|概念|术语"
)
_AROUND: Final = re.compile(
    # An identifier or ordinal number, and a kind. "Theorem prover" and "term-frequency" have none: a space doesn't separate it.
    r"(?:(?:\d{8,}[a-z]?|\d+(?:\.\d+)+\.?|0\d+|\d+[a-z]\d+[a-z\d]*)(?:\s*[-\u2013\u2014]\s*|[ _]+))?"
    rf"(?:(?:(?:{_KIND})(?:\s*[:\uff1a\u2013\u2014]\s*|\s+-\s+|\s*\d+(?:\.\d+)*[.:)]?\s+)|(?:def|thm|lem)_))?"
    r"(?P<name>.+?)"
    rf"(?:\s+\([^()]*\)|\s*\uff08[^\uff08\uff09]*\uff09|_(?:{_KIND}))?",
    re.IGNORECASE,
)
_HUMPS: Final = re.compile(r"[A-Z]?[a-z]+(?:[A-Z][a-z]+)+")
"""A file name such as CompactSpace."""


def bare_name(name: str) -> str:
    """A name without an identifier in front, a kind of statement, or a field in parentheses; words in one are set apart.

    >>> [bare_name(n) for n in ("202203041530 Lattice", "Theorem 3.2 (Zorn)", "Definition: Compact space", "01 - Sets")]
    ['Lattice', 'Zorn', 'Compact space', 'Sets']
    >>> [bare_name(n) for n in ("Filter (topology)", "sigma_algebra_definition", "CompactSpace", "定义：紧集", "开集（拓扑）")]
    ['Filter', 'sigma_algebra', 'Compact Space', '紧集', '开集']
    >>> [bare_name(n) for n in ("Theorem prover", "term-frequency", "定义域", "3-body problem", "x86")]
    ['Theorem prover', 'term-frequency', '定义域', '3-body problem', 'x86']
    """
    around = _AROUND.fullmatch(name) if len(name) <= 2 * _LONGEST else None
    if around is not None and around["name"] != name:
        name = around["name"].strip("()\uff08\uff09") or name
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) if _HUMPS.fullmatch(name) else name


def _own_names(corpus: Corpus, iri: str) -> Iterator[str]:
    concept = corpus.concepts[iri]
    names = [*concept.labels.values(), *(text for text, _ in concept.alt_labels)]
    for path in concept.paths:
        if posixpath.basename(path).lower() not in SECTION_PAGES:
            names.append(note_stem(path))
    for name in names:
        yield normal(name)
        bare = bare_name(name)
        if bare != name:
            yield normal(bare)


def _usable(name: str) -> bool:
    """Whether a name is long enough to be searched for: not "c", not "42".

    >>> _usable("raft"), _usable("k8"), _usable("42"), _usable("容器"), _usable("网")
    (True, False, False, True, False)
    """
    if not name or len(name) > _LONGEST or BLANK in name or not _TELLING.search(name):
        return False
    return len(name) >= (_LEAST_LATIN if name.isascii() else _LEAST_OTHER)


def _forms(name: str) -> Iterator[str]:
    """A name and, if it ends in a Latin letter, its plural or singular forms.

    >>> list(_forms("policy")), list(_forms("pods")), list(_forms("服务"))
    (['policy', 'policys', 'policies'], ['pods', 'pod'], ['服务'])
    """
    yield name
    yield from formula_forms(name)
    last = name[-1]
    if not (last.isascii() and last.isalpha()) or len(name) < 3:
        return
    if last == "s":
        if len(name) > 3 and name[-2] not in "su'i":
            yield name[:-3] + "y" if name.endswith("ies") and len(name) > 4 else name[:-1]
        return
    yield name + "s"
    if last == "y":
        yield name[:-1] + "ies"
    elif name.endswith(("x", "ch", "sh")):
        yield name + "es"


def _automaton(names: Sequence[str] | Mapping[str, object]):  # type: ignore[no-untyped-def]  # pyahocorasick's iterator has no type
    """Return a function that finds all names in a text: (last character, (name, length)); Aho & Corasick 1975."""
    # start time: only needed to search for names in texts
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for name in names:
        for form in _forms(name):
            if form == name or form not in names:
                automaton.add_word(form, (name, len(form)))
    if not len(automaton):
        return lambda text: iter(())
    automaton.make_automaton()
    return automaton.iter
