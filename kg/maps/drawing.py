"""Drawings: which nodes and lines a map shows and where, built as a pyvis network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kg.maps.atlas import DIMENSIONS, Atlas, Feature, by_language
from kg.maps.layout import Point, box, even, force, rings, spread
from kg.maps.lines import Line
from kg.maps.nearby import nearby
from kg.maps.texts import text

MAX_NODES: Final = 500
"""vis-network draws this many on one page quickly; a reader sees nothing in more."""

MAX_LINES: Final = 2500

MAX_ALONE: Final = 24
"""With more concepts than this that have no line, the overview draws the others only."""

_LINK_NAMES: Final = (("names", "links_to"), ("inverse", "linked_from"))

_OPTIONS: Final[dict[str, Any]] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {"hover": True, "navigationButtons": False, "keyboard": False, "tooltipDelay": 150},
    "nodes": {
        "shape": "dot",
        "borderWidth": 1.5,
        "borderWidthSelected": 4,
        "labelHighlightBold": False,
        "font": {"strokeWidth": 4, "vadjust": 0},
        "scaling": {"label": {"enabled": False, "drawThreshold": 3}},
    },
    "edges": {
        "smooth": False,
        "labelHighlightBold": False,
        "hoverWidth": 1,
        "selectionWidth": 0.5,
        "arrowStrikethrough": False,
        "arrows": {"to": {"scaleFactor": 0.32}, "from": {"scaleFactor": 0.32}},
    },
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished map, ready to be written on a page."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    options: dict[str, Any]
    relations: list[dict[str, Any]]
    """Names of the relations on the lines, which refer to them by index."""
    legends: list[dict[str, Any]]
    """Dimensions by which the nodes can be coloured, with their values."""
    colour: int
    """Index of the legend that is shown first."""
    total: int
    """Number of nodes that there would be without a limit."""
    total_lines: int
    bundled: bool = False
    """True where a node is a community and a line stands for many relations."""
    alone: tuple[str, ...] = ()
    """Concepts that are left out because they have no line."""


def everything(atlas: Atlas) -> Drawing:
    """All concepts in the colours of their communities, up to the limit.

    Where many have no line at all they are left to their own page: rows of loose dots would take the room by which the
    labels of the others can be read.
    """
    concepts = atlas.assessment.corpus.concepts
    joined = [iri for iri in concepts if atlas.lines.neighbours(iri)]
    alone = tuple(iri for iri in concepts if not atlas.lines.neighbours(iri))
    if not joined or len(alone) <= MAX_ALONE:
        joined, alone = list(concepts), ()
    iris = sorted(atlas.ranked(joined)[:MAX_NODES])
    drawing = _concepts(atlas, iris, [atlas.positions[iri] for iri in iris], "community", len(joined))
    return replace(drawing, alone=alone)


def cluster(atlas: Atlas, members: Sequence[str]) -> Drawing:
    """The members of a community, laid out anew from where they stand on the overview."""
    known = [iri for iri in members if iri in atlas.assessment.corpus.concepts]
    iris = sorted(atlas.ranked(known)[:MAX_NODES])
    points = atlas.layout(iris, _around_origin([atlas.positions[iri] for iri in iris]))
    return _concepts(atlas, iris, points, "layer", len(known))


def around(atlas: Atlas, iri: str, depth: int, limit: int) -> Drawing:
    """A concept with what lies around it and the lines between all of that."""
    chosen, top, total = nearby(atlas, iri, depth, limit)
    if depth <= 1:
        return _concepts(atlas, chosen, None, "community", total, top=top)
    points = atlas.layout(chosen, _around_origin([atlas.positions[other] for other in chosen]))
    return _concepts(atlas, chosen, points, "community", total, centre=True)


def clusters(atlas: Atlas) -> Drawing:
    """Communities as nodes, lines weighted by the relations between their members."""
    communities = atlas.assessment.communities
    # A collection of loose notes has hundreds of communities of one; they would bury those that say something.
    several = [c for c in communities if len(c.members) > 1]
    shown = several if several and len(communities) > 40 else list(communities)
    shown = sorted(shown, key=lambda c: (-len(c.members), c.index))[:MAX_NODES]
    index = {c.index: i for i, c in enumerate(shown)}
    home = {iri: index[c.index] for c in shown for iri in c.members}
    weights: Counter[tuple[int, int]] = Counter()
    kinds: dict[tuple[int, int], list[int]] = {}
    for line in atlas.lines.all():
        a, b = home.get(line.source), home.get(line.target)
        if a is not None and b is not None and a != b:
            pair = (min(a, b), max(a, b))
            weights[pair] += 1
            kinds.setdefault(pair, [0, 0, 0])[line.kind] += 1
    largest = max((len(c.members) for c in shown), default=1)
    features = [atlas.community(c) for c in shown]
    sizes = [7 + 20 * math.sqrt(len(c.members) / largest) for c in shown]
    start = _around_origin([_middle([atlas.positions[m] for m in c.members if m in atlas.positions]) for c in shown])
    pairs = sorted(weights)
    points = force(len(shown), pairs, [math.log1p(weights[pair]) for pair in pairs], start)
    nodes = _nodes(features, sizes, points, None)
    edges: list[dict[str, Any]] = [
        {"from": a, "to": b, "counts": kinds[a, b]} for a, b in sorted(pairs, key=lambda p: (-weights[p], p))
    ]
    legend = {"key": "community", "values": atlas.legend("community", sorted(index))}
    return _drawing(nodes, edges[:MAX_LINES], [], [legend], 0, len(communities), len(edges), bundled=True)


def _concepts(
    atlas: Atlas,
    iris: Sequence[str],
    points: Sequence[Point] | None,
    colour: str,
    total: int,
    *,
    top: float = 0,
    centre: bool = False,
) -> Drawing:
    """A drawing of concepts at their places, or in rings around the first one."""
    features = [atlas.feature(iri) for iri in iris]
    ranks = [atlas.importance(iri) for iri in iris]
    largest = max(ranks, default=0.0) or 1.0
    sizes = [6 + 13 * math.sqrt(rank / largest) for rank in ranks]
    middle = 0 if points is None or centre else None
    if middle is not None and sizes:
        sizes[0] = 22
    nodes = _nodes(features, sizes, points, middle, top)
    index = {iri: i for i, iri in enumerate(iris)}
    lines = atlas.lines.between(iris)
    kept = sorted(lines, key=lambda line: (line.kind, -atlas.importance(line.source), line))[:MAX_LINES]
    names: dict[str, int] = {}
    edges = [_edge(line, index, names) for line in sorted(kept)]
    for edge, before in zip(edges[1:], edges, strict=False):
        if (edge["from"], edge["to"]) == (before["from"], before["to"]):
            edge["smooth"] = {"enabled": True, "type": "curvedCW", "roundness": 0.18}
    legends = []
    for position, dimension in enumerate(DIMENSIONS):
        present = {node["cats"][position] for node in nodes}
        legends.append({"key": dimension, "values": atlas.legend(dimension, present)})
    shown = [legend["key"] for legend in legends if len(legend["values"]) > 1]
    first = colour if colour in shown else next(iter(shown), colour)
    relations = [_relation(atlas, iri) for iri in names]
    return _drawing(nodes, edges, relations, legends, DIMENSIONS.index(first), total, len(lines))


def _nodes(
    features: Sequence[Feature], sizes: Sequence[float], points: Sequence[Point] | None, middle: int | None, top: float = 0
) -> list[dict[str, Any]]:
    from pyvis.node import Node

    fonts = [round(14 + size / 5) for size in sizes]
    boxes = [box(f.extent, size, font) for f, size, font in zip(features, sizes, fonts, strict=True)]
    rough = rings(boxes, top) if points is None else even(points, boxes)
    places = spread(rough, boxes, pinned=middle)
    nodes = []
    for i, (feature, size, font, (x, y)) in enumerate(zip(features, sizes, fonts, places, strict=True)):
        label = feature.data.get("lines", feature.data["names"])[0]
        options = {**feature.data, "x": x, "y": y, "size": round(size, 1), "font": {"size": font}}
        if i == middle:
            options["centre"] = True
        nodes.append(Node(i, "dot", label, **options).options)
    return nodes


def _edge(line: Line, index: dict[str, int], names: dict[str, int]) -> dict[str, Any]:
    from pyvis.edge import Edge

    ways = {forward for _, forward in line.relations}
    relations = [[names.setdefault(iri, len(names)), int(forward)] for iri, forward in line.relations]
    arrows = "to, from" if len(ways) == 2 else "to" if True in ways else "from"
    edge = Edge(index[line.source], index[line.target], kind=line.kind, relations=relations, arrows=arrows)
    options: dict[str, Any] = edge.options
    return options


def _relation(atlas: Atlas, iri: str) -> dict[str, Any]:
    """Names of a relation and of its inverse, by which it reads from the other end."""
    relation = atlas.assessment.relations.get(iri)
    if relation is None and iri.endswith("#linksTo"):
        return {name: by_language(text(key, lang) for lang in atlas.langs) for name, key in _LINK_NAMES}
    if relation is None:
        return {"names": [iri.replace("#", "/").rpartition("/")[2]]}
    result: dict[str, Any] = {"names": by_language(_named(relation.labels, relation.key, lang) for lang in atlas.langs)}
    inverse = relation if relation.symmetric else atlas.assessment.relations.get(relation.inverse or "")
    if inverse is not None:
        result["inverse"] = by_language(_named(inverse.labels, inverse.key, lang) for lang in atlas.langs)
    return result


def _named(labels: Mapping[str, str], key: str, lang: str) -> str:
    return labels.get(lang) or labels.get("en") or key


def _drawing(
    nodes: list[dict[str, Any]],
    edges: list[dict[str, Any]],
    relations: list[dict[str, Any]],
    legends: list[dict[str, Any]],
    colour: int,
    total: int,
    total_lines: int,
    *,
    bundled: bool = False,
) -> Drawing:
    """The drawing as pyvis gives it out. Its lists are set directly: `add_edge` looks through all edges each time."""
    from pyvis.network import Network

    net = Network(directed=True)
    net.nodes, net.edges, net.options = nodes, edges, _OPTIONS
    given_nodes, given_edges, *_ = net.get_network_data()
    return Drawing(given_nodes, given_edges, _OPTIONS, relations, legends, colour, total, total_lines, bundled=bundled)


def _middle(points: Sequence[Point]) -> Point:
    if not points:
        return 0.0, 0.0
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _around_origin(points: Sequence[Point]) -> list[Point]:
    """Points moved and scaled to the square of side 2 around the origin."""
    mx, my = _middle(points)
    far = max((max(abs(x - mx), abs(y - my)) for x, y in points), default=0.0) or 1.0
    return [((x - mx) / far, (y - my) / far) for x, y in points]
