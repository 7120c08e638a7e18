"""The names of notes for completion and symbols: file names, labels, aliases and ids, also by the initials of their pinyin."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Container, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.corpus.index import names_of_note
from kg.knowledge.live import LiveNotes
from kg.knowledge.search import pinyin_of
from kg.notes.called import note_stem

_SEPARATORS: Final = " -_/·"
_FIRST_HAN: Final = "\u2e80"
_LAST: Final = "\U0010ffff"
"""Behind each text that continues another one."""


class NoteName(NamedTuple):
    """One name of a note."""

    folded: str
    pinyin: tuple[str, str]
    """Initials of the pinyin, and all of it; empty for a name without Chinese characters."""
    name: str
    path: str
    is_file_name: bool


class NameTable:
    """All names of notes; those of edited notes are replaced one note at a time."""

    def __init__(self, live: LiveNotes) -> None:
        self._live = live
        self._names: dict[str, tuple[str, tuple[NoteName, ...]]] = {}
        """Path → digest of the note, and its names."""
        for path in live.notes:
            self._names[path] = self._names_of(path)
        every = [name for _, names in self._names.values() for name in names]
        self._sorted = sorted(every)
        self._by_pinyin = sorted((form, name) for name in every for form in set(name.pinyin) if form)
        self._joined: _JoinedNames | None = None

    def _names_of(self, path: str) -> tuple[str, tuple[NoteName, ...]]:
        note = self._live.notes[path]
        stem = note_stem(path)
        names = [NoteName(fold(stem), pinyin_of(stem), stem, path, is_file_name=True)]
        for name in names_of_note(note):
            if name and name != stem:
                names.append(NoteName(fold(name), pinyin_of(name), name, path, is_file_name=False))
        return note.digest, tuple(dict.fromkeys(names))

    def update(self, path: str) -> None:
        """Take the names of a note again, after it may have changed."""
        digest, old = self._names.pop(path, ("", ()))
        note = self._live.notes.get(path)
        if note is not None:
            self._names[path] = (digest, old) if digest == note.digest else self._names_of(path)
        new = self._names.get(path, ("", ()))[1]
        if new == old:
            return
        self._joined = None
        for name in old:
            del self._sorted[bisect_left(self._sorted, name)]
            for form in filter(None, set(name.pinyin)):
                del self._by_pinyin[bisect_left(self._by_pinyin, (form, name))]
        for name in new:
            insort(self._sorted, name)
            for form in filter(None, set(name.pinyin)):
                insort(self._by_pinyin, (form, name))

    def matching(self, query: str, limit: int, paths: Container[str] | None = None) -> list[NoteName]:
        """Return the names that match what was typed, best first: beginnings, then words and pinyin, then parts.

        With `paths`, only those of these notes.
        """
        typed = fold(query.strip())
        if not typed and paths is None and len(self._names) >= limit:  # all match, and file names are the best
            stems = (names[0] for _, names in self._names.values())
            return heapq.nsmallest(limit, stems, lambda name: (len(name.folded), name))
        first, last = bisect_left(self._sorted, (typed,)), bisect_left(self._sorted, (typed + _LAST,))
        ranked = [(0 if name.is_file_name else 1, len(name.folded), name) for name in self._sorted[first:last]]
        if len(ranked) < limit or paths is not None:
            ranked += self._inside(typed, first, last)
        if paths is not None:
            ranked = [row for row in ranked if row[2].path in paths]
        return [name for _, _, name in heapq.nsmallest(limit, ranked)]

    def _inside(self, typed: str, first: int, last: int) -> Iterator[tuple[int, int, NoteName]]:
        """Yield the names outside of a range of `_sorted` that contain what was typed, or whose pinyin begins with it."""
        if self._joined is None:
            self._joined = _JoinedNames.of(self._sorted)
        contained = set()
        for number, at in self._joined.occurrences(typed):
            if not first <= number < last:
                name = self._sorted[number]
                contained.add(name)
                yield 2 if begins_word(name.folded, at) else 3, len(name.folded), name
        if typed.isascii():
            start, end = bisect_left(self._by_pinyin, (typed,)), bisect_left(self._by_pinyin, (typed + _LAST,))
            for name in {name for _, name in self._by_pinyin[start:end]} - contained:
                if not name.folded.startswith(typed):
                    yield 2, len(name.folded), name


def begins_word(text: str, at: int) -> bool:
    """Return whether a word may begin at a place in a name; Chinese has no spaces between its words.

    >>> begins_word("graft", 1), begins_word("a-raft", 2), begins_word("分布式共识", 3)
    (False, True, True)
    """
    return text[at - 1] in _SEPARATORS or text[at] >= _FIRST_HAN


class _JoinedNames(NamedTuple):
    """All names as one text, in which a part of a name is found without a loop over them."""

    text: str
    starts: list[int]
    """Where each name begins, and the end."""

    @classmethod
    def of(cls, names: Sequence[NoteName]) -> _JoinedNames:
        folded = [name.folded for name in names]
        return cls("\n".join([*folded, ""]), [0, *accumulate(len(text) + 1 for text in folded)])

    def occurrences(self, part: str) -> Iterator[tuple[int, int]]:
        """Yield the names that contain a text (folded, so without line breaks): number, and where it occurs first."""
        at = self.text.find(part)
        while 0 <= at < len(self.text):
            number = bisect_right(self.starts, at) - 1
            yield number, at - self.starts[number]
            at = self.text.find(part, self.starts[number + 1])
