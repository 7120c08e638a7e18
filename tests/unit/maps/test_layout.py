"""Layout: no label hides another, and nothing moves by chance."""

from __future__ import annotations

import random
from itertools import combinations
from types import ModuleType

import pytest

import kg.views.maps
from kg.base.widths import text_width
from kg.network.force import circle_layout, force_layout
from kg.views.maps.drawing import around, everything
from kg.views.maps.layout import Box, box, even, extent, rings, spread, wrap


def overlaps(places: list[tuple[int, int]], boxes: list[Box]) -> int:
    return sum(
        abs(a[0] - b[0]) + 3 < p.half + q.half and a[1] - p.above + 3 < b[1] + q.below and b[1] - q.above + 3 < a[1] + p.below
        for (a, p), (b, q) in combinations(zip(places, boxes, strict=True), 2)
    )


@pytest.mark.parametrize("size", [2, 13, 91, 300])
def test_no_two_boxes_overlap_after_spreading(size: int) -> None:
    rng = random.Random(size)
    boxes = [box((rng.randrange(2, 22), rng.randrange(1, 4)), rng.uniform(6, 20), 16) for _ in range(size)]
    points = [(rng.gauss(0, 1) ** 3, rng.gauss(0, 1)) for _ in range(size)]
    assert overlaps(spread(even(points, boxes), boxes), boxes) == 0


def test_equal_places_are_parted() -> None:
    boxes = [box((8, 1), 8, 15)] * 20
    places = spread([(0.0, 0.0)] * 20, boxes)
    assert overlaps(places, boxes) == 0


@pytest.mark.parametrize("count", [1, 2, 9, 30, 80])
def test_rings_keep_the_middle_and_hide_nothing(count: int) -> None:
    boxes = [box((12, 2), 12, 16)] * count
    places = spread(rings(boxes, 1), boxes, pinned=0)
    assert places[0] == (0, 0)
    assert overlaps(places, boxes) == 0


def test_broader_concepts_stand_above(toy: ModuleType) -> None:
    from kg.views.maps.atlas import Atlas

    atlas = Atlas(toy.assessment(91, 7), ("zh", "en"))
    middle = f"{toy.BASE}c00010"
    drawing = around(atlas, middle, 1, 80)
    upwards = [edge for edge in drawing.edges if edge["kind"] == 0 and 0 in (edge["from"], edge["to"])]
    above = [e for e in upwards if (e["arrows"] == "to") == (e["from"] == 0)]
    assert above
    for edge in above:
        assert drawing.nodes[edge["to"] or edge["from"]]["y"] < 0


def test_narrower_concepts_stand_below_a_root(toy: ModuleType) -> None:
    from kg.views.maps.atlas import Atlas

    drawing = around(Atlas(toy.assessment(91, 7), ("zh", "en")), f"{toy.BASE}c00000", 1, 80)
    narrower = {e["to"] or e["from"] for e in drawing.edges if e["kind"] == 0 and 0 in (e["from"], e["to"])}
    assert narrower
    assert sum(drawing.nodes[i]["y"] for i in narrower) > 0


def test_labels_are_measured_in_the_language_that_needs_more(toy: ModuleType) -> None:
    from kg.views.maps.atlas import Atlas

    drawing = everything(Atlas(toy.assessment(91, 7), ("zh", "en")))
    for lang in (0, 1):
        boxes = []
        for node in drawing.nodes:
            texts = node.get("lines", node["names"])
            boxes.append(box(extent([texts[min(lang, len(texts) - 1)]]), node["size"], node["font"]["size"]))
        assert overlaps([(node["x"], node["y"]) for node in drawing.nodes], boxes) == 0


def test_force_is_seeded_and_keeps_loose_parts_near() -> None:
    edges = [(i, i + 1) for i in range(8)]
    first = force_layout(12, edges, [1.0] * 8, circle_layout(12))
    random.seed(7)
    assert force_layout(12, edges, [1.0] * 8, circle_layout(12)) == first
    far = max(abs(x) + abs(y) for x, y in first)
    assert far < 60


def test_widths_and_wrapping() -> None:
    assert text_width("é́") <= 2
    assert wrap("") == ""
    assert max(map(text_width, wrap("一" * 60).split("\n"))) <= 24
    assert len(wrap("word " * 40).split("\n")) == 3
    assert wrap("x" * 200).endswith("…")
    assert kg.views.maps.OVERVIEW_CONCEPTS < kg.views.maps.MAX_NODES
