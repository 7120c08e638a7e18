"""Measures over time as sparklines: one point for each snapshot, and the current value as the last point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from kg.base.widths import text_width
from kg.model import Assessment, Measure
from kg.views.page.md import clip

_WIDE: Final = 120.0
_HIGH: Final = 24.0
_MOST: Final = 60
"""Maximum number of points; of a longer history, the last ones are shown."""


class Trend(NamedTuple):
    """A measure over time, oldest first; None if it was unknown."""

    name: str
    points: tuple[float | None, ...]
    since: str
    """Date of the last snapshot; empty if there is none."""
    before: float | None
    """The value at that snapshot."""


def trend(assessment: Assessment, measure: Measure) -> Trend:
    """The values of a measure at each snapshot and now."""
    rows = assessment.history[-(_MOST - 1) :]
    points = (*(row.measures.get(measure.name) for row in rows), measure.value)
    last = rows[-1] if rows else None
    return Trend(measure.name, points, last.time[:10] if last else "", last.measures.get(measure.name) if last else None)


def sparkline(points: Sequence[float | None], label: str, top: float = 1.0) -> Markup:
    """A sparkline from 0 to `top`, with gaps for unknown values; empty if fewer than two values are known."""
    if sum(p is not None for p in points) < 2:
        return Markup("")
    step = _WIDE / (len(points) - 1)
    places = [None if p is None else (i * step, _y(p, top)) for i, p in enumerate(points)]
    lines: list[list[str]] = [[]]
    for place in places:
        if place is None:
            lines.append([])
        else:
            lines[-1].append(f"{place[0]:.1f} {place[1]:.1f}")
    path = "".join(f"M{' L'.join(line)}" for line in lines if len(line) > 1)
    dots = Markup("").join(
        Markup('<circle cx="{}" cy="{}" r="1.8"/>').format(f"{p[0]:.1f}", f"{p[1]:.1f}")
        for i, p in enumerate(places)
        # The last point, and points without an adjacent line.
        if p is not None and (i == len(places) - 1 or not _joined(places, i))
    )
    return Markup(
        '<svg class="trend" viewBox="-3 -3 {} {}" role="img" aria-label="{}"><path d="{}" fill="none"/>{}</svg>'
    ).format(f"{_WIDE + 6:g}", f"{_HIGH + 6:g}", label, path or "M0 0", dots)


def _joined(places: Sequence[tuple[float, float] | None], i: int) -> bool:
    return (i > 0 and places[i - 1] is not None) or (i + 1 < len(places) and places[i + 1] is not None)


def _y(value: float, top: float) -> float:
    return _HIGH * (1 - max(0.0, min(1.0, value / top if top else 0.0)))


class TrendLine(NamedTuple):
    """A line of the figure: the measure's name, its points, the displayed last value, and the top of its scale."""

    label: str
    points: tuple[float | None, ...]
    shown: str
    top: float


def figure(rows: Sequence[TrendLine], label: str) -> Markup:
    """All measures over time, each from 0 to the top of its scale; empty without history."""
    rows = [row for row in rows if len(row.points) > 1 and any(p is not None for p in row.points)]
    if not rows:
        return Markup("")
    left = min(250.0, max(text_width(clip(r.label, 32)) for r in rows) * 7.2 + 12)
    long, step = 260.0, 34
    body = []
    for i, row in enumerate(rows):
        y = i * step + 4
        count = len(row.points) - 1
        body.append(
            Markup('<text x="{}" y="{}" class="label end">{}</text>').format(f"{left - 8:g}", y + 18, clip(row.label, 32))
        )
        body.append(
            Markup('<rect class="track" x="{}" y="{}" width="{}" height="24" rx="2"/>').format(f"{left:g}", y, f"{long:g}")
        )
        before: tuple[float, float] | None = None
        for n, value in enumerate(row.points):
            if value is None:
                before = None
                continue
            at = (left + 4 + n * (long - 8) / count, y + _y(value, row.top))
            if before is not None:
                body.append(Markup('<path class="line" d="M{} {}L{} {}"/>').format(*(f"{v:.1f}" for v in (*before, *at))))
            body.append(Markup('<circle class="point" cx="{}" cy="{}" r="2.2"/>').format(f"{at[0]:.1f}", f"{at[1]:.1f}"))
            before = at
        body.append(Markup('<text x="{}" y="{}" class="value">{}</text>').format(f"{left + long + 8:g}", y + 18, row.shown))
    wide = left + long + max(text_width(r.shown) for r in rows) * 7.2 + 16
    return Markup(
        '<figure class="figure trends"><div class="scroll" tabindex="0" role="group" aria-label="{label}">'
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" xmlns="http://www.w3.org/2000/svg">{body}</svg>'
        "</div><figcaption>{label}</figcaption></figure>\n"
    ).format(w=f"{wide:.0f}", h=len(rows) * step + 6, label=label, body=Markup("").join(body))
