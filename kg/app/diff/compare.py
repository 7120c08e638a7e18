"""Compares two states: matches concepts by IRI, id or name, then compares relations, definitions, measures and findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from kg.app.diff.state import BaseState, ScopeState, StatedRelation, Suppression
from kg.base.names import fold
from kg.corpus.foreign import list_foreign_changes
from kg.model import Concept, Finding

T = TypeVar("T")


class Renamed(NamedTuple):
    """A concept with another id, IRI or label; only the values that differ are set in the pairs."""

    before: Concept
    after: Concept


class Merged(NamedTuple):
    """A removed concept whose name now belongs to another concept."""

    before: Concept
    into: Concept


class Redefined(NamedTuple):
    """A changed definition; empty if it is missing in one state."""

    concept: Concept
    lang: str
    before: str
    after: str


class Restated(NamedTuple):
    """A changed property of a concept: type, layer, area or status."""

    concept: Concept
    fact: str
    before: str
    after: str


class ComparedRelation(NamedTuple):
    """A typed relation: ids, key and place."""

    subject: str
    key: str
    object: str
    place: str


class ForeignChange(NamedTuple):
    """A changed fact of a concept of another knowledge base; empty if it is missing in one state."""

    name: str
    """How notes name it: ``cncf:container``."""
    fact: str
    before: str
    after: str


class Changed(NamedTuple):
    """A measure before and after; None if it is unknown or wasn't measured."""

    name: str
    unit: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences between two states."""

    before: str
    after: str
    counts: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    """Numbers of concepts, relations and findings: (before, after) each."""
    added: tuple[Concept, ...]
    removed: tuple[Concept, ...]
    renamed: tuple[Renamed, ...]
    merged: tuple[Merged, ...]
    redefined: tuple[Redefined, ...]
    restated: tuple[Restated, ...]
    relations_added: tuple[ComparedRelation, ...]
    relations_removed: tuple[ComparedRelation, ...]
    foreign: tuple[ForeignChange, ...]
    """What has changed of concepts of other knowledge bases."""
    measures: tuple[Changed, ...]
    """The changed measures."""
    unchanged: tuple[Changed, ...]
    findings_new: tuple[Finding, ...]
    findings_fixed: tuple[Finding, ...]
    suppressions_new: tuple[Suppression, ...] = ()
    suppressions_removed: tuple[Suppression, ...] = ()
    """Both are empty if one of the states doesn't record suppressions."""
    topics_met: tuple[ScopeState, ...] = ()
    topics_lost: tuple[ScopeState, ...] = ()
    topics_open: tuple[ScopeState, ...] = ()
    """Topics of scope lists: covered now and not before; covered before and not now; new and not covered."""

    @property
    def nothing(self) -> bool:
        """Whether the two states are equal in everything that is compared."""
        return not any(
            (
                self.added,
                self.removed,
                self.renamed,
                self.merged,
                self.redefined,
                self.restated,
                self.relations_added,
                self.relations_removed,
                self.foreign,
                self.measures,
                self.findings_new,
                self.findings_fixed,
                self.suppressions_new,
                self.suppressions_removed,
                self.topics_met,
                self.topics_lost,
                self.topics_open,
            )
        )


def compare_states(a: BaseState, b: BaseState) -> Difference:
    """Compare two states.

    Concepts match by IRI; otherwise by id (the base IRI may have changed); otherwise if a removed and an added concept have the
    same preferred label, unique in both. A removed concept whose id or label is another label of a remaining concept was merged
    into it. Findings are compared by code, note and message, not by line.
    """
    same = _matches(a.concepts, b.concepts)
    gone = [c for iri, c in a.concepts.items() if iri not in same]
    merged = _merged(gone, b.concepts, set(same.values()))
    target = same | {m.before.iri: m.into.iri for m in merged}
    merged_iris = {m.before.iri for m in merged}
    pairs = [(a.concepts[old], b.concepts[new]) for old, new in same.items()]
    relations = {
        StatedRelation(target.get(r.subject, r.subject), r.key, target.get(r.object, r.object)): r for r in a.relations
    }
    new_relations = [r for r in b.relations if r not in relations]
    old_relations = [old for r, old in relations.items() if r not in b.relations and r.subject != r.object]
    measures = _measures(a, b)
    moved = {x.path: y.path for x, y in pairs}
    findings_new, findings_fixed = _findings(a.findings, b.findings, moved)
    suppressions_new, suppressions_removed = _suppressions(a.suppressions, b.suppressions, moved)
    met, lost, still_open = _topics(a.topics, b.topics)
    return Difference(
        before=a.name,
        after=b.name,
        counts=(
            (len(a.concepts), len(b.concepts)),
            (len(a.relations), len(b.relations)),
            (len(a.findings), len(b.findings)),
        ),
        added=tuple(c for iri, c in b.concepts.items() if iri not in set(same.values())),
        removed=tuple(c for c in gone if c.iri not in merged_iris),
        renamed=tuple(Renamed(x, y) for x, y in pairs if (x.id, dict(x.labels)) != (y.id, dict(y.labels))),
        merged=merged,
        redefined=tuple(
            Redefined(y, lang, x.definitions.get(lang, ""), y.definitions.get(lang, ""))
            for x, y in pairs
            for lang in sorted({*x.definitions, *y.definitions})
            if x.definitions.get(lang, "") != y.definitions.get(lang, "")
        ),
        restated=tuple(
            Restated(y, fact, getattr(x, fact), getattr(y, fact))
            for x, y in pairs
            for fact in ("type", "layer", "area", "status")
            if getattr(x, fact) != getattr(y, fact)
        ),
        relations_added=_named(new_relations, b),
        relations_removed=_named(old_relations, a),
        foreign=tuple(
            ForeignChange(after.name, change.fact, change.before, change.after)
            for iri, before in a.foreign.items()
            if (after := b.foreign.get(iri)) is not None
            for change in list_foreign_changes(before, after)
        ),
        measures=tuple(m for m in measures if m.before != m.after),
        unchanged=tuple(m for m in measures if m.before == m.after),
        findings_new=findings_new,
        findings_fixed=findings_fixed,
        suppressions_new=suppressions_new,
        suppressions_removed=suppressions_removed,
        topics_met=met,
        topics_lost=lost,
        topics_open=still_open,
    )


