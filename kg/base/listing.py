"""Finds the notes: walks the folders, skips excluded names, and names each file by its path below its folder."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from fnmatch import translate
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.errors import StoreError, UsageError
from kg.base.names import nfc
from kg.model import Fault

NOTE_ENDINGS: Final = (".md", ".markdown")

# Files that identify the tool of the notes, in the notes folder or a folder above it.
CONFIGURATIONS: Final = (
    *(f"{stem}.{ending}" for stem in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json")),
    *("_config.yml", "_config.yaml", "_config.toml", "mkdocs.yml", "mkdocs.yaml", "dendron.yml", "logseq/config.edn"),
)
OBSIDIAN: Final = ".obsidian"
"""Folder of the settings of a vault."""
_OF_OBSIDIAN: Final = (f"{OBSIDIAN}/templates.json", f"{OBSIDIAN}/daily-notes.json")
FOAM: Final = (".foam/config.json", ".vscode/foam.json", ".vscode/settings.json", ".vscode/extensions.json")
"""Files that show that notes were written with Foam."""
_CONFIGURATION_FOLDER: Final = "config/_default"  # of Hugo: each file holds a part


_EDITORS: Final = ".#"
"""Prefix of Emacs's lock files: links that intentionally point to no file."""


class File(NamedTuple):
    """A file of a notes folder: its path on disk and its name in the corpus."""

    name: str
    """Path below the notes folder, with ``/``, NFC; prefixed with the folder's name if there are several folders."""
    path: str
    size: int
    mtime_ns: int
    inode: int


class Configuration(NamedTuple):
    """A configuration file of the tool of the notes."""

    name: str
    """Path below the folder where the tool expects it; only ``.obsidian`` is a folder, without bytes."""
    data: bytes
    notes: str
    """Prefix of the names of its notes: empty, or the name of one of several notes folders."""
    below: str
    """Path of that notes folder below the folder of the configuration; empty if they are the same."""


class Listing(NamedTuple):
    """Notes and other files below the notes folders, each sorted by name."""

    notes: tuple[File, ...]
    attachments: tuple[str, ...]
    faults: tuple[tuple[str, Fault], ...]
    configurations: tuple[Configuration, ...] = ()
    vaults: tuple[str, ...] = ()
    """Prefixes of the names of notes in vaults of Obsidian below the notes folders."""


def walk_folders(
    folders: Sequence[Path], exclude: Sequence[str], never: Sequence[Path] = (), *, root: Path | None = None
) -> Listing:
    """Walk the folders; follow symbolic links as long as they stay below and don't form a loop.

    `exclude` contains names or paths below a folder, with ``*``; `never` contains folders that are skipped everywhere.
    Configuration files are searched for in each folder and in its ancestors, up to `root`.
    Raises UsageError if a folder doesn't exist.
    """
    configurations: list[Configuration] = []
    notes: list[File] = []
    attachments: list[str] = []
    faults: list[tuple[str, Fault]] = []
    vaults: list[str] = []
    barred = {os.path.realpath(p) for p in never}
    # One expression for all patterns: it is matched ten thousand times in a large collection. The fallback matches nothing.
    excluded = re.compile("|".join(translate(p) for p in exclude) or r"[^\s\S]")
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder of notes at {folder}",
                hint="give one with --notes DIR, or make a new knowledge base with 'kg init'",
            )
        prefix = f"{nfc(folder.name)}/" if len(folders) > 1 else ""
        top = os.path.realpath(folder)
        walk = _Walk(top, prefix, excluded, barred).run()
        notes += walk.notes
        attachments += walk.attachments
        faults += walk.faults
        vaults += walk.vaults
        configurations += _configurations(top, prefix, os.path.realpath(root) if root else top)
    notes.sort()
    return Listing(
        tuple(notes), tuple(sorted(attachments)), tuple(sorted(faults)), tuple(configurations), tuple(sorted(vaults))
    )


def _configurations(folder: str, prefix: str, root: str) -> list[Configuration]:
    """Return the configuration files in a folder and in its ancestors up to `root`, nearest first."""
    configurations: list[Configuration] = []
    current, below = Path(folder), ""
    while True:
        if (current / OBSIDIAN).is_dir():
            configurations.append(Configuration(OBSIDIAN, b"", prefix, below))
        names = [*CONFIGURATIONS, *_OF_OBSIDIAN, *FOAM]
        with contextlib.suppress(OSError):
            names += [f"{_CONFIGURATION_FOLDER}/{part.name}" for part in files.entries(current / _CONFIGURATION_FOLDER)]
        for name in names:
            with contextlib.suppress(OSError):
                configurations.append(Configuration(name, files.read(current / name, files.SMALL), prefix, below))
        if str(current) == root or not current.is_relative_to(root):
            return configurations
        below = f"{nfc(current.name)}/{below}" if below else nfc(current.name)
        current = current.parent


