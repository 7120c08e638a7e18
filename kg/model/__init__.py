"""The data types of kg as immutable values: notes, resolved links, measures and findings."""

from kg.model.assessment import Artifact, Assessment, Change, Snapshot, has_coverage, used_measures
from kg.model.corpus import Ambiguous, Assertion, Broken, Concept, Corpus, Resolution, Resolved, ResolvedLink, Unseen, text_in
from kg.model.evidence import (
    EVIDENCE_LANGUAGES,
    PROVERS,
    VERDICTS,
    Evidence,
    EvidencePart,
    Trace,
    verdicts_by_concept,
    worst_verdict,
)
from kg.model.finding import Finding, Fix, Severity
from kg.model.look import Look
from kg.model.measure import (
    INNOVATIONS,
    MEASURES,
    Measure,
    format_value,
    is_measure,
    judged_by_people,
    percent,
    tenths,
    unit_of,
)
from kg.model.media import Medium
from kg.model.notes import Block, Edge, Fault, Heading, Ignore, Lang, Link, Note
from kg.model.relation import Impact, Relation
from kg.model.review import ClaimState, Innovation, Reviews
from kg.model.scope import Answer, BlindList, BlindMeasurement, NearConcept, TopicList, TopicState
from kg.model.structure import Community, ConceptMeasures, Gap, Hierarchy, NetworkEdge, PairMeasures, Sampling
from kg.model.suggestion import Lane, Reason, Suggestion

__all__ = [
    "EVIDENCE_LANGUAGES",
    "INNOVATIONS",
    "MEASURES",
    "PROVERS",
    "VERDICTS",
    "Ambiguous",
    "Answer",
    "Artifact",
    "Assertion",
    "Assessment",
    "BlindList",
    "BlindMeasurement",
    "Block",
    "Broken",
    "Change",
    "ClaimState",
    "Community",
    "Concept",
    "ConceptMeasures",
    "Corpus",
    "Edge",
    "Evidence",
    "EvidencePart",
    "Fault",
    "Finding",
    "Fix",
    "Gap",
    "Heading",
    "Hierarchy",
    "Ignore",
    "Impact",
    "Innovation",
    "Lane",
    "Lang",
    "Link",
    "Look",
    "Measure",
    "Medium",
    "NearConcept",
    "NetworkEdge",
    "Note",
    "PairMeasures",
    "Reason",
    "Relation",
    "Resolution",
    "Resolved",
    "ResolvedLink",
    "Reviews",
    "Sampling",
    "Severity",
    "Snapshot",
    "Suggestion",
    "TopicList",
    "TopicState",
    "Trace",
    "Unseen",
    "format_value",
    "has_coverage",
    "is_measure",
    "judged_by_people",
    "percent",
    "tenths",
    "text_in",
    "unit_of",
    "used_measures",
    "verdicts_by_concept",
    "worst_verdict",
]
