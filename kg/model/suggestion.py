"""An association that authors may have missed, with the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Lane = Literal["mention", "latent", "type"]


class Reason(NamedTuple):
    """One reason for a suggestion, with evidence that can be looked up."""

    kind: str
    """Name of the feature: ``mention``, ``terms``, ``walk``, …"""
    contribution: float
    """What it adds to the score, at least 0."""
    path: str = ""
    """The note that holds the evidence, where that is on one line."""
    line: int = 0
    column: int = 0
    text: str = ""
    """The text of that place, as written."""
    terms: tuple[str, ...] = ()
    """Terms that both have, or that one has of the other's name; the most significant first."""
    concepts: tuple[str, ...] = ()
    """IRIs of the concepts that join the two, those that add most first."""
    labels: tuple[str, ...] = ()
    """Tags (``#…``), area (``=…``) or folder (``/…``) that both have."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A pair of concepts without an association, or (lane ``type``) a plain link without a type."""

    id: str
    """Stable: made of the ids of both concepts, and of the relation in lane ``type``."""
    source: str
    """IRI of the concept whose note would hold the link."""
    target: str
    lane: Lane
    """``mention``: the source's note names the target; ``latent``: it doesn't; ``type``: a relation for a plain link."""
    score: float
    """The sum of the contributions, between 0 and 1 in lanes ``mention`` and ``latent``."""
    why: tuple[Reason, ...]
    """Strongest first."""
    path: str
    """The source's note."""
    target_path: str
    relation: str = ""
    """IRI of the proposed relation; empty for a plain link."""
