"""Force-directed layouts, seeded, so that equal graphs get equal positions whatever was computed before."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

Point: TypeAlias = tuple[float, float]

_GRID_ABOVE = 1000
_PULL = 0.08


def force_layout(size: int, edges: Sequence[tuple[int, int]], weights: Sequence[float], start: Sequence[Point]) -> list[Point]:
    """Run Fruchterman–Reingold (1991) from start positions; a weak pull to the centre keeps disconnected parts near.

    `start` is in a square of side 2 around the origin; the result has about one node per unit of area.
    """
    if size <= 2:
        return list(start)
    # start time: igraph is only for those who draw maps
    from kg.base.libraries import igraph

    graph = igraph.Graph(n=size + 1, edges=[*edges, *((i, size) for i in range(size))])
    igraph.set_random_number_generator(random.Random(20))
    try:
        scale = math.sqrt(size)
        # igraph's grid has cells of a fixed size: with a start in the unit square, all nodes would be in one cell.
        layout = graph.layout_fruchterman_reingold(
            weights=[*weights, *([_PULL] * size)],
            seed=[*((x * scale, y * scale) for x, y in start), (0.0, 0.0)],
            niter=300,
            start_temp=scale / 4,
            grid="grid" if size > _GRID_ABOVE else "nogrid",
        )
    finally:
        igraph.set_random_number_generator(random)
    return [(float(x), float(y)) for x, y in layout.coords[:size]]


def circle_layout(size: int) -> list[Point]:
    """Return positions on a circle, the start of a layout without better positions."""
    return [(math.cos(2 * math.pi * i / size), math.sin(2 * math.pi * i / size)) for i in range(size)]


def scattered_layout(size: int, seed: int) -> list[Point]:
    """Return random positions in a square of side 2 around the origin."""
    generator = random.Random(seed)
    return [(generator.uniform(-1, 1), generator.uniform(-1, 1)) for _ in range(size)]


def part_discs(centres: Sequence[Point], radii: Sequence[float], rounds: int = 300) -> list[Point]:
    """Return the centres of discs, moved apart until none overlaps another, each no farther than needed.

    >>> part_discs([(0, 0), (1, 0)], [1, 1])
    [(-0.5, 0.0), (1.5, 0.0)]
    """
    place = np.array(centres, dtype=float).reshape(-1, 2)
    wide = np.array(radii, dtype=float)
    place += np.array(circle_layout(len(wide))).reshape(-1, 2) * 1e-7  # equal centres have no direction to move apart in
    reach = wide[:, None] + wide[None, :]
    for _ in range(rounds):
        apart = place[:, None, :] - place[None, :, :]
        far = np.hypot(apart[..., 0], apart[..., 1])
        overlap = np.where(far < reach - 1e-6, reach - far, 0.0)
        np.fill_diagonal(overlap, 0.0)
        if not overlap.any():
            break
        push = apart / np.maximum(far, 1e-12)[..., None] * (overlap / 2)[..., None]
        place += push.sum(axis=1)
    return [(round(float(x), 5) + 0.0, round(float(y), 5) + 0.0) for x, y in place]  # no -0.0
