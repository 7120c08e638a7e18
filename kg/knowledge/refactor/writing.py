"""Writes a planned operation, all files or none, and takes the last one back."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Final

from kg.base import files
from kg.base.errors import ChangedError
from kg.base.settings import Settings
from kg.base.transaction import FileState, Recovered, Transactions
from kg.knowledge.refactor.plan import FileChange, Refactoring

_FOLDER: Final = "refactorings"
"""Folder in the cache of the knowledge base."""


def write_refactoring(settings: Settings, refactoring: Refactoring, description: str) -> None:
    """Write the edits of an operation; `description` is for people.

    Raises ChangedError if a file isn't the one that was read, StoreError if one can't be written. Then all are as before.
    """
    states: dict[Path, FileState] = {}
    for change in refactoring.changes:
        for state in _states(change):
            # A file can leave a path that another one takes.
            old = states.get(state.path)
            states[state.path] = state if old is None else _joined(old, state)
    _transactions(settings).write(description, states.values())


def undo_refactoring(settings: Settings) -> str:
    """Take the last operation back; return its description. Raises ChangedError if a file was changed since, StoreError."""
    return _transactions(settings).undo()


def recover_refactoring(settings: Settings) -> Recovered | None:
    """Complete the operation of a killed run, or take it back if a file was changed since; None if there is none."""
    return _transactions(settings).recover()


def _transactions(settings: Settings) -> Transactions:
    return Transactions(settings.cache / _FOLDER, settings.writable, settings.notes)


def _states(change: FileChange) -> list[FileState]:
    before: bytes | None = None
    mode: int | None = None
    if change.file is not None:
        before = files.read(change.file, files.LARGE)
        if hashlib.sha256(before).hexdigest() != change.digest:
            raise ChangedError(change.file)
        mode = stat.S_IMODE(change.file.stat().st_mode)
    if change.new_file == change.file and change.file is not None:
        return [FileState(change.file, before, change.new_bytes, mode)]
    states = []
    if change.new_file is not None:
        states.append(FileState(change.new_file, None, change.new_bytes, mode))
    if change.file is not None:
        states.append(FileState(change.file, before, None, mode))
    return states


def _joined(first: FileState, second: FileState) -> FileState:
    """Return the one change of a path that one file leaves and another takes."""
    before = first.before if first.before is not None else second.before
    after = first.after if first.after is not None else second.after
    return FileState(first.path, before, after, first.mode)
