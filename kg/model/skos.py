"""What SKOS says of concepts beyond labels, definitions and relations, and its schemes and collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class SkosText(NamedTuple):
    """A text of a resource: a note, a notation, a label."""

    kind: str
    """Local name of the property: ``scopeNote``, ``notation``."""
    text: str
    lang: str = ""
    datatype: str = ""
    """IRI of the datatype of a notation, empty for plain texts."""
    about: tuple[tuple[str, str], ...] = ()
    """What is stated about a text that is a resource: property as a short name, value."""


class SkosMapping(NamedTuple):
    """A mapping to a concept, usually of another vocabulary."""

    kind: str
    """Local name of the property: ``exactMatch``."""
    iri: str
    label: str = ""
    """Its label, if the graph has one."""


@dataclass(frozen=True, slots=True)
class SkosConcept:
    """What SKOS says of a concept, beyond `Concept`."""

    texts: tuple[SkosText, ...] = ()
    """Notations, notes, and hidden labels, by kind."""
    mappings: tuple[SkosMapping, ...] = ()
    labels: tuple[SkosText, ...] = ()
    """Labels of SKOS-XL of which something is stated beyond the text."""
    schemes: tuple[str, ...] = ()
    """IRIs of schemes that aren't made by kg."""
    tops: tuple[str, ...] = ()
    """Schemes of which it is a top concept."""
    groups: tuple[str, ...] = ()
    """IRIs of the collections that contain it directly."""
    deprecated: bool = False
    replaced_by: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()

    @property
    def notations(self) -> tuple[str, ...]:
        """The notations as text."""
        return tuple(t.text for t in self.texts if t.kind == "notation")


@dataclass(frozen=True, slots=True)
class SkosGroup:
    """A scheme or a collection."""

    iri: str
    kind: str
    """``ConceptScheme``, ``Collection`` or ``OrderedCollection``."""
    labels: Mapping[str, str]
    texts: tuple[SkosText, ...] = ()
    members: tuple[str, ...] = ()
    """Top concepts of a scheme, members of a collection: in order if it is ordered, else by id."""
    size: int = 0
    """Number of concepts in a scheme, or of members."""
    groups: tuple[str, ...] = ()
    """IRIs of the collections that contain it."""


@dataclass(frozen=True, slots=True)
class SkosData:
    """All of it."""

    concepts: Mapping[str, SkosConcept] = field(default_factory=dict)
    """By IRI; concepts of which SKOS says no more are absent."""
    groups: Mapping[str, SkosGroup] = field(default_factory=dict)
    """Schemes, then collections, by IRI."""
