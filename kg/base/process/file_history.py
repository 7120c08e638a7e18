"""The latest commits that change files of a folder, from git's objects: which files, and what was in them before."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kg.base.errors import UsageError
from kg.base.process.git import Repository, TreeEntry, find_repository
from kg.base.process.revisions import blob_contents

_HEAD: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LARGEST: Final = 2_000_000
"""Maximum bytes of earlier content that is read; a larger file counts as one without content."""


class CommittedFile(NamedTuple):
    """A file in a commit that changes it."""

    day: str
    """The day of the commit, as its committer's clock had it."""
    files: int
    """Number of files that the commit changes in the folder."""
    path: bytes
    """Path below the working tree, with ``/``. The author of the commit chose it: it can be anything except empty."""
    before: str
    """Id of the content before; empty for a new file."""
    after: str
    """Id of the content in the commit; empty for a removed file."""


def find_head(folder: Path) -> str:
    """Return the id of the commit that the history of a folder ends with; empty without one, or if git can't read it."""
    try:
        repository = find_repository(folder)
        return (repository.commit_of("HEAD") if repository is not None else None) or ""
    except UsageError:
        return ""


def list_file_changes(repository: Repository, commits: int) -> list[CommittedFile]:
    """Return the changes of the latest commits of HEAD that touch the folder, newest first; merges are left out.

    The first commits of a shallow clone are left out too: git has no content before them, so that all files would look new.
    """
    below = repository.below or "."
    days = _list_commits(repository, commits, [below])
    asked = "".join(f"{name}\n" for name in days).encode()
    rows = repository.call("diff-tree", "--stdin", "--root", "-r", "-z", "--raw", "--no-renames", "--", below, stdin=asked)
    changes: dict[str, list[CommittedFile]] = {name: [] for name in days}
    commit, fields = "", iter(rows.data.split(b"\0") if rows.status == 0 else ())
    for part in fields:
        if part.startswith(b":"):
            entry, path = part.decode("ascii", "replace").split(), next(fields, b"")
            if commit in days and path and len(entry) == 5:
                ids_of = [name if _HEAD.fullmatch(name) and name.strip("0") else "" for name in entry[2:4]]
                changes[commit].append(CommittedFile(days[commit], 0, path, *ids_of))
        elif part:
            commit = part.decode("ascii", "replace").strip()
    return [change._replace(files=len(same)) for same in changes.values() for change in same]


class ArrivedFile(NamedTuple):
    """A file that a commit adds to the folder, or moves."""

    day: str
    path: bytes
    """Path below the working tree; see `CommittedFile`."""
    former: bytes
    """Its path before; empty for a new file."""


def list_arrivals(repository: Repository, folders: Sequence[bytes], commits: int) -> list[ArrivedFile]:
    """Return the files that the latest commits of HEAD add to folders or move there, newest first; as `list_file_changes`.

    `folders` are relative to the working tree.
    """
    names = [os.fsdecode(folder) for folder in folders]
    days = _list_commits(repository, commits, names)
    asked = "".join(f"{name}\n" for name in days).encode()
    options = ("--root", "-r", "-z", "--name-status", "--find-renames", "-l400", "--diff-filter=AR")
    rows = repository.call("diff-tree", "--stdin", *options, "--", *names, stdin=asked)
    arrivals: list[ArrivedFile] = []
    day, fields = "", iter(rows.data.split(b"\0") if rows.status == 0 else ())
    for part in fields:
        if part == b"A":
            arrivals.append(ArrivedFile(day, next(fields, b""), b""))
        elif part.startswith(b"R"):
            former, path = next(fields, b""), next(fields, b"")
            arrivals.append(ArrivedFile(day, path, former))
        elif part:
            day = days.get(part.decode("ascii", "replace").strip(), "")
    return arrivals


def read_blobs(repository: Repository, ids: Sequence[str]) -> list[bytes]:
    """Return contents by their ids; empty for what is larger than 2 MB. Raises UsageError if an object is missing."""
    asked = "".join(f"{name}\n" for name in ids).encode()
    answer = repository.call("cat-file", "--batch-check=%(objecttype) %(objectsize)", stdin=asked)
    sizes = []
    for line in answer.data.decode("ascii", "replace").splitlines():
        kind, _, size = line.partition(" ")
        sizes.append(int(size) if kind == "blob" and size.isdigit() else -1)
    small = [TreeEntry("100644", name, n, b"") for name, n in zip(ids, sizes, strict=False) if 0 <= n <= _LARGEST]
    contents = dict(zip((entry.id for entry in small), blob_contents(repository, small), strict=True))
    return [contents.get(name, b"") for name in ids]


def _list_commits(repository: Repository, most: int, folders: Sequence[str]) -> dict[str, str]:
    """The days of the latest commits of HEAD that touch the folders, newest first, by id."""
    answer = repository.call("rev-list", "--no-merges", f"--max-count={most}", "--format=%cs %P", "HEAD", "--", *folders)
    if answer.status != 0:
        return {}
    lines = answer.data.decode("ascii", "replace").splitlines()
    ids = [line.removeprefix("commit ") for line in lines[::2]]
    parts = {name: line.partition(" ") for name, line in zip(ids, lines[1::2], strict=False) if _HEAD.fullmatch(name)}
    if any(not parents for _, _, parents in parts.values()) and _is_shallow(repository):
        parts = {name: line for name, line in parts.items() if line[2]}
    return {name: day for name, (day, _, _) in parts.items()}


def _is_shallow(repository: Repository) -> bool:
    return repository.call("rev-parse", "--is-shallow-repository").data.strip() == b"true"
