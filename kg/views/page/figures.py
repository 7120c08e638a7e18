"""Figures as SVG for pages: bars, matrix, tree. Colours come from the style sheet and so follow light and dark mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from kg.base.widths import text_width
from kg.views.page.md import clip

_CHAR: Final = 7.2
"""Width of one column of 13 px text, in px."""


def meter(value: float | None, target: float | None, label: str, claim: float | None = None) -> Markup:
    """A bar from 0 to 1, with a tick at the target and a faint tick at the claimed value. Empty and hatched if unknown."""
    state = _state(value, target)
    filled = 0.0 if value is None else max(0.0, min(1.0, value)) * 100
    parts = [
        Markup('<svg class="meter {}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">').format(
            state, label
        ),
        Markup('<rect class="track" width="100" height="8"/>'),
    ]
    if filled:
        parts.append(Markup('<rect class="fill" width="{}" height="8"/>').format(f"{filled:.2f}"))
    if claim is not None:
        at = max(0.0, min(1.0, claim)) * 100
        parts.append(Markup('<rect class="claim" x="{}" width="0.9" height="8"/>').format(f"{min(at, 99.1):.2f}"))
    if target is not None:
        at = max(0.0, min(1.0, target)) * 100
        parts.append(Markup('<rect class="tick" x="{}" width="0.9" height="8"/>').format(f"{min(at, 99.1):.2f}"))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _state(value: float | None, target: float | None) -> str:
    if value is None:
        return "unknown"
    if target is None:
        return "plain"
    return "good" if value >= target else "bad"


def _text(x: float, y: float, text: str, css: str, href: str | None = None) -> Markup:
    made = Markup('<text x="{}" y="{}" class="{}">{}</text>').format(f"{x:g}", f"{y:g}", css, text)
    return Markup('<a href="{}">{}</a>').format(href, made) if href else made


def _figure(kind: str, size: tuple[float, float], label: str, body: Sequence[Markup]) -> Markup:
    wide, high = (f"{v:.0f}" for v in size)
    return Markup(
        '<figure class="figure {kind}"><div class="scroll" tabindex="0" role="group" aria-label="{label}">'
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" xmlns="http://www.w3.org/2000/svg">{body}</svg>'
        "</div><figcaption>{label}</figcaption></figure>\n"
    ).format(kind=kind, w=wide, h=high, label=label, body=Markup("").join(body))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: label, length, and the displayed number."""

    label: str
    value: float
    shown: str
    href: str | None = None


def bars(rows: Sequence[Bar], label: str, most: float = 0.0) -> Markup:
    """A horizontal bar chart; the longest bar, or the value `most` if given, fills the width."""
    if not rows:
        return Markup("")
    left = min(230.0, max(text_width(clip(r.label, 30)) for r in rows) * _CHAR + 12)
    length, step = 300.0, 26
    top = most or max((r.value for r in rows), default=0.0) or 1.0
    right = max(text_width(r.shown) for r in rows) * _CHAR + 16
    body = []
    for i, row in enumerate(rows):
        y = i * step
        long = max(row.value / top * length, 1.5 if row.value else 0.0)
        body.append(_text(left - 8, y + 17, clip(row.label, 30), "label end", row.href))
        body.append(
            Markup('<rect class="track" x="{}" y="{}" width="{}" height="14" rx="2"/>').format(
                f"{left:.1f}", y + 5, f"{length:.1f}"
            )
        )
        if long:
            body.append(
                Markup('<rect class="bar" x="{}" y="{}" width="{}" height="14" rx="2"/>').format(
                    f"{left:.1f}", y + 5, f"{long:.1f}"
                )
            )
        body.append(_text(left + length + 8, y + 17, row.shown, "value"))
    return _figure("bars", (left + length + right, len(rows) * step + 4), label, body)


