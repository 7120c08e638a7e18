"""Site and reports in Chromium, opened from disk: no console error, nothing asked for but files, the search filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kg.model import Reason, Suggestion
from kg.views import maps, reports, site

pytestmark = pytest.mark.browser

SIZES = [(1440, 900), (390, 844)]
PAGES = [
    "index.html",
    "index.en.html",
    "browse/index.html",
    "browse/a-z.en.html",
    "browse/layers.html",
    "browse/reading.en.html",
    "browse/learn.html",
    "search.en.html",
    "concepts/raft.en.html",
    "concepts/evil.html",
    "reports/association.html",
    "reports/hierarchy.en.html",
]
MAPS = ["maps/overview.html", "maps/cluster-0.html", "maps/concept.html?c=raft"]


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, toy_of: Callable[[str], ModuleType], write_all: Callable[..., None]
) -> Path:
    toy = toy_of("site")
    out = tmp_path_factory.mktemp("output")
    reasons = (
        Reason("terms", 0.3, terms=("<b>log</b>", "replication")),
        Reason("walk", 0.2, concepts=(toy.iri("quorum"),)),
        Reason("mention", 0.1, path="pipe.md", line=1),
    )
    proposal = Suggestion("s1", toy.iri("pipe"), toy.iri("raft"), "latent", 0.5, reasons, "pipe.md", "raft.md")
    assessment = replace(toy.assessment(), suggestions=(proposal,))
    write_all(
        out, (*site.render_site(assessment, toy.text_of), *reports.render_reports(assessment), *maps.render_maps(assessment))
    )
    return out


def wait_for_count(page: Any, count: int) -> None:
    """Wait until so many concepts are shown; the page's policy forbids the evaluation of a condition in it."""
    for _ in range(600):
        if page.locator("#kg-a-z-list li:visible").count() == count:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{count} concepts were to be shown, not {page.locator('#kg-a-z-list li:visible').count()}")


class Visit:
    """A page with all that it complained of and asked for."""

    def __init__(self, browser: Any, url: str, size: tuple[int, int] = SIZES[0], **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize(("size", "scheme"), [(SIZES[0], "light"), (SIZES[1], "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_local_and_fits(browser: Any, folder: Path, name: str, size: tuple[int, int], scheme: str) -> None:
    with Visit(browser, (folder / name).as_uri(), size, color_scheme=scheme) as visit:
        visit.page.wait_for_load_state()
        assert visit.said == []
        assert [url for url in visit.asked if not url.startswith(("file:", "data:"))] == []
        # The style sheet took hold, and nothing sticks out to the side.
        assert visit.page.evaluate("getComputedStyle(document.body).margin") == "0px"
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(18, 23, 24)") == (scheme == "dark")


@pytest.mark.parametrize("name", MAPS)
def test_map_is_quiet_local_and_fits(browser: Any, folder: Path, name: str) -> None:
    with Visit(browser, f"{folder.as_uri()}/{name}", SIZES[1], color_scheme="dark") as visit:
        visit.page.wait_for_function("() => window.kgMap !== undefined")
        assert visit.said == []
        assert [url for url in visit.asked if not url.startswith(("file:", "data:"))] == []
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= SIZES[1][0]
        # Maps and pages have one palette.
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 24)"


def test_map_and_pages_lead_to_one_another(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "concepts/raft.en.html").as_uri()) as visit:
        page = visit.page
        page.locator(".facts .button").first.click()
        page.wait_for_url("**/maps/concept.html?c=raft#lang=en")
        page.locator(".tools a", has_text="Concept page").click()
        page.wait_for_url("**/concepts/raft.en.html")
        page.locator(".nav a", has_text="Maps").click()
        page.wait_for_url("**/maps/overview.html#lang=en")
        page.locator(".nav a", has_text="Dashboard").click()
        page.wait_for_url("**/index.en.html")
        assert visit.said == []


def test_page_from_disk_shows_where_its_concept_stands(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "concepts/raft.en.html").as_uri()) as visit:
        page = visit.page
        page.click(".facts .figures summary")
        page.locator(".facts dt", has_text="PageRank rank").wait_for()
        facts = dict(zip(page.locator(".facts dt").all_inner_texts(), page.locator(".facts dd").all_inner_texts(), strict=True))
        assert facts["PageRank rank"] == "1 of 8"
        assert (facts["Neighbours"], facts["Core number"], facts["Depth"]) == ("4", "2", "1")
        assert facts["Community"] == "Consensus <script>alert(1)</script>"
        assert page.locator(".crumbs li").all_inner_texts() == ["Dashboard", "法定人数", "Raft"]
        assert page.locator(".crumbs a[lang=zh]").get_attribute("href") == "quorum.en.html"
        assert page.locator("#kg-standing").count() == 0
        assert page.locator("#kg-suggested").count() == 0
        before = page.locator("a[rel=prev]").get_attribute("href")
        page.keyboard.press("[")
        page.wait_for_url(f"**/{before}")
        page.locator("a[rel=next]").wait_for()
        page.keyboard.press("]")
        page.wait_for_url("**/raft.en.html")
        assert visit.said == []
        assert [url for url in visit.asked if not url.startswith(("file:", "data:"))] == []


def test_ids_that_mean_something_to_scripts_are_only_names(browser: Any, kg: Any, tmp_path: Path) -> None:
    """As keys of an object, ``__proto__`` and ``constructor`` would not be found, or something else would be."""
    (tmp_path / "concepts").mkdir()
    for name, text in (
        ("__proto__", "# Proto\n\nSee [[constructor]].\n"),
        ("constructor", '---\nbroader: "[[__proto__]]"\n---\n# Builder\n'),
        ("valueof", '---\nbroader: "[[constructor]]"\n---\n# Value\n'),
    ):
        (tmp_path / f"concepts/{name}.md").write_text(text, encoding="utf-8")
    assert kg("build", "-q", "-C", tmp_path).status == 0
    for page, crumbs in {
        "constructor": ["Dashboard", "Proto", "Builder"],
        "valueof": ["Dashboard", "Proto", "Builder", "Value"],
        "__proto__": ["Dashboard", "Proto"],
    }.items():
        with Visit(browser, (tmp_path / f"output/concepts/{page}.html").as_uri()) as visit:
            visit.page.locator(".facts dt", has_text="PageRank rank").wait_for(state="attached")
            assert visit.page.locator(".crumbs li").all_inner_texts() == crumbs
            assert visit.said == []
        with Visit(browser, f"{(tmp_path / 'output/maps/concept.html').as_uri()}?c={page}") as visit:
            visit.page.wait_for_function("() => window.kgMap !== undefined")
            assert visit.said == []


def test_page_shows_suggestions_with_their_reasons(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "concepts/pipe.html").as_uri()) as visit:
        part = visit.page.locator("#kg-suggested")
        part.locator("li").first.wait_for()
        assert part.locator("h2").inner_text() == "可能缺失的关联"
        assert part.locator("li a").evaluate_all("links => links.map((a) => a.getAttribute('href'))") == [
            "raft.html",
            "quorum.html",
        ]
        assert part.locator("li code").inner_text() == "pipe.md:1"
        assert "<b>log</b>" in part.inner_text()
        assert visit.said == []


