"""The latest commits that change files of a folder, from git's objects: which files, and what was in them before."""

from __future__ import annotations

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
    answer = repository.call("rev-list", "--no-merges", f"--max-count={commits}", "--format=%cs %P", "HEAD", "--", below)
    if answer.status != 0:
        return []
    lines = answer.data.decode("ascii", "replace").splitlines()
    ids = [line.removeprefix("commit ") for line in lines[::2]]
    days = {name: line.partition(" ") for name, line in zip(ids, lines[1::2], strict=False) if _HEAD.fullmatch(name)}
    if any(not parents for _, _, parents in days.values()) and _is_shallow(repository):
        days = {name: line for name, line in days.items() if line[2]}
    asked = "".join(f"{name}\n" for name in days).encode()
    rows = repository.call("diff-tree", "--stdin", "--root", "-r", "-z", "--raw", "--no-renames", "--", below, stdin=asked)
    changes: dict[str, list[CommittedFile]] = {name: [] for name in days}
    commit, fields = "", iter(rows.data.split(b"\0") if rows.status == 0 else ())
    for part in fields:
        if part.startswith(b":"):
            entry, path = part.decode("ascii", "replace").split(), next(fields, b"")
            if commit in days and path and len(entry) == 5:
                ids_of = [name if _HEAD.fullmatch(name) and name.strip("0") else "" for name in entry[2:4]]
                changes[commit].append(CommittedFile(days[commit][0], 0, path, *ids_of))
        elif part:
            commit = part.decode("ascii", "replace").strip()
    return [change._replace(files=len(same)) for same in changes.values() for change in same]


def read_contents(repository: Repository, ids: Sequence[str]) -> list[bytes]:
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


def _is_shallow(repository: Repository) -> bool:
    return repository.call("rev-parse", "--is-shallow-repository").data.strip() == b"true"
