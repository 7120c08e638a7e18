"""Reading order: the best order of concepts, and the path from known concepts to a target.

The vocabulary determines the order. Before a concept come its prerequisites, then its broader concepts (kind, part,
instance of), then the concepts whose change affects it (``kg:impact``).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from kg.base.names import DCTERMS, KG
from kg.model import NetworkEdge, Relation

NEEDED, ABOVE, BASE, TIED = range(4)
"""Tiers: the first concept is required, or broader, or the other one is built on it; or they are only associated."""
COSTS: Final = (2, 3, 4, 9)
"""Cost of a step by tier: a path over prerequisites is better than a short one over associations."""
BACK: Final = 7
"""Cost of a step from a concept to one that precedes it, such as from a whole to a part."""
_FIRST: Final = frozenset((DCTERMS + "requires", KG + "prerequisite"))
_THEN: Final = frozenset((DCTERMS + "isRequiredBy", KG + "prerequisiteOf"))


class Tie(NamedTuple):
    """A relation between two concepts in reading order: `first` before `then`."""

    first: str
    then: str
    tier: int
    relation: str
    forward: bool
    """Whether it is stated from `first` to `then`."""
    path: str
    line: int


class LearningStep(NamedTuple):
    """A concept on a path, and the relation from the previous one; None for a prerequisite that is only inserted."""

    concept: str
    tie: Tie | None
    needed_for: str = ""
    """The concept on the path that requires it; empty for the path itself."""
    need: Tie | None = None
    """Which relation requires it: that of `needed_for`, or of another prerequisite of it."""


def tier_of(relation: Relation | None) -> tuple[int, bool]:
    """Return the tier of a relation, and whether its object comes first.

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


def collect_ties(edges: Iterable[NetworkEdge], relations: Mapping[str, Relation]) -> list[Tie]:
    """Return the asserted typed relations, sorted, from the edges of a network."""
    result = []
    known = {iri: tier_of(relation) for iri, relation in relations.items()}
    for source, target, key, asserted, typed, path, line in edges:
        if not asserted or not typed or source == target:
            continue
        tier, object_first = known.get(key, (TIED, False))
        first, then = (target, source) if object_first else (source, target)
        result.append(Tie(first, then, tier, key, not object_first, path, line))
    return sorted(result)


def reading_order(concepts: Collection[str], ties: Iterable[Tie], key: Mapping[str, tuple[object, ...]]) -> list[str]:
    """Return all concepts, each after its prerequisites and, if possible, after its broader concepts and its foundations.

    In a cycle of relations, those of the weakest tier in it are ignored. If several concepts could come next, one whose `key`
    has the same first member as that of the last one is chosen, then the one with the least key.

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
    """Yield the concepts of an acyclic graph of components in a topological order with few changes of subject."""
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
    """Return the path from known concepts to a target, with the prerequisites of its steps; None if there is no path.

    The path is the cheapest by `COSTS` and `BACK`, of equally cheap ones the first by name. Prerequisites of a known concept
    count as known. If nothing is known, the path is the target with all its prerequisites.
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
        at_hand.update(other for other, _ in _required(needs, concept, set()))
    at_hand.update(start)
    steps: list[LearningStep] = []
    learnt: set[str] = set()
    for concept, tie in route:
        if concept in learnt:
            continue  # an earlier step required it
        for required, need in _required(needs, concept, at_hand | {target}):
            at_hand.add(required)
            learnt.add(required)
            steps.append(LearningStep(required, None, concept, need))
        at_hand.add(concept)
        steps.append(LearningStep(concept, tie))
    return steps


def _required(needs: Mapping[str, Sequence[Tie]], concept: str, known: Collection[str]) -> list[tuple[str, Tie]]:
    """Return the direct and indirect prerequisites of a concept in order, without known ones, with what requires them."""
    required: list[tuple[str, Tie]] = []
    seen = {concept, *known}
    stack: list[tuple[Tie | None, Iterator[Tie]]] = [(None, iter(needs.get(concept, ())))]
    while stack:
        need, ahead = stack[-1]
        following = next((t for t in ahead if t.first not in seen), None)
        if following is None:
            stack.pop()
            if need is not None:
                required.append((need.first, need))
        else:
            seen.add(following.first)
            stack.append((following, iter(needs.get(following.first, ()))))
    return required


def _cheapest(
    around: Mapping[str, Sequence[tuple[int, str, Tie]]], known: Collection[str], target: str
) -> list[tuple[str, Tie | None]] | None:
    """Run Dijkstra's algorithm from all known concepts; equal costs are ordered by name, so the path is deterministic."""
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
