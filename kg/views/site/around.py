"""A static picture of a concept's surroundings, which needs no scripts and can be printed."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from kg.base.widths import text_width
from kg.views.page import View, paths
from kg.views.page.md import clip
from kg.views.site.facts import RelationGroup

_MOST: Final = 10
_WIDE: Final = 304.0
_HIGH: Final = 264.0
_COLUMNS: Final = 11
_CHAR: Final = 6.3
"""Width of one column of 11.5 px text, in px."""
_ORDER: Final = {"broader": 0, "associative": 1, "mapping": 2, "narrower": 3}


class DrawnNeighbour(NamedTuple):
    """A neighbour in the picture."""

    iri: str
    kind: str
    """Kind of the relation."""
    label: str
    """Label of the relation."""


def picture(view: View, groups: Sequence[RelationGroup], address: str, iri: str) -> Markup:
    """The nearest concepts on an ellipse, broader ones at the top, narrower ones at the bottom; empty if there are none."""
    shown = _chosen(groups)
    if not shown:
        return Markup("")
    middle = (_WIDE / 2, _HIGH / 2)
    lines: list[str] = []
    nodes: list[str] = []
    for (neighbour, kind, label), (x, y) in zip(shown, _places([kind for _, kind, _ in shown]), strict=True):
        path = "M{} {}L{} {}".format(*map(round, (*middle, x, y)))
        lines.append(f'<path class="tie {escape(kind)}" d="{path}"><title>{escape(label)}</title></path>')
        nodes.append(_node(view, address, neighbour, x, y))
    nodes.append(_node(view, address, iri, *middle, own=True))
    label = escape(view.words("around-figure"))
    drawn = "".join([*lines, *nodes])
    return Markup(  # noqa: S704  # escaped above
        f'<svg class="around" viewBox="0 0 {_WIDE:g} {_HIGH:g}" role="group" aria-label="{label}">{drawn}</svg>'
    )


def _chosen(groups: Sequence[RelationGroup]) -> list[DrawnNeighbour]:
    """At most ten neighbours, each once: in turn one of each kind of relation, those stated most often first.

    The choice depends on the concept's own relations only, so that the picture doesn't move with measures of the whole base.
    """
    offers: dict[str, tuple[int, str, str]] = {}
    stated: Counter[str] = Counter()
    for group in groups:
        for item in group.items:
            offer = (_ORDER.get(group.kind, 1), group.kind, group.label)
            offers[item.iri] = min(offers.get(item.iri, offer), offer)
            stated[item.iri] += len(item.places)
    kinds: dict[int, list[str]] = defaultdict(list)
    for iri in sorted(offers, key=lambda o: (-stated[o], o)):
        kinds[offers[iri][0]].append(iri)
    turns = sorted((place, kind, iri) for kind, iris in kinds.items() for place, iri in enumerate(iris[:_MOST]))
    near = (DrawnNeighbour(iri, *offers[iri][1:]) for *_, iri in turns[:_MOST])
    return sorted(near, key=lambda c: (_ORDER.get(c.kind, 1), c.label, c.iri))


def _places(kinds: list[str]) -> list[tuple[float, float]]:
    """Points on an ellipse, clockwise from the upper left, so that broader concepts, which come first, are at the top."""
    count = len(kinds)
    above = kinds.count("broader")
    start = -math.pi / 2 - (above - 1) * math.pi / count if above else -math.pi / 2
    return [
        (
            _WIDE / 2 + (_WIDE / 2 - 44) * math.cos(start + 2 * math.pi * i / count),
            _HIGH / 2 + (_HIGH / 2 - 20) * math.sin(start + 2 * math.pi * i / count),
        )
        for i in range(count)
    ]


def _node(view: View, address: str, iri: str, x: float, y: float, *, own: bool = False) -> str:
    name = view.label(iri)
    label = clip(name, _COLUMNS + (5 if own else 0))
    half = round(text_width(label) * _CHAR / 2 + 7)
    x, y = round(min(max(x, half + 1), _WIDE - half - 1)), round(y)
    css = "own" if own else "node"
    text = f'<text x="{x}" y="{y + 4}">{escape(label)}</text>'
    box = f'<rect class="{css}" x="{x - half}" y="{y - 11}" width="{2 * half}"/>{text}'
    target = view.page_of(iri)
    if own or target is None:
        return box
    whole = "" if label == name else f"<title>{escape(name)}</title>"
    return f'<a href="{escape(paths.relative(address, target))}">{whole}{box}</a>'
