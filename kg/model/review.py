"""What people have judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class ClaimState(NamedTuple):
    """A sampled claim and what reviewers say of it."""

    id: str
    concept: str
    """Id of the concept."""
    path: str
    line: int
    kind: str
    """``definition``, ``relation`` or ``statement``."""
    text: str
    verdicts: Mapping[str, str]
    """Reviewer → verdict; only those on the claim as it stands."""
    stale: bool
    """Whether the note has changed since the claim was drawn."""


class Innovation(NamedTuple):
    """A claim to be new, with what speaks for it."""

    id: str
    kind: str
    """``theory``, ``method`` or ``application``."""
    title: str
    by: str
    when: str
    prior_art: str
    verdicts: Mapping[str, str]
    """Judge other than the claimant → ``accepted`` or ``rejected``; only those that are not stale."""
    accepted: bool


@dataclass(frozen=True, slots=True)
class Reviews:
    """What people have judged, as the records say it today."""

    records: int
    claims: tuple[ClaimState, ...]
    stale: int
    """Records that speak of a text that has changed since."""
    agreement: float | None
    """Krippendorff's α over the verdicts on sampled claims; None where it isn't defined."""
    tests: tuple[tuple[str, int, int], ...]
    """Comprehension tests that are not stale, by concept: (concept id, asked, correct)."""
    innovations: tuple[Innovation, ...]
    approved: frozenset[str]
    """Ids of concepts that an expert approved as they stand, and none objects to."""
