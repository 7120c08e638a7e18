"""The surroundings of a concept, and the side of the map for each neighbour."""

from __future__ import annotations

from collections.abc import Sequence

from kg.views.maps.atlas import Atlas
from kg.views.maps.lines import Line


def nearby(atlas: Atlas, iri: str, depth: int, limit: int) -> tuple[list[str], float, int]:
    """Return a concept and its surroundings, nearest first; the index of the direct neighbour at the top; the total number."""
    order = {iri: (0, 0)}
    front = [iri]
    for distance in range(1, depth + 1):
        reached: dict[str, int] = {}
        for start in front:
            for neighbour, lines in atlas.lines.neighbours(start).items():
                if neighbour not in order:
                    reached[neighbour] = min(reached.get(neighbour, 9), _side(start, lines))
        order.update((neighbour, (distance, side)) for neighbour, side in reached.items())
        front = sorted(reached)
    # Select typed relations before plain links, then by importance; draw in the order of the sides.
    kept = sorted(order, key=lambda o: (order[o][0], order[o][1] == 4, -atlas.importance(o), o))[:limit]
    chosen = sorted(kept, key=lambda o: (*order[o], -atlas.importance(o), o))
    return chosen, _top([order[o][1] for o in chosen if order[o][0] == 1]), len(order)


def _top(sides: Sequence[int]) -> float:
    """The top position, in units of neighbours: the middle of the broader concepts, opposite the narrower ones."""
    broader, narrower = sides.count(0), sides.count(2)
    if broader or not narrower:
        return broader / 2 or 0.5
    return sides.index(2) + narrower / 2 + len(sides) / 2


def _side(iri: str, lines: Sequence[Line]) -> int:
    """The side of a neighbour, clockwise from the top: 0 broader, 1 outgoing, 2 narrower, 3 incoming, 4 plain link."""
    line = lines[0]
    out = line.relations[0][1] == (line.source == iri)
    return ((0, 2), (1, 3), (4, 4))[line.kind][0 if out else 1]