def matrix(names: Sequence[str], counts: Sequence[Sequence[int]], label: str) -> Markup:
    """A square matrix of counts, darker for larger counts; rows are sources, columns are targets."""
    if not names:
        return Markup("")
    cell = 46.0
    left = min(190.0, max(text_width(clip(n, 24)) for n in names) * _CHAR + 14)
    head = min(150.0, max(text_width(clip(n, 22)) for n in names) * _CHAR * 0.72 + 24)
    most = max((c for row in counts for c in row), default=0) or 1
    body = []
    for i, name in enumerate(names):
        x = left + i * cell + cell / 2
        body.append(
            Markup('<text class="label" transform="translate({} {}) rotate(-45)">{}</text>').format(
                f"{x:.1f}", f"{head - 8:.1f}", clip(name, 22)
            )
        )
        body.append(_text(left - 8, head + i * cell + cell / 2 + 4, clip(name, 24), "label end"))
        for j, count in enumerate(counts[i]):
            # Five distinguishable steps; the number is always shown too.
            step = 0 if not count else 1 + min(4, int(4 * count / most))
            at = (left + j * cell + 1, head + i * cell + 1)
            body.append(
                Markup(
                    '<rect class="cell q{}" x="{}" y="{}" width="44" height="44" rx="3"><title>{} → {}: {}</title></rect>'
                ).format(step, f"{at[0]:.1f}", f"{at[1]:.1f}", name, names[j], count)
            )
            if count:
                body.append(_text(at[0] + 22, at[1] + 27, f"{count:,}", f"value mid on{step}"))
    reach = left + len(names) * cell + head * 0.75
    return _figure("matrix", (reach, head + len(names) * cell + 4), label, body)


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of a drawn tree; ``quiet`` nodes represent omitted nodes."""

    label: str
    href: str | None = None
    children: tuple[Branch, ...] = ()
    quiet: bool = False
    kind: str = ""
    """Kind of its relation to the parent: a CSS class of the line."""


def tree(roots: Sequence[Branch], label: str) -> Markup:
    """A tree drawn from left to right, with one leaf a row."""
    if not roots:
        return Markup("")
    columns: list[float] = []

    def measure(node: Branch, depth: int) -> None:
        while len(columns) <= depth:
            columns.append(0.0)
        columns[depth] = max(columns[depth], text_width(clip(node.label, 26)) * _CHAR + 60)
        for child in node.children:
            measure(child, depth + 1)

    for root in roots:
        measure(root, 0)
    starts = [8 + sum(columns[:i]) for i in range(len(columns) + 1)]
    body: list[Markup] = []
    lines: list[Markup] = []
    row = 0

    def draw(node: Branch, depth: int) -> float:
        nonlocal row
        x = starts[depth]
        if node.children:
            ys = [draw(child, depth + 1) for child in node.children]
            y = (ys[0] + ys[-1]) / 2
            start = x + 14 + text_width(clip(node.label, 26)) * _CHAR
            there = starts[depth + 1]
            for at, child in zip(ys, node.children, strict=True):
                bend = (start + there) / 2
                lines.append(
                    Markup('<path class="{}" d="M{} {}C{} {} {} {} {} {}"/>').format(
                        f"link {child.kind}".strip(), *(f"{v:.1f}" for v in (start + 4, y, bend, y, bend, at, there - 4, at))
                    )
                )
        else:
            y = row * 26.0 + 15
            row += 1
        css = "label quiet" if node.quiet else "label"
        if not node.quiet:
            body.append(
                Markup('<circle class="node{}" cx="{}" cy="{}" r="3.5"/>').format(
                    " inner" if node.children else "", f"{x + 3:.1f}", f"{y:.1f}"
                )
            )
        body.append(_text(round(x + 12, 1), round(y + 4.5, 1), clip(node.label, 26), css, node.href))
        return y

    for root in roots:
        draw(root, 0)
    return _figure("tree", (starts[-1] + 8, row * 26 + 6), label, [*lines, *body])


__all__ = ["Bar", "Branch", "bars", "matrix", "meter", "tree"]
