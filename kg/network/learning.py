"""Reading order: the best order of concepts, and the path from known concepts to a wanted one.

The vocabulary determines the order: the prerequisites of a concept come before it, then its broader concepts (kind, part,
instance of), then what it is built on: the end whose change affects it (``kg:impact``).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kg.base.names import DCTERMS, KG
from kg.model import Relation

NEEDED, ABOVE, BASE, TIED = range(4)
"""How one concept comes before another: it is required, it is broader, the other is built on it; or it is only associated."""
COSTS: Final = (2, 3, 4, 9)
"""What a step costs by its tier: a way along prerequisites is better than a short one along mere associations."""
BACK: Final = 7
"""What a step costs that leads from a concept to one that comes before it: to a part of something broader, say."""
_FIRST: Final = frozenset((DCTERMS + "requires", KG + "prerequisite"))
_THEN: Final = frozenset((DCTERMS + "isRequiredBy", KG + "prerequisiteOf"))


class Tie(NamedTuple):
    """A relation as a reader meets it: `first` is best known before `then`."""

    first: str
    then: str
    tier: int
    relation: str
    forward: bool
    """Whether it is stated from `first` to `then`."""
    path: str
    line: int


class LearningStep(NamedTuple):
    """A concept on a path, and the tie that leads to it; None for a prerequisite that is only inserted."""

    concept: str
    tie: Tie | None
    needed_for: str = ""
    """The concept on the path that requires it; empty for the path itself."""


def tier_of(relation: Relation | None) -> tuple[int, bool]:
    """The tier of a relation, and whether its object is the one to be known first.

    >>> tier_of(None)
    (3, False)
    """
    if relation is None:
        return TIED, False
    family = {relation.iri, *relation.parents}
    if family & _FIRST:
        return NEEDED, True
    if family & _THEN:
        return NEEDED, False
    if relation.hierarchical:
        return ABOVE, relation.kind == "broader"
    if relation.impact:
        return BASE, relation.impact == "object"
    return TIED, False


def collect_ties(edges: Iterable[tuple[str, str, str, Mapping[str, Any]]], relations: Mapping[str, Relation]) -> list[Tie]:
    """The typed relations that authors stated, in order: edges as (source, target, relation, attributes)."""
    result = []
    known = {iri: tier_of(relation) for iri, relation in relations.items()}
    for source, target, key, data in edges:
        if not data.get("asserted", True) or not data.get("typed", True) or source == target:
            continue
        tier, object_first = known.get(key, (TIED, False))
        first, then = (target, source) if object_first else (source, target)
        result.append(Tie(first, then, tier, key, not object_first, str(data.get("path") or ""), int(data.get("line") or 0)))
    return sorted(result)


def reading_order(concepts: Collection[str], ties: Iterable[Tie], key: Mapping[str, tuple[object, ...]]) -> list[str]:
    """All concepts, each behind what it requires; as far as that allows, behind what is broader and what it is built on.

    Where relations run in a circle, those of the weakest tier in it give way. Of several that could come next, one with the
    same first member of its `key` as the last is taken, then the one with the least key.

    >>> def tie(a, b, tier=0): return Tie(a, b, tier, "", True, "", 0)
    >>> keys = {"a": ("x", 1), "b": ("y", 2), "c": ("x", 3), "d": ("x", 4)}
    >>> reading_order("abcd", [tie("d", "a"), tie("a", "b"), tie("b", "d", 2)], keys)
    ['c', 'd', 'a', 'b']
    """
    after: dict[int, dict[str, set[str]]] = {tier: defaultdict(set) for tier in (NEEDED, ABOVE, BASE)}
    for tie in ties:
        if tie.tier in after:
            after[tie.tier][tie.first].add(tie.then)
    return _ordered(sorted(concepts), after, key, BASE)


def _ordered(
    concepts: Sequence[str], after: Mapping[int, Mapping[str, set[str]]], key: Mapping[str, tuple[object, ...]], weakest: int
) -> list[str]:
    if weakest < NEEDED or len(concepts) < 2:
        return sorted(concepts, key=lambda c: (key[c], c))
    inside = set(concepts)
    following = {c: sorted({o for tier in range(weakest + 1) for o in after[tier].get(c, ()) if o in inside}) for c in concepts}
    # start time: networkx is only for those who walk a network
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(concepts)
    graph.add_edges_from((c, o) for c, others in following.items() for o in others)
    knot_of: dict[str, int] = {}
    knots: list[list[str]] = []
    for members in nx.strongly_connected_components(graph):
        for c in members:
            knot_of[c] = len(knots)
        knots.append(_ordered(sorted(members), after, key, weakest - 1) if len(members) > 1 else list(members))
    return list(_walk(knots, knot_of, following, key))


def _walk(
    knots: Sequence[Sequence[str]],
    knot_of: Mapping[str, int],
    following: Mapping[str, Sequence[str]],
    key: Mapping[str, tuple[object, ...]],
) -> Iterator[str]:
    """The concepts of a graph whose knots run in no circle, in a topological order that changes the subject seldom."""
    waiting = [0] * len(knots)
    behind: list[set[int]] = [{knot_of[o] for c in knot for o in following[c]} - {i} for i, knot in enumerate(knots)]
    for others in behind:
        for successor in others:
            waiting[successor] += 1
    ready: dict[object, list[tuple[object, str, int]]] = defaultdict(list)

    def put(i: int) -> None:
        first = knots[i][0]
        heapq.heappush(ready[key[first][0]], (key[first], first, i))

    for i, count in enumerate(waiting):
        if not count:
            put(i)
    subject: object = None
    while ready:
        if subject not in ready:
            subject = min(ready, key=lambda s: ready[s][0])
        _, _, i = heapq.heappop(ready[subject])
        if not ready[subject]:
            del ready[subject]
        yield from knots[i]
        for successor in sorted(behind[i]):
            waiting[successor] -= 1
            if not waiting[successor]:
                put(successor)


def find_way(ties: Sequence[Tie], start: Collection[str], target: str) -> list[LearningStep] | None:
    """The path from known concepts to a target, with the prerequisites of its steps; None where there is no path.

    It is the cheapest by `COSTS` and `BACK`; of equal ones that with the first names. What a known concept requires counts as
    known. With nothing known, the way is the concept itself with all that it requires.
    """
    needs: dict[str, list[Tie]] = defaultdict(list)
    around: dict[str, list[tuple[int, str, Tie]]] = defaultdict(list)
    for stated in ties:
        if stated.tier == NEEDED:
            needs[stated.then].append(stated)
        cost = COSTS[stated.tier]
        around[stated.first].append((cost, stated.then, stated))
        around[stated.then].append((cost if stated.tier == TIED else BACK, stated.first, stated))
    route = _cheapest(around, start, target) if start else [(target, None)]
    if route is None:
        return None
    at_hand = set(start)
    for concept in start:
        at_hand.update(_required(needs, concept, set()))
    at_hand.update(start)
    steps: list[LearningStep] = []
    learnt: set[str] = set()
    for concept, tie in route:
        if concept in learnt:
            continue  # a step before required it
        for other in _required(needs, concept, at_hand | {target}):
            at_hand.add(other)
            learnt.add(other)
            steps.append(LearningStep(other, None, concept))
        at_hand.add(concept)
        steps.append(LearningStep(concept, tie))
    return steps


def _required(needs: Mapping[str, Sequence[Tie]], concept: str, known: Collection[str]) -> list[str]:
    """What a concept requires, directly or by way of others, each behind what it requires itself; known ones left out."""
    required: list[str] = []
    seen = {concept, *known}
    stack: list[tuple[str, Iterator[Tie]]] = [(concept, iter(needs.get(concept, ())))]
    while stack:
        current, ahead = stack[-1]
        following = next((t.first for t in ahead if t.first not in seen), None)
        if following is None:
            stack.pop()
            if current != concept:
                required.append(current)
        else:
            seen.add(following)
            stack.append((following, iter(needs.get(following, ()))))
    return required


def _cheapest(
    around: Mapping[str, Sequence[tuple[int, str, Tie]]], known: Collection[str], target: str
) -> list[tuple[str, Tie | None]] | None:
    """Dijkstra's algorithm from all that is known; ties of cost are broken by name, so the way is always the same."""
    queue: list[tuple[int, str]] = sorted((0, c) for c in known)
    best: dict[str, tuple[int, str, Tie | None]] = dict.fromkeys(known, (0, "", None))
    done: set[str] = set()
    while queue:
        cost, concept = heapq.heappop(queue)
        if concept in done:
            continue
        done.add(concept)
        if concept == target:
            route: list[tuple[str, Tie | None]] = []
            while concept:
                _, before, tie = best[concept]
                route.append((concept, tie))
                concept = before
            return route[::-1]
        for step, other, tie in around.get(concept, ()):
            offer = (cost + step, concept, tie)
            if other not in done and (other not in best or offer < best[other]):
                best[other] = offer
                heapq.heappush(queue, (cost + step, other))
    return None
