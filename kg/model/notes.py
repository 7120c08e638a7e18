"""The content of one file, with links as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from kg.model.references import Citation

Lang: TypeAlias = str
"""A BCP 47 language tag in lower case: ``zh``, ``en``; ``""`` if unknown."""

Role: TypeAlias = Literal["", "concept", "page"]
"""What its dialect says a file is, whatever its front matter says: a concept, or a page; empty if it says nothing."""


class Link(NamedTuple):
    """A link as it is written. Named tuples, since a large collection has a million of them."""

    line: int
    """1-based line of the first character of the link."""
    column: int
    """1-based column in characters (code points)."""
    kind: str
    """``wikilink``, ``markdown``, ``html``, ``shortcode``, ``property`` (front matter) or ``field``."""
    target: str
    """The target without its fragment, percent-decoded; empty for a link to the own note."""
    fragment: str | None
    """What follows ``#``, percent-decoded, or None."""
    text: str
    """The text shown, or the empty string."""
    embed: bool
    """True for ``![[…]]`` and ``![…](…)``."""
    relation: str | None
    """The relation key as written (``depends-on``), or None for a link in running text."""
    context: str
    """``text``, ``toc`` (a table of contents), ``front-matter``, ``field``, ``table``."""
    start: int
    """Byte offset of the first byte in the file."""
    end: int
    """Byte offset behind the last byte in the file."""


class Heading(NamedTuple):
    """A heading with the anchors by which links reach it."""

    line: int
    column: int
    level: int
    text: str
    anchor: str
    """GitHub's anchor, or the one that ``{#id}`` sets; unique in the note."""
    source: str = ""
    """The text as written, with its markup, if that is another one: Obsidian's links contain parts of it."""


class Block(NamedTuple):
    """One representation of the concept: a formula, a diagram, a piece of code."""

    line: int
    column: int
    kind: str
    """``math``, ``diagram`` or ``code``."""
    language: str
    """The first word of the fence's info string in lower case; ``tex`` for formulas."""
    text: str
    info: str = ""
    """What follows that word in the info string: ``{#id claims="…"}``; of formulas in the text ``inline`` or ``display``."""


class Footnote(NamedTuple):
    """A reference to a footnote, by which a claim names its source."""

    label: str
    line: int
    column: int


class Edge(NamedTuple):
    """An edge of a diagram: labels are the concept's names, node ids are local to the block and not kept."""

    line: int
    column: int
    source: str
    target: str
    label: str
    """The label on the edge as written, or the empty string."""


class Fault(NamedTuple):
    """Something wrong that a step met at a place in a note; ``checks`` turns it into a finding."""

    name: str
    line: int
    column: int
    detail: str


class Ignore(NamedTuple):
    """A suppression: a comment in a note that hides findings, ``<!-- kg: ignore KG201 why -->``."""

    line: int
    column: int
    codes: tuple[str, ...]
    reason: str
    target: int
    """The line whose findings are suppressed; 0 for the whole note."""
    start: int
    """Byte offset of the suppression in the file's text."""
    end: int


@dataclass(frozen=True, slots=True)
class Note:
    """The content of one file, with links as written."""

    path: str
    """Path below the notes folder, with ``/``, in Unicode NFC."""
    digest: str
    """SHA-256 of the bytes, hexadecimal."""
    size: int
    metadata: Mapping[str, object]
    """The front matter; keys in lower case, in OKF bundles as written."""
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    blocks: tuple[Block, ...]
    edges: tuple[Edge, ...]
    anchors: frozenset[str]
    """Further anchors: ``^block`` identifiers and HTML ``id``/``name`` attributes."""
    tags: tuple[str, ...]
    faults: tuple[Fault, ...]
    lead: str
    """The first paragraph of prose as plain text."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of each front-matter key."""
    spelled: Mapping[str, str] = field(default_factory=dict)
    """Keys of `metadata` that are written in another way, for example with capitals → as written."""
    definition: str = ""
    """The definition in the text, as plain text: the first paragraph of a section called definition (定义, What it is, 是什么)
    of the note's own subject, otherwise the lead if it follows the title or has the form of a definition."""
    definition_at: tuple[int, int] = (0, 0)
    """Line and column of that paragraph."""
    further_definitions: tuple[str, ...] = ()
    """The definitions in the text that are in another language."""
    body: int = 0
    """Byte offset at which the Markdown behind the front matter begins."""
    labels: Mapping[Lang, str] = field(default_factory=dict)
    """What the note is called by language: title, first heading or file name; at least one."""
    label_line: int = 1
    alt_labels: tuple[tuple[str, Lang], ...] = ()
    """Its aliases."""
    formulas: tuple[tuple[int, int], ...] = ()
    """Ranges of bytes of the formulas in ``\\(…\\)`` and ``\\[…\\]``, where the tool has them; offsets as in `Link`."""
    outline: bool = False
    """Whether it is a page of Logseq: blocks with properties, macros and references."""
    label_first: bool = False
    """Whether it is a note of Dendron, whose links have their label before the bar."""
    template: bool = False
    """Whether it is a template of other notes: it contains places to be filled in."""
    ignores: tuple[Ignore, ...] = ()
    hidden: tuple[tuple[int, int], ...] = ()
    """Ranges of bytes that the author hid (comments), in ascending order; offsets as in `Link`. No output shows them."""
    open: bool = False
    """Whether the page includes or generates text, so that it may have further anchors."""
    role: Role = ""
    footnotes: tuple[Footnote, ...] = ()
    """References to footnotes in the text, in order."""
    citations: tuple[Citation, ...] = ()
    """What has the form of a citation in brackets, ``[@key, p. 3]``; it is one only if there is a bibliography."""
    front_citations: tuple[Citation, ...] = ()
    """The same under ``sources`` in the front matter; `start` and `end` are those of the key."""
