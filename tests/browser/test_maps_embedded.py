"""Maps inside of other pages: one file, by iframe and as an element, in the colours of the page around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kg.views.maps
from kg.views.maps import embedding

pytestmark = pytest.mark.browser

WAIT = 30_000
SITE = "https://notes.example/kb/"
HOST = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title></head>
<body style="color-scheme: light dark"><h1>A page</h1>
%s
<div style="--kg-accent: #7c3aed; --kg-halo: #fff7ed; --kg-c0: #112233; --kg-ink: url(x)">
%s
</div>
</body></html>
"""
GROUND = "() => getComputedStyle(document.documentElement).getPropertyValue('%s').trim()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, toy_of: Callable[[str], ModuleType]) -> Path:
    """A page with the same map twice, in Chinese first, and a map of everything in English without links."""
    toy = toy_of("maps")
    base = toy.assessment(91, 7)
    out = tmp_path_factory.mktemp("other site")
    (out / "a map.html").write_bytes(kg.views.maps.render_map(base, f"{toy.BASE}c00001", 1, "zh", None, SITE))
    (out / "all.html").write_bytes(kg.views.maps.render_map(base, None, 1, "en", None, ""))
    plain, element = embedding.iframe("a%20map.html", 'A "map"'), embedding.component("a%20map.html", "B")
    (out / "page.html").write_text(HOST % (plain, element), encoding="utf-8")
    return out


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1000, "height": 1300}, reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else troubles.append(request.url))
    yield page
    context.close()
    assert troubles == []


def drawn(page: Any, count: int) -> list[Any]:
    """The frames of a page when their maps are drawn."""
    for _ in range(WAIT // 100):
        frames = page.frames[1:]
        if len(frames) == count and all(frame.evaluate("() => window.kgMap !== undefined") for frame in frames):
            return list(frames)
        page.wait_for_timeout(100)
    pytest.fail("no map in the page")


def test_a_page_shows_a_map_and_gives_it_its_colours(page: Any, folder: Path, axe: str) -> None:
    page.goto((folder / "page.html").as_uri())
    plain, themed = drawn(page, 2)
    assert page.locator("iframe").first.get_attribute("title") == 'A "map"'
    assert [themed.evaluate(GROUND % name) for name in ("--accent", "--halo", "--c0")] == ["#7c3aed", "#fff7ed", "#112233"]
    # Only colours get in; everything else is as in a map without a page around it.
    assert themed.evaluate(GROUND % "--ink") == plain.evaluate(GROUND % "--ink")
    fills = "() => [...new Set(window.kgMap.body.data.nodes.map((node) => node.color.hover.background))]"
    assert "#112233" in themed.evaluate(fills)
    assert "#112233" not in plain.evaluate(fills)
    # The view changes, the colours stay.
    themed.click("button[data-lang=en]")
    assert themed.evaluate("document.documentElement.lang") == "en"
    assert "css-accent=%237c3aed" in themed.url
    assert themed.evaluate(GROUND % "--accent") == "#7c3aed"
    # Legend and selection are beside the map when asked for; links lead to the site, in a tab of their own.
    assert not themed.locator("#legend").is_visible()
    themed.click("#side")
    assert themed.locator("#legend").is_visible()
    assert themed.locator("#panel .acts a").first.get_attribute("href") == f"{SITE}concepts/c00001.en.html"
    assert themed.evaluate("() => document.baseURI === location.href && document.querySelector('base').target") == "_blank"
    page.locator("kg-map").evaluate("(map) => map.setAttribute('theme', 'dark')")
    themed.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert themed.evaluate("document.documentElement.lang") == "en"
    page.locator("kg-map").evaluate("(map) => map.setAttribute('theme', 'light')")
    themed.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    for frame in (plain, themed):
        frame.evaluate(axe)
        result = frame.evaluate("async () => await axe.run()")
        assert [(v["impact"], v["id"], v["nodes"][0]["html"]) for v in result["violations"]] == []


def test_a_map_of_everything_on_a_phone(page: Any, folder: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 500})
    page.goto((folder / "all.html").as_uri() + "#theme=dark&css-accent=red")
    page.wait_for_function("() => window.kgMap !== undefined")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(GROUND % "--accent") != "red"
    assert page.locator("a[href^=http]").count() == 0
    assert page.evaluate("() => document.getElementById('map').clientHeight") > 250
