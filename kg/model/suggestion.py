"""A suggestion of a missing association, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Lane = Literal["mention", "latent", "backlink", "hierarchy", "type"]


class Reason(NamedTuple):
    """One reason for a suggestion, with verifiable evidence."""

    kind: str
    """Name of the feature: ``mention``, ``terms``, ``walk``, …"""
    contribution: float
    """Its contribution to the score, at least 0."""
    path: str = ""
    """The note with the evidence, if that is on one line."""
    line: int = 0
    column: int = 0
    text: str = ""
    """The text of that place, as written."""
    terms: tuple[str, ...] = ()
    """Terms of both concepts, or terms of one in the other's name; most significant first."""
    concepts: tuple[str, ...] = ()
    """IRIs of the concepts that connect the two, those with the largest contribution first."""
    labels: tuple[str, ...] = ()
    """Shared tags (``#…``), area (``=…``) or folder (``/…``)."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A pair of concepts without an association, or (lane ``type``) a plain link without a type."""

    id: str
    """Stable: made from the ids of both concepts, and from the relation in lane ``type``."""
    source: str
    """IRI of the concept whose note would contain the link."""
    target: str
    lane: Lane
    """``mention``: the source's note names the target; ``latent``: it doesn't; ``backlink``: a statement ties the target to the
    source, but none the source to the target; ``type``: a relation for a plain link."""
    score: float
    """The sum of the contributions, between 0 and 1 except in lane ``type``."""
    why: tuple[Reason, ...]
    """Strongest first."""
    path: str
    """The source's note."""
    target_path: str
    relation: str = ""
    """IRI of the proposed relation; empty for a plain link."""
