"""Which single edits raise `concept_association` most: the measure is computed again for each, not guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from kg.base.progress import begin_step, count_items
from kg.metrics.association import LACKS_ASSOCIATIVE, LACKS_BROADER, LACKS_COMPONENT, LACKS_TYPED, hierarchical_flags
from kg.model import Hierarchy, Relation
from kg.network.edges import StatedEdges
from kg.network.plain import find_set

CRITERIA = 4
"""Number of criteria of `concept_association`."""


class AssociationEdit(NamedTuple):
    """A relation that a note could state."""

    source: str
    """IRI of the concept whose note would state it."""
    target: str
    kind: Literal["broader", "narrower", "associative"]
    score: float
    """How well it is supported; of edits with the same gain, the best supported comes first."""
    name: str
    """The id of the suggestion; of equal edits, the first name counts."""


class AssociationCount(NamedTuple):
    """The measure in both forms."""

    met: int
    """Criteria met, over all concepts."""
    whole: int
    """Concepts that meet all criteria."""
    concepts: int

    @property
    def graded(self) -> float:
        """Mean share of criteria met; 0 without concepts.

        >>> AssociationCount(6, 1, 2).graded
        0.75
        """
        return self.met / (CRITERIA * self.concepts) if self.concepts else 0.0

    @property
    def share(self) -> float:
        """Share of concepts that meet all; 0 without concepts."""
        return self.whole / self.concepts if self.concepts else 0.0


class RankedEdit(NamedTuple):
    """An edit with what it changes, after the edits before it."""

    edit: AssociationEdit
    before: AssociationCount
    after: AssociationCount


class AssociationState:
    """What `concept_association` reads of a network, so that an edit can be tried and made."""

    def __init__(self, edges: StatedEdges, relations: Mapping[str, Relation], hierarchy: Hierarchy) -> None:
        self.nodes = edges.nodes
        self._number = {iri: i for i, iri in enumerate(edges.nodes)}
        n = len(edges.nodes)
        self._near: list[set[int]] = [set() for _ in range(n)]
        self._joined = [False] * n
        self._parent = list(range(n))
        self._size = [1] * n
        tops = {*hierarchy.tops, *hierarchy.anchored}
        self._placed = [node in tops or bool(hierarchy.parents.get(node)) for node in edges.nodes]
        hierarchical = hierarchical_flags(edges, relations)
        rows = zip(edges.sources.tolist(), edges.targets.tolist(), edges.typed.tolist(), hierarchical.tolist(), strict=True)
        for s, t, typed, of_hierarchy in rows:
            if typed:
                self._tie(s, t, associative=not of_hierarchy)
        self._main = self._find_main()

    def _find_main(self) -> int:
        """The representative of the largest component; of equal ones, that of the first node."""
        roots = [find_set(self._parent, i) for i in range(len(self.nodes))]
        return max(roots, key=self._size.__getitem__, default=-1)

    @property
    def _largest(self) -> int:
        return self._size[self._main] if self._main >= 0 else 0

    def _tie(self, s: int, t: int, *, associative: bool) -> None:
        self._near[s].add(t)
        self._near[t].add(s)
        if associative:
            self._joined[s] = self._joined[t] = True
        a, b = find_set(self._parent, s), find_set(self._parent, t)
        if a != b:
            self._parent[a] = b
            self._size[b] += self._size[a]

    def lacks(self, iri: str) -> tuple[str, ...]:
        """Return what a concept lacks, in the words of `concept_association`."""
        i = self._number[iri]
        largest = find_set(self._parent, i) == self._main and self._largest > 1
        criteria = (
            (len(self._near[i]) > 1, LACKS_TYPED),
            (self._joined[i], LACKS_ASSOCIATIVE),
            (largest, LACKS_COMPONENT),
            (self._placed[i], LACKS_BROADER),
        )
        return tuple(name for met, name in criteria if not met)

    def count(self) -> AssociationCount:
        """Return the measure now."""
        lacking = [len(self.lacks(iri)) for iri in self.nodes]
        return AssociationCount(CRITERIA * len(lacking) - sum(lacking), lacking.count(0), len(lacking))

    def gain(self, edit: AssociationEdit) -> int:
        """Return how many more criteria are met, over all concepts, if an edit is made."""
        s, t = self._number.get(edit.source, -1), self._number.get(edit.target, -1)
        if min(s, t) < 0 or s == t:
            return 0
        gained = 0
        if t not in self._near[s]:
            gained += (len(self._near[s]) == 1) + (len(self._near[t]) == 1)
        if edit.kind == "associative":
            gained += (not self._joined[s]) + (not self._joined[t])
        else:
            gained += not self._placed[s if edit.kind == "broader" else t]
        a, b = find_set(self._parent, s), find_set(self._parent, t)
        if a != b:
            largest = max(self._largest, self._size[a] + self._size[b])
            gained += largest - (self._largest if self._largest > 1 else 0)
        return gained

    def __contains__(self, iri: str) -> bool:
        """Whether the measure counts a concept."""
        return iri in self._number

    def supplies(self, edit: AssociationEdit, iri: str) -> bool:
        """Return whether an edit supplies something that one of its concepts lacks."""
        i, partner = self._number[iri], self._number.get(edit.target if edit.source == iri else edit.source, -1)
        if partner < 0:
            return False
        child = edit.source if edit.kind == "broader" else edit.target
        return (
            (len(self._near[i]) < 2 and partner not in self._near[i])
            or (edit.kind == "associative" and not self._joined[i])
            or (edit.kind != "associative" and child == iri and not self._placed[i])
            or find_set(self._parent, i) != find_set(self._parent, partner)
        )

    def make(self, edit: AssociationEdit) -> None:
        """Make an edit."""
        s, t = self._number[edit.source], self._number[edit.target]
        self._tie(s, t, associative=edit.kind == "associative")
        if edit.kind != "associative":
            self._placed[s if edit.kind == "broader" else t] = True
        self._main = self._find_main()


def best_edits(state: AssociationState, edits: Iterable[AssociationEdit], most: int) -> list[RankedEdit]:
    """Return the edits that raise the measure most, each after those before it; `state` is changed by them.

    Each of them is the best one at its place (greedy choice). Edits that raise nothing are left out, as are further edits of a
    pair.
    """
    left = sorted(edits, key=lambda e: (-e.score, e.name))
    chosen: list[RankedEdit] = []
    before = state.count()
    with begin_step("choosing edits", most) as choosing:
        while left and len(chosen) < most:
            # Of equal gains, the first and best supported.
            best = max(left, key=state.gain)
            if not state.gain(best):
                break
            state.make(best)
            after = state.count()
            chosen.append(RankedEdit(best, before, after))
            before = after
            pair = {best.source, best.target}
            left = [e for e in left if {e.source, e.target} != pair]
            choosing.advance()
    return chosen


def cheapest_edits(state: AssociationState, edits: Sequence[AssociationEdit]) -> dict[str, AssociationEdit]:
    """Return for each concept that lacks something the edit that gains most for the whole, if it supplies what it lacks."""
    best: dict[str, tuple[int, float, AssociationEdit]] = {}
    ordered = sorted(edits, key=lambda e: (-e.score, e.name))
    with begin_step("weighing edits", len(ordered)):
        gains = [state.gain(edit) for edit in count_items(ordered)]
    for edit, gain in zip(ordered, gains, strict=True):
        for iri in (edit.source, edit.target):
            if gain and iri in state and state.supplies(edit, iri) and (iri not in best or (gain, edit.score) > best[iri][:2]):
                best[iri] = (gain, edit.score, edit)
    return {iri: best[iri][2] for iri in state.nodes if iri in best}
