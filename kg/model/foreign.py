"""Concepts of other knowledge bases, which notes link to as ``[[cncf:container]]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kg.model.notes import Fault, Lang


@dataclass(frozen=True, slots=True)
class ForeignConcept:
    """A concept of another knowledge base, as that base publishes it. It is never written into."""

    iri: str
    id: str
    base: str
    """The name under which the settings use its knowledge base: ``cncf``."""
    labels: Mapping[Lang, str]
    """Preferred label by language; at least one."""
    alt_labels: tuple[str, ...] = ()
    definitions: Mapping[Lang, str] = field(default_factory=dict)
    address: str = ""
    """Address of its page on the web; empty if it has none."""
    status: str = ""
    former_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How notes name it: ``cncf:container``."""
        return f"{self.base}:{self.id}"


class ForeignRelation(NamedTuple):
    """A typed relation that another knowledge base states, by IRIs."""

    subject: str
    predicate: str
    object: str


@dataclass(frozen=True, slots=True)
class ForeignBase:
    """Another knowledge base, as `[uses]` of the settings names it."""

    name: str
    source: str
    """Path or URL, as in the settings."""
    iri: str
    """Prefix of its IRIs; empty for an inventory of Sphinx."""
    digest: str
    """SHA-256 of the inventory, hexadecimal."""
    concepts: Mapping[str, ForeignConcept]
    """By id, in order of id."""
    relations: tuple[ForeignRelation, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignBases:
    """All knowledge bases that the settings use."""

    bases: Mapping[str, ForeignBase] = field(default_factory=dict)
    """By name; without those that can't be read."""
    names: frozenset[str] = frozenset()
    """All names, also of those that can't be read."""
    pinned: Mapping[str, Mapping[str, ForeignConcept]] = field(default_factory=dict)
    """Name → id → the concept as it was when it was pinned."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Name → the pinned digest."""
    faults: tuple[tuple[str, Fault], ...] = ()
    """What is wrong with the imports themselves, with the file of settings."""


NO_FOREIGN = ForeignBases()
"""A knowledge base that uses no other."""
