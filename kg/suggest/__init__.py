"""Suggestions of missing associations between concepts, each with evidence that can be verified."""

from __future__ import annotations

import hashlib
from typing import Final

from kg.model import Lane

LANES: Final[tuple[Lane, ...]] = ("mention", "latent", "backlink")
"""The lanes of ranked pairs."""
MISSING: Final[tuple[Lane, ...]] = LANES[:2]
"""The lanes of pairs that no statement ties; the default."""
LIMIT: Final = 10
"""Default number of suggestions for each concept."""


def identity(source: str, target: str, relation: str = "") -> str:
    """The id of a suggestion, derived from the ids of its concepts: the same in every build and lane.

    >>> identity("raft", "quorum")
    '028ff9a160'
    """
    return hashlib.sha256("\0".join((source, target, relation)).encode("utf-8", "replace")).hexdigest()[:10]


def at_most(limit: int) -> str:
    """The first of the messages that `caps` returns."""
    return f"at most {limit} for each concept"
