"""Plots of the association report as SVG: degrees, areas by relation types, association over time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from markupsafe import escape

from kg.base.widths import text_width
from kg.views.page import View
from kg.views.page.md import clip
from kg.views.reports.document import Plot
from kg.views.reports.net import Net

_LEAST: Final = 20
"""Minimum number of connected concepts for a distribution."""
_AREAS: Final = 24
_RELATIONS: Final = 14
_POINTS: Final = 60
_CELL: Final = (46.0, 26.0)
"""Width and height of a cell of a matrix in pixels."""
_WIDTH: Final = 6.6
"""Approximate pixels of a text column at 12 px."""
_BLUE, _GREY, _ORANGE, _RULE = "#2b6cb0", "#6b7280", "#c05621", "#e2e4e8"
_PALE, _DEEP = (239, 246, 255), (30, 77, 140)
"""Colours of the least and the largest count of a matrix."""


class Axis(NamedTuple):
    """A scale from values to pixels: of logarithms, or linear."""

    first: float
    last: float
    start: float
    """The pixel of `first`."""
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """The pixel of a value."""
        first, last, at = (math.log(v) if self.is_log else v for v in (self.first, self.last, value))
        return self.start + (at - first) / ((last - first) or 1.0) * (self.end - self.start)


class Series(NamedTuple):
    """A line of a plot with its name in the legend; points without a value are left out, and the line is broken there."""

    name: str
    points: Sequence[tuple[float, float | None]]
    colour: str
    is_square: bool = False
    """Whether its marks are squares, so that lines differ without colour."""


def ticks_of(most: float) -> list[int]:
    """The ticks of a logarithmic axis from 1: 1, 2, 5, 10 …, up to the first that isn't less than `most`.

    >>> ticks_of(7), ticks_of(1)
    ([1, 2, 5, 10], [1, 2])
    """
    ticks = [1]
    while ticks[-1] < most or len(ticks) < 2:
        ticks.append(ticks[-1] * 5 // 2 if str(ticks[-1])[0] == "2" else ticks[-1] * 2)
    return ticks


def degrees(view: View, net: Net) -> Plot | None:
    """Number of concepts with at least k neighbours, by all associations and by typed relations; log-log."""
    w, measures = view.words, view.assessment.concepts.values()
    lines = {
        w("plot-all"): Counter(m.degree for m in measures if m.degree),
        w("plot-typed"): Counter(m.typed_degree for m in measures if m.typed_degree),
    }
    if sum(lines[w("plot-all")].values()) < _LEAST:
        return None

    points = [[(x, float(sum(n for k, n in counts.items() if k >= x))) for x in sorted(counts)] for counts in lines.values()]
    xs, ys = (ticks_of(max(point[i] for series in points for point in series)) for i in (0, 1))
    across, up = Axis(xs[0], xs[-1], 58, 576, is_log=True), Axis(ys[0], ys[-1], 284, 34, is_log=True)
    parts = [
        *_grid(across, [(x, f"{x:,}") for x in xs], up, [(y, f"{y:,}") for y in ys]),
        _label(317, 316, w("plot-neighbours"), "middle"),
        f'<g transform="rotate(-90 14 160)">{_label(14, 160, w("plot-concepts"), "middle")}</g>',
        *_lines(
            [
                Series(name, own, colour, colour == _BLUE)
                for name, own, colour in zip(lines, points, (_GREY, _BLUE), strict=True)
            ],
            across,
            up,
        ),
    ]
    return Plot("degrees", _svg(590, 326, parts), w("fig-degrees"))


def matrix(view: View, net: Net) -> Plot | None:
    """Relations by area of the source and by type, darker for larger counts."""
    w = view.words
    columns = sorted(net.by_relation, key=lambda r: (-net.by_relation[r], view.relation(r), r))
    totals: Counter[str] = Counter()
    for (area, _), n in net.by_area.items():
        totals[area] += n
    rows = sorted(totals, key=lambda a: (not a, -totals[a], a))
    if len([r for r in rows if r]) < 2 or net.typed < _LEAST:
        return None
    kept_rows, kept = rows[:_AREAS], columns[:_RELATIONS]
    names = [view.area(a) for a in kept_rows] + ([w("other")] if len(rows) > _AREAS else [])
    heads = [view.relation(r) for r in kept] + ([w("other")] if len(columns) > _RELATIONS else [])
    cells = _cells(net.by_area, (kept_rows, rows[_AREAS:]), (kept, columns[_RELATIONS:]))
    left = max(text_width(clip(n, 26)) for n in names) * _WIDTH + 14
    top = max(text_width(clip(h, 22)) for h in heads) * _WIDTH * 0.71 + 22
    most = max(max(row) for row in cells)
    parts: list[str] = []
    for x, head in enumerate(heads):
        at = left + (x + 0.4) * _CELL[0]
        parts.append(f'<g transform="rotate(-45 {at:.1f} {top - 8:.1f})">{_label(at, top - 8, clip(head, 22))}</g>')
    for y, (name, row) in enumerate(zip(names, cells, strict=True)):
        middle = top + (y + 0.5) * _CELL[1]
        parts.append(_label(left - 8, middle + 4, clip(name, 26), "end"))
        for x, n in enumerate(row):
            at = left + x * _CELL[0]
            share = n / most
            red, green, blue = (round(a + (b - a) * share) for a, b in zip(_PALE, _DEEP, strict=True))
            parts.append(
                f'<rect x="{at + 1:.1f}" y="{middle - 12:.1f}" width="{_CELL[0] - 2:g}" height="{_CELL[1] - 2:g}" rx="2" '
                f'fill="rgb({red},{green},{blue})"/>'
            )
            if n:
                ink = "#ffffff" if share > 0.45 else "#1a202c"
                parts.append(_label(at + _CELL[0] / 2, middle + 4, f"{n:,}", "middle", ink))
    wide, high = left + len(heads) * _CELL[0] + top * 0.9, top + len(names) * _CELL[1] + 6
    return Plot("areas", _svg(wide, high, parts), w("fig-model"))


def _cells(
    counts: Mapping[tuple[str, str], int],
    rows: tuple[Sequence[str], Sequence[str]],
    columns: tuple[Sequence[str], Sequence[str]],
) -> list[list[int]]:
    """Counts by row and column; the remaining rows and columns are added up in a last one."""
    groups = [[[x] for x in first] + ([list(rest)] if rest else []) for first, rest in (rows, columns)]
    return [[sum(counts.get((a, r), 0) for a in row for r in column) for column in groups[1]] for row in groups[0]]


def over_time(view: View) -> Plot | None:
    """Concept association and linkage at each snapshot and now, with the target."""
    w, assessment = view.words, view.assessment
    rows = assessment.history[-_POINTS:]
    today = {m.name: m for m in assessment.measures}
    names = [n for n in ("concept_association", "linkage") if n in today]
    points = {n: [*(row.measures.get(n) for row in rows), today[n].value] for n in names}
    if not rows or not any(sum(p is not None for p in series) > 1 for series in points.values()):
        return None
    labels = [*(row.time[:10] for row in rows), w("plot-now")]
    step = max(1, (len(labels) + 5) // 6)
    shown = sorted({*range(0, len(labels) - step, step), len(labels) - 1})
    across, up = Axis(0, len(labels) - 1, 58, 546), Axis(0, 100, 236, 34)
    series = [
        Series(
            w.measure(name), [(x, None if p is None else 100 * p) for x, p in enumerate(points[name])], colour, colour == _GREY
        )
        for name, colour in zip(names, (_BLUE, _GREY), strict=False)
    ]
    targets = sorted({aim for name in names if (aim := today[name].target) is not None})
    parts = [
        *_grid(across, [(x, labels[x]) for x in shown], up, [(y, f"{y}%") for y in range(0, 101, 20)]),
        *(_rule(across, up.place(100 * target)) for target in targets),
        *_lines(series, across, up, w("target") if targets else ""),
    ]
    return Plot("history", _svg(590, 262, parts), w("fig-over-time"))


def _grid(across: Axis, xs: Sequence[tuple[float, str]], up: Axis, ys: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Yield the lines and numbers of both axes."""
    for value, text in ys:
        y = up.place(value)
        yield f'<path d="M{across.start:.1f} {y:.1f}H{across.end:.1f}" stroke="{_RULE}"/>'
        yield _label(across.start - 6, y + 4, text, "end", _GREY)
    for value, text in xs:
        x = across.place(value)
        yield f'<path d="M{x:.1f} {up.start:.1f}v4" stroke="{_GREY}"/>'
        yield _label(x, up.start + 18, text, "middle", _GREY)


