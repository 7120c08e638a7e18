"""The depth of notes on the topics of a reference syllabus: `theory_depth.<area>`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from kg.metrics.sections import has_section, names_conditions, names_one
from kg.metrics.subject import Subject
from kg.model import Concept, Measure, TopicList, TopicState

DEEPEST: Final = 5
NEXT: Final = (
    "a concept mapped to it with a definition and a source",
    "a formal statement: a formula that states a relation, or a formal definition",
    "a theorem or algorithm that names the topic, stated with its conditions",
    "a proof that names the topic, or a worked analysis with limits that name it",
    "a Coq theorem or a model that 'kg verify' has passed, with a claim that names the topic",
)
"""The requirement of each level, from level 1 on."""

# A formula that states something instead of only a name: it contains a relation sign.
_RELATION: Final = re.compile(
    r"[=<>≤≥≠∈⊆⇒→↔∀∃≡]|\\(?:le|leq|ge|geq|ne|neq|in|subseteq|subset|forall|exists|Rightarrow|implies|iff|to|equiv|models|vdash|prec|sim|approx|mapsto|Leftrightarrow)\b"
)
_FORMAL: Final = ("coq", "smv", "tla", "tlaplus", "lean", "isabelle", "alloy", "agda", "promela")


def level(subject: Subject, concept: Concept, topic: Iterable[str] = (), *, trusting: bool = True) -> int:
    """Return the highest level, 0 to 5, that a concept reaches on a topic with some names; docs/metrics.md defines them.

    1: definition with source. 2: formal statement: a formula with a relation sign, a block in a formal language, or a section
    "formal definition". 3: a section "theorem", "algorithm" or similar that states its conditions. 4: in addition a proof,
    or a worked analysis with a section on its limits. 5: evidence of a theorem prover or model checker that passed. The
    theorem of level 3, the proof or limits of level 4 and the claim of level 5 contain a name of the topic or of the concept.
    Without definition and source the level is 0. Unless `trusting`, committed verdicts that were not checked on this machine
    don't count.
    """
    if not concept.definitions or not concept.sources:
        return 0
    trusting = trusting or subject.settings.trust_committed
    names = (*topic, *concept.labels.values(), *(text for text, _ in concept.alt_labels))
    verdicts = [e for e in subject.evidence_of.get(concept.iri, ()) if e.machine_checked and (trusting or not e.committed)]
    if any(names_one(e.claims, names) for e in verdicts):
        return 5
    parts = subject.parts(concept)
    if (names_conditions(parts) and has_section(parts, "proof", naming=names)) or (
        has_section(parts, "analysis") and has_section(parts, "limits", naming=names)
    ):
        return 4
    if names_conditions(parts, names):
        return 3
    blocks = [b for path in subject.paths(concept) for b in subject.corpus.notes[path].blocks]
    formal = any((b.kind == "math" and _RELATION.search(b.text)) or b.language in _FORMAL for b in blocks)
    return 2 if formal or has_section(parts, "formal") else 1


def with_depth(subject: Subject, lists: tuple[TopicList, ...]) -> tuple[TopicList, ...]:
    """Return the lists, with the level of each topic in those that are the reference of an area."""
    reference = {key: area for area, key in subject.settings.depth.items()}
    return tuple(_measured(subject, found, reference[found.key]) if found.key in reference else found for found in lists)


def _measured(subject: Subject, topic_list: TopicList, area: str) -> TopicList:
    topics = []
    for topic in topic_list.topics:
        known = [subject.corpus.concepts[iri] for iri in topic.concepts if iri in subject.corpus.concepts]
        reached = max((level(subject, concept, _names(topic)) for concept in known), default=0)
        reviewed = any(concept.id in subject.reviews.approved for concept in known)
        topics.append(topic._replace(level=reached, next=NEXT[reached : reached + 1], reviewed=reviewed))
    return replace(topic_list, topics=tuple(topics), reference_of=area)


def _without_committed(subject: Subject, topic: TopicState) -> int:
    """Return the level of a topic without committed verdicts."""
    concepts = [subject.corpus.concepts[iri] for iri in topic.concepts if iri in subject.corpus.concepts]
    return max((level(subject, concept, _names(topic), trusting=False) for concept in concepts), default=0)


def _names(topic: TopicState) -> tuple[str, ...]:
    return topic.label, *topic.labels.values()


def theory_depth(subject: Subject, lists: tuple[TopicList, ...]) -> tuple[Measure, ...]:
    """Return Σ level / (5 · topics) over the reference list of each area; docs/metrics.md, `theory_depth.<area>`.

    An area is measured if `[depth]` in kg.toml names its list, and unknown if only a target is set. The number of topics
    approved by an expert is a diagnostic: it is shown beside the level and doesn't affect it.
    """
    targets = subject.settings.targets
    asked = {name.partition(".")[2] for name in targets if name.startswith("theory_depth.")}
    by_area = {topic_list.reference_of: topic_list for topic_list in lists if topic_list.reference_of}
    result = []
    for area in sorted({*subject.settings.depth, *asked}):
        name = f"theory_depth.{area}"
        topic_list = by_area.get(area)
        if topic_list is None or not topic_list.topics or not topic_list.checked:
            key = subject.settings.depth.get(area)
            note = f"no reference list is named: [depth] {area} = …" if key is None else f"there is no checked list {key}"
            result.append(Measure(name, 0, 0, targets.get(name), note=note))
            continue
        short = {t.iri: (f"level {t.level}", f"next: {t.next[0]}") for t in topic_list.topics if t.level < DEEPEST}
        counts = {f"level_{n}": sum(t.level == n for t in topic_list.topics) for n in range(DEEPEST + 1)}
        result.append(
            Measure(
                name,
                sum(t.level for t in topic_list.topics),
                DEEPEST * len(topic_list.topics),
                targets.get(name),
                tuple(short),
                short,
                diagnostics={**counts, "expert_approved": sum(t.reviewed for t in topic_list.topics)},
                names={t.iri: f"{topic_list.key}: {t.label}" for t in topic_list.topics if t.level < DEEPEST},
                committed=sum(
                    subject.committed(iri, proofs=True) for iri in {iri for t in topic_list.topics for iri in t.concepts}
                ),
                # Only the deepest level rests on verdicts.
                resting=sum(DEEPEST - _without_committed(subject, t) for t in topic_list.topics if t.level == DEEPEST),
            )
        )
    return tuple(result)
