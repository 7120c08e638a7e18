"""Places of concepts on the map: seeded, independent of the order of input, in a square around the origin."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import igraph
import networkx as nx

from kg.network.centrality import SEED, to_igraph
from kg.network.plain import asserted, components, plain

_GRID_ABOVE: Final = 1000


def positions(
    network: nx.MultiDiGraph[str], remembered: Mapping[str, tuple[float, float]] | None = None
) -> dict[str, tuple[float, float]]:
    """Fruchterman–Reingold places of the connected concepts, the others in rows below; within ±1 on both axes.

    Where most concepts have a `remembered` place they stay there, and new ones settle among them: a map that a reader knows
    doesn't turn around when a note is added.
    """
    graph = plain(network, asserted)
    groups = components(len(graph.nodes), graph.edges)
    main = sorted(i for g in groups if len(g) > 1 for i in g)
    alone = sorted(i for g in groups if len(g) == 1 for i in g)
    result: dict[str, tuple[float, float]] = {}
    if main:
        inner = to_igraph(graph).induced_subgraph(main)
        known = {k: remembered[graph.nodes[i]] for k, i in enumerate(main) if remembered and graph.nodes[i] in remembered}
        if 2 * len(known) > len(main):
            settled = _settle(inner, known, [graph.nodes[i] for i in main])
            result.update((graph.nodes[i], place) for i, place in zip(main, settled, strict=True))
            main = []
    if main:
        generator = random.Random(SEED)
        # igraph's grid has cells of a fixed size: a start in the unit square would put all concepts into one of them.
        side = len(main) ** 0.5
        start = [((generator.random() - 0.5) * side, (generator.random() - 0.5) * side) for _ in main]
        igraph.set_random_number_generator(random.Random(SEED))
        try:
            layout = inner.layout_fruchterman_reingold(
                seed=start, niter=500, grid="grid" if len(main) > _GRID_ABOVE else "nogrid"
            )
        finally:
            igraph.set_random_number_generator(random)
        xs, ys = [c[0] for c in layout], [c[1] for c in layout]
        cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        span = max(max(xs) - min(xs), max(ys) - min(ys), 1e-9) / 2
        bottom = 0.8 if alone else 1.0
        for i, (x, y) in zip(main, layout, strict=True):
            result[graph.nodes[i]] = (round((x - cx) / span, 6), round((y - cy) / span * bottom, 6))
    columns = max(10, round(len(alone) ** 0.5 * 2))
    top = 0.85 if result else -0.9
    step = min(0.04, (1.0 - top) / max(1, (len(alone) - 1) // columns))
    for k, i in enumerate(alone):
        x = -1 + 2 * (k % columns + 0.5) / columns
        result[graph.nodes[i]] = (round(x, 6), round(top + step * (k // columns), 6))
    return result


def _settle(graph: Any, known: Mapping[int, tuple[float, float]], names: Sequence[str]) -> list[tuple[float, float]]:
    """Places of all nodes where some are known: those keep them, the others find theirs among them."""
    count = graph.vcount()
    side = count**0.5
    start: list[tuple[float, float]] = []
    for i in range(count):
        if i in known:
            x, y = known[i]
        else:
            near = [known[n] for n in graph.neighbors(i) if n in known] or [(0.0, 0.0)]
            # Two new notes with the same neighbours must not begin at the same point.
            generator = random.Random(names[i])
            x = sum(p[0] for p in near) / len(near) + (generator.random() - 0.5) * 0.1
            y = sum(p[1] for p in near) / len(near) + (generator.random() - 0.5) * 0.1
        start.append((x * side / 2, y * side / 2))
    if len(known) < count:
        slack = 0.01 * side
        bounds = {
            f"{end}{axis}": [start[i][k] + sign * slack if i in known else sign * side / 2 for i in range(count)]
            for k, axis in enumerate("xy")
            for end, sign in (("min", -1), ("max", 1))
        }
        igraph.set_random_number_generator(random.Random(SEED))
        try:
            layout = graph.layout_fruchterman_reingold(
                seed=start, niter=100, start_temp=side / 20, grid="grid" if count > _GRID_ABOVE else "nogrid", **bounds
            )
        finally:
            igraph.set_random_number_generator(random)
        start = [(float(x), float(y)) for x, y in layout]
    return [known[i] if i in known else (round(2 * x / side, 6), round(2 * y / side, 6)) for i, (x, y) in enumerate(start)]
