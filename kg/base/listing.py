"""Finds the notes: walks the folders, skips excluded names, and names each file by its path below its folder."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import translate
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.configurations import (
    CONFIGURATION_FOLDER,
    CONFIGURATIONS,
    OBSIDIAN,
    PUBLISHES,
    ZK,
    Configuration,
    configurations_above,
    inner_configurations,
    read_contents_files,
    read_graphs,
)
from kg.base.errors import StoreError, UsageError
from kg.base.gitignore import GITIGNORE, IgnoreBase, Ignored, patterns_above
from kg.base.names import NOTE_ENDINGS, nfc
from kg.model import Fault

OTHER_TEXTS: Final = (
    ".rst",
    ".org",
    ".adoc",
    ".asciidoc",
    ".textile",
    ".wiki",
    ".mediawiki",
    ".rmd",
    ".typ",
    ".tex",
    ".docx",
    ".odt",
)
"""Endings of documents that kg doesn't read; their number is reported."""

_EDITORS: Final = ".#"
"""Prefix of Emacs's lock files: links that intentionally point to no file."""


def count_other_texts(names: Iterable[str]) -> dict[str, int]:
    """Count the documents of kinds that kg doesn't read, by ending, most frequent first.

    >>> count_other_texts(["a.rst", "b.rst", "c.org", "d.png"])
    {'.rst': 2, '.org': 1}
    """
    endings = Counter(posixpath.splitext(name)[1].lower() for name in names)
    return {ending: n for ending, n in sorted(endings.items(), key=lambda item: (-item[1], item[0])) if ending in OTHER_TEXTS}


class File(NamedTuple):
    """A file of a notes folder: its path on disk and its name in the corpus."""

    name: str
    """Path below the notes folder, with ``/``, NFC; prefixed with the folder's name if there are several folders."""
    path: str
    size: int
    mtime_ns: int
    inode: int


class Listing(NamedTuple):
    """Notes and other files below the notes folders, each sorted by name."""

    notes: tuple[File, ...]
    attachments: tuple[str, ...]
    faults: tuple[tuple[str, Fault], ...]
    configurations: tuple[Configuration, ...] = ()
    unread: tuple[str, ...] = ()
    """Names of files that exist, but are excluded from the notes and attachments; a folder of unknown content ends in ``/``."""
    vaults: tuple[str, ...] = ()
    """Names of the folders `.obsidian` and `.zk` below the notes folders: each makes a vault or notebook of its own."""
    contents: tuple[tuple[str, bytes], ...] = ()
    """Names and bytes of the tables of contents of docfx."""
    graphs: tuple[tuple[str, bytes], ...] = ()
    """Names and bytes of the settings of graphs of Logseq in folders among the notes."""


def walk_folders(
    folders: Sequence[Path],
    exclude: Sequence[str],
    never: Sequence[Path] = (),
    *,
    root: Path | None = None,
    gitignore: bool | Path = True,
    templates: Sequence[str] = (),
) -> Listing:
    """Walk the folders; follow symbolic links as long as they stay below and don't form a loop.

    `exclude` contains names or paths below a folder, with ``*``; `never` contains folders that are skipped everywhere.
    `templates` are excluded, too, unless a generator publishes everything in its content folder.
    Configuration files and `.gitignore` are searched for in each folder and in its ancestors, up to `root` or, if that is
    further up, the folder of the git repository. If `gitignore` is a folder, its files count instead of those below `root`,
    and none above it. Raises UsageError if a folder doesn't exist.
    """
    configurations: list[Configuration] = []
    notes: list[File] = []
    attachments: list[str] = []
    faults: list[tuple[str, Fault]] = []
    unread: list[str] = []
    vaults: list[str] = []
    barred = {os.path.realpath(p) for p in never}
    instead = IgnoreBase(os.path.realpath(root), os.path.realpath(gitignore)) if root and isinstance(gitignore, Path) else None
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder of notes at {folder}",
                hint="give one with --notes DIR, adopt the notes here with 'kg init .', "
                "or make a new knowledge base with 'kg init DIR'",
            )
        prefix = f"{nfc(folder.name)}/" if len(folders) > 1 else ""
        top = os.path.realpath(folder)
        highest = _highest(top, os.path.realpath(root) if root else top)
        own = configurations_above(top, prefix, highest, gitignore=bool(gitignore), instead=instead)
        # One expression for all patterns: it is matched ten thousand times in a large collection. The fallback matches nothing.
        names = exclude if any(PUBLISHES.fullmatch(c.name) for c in own) else (*exclude, *templates)
        excluded = re.compile("|".join(translate(p) for p in names) or r"[^\s\S]")
        ignored = patterns_above(top, highest, instead) if gitignore else None
        walk = _Walk(top, prefix, excluded, barred, ignored).run()
        notes += walk.notes
        attachments += walk.attachments
        faults += walk.faults
        unread += list_unread(walk.unread)
        vaults += walk.vaults
        configurations += own
    if not any(c.name in CONFIGURATIONS or c.name.startswith(CONFIGURATION_FOLDER) for c in configurations):
        configurations += inner_configurations(folders, attachments)
    attachments.sort()
    contents: list[tuple[str, bytes]] = []
    graphs: list[tuple[str, bytes]] = []
    for folder in folders:
        graphs += read_graphs(folder, f"{nfc(folder.name)}/" if len(folders) > 1 else "", attachments)
    if any(c.name == "docfx.json" for c in configurations):
        for folder in folders:
            contents += read_contents_files(folder, f"{nfc(folder.name)}/" if len(folders) > 1 else "", attachments)
    notes.sort()
    return Listing(
        tuple(notes),
        tuple(attachments),
        tuple(sorted(faults)),
        tuple(configurations),
        tuple(sorted(unread)),
        tuple(sorted(vaults)),
        tuple(contents),
        tuple(graphs),
    )


