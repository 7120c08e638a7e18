"""Pictures of pages as they look: `python tests/browser/looks.py` takes those that the tests compare with.

`python tests/browser/looks.py output` makes the contact sheet of the documentation from a build of the project's notes. Look at
each picture before committing it: what stands in ``looks/`` is claimed to look right.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
BASE: Final = ROOT / "tests/golden/small"
LOOKS: Final = Path(__file__).resolve().parent / "looks"
SHEET: Final = ROOT / "docs/images/pages.png"
PAGES: Final = (
    "index", "concepts/container", "browse/index", "browse/a-z", "browse/areas", "browse/recent",
    "browse/learn", "browse/reading", "search", "reports/association", "reports/hierarchy", "reports/quality",
    "maps/overview", "maps/concept", "sparql",
)  # fmt: skip
LANGUAGES: Final = ("zh", "en")
SCHEMES: Final = ("light", "dark")
SIZES: Final = ((1440, 900, 0.3), (390, 844, 0.4))
"""Width and height of the window in px, and the scale of the picture: small, but a word or a sign is several pixels high."""
COLOURS: Final = 256
PROBE: Final = "概念 Concept 0123 Wgx"
_WIDTHS: Final = """text => ["var(--font)", "var(--mono)"].map((font) => {
  const span = document.createElement("span");
  span.textContent = text;
  span.style.cssText = `position: absolute; font-size: 40px; font-family: ${font}`;
  document.body.append(span);
  const width = Math.round(span.getBoundingClientRect().width);
  span.remove();
  return width;
})"""


class Look(NamedTuple):
    """One picture: a page in a language, a colour scheme and a width."""

    page: str
    lang: str
    scheme: str
    width: int
    picture: Any
    """An image of Pillow, in RGB."""


def build(folder: Path) -> Path:
    """Build the small knowledge base in a folder; return its output."""
    shutil.copytree(BASE, folder / "base")
    command = [sys.executable, "-m", "kg", "build", "-C", str(folder / "base")]
    env = os.environ | {"SOURCE_DATE_EPOCH": "1764547200"}  # pages that name the time of the build look the same
    subprocess.run(command, check=True, capture_output=True, timeout=300, env=env)
    return folder / "base/output"


@contextlib.contextmanager
def served(out: Path) -> Iterator[str]:
    """Serve a built knowledge base, of which `out` is the output; the address of the server, with a slash at the end."""
    command = [sys.executable, "-m", "kg", "serve", "-C", str(out.parent), "--port", "0", "--log-format", "json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        try:
            yield next(json.loads(line)["url"] for line in process.stderr or () if '"serving"' in line)
        finally:
            process.terminate()


def address(out: Path, page: str, lang: str, site: str) -> str:
    """The address of a page: the query page on the server `site`, others on disk; the first language has no ending."""
    if page == "sparql":
        return f"{site}sparql?lang={lang}"
    if page.startswith("maps/"):
        return f"{(out / page).as_uri()}.html{'?c=container' if page == 'maps/concept' else ''}#lang={lang}"
    return (out / f"{page}.html").as_uri() if lang == LANGUAGES[0] else (out / f"{page}.{lang}.html").as_uri()


def picture(tab: Any, out: Path, page: str, lang: str, site: str = "", fault: str = "") -> Any:
    """A picture of a page in a tab. `fault`: a script that spoils the page first, to see whether the comparison sees it."""
    from PIL import Image

    if page.startswith("maps/"):  # an address that differs after # only loads nothing anew
        tab.goto("about:blank")
    tab.goto(address(out, page, lang, site))
    if page.startswith("maps/"):
        tab.wait_for_function("() => window.kgMap !== undefined")
        tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    if page == "search":
        tab.locator("#kg-search-first li").first.wait_for()
    if fault:
        tab.evaluate(f"() => {{ {fault} }}")
    return Image.open(io.BytesIO(tab.screenshot(animations="disabled", caret="hide"))).convert("RGB")


def take(browser: Any, out: Path, scale: float = 1.0) -> Iterator[Look]:
    """Take a picture of every page in both languages, schemes and widths."""
    with served(out) as site:
        for scheme, (width, height, own) in itertools.product(SCHEMES, SIZES):
            tab = open_tab(browser, scheme, width, height, own * scale)
            for page in PAGES:
                for lang in LANGUAGES:
                    yield Look(page, lang, scheme, width, picture(tab, out, page, lang, site))
            tab.context.close()


def open_tab(browser: Any, scheme: str, width: int, height: int, scale: float) -> Any:
    """A tab with a colour scheme and a window of a size, whose pictures have a scale."""
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=scale, reduced_motion="reduce")
    return context.new_page()


def fonts(browser: Any, out: Path) -> list[int]:
    """Widths of a text in the fonts of pages: they tell whether pictures of two machines can be compared."""
    tab = browser.new_page()
    tab.goto((out / "index.html").as_uri())
    # The policy of pages forbids styles in attributes, but not those that a debugger sets.
    widths: list[int] = tab.evaluate(_WIDTHS, PROBE)
    tab.close()
    return widths


def strip(looks: list[Look]) -> Any:
    """The pictures of one page side by side."""
    from PIL import Image

    made = Image.new("RGB", (sum(look.picture.width for look in looks), max(look.picture.height for look in looks)), "#808080")
    left = 0
    for look in looks:
        made.paste(look.picture, (left, 0))
        left += look.picture.width
    return made


def file_of(page: str) -> Path:
    """The file with the pictures of a page."""
    return LOOKS / f"{page.replace('/', '-')}.png"


def write_sheet(looks: list[Look]) -> None:
    """The contact sheet of the documentation: each page once, in turns in Chinese and English, light and dark."""
    from PIL import Image

    turns = (("zh", "light"), ("en", "dark"), ("en", "light"), ("zh", "dark"))
    shown = [
        [look for look in looks if (look.page, look.lang, look.scheme) == (page, *turns[i % 4])] for i, page in enumerate(PAGES)
    ]
    wide, narrow = (look.picture for look in shown[0])
    gap = 12
    cell = wide.width + narrow.width + gap, max(wide.height, narrow.height)
    rows = -(-len(PAGES) // 3)
    sheet = Image.new("RGB", (3 * (cell[0] + 2 * gap) + gap, rows * (cell[1] + 2 * gap) + gap), "#c9cdcb")
    for i, pair in enumerate(shown):
        left, top = 2 * gap + i % 3 * (cell[0] + 2 * gap), 2 * gap + i // 3 * (cell[1] + 2 * gap)
        for look in sorted(pair, key=lambda look: -look.width):
            sheet.paste(look.picture, (left, top))
            left += look.picture.width + gap
    SHEET.parent.mkdir(exist_ok=True)
    sheet.quantize(128).save(SHEET, optimize=True)


def main() -> None:
    """Write the pictures of the small knowledge base; with an output folder, the contact sheet of that."""
    from playwright.sync_api import sync_playwright

    if len(sys.argv) > 1:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            write_sheet(list(take(browser, Path(sys.argv[1]).resolve(), 1.5)))
            browser.close()
        return

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        out = build(Path(name))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        LOOKS.mkdir(exist_ok=True)
        (LOOKS / "fonts.json").write_text(json.dumps(fonts(browser, out)) + "\n")
        looks = list(take(browser, out))
        for page in PAGES:
            strip([look for look in looks if look.page == page]).quantize(COLOURS).save(file_of(page), optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
