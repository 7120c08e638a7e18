"""Which files are notes: the folders are walked, excluded names left out, each file named by its path below its folder."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from fnmatch import translate
from pathlib import Path
from typing import Final, NamedTuple

from kg.errors import StoreError, UsageError
from kg.model import Fault
from kg.names import nfc

NOTE_ENDINGS: Final = (".md", ".markdown")

# Files by which the tool that notes were made for is known, below the notes folder or one that holds it.
CONFIGURATIONS: Final = (
    *(f"{stem}.{ending}" for stem in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json")),
    *("_config.yml", "_config.yaml", "_config.toml", "mkdocs.yml", "mkdocs.yaml", "dendron.yml", "logseq/config.edn"),
)
_CONFIGURATION_FOLDER: Final = "config/_default"  # of Hugo: each file holds a part
_MAX_CONFIGURATION: Final = 1 << 20


_EDITORS: Final = ".#"
"""What Emacs calls the link that locks a file: it leads to no file, and is meant to."""


class File(NamedTuple):
    """A file that was found: where it is on the disk and how the corpus calls it."""

    name: str
    """Path below the notes folder, with ``/``, NFC; with the folder's name in front where there are several folders."""
    path: str
    size: int
    mtime_ns: int
    inode: int


class Configuration(NamedTuple):
    """A configuration file of the tool that notes were made for."""

    name: str
    """Path below the folder in which the tool looks for it; only ``.obsidian`` is a folder, and has no bytes."""
    data: bytes
    notes: str
    """How the names of the notes in question start: with nothing, or with the name of one of several folders."""
    below: str
    """Path of that notes folder below the folder of the configuration; empty where they are the same."""


class Listing(NamedTuple):
    """Notes and other files below the notes folders, each in the order of their names."""

    notes: tuple[File, ...]
    attachments: tuple[str, ...]
    faults: tuple[tuple[str, Fault], ...]
    configurations: tuple[Configuration, ...] = ()


def listing(
    folders: Sequence[Path], exclude: Sequence[str], never: Sequence[Path] = (), *, root: Path | None = None
) -> Listing:
    """Walk the folders; symbolic links are followed as long as they stay below and don't loop.

    `exclude` holds names or paths below a folder, with ``*``; `never` holds folders that are left out wherever they lie.
    Configuration files are looked for in each folder and in those that hold it, up to `root`.
    Raises UsageError for a folder that isn't there.
    """
    configurations: list[Configuration] = []
    notes: list[File] = []
    attachments: list[str] = []
    faults: list[tuple[str, Fault]] = []
    barred = {os.path.realpath(p) for p in never}
    # One expression for all patterns: a large collection is matched ten thousand times. Nothing matches the empty class.
    excluded = re.compile("|".join(translate(p) for p in exclude) or r"[^\s\S]")
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder of notes at {folder}",
                hint="give one with --notes DIR, or make a new knowledge base with 'kg init'",
            )
        prefix = f"{nfc(folder.name)}/" if len(folders) > 1 else ""
        top = os.path.realpath(folder)
        _walk(top, top, prefix, "", excluded, barred, notes, attachments, faults)
        configurations += _configurations(top, prefix, os.path.realpath(root) if root else top)
    notes.sort()
    return Listing(tuple(notes), tuple(sorted(attachments)), tuple(sorted(faults)), tuple(configurations))


def _configurations(folder: str, prefix: str, root: str) -> list[Configuration]:
    """Configuration files in a folder and in those that hold it up to `root`, nearest first."""
    found: list[Configuration] = []
    here, below = Path(folder), ""
    while True:
        if (here / ".obsidian").is_dir():
            found.append(Configuration(".obsidian", b"", prefix, below))
        names = list(CONFIGURATIONS)
        with contextlib.suppress(OSError):
            names += sorted(f"{_CONFIGURATION_FOLDER}/{part.name}" for part in (here / _CONFIGURATION_FOLDER).iterdir())
        for name in names:
            with contextlib.suppress(OSError), (here / name).open("rb") as file:
                found.append(Configuration(name, file.read(_MAX_CONFIGURATION), prefix, below))
        if str(here) == root or not here.is_relative_to(root):
            return found
        below = f"{nfc(here.name)}/{below}" if below else nfc(here.name)
        here = here.parent


def _walk(
    root: str,
    folder: str,
    prefix: str,
    below: str,
    excluded: re.Pattern[str],
    barred: set[str],
    notes: list[File],
    attachments: list[str],
    faults: list[tuple[str, Fault]],
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
        if excluded.match(entry.name) or (below and excluded.match(name)):
            continue
        try:
            link = entry.is_symlink()
            if entry.is_dir():
                real = os.path.realpath(entry.path) if link or barred else entry.path
                if real in barred:
                    continue
                if link and not f"{real}{os.sep}".startswith(root + os.sep):
                    faults.append((prefix + name, Fault("left-out-file", 1, 1, "the link leads out of the notes")))
                    continue
                if link and _holds(real, folder):
                    continue
                _walk(root, entry.path, prefix, name + "/", excluded, barred, notes, attachments, faults)
            elif entry.is_file():
                is_note = entry.name.lower().endswith(NOTE_ENDINGS)
                if link and not os.path.realpath(entry.path).startswith(root + os.sep):
                    if is_note:
                        faults.append((prefix + name, Fault("left-out-file", 1, 1, "the link leads out of the notes")))
                    continue
                if is_note:
                    stat = entry.stat()
                    notes.append(File(prefix + name, entry.path, stat.st_size, stat.st_mtime_ns, stat.st_ino))
                else:
                    attachments.append(prefix + name)
            elif entry.name.lower().endswith(NOTE_ENDINGS) and not entry.name.startswith(_EDITORS):
                # To open a pipe would wait for its writer, to read a device would never end.
                what = (
                    "the link leads to nothing"
                    if link and not os.path.lexists(os.path.realpath(entry.path))
                    else "it is no file"
                )
                faults.append((prefix + name, Fault("left-out-file", 1, 1, what)))
        except OSError as error:
            faults.append((prefix + name, Fault("unreadable-file", 1, 1, error.strerror or "")))


def _holds(real: str, folder: str) -> bool:
    """Whether a linked folder holds the folder that links to it: a loop."""
    here = os.path.realpath(folder)
    return here == real or here.startswith(real + os.sep)
