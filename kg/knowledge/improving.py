"""The edits that raise `concept_association` most, from all that is proposed for the notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.knowledge.suggesting import proposals_of, suggestions_of
from kg.model import Concept, Suggestion

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase
    from kg.metrics.edits import AssociationCount, AssociationEdit, AssociationState

_MENTIONS: Final = 5
"""Number of suggestions without a statement that are considered for each concept."""
_LEAST: Final = 0.2
_RELATED: Final = "related"


class ProposedEdit(NamedTuple):
    """An edit with the suggestion that it makes true."""

    suggestion: Suggestion
    key: str
    """Key of the relation."""
    target: str
    """The name by which the target is linked."""
    gain: int
    """How many more criteria are met, over all concepts."""
    after: AssociationCount


class Improvement(NamedTuple):
    """What can be done about `concept_association`."""

    now: AssociationCount
    edits: tuple[ProposedEdit, ...]
    """The edits that raise it most, each after those before it."""
    lacking: tuple[tuple[Concept, tuple[str, ...], ProposedEdit | None], ...]
    """Each concept that lacks something, what that is, and the edit that raises the measure most among those that supply it."""


def find_improvements(base: KnowledgeBase, most: int) -> Improvement:
    """Find the `most` edits that raise the measure most, and what each concept lacks. Writes nothing."""
    # start time: only these commands need it
    from kg.knowledge.running import without_collector
    from kg.metrics.edits import best_edits, cheapest_edits

    with without_collector():
        state = association_state(base)
        present = state.count()
        candidates = {s.id: s for s in candidate_suggestions(base)}
        edits = [edit for s in candidates.values() if (edit := as_edit(base, s)) is not None]
        lacks = [(iri, state.lacks(iri)) for iri in state.nodes]
        cheapest = cheapest_edits(state, edits)
        single = {iri: _proposed(base, candidates[e.name], state.gain(e), present) for iri, e in cheapest.items()}
        ranked = best_edits(state, edits, most)
        chosen = [_proposed(base, candidates[r.edit.name], r.after.met - r.before.met, r.after) for r in ranked]
        concepts = base.corpus.concepts
        lacking = [(concepts[iri], why, single.get(iri)) for iri, why in lacks if why and iri in concepts]
        return Improvement(present, tuple(chosen), tuple(lacking))


def association_state(base: KnowledgeBase) -> AssociationState:
    """What `concept_association` reads of a knowledge base."""
    # start time: only these commands need it
    from kg.graph.concepts import planned_concepts
    from kg.metrics.edits import AssociationState
    from kg.network.edges import stated_edges

    planned = planned_concepts(base.graph)
    network = base.network.subgraph([n for n in base.network.nodes if n not in planned])
    return AssociationState(stated_edges(network), base.relations, base.hierarchy)


def candidate_suggestions(base: KnowledgeBase) -> Iterator[Suggestion]:
    """Yield all that is proposed, also what is too weak to be shown: relations for links, broader concepts, missing ties."""
    yield from proposals_of(base, "type", limit=1000, least=0.0)
    yield from proposals_of(base, "hierarchy", limit=1000, least=_LEAST)
    for suggestion in suggestions_of(base, limit=_MENTIONS).rows(None):
        if suggestion.lane == "mention" or suggestion.score >= _LEAST:
            yield suggestion


def as_edit(base: KnowledgeBase, suggestion: Suggestion) -> AssociationEdit | None:
    """What a suggestion means for the measure; None for a relation between equal concepts of vocabularies."""
    # start time: only these commands need it
    from kg.metrics.edits import AssociationEdit

    relation = base.relations.get(suggestion.relation)
    kind = relation.kind if relation is not None else "associative"
    if kind == "mapping":
        return None
    return AssociationEdit(suggestion.source, suggestion.target, kind, suggestion.score, suggestion.id)


def relation_key(base: KnowledgeBase, suggestion: Suggestion) -> str:
    """Return the key by which a note states a suggestion; a missing tie becomes `related`."""
    relation = base.relations.get(suggestion.relation)
    return relation.key if relation is not None else _RELATED


def _proposed(base: KnowledgeBase, suggestion: Suggestion, gain: int, after: AssociationCount) -> ProposedEdit:
    target = base.corpus.concepts[suggestion.target]
    return ProposedEdit(suggestion, relation_key(base, suggestion), target.id, gain, after)


def sort_by_gain(base: KnowledgeBase, rows: Sequence[Suggestion]) -> list[Suggestion]:
    """Sort suggestions by what they add to the measure, then by score."""
    state = association_state(base)
    edits = {row.id: as_edit(base, row) for row in rows}

    def place(row: Suggestion) -> tuple[int, float, str]:
        edit = edits[row.id]
        return -(state.gain(edit) if edit is not None else 0), -row.score, row.id

    return sorted(rows, key=place)
