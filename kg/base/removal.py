"""Removes a folder whatever a hostile program put into it: any depth, any modes; links are never followed."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import stat
from collections.abc import Container
from pathlib import Path
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


_AT_EXIT: Final[list[tuple[int, Path]]] = []
"""Folders to remove at the end, each with the process that made it: a fork inherits the list."""


def remove_at_exit(folder: Path) -> None:
    """Remove a folder when this process ends."""
    _AT_EXIT.append((os.getpid(), folder))


@atexit.register
def remove_now() -> None:
    """Remove these folders. A process that ends without Python's own end calls it."""
    while _AT_EXIT:
        process, folder = _AT_EXIT.pop()
        if process == os.getpid():
            remove_tree(folder)


def remove_tree(folder: Path, *, last: str = "") -> bool:
    """Remove a folder and its content; return whether it is gone. A link, at its path or below, is removed, never followed.

    Folders below are first moved to the top one, so that the depth of the tree costs neither stack nor open files. Mounts of
    other file systems, and files that this user may not remove, are left. A file of the folder with the
    name `last` is removed after everything else. Raises nothing.

    >>> import tempfile
    >>> top = Path(tempfile.mkdtemp())
    >>> (top / "a" / "b").mkdir(parents=True)
    >>> remove_tree(top), top.exists()
    (True, False)
    """
    try:
        mode = os.lstat(folder).st_mode
    except OSError:
        return not os.path.lexists(folder)
    with contextlib.suppress(OSError):
        if not stat.S_ISDIR(mode):
            folder.unlink()
        else:
            _make_open(None, str(folder))
            top = os.open(folder, _FOLDER)
            try:
                _empty(top, last)
                if last:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(last, dir_fd=top)
            finally:
                os.close(top)
            folder.rmdir()
    return not os.path.lexists(folder)


def remove_empty(folder: Path, kept: Container[str]) -> None:
    """Remove a folder if it is empty, then those above it; stop at one whose path, with links resolved, is among `kept`."""
    while os.path.realpath(folder) not in kept:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _make_open(parent: int | None, name: str) -> None:
    """Let the owner list and change a folder, by its own descriptor: a link put in its place is not followed."""
    with contextlib.suppress(OSError):
        descriptor = os.open(name, _FOLDER | getattr(os, "O_PATH", 0), dir_fd=parent)
        try:
            if os.fstat(descriptor).st_mode & 0o700 != 0o700:
                # On an O_PATH descriptor, Linux changes modes only by this path.
                os.chmod(f"/proc/self/fd/{descriptor}" if hasattr(os, "O_PATH") else descriptor, 0o700)  # noqa: PTH101
        finally:
            os.close(descriptor)


def _empty(top: int, last: str) -> None:
    """Remove the content of an open folder except a file `last`: subfolders' content moves to the top until nothing is left."""
    device = os.fstat(top).st_dev
    # An unpredictable name.
    moved = f".kg-{secrets.token_hex(8)}-"
    number = 0
    stuck: set[str] = set()
    while True:
        folders = [name for name in _remove_files(top, last) if name not in stuck]
        if not folders:
            return
        for name in folders:
            try:
                _make_open(top, name)
                child = os.open(name, _FOLDER, dir_fd=top)
            except OSError:
                stuck.add(name)
                continue
            try:
                if os.fstat(child).st_dev != device:
                    stuck.add(name)
                    continue
                for inner in _remove_files(child):
                    number += 1
                    _make_open(child, inner)
                    os.rename(inner, f"{moved}{number}", src_dir_fd=child, dst_dir_fd=top)
                os.rmdir(name, dir_fd=top)
            except OSError:
                stuck.add(name)
            finally:
                os.close(child)


def _remove_files(folder: int, keep: str = "") -> list[str]:
    """Remove all entries except folders and `keep` from an open folder; return the names of its folders."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.name != keep:
                with contextlib.suppress(OSError):
                    os.unlink(entry.name, dir_fd=folder)
    return folders
