"""Cycles of relations: the search for them, and their form in messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kg.checks.context import Context

_SHOWN: Final = 12
"""Maximum number of concepts of a cycle in a message."""
_CIRCLES: Final = 20
"""Maximum number of cycles reported per component: nobody resolves cycles among many connected concepts one by one."""


def path_around(context: Context, circle: Sequence[str]) -> str:
    """Return the names of a cycle from its first member back to it; a long one is abbreviated with a count."""
    names = [context.name(i) for i in circle[:_SHOWN]]
    more = [f"{len(circle) - _SHOWN:,} more"] if len(circle) > _SHOWN else []
    return " → ".join((*names, *more, names[0]))


def circles(edges: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return shortest cycles of a directed graph that together cover most nodes in cycles, at most _CIRCLES per component.

    The search never leaves a strongly connected component, so its time is linear in the edges, even if
    many nodes are connected with each other or form a long chain.

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
    """Return the shortest cycle through a node of a strongly connected component."""
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
