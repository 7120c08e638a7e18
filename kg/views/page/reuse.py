"""Reuses pages of the last build whose content is unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from kg.base import files


class Reuse:
    """Looks up pages of the last build by a digest of everything they show.

    A page is reused only if its file is unmodified, so that the result is the same as that of a clean build.
    """

    def __init__(self, out: Path, last: Mapping[str, tuple[str, str]]) -> None:
        self._out = out
        self._known = last
        """Path → key and digest of the file."""
        self.now: dict[str, tuple[str, str]] = {}
        """The same for this build; stored for the next one."""
        self.rendered = 0
        self.kept = 0

    def get(self, path: str, key: str) -> bytes | None:
        """The page as written last, if its key is the same; otherwise None."""
        entry = self._known.get(path)
        if entry is None or entry[0] != key:
            return None
        try:
            data = files.read(self._out / path)
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != entry[1]:
            return None
        self.now[path] = entry
        self.kept += 1
        return data

    def put(self, path: str, key: str, data: bytes) -> None:
        """Store a rendered page."""
        self.now[path] = (key, hashlib.sha256(data).hexdigest())
        self.rendered += 1
