"""Changes of several files as one: all or none of them, also if the process is killed between two; and their undoing.

The old and the new bytes are written to a folder in the user's cache before the first file is changed. A run that finds the
changes of a killed one there completes them, or takes them back if somebody has changed one of the files since.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple
from urllib.parse import quote, unquote_to_bytes

import msgspec

from kg.base import files
from kg.base.errors import ChangedError, StoreError
from kg.base.formats import FormatError
from kg.base.formats.json_text import JsonReader
from kg.base.notefile import LARGEST, create_note, edit_file, remove_note, replace_note
from kg.base.removal import remove_empty, remove_tree
from kg.base.store import exclusive, write_file

_KEPT: Final = 50
"""How many changes can be undone."""
_JOURNAL, _DONE, _UNDOING, _UNDONE = "journal.json", "done", "undoing", "undone"
_PATIENCE: Final = 60.0


class FileState(NamedTuple):
    """The bytes of a file before and after a change; None where it doesn't exist."""

    path: Path
    before: bytes | None
    after: bytes | None
    mode: int | None = None
    """Permissions of a file that is created."""


class _Entry(msgspec.Struct, frozen=True):
    name: str
    """The path, with percent signs for bytes that are not ASCII: a name needn't be a text."""
    before: str | None
    """SHA-256, hexadecimal."""
    after: str | None
    mode: int | None = None

    @property
    def path(self) -> Path:
        return Path(os.fsdecode(unquote_to_bytes(self.name)))


class _Journal(msgspec.Struct, frozen=True):
    description: str
    entries: list[_Entry]


class Recovered(NamedTuple):
    """What became of the changes of a killed run."""

    description: str
    """The description that was given when they were written."""
    completed: bool
    """False if they were taken back."""


_READER: Final = JsonReader(_Journal)


