"""Places on a map: deterministic layouts, then moved apart until no label hides another."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kg.base.widths import text_width
from kg.network.force import Point

ASPECT = 1.5
"""Width of a map by its height; screens are wide and so are labels."""

GAP = 9.0
"""Free space between two boxes."""


class Box(NamedTuple):
    """The room that a node and the label below it take, around the node's centre."""

    half: float
    above: float
    below: float


def wrap(text: str, width: int = 16, rows: int = 3) -> str:
    """A label in lines of about so many columns and of like length, broken at spaces and between Chinese characters.

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
    """Words in lines, each as long as it may be."""
    lines = [""]
    for word in words:
        joined = lines[-1] + word
        if text_width(joined.strip()) <= width or not lines[-1].strip():
            lines[-1] = joined
        else:
            lines.append(word.lstrip())
    return [line.strip() for line in lines if line.strip()]


def _words(text: str) -> Iterable[str]:
    """Pieces between which a label may be broken."""
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
    """Columns and rows of the largest of some labels.

    >>> extent(["容器\\n运行时", "container"])
    (9, 2)
    """
    lines = [label.split("\n") for label in labels]
    widest = max((text_width(line) for label in lines for line in label), default=0)
    return widest, max((len(label) for label in lines), default=0)


def box(size: tuple[int, int], radius: float, font: float) -> Box:
    """The box of a node: a disc with a label of so many columns and rows below, as vis-network draws it."""
    width, rows = size
    return Box(max(radius, width * font * 0.28) + GAP / 2, radius + GAP / 2, radius + 5 + rows * font * 1.16 + GAP / 2)


def rings(boxes: Sequence[Box], top: float) -> list[Point]:
    """The first node in the middle, the others clockwise around it, with number `top` above it."""
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
    """Places stretched over an area that has room for the boxes, far-off ones drawn in and crowds loosened."""
    count = len(points)
    if count < 2:
        return [(0.0, 0.0)] * count
    area = max(1.4, 1.15 + 9 / count) * sum(2 * b.half * (b.above + b.below) for b in boxes)
    height = math.sqrt(area / ASPECT)
    xs, ys = (_axis([p[axis] for p in points]) for axis in (0, 1))
    return [(x * height * ASPECT, y * height) for x, y in zip(xs, ys, strict=True)]


def _axis(values: Sequence[float]) -> list[float]:
    """Mostly the rank, for the rest the place, in -0.5…0.5: a few outliers must not squeeze all others together."""
    low, high = min(values), max(values)
    span = high - low or 1.0
    result = [0.0] * len(values)
    for rank, i in enumerate(sorted(range(len(values)), key=lambda i: (values[i], i))):
        result[i] = 0.4 * (values[i] - low) / span + 0.6 * rank / (len(values) - 1) - 0.5
    return result


def spread(points: Sequence[Point], boxes: Sequence[Box], *, pinned: int | None = None) -> list[tuple[int, int]]:
    """Places moved as little as needed until no two boxes overlap."""
    xs = [p[0] for p in points]
    ys = [p[1] + i * 1e-6 for i, p in enumerate(points)]
    for step in range(600):
        if not _push(xs, ys, boxes, pinned):
            break
        # Crowds that can't part within their area get more room step by step.
        if step % 8 == 7:
            xs, ys = [x * 1.02 for x in xs], [y * 1.02 for y in ys]
    return [(round(x), round(y)) for x, y in zip(xs, ys, strict=True)]


def _push(xs: list[float], ys: list[float], boxes: Sequence[Box], pinned: int | None) -> bool:
    """One sweep from left to right that parts the pairs which overlap; whether there was any."""
    halves = [b.half for b in boxes]
    reach = 2 * max(halves, default=0.0)
    order = sorted(range(len(xs)), key=lambda i: (xs[i], i))
    moved = False
    for at, i in enumerate(order, 1):
        half, above, below = boxes[i]
        # Nodes move during the sweep, so the order is only nearly sorted: the margin is the widest box.
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
    """Moves two nodes apart on one axis, a pinned one not at all."""
    share = 0.5
    if pinned in (first, second):
        share = 0.0 if first == pinned else 1.0
    values[first] -= overlap * share
    values[second] += overlap * (1 - share)
