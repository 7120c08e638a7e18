"""A revision as files in a folder, written from git's objects: without checkout, archive, filters or attributes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from kg.base.errors import PathForRevisionError, UsageError
from kg.base.files import is_there
from kg.base.names import is_git_name
from kg.base.process.git import Repository, TreeEntry, unread_revision
from kg.base.progress import begin_step, count_items

_FILES: Final = 500_000
_LARGEST: Final = 50_000_000
"""Maximum bytes of a file whose content is written: kg reads no larger one. A larger file gets its size but no content."""
_TOTAL: Final = 4 << 30
_LINK: Final = 4096
_ORIGIN: Final = "origin"
_CHUNK: Final = 1 << 20


def missing_revision(folder: Path, repository: Repository | None, revision: str) -> UsageError:
    """Return the error for a revision that a folder doesn't have, with the command that helps there."""
    if revision and is_there(Path(revision)):
        return PathForRevisionError(revision)
    if repository is None:
        return UsageError(
            f"there is no revision '{revision}' of {folder}",
            hint="start a history: git init && git add -A && git commit -m 'First notes'",
        )
    if repository.commit_of("HEAD") is None:
        return UsageError(
            f"there is no revision '{revision}' of {folder}", hint="commit first: git add -A && git commit -m 'First notes'"
        )
    hint = "'git log --oneline' lists revisions"
    remotes = repository.call("remote").data.decode("utf-8", "replace").split()
    if repository.call("rev-parse", "--is-shallow-repository").data.strip() == b"true":
        hint = "fetch it whole: git fetch --unshallow"
    elif remotes and re.fullmatch(r"(?!HEAD|-)[\w./-]+", revision):
        # A server knows names, not what `HEAD~3` is here, and its branch `main` is `origin/main` here.
        remote = next((name for name in remotes if revision.startswith(f"{name}/")), min(remotes, key=_ORIGIN.__ne__))
        name = revision.removeprefix(f"{remote}/")
        if not name.startswith("-"):
            hint = f"fetch it first: git fetch {shlex.join((remote, name))}"
    return UsageError(f"there is no revision '{revision}' of {folder}", hint=hint)


def lay_out(repository: Repository, commit: str, folder: Path, wanted: Callable[[str], bool] = lambda _name: True) -> int:
    """Write the files of a commit, below the repository's folder, to an empty folder; return the number of files.

    `wanted` selects files by path. Links are created if their target is in the folder; submodules are skipped.
    Raises UsageError if a limit is exceeded, and for names that lead out of the folder or are invalid on file systems.
    """
    files: list[TreeEntry] = []
    links: list[TreeEntry] = []
    for entry in repository.entries(commit):
        if not (entry.is_file or entry.is_link) or not wanted(os.fsdecode(entry.name)):
            continue
        if not _is_harmless(entry.name):
            raise _refusal(commit, entry, "no folder may have")
        if entry.is_link and entry.size <= _LINK:
            links.append(entry)
        elif entry.is_file:
            files.append(entry)
    total = sum(entry.size for entry in files if entry.size <= _LARGEST)
    if len(files) + len(links) > _FILES or total > _TOTAL:
        raise UsageError(
            f"{commit[:10]} has {len(files) + len(links):,} files with {total >> 20:,} MB, which is too much to lay out",
            hint="give -C the folder of the knowledge base, not one above it",
        )
    root = os.fsencode(folder)
    with begin_step("reading the revision", len(files)):
        for entry, data in count_items(_contents(repository, [e for e in files if e.size <= _LARGEST])):
            _write(root, commit, entry, data)
    for entry in files:
        if entry.size > _LARGEST:
            _write(root, commit, entry, b"")
            os.truncate(os.path.join(root, entry.name), min(entry.size, 1 << 40))  # noqa: PTH118  # bytes
    # Links last, so that nothing is written through a link.
    for entry in links:
        _make_parent(os.path.join(root, entry.name), commit, entry)  # noqa: PTH118  # bytes
    for entry, data in _contents(repository, links):
        _link(root, commit, entry, data)
    inside = os.path.realpath(root) + b"/"
    for entry in links:
        path = os.path.join(root, entry.name)  # noqa: PTH118  # bytes
        if os.path.islink(path) and not os.path.realpath(path).startswith(inside):  # noqa: PTH114  # bytes
            os.unlink(path)  # noqa: PTH108  # bytes
    return len(files)