def _name_of(name: str) -> str:
    """The name of a file as text in NFC; bytes that aren't UTF-8 are replaced."""
    return name if name.isascii() else nfc(os.fsencode(name).decode("utf-8", "replace"))


class _FolderLink(NamedTuple):
    """A symbolic link to a folder; links are followed in the order of these fields."""

    depth: int
    name: str
    path: str
    folder: str
    """Real path of the folder that contains it."""
    target: str
    """Real path of the folder that it points to."""


class _Walk:
    """A walk through one notes folder: it visits each real folder once, however many links point to it and at any depth.

    Folders are visited by their own names first. A link to a visited folder is skipped. A link to a folder without a
    name of its own among the notes (for example an excluded one) is read under the shortest name; ties go to the first.
    """

    def __init__(self, root: str, prefix: str, excluded: re.Pattern[str], barred: set[str]) -> None:
        self.root, self.prefix, self.excluded, self.barred = root, prefix, excluded, barred
        self.notes: list[File] = []
        self.attachments: list[str] = []
        self.faults: list[tuple[str, Fault]] = []
        self.vaults: list[str] = []
        self._read: dict[str, str] = {}
        """Real path of a folder → the name under which it was read."""
        self._links: list[_FolderLink] = []

    def run(self) -> _Walk:
        """Walk the whole folder."""
        self._tree(self.root, self.root, "")
        while self._links:
            links, self._links = sorted(self._links), []
            for link in links:
                if f"{link.folder}{os.sep}".startswith(link.target + os.sep):
                    continue  # the target contains the link
                self._tree(link.path, link.target, link.name + "/")
        return self

    def _left_out(self, name: str, why: str) -> None:
        self.faults.append((self.prefix + name, Fault("left-out-file", 1, 1, why)))

    def _tree(self, folder: str, real: str, below: str) -> None:
        """Walk a folder and its subfolders; `real` is its path with links resolved, `below` the prefix of names in it."""
        queue = [(folder, real, below)]
        excluded = self.excluded.match
        while queue:
            folder, real, below = queue.pop()
            if real in self._read:
                where = self.prefix + self._read[real]
                self._left_out(below.rstrip("/"), f"the folder is read at {where.rstrip('/') or 'the top'}")
                continue
            self._read[real] = below
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if below and entry.name == OBSIDIAN and entry.is_dir(follow_symlinks=False):
                            self.vaults.append(self.prefix + below)
                        name = below + _name_of(entry.name)
                        if excluded(entry.name) or (below and excluded(name)):
                            continue
                        try:
                            if entry.is_dir(follow_symlinks=False):
                                if (inner := f"{real}{os.sep}{entry.name}") not in self.barred:
                                    queue.append((entry.path, inner, name + "/"))
                            else:
                                self._entry(entry, name, real)
                        except OSError as error:
                            self.faults.append((self.prefix + name, Fault("unreadable-file", 1, 1, error.strerror or "")))
            except OSError as error:
                if not below:
                    raise StoreError(f"can't read {folder}: {error.strerror}", hint="may you read it?") from error
                fault = Fault("unreadable-file", 1, 1, error.strerror or "")
                self.faults.append((self.prefix + below.rstrip("/"), fault))

    def _entry(self, entry: os.DirEntry[str], name: str, folder: str) -> None:
        """Handle a file or a link; `folder` is the real path of the folder that contains it."""
        link = entry.is_symlink()
        if link and entry.is_dir():
            real = os.path.realpath(entry.path)
            if real in self.barred:
                return
            if not f"{real}{os.sep}".startswith(self.root + os.sep):
                self._left_out(name, "the link leads out of the notes")
                return
            self._links.append(_FolderLink(name.count("/"), name, entry.path, folder, real))
            return
        is_note = entry.name.lower().endswith(NOTE_ENDINGS)
        if entry.is_file():
            if link and not os.path.realpath(entry.path).startswith(self.root + os.sep):
                if is_note:
                    self._left_out(name, "the link leads out of the notes")
            elif is_note:
                stat = entry.stat()
                looks = (self.prefix + name, entry.path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
                self.notes.append(tuple.__new__(File, looks))  # saves a call for each named tuple
            else:
                self.attachments.append(self.prefix + name)
        elif is_note and not entry.name.startswith(_EDITORS):
            # Opening a pipe would block until it has a writer; reading a device might never end.
            nothing = link and not os.path.lexists(os.path.realpath(entry.path))
            self._left_out(name, "the link leads to nothing" if nothing else "it is no file")
