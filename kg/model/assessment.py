"""The results of one build, the records of earlier ones, and the files to publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kg.model.corpus import Corpus
from kg.model.evidence import Evidence
from kg.model.finding import Finding
from kg.model.look import Look
from kg.model.measure import Measure
from kg.model.notes import Lang
from kg.model.relation import Relation
from kg.model.review import Reviews
from kg.model.scope import Answer, BlindList, TopicList
from kg.model.skos import SkosData
from kg.model.structure import Community, ConceptMeasures, Gap, Hierarchy, PairMeasures, Sampling
from kg.model.suggestion import Suggestion

if TYPE_CHECKING:
    import networkx as nx


class Snapshot(NamedTuple):
    """One row of the history: the measures and counts of a recorded state."""

    time: str
    commit: str
    """The git revision, empty if there is none."""
    measures: Mapping[str, float | None]
    counts: Mapping[str, int]
    """``notes``, ``concepts``, ``typed``, ``untyped``, ``findings-error`` and the like."""


class ChangeDetail(NamedTuple):
    """One thing that changed in a note."""

    key: str
    """``relations``, ``sections``, ``definition`` or ``lines``."""
    names: tuple[str, ...] = ()
    """What is new: titles of sections; of relations, predicate and object in turn."""
    added: int = 0
    removed: int = 0


class Change(NamedTuple):
    """A change of a concept; lists hold the newest first."""

    kind: str
    """``new``, ``changed`` or ``removed``; ``dated`` if only the note says when."""
    id: str
    date: str
    """The day of the change, or of the first snapshot with it; empty for a change after the last snapshot."""
    details: tuple[ChangeDetail, ...] = ()
    """What changed; empty if only the fact is recorded."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """All results of one build: the input of the views."""

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
    """Concept → position on the map, in a square of side 2 around the origin."""
    title: Mapping[Lang, str]
    """Name of the knowledge base."""
    languages: tuple[Lang, ...]
    """Languages of the views; the first one is the default."""
    claimed: Mapping[str, float] = field(default_factory=dict)
    """The team's claimed value of a measure; shown next to the measured one."""
    pairs: tuple[PairMeasures, ...] = ()
    """Unlinked concepts with the highest Adamic–Adar index of shared neighbours."""
    gaps: tuple[Gap, ...] = ()
    """Pairs of communities with similar terms and few edges between them, widest gap first."""
    sampled: tuple[Sampling, ...] = ()
    """Measures that were estimated; all others are exact."""
    remembered: Mapping[str, int] = field(default_factory=dict)
    """Concept id → index of its community in the last snapshot; empty if there is none."""
    gates: Mapping[str, float] = field(default_factory=dict)
    """The value that each gate enforces, by measure."""
    lists: tuple[TopicList, ...] = ()
    """The scope lists, with the state of each topic."""
    blind: tuple[BlindList, ...] = ()
    """The blind lists: outside all measures and gates."""
    questions: tuple[Answer, ...] = ()
    """The competency questions with the graph's answers."""
    reviews: Reviews | None = None
    """Judgements by people; None if the records were not read."""
    prose: Mapping[str, float] = field(default_factory=dict)
    """Readability of definitions by name: proxies, never part of a measure."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """IRI of each concept that has evidence → the worst verdict on it: ``passed``, ``failed``, ``timed-out``, ``unverified``,
    ``stale``."""
    proofs: tuple[Evidence, ...] = ()
    """All pieces of evidence, by path and line."""
    look: Look = field(default_factory=Look)
    """Changes to the appearance of the site."""
    changes: tuple[Change, ...] = ()
    """The latest changes, newest first: those since the last snapshot, then by the first snapshot with the change."""
    history: tuple[Snapshot, ...] = ()
    """Earlier states, oldest first, as recorded by `kg snapshot`."""
    suggestions: tuple[Suggestion, ...] = ()
    """Suggested associations, strongest first; at most a few for each concept."""
    suggestion_caps: tuple[str, ...] = ()
    """The limits that reduced the number of suggestions, in words."""
    planned: frozenset[str] = frozenset()
    """IRIs of plans and tasks: work on the knowledge, not part of it; no measure counts them."""
    covers: bool = False
    """Whether there is something to cover: a scope list, a competency question or a depth that somebody asks for."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Concept id → digest of its notes, for the next snapshot."""
    blocks: Mapping[str, int] = field(default_factory=dict)
    """Kind of a block → how many the notes have, for acceptance."""
    skos: SkosData = field(default_factory=SkosData)
    """What SKOS says of concepts beyond labels and relations; its schemes and collections."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to publish: path below the output folder, and its bytes."""

    path: str
    data: bytes
    kept: bool = False
    """Whether this is the file of the last output, unchanged; `data` is then empty."""


def used_measures(assessment: Assessment) -> list[Measure]:
    """Return the measures that somebody uses: their value is known, or a target, a gate or a claim asks for one."""
    asked = {*assessment.gates, *assessment.claimed}
    return [m for m in assessment.measures if m.value is not None or m.target is not None or m.name in asked]


def has_coverage(assessment: Assessment) -> bool:
    """Return whether there is something to cover; see `Assessment.covers`."""
    depths = any(m.name.partition(".")[0] == "theory_depth" for m in used_measures(assessment))
    return bool(assessment.lists or assessment.questions or depths)
