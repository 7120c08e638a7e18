"""A relation of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kg.model.notes import Lang

Impact = Literal["", "subject", "object"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the vocabulary, as the ontology says it."""

    iri: str
    key: str
    labels: Mapping[Lang, str]
    definitions: Mapping[Lang, str]
    words: tuple[tuple[str, Lang], ...]
    parents: tuple[str, ...]
    """All super-properties, nearest first."""
    inverse: str | None
    symmetric: bool
    transitive: bool
    kind: Literal["broader", "narrower", "associative", "mapping"]
    impact: Impact = ""
    """The end whose change affects the other one; empty where neither does."""
    core: bool = False
    """Whether it, or its inverse, is one of the relations to try first."""
    near: tuple[str, ...] = ()
    """IRIs of the relations that are easily confused with it."""
    subjects: tuple[str, ...] = ()
    """IRIs of the types of which it is usually stated; empty: any."""
    objects: tuple[str, ...] = ()
    """IRIs of the types to which it usually leads; empty: any."""
    note: Mapping[Lang, str] = field(default_factory=dict)
    """When to use it."""

    @property
    def hierarchical(self) -> bool:
        """Whether the relation is a kind of broader or narrower."""
        return self.kind in ("broader", "narrower")
