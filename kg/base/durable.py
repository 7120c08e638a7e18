"""Primitives for atomic writes: file locks, folders held open, complete writes and syncs to disk.

The only module that calls the system's file locks. `store`, `notefile` and `journal` build on it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from kg.base.errors import StoreError

_PAUSE: Final = 0.01
_CAREFUL: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOREPLACE: Final = 1
EXCHANGE: Final = 2


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; return False if another process holds the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, path: Path | str, seconds: float | None = None) -> None:
    """Lock an open file until it is closed; wait at most `seconds` (None: no limit). Raises StoreError on time-out."""
    if seconds is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    end = time.monotonic() + seconds
    while not try_lock(descriptor):
        if time.monotonic() > end:
            raise StoreError(f"{path} is locked by another process", hint="wait until it has ended, then run this again")
        time.sleep(_PAUSE)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes to an open file; one system call may write only a part of them."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_all(descriptor: int, limit: int) -> bytes:
    """Return all bytes of an open file, from its start. Raises StoreError if there are more than `limit`."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise StoreError(f"a file has more than {limit >> 20} MB", hint="divide it")
    return data


class HeldFolder:
    """A folder that is held open: its files are opened relative to it, even if its path is changed meanwhile."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def open(self, name: str, flags: int) -> int:
        """Open a file in this folder without following links and without blocking on a pipe.

        Raises OSError, and StoreError if it isn't a regular file.
        """
        descriptor = os.open(name, flags | _CAREFUL, 0o666, dir_fd=self._descriptor)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StoreError(f"{os.path.join(self.path, name)} is not a regular file", hint="remove it")  # noqa: PTH118
        return descriptor

    def stat(self, name: str) -> os.stat_result | None:
        """Return the status of a name without following links; None if it doesn't exist."""
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def holds(self, name: str, descriptor: int) -> bool:
        """Return whether the name still refers to this open file."""
        there = self.stat(name)
        return there is not None and os.path.samestat(there, os.fstat(descriptor))

    def rename(self, old: str, new: str) -> None:
        """Rename a file in this folder; an existing file of the new name is replaced."""
        os.replace(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def rename_new(self, old: str, new: str) -> None:
        """Rename a file in this folder to an unused name. Raises FileExistsError."""
        if rename_at(self._descriptor, old, new, _NOREPLACE):
            return
        # The system or the disk lacks the call: `link` fails too if the name exists; then remove the old name.
        os.link(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        self.unlink(old)

    def unlink(self, name: str) -> None:
        """Remove a name if it exists."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def sync(self) -> None:
        """Flush the entries of this folder to disk."""
        os.fsync(self._descriptor)


def rename_at(at: int, old: str | bytes, new: str | bytes, flags: int) -> bool:
    """Call Linux's ``renameat2`` relative to an open folder; return False if the system or the disk doesn't support it.

    Raises OSError for any other failure.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if call(at, os.fsencode(old), at, os.fsencode(new), flags) == 0:
        return True

    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), os.fsdecode(new))


@contextlib.contextmanager
def folder_of(path: Path, inside: Sequence[Path], *, make: bool = False) -> Iterator[tuple[HeldFolder, str]]:
    """Yield the folder of a file, held open, and the name of the file in it; links are followed as long as they stay `inside`.

    With `make`, missing folders are created. Raises StoreError if a link leads outside, OSError if a folder can't be opened.
    """
    real = os.path.realpath(path)
    roots = [os.path.realpath(folder) for folder in inside]
    root = next((r for r in roots if real.startswith(r.rstrip(os.sep) + os.sep)), None)
    if root is None:
        raise StoreError(
            f"{path} leads out of {inside[0]}: nothing is written there", hint="put the file itself where the link is"
        )
    *folders, name = Path(real).relative_to(root).parts
    if make:
        Path(root).mkdir(parents=True, exist_ok=True)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(root, flags)
    try:
        for part in folders:
            try:
                below = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
            except FileNotFoundError:
                if not make:
                    raise
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
                os.fsync(descriptor)
                below = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield HeldFolder(os.path.dirname(real), descriptor), name  # noqa: PTH120
    finally:
        os.close(descriptor)
