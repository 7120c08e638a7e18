"""Drawings: the nodes and lines of a map, as pyvis records. The page gives each label its space and computes the positions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict

from kg.base.names import LINKS_TO, local_name
from kg.network.learning import TIED, tier_of
from kg.views.maps.atlas import COLOURS, DIMENSIONS, MEASURES, Atlas, LegendEntry, NodeData, by_language
from kg.views.maps.levels import MAX_NODES, MapGroup, entry
from kg.views.maps.lines import Line, kind_of
from kg.views.maps.nearby import nearby
from kg.views.maps.records import Edge, Node

if TYPE_CHECKING:
    from kg.network.force import Point

MAX_LINES: Final = 2500

MAX_ALONE: Final = 24
"""Maximum number of concepts without lines on the overview; if there are more, it omits them."""

CONCEPTS_BY_STEPS: Final = (80, 160)
"""Maximum number of concepts on the map of one concept: with its neighbours, and with their neighbours too."""

CENTRE: Final = 22
"""Radius of the concept that a map is about."""

RADII: Final = (6.0, 13.0)
"""Radius of the smallest concept, and difference to the largest."""

_BUNDLED: Final = (7.0, 20.0)

_LEADING_EACH: Final = 6
"""Maximum number of concepts that a closed community shows."""

_ALL_LEADING: Final = 150
"""Maximum number of concepts that all closed communities show together."""

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
        "arrows": {"to": {"scaleFactor": 0.7}, "from": {"scaleFactor": 0.7}},
    },
}


class DrawnNode(NodeData):
    """A node as vis-network takes it."""

    id: int
    label: str
    shape: str
    p: NotRequired[tuple[float, float]]
    """Remembered position; without, the page arranges the nodes in rings around the centre."""
    centre: NotRequired[bool]
    """Whether the map is about it."""
    home: NotRequired[int]
    """The group that it is shown in, as the id of a node."""


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
    on: NotRequired[int]
    """1 if its subject stands on its object (needs it, is a kind or a part of it, is built on it), -1 if the object does."""


class DrawnLegend(TypedDict):
    """A dimension by which nodes can be coloured."""

    key: str
    values: list[LegendEntry]


class LeadingConcepts(TypedDict):
    """The most central concepts of groups, which are shown while the groups are closed; ids follow those of the groups."""

    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    """Lines within a group."""


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
    leading: LeadingConcepts | None = None
    """If the nodes are groups: what each shows while it is closed; None if there are too many groups."""


def everything(atlas: Atlas, chosen: Collection[str] | None = None) -> Drawing:
    """All concepts, or the chosen ones, coloured by community, up to the limit.

    If many have no line, they get a page of their own. Otherwise rows of isolated dots would take the space that the labels of
    the others need.
    """
    concepts = [iri for iri in atlas.assessment.corpus.concepts if chosen is None or iri in chosen]
    joined = [iri for iri in concepts if atlas.lines.neighbours(iri)]
    alone = tuple(iri for iri in concepts if not atlas.lines.neighbours(iri))
    if chosen is not None or not joined or len(alone) <= MAX_ALONE:
        joined, alone = concepts, ()
    iris = sorted(atlas.ranked(joined)[:MAX_NODES])
    drawing = _concepts(atlas, iris, "community", len(joined))
    return replace(drawing, alone=alone)


def cluster(atlas: Atlas, members: Sequence[str]) -> Drawing:
    """The members of a community, near their positions on the overview map."""
    concepts = [iri for iri in members if iri in atlas.assessment.corpus.concepts]
    iris = sorted(atlas.ranked(concepts)[:MAX_NODES])
    return _concepts(atlas, iris, "layer", len(concepts))


def around(atlas: Atlas, iri: str, depth: int, limit: int) -> Drawing:
    """A concept, its surroundings up to `depth` steps, and the lines between all of them."""
    chosen, total = nearby(atlas, iri, depth, limit)
    return _concepts(atlas, chosen, "community", total, centre=True)


def grouped(atlas: Atlas, groups: Sequence[MapGroup]) -> Drawing:
    """Groups as nodes, with lines weighted by the number of relations between their members."""
    # start time: a map of one concept has no groups
    from kg.network.layout import community_centres

    sizes = {group.number: len(atlas.counted(group.members)) for group in groups}
    shown = sorted(groups, key=lambda g: (-sizes[g.number], g.number))[:MAX_NODES]
    home = {iri: i for i, group in enumerate(shown) for iri in group.members}
    counts: dict[tuple[int, int], Counter[str]] = {}
    for line in atlas.lines.between(home):
        a, b = home[line.source], home[line.target]
        if a != b:
            counts.setdefault((min(a, b), max(a, b)), Counter()).update(iri for iri, _ in line.relations)
    weights = {pair: tally.total() for pair, tally in counts.items()}
    features = [atlas.group(g.page, g.names, g.members, g.number) for g in shown]
    joined = [0] * len(shown)
    for (a, b), weight in weights.items():
        joined[a] += weight
        joined[b] += weight
    values = [[sizes[g.number], n] for g, n in zip(shown, joined, strict=True)]
    features = [{**feature, "m": own} for feature, own in zip(features, values, strict=True)]
    pairs = sorted(weights)
    points = community_centres([g.members for g in shown], atlas.positions)
    nodes = _nodes(features, points)
    names: dict[str, int] = {}
    edges: list[DrawnEdge] = []
    for a, b in _strongest(weights, len(shown)):
        by_relation = sorted((names.setdefault(iri, len(names)), n) for iri, n in sorted(counts[a, b].items()))
        edges.append({"from": a, "to": b, "counts": by_relation})
    leading = _leading(atlas, shown, names)
    legend: DrawnLegend = {"key": "community", "values": [entry(g, COLOURS) for g in sorted(shown, key=lambda g: g.number)]}
    return Drawing(
        nodes,
        edges,
        _OPTIONS,
        relations=[describe_relation(atlas, iri) for iri in names],
        legends=[legend],
        colour=0,
        total=len(groups),
        total_lines=len(pairs),
        measures=("members", "relations"),
        radii=_BUNDLED,
        bundled=True,
        leading=leading,
    )


def _leading(atlas: Atlas, groups: Sequence[MapGroup], names: dict[str, int]) -> LeadingConcepts | None:
    """The concepts that groups show while they are closed; adds the relations between them to `names`."""
    each = min(_LEADING_EACH, _ALL_LEADING // max(len(groups), 1))
    if each < 2:
        return None
    concepts = atlas.assessment.corpus.concepts
    chosen = [
        (home, iri)
        for home, group in enumerate(groups)
        for iri in islice((iri for iri in atlas.counted(group.members) if iri in concepts), each)
    ]
    homes = {iri: home for home, iri in chosen}
    index = {iri: len(groups) + i for i, (_, iri) in enumerate(chosen)}
    nodes: list[DrawnNode] = []
    for home, iri in chosen:
        feature: NodeData = {**atlas.feature(iri), "cats": [groups[home].number]}
        x, y = atlas.positions[iri]
        node: DrawnNode = Node(
            index[iri], "dot", feature["names"][0], **feature, home=home, p=(round(x, 5), round(y, 5))
        ).options
        nodes.append(node)
    lines = [line for line in atlas.lines.between(homes) if homes[line.source] == homes[line.target]]
    return {"nodes": nodes, "edges": [_edge(line, index, names) for line in lines]}


def empty() -> Drawing:
    """What all maps of concepts share, for the page that draws any of them from data."""
    return Drawing([], [], _OPTIONS, relations=[], legends=[], colour=0, total=0, total_lines=0, measures=MEASURES, radii=RADII)


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


def _concepts(atlas: Atlas, iris: Sequence[str], colour: str, total: int, *, centre: bool = False) -> Drawing:
    """Draw concepts; `colour` is the initially selected dimension. With `centre`, the map is about the first one."""
    nodes = _nodes([atlas.feature(iri) for iri in iris], None if centre else [atlas.positions[iri] for iri in iris])
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
    relations = [describe_relation(atlas, iri) for iri in names]
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
        radii=RADII,
    )


def _nodes(features: Sequence[NodeData], points: Sequence[Point] | None) -> list[DrawnNode]:
    """Nodes at positions, or without positions around the first one."""
    nodes: list[DrawnNode] = []
    for i, feature in enumerate(features):
        node: DrawnNode = Node(i, "dot", feature["names"][0], **feature).options
        if points is not None:
            node["p"] = (round(points[i][0], 5), round(points[i][1], 5))
        elif i == 0:
            node["centre"] = True
        nodes.append(node)
    return nodes


def _edge(line: Line, index: dict[str, int], names: dict[str, int]) -> DrawnEdge:
    relations = [[names.setdefault(iri, len(names)), int(forward)] for iri, forward in line.relations]
    edge = Edge(index[line.source], index[line.target], kind=line.kind, relations=relations, arrows=list_arrows(line))
    options: DrawnEdge = edge.options
    return options


def list_arrows(line: Line) -> str:
    """The ends of a line that have an arrow, as vis-network names them."""
    ways = {forward for _, forward in line.relations}
    return ", ".join(name for name, way in (("to", True), ("from", False)) if way in ways)


def describe_relation(atlas: Atlas, iri: str) -> DrawnRelation:
    """A relation for the legend, with the name of its inverse for the opposite direction."""
    meaning = atlas.assessment.relations.get(iri)
    result: DrawnRelation = {"kind": kind_of(iri, atlas.assessment), "colour": atlas.line_colour(iri), "key": "", "names": []}
    if meaning is None and iri == LINKS_TO:
        result["key"] = "link"
        result["names"], result["inverse"] = (
            by_language(w(key) for w in atlas.words.values()) for key in ("links_to", "linked_from")
        )
        return result
    if meaning is None:
        tail = local_name(iri)
        result["key"], result["names"] = tail, [tail]
        return result
    tier, object_first = tier_of(meaning)
    if tier != TIED:
        result["on"] = 1 if object_first else -1
    result["key"] = meaning.key
    result["names"] = by_language(_named(meaning.labels, meaning.key, lang) for lang in atlas.langs)
    inverse = meaning if meaning.symmetric else atlas.assessment.relations.get(meaning.inverse or "")
    if inverse is not None:
        result["inverse"] = by_language(_named(inverse.labels, inverse.key, lang) for lang in atlas.langs)
    return result


def _named(labels: Mapping[str, str], key: str, lang: str) -> str:
    return labels.get(lang) or labels.get("en") or key
