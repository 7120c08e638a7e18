"""The map on the start page: an inline picture with the most important concepts, each a link, coloured by community.

It needs no library, so the page stays small; a script highlights neighbours and moves the focus by arrow keys, so that the map
is one stop of the Tab key: its most important concept. Positions are those of
the maps, so they stand still.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from kg.base.widths import text_width
from kg.views.page import View, paths
from kg.views.page.md import clip

_NODES: Final = 150
_LINES: Final = 320
_WIDE: Final = 760.0
_HIGH: Final = 430.0
_MARGIN: Final = (26.0, 20.0)
_COLOURS: Final = 12
_LABELS: Final = 30
_CHAR: Final = 6.6
"""Width of one column of 12 px text, in px."""
_ROW: Final = 15.0
_RADII: Final = (3.0, 8.0)


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: _Box) -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom


class HeroMap(NamedTuple):
    """The picture, and how much of the knowledge base it shows."""

    picture: Markup
    shown: int
    left_out: int
    """How many concepts it doesn't show because they are less central."""


def hero_map(view: View, address: str, ranked: Sequence[str]) -> HeroMap | None:
    """The map of the first concepts of `ranked`, most important first; None if there is too little to draw."""
    assessment = view.assessment
    placed = [iri for iri in ranked if iri in assessment.positions]
    iris = placed[:_NODES]
    if len(iris) < 3:
        return None
    points = dict(zip(iris, _spread([assessment.positions[iri] for iri in iris]), strict=True))
    radii = _radii(view, iris)
    number = {iri: i for i, iri in enumerate(iris)}
    parts = [
        f'<path data-e="{number[a]} {number[b]}" d="M{_at(points[a])}L{_at(points[b])}"/>' for a, b in _lines(view, number)
    ]
    labelled = _labels(view, iris, points, radii)
    parts += [_node(view, address, iri, number[iri], points[iri], radii[iri]) for iri in reversed(iris)]
    parts += [
        f'<text class="{"first" if number[iri] in first else "more"}" x="{x:.0f}" y="{y:.0f}" data-l="{number[iri]}">'
        f"{escape(text)}</text>"
        for first in [{number[iri] for iri in list(labelled)[:9]}]
        for iri, (x, y, text) in labelled.items()
    ]
    drawn = "".join(parts)
    label = escape(view.words("hero-map"))
    svg = f'<svg class="hero-map" viewBox="0 0 {_WIDE:g} {_HIGH:g}" role="group" aria-label="{label}">{drawn}</svg>'
    return HeroMap(Markup(svg), len(iris), len(placed) - len(iris))  # noqa: S704  # escaped above


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.0f} {point[1]:.0f}"


def _spread(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Positions in the picture: mostly by rank on each axis, so that outliers don't compress all others."""
    columns = []
    for axis, (size, margin) in enumerate(zip((_WIDE, _HIGH), _MARGIN, strict=True)):
        values = [point[axis] for point in points]
        low, extent = min(values), (max(values) - min(values)) or 1.0
        ranks = {i: rank for rank, i in enumerate(sorted(range(len(values)), key=lambda i: (values[i], i)))}
        shares = (0.3 * (value - low) / extent + 0.7 * ranks[i] / max(1, len(values) - 1) for i, value in enumerate(values))
        columns.append([margin + share * (size - 2 * margin) for share in shares])
    return list(zip(*columns, strict=True))


def _radii(view: View, iris: Sequence[str]) -> Mapping[str, float]:
    measures = view.assessment.concepts
    most = max(measures[iri].pagerank for iri in iris) or 1.0
    low, more = _RADII
    return {iri: low + more * math.sqrt(measures[iri].pagerank / most) for iri in iris}


def _lines(view: View, number: Mapping[str, int]) -> list[tuple[str, str]]:
    """What authors state between the concepts shown, each pair once: typed relations first, and important concepts first."""
    network = view.assessment.network
    typed: dict[tuple[str, str], bool] = {}
    for a in number:
        for b, keyed in network.adj[a].items() if a in network else ():
            stated = [bool(data.get("typed", True)) for data in keyed.values() if data.get("asserted", True)]
            if b in number and a != b and stated:
                pair = min(a, b), max(a, b)
                typed[pair] = typed.get(pair, False) or any(stated)
    return sorted(typed, key=lambda pair: (not typed[pair], number[pair[0]] + number[pair[1]], pair))[:_LINES]


def _node(view: View, address: str, iri: str, index: int, point: tuple[float, float], radius: float) -> str:
    measures = view.assessment.concepts
    colour = f"c{measures[iri].community % _COLOURS}"
    href = escape(paths.relative(address, view.page_of(iri) or paths.INDEX))
    x, y = (f"{value:.0f}" for value in point)
    return (
        f'<a href="{href}" data-i="{index}" tabindex="{0 if index == 0 else -1}" aria-label="{escape(view.label(iri))}">'
        f'<circle class="{colour}" cx="{x}" cy="{y}" r="{radius:.1f}"/></a>'
    )


def _labels(
    view: View, iris: Sequence[str], points: Mapping[str, tuple[float, float]], radii: Mapping[str, float]
) -> dict[str, tuple[float, float, str]]:
    """Where labels are written, below or above their nodes: the most important first, and none over another."""
    # A label doesn't cover the large nodes either.
    boxes = [_Box(x - r, y - r, x + r, y + r) for (x, y), r in ((points[iri], radii[iri] * 0.8) for iri in iris[:40])]
    labels: dict[str, tuple[float, float, str]] = {}
    measures = view.assessment.concepts
    # The most central concept of each community first, so that each part of the map has a name.
    heads: dict[int, str] = {}
    for iri in iris:
        heads.setdefault(measures[iri].community, iri)
    for iri in dict.fromkeys((*heads.values(), *iris)):
        if len(labels) == _LABELS:
            break
        x, y = points[iri]
        text = clip(view.label(iri), 22)
        half = text_width(text) * _CHAR / 2 + 3
        x = min(max(x, half + 2), _WIDE - half - 2)
        for base in (y + radii[iri] + 12, y - radii[iri] - 5):
            box = _Box(x - half, base - _ROW + 3, x + half, base + 4)
            if box.top > 0 and box.bottom < _HIGH and not any(box.overlaps(other) for other in boxes):
                boxes.append(box)
                labels[iri] = (x, base, text)
                break
    return labels
