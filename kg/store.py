"""Output and caches: whole output folders appear at once, single files atomically. Notes and records: `notefile`, `journal`."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from kg.durable import EXCHANGE, rename_at, try_lock, wait_lock
from kg.errors import StoreError
from kg.model import Artifact

MARKER: Final = "build.json"
"""The file by which an output folder is known as ours; kg never replaces a folder without it."""

_AT_FDCWD: Final = -100


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
def lock(folder: Path) -> Iterator[None]:
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


class Staging:
    """A folder beside the output in which a build collects its files until all are there."""

    def __init__(self, out: Path) -> None:
        self.out = out
        if out.exists() and not out.is_dir():
            raise StoreError(f"{out} is a file, not a folder", hint="give another folder with --out DIR")
        if out.is_dir() and not (out / MARKER).is_file() and any(out.iterdir()):
            raise StoreError(
                f"{out} has files that kg did not write",
                hint="kg replaces its output folder as a whole: give an empty one with --out DIR",
            )
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            self._sweep()
            self.folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.staging-", dir=out.parent))
            self.folder.chmod(0o777 & ~_umask())
        except OSError as error:
            raise StoreError(
                f"can't write beside {out}: {error.strerror}", hint="give another folder with --out DIR"
            ) from error
        self._made: set[Path] = set()

    def _sweep(self) -> None:
        """Remove what killed builds left behind; the lock makes sure that none is running."""
        for old in self.out.parent.glob(f".{glob.escape(self.out.name)}.staging-*"):
            shutil.rmtree(old, ignore_errors=True)

    def write(self, artifact: Artifact) -> None:
        """Put one artifact into the folder."""
        path = self.folder / artifact.path
        if ".." in Path(artifact.path).parts or Path(artifact.path).is_absolute():
            raise StoreError(f"{artifact.path} lies outside of the output folder", hint="this is a bug in kg: please report it")
        try:
            if path.parent not in self._made:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._made.add(path.parent)
            path.write_bytes(artifact.data)
        except OSError as error:
            raise StoreError(f"can't write {path}: {error.strerror}", hint="is the disk full?") from error

    def write_all(self, artifacts: Iterable[Artifact]) -> int:
        """Put artifacts into the folder and count them."""
        count = 0
        for artifact in artifacts:
            self.write(artifact)
            count += 1
        return count

    def publish(self) -> None:
        """Make the folder the output in one step; the old output goes away."""
        try:
            flush_disks()
            if not self.out.exists():
                self.folder.rename(self.out)
                return
            if _exchange(self.folder, self.out):
                shutil.rmtree(self.folder, ignore_errors=True)
                return
            # No atomic exchange here: for an instant there is no output, but never half of one.
            old = self.folder.with_name(self.folder.name + "-old")
            self.out.rename(old)
            self.folder.rename(self.out)
            shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise StoreError(
                f"can't replace {self.out}: {error.strerror}", hint="may you write in its parent folder?"
            ) from error

    def discard(self) -> None:
        """Drop the folder; the output stays as it was."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders atomically; False where the system can't."""
    try:
        return rename_at(_AT_FDCWD, str(a), str(b), EXCHANGE)
    except OSError:
        return False


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
                    shutil.rmtree(other, ignore_errors=True)
        except OSError:
            return

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()
