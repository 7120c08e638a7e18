"""Every control of the maps, on the project's own knowledge base: from disk, and served; no error, nothing asked of others."""

from __future__ import annotations

import contextlib
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

WAIT = 30_000

NODES = "() => window.kgData.nodes"
SHOWN = "(kind) => window.kgMap.body.data[kind].get().filter((item) => !item.hidden).length"
STRONG = """() => window.kgMap.body.data.edges.get().filter((edge) => !edge.hidden && edge.color.color.endsWith("ff")).length"""
FAINT = """() => window.kgMap.body.data.edges.get().filter((edge) => !edge.hidden && edge.color.color.endsWith("1a")).length"""
SCALE = "() => window.kgMap.getScale()"
PLACE = """(page) => {
  const { nodes } = window.kgData;
  const id = nodes.find((node) => node.page === page || node.href === page).id;
  const { x, y } = window.kgMap.canvasToDOM(window.kgMap.getPosition(id));
  return { x, y };
}"""


@pytest.fixture(scope="module", params=["disk", "served"])
def origin(request: pytest.FixtureRequest, own: Path, serve: Callable[..., Any]) -> Iterator[str]:
    """Where the site's pages begin."""
    with contextlib.ExitStack() as stack:
        if request.param == "disk":
            yield f"{(own / 'output').as_uri()}/"
        else:
            yield stack.enter_context(serve(own)).url.rstrip("/") + "/"


@pytest.fixture
def page(browser: Any, origin: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((origin, "data:", "blob:")) else troubles.append(r.url))
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def show(page: Any, origin: str) -> Callable[[str], Any]:
    def visit(path: str) -> Any:
        page.goto("about:blank")  # else another fragment would not load the page anew
        page.goto(origin + path)
        page.wait_for_function("() => window.kgMap !== undefined")
        return page

    return visit


Show = Callable[[str], Any]


def title(page: Any) -> str:
    return str(page.text_content("#panel h2"))


