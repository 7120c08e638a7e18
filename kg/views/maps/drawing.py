"""Drawings: the nodes and lines of a map and their positions, as pyvis records."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, NotRequired, TypedDict

from kg.base.names import LINKS_TO, local_name
from kg.network.force import Point
from kg.network.layout import community_centres
from kg.views.maps.atlas import COLOURS, DIMENSIONS, MEASURES, Atlas, Feature, LegendEntry, NodeData, by_language
from kg.views.maps.layout import box, even, rings, spread
from kg.views.maps.levels import MAX_NODES, MapGroup, entry
from kg.views.maps.lines import Line, kind_of
from kg.views.maps.nearby import nearby
from kg.views.maps.records import Edge, Node

MAX_LINES: Final = 2500

MAX_ALONE: Final = 24
"""Maximum number of concepts without lines on the overview; if there are more, it omits them."""

CENTRE: Final = 22
"""Radius of the concept that a map is about."""

_RADII: Final = (6.0, 13.0)
_BUNDLED: Final = (7.0, 20.0)

_OPTIONS: Final[dict[str, object]] = {
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


class DrawnNode(NodeData):
    """A node as vis-network takes it."""

    id: int
    label: str
    shape: str
    x: float
    y: float
    size: float
    font: Mapping[str, int]
    centre: NotRequired[bool]
    """Whether the map is about it."""


DrawnEdge = TypedDict(
    "DrawnEdge",
    {
        "from": int,
        "to": int,
        "kind": NotRequired[int],
        "relations": NotRequired[list[list[int]]],
        "arrows": NotRequired[str],
        "smooth": NotRequired[Mapping[str, object]],
        "counts": NotRequired[list[tuple[int, int]]],
    },
)
"""A line as vis-network takes it: `relations`, each with 1 where it leads forward, or on a line between groups `counts`."""


class DrawnRelation(TypedDict):
    """A relation in the legend."""

    kind: int
    colour: int
    key: str
    names: list[str]
    """By language."""
    inverse: NotRequired[list[str]]
    """Names of the inverse."""


class DrawnLegend(TypedDict):
    """A dimension by which nodes can be coloured."""

    key: str
    values: list[LegendEntry]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished map."""

    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    options: dict[str, object]
    relations: list[DrawnRelation]
    """Names, kind and colour of the relations; lines refer to them by index."""
    legends: list[DrawnLegend]
    """Dimensions by which the nodes can be coloured, with their values."""
    colour: int
    """Index of the initially selected legend."""
    total: int
    """Number of nodes without the limit."""
    total_lines: int
    measures: tuple[str, ...] = ()
    """Measures by which nodes can be sized; the first is initially selected."""
    radii: tuple[float, float] = (6, 13)
    """Radius of the smallest node, and difference to the largest."""
    bundled: bool = False
    """Whether a node is a community and a line bundles many relations."""
    alone: tuple[str, ...] = ()
    """Concepts omitted because they have no line."""


def everything(atlas: Atlas) -> Drawing:
    """All concepts, coloured by community, up to the limit.

    If many have no line, they get a page of their own. Otherwise rows of isolated dots would take the space that the labels of
    the others need.
    """
    concepts = atlas.assessment.corpus.concepts
    joined = [iri for iri in concepts if atlas.lines.neighbours(iri)]
    alone = tuple(iri for iri in concepts if not atlas.lines.neighbours(iri))
    if not joined or len(alone) <= MAX_ALONE:
        joined, alone = list(concepts), ()
    iris = sorted(atlas.ranked(joined)[:MAX_NODES])
    drawing = _concepts(atlas, iris, Placement([atlas.positions[iri] for iri in iris]), "community", len(joined))
    return replace(drawing, alone=alone)


def cluster(atlas: Atlas, members: Sequence[str]) -> Drawing:
    """The members of a community at their positions on the overview map."""
    concepts = [iri for iri in members if iri in atlas.assessment.corpus.concepts]
    iris = sorted(atlas.ranked(concepts)[:MAX_NODES])
    return _concepts(atlas, iris, Placement([atlas.positions[iri] for iri in iris]), "layer", len(concepts))


