"""Labels: short lines, in columns of any script."""

from __future__ import annotations

import kg.views.maps
from kg.base.widths import text_width
from kg.views.page.labels import wrap


def test_widths_and_wrapping() -> None:
    assert text_width("é́") <= 2
    assert wrap("") == ""
    assert max(map(text_width, wrap("一" * 60).split("\n"))) <= 24
    assert len(wrap("word " * 40).split("\n")) == 3
    assert wrap("x" * 200).endswith("…")
    assert kg.views.maps.OVERVIEW_CONCEPTS < kg.views.maps.MAX_NODES
