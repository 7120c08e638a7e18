"""The names of notes for completion and symbols: file names, labels, aliases and ids, also by the initials of their pinyin."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.corpus.index import names_of_note
from kg.knowledge.live import LiveNotes
from kg.knowledge.search import pinyin_of
from kg.notes.called import note_stem

_SEPARATORS: Final = " -_/·"


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
        self._names: dict[str, tuple[str, Sequence[NoteName]]] = {}
        """Path → digest of the note, and its names."""
        for path in live.notes:
            self._add(path)

    def _add(self, path: str) -> None:
        note = self._live.notes[path]
        stem = note_stem(path)
        others = (name for name in dict.fromkeys(names_of_note(note)) if name and name != stem)
        names = [NoteName(fold(stem), pinyin_of(stem), stem, path, is_file_name=True)]
        names += [NoteName(fold(name), pinyin_of(name), name, path, is_file_name=False) for name in others]
        self._names[path] = note.digest, names

    def update(self, path: str) -> None:
        """Take the names of a note again, after it may have changed."""
        note = self._live.notes.get(path)
        if note is None:
            self._names.pop(path, None)
        elif self._names.get(path, ("",))[0] != note.digest:
            self._add(path)

    def __iter__(self) -> Iterator[NoteName]:
        for _, names in self._names.values():
            yield from names

    def matching(self, query: str, limit: int) -> list[NoteName]:
        """Return the names that match what was typed, best first: beginnings, then words, then parts, then initials."""
        typed = fold(query.strip())
        ranked = ((rank, len(name.folded), name) for name in self if (rank := _rank(name, typed)) is not None)
        return [name for _, _, name in heapq.nsmallest(limit, ranked)]


def _rank(name: NoteName, typed: str) -> int | None:
    folded = name.folded
    at = folded.find(typed)
    if at == 0:
        return 0 if name.is_file_name else 1
    if at > 0:
        return 2 if folded[at - 1] in _SEPARATORS else 3
    if name.pinyin[0] and typed.isascii() and any(form.startswith(typed) for form in name.pinyin):
        return 2
    return None