def around(atlas: Atlas, iri: str, depth: int, limit: int) -> Drawing:
    """A concept, its surroundings up to `depth` steps, and the lines between all of them."""
    chosen, top, total = nearby(atlas, iri, depth, limit)
    if depth <= 1:
        return _concepts(atlas, chosen, Placement(top=top), "community", total)
    points = atlas.layout(chosen, _around_origin([atlas.positions[neighbour] for neighbour in chosen]))
    return _concepts(atlas, chosen, Placement(points, centre=True), "community", total)


def grouped(atlas: Atlas, groups: Sequence[MapGroup]) -> Drawing:
    """Groups as nodes, with lines weighted by the number of relations between their members."""
    shown = sorted(groups, key=lambda g: (-len(g.members), g.number))[:MAX_NODES]
    home = {iri: i for i, group in enumerate(shown) for iri in group.members}
    counts: dict[tuple[int, int], Counter[str]] = {}
    for line in atlas.lines.all():
        a, b = home.get(line.source), home.get(line.target)
        if a is not None and b is not None and a != b:
            counts.setdefault((min(a, b), max(a, b)), Counter()).update(iri for iri, _ in line.relations)
    weights = {pair: tally.total() for pair, tally in counts.items()}
    features = [atlas.group(g.page, g.names, g.members, g.number) for g in shown]
    joined = [0] * len(shown)
    for (a, b), weight in weights.items():
        joined[a] += weight
        joined[b] += weight
    values = [[len(g.members), n] for g, n in zip(shown, joined, strict=True)]
    features = [Feature({**f.data, "m": own}, f.extent) for f, own in zip(features, values, strict=True)]
    pairs = sorted(weights)
    points = community_centres([g.members for g in shown], atlas.positions)
    nodes = _nodes(features, values, _BUNDLED, points, None)
    names: dict[str, int] = {}
    edges: list[DrawnEdge] = []
    for a, b in _strongest(weights, len(shown)):
        by_relation = sorted((names.setdefault(iri, len(names)), n) for iri, n in sorted(counts[a, b].items()))
        edges.append({"from": a, "to": b, "counts": by_relation})
    legend: DrawnLegend = {"key": "community", "values": [entry(g, COLOURS) for g in sorted(shown, key=lambda g: g.number)]}
    return Drawing(
        nodes,
        edges,
        _OPTIONS,
        relations=[_relation(atlas, iri) for iri in names],
        legends=[legend],
        colour=0,
        total=len(groups),
        total_lines=len(pairs),
        measures=("members", "relations"),
        radii=_BUNDLED,
        bundled=True,
    )


def _strongest(weights: Mapping[tuple[int, int], int], size: int) -> list[tuple[int, int]]:
    """The pairs to draw, strongest first: a few for each node, and a limited total."""
    ordered = sorted(weights, key=lambda pair: (-weights[pair], pair))
    drawn = Counter[int]()
    kept = []
    for place, (a, b) in enumerate(ordered):
        if place < max(60, 3 * size) or min(drawn[a], drawn[b]) < 3:
            kept.append((a, b))
            drawn.update((a, b))
    return kept


class Placement(NamedTuple):
    """Positions of concepts."""

    points: Sequence[Point] | None = None
    """None: rings around the first concept."""
    top: float = 0
    """Index in the ring of the position at the top."""
    centre: bool = False
    """Whether the map is about the first concept."""


def _concepts(atlas: Atlas, iris: Sequence[str], placement: Placement, colour: str, total: int) -> Drawing:
    """Draw concepts; `colour` is the initially selected dimension."""
    features = [atlas.feature(iri) for iri in iris]
    values = [feature.data["m"] for feature in features]
    middle = 0 if placement.points is None or placement.centre else None
    nodes = _nodes(features, values, _RADII, placement.points, middle, placement.top)
    index = {iri: i for i, iri in enumerate(iris)}
    lines = atlas.lines.between(iris)
    kept = sorted(lines, key=lambda line: (line.kind, -atlas.importance(line.source), line))[:MAX_LINES]
    names: dict[str, int] = {}
    edges = [_edge(line, index, names) for line in sorted(kept)]
    for edge, before in zip(edges[1:], edges, strict=False):
        if (edge["from"], edge["to"]) == (before["from"], before["to"]):
            edge["smooth"] = {"enabled": True, "type": "curvedCW", "roundness": 0.18}
    legends: list[DrawnLegend] = []
    for position, dimension in enumerate(DIMENSIONS):
        present = {node["cats"][position] for node in nodes}
        legends.append({"key": dimension, "values": atlas.legend(dimension, present)})
    shown = [legend["key"] for legend in legends if len(legend["values"]) > 1]
    first = colour if colour in shown else next(iter(shown), colour)
    relations = [_relation(atlas, iri) for iri in names]
    return Drawing(
        nodes,
        edges,
        _OPTIONS,
        relations=relations,
        legends=legends,
        colour=DIMENSIONS.index(first),
        total=total,
        total_lines=len(lines),
        measures=MEASURES,
        radii=_RADII,
    )


