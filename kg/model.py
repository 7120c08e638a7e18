"""The nouns of kg as immutable values: what a note says, what links mean, what was measured and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import networkx as nx

Lang: TypeAlias = str
"""A BCP 47 language tag in lower case: ``zh``, ``en``; ``""`` where it isn't known."""

Severity = Literal["error", "warning", "info"]

Impact = Literal["", "subject", "object"]


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


class Block(NamedTuple):
    """One representation of the concept: a formula, a diagram, a piece of code."""

    line: int
    column: int
    kind: str
    """``math``, ``diagram`` or ``code``."""
    language: str
    """The first word of the fence's info string in lower case; ``tex`` for formulas."""
    text: str


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
    """A remark in a note by which its author takes findings for meant: ``<!-- kg: ignore KG201 why -->``."""

    line: int
    column: int
    codes: tuple[str, ...]
    reason: str
    target: int
    """The line whose findings are meant; 0 for the whole note."""
    start: int
    """Byte offset of the remark in the file's text."""
    end: int


@dataclass(frozen=True, slots=True)
class Note:
    """What one file says, links as they are written."""

    path: str
    """Path below the notes folder, with ``/``, in Unicode NFC."""
    digest: str
    """SHA-256 of the bytes, hexadecimal."""
    size: int
    metadata: Mapping[str, Any]
    """The front matter; keys in lower case."""
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    blocks: tuple[Block, ...]
    edges: tuple[Edge, ...]
    anchors: frozenset[str]
    """Further anchors: ``^block`` identifiers and HTML ``id``/``name`` attributes."""
    tags: tuple[str, ...]
    faults: tuple[Fault, ...]
    lead: str
    """The first paragraph of prose as plain text: the definition where the author wrote no other."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of each front-matter key."""
    definition: str = ""
    """The first paragraph of a section called definition (定义, What it is, 是什么), as plain text."""
    body: int = 0
    """Byte offset at which the Markdown behind the front matter begins."""
    labels: Mapping[Lang, str] = field(default_factory=dict)
    """What the note is called by language: title, first heading or file name; at least one."""
    label_line: int = 1
    alt_labels: tuple[tuple[str, Lang], ...] = ()
    """Its aliases."""
    ignores: tuple[Ignore, ...] = ()


class Resolved(NamedTuple):
    """The link means exactly this file."""

    path: str
    anchor: str | None
    """Text of the heading (or ``^block``) that the fragment means; None without a fragment or when it is missing."""
    inexact: bool = False
    """True where the fragment named one half of a bilingual heading."""


class Broken(NamedTuple):
    """The link means nothing that is there."""

    reason: str
    """``no-such-note``, ``no-such-anchor``, ``outside``."""
    near: tuple[str, ...]
    """What may have been meant, best first. Never bound by guess."""
    path: str | None = None
    """The note, where only the anchor is missing."""


class Ambiguous(NamedTuple):
    """The link means several files equally."""

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


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept with what its notes say of it."""

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
        return self.labels.get(lang) or self.labels.get("en") or next(iter(self.labels.values()))

    def definition(self, lang: Lang) -> str:
        """The definition in a language, else in English, else any, else the empty string."""
        return self.definitions.get(lang) or self.definitions.get("en") or next(iter(self.definitions.values()), "")


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


class Fix(NamedTuple):
    """The one right mend of a finding: bytes of the note's text that are to be replaced."""

    start: int
    """Byte offset in the file's text, a byte order mark not counted."""
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in user content: one type for all of them."""

    code: str
    name: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    fix: Fix | None = None
    """None where a person has to decide."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} [{self.name}] {self.message}"


def judged_by_people(name: str) -> bool:
    """Whether a measure is one that only people can judge.

    >>> judged_by_people("accuracy"), judged_by_people("innovation.theory"), judged_by_people("linkage")
    (True, True, False)
    """
    return name.partition(".")[0] in ("accuracy", "clarity", "innovation")