def _highest(folder: str, root: str) -> str:
    """Return the outermost folder whose files say how notes are read: of the git repository, else of the knowledge base."""
    current = folder
    while True:
        if files.is_there(f"{current}{os.sep}.git"):
            return os.path.commonpath((current, root)) if folder.startswith(root.rstrip(os.sep) + os.sep) else current
        above = str(Path(current).parent)
        if above == current:
            return root if f"{folder}{os.sep}".startswith(root.rstrip(os.sep) + os.sep) else folder
        current = above


_UNREAD: Final = 2000
"""Files of excluded folders that are listed: a link to one of them is not broken."""
_VAST: Final = frozenset(("node_modules", ".venv", "venv", "__pycache__"))
_PASSING: Final = re.compile(r".*(?:~|\.sw[a-z]|\.tmp|\.lock)|\.[#~].*|\.DS_Store|\.git", re.DOTALL)
"""Names of files that programs make while they work: what a build reads must not depend on them."""


def list_unread(entries: Sequence[tuple[str, str]], most: int = _UNREAD) -> list[str]:
    """Return the names of excluded files, given by path and name; links are not followed.

    A folder with which there would be more than `most` files ends in ``/``, and its content is unknown.
    """
    names: list[str] = []
    queue = sorted(entries, key=lambda entry: (entry[1].count("/"), entry[1]))
    for path, name in queue:
        base = posixpath.basename(name)
        if _PASSING.fullmatch(base):
            continue
        if Path(path).is_symlink() or not files.is_folder(path):
            names.append(name)
            continue
        inner: list[tuple[str, str]] = []
        if base not in _VAST:
            with contextlib.suppress(OSError), os.scandir(path) as found:
                inner = sorted((entry.path, f"{name}/{_name_of(entry.name)}") for entry in found)
        if not inner or len(names) + len(inner) > most:
            names.append(name + "/")
        else:
            queue += inner
    return names


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

    def __init__(
        self, root: str, prefix: str, excluded: re.Pattern[str], barred: set[str], ignored: Ignored | None = None
    ) -> None:
        self.root, self.prefix, self.excluded, self.barred, self.ignored = root, prefix, excluded, barred, ignored
        self.notes: list[File] = []
        self.attachments: list[str] = []
        self.faults: list[tuple[str, Fault]] = []
        self.unread: list[tuple[str, str]] = []
        """(path, name) of excluded files and folders."""
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
        queue = [(folder, real, below, self.ignored)]
        excluded = self.excluded.match
        while queue:
            folder, real, below, ignored = queue.pop()
            if real in self._read:
                where = self.prefix + self._read[real]
                self._left_out(below.rstrip("/"), f"the folder is read at {where.rstrip('/') or 'the top'}")
                continue
            self._read[real] = below
            try:
                with os.scandir(folder) as scanned:
                    entries = list(scanned)
                if ignored is not None and real != self.root and any(entry.name == GITIGNORE for entry in entries):
                    ignored = ignored.below(real)
                asks = ignored is not None and bool(ignored.levels)
                for entry in entries:
                    if below and entry.name in (OBSIDIAN, ZK) and entry.is_dir(follow_symlinks=False):
                        self.vaults.append(self.prefix + below + entry.name)
                    name = below + _name_of(entry.name)
                    if excluded(entry.name) or (below and excluded(name)):
                        self.unread.append((entry.path, self.prefix + name))
                        continue
                    try:
                        is_folder = entry.is_dir(follow_symlinks=False)
                        path = f"{real}{os.sep}{entry.name}"
                        if asks and ignored is not None and ignored.holds(path, is_folder):
                            self.unread.append((entry.path, self.prefix + name))
                        elif is_folder:
                            if path not in self.barred:
                                queue.append((entry.path, path, name + "/", ignored))
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
            self._left_out(name, "the link leads to nothing" if nothing else "it is not a file")
