"""Pages look as they did when somebody last looked at them, in both languages and colour schemes, on a desk and on a phone."""

from __future__ import annotations

import importlib.util
import itertools
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

pytestmark = pytest.mark.browser

_FAR: Final = 48
"""Difference of a pixel, of 255, above which it counts: less is smoothing of edges, or a colour of a reduced palette."""
_TILE: Final = 16
"""Width and height in px of the parts that are judged, so that a small fault isn't lost in a large page: about four words."""
_SHARE: Final = 0.04
"""Share of pixels of a part that may differ; reduced palettes account for less than 2%."""


@pytest.fixture(scope="module")
def looks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kg_looks", Path(__file__).with_name("looks.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kg_looks"] = module  # named tuples look for it
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built(browser: Any, looks: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of the small knowledge base; without the fonts of the pictures, tests are skipped."""
    out: Path = looks.build(tmp_path_factory.mktemp("looks"))
    if looks.fonts(browser, out) != json.loads((looks.LOOKS / "fonts.json").read_text()):
        pytest.skip("the fonts of this machine are not those of the pictures")
    return out


def differing(one: Any, other: Any) -> float:
    """The largest share of pixels that differ in any part of two pictures of one size."""
    from PIL import ImageChops

    far = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > _FAR else 0)
    corners = itertools.product(range(0, far.width, _TILE), range(0, far.height, _TILE))
    return max(float(far.crop((x, y, x + _TILE, y + _TILE)).histogram()[255]) / _TILE**2 for x, y in corners)


def test_pages_look_as_they_did(browser: Any, looks: ModuleType, built: Path, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    taken = list(looks.take(browser, built))
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
                wrong.append(f"{page} {look.lang} {look.scheme} {look.width}: {share:.1%} of a part differs")
    assert wrong == [], f"look at {tmp_path}; if the new pages are right, run: python tests/browser/looks.py"


def _expected(looks: ModuleType, page: str, index: int) -> Any:
    """A stored picture of a page at 1440 px: the first is in Chinese and light, the second in English."""
    image = pytest.importorskip("PIL.Image")
    width, height, scale = looks.SIZES[0]
    wide = round(width * scale)
    return image.open(looks.file_of(page)).convert("RGB").crop((index * wide, 0, (index + 1) * wide, round(height * scale)))


FAULTS: Final = [
    ("index", "the sign of the header is missing", "document.querySelector('.top svg').remove()"),
    ("index", "the search of the header is missing", "document.querySelector('.top .find').style.visibility = 'hidden'"),
    ("index", "a name on the map has moved", "document.querySelector('.hero-map .first').style.translate = '20px 14px'"),
    ("index", "an entry is in another place", "document.querySelector('.entries .go h2').style.marginLeft = '12px'"),
    ("concepts/container", "the facts have no picture", "document.querySelector('.facts .around').style.visibility = 'hidden'"),
    ("concepts/container", "the title is as small as the text", "document.querySelector('h1').style.fontSize = '1rem'"),
    ("browse/index", "a link is missing", "document.querySelector('main li a, main h2 a').remove()"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "script"), [pytest.param(page, script, id=what) for page, what, script in FAULTS])
def test_small_faults_are_seen(browser: Any, looks: ModuleType, built: Path, page: str, script: str) -> None:
    tab = looks.open_tab(browser, "light", *looks.SIZES[0])
    sound, faulty = (looks.picture(tab, built, page, "en", fault=fault) for fault in ("", script))
    tab.context.close()
    assert differing(sound, _expected(looks, page, 1)) <= _SHARE
    assert differing(faulty, _expected(looks, page, 1)) > _SHARE
