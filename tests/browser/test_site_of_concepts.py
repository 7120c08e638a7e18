"""Every control of the site of the project's own notes, from disk and served: quiet, local, accessible, in both languages."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def some(own: Path) -> str:
    """The page of a concept with a broader one, relations and a diagram, by its name in English."""
    for path in sorted((own / "output/concepts").glob("*.en.html")):
        text = path.read_text()
        if all(mark in text for mark in ("mermaid-source", 'data-key="u"', 'id="kg-backlinks"')):
            return path.name
    pytest.fail("no concept has all of it")


@pytest.fixture(scope="module", params=["disk", "served"])
def start(request: pytest.FixtureRequest, own: Path, serve: Callable[..., Any]) -> Iterator[str]:
    if request.param == "disk":
        yield (own / "output").as_uri() + "/"
        return
    with serve(own) as running:
        yield running.url.rstrip("/") + "/"


class Visit:
    """A page with all that it complained of and asked for."""

    def __init__(self, browser: Any, start: str, name: str, width: int = 1440, scheme: str = "light") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.start = start
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(start + name)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            assert self.said == []
            assert [url for url in self.asked if not url.startswith((self.start, "data:"))] == []
        self.context.close()


def test_controls_of_every_page(browser: Any, start: str, some: str) -> None:
    with Visit(browser, start, f"concepts/{some}") as visit:
        page = visit.page
        # Light and dark, kept from page to page.
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.click("#kg-theme")
        assert page.get_attribute("#kg-theme", "aria-pressed") == "true"
        assert page.evaluate(ground) != light
        # The menu opens and closes by keyboard.
        page.focus(".menu summary")
        page.keyboard.press("Enter")
        assert page.locator(".menu a").first.is_visible()
        page.keyboard.press("Escape")
        assert not page.locator(".menu a").first.is_visible()
        # Diagrams are drawn, in both colours, also what is folded.
        page.evaluate("() => document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
        page.wait_for_selector("figure.diagram[data-state=drawn] img")
        assert page.locator("figure.diagram[data-state=failed]").count() == 0
        # Keys: next, previous, up; then off.
        page.evaluate("document.activeElement.blur()")
        page.wait_for_selector("a[rel=next]")
        page.keyboard.press("]")
        page.wait_for_url(lambda url: some not in url)
        assert page.evaluate(ground) != light
        page.wait_for_selector("a[rel=prev]")
        page.keyboard.press("[")
        page.wait_for_url(lambda url: url.endswith(some))
        page.keyboard.press("u")
        page.wait_for_url(lambda url: some not in url)
        page.go_back()
        page.uncheck("#kg-keys")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("]")
        page.wait_for_timeout(300)
        assert page.url.endswith(some)
        page.check("#kg-keys")
        # The other language, and back.
        page.click(".langs a >> nth=0")
        page.wait_for_url(lambda url: url.endswith(some.replace(".en.", ".")))
        assert page.get_attribute("html", "lang") == "zh"


def test_a_concept_is_read(browser: Any, start: str) -> None:
    with Visit(browser, start, "concepts/raft.html") as visit:
        page = visit.page
        # Its own language first: what is written in the other one is folded, also within a section.
        assert page.locator("details.other-language[open]").count() == 0
        assert page.locator(".note > h2").first.inner_text() == "说明"
        assert "若每台服务器在一个任期内至多投一票" in page.locator(".note").inner_text()
        assert "Suppose" not in page.locator(".note").inner_text()
        # The contents follow.
        contents = page.locator(".following a")
        assert contents.first.get_attribute("aria-current") == "true"
        relations = page.locator(".following a", has_text="关系")
        relations.click()
        page.locator(".following a[aria-current]", has_text="关系").wait_for()
        # Relations are grouped by what they mean to a reader.
        meanings = page.locator(".meaning h3").all_inner_texts()
        assert meanings[:2] == ["需要什么", "属于什么"]
        # A link shows what it leads to, to the pointer and to the keyboard; Escape closes it.
        link = page.locator(".relations a", has_text="领导者选举").first
        page.wait_for_timeout(600)
        link.hover()
        box = page.locator("#kg-preview")
        box.wait_for()
        assert "领导者选举" in box.locator(".name").inner_text()
        assert box.locator(".branches li").count() == box.locator(".branches path").count() > 0
        assert box.locator(".branches .word").first.inner_text()
        page.keyboard.press("Escape")
        assert not box.is_visible()
        page.keyboard.press("Tab")
        link.evaluate("link => link.focus({focusVisible: true})")
        box.wait_for()
        assert link.get_attribute("aria-describedby") == "kg-preview"
        # Code has its language and can be copied.
        copy = page.locator(".code-frame .copy").first
        copy.click()
        page.locator(".code-frame .copy", has_text="已复制").wait_for()
        # A link into a folded part opens it.
        assert page.locator(".facts .figures[open]").count() == 0


def test_browse_and_learn(browser: Any, start: str, own: Path) -> None:
    with Visit(browser, start, "index.en.html") as visit:
        page = visit.page
        page.click(".nav a:text-is('Browse')")
        for tab in page.locator(".tabs a").all_inner_texts():
            page.click(f".tabs a:text-is('{tab}')")
            assert page.locator("h1").inner_text() == tab
            if page.locator(".tabs").count() == 0:
                page.go_back()
        page.goto(f"{start}browse/learn.en.html#from=process&to=service-mesh")
        steps = page.locator("#kg-steps > li > a")
        steps.first.wait_for()
        shown = steps.all_inner_texts()
        assert page.locator("#kg-learn-status").inner_text() == f"{len(shown)} steps"
        # The same way that the command says.
        page.click("#kg-known button")
        assert "from=" not in page.url
        page.fill("#kg-learn-known", "Process")
        page.keyboard.press("Enter")
        page.wait_for_url("**from=process**")
        assert steps.all_inner_texts() == shown
        page.fill("#kg-learn-target", "no such concept")
        page.keyboard.press("Tab")
        assert "No concept is called" in page.locator("#kg-learn-status").inner_text()


def test_the_page_and_the_command_give_one_way(browser: Any, own: Path, kg: Callable[..., Any]) -> None:
    start = (own / "output").as_uri() + "/"
    for known, target in (("failure-detector", "raft"), ("container", "cloud-edge-collaboration"), ("raft", "ebpf")):
        steps = json.loads(kg("path", "-C", own, known, target, "--lang", "en", "--format", "json").stdout)["steps"]
        with Visit(browser, start, f"browse/learn.en.html#from={known}&to={target}") as visit:
            shown = visit.page.locator("#kg-steps > li > a")
            shown.first.wait_for()
            assert shown.all_inner_texts() == [step["label"] for step in steps]


@pytest.mark.parametrize(
    ("name", "query", "label"),
    [
        ("index.html", "kuberntes", "Kubernetes"),
        ("reports/quality.en.html", "gongshi", "Consensus"),
        ("maps/overview.html#lang=en", "分部式系统", "Distributed system"),
        ("concepts/raft.html", "raft alg", "Raft 共识算法"),
    ],
)
def test_the_header_finds_names_while_typing(browser: Any, start: str, name: str, query: str, label: str) -> None:
    with Visit(browser, start, name) as visit:
        page = visit.page
        page.wait_for_load_state()
        page.keyboard.press("Control+k")
        page.keyboard.type(query)
        first = page.locator("#kg-found-0")
        first.wait_for()
        assert first.locator("span").inner_text() == label
        page.keyboard.press("ArrowDown")
        assert page.get_attribute("#kg-find", "aria-activedescendant") == "kg-found-0"
        page.keyboard.press("Enter")
        page.wait_for_url("**/concepts/*")
        assert page.locator("h1").inner_text() == label
        # Escape closes the list and keeps what was typed; Enter never loses it.
        page.fill("#kg-find", "zzqx 容器")
        page.locator("#kg-found-text").wait_for()
        page.keyboard.press("Escape")
        assert not page.locator("#kg-found").is_visible()
        page.keyboard.press("Enter")
        page.wait_for_url("**/search*")
        assert page.input_value("#kg-search-box") == "zzqx 容器"


@pytest.mark.parametrize(("name", "advice"), [("search.html", "没有匹配"), ("search.en.html", "Nothing matches")])
def test_the_search_page_says_where_to_begin(browser: Any, start: str, name: str, advice: str) -> None:
    with Visit(browser, start, name) as visit:
        page = visit.page
        page.locator("#kg-search-first li").nth(9).wait_for()
        assert page.locator("#kg-search-help").is_visible()
        page.fill("#kg-search-box", "raft")
        page.locator("#kg-search-named li").first.wait_for()
        assert not page.locator("#kg-search-start").is_visible()
        page.fill("#kg-search-box", "zzqxvvkw")
        page.locator("#kg-search-start").wait_for()
        assert advice in page.locator("#kg-search-status").inner_text()
        assert not page.locator("#kg-search-help").is_visible()
        page.locator("#kg-search-first a").first.click()
        page.wait_for_url("**/concepts/*")


_LABELS = """() => [...document.querySelectorAll("svg.around rect")].map((box) => {
  const text = box.nextElementSibling;
  const [a, b] = [box.getBoundingClientRect(), text.getBoundingClientRect()];
  const fits = b.left > a.left && b.right < a.right && b.top >= a.top - 1 && b.bottom <= a.bottom + 1;
  const size = parseFloat(getComputedStyle(text).fontSize) * a.width / box.width.baseVal.value;
  return [text.textContent, fits, size >= 11.9];
})"""


def test_labels_of_the_picture_of_facts_fit_and_are_legible(browser: Any, own: Path) -> None:
    pages = sorted((own / "output/concepts").glob("*.html"))[::25]
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    drawn = 0
    for path in pages:
        tab.goto(path.as_uri(), wait_until="domcontentloaded")
        labels = tab.evaluate(_LABELS)
        drawn += len(labels)
        assert [label for label, *good in labels if not all(good)] == [], path.name
    assert drawn > 100
    context.close()


def test_search_in_both_languages(browser: Any, start: str) -> None:
    for name, word in (("index.en.html", "quorum"), ("index.html", "容器")):
        with Visit(browser, start, name) as visit:
            page = visit.page
            page.fill("#kg-find", word)
            page.keyboard.press("Enter")
            page.wait_for_selector("#kg-search-results li")
            assert word in page.locator("#kg-search-named li").first.inner_text().lower()
            assert word in page.locator("#kg-search-results mark").first.inner_text().lower()
            count = page.locator("#kg-search-results > li").count()
            if page.locator("#kg-search-more").is_visible():
                page.click("#kg-search-more")
                page.locator(f"#kg-search-results > li >> nth={count}").wait_for()
            page.click("#kg-search-results h2 a >> nth=0")
            page.wait_for_url("**/*.html*")
            assert page.locator("h1").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_fault_of_accessibility(
    browser: Any, own: Path, some: str, axe: str, scheme: str, kg: Callable[..., Any], tmp_path: Path
) -> None:
    start = (own / "output").as_uri() + "/"
    names = ["index.html", f"concepts/{some}", "browse/index.html", "browse/a-z.html", "browse/layers.en.html"]
    names += [
        "browse/tags.html",
        "browse/reading.html",
        "browse/recent.html",
        "browse/learn.en.html",
        "search.html",
        "plan.en.html",
    ]
    names += ["reports/hierarchy.html", "reports/association.en.html", "reports/coverage.html"]
    if scheme == "light":  # a book has one colour scheme
        ran = kg("export", "book", "raft", "-C", own, "-o", tmp_path / "raft.html")
        assert ran.status == 0, ran.stderr
        names.append((tmp_path / "raft.html").as_uri())
    # On a phone, wide parts of these scroll: a formula and a diagram.
    narrow = [f"concepts/{name}{lang}.html" for name in ("raft", "model-evaluation") for lang in ("", ".en")]
    found = []
    for name, width in [*((name, 1440) for name in names), *((name, 390) for name in (f"concepts/{some}", *narrow))]:
        at = ("", name) if name.startswith("file:") else (start, name)
        with Visit(browser, *at, width=width, scheme=scheme) as visit:
            # The page's policy lets no script in from outside but those of the debugger.
            visit.page.evaluate(axe)
            result = visit.page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
            found += [
                (name, width, v["id"], [node["target"] for node in v["nodes"]][:3])
                for v in result["violations"]
                if v["impact"] in ("moderate", "serious", "critical")
            ]
    assert found == []


@pytest.mark.parametrize("name", ["index.html", "index.en.html"])
def test_the_start_page_reads_in_two_screens_of_a_phone(browser: Any, own: Path, name: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto((own / "output" / name).as_uri())
    page.wait_for_load_state()
    end = page.evaluate("document.querySelector('[aria-labelledby=kg-measures]').getBoundingClientRect().bottom + scrollY")
    actions = page.locator(".actions li")
    assert actions.count() >= 2
    # Where fewer than three actions help, there is room for the third.
    end += (3 - actions.count()) * (actions.last.bounding_box()["height"] + 10)
    assert end <= 2 * 844
    # What follows is folded, and nothing is wider than the screen.
    rest = page.locator("[aria-labelledby=kg-overview], [aria-labelledby=kg-findings]")
    assert sum(box["height"] for box in (part.bounding_box() for part in rest.all())) < 300
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # Nothing is lost by folding: the other measures open by a tap.
    page.locator("details.met > summary").click()
    assert page.locator(".measure").last.is_visible()
    context.close()


def test_the_header_is_as_high_on_every_page(browser: Any, start: str, some: str) -> None:
    names = ["index.html", f"concepts/{some}", "search.html", "plan.html", "reports/quality.html", "browse/learn.html"]
    names += [name.replace(".html", ".en.html") for name in names if ".en." not in name]
    names += ["maps/overview.html", "maps/overview.html#lang=en", "maps/concept.html?c=raft"]
    if start.startswith("http:"):
        names += ["sparql?lang=zh", "sparql?lang=en"]
    heights = {}
    for name in names:
        with Visit(browser, start, name) as visit:
            visit.page.wait_for_load_state()
            heights[name] = round(visit.page.locator("header.top").bounding_box()["height"])
    assert len(set(heights.values())) == 1, heights


@pytest.mark.parametrize("name", ["index.html", "index.en.html"])
def test_the_map_on_the_start_page(browser: Any, start: str, name: str) -> None:
    with Visit(browser, start, name) as visit:
        page = visit.page
        on = ".hero-map .on"
        assert page.locator(on).count() == 0
        # Under the pointer: the concept, its lines and what they lead to, with a name.
        first = page.locator(".hero-map [data-i]").last
        number = first.get_attribute("data-i")
        lines = page.locator(f'.hero-map [data-e^="{number} "], .hero-map [data-e$=" {number}"]').count()
        assert lines > 0
        first.hover()
        assert page.locator(".hero-map.lit").count() == 1
        assert page.locator(".hero-map path.on").count() == lines
        assert first.evaluate("node => node.classList.contains('on')")
        named = page.locator(f'.hero-map text.on[data-l="{number}"]').count()
        assert named == 1 or page.locator(".hero-map .own").text_content() == first.get_attribute("aria-label")
        page.hover("h1")
        assert page.locator(on).count() == 0
        assert page.locator(".hero-map.lit").count() == 0
        # A click leads to its page, in the language of this one.
        label = first.get_attribute("aria-label")
        first.click()
        page.wait_for_url("**/concepts/*.html")
        assert page.locator("h1").inner_text().startswith(label)
        assert page.get_attribute("html", "lang") == ("en" if ".en." in name else "zh")


def test_the_map_on_the_start_page_by_keyboard(browser: Any, start: str) -> None:
    with Visit(browser, start, "index.en.html") as visit:
        page = visit.page
        focused = "() => document.activeElement.closest('.hero-map [data-i]')?.dataset.i ?? null"
        stops = page.locator('.hero-map [tabindex="0"]')
        assert page.locator(".hero-map").get_attribute("aria-label").startswith("Map of the most important concepts")
        stops.focus()
        assert page.evaluate(focused) == "0"
        seen = {"0"}
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
            before = page.evaluate(focused)
            place = "(i) => ['cx', 'cy'].map((k) => Number(document.querySelector(`[data-i='${i}'] circle`).getAttribute(k)))"
            x, y = page.evaluate(place, before)
            page.keyboard.press(key)
            after = page.evaluate(focused)
            a, b = page.evaluate(place, after)
            moved = {"ArrowRight": a - x, "ArrowLeft": x - a, "ArrowDown": b - y, "ArrowUp": y - b}[key]
            assert after == before or moved > 0
            assert stops.count() == 1
            assert page.locator(f'.hero-map .on[data-i="{after}"]').count() == 1
            seen.add(after)
        assert len(seen) > 2
        page.keyboard.press("Escape")
        assert page.locator(".hero-map.lit").count() == 0
        page.keyboard.press("Home")
        assert page.evaluate(focused) == "0"
        label = stops.get_attribute("aria-label")
        page.keyboard.press("Enter")
        page.wait_for_url("**/concepts/*.html")
        assert page.locator("h1").inner_text().startswith(label)


def test_slash_leads_to_the_search_of_every_kind_of_page(browser: Any, start: str, some: str) -> None:
    fields = {
        f"concepts/{some}": "kg-find",
        "search.html": "kg-search-box",
        "maps/overview.html": "search",
        "browse/a-z.html": "kg-filter",
    }
    for name, field in fields.items():
        with Visit(browser, start, name) as visit:
            page = visit.page
            if "maps/" in name:
                page.wait_for_function("() => window.kgMap !== undefined")
                page.focus("#map")
            else:  # the search page starts in its field
                page.evaluate("document.activeElement.blur()")
            page.keyboard.press("/")
            assert page.evaluate("document.activeElement.id") == field
            assert page.input_value(f"#{field}") == ""


def test_a_map_fills_the_screen_and_returns(browser: Any, start: str) -> None:
    with Visit(browser, start, "maps/overview.html") as visit:
        page = visit.page
        page.wait_for_function("() => window.kgMap !== undefined")
        page.click("#fullscreen")
        page.wait_for_function("() => document.fullscreenElement?.classList.contains('room')")
        assert page.locator("#legend").is_visible()
        page.click("#fullscreen")
        page.wait_for_function("() => document.fullscreenElement === null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_printed_page_is_dark_on_white_without_controls(browser: Any, start: str, some: str, scheme: str) -> None:
    with Visit(browser, start, f"concepts/{some}", scheme=scheme) as visit:
        page = visit.page
        assert page.locator("header.top").is_visible()
        page.emulate_media(media="print")
        for hidden in ("header.top", ".foot", ".toc"):
            assert not page.locator(hidden).first.is_visible(), hidden
        colours = page.evaluate("""() => [...document.querySelectorAll("h1, h2, main p, main li, main a, main th, main td")]
          .filter((e) => e.checkVisibility() && e.textContent.trim())
          .map((e) => getComputedStyle(e).color.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0))""")
        assert len(colours) > 20
        assert max(colours) < 3 * 140
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.pdf(format="A4")[:4] == b"%PDF"


def test_every_page_says_what_it_is(own: Path) -> None:
    """For search engines and cards of links, in the language of the page; without a known address, none is claimed."""
    out = own / "output"
    pages = [path for path in sorted(out.rglob("*.html")) if path.relative_to(out).parts[0] != "assets"]
    assert len(pages) > 800
    for path in pages:
        head = path.read_text("utf-8").split("</head>")[0]
        told = re.findall(r'<meta name="description" content="([^"]+)">', head)
        assert len(told) == 1, path
        assert re.findall(r'<meta property="og:description" content="([^"]*)">', head) == told, path
        assert len(re.findall(r'<meta property="og:title" content="[^"]+">', head)) == 1, path
        assert 'rel="canonical"' not in head
        assert "og:image" not in head
    for name, start in (("raft.html", "以强领导者管理复制日志的共识算法"), ("raft.en.html", "A consensus algorithm")):
        text = (out / "concepts" / name).read_text("utf-8")
        told = re.search(r'name="description" content="([^"]+)"', text)
        assert told is not None
        assert told[1].startswith(start)
        assert bool(re.search("[一-鿿]", told[1])) == (".en." not in name)


def test_pages_stay_small(own: Path) -> None:
    """The start page before the map's library; concept pages by their own bytes. Links of pages say what they load."""
    out = own / "output"
    for name in ("index.html", "index.en.html"):
        text = (out / name).read_text("utf-8")
        loaded = set(re.findall(r'<(?:script src|link rel="(?:stylesheet|icon)" href)="([^"]+)"', text))
        assert "assets/kg.css" in loaded
        assert len(text.encode()) + sum((out / file).stat().st_size for file in loaded) <= 150_000
    assert max(path.stat().st_size for path in (out / "concepts").glob("*.html")) <= 60_000


