"""Output folders: a build collects its files beside the output and replaces it in one step.

A folder is replaced or removed only if kg can show that it wrote every file in it: its marker, `build.json`, contains the
digest of `files.txt`, which lists each path. The folder of a killed build has a mark, an empty file whose name
contains the folder's inode number, which no copy and no checkout preserves; it is removed last. Links are never followed.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import secrets
import shlex
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from kg.base.durable import EXCHANGE, rename_at
from kg.base.errors import StoreError
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json
from kg.base.json_forms import json_pretty
from kg.base.names import printable
from kg.base.progress import advance_step, begin_step
from kg.base.removal import remove_tree
from kg.base.store import flush_disks, link_file
from kg.model import Artifact

MARKER: Final = "build.json"
"""The description of a build; it contains the digest of the file list that identifies an output folder as kg's."""
STORE: Final = "graph/store"
"""Folder of Oxigraph's store in an output."""
LIST: Final = "files.txt"
"""The list of all files and empty folders (ending in ``/``) of an output, one per line."""

_SCHEMA: Final = "kg-output/1"
_PARTS: Final = 4
"""What is counted while publishing: the list of files, the disk, the exchange, the old output."""
_IN_STORE: Final = f"{STORE}/"
# Opening Oxigraph's store adds, renames and removes its files; their names match this pattern.
_STORE_NAME: Final = re.compile(
    r"CURRENT|IDENTITY|LOCK|LOG(\.old\.\d+)?|MANIFEST-\d{6,}|OPTIONS-\d{6,}(\.dbtmp)?|\d{6,}\.(sst|log|blob|dbtmp)"
)
_LARGEST: Final = 256 << 20
"""Maximum bytes of a list or marker: a million paths have less."""
_AT_FDCWD: Final = -100
_NO_LINK: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Staging:
    """A folder beside the output in which a build collects its files until it is complete."""

    def __init__(self, out: Path, option: str = "--out") -> None:
        """`option` is the one by which the command takes the folder; hints name it."""
        self.out = out
        self._option = option
        _check_name(out, option)
        _check_replaceable(out, option)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(out)
            self.folder = out.parent / f".{out.name}.staging-{secrets.token_hex(4)}"
            self.folder.mkdir()
            _mark(self.folder)
        except OSError as error:
            raise StoreError(
                f"can't write beside {out}: {error.strerror}", hint=f"give another folder with {option} DIR"
            ) from error
        self._made: set[str] = set()

    def write(self, artifact: Artifact) -> None:
        """Write one artifact to the folder; a file that is kept gets a second name there, so that it isn't written again."""
        if artifact.kept:
            self._keep(artifact.path)
        else:
            self.write_pieces(artifact.path, (artifact.data,))

    def _keep(self, name: str) -> None:
        path = self._prepare(name)
        try:
            link_file(self.out / name, path)
        except OSError as error:
            raise StoreError(f"can't take over {self.out / name}: {error.strerror}", hint="build again") from error

    def write_pieces(self, name: str, pieces: Iterable[bytes], *, behind: str = "") -> None:
        """Write a file in pieces, after the bytes of the existing file `behind` if that is given."""
        path = self._prepare(name)
        try:
            if behind:
                shutil.copyfile(self.folder / behind, path)
            with path.open("ab" if behind else "wb") as file:
                file.writelines(pieces)
        except OSError as error:
            raise StoreError(f"can't write {path}: {error.strerror}", hint="is the disk full?") from error

    def _prepare(self, name: str) -> Path:
        """Return the path of a file to be written, whose folder is there."""
        path = self.folder / name
        parent = name.rpartition("/")[0]
        if parent not in self._made or name.endswith(".."):
            if ".." in Path(name).parts or Path(name).is_absolute():
                raise StoreError(f"{name} lies outside of the output folder", hint="this is a bug in kg: please report it")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"can't write {path}: {error.strerror}", hint="is the disk full?") from error
            self._made.add(parent)
        return path

    def write_all(self, artifacts: Iterable[Artifact]) -> int:
        """Write artifacts to the folder and return their number."""
        count = 0
        for artifact in artifacts:
            self.write(artifact)
            count += 1
        return count

    def publish(self, info: Mapping[str, object]) -> None:
        """Make the folder the output in one step, and remove the old output.

        `info` is the content of the marker; the list of files is computed here and added to it.
        """
        with begin_step("publishing", _PARTS):
            self._publish(info)

    def _publish(self, info: Mapping[str, object]) -> None:
        try:
            names = sorted({*_paths(self.folder), MARKER, LIST} - {_mark_of(self.folder).name})
            listed = "".join(f"{name}\n" for name in names if not name.startswith(_IN_STORE)).encode("utf-8", "surrogateescape")
            output = {"schema": _SCHEMA, "sha256": hashlib.sha256(listed).hexdigest()}
            marker = json_pretty({**info, "output": output}) + "\n"
        except OSError as error:
            raise StoreError(f"can't read {self.folder}: {error.strerror}", hint="build again") from error
        self.write_all((Artifact(LIST, listed), Artifact(MARKER, marker.encode())))
        advance_step()
        # A build takes a while: files that somebody put into the output meanwhile must not be removed.
        _check_replaceable(self.out, self._option)
        try:
            _mark_of(self.folder).unlink()
            flush_disks()
            advance_step()
            if not self.out.exists():
                self.folder.rename(self.out)
                advance_step(2)
                return
            if _exchange(self.folder, self.out):
                advance_step()
                _remove(self.folder)
                advance_step()
                return
            # No atomic exchange here: for an instant there is no output, but never an incomplete one.
            old = self.folder.with_name(self.folder.name + "-old")
            self.out.rename(old)
            self.folder.rename(self.out)
            advance_step()
            _remove(old)
            advance_step()
        except OSError as error:
            raise StoreError(
                f"can't replace {self.out}: {error.strerror}", hint="may you write in its parent folder?"
            ) from error

    def discard(self) -> None:
        """Remove the folder; the output is unchanged."""
        _remove(self.folder)