def data_of(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("() => window.kgData")
    return found


def hub_and_far(page: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The node of a map with the most lines, and one that a path leads to but no line from the hub."""
    data = data_of(page)
    # What the plan's tasks produce is hidden unless it is asked for.
    shown = page.evaluate("() => window.kgMap.body.data.nodes.get().filter((node) => !node.hidden).map((node) => node.id)")
    near: dict[int, set[int]] = {number: set() for number in shown}
    for edge in data["edges"]:
        if edge["from"] in near and edge["to"] in near:
            near[edge["from"]].add(edge["to"])
            near[edge["to"]].add(edge["from"])
    hub = max(near, key=lambda i: len(near[i]))
    far = next(i for n in sorted(near[hub]) for i in sorted(near[n]) if i != hub and i not in near[hub])
    return data["nodes"][hub], data["nodes"][far]


def test_from_the_overview_to_a_community_to_a_concept_and_its_page(show: Show) -> None:
    page = show("maps/overview.html")
    first = page.evaluate(NODES)[0]
    page.click("#map", position=page.evaluate(PLACE, first["href"]))
    assert title(page) == first["names"][0]
    assert str(first["count"]) in page.text_content("#panel dl")
    page.click("#panel .acts a")
    page.wait_for_url(f"**/maps/{first['href']}")
    page.wait_for_function("() => window.kgMap !== undefined")
    assert sum("plan" not in node for node in page.evaluate(NODES)) == first["count"]
    hub, _ = hub_and_far(page)
    page.click("#map", position=page.evaluate(PLACE, hub["page"]))
    page.click("#panel .acts a >> nth=1")
    page.wait_for_url(f"**/maps/concept.html?c={hub['page']}")
    page.wait_for_function("() => window.kgMap !== undefined")
    page.click("#panel .acts a >> nth=0")
    page.wait_for_url(f"**/concepts/{hub['page']}.html")
    page.go_back()
    page.click(".what a >> nth=0")
    page.wait_for_url("**/maps/overview.html")


def test_both_languages_and_the_page_in_the_chosen_one(show: Show) -> None:
    page = show("maps/concept.html?c=raft")
    chinese = page.text_content("#panel .definition")
    page.click("button[data-lang=en]")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.text_content("#panel .definition") != chinese
    assert page.evaluate("() => window.kgLabels().labels.some((label) => label.text === 'Raft')")
    assert page.locator("#legend h2").all_text_contents() == ["Colour", "Size", "Plan", "Relations"]
    assert page.url.endswith("#lang=en")
    page.click("#concept")
    page.wait_for_url("**/concepts/raft.en.html")


@pytest.mark.parametrize("query", ["线性一致", "LINEARIZAB"])
def test_search_by_either_name_on_the_map_and_beyond(show: Show, query: str) -> None:
    page = show("maps/overview.html")
    page.keyboard.press("Tab")
    page.fill("#search", query)
    page.wait_for_selector("#found [role=option]")
    assert "在其他图中" in page.text_content("#found")
    page.press("#search", "Enter")
    page.wait_for_url("**/maps/concept.html?c=linearizability")
    page.wait_for_function("() => window.kgMap !== undefined")
    page.fill("#search", query)
    page.press("#search", "Enter")
    assert title(page) == page.evaluate(NODES)[0]["names"][0]
    page.fill("#search", "zzzz")
    assert "没有匹配的概念" in page.text_content("#found")


def test_colours_by_each_dimension_and_the_legend_hides_its_values(show: Show) -> None:
    page = show("maps/concept.html?c=kubernetes")
    keys = page.evaluate("() => window.kgData.legends.map((l) => l.key)")
    # After the dimensions, whose values the legend lists, come the measures.
    offered = page.evaluate("() => [...document.querySelectorAll('#colour option')].map((o) => Number(o.value))")
    offered = [i for i in offered if i < len(keys)]
    assert {"area", "layer", "community", "evidence"} <= {keys[i] for i in offered}
    for i in offered:
        page.select_option("#colour", value=str(i))
        counts = [int(n) for n in page.locator("#values small").all_text_contents()]
        assert sum(counts) == len(page.evaluate(NODES))
        assert len(counts) > 1
        assert page.evaluate("() => new Set(window.kgMap.body.data.nodes.map((n) => n.color.hover.background)).size") > 1
        page.locator("#values input").nth(1).uncheck()
        assert page.evaluate(SHOWN, "nodes") == sum(counts) - counts[1]
        assert "off=" in page.url


def test_sizes_by_each_measure(show: Show) -> None:
    page = show("maps/cluster-0.html")
    seen = []
    for i in range(4):
        page.select_option("#size", value=str(i))
        nodes = page.evaluate(NODES)
        sizes = page.evaluate("() => window.kgMap.body.data.nodes.get().map((node) => node.size)")
        values = [node["m"][i] for node in nodes]
        assert sizes.index(max(sizes)) == values.index(max(values))
        assert [s for _, s in sorted(zip(values, sizes, strict=True))] == sorted(sizes)
        seen.append(sizes)
    assert len({tuple(sizes) for sizes in seen}) == 4
    assert "size=core" in page.url


def test_the_legend_filters_by_type_and_by_kind_of_relation(show: Show) -> None:
    page = show("maps/cluster-0.html")
    everything = page.evaluate(SHOWN, "edges")
    uses = page.get_by_label(re.compile("^使用"))
    uses.uncheck()
    without = page.evaluate(SHOWN, "edges")
    assert 0 < without < everything
    assert page.evaluate("() => document.querySelector('#kind-1').indeterminate")
    page.locator("#kind-1").check()
    assert page.evaluate(SHOWN, "edges") == everything
    page.locator("#kind-0").uncheck()
    page.locator("#kind-1").uncheck()
    assert page.evaluate(SHOWN, "edges") < without
    assert "hide=broader" in page.url
    bundled = show("maps/overview.html")
    before = bundled.evaluate("() => window.kgMap.body.data.edges.get().map((edge) => edge.width)")
    bundled.get_by_label(re.compile("^使用")).uncheck()
    assert bundled.evaluate("() => window.kgMap.body.data.edges.get().map((edge) => edge.width)") != before


def test_a_click_shows_definition_links_and_neighbours(show: Show) -> None:
    page = show("maps/cluster-0.html")
    assert page.evaluate(STRONG) == 0
    node, _ = hub_and_far(page)
    page.click("#map", position=page.evaluate(PLACE, node["page"]))
    assert page.text_content("#panel .definition") == node["defs"][0]
    assert page.locator("#panel .acts a").first.get_attribute("href").endswith(f"concepts/{node['page']}.html")
    strong, faint = page.evaluate(STRONG), page.evaluate(FAINT)
    lines = """() => window.kgMap.getConnectedEdges(window.kgMap.getSelectedNodes()[0])
        .filter((id) => !window.kgMap.body.data.edges.get(id).hidden).length"""
    assert strong == page.evaluate(lines)
    assert strong + faint == page.evaluate(SHOWN, "edges")
    relations = page.locator("#panel .related li").count()
    assert relations >= strong
    page.locator("#panel .related button").first.click()
    assert title(page) != node["names"][0]
    page.keyboard.press("Escape")
    page.click("#panel .close")
    assert page.locator("#panel h2").count() == 0


def test_the_path_between_two_concepts(show: Show) -> None:
    page = show("maps/cluster-0.html")
    hub, far = hub_and_far(page)
    page = show(f"maps/cluster-0.html#at={hub['page']}")
    page.fill("#path", far["names"][0])
    page.press("#path", "Enter")
    steps = page.locator("#steps li")
    assert steps.count() == 2
    assert steps.last.locator("button").text_content() == far["names"][0]
    assert page.evaluate(STRONG) == steps.count()
    assert f"to={far['page']}" in page.url
    page.click(".path-title button")
    assert page.locator("#steps").count() == 0
    assert page.evaluate(STRONG) > 0
    page.keyboard.press("Escape")
    page = show(f"maps/cluster-0.html#at={hub['page']}")
    page.click("#fit")
    page.click("#map", position=page.evaluate(PLACE, far["page"]), modifiers=["Shift"])
    assert page.locator("#steps li").count() >= 2
    for kind in page.locator("#lines > li input").all():
        if kind.is_visible() and kind.is_checked():
            kind.uncheck()
    assert "此图中没有路径" in page.text_content("#panel")


def test_a_view_is_shared_by_its_url(show: Show, page: Any) -> None:
    page = show("maps/cluster-0.html#lang=en")
    page.select_option("#colour", label="Area")
    page.select_option("#size", label="Neighbours (degree)")
    page.get_by_label(re.compile("^uses")).uncheck()
    hub, _ = hub_and_far(page)
    values = next(legend for legend in data_of(page)["legends"] if legend["key"] == "area")["values"]
    boxes = page.locator("#values input")
    boxes.nth(next(i for i, value in enumerate(values) if value["value"] != hub["cats"][2])).uncheck()
    page.click("#map", position=page.evaluate(PLACE, hub["page"]))
    page.click("#zoom-in")
    page.click("#copy-link")
    page.wait_for_function("() => document.getElementById('copied').textContent !== ''")
    url = page.url
    looks = """() => JSON.stringify([window.kgMap.body.data.nodes.get(),
        window.kgMap.body.data.edges.get().map((edge) => (edge.hidden ? edge.id : edge)),
        document.getElementById('panel').textContent, document.getElementById('legend').textContent,
        [...document.querySelectorAll('input[type=checkbox]')].map((box) => box.checked)])"""
    mine = page.evaluate(looks), page.evaluate(SCALE), page.evaluate("() => window.kgMap.getViewPosition()")
    other = show(url.partition("/maps/")[2] and f"maps/{url.partition('/maps/')[2]}")
    assert json.loads(other.evaluate(looks)) == json.loads(mine[0])
    assert other.evaluate(SCALE) == pytest.approx(mine[1], rel=0.01)
    there = other.evaluate("() => window.kgMap.getViewPosition()")
    assert there["x"] == pytest.approx(mine[2]["x"], abs=1)
    # A fragment that is changed by hand is followed, and nonsense in it is ignored.
    last = data_of(other)["nodes"][-1]
    other.evaluate("(at) => { location.hash = `lang=en&at=${at}&colour=nope&view=a,b,c&to=gone`; }", last["page"])
    other.wait_for_function("(name) => document.querySelector('#panel h2')?.textContent === name", arg=last["names"][-1])


def test_zoom_by_button_key_and_wheel(show: Show) -> None:
    page = show("maps/cluster-0.html")
    fitted = page.evaluate(SCALE)
    page.click("#zoom-in")
    assert page.evaluate(SCALE) == pytest.approx(fitted * 1.25, rel=0.01)
    page.click("#zoom-out")
    page.click("#zoom-out")
    assert page.evaluate(SCALE) < fitted
    page.click("#fit")
    assert page.evaluate(SCALE) == pytest.approx(fitted, rel=0.01)
    page.focus("#map")
    page.keyboard.press("-")
    assert page.evaluate(SCALE) < fitted
    page.keyboard.press("0")
    assert page.evaluate(SCALE) == pytest.approx(fitted, rel=0.01)
    page.hover("#map", position={"x": 400, "y": 300})
    page.mouse.wheel(0, -300)
    page.wait_for_function("() => location.hash.includes('view=')")
    assert page.evaluate(SCALE) > fitted


def test_pictures_are_downloaded(show: Show) -> None:
    page = show("maps/concept.html?c=raft#lang=en")
    with page.expect_download() as drawing:
        page.click("#svg")
    assert drawing.value.suggested_filename == "raft.svg"
    tree = ET.fromstring(Path(drawing.value.path()).read_text(encoding="utf-8"))  # noqa: S314 (our own drawing)
    space = "{http://www.w3.org/2000/svg}"
    nodes = page.evaluate(NODES)
    texts = " ".join(text.text or "" for text in tree.iter(f"{space}text"))
    assert all(word in texts for node in nodes for word in node["names"][-1].split())
    assert len(list(tree.iter(f"{space}circle"))) >= len(nodes)
    with page.expect_download() as picture:
        page.click("#png")
    assert picture.value.suggested_filename == "raft.png"
    data = Path(picture.value.path()).read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert (width, height) == (2 * int(tree.get("width") or 0), 2 * int(tree.get("height") or 0))
    assert len(data) > 20_000


def test_all_by_keyboard(show: Show) -> None:
    page = show("maps/cluster-0.html")
    reached = []
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || document.activeElement.className"))
    order = [
        name for name in reached if name in ("skip", "search", "map", "zoom-in", "zoom-out", "fit", "copy-link", "png", "svg")
    ]
    assert order[:9] == ["skip", "search", "map", "zoom-in", "zoom-out", "fit", "copy-link", "png", "svg"]
    assert "colour" in reached
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    first = title(page)
    page.keyboard.press("ArrowRight")
    assert title(page) != first
    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.id") == "path"
    page.keyboard.type(first)
    page.keyboard.press("Enter")
    assert page.locator("#steps li").count() >= 1
    page.focus("#map")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.focus("#map")
    page.keyboard.press("Enter")
    page.wait_for_url("**/concepts/*.html")


def test_the_table_says_the_same(show: Show) -> None:
    page = show("maps/concept.html?c=raft#lang=en")
    page.click("#text summary")
    nodes = page.evaluate(NODES)
    assert page.locator("#text tbody th").all_text_contents() == [node["names"][-1] for node in nodes]
    rows = page.locator("#text tbody tr").first.locator("li").all_text_contents()
    panel = page.locator("#panel .related li")
    assert sorted(" ".join(row.split()) for row in rows) == sorted(
        " ".join([item.locator("span").text_content(), item.locator("button").text_content()]) for item in panel.all()
    )


def test_landmarks_headings_and_names(show: Show) -> None:
    page = show("maps/concept.html?c=raft#lang=en")
    assert page.locator("main").count() == page.locator("header").count() == page.locator("h1").count() == 1
    nameless = """() => [...document.querySelectorAll('button, input, select, a, [role=application], section')].filter((e) =>
        !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim())).map((e) => e.outerHTML)"""
    assert page.evaluate(nameless) == []
    levels = page.evaluate("() => [...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))")
    assert all(b - a <= 1 for a, b in pairwise(levels))


@pytest.mark.parametrize("path", ["maps/overview.html", "maps/cluster-0.html", "maps/concept.html?c=container"])
def test_a_narrow_dark_screen_scrolls_only_down_and_can_be_read(browser: Any, own: Path, path: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{(own / 'output').as_uri()}/{path}")
    page.wait_for_function("() => window.kgMap !== undefined")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.evaluate("() => window.kgLabels().labels.map((label) => label.font * window.kgMap.getScale())")
    assert len(sizes) >= 8
    assert min(sizes) > 10.9
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_no_fault(browser: Any, own: Path, axe: str, scheme: str, width: int) -> None:
    # axe has to run inside of the page, whose policy lets no other script run.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for path in (
        "overview.html",
        "overview.html#open=0",
        "cluster-0.html#names=1&hulls=1",
        "concept.html?c=raft#lang=en",
        "concept.html?c=raft#to=consensus",
    ):
        page.goto("about:blank")
        page.goto(f"{(own / 'output').as_uri()}/maps/{path}")
        page.wait_for_function("() => window.kgMap !== undefined")
        page.click("#text summary")
        page.evaluate(axe)
        found = page.evaluate("async () => await axe.run()")
        assert len(found["passes"]) > 20
        assert [(v["impact"], v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], path
    context.close()


def test_the_lineage_of_a_hub_can_be_read(show: Show) -> None:
    page = show("maps/concept.html?c=kubernetes&layout=lineage")
    levels = Counter(node["level"] for node in data_of(page)["nodes"])
    hidden = levels.pop(None)
    assert (levels[-1], levels[1]) == (10, 10)
    # Labels of 14 px and more are at least 9 px high on this screen, and none is left out.
    assert page.evaluate("() => window.kgMap.getScale()") > 0.65
    assert page.evaluate("() => window.kgLabels().labels.length") == sum(levels.values())
    notice = page.locator(".cut")
    assert 0 < data_of(page)["left"] <= hidden
    assert f"{data_of(page)['left']}" in notice.inner_text()
    notice.locator("a").click()
    assert page.locator("#rows tr").count() == sum(levels.values()) + hidden


def test_lineage_and_plan(show: Show) -> None:
    page = show("maps/concept.html?c=raft&layout=lineage")
    data = data_of(page)
    places = {node["page"]: node for node in data["nodes"]}
    # What Raft stands on is to the left, what stands on Raft to the right; concepts that are only associated are not shown.
    assert places["consensus"]["x"] < 0 < places["etcd"]["x"]
    assert (places["consensus"]["level"], places["raft"]["level"], places["etcd"]["level"]) == (-1, 0, 1)
    assert places["byzantine-fault-tolerance"]["level"] is None
    shown = sum(node["level"] is not None for node in data["nodes"])
    assert page.text_content("#nodes") == str(shown)
    # What the plan's tasks produce is there only when asked for.
    assert "theory-report" not in places
    page.click("[data-text='layout-rings']")
    page.wait_for_url(lambda url: "lineage" not in url)
    page.wait_for_function("() => window.kgMap !== undefined")
    page.click("#panel .close")
    page.check("#plan")
    page.wait_for_url("**plan=1**")
    page.wait_for_function("() => window.kgMap !== undefined")
    assert "theory-report" in {node["page"] for node in data_of(page)["nodes"]}