def test_little_stands_before_the_first_paint(own: Path, some: str) -> None:
    """What takes time before a page shows and answers, in numbers that no machine changes: files, bytes and elements."""
    out = own / "output"
    kinds = [
        "index.html",
        "index.en.html",
        f"concepts/{some}",
        "browse/a-z.html",
        "browse/learn.html",
        "search.html",
        "plan.html",
    ]
    kinds += [f"reports/{path.name}" for path in (out / "reports").glob("*.html")]
    for name in kinds:
        page = out / name
        head = page.read_text("utf-8").partition("</head>")[0]
        scripts = re.findall(r'<script src="([^"]+)"( defer)?>', head)
        styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', head)
        blocking = [file for file, later in scripts if not later] + styles
        sizes = [(page.parent / file).stat().st_size for file in blocking]
        # One style sheet and one script, which sets the colours before the first paint: no page waits for more.
        assert (len(styles), len(blocking)) == (1, 2), name
        assert sum(sizes) <= 70_000, name
        # Code that runs before a reader can act, whose compilation and work are the long tasks of a page; data is one literal.
        code = [file for file, _ in scripts if not file.endswith("-data.js")]
        assert sum((page.parent / file).stat().st_size for file in code) <= 45_000, name
        # Nothing else in the text of a page loads or runs: no inline script, no style in an attribute, no image from elsewhere.
        body = page.read_text("utf-8").partition("<body")[2]
        assert re.findall(r'<script(?! type="application/(?:ld\+)?json")[^>]*>', body) == [], name
        assert re.findall(r'<(?:img|iframe|link)[^>]* (?:src|href)="https?:', body) == [], name


