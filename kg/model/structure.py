"""Measures of concepts, of pairs of them, of communities and of the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kg.model.notes import Lang


class NetworkEdge(NamedTuple):
    """A relation between two concepts, as an edge of the network."""

    source: str
    target: str
    relation: str
    """Its IRI."""
    asserted: bool
    typed: bool
    path: str
    """With `line`: the first place that states it."""
    line: int


@dataclass(frozen=True, slots=True)
class ConceptMeasures:
    """The association measures of one concept."""

    degree: int
    """Number of different neighbours by asserted relations and links, in either direction."""
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
    """A group of concepts that are connected more closely with each other than with the rest."""

    index: int
    """Its number, stable between snapshots."""
    name: Mapping[Lang, str]
    """Made of the labels of its most central concepts."""
    members: tuple[str, ...]
    """IRIs, most central first."""
    bridges: tuple[str, ...]
    """Members with the largest number of neighbours in other communities."""
    terms: Mapping[Lang, tuple[str, ...]] = field(default_factory=dict)
    """The terms significantly more frequent in its texts than in others, most significant first."""


class Gap(NamedTuple):
    """Two communities with similar terms and few edges between them."""

    first: int
    second: int
    """Their indices."""
    likeness: float
    """Cosine of their terms."""
    ties: int
    """Number of edges between them."""
    expected: float
    """Number of edges if each concept kept its degree and chose its neighbours at random."""
    terms: tuple[str, ...]
    """The terms of both, highest weight first."""


class PairMeasures(NamedTuple):
    """Two unlinked concepts and measures of their closeness."""

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
    """The terms that both have, highest weight first."""


class Sampling(NamedTuple):
    """How a measure was estimated if the exact computation would take too long."""

    measure: str
    method: str
    """Source of the method."""
    size: int
    """Size of the sample."""
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
    """Concepts with narrower and without broader concepts."""
    orphans: tuple[str, ...]
    """Concepts with neither, except declared top concepts and `anchored` ones."""
    depth: Mapping[str, int]
    """Concept → longest distance from a root; 0 for a root; concepts in a cycle have none."""
    cycles: tuple[tuple[str, ...], ...]
    redundant: tuple[tuple[str, str], ...]
    """(concept, broader) pairs that also follow from a longer path (qSKOS ``hr``)."""
    polyhierarchy: tuple[str, ...]
    """Concepts with more than one broader concept."""
    tops: tuple[str, ...]
    """Declared top concepts."""
    anchored: tuple[str, ...] = ()
    """Concepts with a broader concept of another knowledge base."""