def unit_of(name: str) -> Literal["share", "count"]:
    """Whether a measure is a share or a number of things.

    >>> unit_of("innovation.theory"), unit_of("linkage")
    ('count', 'share')
    """
    return "count" if name.startswith("innovation.") else "share"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with what it was counted from; never a percentage of nothing.

    >>> Measure("linkage", 3, 4, None).value
    0.75
    >>> Measure("linkage", 0, 0, None).value is None
    True
    >>> Measure("linkage", 0, 0, 0.9).met
    False
    """

    name: str
    numerator: float
    denominator: float
    target: float | None
    """Between 0 and 1, or None where the measure is only shown."""
    offenders: tuple[str, ...] = ()
    """IRIs (or topics) that keep the measure down, in a stable order."""
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Offender → what it lacks."""
    note: str = ""
    """Why the value is unknown, or how it was sampled."""
    diagnostics: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Part (list, area) → (numerator, denominator)."""
    unit: Literal["share", "count"] = "share"
    """``count``: the value is the numerator itself, a number of things; the target is a number too."""
    floor: float | None = None
    """What each part must reach, between 0 and 1, so that a rich one can't hide a poor one; None where none is set."""
    lower: float | None = None
    """Lower end of the 95% confidence interval, where the value was estimated from a sample."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Offender → what it is called, for those that are no concepts."""

    @property
    def value(self) -> float | None:
        """Numerator over denominator, or None (unknown) where there is nothing to measure.

        >>> Measure("innovation.theory", 2, 5, 3, unit="count").value
        2
        """
        if not self.denominator:
            return None
        return self.numerator if self.unit == "count" else self.numerator / self.denominator

    @property
    def by_people(self) -> bool:
        """Whether only people can judge it: it is counted from signed records, and no gate can hold it."""
        return judged_by_people(self.name)

    @property
    def below_floor(self) -> tuple[str, ...]:
        """The parts that miss the floor, the poorest first.

        >>> Measure("theory_coverage", 11, 12, 0.9, parts={"a": (10, 10), "b": (1, 2)}, floor=0.8).below_floor
        ('b',)
        """
        if self.floor is None:
            return ()
        shares = sorted((n / d, name) for name, (n, d) in self.parts.items() if d)
        return tuple(name for share, name in shares if share < self.floor)

    @property
    def met(self) -> bool | None:
        """Whether target and floor are met; an unknown value never meets one; None without a target."""
        if self.target is None:
            return None
        return self.value is not None and self.value >= self.target and not self.below_floor


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


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the vocabulary, as ``relations.ttl`` says it."""

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

    @property
    def hierarchical(self) -> bool:
        """Whether the relation is a kind of broader or narrower."""
        return self.kind in ("broader", "narrower")


class TopicState(NamedTuple):
    """A topic of a scope list and what the knowledge base has for it."""

    iri: str
    label: str
    notation: str
    """The number that the source gives it."""
    concepts: tuple[str, ...]
    """IRIs of the concepts that authors mapped to it."""
    lacks: tuple[str, ...]
    """Why none of them meets it; empty where one does."""
    near: tuple[tuple[str, str, float], ...]
    """Concepts with a similar name, best first: (IRI, name, likeness between 0 and 1). Only suggested."""
    level: int = -1
    """Depth from 0 to 5, where the list is the reference of an area; -1 where it is not."""
    next: tuple[str, ...] = ()
    """What the next level of depth asks for."""
    reviewed: bool = False
    """Whether an expert approved one of its concepts as it stands."""


@dataclass(frozen=True, slots=True)
class TopicList:
    """A scope list with the state of its topics."""

    iri: str
    key: str
    """The last part of the IRI, which is the name of the file."""
    title: Mapping[Lang, str]
    area: str
    edition: str
    source: str
    checked: bool
    """Whether the list was compared with its source; others are counted apart."""
    topics: tuple[TopicState, ...]
    reference_of: str = ""
    """The area whose depth is measured on it."""

    @property
    def met(self) -> int:
        """Number of topics that are met."""
        return sum(not t.lacks for t in self.topics)


class Answer(NamedTuple):
    """A competency question and how the graph answers it."""

    name: str
    question: str
    """Its first comment line."""
    faults: tuple[str, ...]
    """What differs from the rows expected; empty where it is answered."""
    rows: int
    """Number of rows expected."""


class ClaimState(NamedTuple):
    """A sampled claim and what reviewers say of it."""

    id: str
    concept: str
    """Id of the concept."""
    path: str
    line: int
    kind: str
    """``definition``, ``relation`` or ``statement``."""
    text: str
    verdicts: Mapping[str, str]
    """Reviewer → verdict; only those on the claim as it stands."""
    stale: bool
    """Whether the note has changed since the claim was drawn."""


class Innovation(NamedTuple):
    """A claim to be new, with what speaks for it."""

    id: str
    kind: str
    """``theory``, ``method`` or ``application``."""
    title: str
    by: str
    when: str
    prior_art: str
    verdicts: Mapping[str, str]
    """Judge other than the claimant → ``accepted`` or ``rejected``; only those that are not stale."""
    accepted: bool


@dataclass(frozen=True, slots=True)
class Reviews:
    """What people have judged, as the records say it today."""

    records: int
    claims: tuple[ClaimState, ...]
    stale: int
    """Records that speak of a text that has changed since."""
    agreement: float | None
    """Krippendorff's α over the verdicts on sampled claims; None where it isn't defined."""
    tests: tuple[tuple[str, int, int], ...]
    """Comprehension tests that are not stale, by concept: (concept id, asked, correct)."""
    innovations: tuple[Innovation, ...]
    approved: frozenset[str]
    """Ids of concepts that an expert approved as they stand, and none objects to."""


class Snapshot(NamedTuple):
    """One row of history."""

    time: str
    commit: str
    """The git revision, empty where there is none."""
    measures: Mapping[str, float | None]
    counts: Mapping[str, int]
    """``notes``, ``concepts``, ``typed``, ``untyped``, ``findings-error`` and the like."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that was measured and found in one build: what the views show."""

    corpus: Corpus
    network: nx.MultiDiGraph[str]
    """Concepts as nodes; edges keyed by the relation's IRI with ``asserted``, ``typed``, ``path``, ``line``."""
    relations: Mapping[str, Relation]
    """By IRI."""
    concepts: Mapping[str, ConceptMeasures]
    communities: tuple[Community, ...]
    hierarchy: Hierarchy
    measures: tuple[Measure, ...]
    findings: tuple[Finding, ...]
    positions: Mapping[str, tuple[float, float]]
    """Concept → place on the map, in a square of side 2 around the origin."""
    title: Mapping[Lang, str]
    """Name of the knowledge base."""
    languages: tuple[Lang, ...]
    """Languages of the views, the first one is the default."""
    claimed: Mapping[str, float] = field(default_factory=dict)
    """What the team says of a measure today; shown beside what was measured, never instead of it."""
    pairs: tuple[tuple[str, str, float, tuple[str, ...]], ...] = ()
    """Unlinked concepts with the strongest shared neighbourhood: (a, b, Adamic–Adar, shared neighbours)."""
    gates: Mapping[str, float] = field(default_factory=dict)
    """What is enforced, by measure."""
    lists: tuple[TopicList, ...] = ()
    """The scope lists, topic by topic."""
    questions: tuple[Answer, ...] = ()
    """The competency questions and how the graph answers them."""
    reviews: Reviews | None = None
    """What people have judged; None where it was not read."""
    prose: Mapping[str, float] = field(default_factory=dict)
    """Readability of definitions by name: proxies, never part of a measure."""
    history: tuple[Snapshot, ...] = ()
    """Earlier states, oldest first, as `kg snapshot` recorded them."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to publish: path below the output folder, and its bytes."""

    path: str
    data: bytes