def test_a_key_in_the_search_over_10000_concepts(browser: Any, own: Path, tmp_path: Path) -> None:
    """CPU time of the page for each key, from names that are loaded to results that are shown; in a copy with more names."""
    shutil.copytree(own / "output/assets", tmp_path / "assets")
    shutil.copy(own / "output/index.en.html", tmp_path)
    drawn = random.Random(7)
    parts = "distributed consensus container network storage cluster security replica quorum service policy ledger".split()
    rows = []
    for i in range(10_000):
        name = f"{' '.join(drawn.sample(parts, 3))} {i}"
        rows.append([f"c{i}", [f"分布式概念{i}", name], [f"alias {i}"], [f"fenbushigainian{i}", "fbsgn"], i % 32])
    titles = next((tmp_path / "assets").glob("titles*.js"))
    titles.unlink()  # a hard link to the file of the build
    titles.write_text(f'kgTitles(["zh", "en"], {json.dumps(rows)});', encoding="utf-8")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto((tmp_path / "index.en.html").as_uri())
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        return {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}["TaskDuration"]

    page.keyboard.press("Control+k")
    page.keyboard.type("q")  # loads the names
    page.locator(".found:visible [role=option]").first.wait_for()
    spent = []
    for query in ("consensus quorum", "netwrok polcy", "fenbushi", "分布式概念7"):
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        for key in query:
            before = busy()
            page.keyboard.insert_text(key)
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            spent.append(busy() - before)
    context.close()
    # The first key with an error makes the index of words.
    assert sorted(spent)[len(spent) * 9 // 10] <= 0.05
