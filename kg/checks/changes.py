"""What a change does to the files that say how it is judged."""

from __future__ import annotations

from typing import NamedTuple


class TrustedChange(NamedTuple):
    """A difference of `kg.toml`, `ontology/` or the baseline between a base revision and the files that are checked."""

    path: str
    """Below the folder of the knowledge base."""
    line: int
    what: str
    """For readers: ``gates.linkage: 95 → 10``, ``changed``."""
    revision: str
