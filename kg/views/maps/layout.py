"""Positions on a map: deterministic layouts, followed by the removal of overlaps between nodes and labels."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kg.base.widths import text_width
from kg.network.force import Point

ASPECT = 1.5
"""Width / height of a map. Screens and labels are wide."""

GAP = 9.0
"""Minimum distance between two boxes."""


class Box(NamedTuple):
    """The space of a node and the label below it, around the centre of the node."""

    half: float
    above: float
    below: float


def wrap(text: str, width: int = 16, rows: int = 3) -> str:
    """Wrap a label to lines of similar length, about `width` columns; break at spaces and between Chinese characters.

    >>> wrap("sandboxed container runtime")
    'sandboxed\\ncontainer\\nruntime'
    >>> wrap("最终一致性与因果一致性")
    '最终一致性与\\n因果一致性'
    """
    total = text_width(text)
    if total <= width:
        return text
    words = list(_words(text))
    lines = _lines(words, width)
    for narrower in range(max(total // len(lines), 4), width):
        tried = _lines(words, narrower)
        if len(tried) == len(lines) and all(text_width(line) <= width for line in tried):
            lines = tried
            break
    if len(lines) > rows:
        lines = [*lines[: rows - 1], lines[rows - 1] + "…"]
    return "\n".join(line if text_width(line) <= width + 8 else line[: width + 6] + "…" for line in lines)


def _lines(words: Iterable[str], width: int) -> list[str]:
    """Fill lines greedily with words."""
    lines = [""]
    for word in words:
        joined = lines[-1] + word
        if text_width(joined.strip()) <= width or not lines[-1].strip():
            lines[-1] = joined
        else:
            lines.append(word.lstrip())
    return [line.strip() for line in lines if line.strip()]


def _words(text: str) -> Iterable[str]:
    """Split a label at its possible line breaks."""
    word = ""
    for char in text:
        wide = text_width(char) == 2
        if word and (char.isspace() or wide):
            yield word
            word = ""
        word += char
        if wide and not unicodedata.category(char).startswith("P"):
            yield word
            word = ""
    if word:
        yield word


def extent(labels: Iterable[str]) -> tuple[int, int]:
    """Maximum number of columns and rows of some labels.

    >>> extent(["容器\\n运行时", "container"])
    (9, 2)
    """
    lines = [label.split("\n") for label in labels]
    widest = max((text_width(line) for label in lines for line in label), default=0)
    return widest, max((len(label) for label in lines), default=0)


def box(size: tuple[int, int], radius: float, font: float) -> Box:
    """The box of a node as drawn by vis-network: a disc with a label below; `size` is in columns and rows."""
    width, rows = size
    return Box(max(radius, width * font * 0.28) + GAP / 2, radius + GAP / 2, radius + 5 + rows * font * 1.16 + GAP / 2)


def rings(boxes: Sequence[Box], top: float) -> list[Point]:
    """The first node in the centre, the others clockwise around it, with index `top` at the top."""
    count = len(boxes) - 1
    if count < 1:
        return [(0.0, 0.0)] * len(boxes)
    number = 1 + sum(count > limit for limit in (14, 32, 54))
    girth = 2 * sum(b.half for b in boxes[1:]) / number
    first = max(170.0, girth / (2 * math.pi) / 1.1)
    start = -math.pi / 2 - 2 * math.pi * top / count
    points = [(0.0, 0.0)]
    for i in range(count):
        angle = start + 2 * math.pi * (i + 0.5) / count
        radius = first + 105 * (i % number)
        points.append((radius * math.cos(angle) * ASPECT, radius * math.sin(angle)))
    return points


def even(points: Sequence[Point], boxes: Sequence[Box]) -> list[Point]:
    """Scale positions to an area with enough space for the boxes; pull outliers in and spread clusters."""
    count = len(points)
    if count < 2:
        return [(0.0, 0.0)] * count
    area = max(1.4, 1.15 + 9 / count) * sum(2 * b.half * (b.above + b.below) for b in boxes)
    height = math.sqrt(area / ASPECT)
    xs, ys = (_axis([p[axis] for p in points]) for axis in (0, 1))
    return [(x * height * ASPECT, y * height) for x, y in zip(xs, ys, strict=True)]


def _axis(values: Sequence[float]) -> list[float]:
    """Mix ranks and coordinates to -0.5…0.5, mainly ranks, so that outliers don't compress all others."""
    low, high = min(values), max(values)
    span = high - low or 1.0
    result = [0.0] * len(values)
    for rank, i in enumerate(sorted(range(len(values)), key=lambda i: (values[i], i))):
        result[i] = 0.4 * (values[i] - low) / span + 0.6 * rank / (len(values) - 1) - 0.5
    return result


def spread(points: Sequence[Point], boxes: Sequence[Box], *, pinned: int | None = None) -> list[tuple[int, int]]:
    """Move positions as little as possible until no two boxes overlap."""
    xs = [p[0] for p in points]
    ys = [p[1] + i * 1e-6 for i, p in enumerate(points)]
    for step in range(600):
        if not _push(xs, ys, boxes, pinned):
            break
        # Clusters that can't be separated within their area get more space step by step.
        if step % 8 == 7:
            xs, ys = [x * 1.02 for x in xs], [y * 1.02 for y in ys]
    return [(round(x), round(y)) for x, y in zip(xs, ys, strict=True)]


def _push(xs: list[float], ys: list[float], boxes: Sequence[Box], pinned: int | None) -> bool:
    """One sweep from left to right that separates overlapping pairs. Return whether there were any."""
    halves = [b.half for b in boxes]
    reach = 2 * max(halves, default=0.0)
    order = sorted(range(len(xs)), key=lambda i: (xs[i], i))
    moved = False
    for at, i in enumerate(order, 1):
        half, above, below = boxes[i]
        # Nodes move during the sweep, so the order is only approximate; the margin is the widest box.
        for k in range(at, len(order)):
            j = order[k]
            aside = xs[j] - xs[i]
            if aside > half + reach:
                break
            across = half + halves[j] - abs(aside)
            if across <= 1.5:
                continue
            lower = ys[i] <= ys[j]
            along = ys[i] + below - ys[j] + boxes[j].above if lower else ys[j] + boxes[j].below - ys[i] + above
            if along <= 1.5:
                continue
            moved = True
            if along * ASPECT <= across:
                _part(ys, *((i, j) if lower else (j, i)), along, pinned)
            else:
                _part(xs, *((i, j) if aside >= 0 else (j, i)), across, pinned)
    return moved


def _part(values: list[float], first: int, second: int, overlap: float, pinned: int | None) -> None:
    """Move two nodes apart on one axis; a pinned node doesn't move."""
    share = 0.5
    if pinned in (first, second):
        share = 0.0 if first == pinned else 1.0
    values[first] -= overlap * share
    values[second] += overlap * (1 - share)
