"""The one gate by which files of a knowledge base are opened: they come from anybody who can open a pull request.

`guard` names the folders that are foreign. What lies below one is opened beneath it: links may lead on inside, never out of it.
Only regular files are opened, so that no pipe makes its reader wait and no device is read without end, and only so many bytes
are read. Whatever is refused raises `Refused`, which callers turn into a finding and which else ends the run with a hint.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kg.base.errors import UsageError

LIMIT: Final = 50_000_000
"""Bytes of a file of content: a note, a thesaurus, a file of records."""
SMALL: Final = 1 << 20
"""Bytes of what people write by hand: settings, rules, questions, templates."""
LARGE: Final = 500_000_000
"""Bytes of what a build has written."""
NAMED: Final = 1 << 31
"""Bytes of files that a person names: thesauri, tables."""

_OPEN: Final = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_FOLDER: Final = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_DIRECTORY", 0)
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_SYS_OPENAT2: Final = 437  # on all architectures but Alpha
_BENEATH: Final = 0x08 | 0x02  # RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS
_TRIES: Final = 8
_KINDS: Final = (
    (stat.S_ISDIR, "it is a folder"), (stat.S_ISFIFO, "it is a pipe"), (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"), (stat.S_ISBLK, "it is a device"),
)  # fmt: skip
LEADS_OUT: Final = "the link leads out"

_ROOTS: Final[dict[str, str]] = {}
"""Absolute path of each guarded folder, as it is written and as it is → the folder itself, without links."""


class Refused(UsageError, OSError):  # noqa: N818  # that a file is refused is what it says
    """A file that is not opened or not read to its end; `strerror` is the reason, `filename` the path."""

    def __init__(self, path: Path | str, reason: str, *, number: int = errno.EACCES, hint: str = "") -> None:
        self._message = f"can't read {path}: {reason}"
        super().__init__(self._message, hint=hint or _hint_of(reason))
        self.errno, self.strerror, self.filename = number, reason, str(path)

    def __str__(self) -> str:
        return self._message


def _hint_of(reason: str) -> str:
    if reason.startswith(LEADS_OUT):
        return "put the file itself there: links are followed inside of the knowledge base only"
    if reason.startswith("it has more"):
        return "make it smaller, or take it away"
    return "put a file there, or take it away" if reason.startswith("it is") else "is it there, and may you read it?"


class _How(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


class _Openat2:
    """The system call, which resolves a path in one step beneath a folder."""

    def __init__(self) -> None:
        self.works = sys.platform.startswith("linux")
        try:
            self._call = ctypes.CDLL(None, use_errno=True).syscall
        except (OSError, AttributeError, TypeError):
            self.works = False
        self._size = ctypes.c_size_t(ctypes.sizeof(_How))
        self._number = ctypes.c_long(_SYS_OPENAT2)
        self._hows = {flags: _How(flags, 0, _BENEATH) for flags in (_OPEN, _FOLDER)}
        self._refs = {flags: ctypes.byref(how) for flags, how in self._hows.items()}

    def __call__(self, folder: int, path: bytes, flags: int) -> int:
        """A file descriptor; below 0 an error number with its sign turned."""
        fd: int = self._call(self._number, ctypes.c_int(folder), ctypes.c_char_p(path), self._refs[flags], self._size)
        return fd if fd >= 0 else -ctypes.get_errno()


_openat2: Final = _Openat2()


def guard(folder: Path) -> None:
    """From now on, whatever lies below a folder is opened beneath it; the folder itself may be reached by a link."""
    name = os.path.abspath(folder)
    real = os.path.realpath(name)
    _ROOTS[name] = _ROOTS[real] = real


def is_beneath(path: Path, folder: Path) -> bool:
    """Whether a path leads, links and all, to something below a folder, or to the folder."""
    top = os.path.realpath(folder)
    return f"{os.path.realpath(path)}{os.sep}".startswith(top.rstrip(os.sep) + os.sep)


def open_beneath(folder: int, real: str, path: str, flags: int = _OPEN) -> int:
    """Open a path below an open folder, whose own path without links is `real`. Raises OSError."""
    name = os.fsencode(path)
    for _ in range(_TRIES):
        if not _openat2.works:
            break
        fd = _openat2(folder, name, flags)
        if fd >= 0:
            return fd
        if -fd in (errno.ENOSYS, errno.EPERM):  # an old kernel, or a container that knows no such call
            _openat2.works = False
        elif -fd == errno.EXDEV:
            break  # it leads out, or is an absolute link that leads back in
        elif -fd not in (errno.EAGAIN, errno.EINTR):
            raise OSError(-fd, os.strerror(-fd), path)
    return _walked(folder, real, path, flags)


def _walked(folder: int, real: str, path: str, flags: int) -> int:
    """The same without the system call: where links lead is worked out first, then each part is opened and may be no link."""
    target = os.path.realpath(os.path.join(real, path))
    top = real.rstrip(os.sep) + os.sep
    if not f"{target}{os.sep}".startswith(top):
        raise Refused(path, LEADS_OUT, number=errno.EXDEV)
    parts = [p for p in target[len(top) :].split(os.sep) if p]
    current = os.dup(folder)
    try:
        for part in parts[:-1]:
            below = os.open(part, _FOLDER | _NOFOLLOW, dir_fd=current)
            os.close(current)
            current = below
        return os.open(parts[-1] if parts else ".", flags | _NOFOLLOW, dir_fd=current)
    finally:
        os.close(current)


def _root_of(path: str) -> tuple[str, str] | None:
    """The nearest guarded folder that a path begins with, and the rest of the path."""
    if not _ROOTS:
        return None
    end = len(path)
    while end > 0:
        real = _ROOTS.get(path[:end])
        if real is not None:
            return real, path[end + 1 :] or "."
        end = path.rfind(os.sep, 0, end)
    return (_ROOTS[os.sep], path.lstrip(os.sep) or ".") if os.sep in _ROOTS and path.startswith(os.sep) else None


def root_of(path: str) -> str:
    """The guarded folder that an absolute path lies in, without links; empty for none."""
    found = _root_of(path)
    return found[0] if found else ""


def _opened(path: Path | str, flags: int, *, named: bool) -> int:
    full = os.fspath(path)
    if not os.path.isabs(full):
        full = os.path.join(os.getcwd(), full)
    root = None if named else _root_of(full)
    if root is None:
        return os.open(full, flags)
    top = os.open(root[0], _FOLDER)
    try:
        return open_beneath(top, root[0], root[1], flags)
    finally:
        os.close(top)


def _take(fd: int, path: Path | str, limit: int, *, cut: bool = False) -> bytes:
    """The bytes of an open regular file; the descriptor is closed."""
    try:
        looks = os.fstat(fd)
        if not stat.S_ISREG(looks.st_mode):
            raise Refused(path, next((what for is_kind, what in _KINDS if is_kind(looks.st_mode)), "it is no file"))
        if looks.st_size > limit and not cut:
            raise Refused(path, f"it has more than {limit:,} bytes", number=errno.EFBIG)
        # Its size is not to be relied on: it may grow while it is read, and files of /proc have none.
        data = os.read(fd, min(looks.st_size, limit) + 1)
        if len(data) < looks.st_size or len(data) > looks.st_size:
            parts, size = [data], len(data)
            while data and size <= limit:
                data = os.read(fd, min(limit + 1 - size, 1 << 24))
                parts.append(data)
                size += len(data)
            data = b"".join(parts)
        if len(data) > limit and not cut:
            raise Refused(path, f"it has more than {limit:,} bytes", number=errno.EFBIG)
        return data
    finally:
        os.close(fd)


def read(path: Path | str, limit: int = LIMIT, *, named: bool = False, cut: bool = False) -> bytes:
    """The bytes of a file of at most `limit` bytes; `named` for one that a person named, who may follow any link.

    A larger one is refused, or `cut` off behind the first `limit` bytes and one more, which tells that there are more.

    Raises FileNotFoundError where there is none and `Refused` for all else that can't be read.
    """
    try:
        return _take(_opened(path, _OPEN, named=named), path, limit, cut=cut)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):  # a path or a text
            raise Refused(path, "it is a link that leads to nothing", number=errno.ENOENT) from None
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
    except Refused as refused:
        raise Refused(path, str(refused.strerror), number=refused.errno or 0) from None
    except ValueError:  # a NUL in its name
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
    except OSError as error:
        raise Refused(path, error.strerror or str(error), number=error.errno or 0) from None


def read_text(path: Path | str, limit: int = SMALL, *, encoding: str = "utf-8", named: bool = False) -> str:
    """The text of a file. Raises what `read` raises, and UnicodeDecodeError; lines end in ``\\n`` whatever ends them there."""
    return read(path, limit, named=named).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def is_file(path: Path | str) -> bool:
    """Whether there is a file; False also for a path that is too long for the system, where `Path.is_file` raises OSError."""
    return os.path.isfile(path)


def is_folder(path: Path | str) -> bool:
    """Whether there is a folder; False also for a path that is too long for the system."""
    return os.path.isdir(path)


def is_there(path: Path | str) -> bool:
    """Whether there is something to be read, or to be refused: all but nothing at all."""
    return os.path.lexists(path)


def entries(folder: Path, *endings: str) -> list[Path]:
    """What lies in a folder and has one of the endings, in order; nothing where there is no folder. Raises `Refused`."""
    try:
        fd = _opened(folder, _FOLDER, named=False)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Refused(folder, error.strerror or str(error), number=error.errno or 0) from None
    try:
        return sorted(folder / name for name in os.listdir(fd) if not endings or name.endswith(endings))
    finally:
        os.close(fd)


class Folder:
    """A folder of which many files are read: it is opened once. Use as a context manager."""

    def __init__(self, path: str) -> None:
        self._real = os.path.realpath(path)
        self._fd = os.open(self._real, _FOLDER)
        self._start = self._real.rstrip(os.sep) + os.sep

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def read(self, path: str, limit: int = LIMIT) -> bytes:
        """At most `limit` bytes of a file whose absolute path begins with the folder's real one. Raises OSError."""
        if not path.startswith(self._start):
            raise Refused(path, LEADS_OUT)
        return _take(open_beneath(self._fd, self._real, path[len(self._start) :]), path, limit, cut=True)


def check_plain(folder: Path) -> None:
    """See to it that a folder holds regular files only, before a library opens them by name. Raises `Refused`, or OSError."""
    fd = _opened(folder, _FOLDER, named=False)
    try:
        for name in os.listdir(fd):
            mode = os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode
            if not stat.S_ISREG(mode):
                raise Refused(folder / name, "it is a link" if stat.S_ISLNK(mode) else "it is no file")
    finally:
        os.close(fd)


def walk(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """All below a folder but folders, however deep, in no certain order; links are given and not followed."""
    queue = [os.fspath(folder)]
    while queue:
        with contextlib.suppress(OSError), os.scandir(queue.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    queue.append(entry.path)
                else:
                    yield entry