def radii(values: Sequence[float], span: tuple[float, float]) -> list[float]:
    """Radii by a measure: the area beyond the smallest disc is proportional to the value.

    >>> radii([0, 1, 4], (6, 10))
    [6.0, 11.0, 16.0]
    """
    low, more = span
    largest = max(values, default=0.0) or 1.0
    return [low + more * math.sqrt(value / largest) for value in values]


def _nodes(
    features: Sequence[Feature],
    values: Sequence[Sequence[float]],
    span: tuple[float, float],
    points: Sequence[Point] | None,
    middle: int | None,
    top: float = 0,
) -> list[DrawnNode]:
    """Nodes sized by the first measure, with space for the largest size by any measure."""
    by_measure = [radii(column, span) for column in zip(*values, strict=True)]
    largest = [max(sizes) for sizes in zip(*by_measure, strict=True)]
    if middle is not None and features:
        largest[middle] = CENTRE
    fonts = [round(14 + size / 5) for size in largest]
    boxes = [box(f.extent, size, font) for f, size, font in zip(features, largest, fonts, strict=True)]
    rough = rings(boxes, top) if points is None else even(points, boxes)
    places = spread(rough, boxes, pinned=middle)
    nodes: list[DrawnNode] = []
    for i, (feature, font, (x, y)) in enumerate(zip(features, fonts, places, strict=True)):
        label = feature.data.get("lines", feature.data["names"])[0]
        size = CENTRE if i == middle else round(by_measure[0][i], 1)
        options = {**feature.data, "x": x, "y": y, "size": size, "font": {"size": font}}
        if i == middle:
            options["centre"] = True
        nodes.append(Node(i, "dot", label, **options).options)
    return nodes


def _edge(line: Line, index: dict[str, int], names: dict[str, int]) -> DrawnEdge:
    ways = {forward for _, forward in line.relations}
    relations = [[names.setdefault(iri, len(names)), int(forward)] for iri, forward in line.relations]
    arrows = ", ".join(name for name, way in (("to", True), ("from", False)) if way in ways)
    edge = Edge(index[line.source], index[line.target], kind=line.kind, relations=relations, arrows=arrows)
    options: DrawnEdge = edge.options
    return options


def _relation(atlas: Atlas, iri: str) -> DrawnRelation:
    """A relation for the legend, with the name of its inverse for the opposite direction."""
    relation = atlas.assessment.relations.get(iri)
    result: DrawnRelation = {"kind": kind_of(iri, atlas.assessment), "colour": atlas.line_colour(iri), "key": "", "names": []}
    if relation is None and iri == LINKS_TO:
        result["key"] = "link"
        result["names"], result["inverse"] = (
            by_language(w(key) for w in atlas.words.values()) for key in ("links_to", "linked_from")
        )
        return result
    if relation is None:
        tail = local_name(iri)
        result["key"], result["names"] = tail, [tail]
        return result
    result["key"] = relation.key
    result["names"] = by_language(_named(relation.labels, relation.key, lang) for lang in atlas.langs)
    inverse = relation if relation.symmetric else atlas.assessment.relations.get(relation.inverse or "")
    if inverse is not None:
        result["inverse"] = by_language(_named(inverse.labels, inverse.key, lang) for lang in atlas.langs)
    return result


def _named(labels: Mapping[str, str], key: str, lang: str) -> str:
    return labels.get(lang) or labels.get("en") or key


def _around_origin(points: Sequence[Point]) -> list[Point]:
    """Translate and scale points to the square [-1, 1]²."""
    mx, my = sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
    far = max((max(abs(x - mx), abs(y - my)) for x, y in points), default=0.0) or 1.0
    return [((x - mx) / far, (y - my) / far) for x, y in points]
