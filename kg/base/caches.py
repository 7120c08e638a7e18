"""The location of caches: the user's cache folder, never the folder of the notes, where a pull request could supply them.

`KG_CACHE` sets another folder for the caches of knowledge bases, `KG_TOOLS` for the packages of `kg doctor --install`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import Final

import platformdirs

from kg.base.durable import try_lock
from kg.base.errors import StoreError
from kg.base.removal import remove_at_exit, remove_tree

_BASES: Final = "bases"
_NAMED: Final = "base"
"""File in a cache that contains the path of its knowledge base; its modification time is that of the last use."""
LEDGER: Final = "verified"
"""File in the cache of a knowledge base, never part of the notes: a digest of each verdict that a tool gave here."""
_OWN: Final = re.compile(r".*-[0-9a-f]{16}")
_SIGNATURE: Final = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n# Caches of kg, which are computed again where they are missing.\n"
)
_DAY: Final = 86_400
_KEPT: Final = 90 * _DAY


def user_cache() -> Path:
    """Return the user's cache folder of kg, from the system or `XDG_CACHE_HOME`; a temporary one if the user has no home.

    With `docker run --user 1000`, for example, the user has no home.
    """
    try:
        return platformdirs.user_cache_path("kg", appauthor=False)
    except RuntimeError:
        return _temporary(tempfile.gettempdir())


def tools() -> Path:
    """Return the folder for packages that kg builds or fetches for a user: `$KG_TOOLS`, or the user's cache."""
    named = os.environ.get("KG_TOOLS", "")
    return Path(named) if named else user_cache()


def bases() -> Path:
    """Return the folder that contains the caches of all knowledge bases of a user."""
    named = os.environ.get("KG_CACHE", "")
    return (Path(named).absolute() if named else user_cache()) / _BASES


def of_base(root: Path) -> Path:
    """Return the cache folder of a knowledge base, readable and writable by this user only; create it if necessary.

    If the user has no writable cache folder, use one in the folder for temporary files. If that one belongs to another user,
    use one for this process only.
    """
    return _of_base(os.path.realpath(root), bases(), tempfile.gettempdir())


@lru_cache(maxsize=4)
def _temporary(folder: str) -> Path:
    """Return a temporary folder that only this user can access: the same one each time, or one for this process."""
    named = Path(folder) / f"kg-{os.getuid()}"
    with contextlib.suppress(OSError):
        with contextlib.suppress(FileExistsError):
            named.mkdir(mode=0o700)
        if is_own(named):  # otherwise another user created it first and could exchange its content
            return named
    try:
        alone = Path(tempfile.mkdtemp(prefix="kg-cache-", dir=folder))
    except OSError as error:
        raise StoreError(f"can't make a folder for caches: {error.strerror}", hint="set KG_CACHE to a folder") from None
    remove_at_exit(alone)
    return alone


@lru_cache(maxsize=64)
def _of_base(root: str, first: Path, temporary: str) -> Path:
    name = re.sub(r"[^\w.-]", "_", Path(root).name)[:40].strip(".") or _NAMED
    name = f"{name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}"
    with contextlib.suppress(OSError):
        return _made(first, name, root)
    try:
        return _made(_temporary(temporary) / _BASES, name, root)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"can't make a folder for caches: {reason}", hint="set KG_CACHE to a folder") from None


def list_removable(cache: Path) -> list[Path]:
    """Return what a cache holds but its lock, its mark, and the ledger of verdicts that tools gave here."""
    return sorted(path for path in cache.iterdir() if path.name not in ("lock", _NAMED, LEDGER))


def remove_entry(path: Path) -> None:
    """Remove a file or a folder of a cache; a link is never followed."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def _mark(folder: Path) -> None:
    """Mark a folder as a cache for programs that make backups, by the convention at https://bford.info/cachedir/."""
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        fd, temporary = tempfile.mkstemp(dir=folder, prefix=".CACHEDIR.")
        with os.fdopen(fd, "wb") as file:
            file.write(_SIGNATURE)
        Path(temporary).replace(tag)


def _made(parent: Path, name: str, root: str) -> Path:
    """Return a cache in a folder; create it if necessary. Raises OSError if another user can write to either of them."""
    parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (parent, parent / name):
        new = False
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            new = True
        if not is_own(folder):
            raise PermissionError(f"{folder} is not this user's alone")
        if new and folder != parent:
            _sweep(parent, folder)
            _mark(parent)
    used = parent / name / _NAMED
    try:
        recent = time.time() - used.stat(follow_symlinks=False).st_mtime < _DAY
    except OSError:
        recent = False
    if not recent:
        fd, temporary = tempfile.mkstemp(dir=parent / name, prefix=f".{_NAMED}.")
        with os.fdopen(fd, "wb") as file:
            file.write(os.fsencode(root))
        Path(temporary).replace(used)
    elif not os.access(parent / name, os.W_OK):
        raise PermissionError(f"{folder} can't be written")
    return parent / name


def is_own(folder: Path) -> bool:
    """Return whether the path is a real folder (not a link) that belongs to this user and that nobody else can write to."""
    looks = folder.lstat()
    mine = looks.st_uid == os.getuid()
    return stat.S_ISDIR(looks.st_mode) and mine and not looks.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _sweep(parent: Path, new: Path) -> None:
    """Remove caches of deleted knowledge bases and caches unused for a long time, unless their lock is held."""
    with contextlib.suppress(OSError):
        for folder in parent.iterdir():
            if folder != new and _OWN.fullmatch(folder.name) and is_own(folder) and _is_idle(folder):
                remove_tree(folder)


def _is_idle(folder: Path) -> bool:
    try:
        looks = (folder / _NAMED).lstat()
        if not stat.S_ISREG(looks.st_mode):
            return True
        root = os.fsdecode((folder / _NAMED).read_bytes())
    except FileNotFoundError:
        # Another process may be creating it.
        return time.time() - folder.stat().st_mtime > _DAY
    if Path(root).is_dir() and time.time() - looks.st_mtime < _KEPT:
        return False
    try:
        with (folder / "lock").open() as file:
            return try_lock(file.fileno())
    except FileNotFoundError:
        return True
    except (OSError, StoreError):
        return False
