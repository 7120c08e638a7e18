"""Search in the notes of a served knowledge base: the same answers as `kg find`."""

from __future__ import annotations

import threading
import time
from typing import Final

from kg.base.settings import Settings
from kg.knowledge.base import KnowledgeBase, open_base
from kg.knowledge.search import SearchMatch

_LOOK: Final = 5.0
"""Seconds between two looks whether a note has changed."""
MOST: Final = 100
"""Maximum number of matches of an answer."""


class NoteSearch:
    """Searches the present notes. Its methods may be called by several threads; one searches at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base: KnowledgeBase | None = None
        self._looked = 0.0
        self._lock = threading.Lock()

    def __call__(self, query: str, limit: int, lang: str) -> tuple[SearchMatch, ...]:
        """Return the best matches of a query, at most `MOST`."""
        with self._lock:
            now = time.monotonic()
            if self._base is None:
                self._base, self._looked = open_base(self._settings), now
            elif now - self._looked > _LOOK:
                self._base, self._looked = self._base.refresh(), now
            return self._base.search(query, max(1, min(limit, MOST)), lang)
