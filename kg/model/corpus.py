"""All notes taken together: links as they are resolved, concepts, assertions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from kg.model.notes import Fault, Lang, Link, Note


class Resolved(NamedTuple):
    """The link means exactly one file."""

    path: str
    anchor: str | None
    """Text of the heading (or ``^block``) that the fragment means; None without a fragment or when it is missing."""
    inexact: bool = False
    """True where the fragment named one half of a bilingual heading."""


class Broken(NamedTuple):
    """The link means nothing that exists."""

    reason: str
    """``no-such-note``, ``no-such-anchor``, ``outside``."""
    near: tuple[str, ...]
    """What may have been meant, best first. A guess is never used."""
    path: str | None = None
    """The note, where only the anchor is missing."""


class Ambiguous(NamedTuple):
    """The link means several files, none more than another."""

    candidates: tuple[str, ...]


Resolution: TypeAlias = Resolved | Broken | Ambiguous


class ResolvedLink(NamedTuple):
    """A link together with what it means."""

    source: str
    """Path of the note that holds the link."""
    link: Link
    resolution: Resolution


class Assertion(NamedTuple):
    """A typed relation between two concepts that an author stated, with its place."""

    subject: str
    predicate: str
    """IRI of the relation."""
    object: str
    path: str
    line: int
    column: int
    context: str
    """``front-matter``, ``table``, ``field``, ``diagram`` or ``text`` (untyped link)."""


def text_in(texts: Mapping[Lang, str], lang: Lang) -> str:
    """The text in a language, else in English, else any, else the empty string.

    >>> text_in({"zh": "甲"}, "en"), text_in({"zh": "甲", "en": "a"}, "de"), text_in({}, "en")
    ('甲', 'a', '')
    """
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept with what its notes state about it."""

    iri: str
    id: str
    path: str
    """Path of the first note that describes it."""
    labels: Mapping[Lang, str]
    """Preferred label by language; at least one."""
    alt_labels: tuple[tuple[str, Lang], ...]
    type: str
    """Key of the class, ``concept`` by default."""
    layer: str
    area: str
    definitions: Mapping[Lang, str]
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    status: str
    paths: tuple[str, ...] = ()
    """All notes that describe it (translations), the first one included."""
    line: int = 1

    def label(self, lang: Lang) -> str:
        """The preferred label in a language, else in English, else any.

        >>> Concept("x:a", "a", "a.md", {"zh": "甲"}, (), "concept", "", "", {}, (), (), "").label("en")
        '甲'
        """
        return text_in(self.labels, lang)

    def definition(self, lang: Lang) -> str:
        """The definition in a language, else in English, else any, else the empty string."""
        return text_in(self.definitions, lang)


@dataclass(frozen=True, slots=True)
class Corpus:
    """All notes, with concepts and links resolved."""

    notes: Mapping[str, Note]
    """By path, in the order of the paths."""
    concepts: Mapping[str, Concept]
    """By IRI, in the order of their ids."""
    concept_of: Mapping[str, str]
    """IRI of the concept that a note (by path) describes; section pages have none."""
    links: tuple[ResolvedLink, ...]
    assertions: tuple[Assertion, ...]
    faults: tuple[tuple[str, Fault], ...]
    """Faults that show only when notes are taken together: (path, fault)."""
    attachments: frozenset[str] = frozenset()
