"""Caches: single files atomically, locks, folders of this process. Output: `staging`; notes, records: `notefile`, `journal`."""

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
    """Write a file of output or of a cache atomically: readers see the old bytes or the new ones.

    `durable` ones survive a loss of power. Never for notes and records, of which more than the bytes has to stay.
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
    """Put on the disk what was written without that: once for many files."""
    if hasattr(os, "sync"):
        os.sync()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def lock_base(folder: Path) -> Iterator[None]:
    """Hold the lock of a knowledge base: two builds at once run one after the other."""
    with exclusive(folder / "lock"):
        yield


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock by its file, which is made where it isn't there; who comes later waits."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise StoreError(f"can't write {path.parent}: {error.strerror}", hint="kg keeps its caches there") from error
    with file:
        wait_lock(file.fileno(), path)
        yield


def link_copy(source: Path, target: Path, *, without: str = "", only: tuple[str, ...] = ("",)) -> None:
    """Give the files of a folder a second name in a new folder, so that they outlive the first.

    Files are hard links, or copies where the two folders lie on different disks; those whose names don't end in one of
    `only` are copied in any case, since they may be written to. `without` is the beginning of the names that are left out.
    Raises FileNotFoundError where the source vanishes meanwhile, as an output folder does that a build replaces.
    """
    target.mkdir()
    for path in sorted(source.iterdir()):
        if path.is_file() and not (without and path.name.startswith(without)):
            try:
                if not path.name.endswith(only):
                    shutil.copyfile(path, target / path.name)
                    continue
                os.link(path, target / path.name)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copyfile(path, target / path.name)


class Shelf:
    """A folder of its own for this process; what killed processes left beside it is cleared away.

    A process holds the lock of its folder as long as it lives, so a folder whose lock is free belongs to nobody.
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