def _is_harmless(name: bytes) -> bool:
    r"""Return whether a path of a tree stays below its target folder and isn't one of git's own.

    >>> [_is_harmless(n) for n in (b"a/b.md", b"../a", b"/a", b"a//b", b".git/config", b"a/.GIT./config", b"a/./b")]
    [True, False, False, False, False, False, False]
    """
    parts = name.split(b"/")
    return len(name) < 3000 and all(
        part not in (b"", b".", b"..") and len(part) < 256 and not is_git_name(os.fsdecode(part)) for part in parts
    )


def _refusal(commit: str, entry: TreeEntry, why: str) -> UsageError:
    shown = os.fsdecode(entry.name[:200]).encode("utf-8", "backslashreplace").decode()
    return UsageError(f"{commit[:10]} has a path that {why}: {shown!r}", hint="look at it with 'git ls-tree -r'; leave it out")


def _contents(repository: Repository, entries: list[TreeEntry]) -> Iterator[tuple[TreeEntry, bytes]]:
    """Yield entries with their contents, some megabytes at a time."""
    part: list[TreeEntry] = []
    size = 0
    for entry in entries:
        part.append(entry)
        size += entry.size
        if size > _LARGEST or len(part) >= 10_000:
            yield from zip(part, blob_contents(repository, part), strict=True)
            part, size = [], 0
    yield from zip(part, blob_contents(repository, part), strict=True)


def blob_contents(repository: Repository, entries: list[TreeEntry]) -> list[bytes]:
    """Return the contents of entries whose sizes are right. Raises UsageError if git can't read one."""
    blobs: list[bytes] = []
    if not entries:
        return blobs

    def consume(stream: IO[bytes]) -> bytes:
        blobs.clear()
        for entry in entries:
            head = stream.readline(200).split()
            if head[1:] != [b"blob", b"%d" % entry.size]:
                return b"no"
            data = stream.read(entry.size)
            if len(data) != entry.size or stream.read(1) != b"\n":
                return b"no"
            blobs.append(data)
        return b""

    asked = "".join(f"{entry.id}\n" for entry in entries).encode()
    answer = repository.read(("cat-file", "--batch", "--buffer"), consume, asked)
    if answer.status != 0 or answer.data:
        raise unread_revision(answer)
    return blobs


def _make_parent(path: bytes, commit: str, entry: TreeEntry) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  # bytes
    except (FileExistsError, NotADirectoryError):
        raise _refusal(commit, entry, "occurs twice in it, at least on this file system") from None
    except OSError as error:
        raise UsageError(f"can't write {commit[:10]}: {error}", hint="is there room in the temporary folder?") from None


def _write(root: bytes, commit: str, entry: TreeEntry, data: bytes) -> None:
    path = os.path.join(root, entry.name)  # noqa: PTH118  # bytes
    _make_parent(path, commit, entry)
    try:
        # If a tree contains a path twice, the second must not replace the first.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
            file.write(data)
    except (FileExistsError, IsADirectoryError):
        raise _refusal(commit, entry, "occurs twice in it, at least on this file system") from None
    except OSError as error:
        raise UsageError(f"can't write {commit[:10]}: {error}", hint="is there room in the temporary folder?") from None


def _link(root: bytes, commit: str, entry: TreeEntry, target: bytes) -> None:
    if not target or target.startswith(b"/") or b"\0" in target:
        return
    try:
        os.symlink(target, os.path.join(root, entry.name))  # noqa: PTH118, PTH211  # bytes
    except FileExistsError:
        raise _refusal(commit, entry, "occurs twice in it, at least on this file system") from None
    except OSError:
        return  # a file system without links