def _topics(
    a: Mapping[str, ScopeState] | None, b: Mapping[str, ScopeState] | None
) -> tuple[tuple[ScopeState, ...], tuple[ScopeState, ...], tuple[ScopeState, ...]]:
    """Topics that are covered now, that are no more, and new ones that are not; nothing if either side is unknown."""
    if a is None or b is None:
        return (), (), ()
    met = tuple(t for iri, t in b.items() if t.met and not (iri in a and a[iri].met))
    lost = tuple(b.get(iri, t) for iri, t in a.items() if t.met and not (iri in b and b[iri].met))
    return met, lost, tuple(t for iri, t in b.items() if not t.met and iri not in a)


def _matches(a: Mapping[str, Concept], b: Mapping[str, Concept]) -> dict[str, str]:
    """IRI in the first state → IRI of the same concept in the second."""
    same = {iri: iri for iri in a if iri in b}
    taken = set(same)
    by_id = {c.id: iri for iri, c in b.items() if iri not in taken}
    for iri, concept in a.items():
        if iri not in same and concept.id in by_id:
            same[iri] = by_id.pop(concept.id)
    taken = set(same.values())
    old, new = _by_label(c for i, c in a.items() if i not in same), _by_label(c for i, c in b.items() if i not in taken)
    for label, before in old.items():
        after = new.get(label, ())
        if len(before) == len(after) == 1 and before[0].iri not in same and after[0].iri not in taken:
            same[before[0].iri] = after[0].iri
            taken.add(after[0].iri)
    return same


def _by_label(concepts: Iterable[Concept]) -> dict[tuple[str, str], list[Concept]]:
    by_label: dict[tuple[str, str], list[Concept]] = defaultdict(list)
    for concept in concepts:
        for lang, label in concept.labels.items():
            by_label[lang, fold(label)].append(concept)
    return by_label


def _merged(gone: list[Concept], after: Mapping[str, Concept], stayed: set[str]) -> tuple[Merged, ...]:
    names: dict[str, list[Concept]] = defaultdict(list)
    for iri, concept in after.items():
        if iri in stayed:
            for text, _ in concept.alt_labels:
                names[fold(text)].append(concept)
    merged = []
    for concept in gone:
        for name in (*concept.labels.values(), concept.id):
            into = {c.iri: c for c in names.get(fold(name), ())}
            if len(into) == 1:
                merged.append(Merged(concept, next(iter(into.values()))))
                break
    return tuple(merged)


def _named(relations: Iterable[StatedRelation], state: BaseState) -> tuple[ComparedRelation, ...]:
    """Relations of a state with the ids of their concepts."""

    def name(iri: str) -> str:
        concept, foreign = state.concepts.get(iri), state.foreign.get(iri)
        if concept is not None:
            return concept.id
        return foreign.name if foreign is not None else iri

    return tuple(sorted(ComparedRelation(name(r.subject), r.key, name(r.object), state.relations[r]) for r in relations))


def _measures(a: BaseState, b: BaseState) -> list[Changed]:
    result = []
    for name in dict.fromkeys((*b.measures, *a.measures)):
        before, after = a.measures.get(name), b.measures.get(name)
        unit = (after or before or (None, "share"))[1]
        result.append(Changed(name, unit, before[0] if before else None, after[0] if after else None))
    return result


def _findings(
    a: tuple[Finding, ...], b: tuple[Finding, ...], moved: Mapping[str, str]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """New and fixed findings. If a finding occurs twice and then once, it is fixed once."""

    def key(finding: Finding) -> Hashable:
        return finding.code, moved.get(finding.path, finding.path), finding.message

    return _beyond(b, a, key), _beyond(a, b, key)


def _suppressions(
    a: tuple[Suppression, ...] | None, b: tuple[Suppression, ...] | None, moved: Mapping[str, str]
) -> tuple[tuple[Suppression, ...], tuple[Suppression, ...]]:
    """New and removed suppressions, compared by code, reason and scope, not by line."""

    def key(item: Suppression) -> Hashable:
        return moved.get(item.path, item.path), item.codes, item.reason, item.whole

    return ((), ()) if a is None or b is None else (_beyond(b, a, key), _beyond(a, b, key))


def _beyond(items: tuple[T, ...], others: tuple[T, ...], key: Callable[[T], Hashable]) -> tuple[T, ...]:
    """The multiset difference of `items` and `others`."""
    left = Counter(map(key, others))
    kept = []
    for item in items:
        if left[key(item)] > 0:
            left[key(item)] -= 1
        else:
            kept.append(item)
    return tuple(kept)