def test_page_without_scripts_links_to_the_lists(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "concepts/raft.en.html").as_uri(), java_script_enabled=False) as visit:
        page = visit.page
        assert page.locator("#kg-standing a").get_attribute("href") == "../reports/association.en.html#core"
        assert page.locator(".beside a").get_attribute("href") == "../browse/reading.en.html"
        page.locator("#kg-suggested a").click()
        page.wait_for_url("**/reports/association.en.html#missing")


def test_search_filters(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "browse/a-z.en.html").as_uri()) as visit:
        page = visit.page
        shown = page.locator("#kg-a-z-list li:visible")
        assert shown.count() == 8
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "kg-filter"
        page.keyboard.type("RAFT  protocol")  # an alias that the page doesn't show
        wait_for_count(page, 1)
        assert shown.inner_text().startswith("Raft")
        assert page.locator("#kg-filter-count").inner_text() == "1 entry shown"
        assert page.locator("#kg-a-z-list section:visible").count() == 1
        page.fill("#kg-filter", "")
        wait_for_count(page, 8)
        page.fill("#kg-filter", "法定")
        wait_for_count(page, 1)
        assert "法定人数" in shown.inner_text()
        page.fill("#kg-filter", "no such concept")
        page.wait_for_selector("#kg-filter-none:not([hidden])")
        assert shown.count() == 0
        page.keyboard.press("Escape")
        assert page.input_value("#kg-filter") == ""
        wait_for_count(page, 8)
        assert visit.said == []


def test_everything_but_the_search_works_without_scripts(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "browse/a-z.html").as_uri(), java_script_enabled=False) as visit:
        assert not visit.page.locator("#kg-filter").is_visible()
        assert visit.page.locator("#kg-a-z-list li:visible").count() == 8
        visit.page.locator(".tabs a", has_text="层次").click()
        visit.page.locator(".area[open] a").first.click()
        assert "/concepts/" in visit.page.url


def test_keyboard_leads_through_the_page(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "concepts/raft.en.html").as_uri()) as visit:
        page = visit.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.locator(".skip").bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.closest('main') !== null")
        assert focused
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_links_inside_a_note_lead_on(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "concepts/raft.html").as_uri()) as visit:
        page = visit.page
        assert page.locator("math").count() >= 3
        assert page.locator("math[display=block]").bounding_box()["height"] > 20
        page.locator(".note a", has_text="below").click()
        assert page.url.endswith("#n-safety-first")
        page.locator(".note a", has_text="a quorum").click()
        page.wait_for_load_state()
        assert page.locator("h1").inner_text() == "法定人数"
        page.locator(".langs a", has_text="English").click()
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.lang") == "en"
        assert visit.said == []


def test_hostile_text_is_only_text(browser: Any, folder: Path) -> None:
    with Visit(browser, (folder / "concepts/evil.en.html").as_uri()) as visit:
        assert visit.page.locator("h1").inner_text() == "<script>alert(1)</script>"
        assert visit.page.locator("main script, iframe, img, svg script").count() == 0
        assert visit.said == []
