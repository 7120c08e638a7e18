"""Coverage of topics from external sources: `theory_coverage` over the scope lists of a knowledge base."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import pyoxigraph as ox

from kg.base.names import KG
from kg.graph.scopes import scopes_in
from kg.metrics.nearby import NamesByWord
from kg.metrics.sections import missing_sections
from kg.metrics.subject import Subject
from kg.model import Concept, Measure, TopicList, TopicState

UNMAPPED = "no concept is mapped to it"


def topic_lists(subject: Subject) -> tuple[TopicList, ...]:
    """Return the scope lists with the state of each topic; docs/metrics.md, `theory_coverage`.

    A topic is met if an author mapped a concept to it (`kg:metBy`) that has a definition, a source and the sections
    that its type requires (`[sections]` in kg.toml). Concepts with a similar name are suggested and never count.
    """
    mapped: dict[str, list[str]] = defaultdict(list)
    for quad in subject.graph.store.quads_for_pattern(None, ox.NamedNode(KG + "metBy"), None, ox.DefaultGraph()):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            mapped[quad.subject.value].append(quad.object.value)
    scope_lists = scopes_in(subject.graph.store)
    concepts = subject.corpus.concepts
    names = NamesByWord(concepts) if scope_lists else None

    def missing(concept: Concept) -> list[str]:
        wanted = subject.settings.sections.get(concept.type, ())
        return missing_sections(subject.parts(concept), wanted) if wanted else []

    result = []
    for scope in scope_lists:
        states = []
        for topic in scope.topics:
            iris = tuple(sorted(mapped.get(topic.iri, ())))
            lacks = _lacks(iris, concepts, missing)
            near = names.near(topic.labels.values(), iris) if names and UNMAPPED in lacks else ()
            states.append(TopicState(topic.iri, topic.label, topic.notation, iris, lacks, near, labels=topic.labels))
        result.append(
            TopicList(scope.iri, scope.key, scope.title, scope.area, scope.edition, scope.source, scope.checked, tuple(states))
        )
    return tuple(result)


def theory_coverage(lists: tuple[TopicList, ...], target: float | None, floor: float | None = None) -> Measure:
    """Return met topics / topics over all checked scope lists, all with equal weight; docs/metrics.md, `theory_coverage`.

    Parts are the lists; with a `floor`, each list must reach it, and so must each area, the union of its lists. Lists whose
    source could not be checked are excluded and named in the note. Without a list, the value is unknown.
    """
    met = total = 0
    parts: dict[str, tuple[float, float]] = {}
    reasons: dict[str, tuple[str, ...]] = {}
    names: dict[str, str] = {}
    unchecked = []
    for topic_list in lists:
        title = topic_list.title.get("en") or next(iter(topic_list.title.values()), topic_list.iri)
        if not topic_list.checked:
            unchecked.append(title)
            continue
        for topic in topic_list.topics:
            if topic.lacks:
                reasons[topic.iri] = topic.lacks
                names[topic.iri] = f"{topic_list.key}: {topic.label}"
        parts[f"{title} ({topic_list.key})" if title in parts else title] = (topic_list.met, len(topic_list.topics))
        met += topic_list.met
        total += len(topic_list.topics)
    note = "" if total else "there is no scope list under ontology/scope/"
    if unchecked:
        note = (note + "; " if note else "") + "not counted, source unchecked: " + ", ".join(unchecked)
    return Measure(
        "theory_coverage",
        numerator=met,
        denominator=total,
        target=target,
        offenders=tuple(reasons),
        reasons=reasons,
        note=note,
        parts=parts,
        floor=floor,
        names=names,
    )


def _lacks(iris: tuple[str, ...], concepts: Mapping[str, Concept], missing: Callable[[Concept], list[str]]) -> tuple[str, ...]:
    """Return why no concept meets a topic; empty if one does."""
    if not iris:
        return (UNMAPPED,)
    reasons = []
    for iri in iris:
        concept = concepts.get(iri)
        if concept is None:
            reasons.append(f"there is no concept {iri}")
        elif not concept.definitions:
            reasons.append(f"{concept.id} has no definition")
        elif not concept.sources:
            reasons.append(f"{concept.id} has no source")
        elif sections := missing(concept):
            reasons.append(f"{concept.id} has no section {', '.join(sections)}")
        else:
            return ()
    return tuple(reasons)
