"""Which files are notes: the folders are walked, excluded names left out, each file named by its path below its folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from kg.errors import StoreError, UsageError
from kg.model import Fault
from kg.names import nfc

NOTE_ENDINGS: Final = (".md", ".markdown")


class File(NamedTuple):
    """A file that was found: where it is on the disk and how the corpus calls it."""

    name: str
    """Path below the notes folder, with ``/``, NFC; with the folder's name in front where there are several folders."""
    path: str
    size: int
    mtime_ns: int
    inode: int


class Listing(NamedTuple):
    """Notes and other files below the notes folders, each in the order of their names."""

    notes: tuple[File, ...]
    attachments: tuple[str, ...]
    faults: tuple[tuple[str, Fault], ...]


def listing(folders: Sequence[Path], exclude: Sequence[str], never: Sequence[Path] = ()) -> Listing:
    """Walk the folders; symbolic links are followed as long as they stay below and don't loop.

    `exclude` holds names or paths below a folder, with ``*``; `never` holds folders that are left out wherever they lie.
    Raises UsageError for a folder that isn't there.
    """
    notes: list[File] = []
    attachments: list[str] = []
    faults: list[tuple[str, Fault]] = []
    barred = {os.path.realpath(p) for p in never}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder of notes at {folder}",
                hint="give one with --notes DIR, or make a new knowledge base with 'kg init'",
            )
        prefix = f"{nfc(folder.name)}/" if len(folders) > 1 else ""
        root = os.path.realpath(folder)
        _walk(root, root, prefix, "", tuple(exclude), barred, notes, attachments, faults, {root})
    notes.sort()
    return Listing(tuple(notes), tuple(sorted(attachments)), tuple(sorted(faults)))


def _walk(
    root: str,
    folder: str,
    prefix: str,
    below: str,
    exclude: tuple[str, ...],
    barred: set[str],
    notes: list[File],
    attachments: list[str],
    faults: list[tuple[str, Fault]],
    seen: set[str],
) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        if folder == root:
            raise StoreError(f"can't read {folder}: {error.strerror}", hint="may you read it?") from error
        faults.append((prefix + below.rstrip("/"), Fault("unreadable-file", 1, 1, error.strerror or "")))
        return
    for entry in entries:
        name = below + nfc(os.fsencode(entry.name).decode("utf-8", "replace"))
        if any(fnmatchcase(entry.name, p) or fnmatchcase(name, p) for p in exclude):
            continue
        try:
            link = entry.is_symlink()
            if entry.is_dir():
                real = os.path.realpath(entry.path) if link or barred else entry.path
                if real in barred or (link and (not real.startswith(root + os.sep) or _holds(real, folder))):
                    continue
                _walk(root, entry.path, prefix, name + "/", exclude, barred, notes, attachments, faults, seen)
            elif entry.is_file():
                if link and not os.path.realpath(entry.path).startswith(root + os.sep):
                    continue
                if entry.name.lower().endswith(NOTE_ENDINGS):
                    stat = entry.stat()
                    notes.append(File(prefix + name, entry.path, stat.st_size, stat.st_mtime_ns, stat.st_ino))
                else:
                    attachments.append(prefix + name)
        except OSError as error:
            faults.append((prefix + name, Fault("unreadable-file", 1, 1, error.strerror or "")))


def _holds(real: str, folder: str) -> bool:
    """Whether a linked folder holds the folder that links to it: a loop."""
    here = os.path.realpath(folder)
    return here == real or here.startswith(real + os.sep)
