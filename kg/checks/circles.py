"""Cycles of relations: how they are found, and how messages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kg.checks.context import Context

_SHOWN: Final = 12
"""How many concepts of a cycle a message names."""
_CIRCLES: Final = 20
"""How many cycles of one knot are reported: where everything requires everything, nobody takes them apart one by one."""


def path_around(context: Context, circle: Sequence[str]) -> str:
    """The names of a cycle from its first member back to it; of a long one, its beginning and how many more there are."""
    names = [context.name(i) for i in circle[:_SHOWN]]
    more = [f"{len(circle) - _SHOWN:,} more"] if len(circle) > _SHOWN else []
    return " → ".join((*names, *more, names[0]))


def circles(edges: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Shortest cycles of a directed graph that together cover most nodes of its knots, at most _CIRCLES of each knot.

    A knot is a strongly connected part. The search never leaves a knot, so that its time is in proportion to the edges, even
    where many nodes lead to one another or form a long row.

    >>> circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()})
    [('a', 'b', 'c')]
    """
    # start time: networkx is only for those who walk a network
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((a, b) for a, others in edges.items() for b in others)
    cycles = []
    for knot in nx.strongly_connected_components(graph):
        if len(knot) < 2:
            continue
        inside = {a: sorted(knot.intersection(edges.get(a, ())) - {a}) for a in knot}
        done: set[str] = set()
        count = 0
        for start in sorted(knot):
            if start not in done and count < _CIRCLES:
                circle = _shortest(inside, start)
                done.update(circle)
                cycles.append(circle)
                count += 1
    return sorted(cycles)


def _shortest(inside: Mapping[str, Sequence[str]], start: str) -> tuple[str, ...]:
    """The shortest cycle through a node of a knot."""
    before: dict[str, str] = {}
    queue = [start]
    while start not in before:
        following = []
        for node in queue:
            for other in inside[node]:
                if other not in before:
                    before[other] = node
                    following.append(other)
        queue = following
    circle = [start]
    while before[circle[-1]] != start:
        circle.append(before[circle[-1]])
    return (start, *reversed(circle[1:]))
