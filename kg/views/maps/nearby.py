"""The surroundings of a concept for `kg map`; on the site, the page makes the same choice (`static/js/0-gather.js`)."""

from __future__ import annotations

from kg.views.maps.atlas import Atlas
from kg.views.maps.lines import LINK


def nearby(atlas: Atlas, iri: str, depth: int, limit: int) -> tuple[list[str], int]:
    """Return a concept and its surroundings, nearest first, up to a limit; and their number without the limit.

    Of those at the same distance, concepts with a typed relation come before plain links, then the most important ones. Beyond
    a distance that reaches the limit, nothing is counted.
    """
    order = {iri: (0, False)}
    front = [iri]
    for distance in range(1, depth + 1):
        if len(order) >= limit:
            break
        reached: dict[str, bool] = {}
        for start in front:
            for neighbour, lines in atlas.lines.neighbours(start).items():
                if neighbour not in order:
                    reached[neighbour] = reached.get(neighbour, True) and lines[0].kind == LINK
        order.update((neighbour, (distance, plain)) for neighbour, plain in reached.items())
        front = list(reached)
    features = {other: atlas.feature(other) for other in order}
    chosen = sorted(order, key=lambda o: (*order[o], -features[o]["m"][0], features[o]["page"]))
    return chosen[:limit], len(order)
