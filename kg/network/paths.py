"""Connections of concepts: the shortest paths between two concepts, and the effects of a change."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice, pairwise
from typing import Final, NamedTuple

from kg.model import Relation
from kg.network.around import Reach, Statement, StatementsByConcept

PATHS = 5
LONGEST = 4
"""Maximum steps of a path: longer ones connect almost any two concepts and explain nothing."""

_FEW: Final = 16  # number of pairs in the first chunk
_ROUNDING: Final = 1e-9

_Route = tuple[str, ...]


class PathStep(NamedTuple):
    """A step of a path from `source` to `target`, in either direction of its statements."""

    source: str
    target: str
    statements: tuple[Statement, ...]
    """The asserted typed ones; else plain links and inferred ones; else suggestions. At least one."""


class Meeting(NamedTuple):
    """A concept that is connected with two others, with the number of steps from each."""

    concept: str
    first: int
    second: int


class Affected(NamedTuple):
    """A concept that a change affects."""

    concept: str
    level: int
    """1 if it depends on the changed concept directly."""
    statements: tuple[Statement, ...]
    """The reason: its statements with concepts one level nearer to the change."""


def find_paths(
    around: StatementsByConcept, source: str, target: str, *, limit: int = PATHS
) -> tuple[tuple[PathStep, ...], ...]:
    """Return up to `limit` shortest simple paths of at most four steps, in either direction.

    Paths of asserted relations come first, then those with plain links; a plain link between the two concepts
    themselves is always included. Of equally long paths, the one through less connected concepts comes first: hubs
    explain little. If there is no asserted path, the shortest ones with inferred statements are returned; if there
    are none, those with suggestions. Inferred or suggested statements between the two themselves are added beyond the limit.

    >>> import networkx as nx
    >>> from kg.network.around import Projected
    >>> g = nx.MultiDiGraph()
    >>> _ = g.add_edge("a", "b", "uses", asserted=True, typed=True)
    >>> _ = g.add_edge("c", "b", "uses", asserted=True, typed=True)
    >>> [[(s.source, s.target, s.statements[0].subject) for s in path] for path in find_paths(Projected(g), "a", "c")]
    [[('a', 'b', 'a'), ('b', 'c', 'c')]]
    """
    if source == target:
        return ()
    routes = _written(around, source, target, limit)
    reach = Reach.WRITTEN
    while not routes and reach < Reach.SUGGESTED:
        reach = Reach(reach + 1)
        # Inferred statements connect most concepts in many ways: only the shortest paths are informative.
        _, shortest = next(groupby(_search(around, reach, source, target), len), (0, iter(())))
        routes = list(islice(shortest, limit))
    if (source, target) not in routes and around.between(source, target, Reach.SUGGESTED):
        routes.append((source, target))
    return tuple(tuple(_step(around, a, b) for a, b in pairwise(path)) for path in routes)


def _written(around: StatementsByConcept, source: str, target: str, limit: int) -> list[_Route]:
    """Return the paths of asserted statements."""

    def typed(a: str, b: str) -> bool:
        return b in around.neighbours(a, Reach.TYPED)

    routes = list(islice(_search(around, Reach.TYPED, source, target), limit))
    if len(routes) < limit:
        every = _search(around, Reach.WRITTEN, source, target)
        routes += islice((p for p in every if not all(typed(a, b) for a, b in pairwise(p))), limit - len(routes))
    elif target in around.neighbours(source, Reach.WRITTEN) and not typed(source, target):
        routes[-1] = (source, target)
    return routes


def find_meetings(around: StatementsByConcept, first: str, second: str, limit: int = PATHS) -> tuple[Meeting, ...]:
    """Return the concepts nearest to both concepts over asserted statements, in either direction; empty if unconnected.

    >>> import networkx as nx
    >>> from kg.network.around import Projected
    >>> g = nx.MultiDiGraph([("a", "b"), ("b", "c"), ("d", "c")])
    >>> find_meetings(Projected(g), "a", "d", 2)
    (Meeting(concept='c', first=2, second=1), Meeting(concept='b', first=1, second=2))
    """
    from_first, from_second = {first: 0}, {second: 0}
    first_front, second_front = [first], [second]
    # Extend both in turn while they are disjoint: if nothing connects them, the smaller part of the network is exhausted first.
    while first_front and second_front and from_first.keys().isdisjoint(from_second):
        if len(first_front) <= len(second_front):
            first_front = _grow(around, from_first, first_front)
        else:
            second_front = _grow(around, from_second, second_front)
    if from_first.keys().isdisjoint(from_second):
        return ()
    while first_front:
        first_front = _grow(around, from_first, first_front)
    while second_front:
        second_front = _grow(around, from_second, second_front)
    common = [Meeting(c, d, from_second[c]) for c, d in from_first.items() if c not in (first, second)]
    common.sort(key=lambda m: (m.first + m.second, max(m.first, m.second), m.second, m.concept))
    return tuple(common[:limit])


def _grow(around: StatementsByConcept, distance: dict[str, int], front: list[str]) -> list[str]:
    """Set the distance of the concepts one step beyond a front, and return them as the next front."""
    around.load(front, Reach.WRITTEN)
    steps = distance[front[0]] + 1
    found = sorted({other for here in front for other in around.neighbours(here, Reach.WRITTEN)} - distance.keys())
    distance.update(dict.fromkeys(found, steps))
    return found


def trace_impact(
    around: StatementsByConcept, relations: Mapping[str, Relation], start: str, depth: int | None = None
) -> tuple[Affected, ...]:
    """Return the concepts that a change affects, level by level, each once; `depth` is the last level.

    The vocabulary states for each relation whether its subject or its object is affected; only asserted statements count.
    """
    seen = {start}
    front, level, result = [start], 0, []
    while front and level != depth:
        level += 1
        reached: dict[str, list[Statement]] = defaultdict(list)
        around.load(front, Reach.TYPED)
        for current in front:
            for statement in around.statements(current, Reach.TYPED):
                relation = relations.get(statement.predicate)
                if relation is None or not relation.impact:
                    continue
                ends = (statement.object, statement.subject)
                cause, affected = ends if relation.impact == "object" else ends[::-1]
                if cause == current and affected not in seen:
                    reached[affected].append(statement)
        front = sorted(reached)
        seen.update(front)
        result += [Affected(concept, level, tuple(sorted(reached[concept]))) for concept in front]
    return tuple(result)


def _search(around: StatementsByConcept, reach: Reach, source: str, target: str) -> Iterator[_Route]:
    """Yield simple paths of up to four steps: shortest first, then by the degrees of the concepts between, then by name.

    The search starts at both ends and never visits everything within four steps, which is most of a network with hubs.
    """
    first = around.neighbours(source, reach)
    second = around.neighbours(target, reach)
    if target in first:
        yield source, target
    if not first or not second:
        return

    def ordered(found: list[_Route]) -> Iterator[_Route]:
        around.load({c for path in found for c in path[1:-1]}, reach)
        yield from sorted(found, key=lambda path: (_cost(around, reach, path), path))

    yield from ordered([(source, c, target) for c in first & second - {source, target}])
    first, second = first - {source, target}, second - {source, target}
    if len(first) <= len(second):
        around.load(first, reach)
        joined = [(a, b) for a in first for b in around.neighbours(a, reach) & second if a != b]
    else:
        around.load(second, reach)
        joined = [(a, b) for b in second for a in around.neighbours(b, reach) & first if a != b]
    yield from ordered([(source, a, b, target) for a, b in joined])
    yield from _fours(around, reach, source, target)


def _cost(around: StatementsByConcept, reach: Reach, path: _Route) -> float:
    """Return the cost of a path: the sum of the logarithms of the degrees of the concepts between its ends."""
    # fsum rounds once, so a path has the same cost from either end.
    return math.fsum(math.log(len(around.neighbours(c, reach))) for c in path[1:-1])


def _fours(around: StatementsByConcept, reach: Reach, source: str, target: str) -> Iterator[_Route]:
    """Yield simple paths of four steps, the cheapest first.

    There may be millions of them. Pairs of a neighbour of the source and one of the target are tried in order of
    cost; a path is yielded as soon as no later pair can produce a cheaper one.
    """
    ends = {source, target}
    first, second = (around.neighbours(end, reach) - ends for end in (source, target))
    around.load(first | second, reach)
    beyond = frozenset().union(*(around.neighbours(b, reach) for b in second)) - ends
    first = frozenset(a for a in first if not beyond.isdisjoint(around.neighbours(a, reach)))
    pairs = _pairs(_by_degree(around, reach, first), _by_degree(around, reach, second))
    waiting: list[tuple[float, _Route]] = []
    size = _FEW
    while chunk := list(islice(pairs, size)):
        size *= 2
        candidates = [
            (source, a, c, b, target)
            for _, a, b in chunk
            if a != b
            for c in around.neighbours(a, reach) & around.neighbours(b, reach) - ends
        ]
        around.load({path[2] for path in candidates}, reach)
        for path in candidates:
            heapq.heappush(waiting, (_cost(around, reach, path), path))
        # Later pairs cost at least as much as the last one of this chunk, and the concept between has at least two neighbours.
        least = chunk[-1][0] + math.log(2) - _ROUNDING
        while waiting and waiting[0][0] < least:
            yield heapq.heappop(waiting)[1]
    while waiting:
        yield heapq.heappop(waiting)[1]


def _by_degree(around: StatementsByConcept, reach: Reach, concepts: Iterable[str]) -> list[tuple[float, str]]:
    return sorted((math.log(len(around.neighbours(c, reach))), c) for c in concepts)


def _pairs(first: list[tuple[float, str]], second: list[tuple[float, str]]) -> Iterator[tuple[float, str, str]]:
    """Yield all pairs with the sum of their costs, in ascending order.

    >>> list(_pairs([(0.0, "a"), (2.0, "b")], [(0.0, "x"), (1.0, "y")]))
    [(0.0, 'a', 'x'), (1.0, 'a', 'y'), (2.0, 'b', 'x'), (3.0, 'b', 'y')]
    """
    queue = [(first[0][0] + second[0][0], 0, 0)] if first and second else []
    while queue:
        cost, i, j = heapq.heappop(queue)
        yield cost, first[i][1], second[j][1]
        if j + 1 < len(second):
            heapq.heappush(queue, (first[i][0] + second[j + 1][0], i, j + 1))
        if j == 0 and i + 1 < len(first):
            heapq.heappush(queue, (first[i + 1][0] + second[0][0], i + 1, 0))


def _step(around: StatementsByConcept, source: str, target: str) -> PathStep:
    for reach in (Reach.TYPED, Reach.INFERRED, Reach.SUGGESTED):
        found = around.between(source, target, reach)
        if found:
            return PathStep(source, target, tuple(found))
    raise ValueError(f"nothing joins {source} and {target}")
