"""Reuses files of the last build that would be the same now."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from kg.base import files
from kg.model import Artifact


class PageInputs(msgspec.Struct, array_like=True, frozen=True):
    """What decides which pages of concepts and notes can be kept, see `kg.views.site.steady`."""

    frame: str = ""
    """A digest of all that pages show beside texts, links, statements and findings; empty if no page can be kept by it."""
    notes: dict[str, tuple[str, list[str]]] = {}
    """Path → digest of the note, and the concepts and notes that it links to or states something about."""
    findings: dict[str, str] = {}
    """Path of a note, or IRI → digest of its findings."""


class Reused(msgspec.Struct, array_like=True):
    """What a process has reused and rendered; for all processes of a build, the record for the next one."""

    pages: dict[str, tuple[str, str]] = {}
    """Path → key and digest of the file."""
    tasks: dict[str, list[str]] = {}
    """Key of a task → paths of all its files."""
    rendered: int = 0
    kept: int = 0
    inputs: PageInputs = PageInputs()


class Reuse:
    """Looks up files of the last build by a key: a digest of everything that they depend on.

    A file is reused only if it is unmodified, so that the result is the same as that of a clean build. It isn't written
    again: it becomes a file of the new output by a second name.
    """

    def __init__(self, out: Path, last: Reused, *, unmodified: bool = False) -> None:
        """`unmodified`: all files are known to be those that were written; otherwise, each is compared with its digest."""
        self._out = str(out)
        self.last = last
        """What can be reused."""
        self._unmodified = unmodified
        self.now = Reused()
        """The same for this build; stored for the next one. `add` collects it from the processes that render."""
        self._fresh = Reused()

    def get(self, path: str, key: str, *, counts: bool = True) -> Artifact | None:
        """The page, or another file that doesn't count as one, as written last, if its key is the same; otherwise None."""
        entry = self.last.pages.get(path)
        if entry is None or entry[0] != key or not self._is_there(path):
            return None
        self._fresh.pages[path] = entry
        self._fresh.kept += counts
        return Artifact(path, b"", kept=True)

    def keep(self, paths: Sequence[str]) -> list[Artifact] | None:
        """Pages that are known to be those of the last build; None if one of them is missing or modified."""
        if not all(map(self._is_there, paths)):
            return None
        self._fresh.pages.update((path, self.last.pages[path]) for path in paths)
        self._fresh.kept += len(paths)
        return [Artifact(path, b"", kept=True) for path in paths]

    def get_task(self, key: str, *, counts: bool = False) -> list[Artifact] | None:
        """All files of a task; None if its key is new, or if one of the files is missing or modified."""
        paths = self.last.tasks.get(key)
        if paths is None or not all(map(self._is_there, paths)):
            return None
        self._fresh.pages.update((path, self.last.pages[path]) for path in paths)
        self._fresh.tasks[key] = paths
        self._fresh.kept += counts * sum(path.endswith(".html") for path in paths)
        return [Artifact(path, b"", kept=True) for path in paths]

    def read(self, path: str, key: str) -> bytes | None:
        """The content of a file that was stored with a key; None if there is none, or if it is modified."""
        entry = self.last.pages.get(path)
        return self._read(path, entry[1]) if entry is not None and entry[0] == key else None

    def _is_there(self, path: str) -> bool:
        """Whether a file of the last output is as it was written."""
        entry = self.last.pages.get(path)
        if entry is None:
            return False
        return os.path.lexists(f"{self._out}/{path}") if self._unmodified else self._read(path, entry[1]) is not None

    def _read(self, path: str, digest: str) -> bytes | None:
        try:
            data = files.read(f"{self._out}/{path}", files.LARGE)
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def put(self, path: str, key: str, data: bytes, *, counts: bool = True) -> None:
        """Store a rendered page, or another file that doesn't count as one."""
        self._fresh.pages[path] = (key, hashlib.sha256(data).hexdigest())
        self._fresh.rendered += counts

    def put_file(self, artifact: Artifact) -> None:
        """Store a file of a task, unless it has a key of its own."""
        if artifact.path not in self._fresh.pages:
            self.put(artifact.path, "", artifact.data, counts=False)

    def put_task(self, key: str, paths: Sequence[str]) -> None:
        """Store which files a task wrote."""
        self._fresh.tasks[key] = list(paths)

    def digest_of(self, path: str) -> str:
        """The digest of a file of this build."""
        return self.now.pages[path][1]

    def take(self) -> Reused:
        """Return what this process has reused and rendered since the last call."""
        result, self._fresh = self._fresh, Reused()
        return result

    def add(self, reused: Reused) -> None:
        """Add what a process has reused and rendered."""
        self.now.pages.update(reused.pages)
        self.now.tasks.update(reused.tasks)
        self.now.rendered += reused.rendered
        self.now.kept += reused.kept
