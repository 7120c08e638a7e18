"""Pages of a built site in a browser: first paint, and the time from an action of the reader to the next frame.

    python benchmarks/pages.py OUTPUT [--runs 5] [--chromium /usr/bin/chromium]

OUTPUT is the folder that `kg build` wrote. All pages are opened from disk in one browser, in turns, each in a new context,
and so is a page with one line of text: the ratios to that one can be compared between machines, the times can't. First paint
is the browser's own (first-contentful-paint, ms since the start of navigation). An action is one key in the search of the
header, the pointer on a concept of the start page's map, or a click on a community of the overview; it counts as answered in
the frame after its event was handled. Medians of the runs. Bytes are those of the page and of the files that it names, without
the library of the maps.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from playwright.sync_api import sync_playwright

# Time from an event to the frame after it was handled; the last event of an action counts.
WATCH: Final = """
window.answered = null;
for (const kind of ["keydown", "pointerover", "click"]) addEventListener(kind, (event) => {
  const began = event.timeStamp;
  requestAnimationFrame(() => setTimeout(() => { window.answered = performance.now() - began; }));
}, { capture: true });
"""
PAINT: Final = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
CARD: Final = """() => {
  const map = window.kgMap;
  const stage = document.getElementById("map").getBoundingClientRect();
  const node = window.kgData.nodes.find((one) => one.count) ?? window.kgData.nodes[0];
  const { x, y } = map.canvasToDOM(map.getPosition(node.id));
  return { x: x + stage.x, y: y + stage.y };
}"""
LIBRARY: Final = "vis-network.min.js"


class Times(NamedTuple):
    """What one visit took, in ms."""

    painted: float
    answered: float | None
    """None if nothing was done."""


def press_key(page: Any) -> None:
    """One key in the search of the header, after the names have been loaded."""
    page.locator(".find input").first.focus()
    page.keyboard.type("ku", delay=100)
    page.locator(".found a").first.wait_for()
    page.evaluate("() => { window.answered = null; }")
    page.keyboard.press("b")


def point_at_concept(page: Any) -> None:
    """The pointer on a concept of the map on the start page."""
    box = page.locator(".hero-map [data-i] circle").last.bounding_box()
    page.evaluate("() => { window.answered = null; }")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def open_community(page: Any) -> None:
    """A click on the first community of the overview."""
    page.wait_for_function("() => window.kgMap !== undefined")
    place = page.evaluate(CARD)
    page.mouse.move(place["x"], place["y"])
    page.evaluate("() => { window.answered = null; }")
    page.mouse.click(place["x"], place["y"])


def visit(browser: Any, url: str, act: Callable[[Any], None] | None) -> Times:
    """Open a page in a context of its own and act on it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.wait_for_function(PAINT)
    painted = page.evaluate(PAINT)
    answered = None
    if act is not None:
        act(page)
        page.wait_for_function("() => window.answered !== null", polling=20)
        answered = page.evaluate("() => window.answered")
    context.close()
    return Times(painted, answered)


def bytes_of(path: Path) -> int:
    """Bytes of a page, and of the files that it loads at once."""
    text = path.read_text("utf-8")
    named = set(re.findall(r'<(?:script src|link rel="(?:stylesheet|icon)" href)="([^"]+)"', text))
    loaded = sum((path.parent / name).stat().st_size for name in named if LIBRARY not in name)
    return int(path.stat().st_size + loaded)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    out = given.output.resolve()
    largest = max((out / "concepts").glob("*.html"), key=lambda path: path.stat().st_size)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        plain = Path(folder) / "plain.html"
        plain.write_text("<!doctype html><title>plain</title><p>One line of text.", encoding="utf-8")
        pages: dict[str, tuple[Path, Callable[[Any], None] | None]] = {
            "one line of text": (plain, None),
            "start page, pointer on a concept": (out / "index.html", point_at_concept),
            "largest concept page, a key in the search": (largest, press_key),
            "search page": (out / "search.html", None),
            "overview map, a community opens": (out / "maps/overview.html", open_community),
        }
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox", "--disable-gpu"])
        measured: dict[str, list[Times]] = {name: [] for name in pages}
        for _ in range(given.runs):
            for name, (path, act) in pages.items():
                measured[name].append(visit(browser, path.as_uri(), act))
        browser.close()
        sizes = {name: bytes_of(path) for name, (path, _) in pages.items()}
    base = statistics.median(times.painted for times in measured["one line of text"])
    print("| page | KB | first paint, ms | ratio | answered, ms |\n|---|---:|---:|---:|---:|")
    for name, runs in measured.items():
        painted = statistics.median(times.painted for times in runs)
        answers = [times.answered for times in runs if times.answered is not None]
        answered = f"{statistics.median(answers):,.0f}" if answers else ""
        print(f"| {name} | {sizes[name] / 1000:,.1f} | {painted:,.0f} | {painted / base:.1f} | {answered} |")


if __name__ == "__main__":
    main()
