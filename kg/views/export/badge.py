"""A badge of a measure as SVG: its name and value, for a README. It loads nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Final

from kg.base.widths import text_width
from kg.model import Measure, format_value
from kg.views.page.words import Words

_COLUMN: Final = 6.6
"""Pixels of a column of text, in the fonts below at 11 pixels."""
_SPACE: Final = 10
_GOOD, _FAIR, _POOR, _UNKNOWN = "#2e7d32", "#8a6d00", "#b3261e", "#5f6368"


def badge_svg(measure: Measure, lang: str, gate: float | None = None) -> bytes:
    """Return the badge: green if the measure meets its target and gate, or without them from 90%; grey if it is unknown."""
    words = Words(lang)
    name = words.measure(measure.name)
    value = format_value(measure.value, measure.unit, words("unknown"))
    left, right = (round(text_width(text) * _COLUMN + _SPACE) for text in (name, value))
    label = escape(f"{name}: {value}")
    texts = "".join(
        f'<text x="{x:g}" y="14" textLength="{width - _SPACE}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        for x, width, text in ((left / 2, left, name), (left + right / 2, right, value))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{label}">'
        f"<title>{label}</title>"
        f'<clipPath id="c"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#c)"><rect width="{left}" height="20" fill="#40464d"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_colour(measure, gate)}"/></g>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Noto Sans CJK SC,sans-serif" font-size="11">'
        f"{texts}</g></svg>\n"
    ).encode()


def _colour(measure: Measure, gate: float | None) -> str:
    if measure.value is None:
        return _UNKNOWN
    bounds = [bound for bound in (measure.target, gate) if bound is not None]
    if measure.unit == "share" and not bounds:
        bounds = [0.9]
    if all(measure.value >= bound for bound in bounds) and not measure.below_floor:
        return _GOOD
    return _FAIR if measure.value >= 0.8 * max(bounds, default=0.0) else _POOR
