"""The writer of notes and of records that are rewritten as a whole: a file has its old or its new bytes, never a mixture.

A file is replaced only if its bytes are still those that the caller has read, so that no other edit is lost. Mode, owner and
extended attributes are kept; for a link within the knowledge base, the target is written and the link stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from kg.base.durable import HeldFolder, folder_of, read_all, try_lock, write_all
from kg.base.errors import ChangedError, ExistsError, StoreError, file_not_written

LARGEST: Final = 256 << 20
"""Maximum bytes of a file to rewrite; no note or record is larger."""
_PATIENCE: Final = 60.0
_PAUSE: Final = 0.01


class Edit:
    """A file that is locked against all other users of this module."""

    def __init__(self, path: Path, folder: HeldFolder, name: str, temporary: str, descriptor: int, *, durable: bool) -> None:
        self.path = path
        self.written = False
        self._folder, self._name, self._temporary, self._descriptor = folder, name, temporary, descriptor
        self._durable = durable
        self._before: os.stat_result | None = None
        self.data: bytes | None = None
        """The present bytes of the file; None if it doesn't exist."""
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
        """Return the bytes of the file; their SHA-256 must be `digest` (hexadecimal). Raises ChangedError if it isn't."""
        if self.data is None or hashlib.sha256(self.data).hexdigest() != digest:
            raise ChangedError(self.path)
        return self.data

    def write(self, data: bytes, mode: int | None = None) -> None:
        """Replace the bytes of the file; only once. Raises ChangedError if the file was replaced meanwhile, StoreError.

        `mode` are the permissions of a new file; those of an existing file are kept.
        """
        try:
            self._write(data, mode)
        except OSError as error:
            raise file_not_written(self.path, error) from error

    def remove(self) -> None:
        """Remove the file. Raises ChangedError if it was replaced meanwhile, StoreError."""
        if self._before is None or _stamp(self._folder.stat(self._name)) != _stamp(self._before):
            raise ChangedError(self.path)
        try:
            self._folder.unlink(self._name)
            if self._durable:
                self._folder.sync()
        except OSError as error:
            raise file_not_written(self.path, error) from error

    def _write(self, data: bytes, mode: int | None = None) -> None:
        if self._before is not None:
            self._keep(self._before)
        elif mode is not None:
            os.fchmod(self._descriptor, mode)
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
        """Copy mode, owner and extended attributes to the new file. Raises StoreError if that isn't possible."""
        path = self.path
        if not before.st_mode & 0o222:
            raise StoreError(
                f"{path} is read-only: it is not changed", hint=f"to let kg change it: chmod u+w {shlex.quote(str(path))}"
            )
        os.close(self._folder.open(self._name, os.O_RDWR))  # check write permission: a rename doesn't
        if before.st_nlink > 1:
            own, copy = shlex.quote(str(path)), shlex.quote(f"{path}~")
            raise StoreError(
                f"{path} has {before.st_nlink} names (hard links), which a change would separate: it is not changed",
                hint=f"change it by hand, or separate them: cp -p {own} {copy} && mv {copy} {own}",
            )
        now = os.fstat(self._descriptor)
        if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
            try:
                os.fchown(self._descriptor, before.st_uid, before.st_gid)
            except PermissionError:
                raise StoreError(
                    f"{path} belongs to another user or group, which kg can't keep: it is not changed",
                    hint="run kg as its owner",
                ) from None
        os.fchmod(self._descriptor, before.st_mode & 0o7777)
        if hasattr(os, "listxattr"):
            source = self._folder.open(self._name, os.O_RDONLY)
            try:
                with contextlib.suppress(OSError):  # a disk without extended attributes, or attributes of the system
                    for name in os.listxattr(source):
                        os.setxattr(self._descriptor, name, os.getxattr(source, name))
            finally:
                os.close(source)


def _stamp(seen: os.stat_result | None) -> tuple[int, ...] | None:
    return None if seen is None else (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_mode)


@contextlib.contextmanager
def edit_file(path: Path, *, inside: Sequence[Path], make: bool = False, durable: bool = True) -> Iterator[Edit]:
    """Lock a file for a change; yields an `Edit` with its present bytes and `write` for the new ones.

    The new file is created beside the old one, with a name derived from it; its lock is the lock of the file. A leftover of a
    killed run is removed. With `make`, missing folders are created. Raises StoreError if the file can't be written
    or if a link leads out of the folders `inside`.
    """
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
    """Remove the new file if it wasn't renamed; its name may belong to another process's file by now."""
    with contextlib.suppress(OSError):
        if folder.holds(temporary, descriptor):
            folder.unlink(temporary)


def _take(folder: HeldFolder, temporary: str, path: Path) -> int:
    """Create the new file and lock it; wait for another writer. Raises StoreError after a minute, OSError."""
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
                # It isn't locked: its writer was killed.
                folder.unlink(temporary)
                continue
        finally:
            if not taken:
                os.close(descriptor)
        if time.monotonic() > end:
            raise StoreError(f"another process is writing {path}", hint="wait until it has ended, then run this again")
        time.sleep(_PAUSE)


def replace_note(path: Path, expected: str, data: bytes, *, inside: Sequence[Path]) -> None:
    """Replace the bytes of a note if the SHA-256 of its present ones is `expected` (hexadecimal).

    Raises ChangedError if it isn't; then nothing is written.
    """
    with edit_file(path, inside=inside) as edit:
        edit.expect(expected)
        edit.write(data)


def remove_note(path: Path, expected: str, *, inside: Sequence[Path]) -> None:
    """Remove a note if the SHA-256 of its bytes is `expected` (hexadecimal). Raises ChangedError if it isn't."""
    with edit_file(path, inside=inside) as edit:
        edit.expect(expected)
        edit.remove()


def create_note(path: Path, data: bytes, *, inside: Sequence[Path], durable: bool = True, mode: int | None = None) -> None:
    """Write a new note and create missing folders. Raises ExistsError if the path exists."""
    if os.path.lexists(path):
        raise ExistsError(path)
    try:
        with edit_file(path, inside=inside, make=True, durable=durable) as edit:
            if edit.data is not None:
                raise ExistsError(path)
            edit.write(data, mode)
    except ChangedError:
        raise ExistsError(path) from None


def swap_file(path: Path, before: bytes, data: bytes, *, inside: Sequence[Path], durable: bool = True) -> None:
    """Write a file that was read and changed, new or not; `before`: the bytes that were read, empty if it wasn't there.

    Raises ChangedError if it has other bytes by now; then nothing is written.
    """
    with edit_file(path, inside=inside, make=True, durable=durable) as edit:
        if (edit.data or b"") != before:
            raise ChangedError(path)
        if edit.data != data:
            edit.write(data)


def overwrite_file(path: Path, data: bytes, *, inside: Sequence[Path], durable: bool = True) -> None:
    """Write a file whatever its present content, of which nothing is in the new one: if the user asked for it, or for records
    derived from others. What is made from the present content is written by `swap_file`, or under the lock of `edit_file`.
    """
    with edit_file(path, inside=inside, make=True, durable=durable) as edit:
        if edit.data != data:
            edit.write(data)
