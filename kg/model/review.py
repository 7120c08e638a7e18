"""Judgements by people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class ClaimState(NamedTuple):
    """A sampled claim and the verdicts of reviewers."""

    id: str
    concept: str
    """Id of the concept."""
    path: str
    line: int
    kind: str
    """``definition``, ``relation`` or ``statement``."""
    text: str
    verdicts: Mapping[str, str]
    """Reviewer → verdict; only those on the present text of the claim."""
    stale: bool
    """Whether the note has changed since the claim was drawn."""


class Innovation(NamedTuple):
    """A claim of novelty, with the evidence for it."""

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


class MachineReading(NamedTuple):
    """The readings of one machine: each concept once, as it was when it was read."""

    by: str
    concepts: int
    changed: int
    """Number of these concepts whose notes were changed since."""
    claims: int
    wrong: int
    relations: int
    wrong_relations: int


@dataclass(frozen=True, slots=True)
class Reviews:
    """What people have judged, according to the present records, and beside it what machines have read."""

    records: int
    """Number of records by people."""
    claims: tuple[ClaimState, ...]
    stale: int
    """Number of records about a text that has changed since."""
    agreement: float | None
    """Krippendorff's α over the verdicts on sampled claims; None where it isn't defined."""
    tests: tuple[tuple[str, int, int], ...]
    """Comprehension tests that are not stale, by concept: (concept id, asked, correct)."""
    innovations: tuple[Innovation, ...]
    approved: frozenset[str]
    """Ids of concepts whose present text an expert approved and no expert rejected."""
    readings: tuple[MachineReading, ...] = ()
    """Readings by machines; no measure counts them."""
