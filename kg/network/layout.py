"""Places of concepts on the map: seeded, independent of the order of input, in a square around the origin."""

from __future__ import annotations

import random
from typing import Final

import igraph
import networkx as nx

from kg.network.centrality import SEED, to_igraph
from kg.network.plain import asserted, components, plain

_GRID_ABOVE: Final = 1000


def positions(network: nx.MultiDiGraph[str]) -> dict[str, tuple[float, float]]:
    """Fruchterman–Reingold places of the connected concepts, the others in rows below; within ±1 on both axes."""
    graph = plain(network, asserted)
    groups = components(len(graph.nodes), graph.edges)
    main = sorted(i for g in groups if len(g) > 1 for i in g)
    alone = sorted(i for g in groups if len(g) == 1 for i in g)
    result: dict[str, tuple[float, float]] = {}
    if main:
        inner = to_igraph(graph).induced_subgraph(main)
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
    top = 0.85 if main else -0.9
    step = min(0.04, (1.0 - top) / max(1, (len(alone) - 1) // columns))
    for k, i in enumerate(alone):
        x = -1 + 2 * (k % columns + 0.5) / columns
        result[graph.nodes[i]] = (round(x, 6), round(top + step * (k // columns), 6))
    return result