def _rule(across: Axis, y: float) -> str:
    return f'<path d="M{across.start:.1f} {y:.1f}H{across.end:.1f}" stroke="{_ORANGE}" stroke-dasharray="6 4"/>'


def _lines(series: Sequence[Series], across: Axis, up: Axis, rule: str = "") -> Iterator[str]:
    """Yield the lines with their marks, and the legend above them; `rule` is the name of a dashed line."""
    at = across.start
    for line in series:
        path, pen = [], "M"
        for x, y in line.points:
            if y is None:
                pen = "M"
                continue
            left, top = across.place(x), up.place(y)
            path.append(f"{pen}{left:.1f} {top:.1f}")
            pen = "L"
            yield _mark(left, top, line)
        yield f'<path d="{"".join(path)}" fill="none" stroke="{line.colour}" stroke-width="1.4"/>'
        yield _mark(at + 6, 16, line)
        yield _label(at + 16, 20, line.name)
        at += 40 + text_width(line.name) * _WIDTH
    if rule:
        yield f'<path d="M{at:.1f} 16h16" stroke="{_ORANGE}" stroke-dasharray="6 4"/>'
        yield _label(at + 22, 20, rule)


def _mark(x: float, y: float, line: Series) -> str:
    if line.is_square:
        return f'<rect x="{x - 2.5:.1f}" y="{y - 2.5:.1f}" width="5" height="5" fill="{line.colour}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{line.colour}"/>'


def _label(x: float, y: float, text: str, anchor: str = "start", colour: str = "#1a202c") -> str:
    """A text, without the characters that XML doesn't allow."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(c for c in text if c >= " " and c not in "\ufffe\uffff")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _svg(wide: float, high: float, parts: Sequence[str]) -> bytes:
    """A picture with a ground of its own, since it is also a file beside the Markdown."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" height="{high:.0f}" '
        f"font-family=\"system-ui, 'Noto Sans CJK SC', 'PingFang SC', sans-serif\" font-size=\"12\">\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    ).encode()
