"""Caches: atomic files, locks, folders of this process. Output: `staging`; notes and records: `notefile`, `journal`."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kg.base.durable import try_lock, wait_lock
from kg.base.errors import StoreError
from kg.base.removal import remove_tree


def write_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file of the output or a cache atomically: readers see the old bytes or the new ones.

    With `durable`, it survives a loss of power. Not for notes and records, whose attributes must be kept too.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"can't write {path}: {error.strerror}", hint="is there space, and may you write there?") from error


def flush_disks() -> None:
    """Flush files written without `durable` to disk: once for many files."""
    os.sync()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def lock_base(folder: Path, seconds: float | None = None) -> Iterator[None]:
    """Hold the lock of a knowledge base, so that two builds run one after the other; for `seconds`, see `exclusive`."""
    with exclusive(folder / "lock", seconds):
        yield


@contextlib.contextmanager
def exclusive(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Hold the lock of a file, which is created if it doesn't exist; a later process waits.

    Raises StoreError if it waits for more than `seconds` (None: no limit).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise StoreError(f"can't write {path.parent}: {error.strerror}", hint="kg keeps its caches there") from error
    with file:
        wait_lock(file.fileno(), path, seconds)
        yield


def link_copy(source: Path, target: Path, *, without: str = "", only: tuple[str, ...] = ("",)) -> None:
    """Give the files of a folder a second name in a new folder, so that they outlive the first.

    Files become hard links, or copies if the two folders are on different disks; those whose names don't end in one of
    `only` are always copied, since they may be written to. Names that begin with `without` are skipped.
    Raises FileNotFoundError if the source vanishes meanwhile, for example if a build replaces an output folder.
    """
    target.mkdir()
    for path in sorted(source.iterdir()):
        if path.is_file() and not (without and path.name.startswith(without)):
            if path.name.endswith(only):
                link_file(path, target / path.name)
            else:
                shutil.copyfile(path, target / path.name)


def link_file(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it if that is on another disk."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


class Shelf:
    """A folder for this process; leftovers of killed processes beside it are removed.

    A process holds the lock of its folder while it runs, so a folder whose lock is free has no owner.
    """

    def __init__(self, parent: Path) -> None:
        try:
            parent.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix="serve-", dir=parent))
        except OSError:
            # The knowledge base may be read-only.
            self.folder = Path(tempfile.mkdtemp(prefix="kg-serve-"))
        self._lock = (self.folder / "lock").open("w")
        wait_lock(self._lock.fileno(), self.folder)
        for other in self.folder.parent.glob(f"{self.folder.name[:-8]}*"):
            if other != self.folder:
                self._clear(other)

    @staticmethod
    def _clear(other: Path) -> None:
        try:
            with (other / "lock").open() as file:
                if try_lock(file.fileno()):
                    remove_tree(other)
        except OSError:
            return

    def close(self) -> None:
        """Remove the folder."""
        remove_tree(self.folder)
        self._lock.close()
