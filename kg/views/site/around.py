"""A static picture of a concept's surroundings, which needs no scripts and can be printed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from kg.base.widths import text_width
from kg.views.page import View, paths
from kg.views.page.labels import wrap
from kg.views.page.md import clip, plain
from kg.views.site.facts import RelationGroup

_MOST: Final = 10
_WIDE: Final = 262
"""Width in px, that of the box beside a text, so that letters have their own size there."""
_MIDDLE: Final = _WIDE // 2
_BOX: Final = 115
"""Width of a neighbour's box in px."""
_LINE: Final = 15
"""Height of a line of a label in px."""
_GAP: Final = 8
_CHAR: Final = 6.9
"""Width of one column of 12 px text in px."""
_BOLD: Final = 1.13
"""How much wider the concept's own label is."""
_ORDER: Final = {"broader": 0, "associative": 1, "mapping": 2, "narrower": 3}


class DrawnNeighbour(NamedTuple):
    """A neighbour in the picture."""

    iri: str
    kind: str
    """Kind of the relation."""
    label: str
    """Label of the relation."""


class _Box(NamedTuple):
    """A concept in the picture: its label in at most three lines, and the height of its box in px."""

    iri: str
    lines: list[str]
    high: int


def picture(view: View, groups: Sequence[RelationGroup], address: str, iri: str) -> Markup:
    """The nearest concepts in two columns, broader ones above the concept, narrower ones below; empty if there are none."""
    near = _chosen(groups)
    if not near:
        return Markup("")
    above = near[: _count_above([neighbour.kind for neighbour in near])]
    ties: list[str] = []
    boxes: list[str] = []
    y = 1

    def draw_rows(part: Sequence[DrawnNeighbour]) -> None:
        nonlocal y
        for row in range(0, len(part), 2):
            pair = [(neighbour, _box(view, neighbour.iri, _BOX)) for neighbour in part[row : row + 2]]
            high = max(box.high for _, box in pair)
            for side, (neighbour, box) in enumerate(pair):
                x = side * (_WIDE - _BOX - 2) + 1
                ends.append((neighbour, x + (_BOX if side == 0 else 0), y + high // 2))
                boxes.append(_drawn(view, address, box, (x, y + (high - box.high) // 2, _BOX)))
            y += high + _GAP

    ends: list[tuple[DrawnNeighbour, int, int]] = []
    draw_rows(above)
    own = _box(view, iri, _WIDE - 2)
    width = min(_WIDE - 2, round(max(map(text_width, own.lines)) * _CHAR * _BOLD) + 20)
    middle = y + own.high // 2
    boxes.append(_drawn(view, address, own, (_MIDDLE - width // 2, y, width), own=True))
    y += own.high + _GAP
    draw_rows(near[len(above) :])
    for neighbour, x, end in ends:
        path = f"M{_MIDDLE} {middle}V{end}H{x}"
        ties.append(f'<path class="tie {escape(neighbour.kind)}" d="{path}"><title>{escape(neighbour.label)}</title></path>')
    label = escape(view.words("around-figure"))
    drawn = "".join([*ties, *boxes])
    return Markup(  # noqa: S704  # escaped above
        f'<svg class="around" viewBox="0 0 {_WIDE} {y - _GAP + 1}" role="group" aria-label="{label}">{drawn}</svg>'
    )


def _count_above(kinds: Sequence[str]) -> int:
    """How many of the neighbours stand above the concept: all broader ones, no narrower one, of the others half of all.

    >>> _count_above(["broader"] * 5 + ["associative"]), _count_above(["associative"] * 5), _count_above(["narrower"] * 3)
    (5, 2, 0)
    """
    broader, narrower = kinds.count("broader"), kinds.count("narrower")
    half = len(kinds) // 4 * 2 or len(kinds) // 2
    return min(max(broader, half), len(kinds) - narrower)


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


def _box(view: View, iri: str, width: int) -> _Box:
    columns = int((width - 12) / (_CHAR * (_BOLD if width > _BOX else 1)))
    lines = [clip(line, columns) for line in wrap(plain(view.label(iri)), columns).split("\n")]
    return _Box(iri, lines, _LINE * len(lines) + 8)


def _drawn(view: View, address: str, box: _Box, place: tuple[int, int, int], *, own: bool = False) -> str:
    """A box at a place: left, top, width."""
    left, top, width = place
    x = left + width // 2
    rows = "".join(f'<tspan x="{x}" y="{top + 4 + 12 + i * _LINE}">{escape(line)}</tspan>' for i, line in enumerate(box.lines))
    css = "own" if own else "node"
    drawn = f'<rect class="{css}" x="{left}" y="{top}" width="{width}" height="{box.high}"/><text>{rows}</text>'
    target = view.page_of(box.iri)
    if own or target is None:
        return drawn
    whole = f"<title>{escape(view.label(box.iri))}</title>" if box.lines[-1].endswith("…") else ""
    return f'<a href="{escape(paths.relative(address, target))}">{whole}{drawn}</a>'
