"""Reuses pages of the last build whose content is unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from kg.base import files
from kg.model import Artifact


class Reused(msgspec.Struct, array_like=True):
    """What a process has reused and rendered."""

    pages: dict[str, tuple[str, str]]
    """Path → key and digest of the file."""
    rendered: int = 0
    kept: int = 0


class Reuse:
    """Looks up pages of the last build by a digest of everything they show.

    A page is reused only if its file is unmodified, so that the result is the same as that of a clean build.
    """

    def __init__(self, out: Path, last: Mapping[str, tuple[str, str]]) -> None:
        self._out = out
        self._known = last
        """Path → key and digest of the file."""
        self.now: dict[str, tuple[str, str]] = {}
        """The same for this build; stored for the next one. `add` collects it from the processes that render."""
        self.rendered = 0
        self.kept = 0
        self._fresh = Reused({})

    def get(self, path: str, key: str) -> bytes | None:
        """The page as written last, if its key is the same; otherwise None."""
        data = self._unmodified(path, key)
        if data is not None:
            self._fresh.pages[path] = self._known[path]
            self._fresh.kept += 1
        return data

    def get_folder(self, folder: str, key: str) -> list[Artifact] | None:
        """The files below a folder (with ``/``) that were stored with a key; None if any is missing or modified."""
        paths = [path for path, entry in self._known.items() if path.startswith(folder) and entry[0] == key]
        files_ = {path: self._unmodified(path, key) for path in paths}
        artifacts = [Artifact(path, data) for path, data in files_.items() if data is not None]
        if not artifacts or len(artifacts) < len(paths):
            return None
        self._fresh.pages.update((path, self._known[path]) for path in paths)
        return artifacts

    def _unmodified(self, path: str, key: str) -> bytes | None:
        entry = self._known.get(path)
        if entry is None or entry[0] != key:
            return None
        try:
            data = files.read(self._out / path)
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == entry[1] else None

    def put(self, path: str, key: str, data: bytes, *, counts: bool = True) -> None:
        """Store a rendered page, or another file that doesn't count as one."""
        self._fresh.pages[path] = (key, hashlib.sha256(data).hexdigest())
        self._fresh.rendered += counts

    def take(self) -> Reused:
        """Return what this process has reused and rendered since the last call."""
        result, self._fresh = self._fresh, Reused({})
        return result

    def add(self, reused: Reused) -> None:
        """Add what a process has reused and rendered."""
        self.now.update(reused.pages)
        self.rendered += reused.rendered
        self.kept += reused.kept
