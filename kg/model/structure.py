"""What was measured of concepts, pairs of them, communities and the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

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
    """Index of its community."""


@dataclass(frozen=True, slots=True)
class Community:
    """A group of concepts that hang together more closely than with the rest."""

    index: int
    """Its number, the same from snapshot to snapshot."""
    name: Mapping[Lang, str]
    """Made of the labels of its most central concepts."""
    members: tuple[str, ...]
    """IRIs, most central first."""
    bridges: tuple[str, ...]
    """Members with most neighbours in other communities."""
    terms: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)
    """What its texts speak of more than others do, most telling first."""


class Gap(NamedTuple):
    """Two communities that speak of the same and hardly touch."""

    first: int
    second: int
    """Their indices."""
    likeness: float
    """Cosine of their terms."""
    ties: int
    """Pairs of neighbours of which one lies in each."""
    expected: float
    """How many there would be if each concept kept its number of neighbours and chose them at random."""
    terms: tuple[str, ...]
    """What both speak of, weightiest first."""


class PairMeasures(NamedTuple):
    """Two concepts without a tie, and how near they are."""

    first: str
    second: str
    adamic_adar: float
    shared: tuple[str, ...]
    """Their shared neighbours."""
    resource_allocation: float = 0.0
    jaccard: float = 0.0
    nearness: float = 0.0
    """Personalised PageRank between them, the mean of both directions."""
    likeness: float = 0.0
    """Cosine of their terms."""
    terms: tuple[str, ...] = ()
    """The terms that both have, weightiest first."""


class Sampling(NamedTuple):
    """How a measure was estimated that would take too long to compute exactly."""

    measure: str
    method: str
    """Where the method comes from."""
    size: int
    """How much was drawn."""
    of: int
    seed: int
    error: float
    """Bound of the standard error, as a share of the largest possible value."""


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
