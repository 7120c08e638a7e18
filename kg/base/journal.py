"""The journal of records: append-only files with one JSON object per line, which several processes may append to.

Existing bytes never change, nor do mode, owner, links and hard links of the file. When `append` returns, the lines are
on disk.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from kg.base.durable import HeldFolder, folder_of, read_all, wait_lock
from kg.base.errors import StoreError, file_not_written
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json

_LARGEST: Final = 256 << 20
_PATIENCE: Final = 60.0


def split_journal(data: bytes) -> tuple[bytes, bytes]:
    r"""Return the complete lines of a journal, and the rest of a line that a crash cut off.

    A last line that lacks only its line break is complete: an editor removed the break, or the crash did.

    >>> split_journal(b'{"a":1}\n{"a"'), split_journal(b'{"a":1}\n{"a":2}')
    ((b'{"a":1}\n', b'{"a"'), (b'{"a":1}\n{"a":2}\n', b''))
    """
    whole, line_break, rest = data.rpartition(b"\n")
    if not rest.strip():
        return whole + line_break, b""
    try:
        read_json(rest)
    except FormatError as error:
        if not error.limit:  # a line that exceeds a limit wasn't cut off by a crash; its reader reports the problem
            return whole + line_break, rest
    return data + b"\n", b""


class Journal:
    """A journal that is open and locked: no other process can append to it."""

    def __init__(self, path: Path, folder: HeldFolder, descriptor: int, tell: Callable[[str], None], *, made: bool) -> None:
        self.path = path
        self._folder, self._descriptor, self._tell = folder, descriptor, tell
        self._made = made
        self.used = False
        self._size = os.fstat(descriptor).st_size
        self._lack = self._torn = b""
        if self._size and not self._ends_well():
            there = read_all(descriptor, _LARGEST)
            whole, self._torn = split_journal(there)
            # The line break that a complete last line lacks.
            self._lack = whole[len(there) :]
            self._size = len(there) - len(self._torn)

    def _ends_well(self) -> bool:
        os.lseek(self._descriptor, self._size - 1, os.SEEK_SET)
        return os.read(self._descriptor, 1) == b"\n"

    @property
    def data(self) -> bytes:
        """The complete lines, unchanged."""
        return split_journal(read_all(self._descriptor, _LARGEST))[0]

    def append(self, rows: Iterable[bytes], *, durable: bool = True) -> None:
        """Append lines in one write. On return they are on disk; if it raises StoreError, none of them is."""
        new = b"".join(row + b"\n" for row in rows)
        if not new:
            return
        line = self._lack + new
        try:
            if self._torn:
                os.ftruncate(self._descriptor, self._size)
            try:
                self._write(line)
                if durable:
                    os.fsync(self._descriptor)
                    if self._made:
                        self._folder.sync()
            except BaseException:
                # Remove a partial line, or one that may not be on disk.
                os.ftruncate(self._descriptor, self._size)
                raise
        except OSError as error:
            raise file_not_written(self.path, error) from error
        self.used = True
        self._size += len(line)
        self._lack = b""
        if self._torn:
            self._tell(
                f"the last line of {self.path.name} was cut off by a crash and is dropped ({len(self._torn)} bytes); "
                "what stood before it is kept"
            )
            self._torn = b""

    def _write(self, line: bytes) -> None:
        written = os.write(self._descriptor, line)
        if written != len(line):
            what = f"can't write {self.path}: {written} of {len(line)} bytes fitted"
            raise StoreError(what, hint="is the disk full?")


@contextlib.contextmanager
def open_journal(path: Path, *, inside: Sequence[Path], tell: Callable[[str], None] = lambda _text: None) -> Iterator[Journal]:
    """Open a journal and lock its file, which is created if it doesn't exist; a second process waits.

    `tell` is called with the text of a cut-off line that was dropped. Raises StoreError if the file can't be written or
    if a link leads out of the folders `inside`.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder, name = stack.enter_context(folder_of(path, inside, make=True))
            descriptor, made = _open(folder, name, path)
            stack.callback(os.close, descriptor)
            if not os.fstat(descriptor).st_mode & 0o222:
                raise StoreError(
                    f"{path} is read-only: nothing is added", hint=f"to let kg add to it: chmod u+w {shlex.quote(str(path))}"
                )
            journal = Journal(path, folder, descriptor, tell, made=made)
        except OSError as error:
            raise file_not_written(path, error) from error
        try:
            yield journal
        finally:
            if made and not journal.used:
                with contextlib.suppress(OSError):
                    # Another process may have appended to it between creation and lock.
                    if os.fstat(descriptor).st_size == 0:
                        folder.unlink(name)


def _open(folder: HeldFolder, name: str, path: Path) -> tuple[int, bool]:
    """Open and lock the file; return its descriptor and whether this call created it. Retry until the name refers to it."""
    while True:
        made = False
        try:
            descriptor = folder.open(name, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            try:
                descriptor = folder.open(name, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
                made = True
            except FileExistsError:
                continue
        held = False
        try:
            wait_lock(descriptor, path, _PATIENCE)
            held = folder.holds(name, descriptor)  # git may have replaced it, or its creator may have removed it unused
            if held:
                return descriptor, made
        finally:
            if not held:
                os.close(descriptor)
