"""Pages look as they did when somebody last looked at them, in both languages and colour schemes, on a desk and on a phone."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

pytestmark = pytest.mark.browser

_FAR: Final = 48
"""Difference of a pixel, of 255, above which it counts: less is smoothing of edges, or a colour of a reduced palette."""
_SHARE: Final = 0.02
"""Share of pixels of a picture that may differ."""


@pytest.fixture(scope="module")
def looks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kg_looks", Path(__file__).with_name("looks.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kg_looks"] = module  # named tuples look for it
    spec.loader.exec_module(module)
    return module


def differing(one: Any, other: Any) -> float:
    """Share of the pixels of two pictures of one size that differ."""
    from PIL import ImageChops

    far = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > _FAR else 0)
    return float(far.histogram()[255] / (far.width * far.height))


def test_pages_look_as_they_did(browser: Any, looks: ModuleType, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    out = looks.build(tmp_path)
    if looks.fonts(browser, out) != json.loads((looks.LOOKS / "fonts.json").read_text()):
        pytest.skip("the fonts of this machine are not those of the pictures")
    taken = list(looks.take(browser, out))
    assert len(taken) == len(looks.PAGES) * 8
    wrong = []
    for page in looks.PAGES:
        expected = image.open(looks.file_of(page)).convert("RGB")
        left = 0
        for look in (look for look in taken if look.page == page):
            box = (left, 0, left + look.picture.width, look.picture.height)
            left = box[2]
            share = differing(look.picture, expected.crop(box))
            if share > _SHARE:
                look.picture.save(tmp_path / f"{page.replace('/', '-')}-{look.lang}-{look.scheme}-{look.width}.png")
                wrong.append(f"{page} {look.lang} {look.scheme} {look.width}: {share:.1%} of the picture differs")
    assert wrong == [], f"look at {tmp_path}; if the new pages are right, run: python tests/browser/looks.py"


def test_a_difference_is_seen(looks: ModuleType) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = image.open(looks.file_of("index")).convert("RGB").crop((0, 0, 288, 180))
    moved = image.new("RGB", picture.size, "#f4f5f3")
    moved.paste(picture, (0, 12))
    assert differing(picture, picture) == 0
    assert differing(picture, moved) > _SHARE
