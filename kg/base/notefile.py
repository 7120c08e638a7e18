"""The one writer of notes, and of records that are rewritten whole: a file has its old bytes or its new ones, never a mixture.

A file is replaced only while its bytes are those that the caller has read; who wrote meanwhile loses nothing. Mode, owner and
extended attributes stay; a link within the base stays, and its target is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from kg.base.durable import HeldFolder, folder_of, read_all, require_locks, try_lock, write_all
from kg.base.errors import ChangedError, ExistsError, StoreError, file_not_written

LARGEST: Final = 256 << 20
"""Bytes of a file that is rewritten; what is larger is no note and no record of kg's."""
_PATIENCE: Final = 60.0
_PAUSE: Final = 0.01


class Edit:
    """A file that nobody else who uses this module can write meanwhile."""

    def __init__(self, path: Path, folder: HeldFolder, name: str, temporary: str, descriptor: int, *, durable: bool) -> None:
        self.path = path
        self.written = False
        self._folder, self._name, self._temporary, self._descriptor = folder, name, temporary, descriptor
        self._durable = durable
        self._before: os.stat_result | None = None
        self.data: bytes | None = None
        """The bytes of the file as it is; None where there is none."""
        try:
            file = folder.open(name, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            self._before = os.fstat(file)
            self.data = read_all(file, LARGEST)
        finally:
            os.close(file)

    def expect(self, digest: str) -> bytes:
        """The bytes of the file, which have this SHA-256 (hexadecimal). Raises ChangedError where they have not."""
        if self.data is None or hashlib.sha256(self.data).hexdigest() != digest:
            raise ChangedError(self.path)
        return self.data

    def write(self, data: bytes) -> None:
        """Make these the bytes of the file; once. Raises ChangedError where it is another file now, StoreError."""
        try:
            self._write(data)
        except OSError as error:
            raise file_not_written(self.path, error) from error

    def _write(self, data: bytes) -> None:
        if self._before is not None:
            self._keep(self._before)
        write_all(self._descriptor, data)
        if self._durable:
            os.fsync(self._descriptor)
        if _stamp(self._folder.stat(self._name)) != _stamp(self._before):
            raise ChangedError(self.path)
        if self._before is None:
            try:
                self._folder.rename_new(self._temporary, self._name)
            except FileExistsError:
                raise ChangedError(self.path) from None
        else:
            self._folder.rename(self._temporary, self._name)
        self.written = True
        if self._durable:
            self._folder.sync()

    def _keep(self, before: os.stat_result) -> None:
        """Give the new file what the old one has beside its bytes. Raises StoreError where that can't be kept."""
        path = self.path
        if not before.st_mode & 0o222:
            raise StoreError(f"{path} is read-only: it is not changed", hint=f"to let kg change it: chmod u+w '{path}'")
        os.close(self._folder.open(self._name, os.O_RDWR))  # may it be written to? A rename alone would not ask
        if before.st_nlink > 1:
            raise StoreError(
                f"{path} has {before.st_nlink} names (hard links), which kg would part: it is not changed",
                hint=f"change it by hand, or part them: cp -p '{path}' '{path}~' && mv '{path}~' '{path}'",
            )
        now = os.fstat(self._descriptor)
        if hasattr(os, "fchown") and (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
            try:
                os.fchown(self._descriptor, before.st_uid, before.st_gid)
            except PermissionError:
                raise StoreError(
                    f"{path} belongs to another user or group, which kg can't keep: it is not changed",
                    hint="run kg as its owner",
                ) from None
        if hasattr(os, "fchmod"):
            os.fchmod(self._descriptor, before.st_mode & 0o7777)
        if hasattr(os, "listxattr"):
            source = self._folder.open(self._name, os.O_RDONLY)
            try:
                with contextlib.suppress(OSError):  # a disk without them, or those of the system
                    for name in os.listxattr(source):
                        os.setxattr(self._descriptor, name, os.getxattr(source, name))
            finally:
                os.close(source)


def _stamp(seen: os.stat_result | None) -> tuple[int, ...] | None:
    return None if seen is None else (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_mode)


@contextlib.contextmanager
def edit_file(path: Path, *, inside: Sequence[Path], make: bool = False, durable: bool = True) -> Iterator[Edit]:
    """Hold a file for a change: its bytes as they are, and `write` for those that it is to have.

    The new file is made beside the old one under a name that follows from the old one's; its lock is the lock of the file, and
    what a killed run left of one is cleared away. With `make` folders that lack are made. Raises StoreError where the file
    can't be written, or a link leads out of the folders `inside`.
    """
    require_locks()
    with contextlib.ExitStack() as stack:
        try:
            folder, name = stack.enter_context(folder_of(path, inside, make=make))
            temporary = f".kg-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}.new"
            descriptor = _take(folder, temporary, path)
            stack.callback(os.close, descriptor)
            stack.callback(_clear, folder, temporary, descriptor)
            edit = Edit(path, folder, name, temporary, descriptor, durable=durable)
        except OSError as error:
            raise file_not_written(path, error) from error
        yield edit


def _clear(folder: HeldFolder, temporary: str, descriptor: int) -> None:
    """Remove the new file where it did not become the file: its name may stand for another one's by now."""
    with contextlib.suppress(OSError):
        if folder.holds(temporary, descriptor):
            folder.unlink(temporary)


def _take(folder: HeldFolder, temporary: str, path: Path) -> int:
    """Make the new file and lock it; wait for who has one. Raises StoreError after a minute, OSError."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            descriptor = folder.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            ours = True
        except FileExistsError:
            try:
                descriptor = folder.open(temporary, os.O_RDWR)
                ours = False
            except FileNotFoundError:
                continue
        taken = False
        try:
            if try_lock(descriptor) and folder.holds(temporary, descriptor):
                if ours:
                    taken = True
                    return descriptor
                # Nobody holds it: its writer was killed.
                folder.unlink(temporary)
                continue
        finally:
            if not taken:
                os.close(descriptor)
        if time.monotonic() > end:
            raise StoreError(f"another process is writing {path}", hint="wait until it has ended, then run this again")
        time.sleep(_PAUSE)


def replace_note(path: Path, expected: str, data: bytes, *, inside: Sequence[Path]) -> None:
    """Give a note other bytes, if its present ones have the SHA-256 `expected` (hexadecimal).

    Raises ChangedError where they have not: nothing is written then.
    """
    with edit_file(path, inside=inside) as edit:
        edit.expect(expected)
        edit.write(data)


def create_note(path: Path, data: bytes, *, inside: Sequence[Path], durable: bool = True) -> None:
    """Write a note that is not there yet, with the folders that lack. Raises ExistsError where anything has its name."""
    if os.path.lexists(path):
        raise ExistsError(path)
    try:
        with edit_file(path, inside=inside, make=True, durable=durable) as edit:
            if edit.data is not None:
                raise ExistsError(path)
            edit.write(data)
    except ChangedError:
        raise ExistsError(path) from None


def overwrite_file(path: Path, data: bytes, *, inside: Sequence[Path], durable: bool = True) -> None:
    """Write a file whatever it is now: for who asked for that, and for records that follow from others."""
    with edit_file(path, inside=inside, make=True, durable=durable) as edit:
        if edit.data != data:
            edit.write(data)
