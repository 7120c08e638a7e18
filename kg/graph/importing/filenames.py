"""File names for concepts: readable in Chinese and English, safe on every disk and in links, unique."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from kg.base.names import fold, nfc

_MOST_BYTES: Final = 120
# Letters, digits and marks of any script, and the joiners used in names; everything else separates words.
_UNSAFE: Final = re.compile(r"[^\w\-]+")
# An id without meaning for a reader: digits, hexadecimal digests, UUIDs, c_1234.
_OPAQUE: Final = re.compile(r"[a-z]{0,4}[_-]?\d[\d._-]*|[0-9a-f]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4,12}){3,4}", re.IGNORECASE)
_RESERVED: Final = frozenset(
    "con prn aux nul readme index _index templates _templates archetypes node_modules".split()
    + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)


def safe_stem(name: str) -> str:
    """Return a name as the stem of a file name; empty if nothing of it remains.

    >>> safe_stem("../../etc/passwd"), safe_stem("容器 隔离: a|b#c"), safe_stem("CON"), safe_stem("…")
    ('etc-passwd', '容器-隔离-a-b-c', 'CON-_', '')
    """
    safe = _UNSAFE.sub("-", nfc(name)).strip("-_")
    safe = safe.encode("utf-8", "ignore")[:_MOST_BYTES].decode("utf-8", "ignore").strip("-_")
    return f"{safe}-_" if safe.lower() in _RESERVED else safe


class FileNames:
    """Assigns names that are unique, ignoring case and Unicode composition."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {fold(name) for name in taken}

    def give(self, key: str, names: Iterable[str]) -> str:
        """Return the first name that is free, or else the first one with a digest of `key` appended."""
        stems = [s for s in map(safe_stem, names) if s] or ["concept"]
        for candidate in (*stems, f"{stems[0]}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:8]}"):
            if fold(candidate) not in self._taken:
                break
        n = 2
        while fold(candidate) in self._taken:
            candidate, n = f"{candidate}-{n}", n + 1
        self._taken.add(fold(candidate))
        return candidate


def wanted_names(concept_id: str, labels: Iterable[str]) -> list[str]:
    """Return names for a concept's file, best first: its id, or its label if the id means nothing to a reader.

    >>> wanted_names("raft", ["Raft"]), wanted_names("300010957", ["vessels"])
    (['raft', 'Raft'], ['vessels', '300010957'])
    """
    names = [*labels]
    return [*names[:1], concept_id] if _OPAQUE.fullmatch(concept_id) and names else [concept_id, *names[:1]]
