"""The gateway that opens all files of a knowledge base: they may come from anyone who can open a pull request.

`guard` declares a folder untrusted. Files below it are opened beneath it: links may point inside, never outside.
Only regular files are opened, so that no pipe blocks the reader and no device is read without end, and the number of bytes
is limited. A rejected file raises `Refused`; callers turn it into a finding, otherwise it ends the run with a hint.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from kg.base.errors import UsageError

LIMIT: Final = 50_000_000
"""Maximum bytes of a file with content: a note, a thesaurus, a file of records."""
SMALL: Final = 1 << 20
"""Maximum bytes of files that people write by hand: settings, rules, questions, templates."""
LARGE: Final = 500_000_000
"""Maximum bytes of files that a build has written."""
NAMED: Final = 1 << 31
"""Maximum bytes of files that a person chose: thesauri, tables."""

# Where these are missing, this module still reads kg's own texts, which say that kg doesn't run there.
_OPEN: Final = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY"))
_FOLDER: Final = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_CLOEXEC", "O_DIRECTORY"))
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_SYS_OPENAT2: Final = 437  # on all architectures except Alpha
_BENEATH: Final = 0x08 | 0x02  # RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS
_TRIES: Final = 8
_KINDS: Final = (
    (stat.S_ISDIR, "it is a folder"), (stat.S_ISFIFO, "it is a pipe"), (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"), (stat.S_ISBLK, "it is a device"),
)  # fmt: skip
LEADS_OUT: Final = "the link leads out"

_ROOTS: Final[dict[str, str]] = {}
"""Absolute path of each guarded folder, as written and with links resolved → the resolved path."""

_UNSAVED: Final[ContextVar[Mapping[str, bytes] | None]] = ContextVar("unsaved", default=None)
"""Path of a file → the bytes that `read` returns instead of its own."""


class Refused(UsageError, OSError):  # noqa: N818  # that a file is refused is what it says
    """A file that kg doesn't open, or doesn't read to its end; `strerror` is the reason, `filename` the path."""

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
    """The system call openat2, which resolves a path beneath a folder in one step."""

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
        """Return a file descriptor, or a negated error number."""
        fd: int = self._call(self._number, ctypes.c_int(folder), ctypes.c_char_p(path), self._refs[flags], self._size)
        return fd if fd >= 0 else -ctypes.get_errno()


_openat2: Final = _Openat2()


def guard(folder: Path) -> None:
    """From now on, open everything below this folder beneath it; the path to the folder itself may contain links."""
    name = os.path.abspath(folder)
    real = os.path.realpath(name)
    _ROOTS[name] = _ROOTS[real] = real


def is_beneath(path: Path, folder: Path) -> bool:
    """Return whether a path, with links resolved, is the folder or something below it."""
    top = os.path.realpath(folder)
    return f"{os.path.realpath(path)}{os.sep}".startswith(top.rstrip(os.sep) + os.sep)


def open_beneath(folder: int, real: str, path: str, flags: int = _OPEN) -> int:
    """Open a path below an open folder whose own path, with links resolved, is `real`. Raises OSError."""
    name = os.fsencode(path)
    for _ in range(_TRIES):
        if not _openat2.works:
            break
        fd = _openat2(folder, name, flags)
        if fd >= 0:
            return fd
        if -fd in (errno.ENOSYS, errno.EPERM):  # an old kernel, or a container that forbids the call
            _openat2.works = False
        elif -fd == errno.EXDEV:
            break  # the path leads outside, or is an absolute link that leads back inside
        elif -fd not in (errno.EAGAIN, errno.EINTR):
            raise OSError(-fd, os.strerror(-fd), path)
    return _walked(folder, real, path, flags)


def _walked(folder: int, real: str, path: str, flags: int) -> int:
    """Do the same without the system call: resolve all links first, then open each component, which must not be a link."""
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
    """Return the nearest guarded folder that is a prefix of the path, and the rest of the path."""
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
    """Return the guarded folder of an absolute path, with links resolved; empty if there is none."""
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
    """Return the bytes of an open regular file and close the descriptor."""
    try:
        looks = os.fstat(fd)
        if not stat.S_ISREG(looks.st_mode):
            raise Refused(path, next((what for is_kind, what in _KINDS if is_kind(looks.st_mode)), "it is not a file"))
        if looks.st_size > limit and not cut:
            raise Refused(path, f"it has more than {limit:,} bytes", number=errno.EFBIG)
        # The size isn't reliable: the file may grow meanwhile, and files in /proc report 0.
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


@contextlib.contextmanager
def unsaved(texts: Mapping[str, bytes]) -> Iterator[None]:
    """Inside the block, and in this thread only, `read` returns these bytes for these paths: texts that an editor hasn't saved.

    >>> with unsaved({"/no/such.md": b"text"}):
    ...     read("/no/such.md")
    b'text'
    """
    token = _UNSAVED.set(texts)
    try:
        yield
    finally:
        _UNSAVED.reset(token)


def without_parents(path: Path) -> Path:
    """Return a path without ``..``, with links resolved if it had some: the gate compares paths by their text.

    >>> without_parents(Path("a/b")), without_parents(Path("/a/../b"))
    (PosixPath('a/b'), PosixPath('/b'))
    """
    return Path(os.path.realpath(path)) if ".." in path.parts else path


def read(path: Path | str, limit: int = LIMIT, *, named: bool = False, cut: bool = False) -> bytes:
    """Return the bytes of a file of at most `limit` bytes; with `named`, a person chose the path, and any link is followed.

    A larger file is refused, or with `cut` truncated after `limit` + 1 bytes; the extra byte shows that there are more.

    Raises FileNotFoundError if there is no file and `Refused` for everything else that can't be read.
    """
    texts = _UNSAVED.get()
    if texts is not None and not named and (data := texts.get(os.fspath(path))) is not None:
        if len(data) > limit and not cut:
            raise Refused(path, f"it has more than {limit:,} bytes", number=errno.EFBIG)
        return data[: limit + 1]
    try:
        return _take(_opened(path, _OPEN, named=named), path, limit, cut=cut)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):  # `path` may be a `Path` or a string
            raise Refused(path, "it is a link that leads to nothing", number=errno.ENOENT) from None
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
    except Refused as refused:
        raise Refused(path, str(refused.strerror), number=refused.errno or 0) from None
    except ValueError:  # a NUL in the name
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
    except OSError as error:
        raise Refused(path, error.strerror or str(error), number=error.errno or 0) from None


def read_text(path: Path | str, limit: int = SMALL, *, encoding: str = "utf-8", named: bool = False) -> str:
    """Return the text of a file, all line ends as ``\\n``. Raises the errors of `read`, and UnicodeDecodeError."""
    return read(path, limit, named=named).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def is_file(path: Path | str) -> bool:
    """Return whether this is a file; False also for a path too long for the system, for which `Path.is_file` raises OSError."""
    return os.path.isfile(path)


def is_folder(path: Path | str) -> bool:
    """Return whether this is a folder; False also for a path too long for the system."""
    return os.path.isdir(path)


def is_there(path: Path | str) -> bool:
    """Return whether anything exists at the path, be it readable or refused."""
    return os.path.lexists(path)


def entries(folder: Path, *endings: str) -> list[Path]:
    """Return the entries of a folder with one of the endings, sorted; empty if there is no folder. Raises `Refused`."""
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
    """A folder that is opened once to read many files. A context manager."""

    def __init__(self, path: str) -> None:
        self._real = os.path.realpath(path)
        self._fd = os.open(self._real, _FOLDER)
        self._start = self._real.rstrip(os.sep) + os.sep

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def read(self, path: str, limit: int = LIMIT) -> bytes:
        """Return at most `limit` bytes of a file, given by an absolute path below the folder's real path. Raises OSError."""
        if not path.startswith(self._start):
            raise Refused(path, LEADS_OUT)
        return _take(open_beneath(self._fd, self._real, path[len(self._start) :]), path, limit, cut=True)


def check_plain(folder: Path) -> None:
    """Check that a folder contains regular files only, before a library opens them by name. Raises `Refused` or OSError."""
    fd = _opened(folder, _FOLDER, named=False)
    try:
        for name in os.listdir(fd):
            mode = os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode
            if not stat.S_ISREG(mode):
                raise Refused(folder / name, "it is a link" if stat.S_ISLNK(mode) else "it is not a file")
    finally:
        os.close(fd)


def walk(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield everything below a folder except folders, at any depth, in no particular order; links are yielded, not followed."""
    queue = [os.fspath(folder)]
    while queue:
        with contextlib.suppress(OSError), os.scandir(queue.pop()) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    queue.append(entry.path)
                else:
                    yield entry
