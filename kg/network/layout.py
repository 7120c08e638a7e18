"""Positions of concepts on the map: communities side by side, each with its members around its centre, in a square of side 2.

The map of a community shows the positions of its members, the overview the centres of communities: all of them are computed
from the positions in a snapshot, so that adding a note moves none of them.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Final

from kg.base import libraries
from kg.network.centrality import SEED
from kg.network.edges import StatedEdges
from kg.network.force import Point, circle_layout, force_layout, part_discs, scattered_layout
from kg.network.plain import Plain, connected_components

_GRID_ABOVE: Final = 1000
_BOTTOM: Final = 0.8
"""Concepts without neighbours are in rows beyond this coordinate."""

_PARTED: Final = 300
"""Number of communities placed by the relations between them; smaller communities are placed in rings around these."""


def place_concepts(
    edges: StatedEdges,
    remembered: Mapping[str, Point] | None = None,
    communities: Mapping[str, int] | None = None,
) -> dict[str, Point]:
    """Return positions of connected concepts, with the others in rows below; within ±1 on both axes.

    `communities` maps concepts to their community; without it, the whole graph is laid out as one. If most concepts
    have a `remembered` position, they keep it and new ones are placed among them, so that the map doesn't turn
    when a note is added.
    """
    graph = edges.graph
    groups = connected_components(len(graph.nodes), graph.edges)
    main = sorted(i for g in groups if len(g) > 1 for i in g)
    alone = sorted(graph.nodes[i] for g in groups if len(g) == 1 for i in g)
    # Concepts that were in the rows of unconnected ones have no position of their own yet.
    fixed = {i: place for i in main if (place := (remembered or {}).get(graph.nodes[i])) and place[1] <= _BOTTOM + 0.001}
    if 2 * len(fixed) > len(main):
        number = {node: k for k, node in enumerate(main)}
        inner = graph.igraph.induced_subgraph(main)
        names = [graph.nodes[i] for i in main]
        settled = _settle(inner, {number[i]: place for i, place in fixed.items()}, names, communities or {})
        result = dict(zip(names, settled, strict=True))
    else:
        result = _grouped(graph, main, communities or {})
    result.update(_rows(alone, remembered or {}, bool(main)))
    return result


def _grouped(graph: Plain, main: Sequence[int], communities: Mapping[str, int]) -> dict[str, Point]:
    """Lay out each community separately, then arrange the communities by the edges between them."""
    members: dict[int, list[int]] = defaultdict(list)
    for i in main:
        members[communities.get(graph.nodes[i], 0)].append(i)
    groups = sorted(members.values(), key=lambda g: (-len(g), g[0]))
    if not groups:
        return {}
    home = {i: k for k, group in enumerate(groups) for i in group}
    inside: list[dict[tuple[int, int], float]] = [{} for _ in groups]
    between: Counter[tuple[int, int]] = Counter()
    local = {i: at for group in groups for at, i in enumerate(group)}
    for (a, b), weight in zip(graph.edges, graph.weights, strict=True):
        if a not in home:
            continue
        if home[a] == home[b]:
            inside[home[a]][local[a], local[b]] = min(weight, 2.0)
        else:
            between[min(home[a], home[b]), max(home[a], home[b])] += 1
    radii = [math.sqrt(len(group)) for group in groups]
    centres = _centres(radii, between)
    places: dict[int, Point] = {}
    for k, group in enumerate(groups):
        edges = sorted(inside[k])
        start = circle_layout(len(group)) if len(group) <= 2 else scattered_layout(len(group), SEED)
        points = force_layout(len(group), edges, [inside[k][e] for e in edges], start)
        mx, my = sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
        scale = 0.9 * radii[k] / (max(math.hypot(x - mx, y - my) for x, y in points) or 1.0)
        for i, (x, y) in zip(group, points, strict=True):
            places[i] = (centres[k][0] + (x - mx) * scale, centres[k][1] + (y - my) * scale)
    return _fitted({graph.nodes[i]: place for i, place in places.items()})


def _centres(radii: Sequence[float], between: Mapping[tuple[int, int], int]) -> list[Point]:
    """Return the centres of communities, the largest first."""
    first = min(len(radii), _PARTED)
    pairs = sorted(pair for pair in between if pair[1] < first)
    points = force_layout(first, pairs, [math.log1p(between[pair]) for pair in pairs], circle_layout(first))
    spread = 2 * math.sqrt(sum(r * r for r in radii[:first]) / first)
    centres = part_discs([(x * spread, y * spread) for x, y in points], [r * 1.08 for r in radii[:first]])
    reach = max((math.hypot(x, y) + r for (x, y), r in zip(centres, radii, strict=False)), default=0.0)
    angle, ring = 0.0, reach + (radii[first] if first < len(radii) else 0.0)
    for radius in radii[first:]:
        if angle > 2 * math.pi:
            angle, ring = 0.0, ring + 2.2 * radius
        centres.append((ring * math.cos(angle), ring * math.sin(angle)))
        angle += 2.2 * radius / ring
    return centres


def _fitted(places: Mapping[str, Point]) -> dict[str, Point]:
    """Move and scale positions into the part of the square for connected concepts."""
    xs, ys = [x for x, _ in places.values()], [y for _, y in places.values()]
    cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    span = max(max(xs) - min(xs), max(ys) - min(ys), 1e-9) / 2
    return {node: (round((x - cx) / span, 6), round((y - cy) / span * _BOTTOM, 6)) for node, (x, y) in places.items()}


def _rows(alone: Sequence[str], remembered: Mapping[str, Point], below: bool) -> dict[str, Point]:
    """Return positions in rows for concepts without neighbours; remembered ones are kept, others fill free positions."""
    columns = max(10, round(len(alone) ** 0.5 * 2))
    top = 0.85 if below else -0.9
    result = {node: remembered[node] for node in alone if node in remembered and remembered[node][1] >= top - 0.001}
    taken = tuple(result.values())
    # A taken position overlaps at most two free ones.
    slots = len(alone) + 2 * len(taken)
    step = min(0.04, (1.0 - top) / max(1, (slots - 1) // columns))
    free = count()
    for node in alone:
        while node not in result:
            k = next(free)
            x, y = -1 + 2 * (k % columns + 0.5) / columns, top + step * (k // columns)
            if not any(abs(x - a) < 1 / columns and abs(y - b) < step / 2 for a, b in taken):
                result[node] = (round(x, 6), round(min(y, 1.0), 6))
    return result


def _settle(graph: Any, fixed: Mapping[int, Point], names: Sequence[str], communities: Mapping[str, int]) -> list[Point]:
    """Return positions of all nodes if some are fixed: those keep them, the others are placed among them.

    A new node stays within the area of the fixed members of its community, so that the map of the community keeps its frame.
    """
    size = graph.vcount()
    side = size**0.5
    home = [communities.get(name, 0) for name in names]
    rooms: dict[int, list[Point]] = defaultdict(list)
    for i, place in fixed.items():
        rooms[home[i]].append(place)
    start: list[Point] = []
    for i in range(size):
        if i in fixed:
            x, y = fixed[i]
        else:
            near = [fixed[n] for n in graph.neighbors(i) if n in fixed]
            own = [fixed[n] for n in graph.neighbors(i) if n in fixed and home[n] == home[i]]
            near = own or near or rooms[home[i]] or [(0.0, 0.0)]
            # Two new notes with the same neighbours must not start at the same point.
            generator = random.Random(names[i])
            x = sum(p[0] for p in near) / len(near) + (generator.random() - 0.5) * 0.05
            y = sum(p[1] for p in near) / len(near) + (generator.random() - 0.5) * 0.05
        start.append((x * side / 2, y * side / 2))
    if len(fixed) < size:
        slack = 0.01 * side
        bounds: dict[str, list[float]] = {"minx": [], "maxx": [], "miny": [], "maxy": []}
        for i in range(size):
            room = rooms[home[i]] if i not in fixed else []
            for k, axis in enumerate("xy"):
                if i in fixed:
                    low, high = start[i][k] - slack, start[i][k] + slack
                else:
                    values = [place[k] * side / 2 for place in room] or [-side / 2, side / 2 * (_BOTTOM if k else 1)]
                    low, high = min(*values, start[i][k]), max(*values, start[i][k])
                bounds["min" + axis].append(low)
                bounds["max" + axis].append(high)
        libraries.igraph.set_random_number_generator(random.Random(SEED))
        try:
            layout = graph.layout_fruchterman_reingold(
                seed=start, niter=100, start_temp=side / 20, grid="grid" if size > _GRID_ABOVE else "nogrid", **bounds
            )
        finally:
            libraries.igraph.set_random_number_generator(random)
        start = [(float(x), float(y)) for x, y in layout]
    return [fixed[i] if i in fixed else (round(2 * x / side, 6), round(2 * y / side, 6)) for i, (x, y) in enumerate(start)]


def community_centres(groups: Iterable[Sequence[str]], places: Mapping[str, Point]) -> list[Point]:
    """Return the centre of each group of concepts.

    >>> community_centres([["a", "b"], ["c"]], {"a": (0, 0), "b": (1, 2)})
    [(0.5, 1.0), (0.0, 0.0)]
    """
    found = []
    for group in groups:
        points = [places[node] for node in group if node in places] or [(0.0, 0.0)]
        found.append((sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)))
    return found
