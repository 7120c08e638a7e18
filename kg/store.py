"""The only place that writes: whole output folders appear at once, single files atomically."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from kg.errors import StoreError
from kg.model import Artifact

MARKER: Final = "build.json"
"""The file by which an output folder is known as ours; kg never replaces a folder without it."""

_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100


def write_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write one file atomically: readers see the old bytes or the new ones; `durable` ones survive a loss of power."""
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
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append_line(path: Path, line: bytes, *, durable: bool = True) -> None:
    """Add one line to a file in a single write; what is there stays byte for byte.

    Where it is to be `durable`, it is on the disk when this returns.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = not path.exists()
        with path.open("ab", buffering=0) as file:
            data = line + b"\n"
            written = file.write(data)
            if durable:
                os.fsync(file.fileno())
        if made and durable:
            _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"can't write {path}: {error.strerror}", hint="is there space, and may you write there?") from error
    if written != len(data):
        raise StoreError(f"can't write {path}: {written} of {len(data)} bytes fitted", hint="is the disk full?")


def drop_tail(path: Path, size: int) -> None:
    """Cut the last bytes off a file: what a crash left of a line."""
    try:
        with path.open("r+b") as file:
            file.truncate(max(0, os.fstat(file.fileno()).st_size - size))
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"can't write {path}: {error.strerror}", hint="may you write there?") from error


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


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
            os.sync()
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
    if not sys.platform.startswith("linux"):
        return False
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        done = libc.renameat2(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE)
    except (OSError, AttributeError):
        return False
    return bool(done == 0)


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
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for other in self.folder.parent.glob(f"{self.folder.name[:-8]}*"):
            if other != self.folder:
                self._clear(other)

    @staticmethod
    def _clear(other: Path) -> None:
        try:
            with (other / "lock").open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other, ignore_errors=True)
        except OSError:
            return

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()
