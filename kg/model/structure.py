"""What was measured of concepts, communities and the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg.model.notes import Lang


@dataclass(frozen=True, slots=True)
class ConceptMeasures:
    """The association measures of one concept."""

    degree: int
    """Number of different neighbours by asserted relations and links, direction aside."""
    typed_degree: int
    """Number of different neighbours by asserted typed relations."""
    weighted_degree: float
    pagerank: float
    betweenness: float
    core: int
    clustering: float
    community: int
    """Index into the communities."""


@dataclass(frozen=True, slots=True)
class Community:
    """A group of concepts that hang together more closely than with the rest."""

    index: int
    name: Mapping[Lang, str]
    """Made of the labels of its most central concepts."""
    members: tuple[str, ...]
    """IRIs, most central first."""
    bridges: tuple[str, ...]
    """Members with most neighbours in other communities."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The broader–narrower structure, as asserted."""

    parents: Mapping[str, tuple[str, ...]]
    """Concept → its direct broader concepts."""
    children: Mapping[str, tuple[str, ...]]
    roots: tuple[str, ...]
    """Concepts with narrower ones and no broader."""
    orphans: tuple[str, ...]
    """Concepts with neither, that are no declared top concept."""
    depth: Mapping[str, int]
    """Concept → longest distance from a root; 0 for a root; concepts in a cycle have none."""
    cycles: tuple[tuple[str, ...], ...]
    redundant: tuple[tuple[str, str], ...]
    """(concept, broader) that follows from a longer path as well (qSKOS ``hr``)."""
    polyhierarchy: tuple[str, ...]
    """Concepts with more than one broader concept."""
    tops: tuple[str, ...]
    """Declared top concepts."""