class Transactions:
    """The changes of one knowledge base: made, completed after a kill, undone."""

    def __init__(self, folder: Path, inside: Sequence[Path], kept_folders: Sequence[Path] = ()) -> None:
        """`folder`: where the changes are kept, of this user only; `inside`: folders in which files may be written.

        Folders that become empty are removed, except `kept_folders` and what is above them.
        """
        self.folder, self.inside = folder, tuple(inside)
        self._kept = {os.path.realpath(f) for f in (*inside, *kept_folders)}

    def write(self, description: str, states: Iterable[FileState]) -> None:
        """Bring files from one state to another. `description` is for people.

        Raises ChangedError or StoreError if a file isn't in the state before or can't be written; then all files are as before.
        """
        rows = sorted((s for s in states if s.before != s.after), key=_order)
        description = description.encode("utf-8", "replace").decode()
        if not rows:
            return
        with exclusive(self.folder / "lock", _PATIENCE):
            self._recover()
            for state in rows:  # a path that can't be read is refused before there is anything to take back
                _present(state.path)
            place = self._new_place()
            entries = []
            for number, state in enumerate(rows):
                for name, data in (("before", state.before), ("after", state.after)):
                    if data is not None:
                        write_file(place / f"{number}.{name}", data)
                entries.append(_Entry(quote(os.fsencode(state.path)), _digest(state.before), _digest(state.after), state.mode))
            write_file(place / _JOURNAL, msgspec.json.encode(_Journal(description, entries)))
            try:
                self._bring(place, entries, "after")
            except BaseException:
                self._bring(place, entries, "before", others="skip")
                remove_tree(place, last=_JOURNAL)
                raise
            write_file(place / _DONE, b"")
            self._forget()

    def recover(self) -> Recovered | None:
        """Complete the changes of a killed run, or take them back if a file was changed since; None if there are none."""
        if not self._pending():
            return None
        with exclusive(self.folder / "lock", _PATIENCE):
            return self._recover()

    def undo(self) -> str:
        """Take the last changes back; return their description.

        Raises ChangedError if one of the files was changed since; then nothing is written.
        """
        with exclusive(self.folder / "lock", _PATIENCE):
            self._recover()
            place = next((p for p in reversed(self._places()) if not _has(p, _UNDONE)), None)
            if place is None:
                raise StoreError("there is nothing to undo", hint="git can take back what is older: git log, git revert")
            journal = self._read(place)
            for entry in journal.entries:
                if _present(entry.path) != entry.after:
                    raise ChangedError(entry.path)
            write_file(place / _UNDOING, b"")
            self._bring(place, journal.entries, "before", others="skip")
            write_file(place / _UNDONE, b"")
            return journal.description

    def _places(self) -> list[Path]:
        return [p for p in files.entries(self.folder) if p.name.isdigit() and files.is_file(p / _JOURNAL)]

    def _new_place(self) -> Path:
        numbers = [int(p.name) for p in files.entries(self.folder) if p.name.isdigit()]
        return self.folder / f"{max(numbers, default=0) + 1:08d}"

    def _pending(self) -> Path | None:
        """Return the changes that a killed run left: neither made nor undone to the end."""
        return next(
            (p for p in reversed(self._places()) if not _has(p, _DONE) or (_has(p, _UNDOING) and not _has(p, _UNDONE))), None
        )

    def _recover(self) -> Recovered | None:
        place = self._pending()
        if place is None:
            return None
        journal = self._read(place)
        now = [_present_or_other(e.path) for e in journal.entries]
        whole = all(digest in (e.before, e.after) for digest, e in zip(now, journal.entries, strict=True))
        forward = whole and not _has(place, _UNDOING)
        self._clear(journal.entries)
        self._bring(place, journal.entries, "after" if forward else "before", others="skip")
        if not forward:
            write_file(place / _UNDONE, b"")
        write_file(place / _DONE, b"")
        return Recovered(journal.description, forward)

    def _read(self, place: Path) -> _Journal:
        try:
            return _READER.read(files.read(place / _JOURNAL, LARGEST))
        except (OSError, FormatError) as error:
            raise StoreError(f"can't read {place}: {error}", hint="remove this folder") from None

    def _bring(
        self,
        place: Path,
        entries: Sequence[_Entry],
        to: Literal["before", "after"],
        *,
        others: Literal["raise", "skip"] = "raise",
    ) -> None:
        """Bring files to a state; those that are in neither raise ChangedError, or are skipped."""
        rows = list(enumerate(entries))
        for number, entry in rows if to == "after" else reversed(rows):
            path, wanted = entry.path, getattr(entry, to)
            other = entry.before if to == "after" else entry.after
            present = _present_or_other(path) if others == "skip" else _present(path)
            if present == wanted:
                continue
            if present != other:
                if others == "skip":
                    continue
                raise ChangedError(path)
            if wanted is None:
                remove_note(path, str(present), inside=self.inside)
                remove_empty(path.parent, self._kept)
                continue
            data = files.read(place / f"{number}.{to}", LARGEST)
            if hashlib.sha256(data).hexdigest() != wanted:
                raise StoreError(f"{place} is damaged", hint="git has the old state of the notes: git status")
            if present is None:
                create_note(path, data, inside=self.inside, mode=entry.mode)
            else:
                replace_note(path, present, data, inside=self.inside)

    def _clear(self, entries: Sequence[_Entry]) -> None:
        """Remove the unfinished new files of a killed writer, and folders that it made for them."""
        for path in (entry.path for entry in entries):
            if files.is_folder(path.parent):
                with contextlib.suppress(StoreError), edit_file(path, inside=self.inside):
                    pass
                remove_empty(path.parent, self._kept)

    def _forget(self) -> None:
        for place in self._places()[:-_KEPT]:
            remove_tree(place, last=_JOURNAL)


def _has(place: Path, mark: str) -> bool:
    return files.is_file(place / mark)


def _order(state: FileState) -> int:
    """New files first, removed ones last: a reader never misses a text."""
    if state.before is None:
        return 0
    return 2 if state.after is None else 1


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()


def _present_or_other(path: Path) -> str | None:
    """Return the digest of a file; of one that can't be read, a text that is none: it is in neither state."""
    try:
        return _present(path)
    except OSError:
        return "unreadable"


def _present(path: Path) -> str | None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return _digest(files.read(path, LARGEST))
    return None
