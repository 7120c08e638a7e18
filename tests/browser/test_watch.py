"""``kg serve --watch`` in Chromium: a save shows in the page by itself, where the reader was; problems show and go."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

LONG = "\n\n".join(f"Paragraph {i}." for i in range(200))
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A base of its own for each test: what one test writes last is still being built when the next one begins."""
    folder = tmp_path
    for name in ("concepts", "look"):
        (folder / name).mkdir()
    for i in range(6):
        (folder / f"concepts/n{i}.md").write_text(f"---\nrequires: '[[n{(i + 1) % 6}]]'\n---\n# Note {i}\n\n{LONG}\n")
    (folder / "kg.toml").write_text('languages = ["en", "zh"]\n[site]\ntheme = "look"\n')
    return folder


@pytest.fixture
def served(folder: Path, serve: Callable[..., Any]) -> Iterator[Any]:
    with serve(folder, "--watch", "--workers", "1") as running:
        yield running


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a browser that must not complain."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    context.set_default_timeout(60_000)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
    yield page
    context.close()
    assert said == []


def wait_until(page: Any, condition: str) -> None:
    """Wait for a condition in the page; the page's policy forbids Playwright's own way, which compiles a text."""
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(Exception):  # the page is being loaded again
            if page.evaluate(condition):
                return
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


def write(folder: Path, number: int, text: str) -> None:
    following = (number + 1) % 6
    (folder / f"concepts/n{number}.md").write_text(
        f"---\nrequires: '[[n{following}]]'\n---\n# Note {number}\n\n{text}\n\n{LONG}\n"
    )


TOP = "[...document.querySelectorAll('main p')].find((p) => p.textContent === 'Paragraph 40.').getBoundingClientRect().top"


def test_a_save_shows_where_the_reader_was(served: Any, folder: Path, page: Any) -> None:
    """The text in view stays where it is, also if the note gets longer above it."""
    page.goto(served.url + "concepts/n0.html")
    page.evaluate(f"scrollBy({{ top: {TOP} - 100, behavior: 'instant' }}); window.before = true")
    for number in range(3):
        write(folder, 0, "\n\n".join([f"Saved {number}.", *["More."] * number * 5]))
        page.get_by_text(f"Saved {number}.", exact=True).wait_for(state="attached")
        wait_until(page, f"window.before === undefined && Math.abs({TOP} - 100) < 3")
        page.evaluate("window.before = true")
    # It comes to rest: a page isn't loaded again and again.
    loads = [page.evaluate("performance.timeOrigin")]
    while len(loads) < 3 or len(set(loads[-3:])) > 1:
        assert len(loads) < 20, loads
        page.wait_for_timeout(2000)
        loads.append(page.evaluate("performance.timeOrigin"))


def test_folds_stay_open(served: Any, folder: Path, page: Any) -> None:
    write(folder, 1, "<details><summary>More</summary>\n\nInside.\n\n</details>")
    page.goto(served.url + "concepts/n1.html")
    page.locator("summary", has_text="More").click()
    write(folder, 1, "<details><summary>More</summary>\n\nInside again.\n\n</details>")
    page.get_by_text("Inside again.", exact=True).wait_for(state="visible")


def test_a_map_keeps_its_view(served: Any, folder: Path, page: Any) -> None:
    page.goto(served.url + "maps/overview.html")
    wait_until(page, "window.kgMap !== undefined")
    page.mouse.move(400, 350)
    for _ in range(3):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(300)
    page.wait_for_timeout(500)
    view = page.evaluate("({ ...kgMap.getViewPosition(), scale: kgMap.getScale() })")
    page.evaluate("window.before = true")
    write(folder, 2, "Another text of no meaning for maps.")
    wait_until(page, "window.before === undefined && window.kgMap !== undefined")
    page.wait_for_timeout(500)
    again = page.evaluate("({ ...kgMap.getViewPosition(), scale: kgMap.getScale() })")
    assert again["scale"] == pytest.approx(view["scale"], rel=0.01)
    assert (again["x"], again["y"]) == pytest.approx((view["x"], view["y"]), abs=3)


@pytest.mark.parametrize(("lang", "title"), [("en", "This knowledge base can't be built"), ("zh", "知识库无法构建")])
def test_a_broken_setting_shows_and_goes(served: Any, folder: Path, page: Any, lang: str, title: str) -> None:
    good = (folder / "kg.toml").read_text()
    bad = f'title = "{HOSTILE}"\nunknown = "{HOSTILE}"\n"{HOSTILE}" = 1\n'
    page.goto(served.url + ("concepts/n3.html" if lang == "en" else "concepts/n3.zh.html"))
    page.evaluate("window.before = true")
    overlay = page.locator("#kg-problem")
    (folder / "kg.toml").write_text(bad)
    overlay.locator("h2").wait_for()
    assert overlay.locator("h2").inner_text() == title
    assert "kg.toml" in overlay.locator("pre").first.inner_text()
    assert overlay.locator("img, script").count() == 0
    assert overlay.bounding_box() is not None
    assert page.evaluate("window.before") is True, "the page itself stays"
    # The connection is opened again: the problem is the same, and so is what shows it.
    page.evaluate("document.querySelector('#kg-problem').mark = 1")
    page.evaluate("dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('pageshow'))")
    page.wait_for_timeout(1000)
    assert page.evaluate("document.querySelector('#kg-problem').mark") == 1
    (folder / "kg.toml").write_text(good)
    overlay.wait_for(state="detached")


def test_a_broken_template_shows_and_goes(served: Any, folder: Path, page: Any) -> None:
    page.goto(served.url + "concepts/n4.html")
    overlay = page.locator("#kg-problem")
    (folder / "look/concept.html").write_text(f"{{% block {HOSTILE} %}}")
    overlay.locator("pre").first.wait_for()
    assert "concept.html" in overlay.locator("pre").first.inner_text()
    # A page that is opened now shows it too.
    page.goto(served.url + "concepts/n5.html")
    overlay.locator("pre").first.wait_for()
    (folder / "look/concept.html").unlink()
    overlay.wait_for(state="detached")


def test_a_hidden_page_holds_no_connection_and_catches_up(served: Any, folder: Path, page: Any) -> None:
    page.goto(served.url + "concepts/n5.html")
    page.wait_for_timeout(500)
    # Chromium without a window never hides a page, so the page says so.
    hide = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    page.evaluate(f"{hide} document.dispatchEvent(new Event('visibilitychange')); }}", True)
    write(folder, 5, "While it was hidden.")
    page.wait_for_timeout(4000)
    assert page.get_by_text("While it was hidden.", exact=True).count() == 0
    page.evaluate(f"{hide} document.dispatchEvent(new Event('visibilitychange')); }}", False)
    page.get_by_text("While it was hidden.", exact=True).wait_for(state="attached")
