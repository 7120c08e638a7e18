"""What one build measured and found, what is known of earlier ones, and the files to publish."""

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
from kg.model.scope import Answer, TopicList
from kg.model.structure import Community, ConceptMeasures, Gap, Hierarchy, PairMeasures, Sampling
from kg.model.suggestion import Suggestion

if TYPE_CHECKING:
    import networkx as nx


class Snapshot(NamedTuple):
    """One row of history."""

    time: str
    commit: str
    """The git revision, empty where there is none."""
    measures: Mapping[str, float | None]
    counts: Mapping[str, int]
    """``notes``, ``concepts``, ``typed``, ``untyped``, ``findings-error`` and the like."""


class Change(NamedTuple):
    """A change of a concept; lists hold the newest first."""

    kind: str
    """``new``, ``changed`` or ``removed``."""
    id: str
    date: str
    """The day of the first snapshot that shows it; empty for a change after the last snapshot."""


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
    """The value that the team claims for a measure; shown beside the measured one, never instead of it."""
    pairs: tuple[PairMeasures, ...] = ()
    """Unlinked concepts with the strongest shared neighbourhood, by Adamic–Adar."""
    gaps: tuple[Gap, ...] = ()
    """Pairs of communities with similar terms and few ties, widest gap first."""
    sampled: tuple[Sampling, ...] = ()
    """Measures that were estimated; all others are exact."""
    remembered: Mapping[str, int] = field(default_factory=dict)
    """Id of each concept of the last snapshot → index of its community then; empty where there is none."""
    gates: Mapping[str, float] = field(default_factory=dict)
    """The value that each gate enforces, by measure."""
    lists: tuple[TopicList, ...] = ()
    """The scope lists, topic by topic."""
    questions: tuple[Answer, ...] = ()
    """The competency questions and how the graph answers them."""
    reviews: Reviews | None = None
    """What people have judged; None where it was not read."""
    prose: Mapping[str, float] = field(default_factory=dict)
    """Readability of definitions by name: proxies, never part of a measure."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """IRI of each concept that has evidence → the worst verdict on it: ``passed``, ``failed``, ``timed-out``, ``unverified``,
    ``stale``."""
    proofs: tuple[Evidence, ...] = ()
    """All pieces of evidence, by path and line."""
    look: Look = field(default_factory=Look)
    """How the site looks where it differs from kg's default."""
    changes: tuple[Change, ...] = ()
    """The latest changes, newest first: those since the last snapshot, then by the first snapshot that shows them."""
    history: tuple[Snapshot, ...] = ()
    """Earlier states, oldest first, as `kg snapshot` recorded them."""
    suggestions: tuple[Suggestion, ...] = ()
    """Associations that seem to be missing, the strongest first; at most a few for each concept."""
    suggestion_caps: tuple[str, ...] = ()
    """Limits that cut suggestions off, in words."""
    planned: frozenset[str] = frozenset()
    """IRIs of the concepts that are plans and tasks: work on the knowledge, not part of it; no measure counts them."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to publish: path below the output folder, and its bytes."""

    path: str
    data: bytes
