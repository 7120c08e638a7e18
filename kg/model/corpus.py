"""All notes together: resolved links, concepts, assertions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from kg.model.foreign import ForeignConcept
from kg.model.notes import Fault, Lang, Link, Note
from kg.model.provenance import Provenance


class Resolved(NamedTuple):
    """A link that matches exactly one file."""

    path: str
    anchor: str | None
    """Text of the heading (or ``^block``) that the fragment refers to; None without a fragment or if it is missing."""
    inexact: bool = False
    """True if the fragment contains only one half of a bilingual heading."""


class Broken(NamedTuple):
    """A link whose target doesn't exist."""

    reason: str
    """``no-such-note``, ``no-such-anchor``, ``outside``, ``unwritten`` (a note of a vault, created when needed),
    ``foreign`` (no concept of the knowledge base that it names)."""
    near: tuple[str, ...]
    """Possible targets, best first; for hints only, never used to resolve the link."""
    path: str | None = None
    """The note, if only the anchor is missing."""


class Ambiguous(NamedTuple):
    """A link that matches several files equally well."""

    candidates: tuple[str, ...]
    chosen: str | None = None
    """The file that the tool of the notes takes nevertheless, so that the link has a target."""


class Unseen(NamedTuple):
    """A link to something that may exist, but that kg doesn't read."""

    reason: str
    """``excluded`` (a file that the settings leave out), ``outside`` (of the notes), ``address`` (of another or an unknown
    site), ``generated`` (by a tool), ``text`` (brackets that the tool doesn't read as a link), ``import`` (of a knowledge base
    that can't be read)."""
    path: str | None = None
    """The name of the excluded file."""


class Foreign(NamedTuple):
    """A link to a concept of another knowledge base."""

    iri: str
    name: str
    """How notes name it: ``cncf:container``."""
    former: bool = False
    """Whether the link names an id that the concept had."""


Resolution: TypeAlias = Resolved | Broken | Ambiguous | Unseen | Foreign


class ResolvedLink(NamedTuple):
    """A link with its resolution."""

    source: str
    """Path of the note that contains the link."""
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
    """``front-matter``, ``table``, ``field``, ``diagram``, ``name`` (of the file) or ``text`` (untyped link)."""


def text_in(texts: Mapping[Lang, str], lang: Lang) -> str:
    """Return the text in a language, else in English, else in any, else the empty string.

    >>> text_in({"zh": "甲"}, "en"), text_in({"zh": "甲", "en": "a"}, "de"), text_in({}, "en")
    ('甲', 'a', '')
    """
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


_DEPRECATED: Final = frozenset(("deprecated", "弃用", "已弃用", "废弃", "已废弃"))
"""Values of ``status`` that say that a concept is no longer current, in lower case."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept, with the statements of its notes."""

    iri: str
    id: str
    path: str
    """Path of the first note that describes the concept."""
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
    """All notes that describe the concept (translations), the first one included."""
    line: int = 1
    former_ids: tuple[str, ...] = ()
    """Ids that the concept had, oldest first: their IRIs redirect to this one."""
    provenance: Provenance | None = None
    """What its notes state about their origin, trust and age; None if nothing."""

    @property
    def is_deprecated(self) -> bool:
        """Whether its status says that it is no longer current."""
        return self.status.lower() in _DEPRECATED

    def label(self, lang: Lang) -> str:
        """Return the preferred label in a language, else in English, else in any.

        >>> Concept("x:a", "a", "a.md", {"zh": "甲"}, (), "concept", "", "", {}, (), (), "").label("en")
        '甲'
        """
        return text_in(self.labels, lang)

    def definition(self, lang: Lang) -> str:
        """Return the definition in a language, else in English, else in any, else the empty string."""
        return text_in(self.definitions, lang)


@dataclass(frozen=True, slots=True)
class Corpus:
    """All notes, with concepts and links resolved."""

    notes: Mapping[str, Note]
    """By path, in order of path."""
    concepts: Mapping[str, Concept]
    """By IRI, in order of id."""
    concept_of: Mapping[str, str]
    """Path of a note → IRI of its concept; section pages have none."""
    links: tuple[ResolvedLink, ...]
    assertions: tuple[Assertion, ...]
    faults: tuple[tuple[str, Fault], ...]
    """Faults that become visible only with all notes together: (path, fault)."""
    attachments: frozenset[str] = frozenset()
    foreign: Mapping[str, ForeignConcept] = field(default_factory=dict)
    """The concepts of other knowledge bases that notes link to, by IRI, in order of IRI. None of `concepts` is among them."""
    foreign_assertions: tuple[Assertion, ...] = ()
    """Relations and links of concepts to those; none of `assertions` is among them."""
    listed: frozenset[str] = frozenset()
    """Paths of the notes to which a table of contents links that is not a note itself, such as docfx's `toc.yml`."""

    @classmethod
    def empty(cls) -> Corpus:
        """A corpus without notes."""
        return cls({}, {}, {}, (), (), ())