def remove_leftovers(out: Path) -> None:
    """Remove what killed builds left beside an output folder; the caller holds the lock. Other folders are kept."""
    for old in out.parent.glob(f".{glob.escape(out.name)}.staging-*"):
        if _is_left_behind(old):
            _remove(old)


def _check_name(out: Path, option: str) -> None:
    """Raise StoreError if the path isn't a text: Oxigraph and pagefind take no others."""
    try:
        str(out).encode()
    except UnicodeEncodeError:
        raise StoreError(
            f"can't build in {printable(str(out))}: its name isn't UTF-8",
            hint=f"rename the folder, or give another one with {option} DIR",
        ) from None


def remove_output(out: Path) -> None:
    """Remove an output folder. Raises StoreError if it contains anything that kg did not write."""
    _check_replaceable(out, "--out")
    remove_tree(out, last=MARKER)


def _check_replaceable(out: Path, option: str) -> None:
    """Raise StoreError if `out` contains anything that kg did not write."""
    try:
        mode = out.lstat().st_mode
    except OSError:
        return  # missing or not accessible: creating the folder reports the reason
    if not stat.S_ISDIR(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "a file"
        raise StoreError(f"{out} is {kind}, not a folder", hint=f"give another folder with {option} DIR")
    try:
        strange = _strange_file(out)
    except OSError as error:
        raise StoreError(
            f"can't read {error.filename or out}: {error.strerror}", hint=f"give another folder with {option} DIR"
        ) from error
    if strange is None:
        return
    if strange == MARKER:
        raise StoreError(
            f"{out} has files that kg did not write, or that an older kg wrote: {MARKER} names no list of them",
            hint=f"is it an output of kg? then remove it: rm -r {shlex.quote(str(out))}; "
            f"else give another folder with {option} DIR",
        )
    raise StoreError(
        f"{out} has files that kg did not write, such as '{strange}'",
        hint=f"kg replaces its output folder as a whole: move '{strange}' away, or give another folder with {option} DIR",
    )


def _strange_file(folder: Path) -> str | None:
    """Return the first path that kg can't show to be its own; that of the marker for an empty folder; None if all are kg's."""
    listed = _listed(folder)
    strange = None
    for name in _paths(folder):
        if listed is None:
            return MARKER if name == MARKER or (folder / MARKER).is_file() else name
        if name not in listed and not (name.startswith(_IN_STORE) and _STORE_NAME.fullmatch(name, len(_IN_STORE))):
            strange = min(strange or name, name)
    return strange


def _listed(folder: Path) -> frozenset[str] | None:
    """Return the paths in an output's list; None if its marker isn't kg's or doesn't match the list."""
    marker, data = _read(folder / MARKER), _read(folder / LIST)
    if marker is None or data is None:
        return None
    try:
        info = read_json(marker)
    except FormatError:
        return None
    output = info.get("output") if isinstance(info, dict) else None
    if output != {"schema": _SCHEMA, "sha256": hashlib.sha256(data).hexdigest()}:
        return None
    return frozenset((*data.decode("utf-8", "surrogateescape").split("\n"), _IN_STORE))


def _read(path: Path) -> bytes | None:
    """Read a regular file, not through a link; None if there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        return file.read(_LARGEST) if stat.S_ISREG(os.fstat(fd).st_mode) else None


def _paths(folder: Path) -> Iterator[str]:
    """Yield the paths of all files in a folder, links, pipes and devices included, and of empty folders (ending in ``/``)."""
    queue = [""]
    while queue:
        below = queue.pop()
        with os.scandir(folder / below) as entries:
            empty = bool(below)
            for entry in entries:
                empty = False
                if entry.is_dir(follow_symlinks=False):
                    queue.append(f"{below}{entry.name}/")
                else:
                    # Anything but a plain file in the store's folder isn't the store's own.
                    plain = not below.startswith(_IN_STORE) or entry.is_file(follow_symlinks=False)
                    yield below + entry.name if plain else f"{below}{entry.name} (no plain file)"
        if empty:
            yield below


def _mark_of(folder: Path) -> Path:
    """Return the file that marks a folder as removable by kg. It is empty, so it can't be half written."""
    status = folder.lstat()
    return folder / f".kg-staging-{status.st_dev}-{status.st_ino}"


def _mark(folder: Path) -> None:
    os.close(os.open(_mark_of(folder), os.O_WRONLY | os.O_CREAT | _NO_LINK, 0o600))


def _is_left_behind(folder: Path) -> bool:
    """Return whether a killed build of kg created this folder: it has kg's mark, or its list contains every file."""
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return False
        return os.path.lexists(_mark_of(folder)) or _strange_file(folder) is None
    except OSError:
        return False


def _remove(folder: Path) -> None:
    """Remove a folder of kg's own; if kg is killed meanwhile, the next build identifies the rest by its mark."""
    try:
        _mark(folder)
        last = _mark_of(folder).name
    except OSError:
        last = ""
    remove_tree(folder, last=last)


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders atomically; return False if the system can't."""
    try:
        return rename_at(_AT_FDCWD, str(a), str(b), EXCHANGE)
    except OSError:
        return False
