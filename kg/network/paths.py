"""How concepts hang together: the shortest asserted paths between two, and what a change of one affects."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, pairwise
from typing import NamedTuple

import networkx as nx

from kg.model import Relation
from kg.network.plain import Keep, asserted, asserted_typed

PATHS = 5
LONGEST = 4
"""A longer chain of relations joins almost any two concepts and explains nothing."""

_Around = Callable[[str], frozenset[str]]


class Statement(NamedTuple):
    """What an author stated of two concepts."""

    subject: str
    predicate: str
    object: str
    typed: bool


class Step(NamedTuple):
    """A step of a path: from `source` to `target`, whichever of them the statements begin with."""

    source: str
    target: str
    statements: tuple[Statement, ...]
    """All typed ones between the two, or else the plain links; at least one."""


class Meeting(NamedTuple):
    """A concept that two others both reach, with the number of steps from each."""

    concept: str
    first: int
    second: int


class Affected(NamedTuple):
    """A concept that a change reaches."""

    concept: str
    level: int
    """1 where it depends on the changed concept directly."""
    statements: tuple[Statement, ...]
    """Why: its statements with the concepts one level nearer to the change."""


def paths(
    network: nx.MultiDiGraph[str], source: str, target: str, *, limit: int = PATHS, longest: int = LONGEST
) -> tuple[tuple[Step, ...], ...]:
    """Up to `limit` shortest simple paths over what authors stated, in either direction.

    Paths of typed relations come first, those with plain links behind them; a plain link between the two themselves is
    always among the paths. Of equally long paths the one through less connected concepts comes first: hubs explain little.

    >>> g = nx.MultiDiGraph()
    >>> _ = g.add_edge("a", "b", "uses", asserted=True, typed=True)
    >>> _ = g.add_edge("c", "b", "uses", asserted=True, typed=True)
    >>> [[(s.source, s.target, s.statements[0].subject) for s in path] for path in paths(g, "a", "c")]
    [[('a', 'b', 'a'), ('b', 'c', 'c')]]
    """
    typed, every = _neighbours(network, asserted_typed), _neighbours(network, asserted)
    found = list(islice(_search(typed, source, target, longest), limit))
    plain = (p for p in _search(every, source, target, longest) if any(b not in typed(a) for a, b in pairwise(p)))
    if len(found) < limit:
        found += islice(plain, limit - len(found))
    elif target in every(source) and target not in typed(source):
        found[-1] = (source, target)
    return tuple(tuple(_step(network, a, b) for a, b in pairwise(path)) for path in found)


def meetings(network: nx.MultiDiGraph[str], first: str, second: str, limit: int = PATHS) -> tuple[Meeting, ...]:
    """The concepts nearest to both of two others over what authors stated, in either direction; none where nothing joins them.

    >>> g = nx.MultiDiGraph([("a", "b"), ("b", "c"), ("d", "c")])
    >>> meetings(g, "a", "d", 2)
    (Meeting(concept='c', first=2, second=1), Meeting(concept='b', first=1, second=2))
    """
    around = _neighbours(network, asserted)
    from_first, from_second = _distances(around, first), _distances(around, second)
    common = [Meeting(c, d, from_second[c]) for c, d in from_first.items() if c in from_second and c not in (first, second)]
    common.sort(key=lambda m: (m.first + m.second, max(m.first, m.second), m.second, m.concept))
    return tuple(common[:limit])


def impact(
    network: nx.MultiDiGraph[str], relations: Mapping[str, Relation], start: str, depth: int | None = None
) -> tuple[Affected, ...]:
    """What a change of a concept affects, level by level, each concept once; `depth` is the last level.

    The vocabulary says of each relation whether its subject or its object is affected; only what authors stated counts.
    """
    seen = {start}
    front, level, result = [start], 0, []
    while front and level != depth:
        level += 1
        found: dict[str, list[Statement]] = defaultdict(list)
        for here in front:
            for statement in _statements(network, here):
                relation = relations.get(statement.predicate)
                if relation is None or not relation.impact:
                    continue
                ends = (statement.object, statement.subject)
                cause, affected = ends if relation.impact == "object" else ends[::-1]
                if cause == here and affected not in seen:
                    found[affected].append(statement)
        front = sorted(found)
        seen.update(front)
        result += [Affected(concept, level, tuple(sorted(found[concept]))) for concept in front]
    return tuple(result)


def _neighbours(network: nx.MultiDiGraph[str], keep: Keep) -> _Around:
    """Neighbours of a concept over the edges that `keep` takes, direction aside; looked up once for each concept."""
    known: dict[str, frozenset[str]] = {}

    def around(node: str) -> frozenset[str]:
        if node not in known:
            both = (network.succ[node], network.pred[node])
            known[node] = frozenset(
                other for side in both for other, edges in side.items() if any(keep(data) for data in edges.values())
            )
        return known[node]

    return around


def _distances(around: _Around, start: str, most: int | None = None) -> dict[str, int]:
    """Number of steps to each concept that is reached, at most `most`."""
    distance = {start: 0}
    front, steps = [start], 0
    while front and steps != most:
        steps += 1
        front = sorted({other for here in front for other in around(here)} - distance.keys())
        distance.update(dict.fromkeys(front, steps))
    return distance


def _search(around: _Around, source: str, target: str, longest: int) -> Iterator[tuple[str, ...]]:
    """Simple paths of at most `longest` steps, the shortest first (A*, with the true distance as its estimate)."""
    left = _distances(around, target, longest)
    if source not in left or source == target:
        return
    queue: list[tuple[int, float, tuple[str, ...]]] = [(left[source], 0.0, (source,))]
    while queue:
        _, cost, path = heapq.heappop(queue)
        if path[-1] == target:
            yield path
            continue
        for other in around(path[-1]):
            steps = len(path) + left.get(other, longest)
            if steps <= longest and other not in path:
                more = math.log(len(around(other))) if other != target else 0.0
                heapq.heappush(queue, (steps, cost + more, (*path, other)))


def _statements(network: nx.MultiDiGraph[str], node: str) -> Iterator[Statement]:
    """What authors stated of a concept with a typed relation, at either end."""
    for edges in (network.out_edges(node, keys=True, data=True), network.in_edges(node, keys=True, data=True)):
        for subject, object_, predicate, data in edges:
            if asserted_typed(data):
                yield Statement(subject, predicate, object_, True)


def _step(network: nx.MultiDiGraph[str], source: str, target: str) -> Step:
    found = [
        Statement(a, key, b, bool(data.get("typed", True)))
        for a, b in ((source, target), (target, source))
        for key, data in sorted(network.succ[a].get(b, {}).items())
        if asserted(data)
    ]
    return Step(source, target, tuple([s for s in found if s.typed] or found))
