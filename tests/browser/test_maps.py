"""Maps in Chromium, opened from disk: they draw, find, select and lead on, and ask for nothing but files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest

import kg.views.maps
import kg.views.site
from kg.base.names import page_name

pytestmark = pytest.mark.browser

WAIT = 30_000
"""Milliseconds after which a test that waits for something has failed."""

OVERLAPS = """() => {
  const boxes = window.kgLabels().labels.map((label) => label.box);
  let count = 0;
  boxes.forEach((p, i) => boxes.slice(i + 1).forEach((q) => {
    if (p.left < q.right - 0.1 && q.left < p.right - 0.1 && p.top < q.bottom - 0.1 && q.top < p.bottom - 0.1) count += 1;
  }));
  return count;
}"""

PLACE = """(name) => {
  const map = window.kgMap;
  const { nodes } = window.kgData;
  const { x, y } = map.canvasToDOM(map.getPosition(nodes.find((n) => n.names.includes(name)).id));
  return { x, y };
}"""

OUTSIDE = """() => {
  const map = window.kgMap;
  const stage = document.getElementById("map");
  return window.kgLabels().labels.filter(({ box }) => {
    const [a, b] = [map.canvasToDOM({ x: box.left, y: box.top }), map.canvasToDOM({ x: box.right, y: box.bottom })];
    return a.x < 0 || a.y < 0 || b.x > stage.clientWidth || b.y > stage.clientHeight;
  }).map((label) => label.text);
}"""

SIZES = "() => { const s = window.kgMap.getScale(); return window.kgLabels().labels.map((label) => label.font * s); }"

INK = """() => {
  const canvas = document.querySelector("#map canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count += 1;
  return count;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, toy_of: Callable[[str], ModuleType], write_all: Callable[..., None]) -> Path:
    toy = toy_of("maps")
    out = tmp_path_factory.mktemp("output")
    small = toy.assessment(91, 7)
    write_all(out, kg.views.maps.render_maps(small))
    write_all(out, kg.views.site.render_map_companions(small))
    large = toy.assessment(400, 9)
    write_all(out / "large", kg.views.maps.render_maps(large))
    write_all(out / "large", kg.views.site.render_map_companions(large))
    (out / "single.html").write_bytes(kg.views.maps.render_map(large, f"{toy.BASE}c00003", 1, "en"))
    (out / "concepts").mkdir()
    for name in ("c00000.html", "c00000.en.html"):
        (out / "concepts" / name).write_text("<title>a concept</title>", encoding="utf-8")
    return out


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith("file:") else troubles.append(request.url))
    yield page
    context.close()
    assert troubles == []


def show(page: Any, path: Path, fragment: str = "") -> None:
    page.goto(address(path) + fragment)
    page.wait_for_function("() => window.kgMap !== undefined", timeout=WAIT)


def address(path: Path) -> str:
    """The address of a page on disk; its name can end in a query."""
    return path.as_uri().replace("%3F", "?").replace("%3D", "=")


def until(page: Any, script: str, good: Callable[[Any], bool]) -> None:
    """Wait until a script gives what it should: drawing takes its time on a busy machine."""
    for _ in range(WAIT // 100):
        if good(value := page.evaluate(script)):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{script} stays at {value}")


@pytest.mark.parametrize(
    "path",
    ["maps/overview.html", "maps/cluster-1.html", "maps/concept.html?c=c00001", "large/maps/overview.html", "single.html"],
)
def test_a_map_is_drawn_and_hides_no_label(page: Any, site: Path, path: str) -> None:
    show(page, site / path)
    until(page, INK, lambda ink: ink > 2000)
    for language in ("en", "zh"):
        page.click(f"button[data-lang={language}]")
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate(OVERLAPS) == 0


@pytest.mark.parametrize("path", ["maps/overview.html", "maps/cluster-1.html", "large/maps/overview.html"])
def test_no_label_is_cut_off_where_all_is_shown(page: Any, site: Path, path: str) -> None:
    show(page, site / path)
    for language in ("en", "zh"):
        page.click(f"button[data-lang={language}]")
        page.click("#fit")
        until(page, OUTSIDE, lambda outside: outside == [])


def test_the_frame_is_the_one_of_all_pages(page: Any, site: Path) -> None:
    show(page, site / "maps/overview.html")
    links = "() => [...document.querySelectorAll('.top a')].map((a) => a.href.split('/').pop())"
    others = ["learn", "association", "hierarchy", "quality"]
    assert page.evaluate(links) == [*["index.html"] * 3, "overview.html", *(f"{name}.html" for name in others)]
    page.click("button[data-lang=en]")
    assert page.evaluate(links) == [*["index.en.html"] * 3, "overview.html#lang=en", *(f"{name}.en.html" for name in others)]
    assert page.text_content(".nav a[aria-current]") == "Maps"


def test_labels_can_be_read_at_any_zoom_and_never_overlap(page: Any, site: Path) -> None:
    show(page, site / "maps/overview.html")
    assert len(page.evaluate(SIZES)) > 80
    for scale in (0.15, 0.4, 1, 2.5, 6):
        page.evaluate("(scale) => window.kgMap.moveTo({ scale })", scale)
        sizes = page.evaluate(SIZES)
        assert sizes
        assert 10.99 < min(sizes) <= max(sizes) < 24.01
        assert page.evaluate(OVERLAPS) == 0


@pytest.mark.parametrize(("query", "title"), [("服务网格", "服务网格"), ("consensus", "共识"), ("Raft", "Raft共识算法")])
def test_search_finds_in_both_languages(page: Any, site: Path, query: str, title: str) -> None:
    show(page, site / "maps/overview.html")
    page.keyboard.press("Tab")
    page.fill("#search", query)
    page.press("#search", "Enter")
    assert page.text_content("#panel h2") == title
    assert page.evaluate("() => window.kgMap.getSelectedNodes().length") == 1
    place = page.evaluate(PLACE, title)
    room = page.locator("#map").bounding_box()
    assert 0 < place["x"] < room["width"]
    assert 0 < place["y"] < room["height"]
    assert "at=" in page.url


def test_a_click_selects_and_the_panel_defines(page: Any, site: Path) -> None:
    show(page, site / "maps/overview.html")
    page.click("#map", position=page.evaluate(PLACE, "容器"))
    page.wait_for_selector("#panel h2")
    assert page.text_content("#panel h2") == "容器"
    assert "容器是一种机制" in page.text_content("#panel .definition")
    assert page.locator("#panel .acts a").first.get_attribute("href") == "../concepts/c00000.html"
    assert page.locator("#panel .acts a").nth(1).get_attribute("href") == "../maps/concept.html?c=c00000"
    page.keyboard.press("Escape")
    assert page.locator("#panel h2").count() == 0


def test_double_click_and_enter_lead_to_the_concept(page: Any, site: Path) -> None:
    show(page, site / "maps/overview.html")
    page.dblclick("#map", position=page.evaluate(PLACE, "容器"))
    page.wait_for_url("**/concepts/c00000.html")
    show(page, site / "maps/overview.html", "#lang=en&at=c00000")
    assert page.text_content("#panel h2") == "Container"
    page.focus("#map")
    page.keyboard.press("Enter")
    page.wait_for_url("**/concepts/c00000.en.html")


def test_a_community_is_opened_by_its_panel_or_a_double_click(page: Any, site: Path) -> None:
    show(page, site / "large/maps/overview.html", "#lang=en")
    nodes = page.evaluate("() => window.kgData.nodes")
    name = next(node["names"][1] for node in nodes if node["href"] == "cluster-2.html")
    page.click("#map", position=page.evaluate(PLACE, name))
    assert page.text_content("#panel h2") == name
    page.click("#panel .acts a")
    page.wait_for_url("**/maps/cluster-2.html#lang=en")
    assert page.evaluate("document.documentElement.lang") == "en"
    show(page, site / "large/maps/overview.html", "#lang=en")
    page.dblclick("#map", position=page.evaluate(PLACE, name))
    page.wait_for_url("**/maps/cluster-2.html#lang=en")


def test_the_legend_filters_and_colours(page: Any, site: Path) -> None:
    show(page, site / "maps/overview.html")
    shown = "(kind) => window.kgMap.body.data[kind].get().filter((item) => !item.hidden).length"
    nodes, edges = page.evaluate(shown, "nodes"), page.evaluate(shown, "edges")
    page.locator("#values input").first.uncheck()
    assert page.evaluate(shown, "nodes") == nodes - 13
    page.locator("#values input").first.check()
    assert page.evaluate(shown, "nodes") == nodes
    page.get_by_label("依赖").uncheck()
    assert 0 < page.evaluate(shown, "edges") < edges
    page.select_option("#colour", label="层次")
    assert page.locator("#values .name").all_text_contents() == ["理论", "技术", "实践", "前沿"]


LIGHTNESS = """() => {
  const measure = window.kgData.measures.indexOf(new URLSearchParams(location.hash.slice(1)).get("colour"));
  const light = (hex) => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => {
    const value = parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16) / 255;
    return sum + share * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  }, 0);
  return window.kgData.nodes.map(({ id, m }) => [m[measure], light(window.kgMap.body.data.nodes.get(id).color.background)]);
}"""


@pytest.mark.parametrize(("scheme", "sign", "ground"), [("light", -1, 1.0), ("dark", 1, 0.0143)])
def test_a_measure_colours_on_a_scale_that_all_can_order(
    browser: Any, site: Path, scheme: str, sign: int, ground: float
) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    show(page, site / "maps/cluster-1.html", "#lang=en")
    page.focus("#colour")
    page.keyboard.type("Neigh")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.includes('colour=degree')")
    values = page.evaluate(LIGHTNESS)
    assert len({value for value, _ in values}) > 3
    by_value = sorted(values, key=lambda pair: (pair[0], sign * pair[1]))
    lights = [sign * light for _, light in by_value]
    assert lights == sorted(lights)
    assert len(set(lights)) == len({value for value, _ in values})
    contrasts = [(max(light, ground) + 0.05) / (min(light, ground) + 0.05) for _, light in values]
    assert min(contrasts) >= 2.9
    ticks = page.locator(".ramp .tick").all_text_contents()
    assert (ticks[0], ticks[-1]) == (str(min(values)[0]), str(max(values)[0]))
    assert page.text_content(".ramp + .unit") == "neighbours"
    assert page.locator("#values li").count() == 0
    context.close()


def test_the_measure_of_the_colour_is_in_the_address_and_in_pictures(page: Any, site: Path) -> None:
    show(page, site / "large/maps/overview.html", "#lang=en&colour=relations")
    assert page.locator("#colour").evaluate("(e) => e.selectedOptions[0].textContent") == "Relations to others"
    show(page, site / "maps/overview.html", "#lang=en&colour=betweenness")
    with page.expect_download() as saved:
        page.click("#svg")
    picture = Path(saved.value.path()).read_text(encoding="utf-8")
    assert "share of all shortest paths" in picture
    assert page.evaluate("() => location.hash").startswith("#lang=en&colour=betweenness")
    page.select_option("#colour", label="Community")
    page.wait_for_function("() => !location.hash.includes('colour')")
    assert page.locator(".ramp").count() == 0


def test_arrow_keys_walk_and_plus_zooms(page: Any, site: Path) -> None:
    show(page, site / "maps/concept.html?c=c00001")
    page.focus("#map")
    middle = page.text_content("#panel h2")
    page.keyboard.press("ArrowUp")
    assert page.text_content("#panel h2") != middle
    before = page.evaluate("() => window.kgMap.getScale()")
    page.keyboard.press("+")
    until(page, "() => window.kgMap.getScale()", lambda scale: scale > before)


HIDDEN_BY_TIP = """(name) => {
  const tip = document.getElementById("tip").getBoundingClientRect();
  const stage = document.getElementById("map").getBoundingClientRect();
  const map = window.kgMap;
  const node = window.kgData.nodes.find((n) => n.names.includes(name));
  const { box } = window.kgLabels().labels.find((label) => label.node.id === node.id);
  const { x, y } = map.canvasToDOM(map.getPosition(node.id));
  const [a, b] = [map.canvasToDOM({ x: box.left, y: box.top }), map.canvasToDOM({ x: box.right, y: box.bottom })];
  const covers = (left, top, right, bottom) => tip.left < stage.left + right && stage.left + left < tip.right
    && tip.top < stage.top + bottom && stage.top + top < tip.bottom;
  return covers(a.x, a.y, b.x, b.y) || covers(x - 3, y - 3, x + 3, y + 3);
}"""


@pytest.mark.parametrize(("name", "scale"), [("容器", 1), ("编排", 1), ("容器", 2.5)])
def test_a_tooltip_is_plain_text_beside_what_it_explains(page: Any, site: Path, name: str, scale: float) -> None:
    show(page, site / "maps/overview.html")
    page.evaluate("(scale) => window.kgMap.moveTo({ scale })", scale)
    inside = """(name) => {
      const { id } = window.kgData.nodes.find((n) => n.names.includes(name));
      window.kgMap.moveTo({ position: window.kgMap.getPosition(id) });
    }"""
    page.evaluate(inside, name)
    place = page.evaluate(PLACE, name)
    page.hover("#map", position={"x": place["x"] + 1, "y": place["y"]})
    page.wait_for_selector("#tip", state="visible")
    assert f"{name}是一种机制" in page.text_content("#tip")
    assert not page.evaluate(HIDDEN_BY_TIP, name)
    page.hover("#search")
    page.wait_for_selector("#tip", state="hidden")


SHOWN = "() => window.kgMap.body.data.nodes.get().filter((item) => !item.hidden).length"
HEADS = "() => window.kgLabels().heads.filter((head) => !head.card).map((head) => head.text)"
POINTS = """() => {
  const places = window.kgMap.getPositions();
  return Object.fromEntries(window.kgData.nodes.map((node, i) => [node.page ?? node.href, places[i]]));
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_communities_open_in_place_and_close(page: Any, site: Path, language: str) -> None:
    show(page, site / "large/maps/overview.html", f"#lang={language}")
    closed = page.evaluate(POINTS)
    groups = page.evaluate("() => window.kgData.nodes.filter((n) => n.count).length")
    node = page.evaluate("() => window.kgData.nodes.find((n) => n.href === 'cluster-2.html')")
    name = node["names"][0 if language == "zh" else 1]
    page.click("#map", position=page.evaluate(PLACE, name))
    page.wait_for_function("() => location.hash.includes('open=2')")
    assert page.evaluate(SHOWN) == groups - 1 + node["count"]
    assert page.evaluate(HEADS) == [f"{name} · {node['count']}  ×"]
    assert page.text_content("#panel h2") == name
    # Lines within the community, and from its concepts to the communities that are closed.
    kinds = """() => {
      const { nodes, edges } = window.kgData;
      const ends = edges.map(({ from, to }) => [from, to].filter((id) => nodes[id].home !== undefined).length);
      return ends.filter((n) => n === 2).length * ends.filter((n) => n === 1).length;
    }"""
    assert page.evaluate(kinds) > 0
    # The address reproduces the view, and what is opened first makes no difference.
    first = page.evaluate(POINTS)
    page.goto("about:blank")
    show(page, site / "large/maps/overview.html", f"#lang={language}&open=4&open=2")
    page.wait_for_function("(count) => window.kgMap.body.data.nodes.length > count", arg=len(first))
    second = page.evaluate(POINTS)
    page.goto("about:blank")
    show(page, site / "large/maps/overview.html", f"#lang={language}&open=2&open=4")
    page.wait_for_function("(count) => window.kgMap.body.data.nodes.length === count", arg=len(second))
    assert page.evaluate(POINTS) == second
    # A click on the name of the area closes it, Enter on the selected community opens it again.
    page.goto("about:blank")
    show(page, site / "large/maps/overview.html", f"#lang={language}&open=2")
    page.wait_for_function("() => window.kgLabels().heads.filter((head) => head.home !== undefined).length === 1")
    assert page.evaluate(POINTS) == first
    head = """() => { const { box } = window.kgLabels().heads[0];
      return window.kgMap.canvasToDOM({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 }); }"""
    page.click("#map", position=page.evaluate(head))
    page.wait_for_function("() => !location.hash.includes('open=')")
    assert page.evaluate(SHOWN) == len(closed)
    assert {key: place for key, place in page.evaluate(POINTS).items() if key in closed} == closed
    page.focus("#map")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.includes('open=2')")
    page.click("#open-all")
    page.wait_for_function("() => !window.kgLabels().heads.some((head) => head.home !== undefined)")
    page.click("#open-all")
    page.wait_for_function("() => window.kgLabels().heads.filter((head) => head.home !== undefined).length > 1")
    assert page.evaluate(SHOWN) == 400
    assert page.evaluate(OVERLAPS) == 0


# Inside of its card: a concept's disc and label, and the title of the card.
CARDS = """() => {
  const map = window.kgMap;
  const stage = document.getElementById("map");
  const { nodes } = window.kgData;
  const { heads, labels } = window.kgLabels();
  const boxOf = ({ id, card }) => {
    const { x, y } = map.getPosition(id);
    return { left: x - card.half, right: x + card.half, top: y - card.rise, bottom: y + card.rise };
  };
  const within = (a, b) => a.left >= b.left - 9 && a.right <= b.right + 9 && a.top >= b.top - 9 && a.bottom <= b.bottom + 9;
  return nodes.filter((node) => node.card).map((node) => {
    const box = boxOf(node);
    const own = nodes.filter(({ home, closed }) => home === node.id && closed);
    const [a, b] = [map.canvasToDOM({ x: box.left, y: box.top }), map.canvasToDOM({ x: box.right, y: box.bottom })];
    return {
      name: node.names[0], box, shown: own.length,
      labels: labels.filter((label) => own.includes(label.node) && within(label.box, box)).length,
      title: heads.find((head) => within(head.box, box) && head.full.includes(node.count))?.text ?? "",
      onScreen: a.x >= 0 && a.y >= 0 && b.x <= stage.clientWidth && b.y <= stage.clientHeight,
    };
  });
}"""


@pytest.mark.parametrize(("width", "least"), [(1440, 3), (390, 2)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_closed_communities_show_their_leading_concepts(
    browser: Any, site: Path, width: int, least: int, language: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    show(page, site / "large/maps/overview.html", f"#lang={language}")
    cards = page.evaluate(CARDS)
    assert len(cards) == 9
    for i, card in enumerate(cards):
        assert card["onScreen"]
        assert card["title"], card
        assert card["shown"] >= least
        assert card["labels"] >= card["shown"] - 1, card
        for other in cards[:i]:
            assert not (
                card["box"]["left"] < other["box"]["right"]
                and other["box"]["left"] < card["box"]["right"]
                and card["box"]["top"] < other["box"]["bottom"]
                and other["box"]["top"] < card["box"]["bottom"]
            )
    # A click on a concept selects it, Enter on its community opens that, and closed again all is where it was.
    leading = page.evaluate("() => window.kgData.nodes.find((node) => node.closed).names.at(-1)")
    page.click("#map", position=page.evaluate(PLACE, leading))
    assert page.text_content("#panel .acts a") in ("概念页", "Concept page")
    assert "open=" not in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.includes('open=')")
    assert page.evaluate("() => window.kgLabels().heads.filter((head) => head.home !== undefined).length") == 1
    page.click("#open-all")
    page.wait_for_function("() => !location.hash.includes('open=')")
    page.click("#fit")
    assert page.evaluate(CARDS) == cards
    context.close()


BLOCKS = """() => {
  const { blocks, nodes } = window.kgData;
  const places = window.kgMap.getPositions();
  return blocks.map(({ members }) => {
    const all = members.map((id) => [places[id], nodes[id].space]);
    const [left, top] = [Math.min(...all.map(([p, s]) => p.x - s.half)), Math.min(...all.map(([p, s]) => p.y - s.above))];
    const [right, bottom] = [Math.max(...all.map(([p, s]) => p.x + s.half)), Math.max(...all.map(([p, s]) => p.y + s.below))];
    return { members, left, top: top - 26, right, bottom };
  });
}"""


# Titles of blocks: how wide they are drawn, and how wide their blocks are.
TITLES = """() => {
  const ruler = document.createElement("canvas").getContext("2d");
  return window.kgLabels().heads.map(({ text, full, font, area, box }) => {
    ruler.font = `600 ${font}px ${getComputedStyle(document.body).fontFamily}`;
    const width = Math.max(...text.split("\\n").map((line) => ruler.measureText(line).width));
    const { x, y } = window.kgMap.canvasToDOM({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 });
    return { text, full, width, room: area.right - area.left, at: { x, y } };
  });
}"""


def meets(box: dict[str, float], x: float, y: float) -> bool:
    """Whether the line from the centre to a point runs through a box."""
    return any(
        box["left"] < x * t / 100 < box["right"] and box["top"] < y * t / 100 < box["bottom"] for t in range(100)
    )  # the line's end is in its own box


@pytest.mark.parametrize("width", [1440, 390])
def test_neighbours_are_in_blocks_by_relation_with_one_line_each(browser: Any, site: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    for concept in ("c00000", "c00001", "c00010"):
        show(page, site / "maps/concept.html", f"?c={concept}")
        blocks = page.evaluate(BLOCKS)
        near = page.evaluate("() => window.kgData.edges.flatMap((e) => (e.from === 0 ? [e.to] : e.to === 0 ? [e.from] : []))")
        assert sorted(member for block in blocks for member in block["members"]) == sorted(set(near))
        for i, block in enumerate(blocks):
            x, y = (block["left"] + block["right"]) / 2, (block["top"] + block["bottom"]) / 2
            for other in blocks[:i] + blocks[i + 1 :]:
                assert min(block["right"], other["right"]) - max(block["left"], other["left"]) < 2 or (
                    min(block["bottom"], other["bottom"]) - max(block["top"], other["top"]) < 2
                ), concept
                assert not meets(other, x, y), concept
        # Each block says its relation, in its own width, also where all is shown; a cut title is whole under the pointer.
        titles = page.evaluate(TITLES)
        assert len(titles) == len(blocks)
        for title in titles:
            assert title["width"] <= title["room"], title
            if title["text"] != title["full"]:
                page.hover("#map", position=title["at"])
                assert page.get_attribute("#map", "title") == title["full"]
        # The lines of single neighbours appear when one is selected.
        page.evaluate("() => window.kgMap.moveTo({ scale: 1 })")
        assert len(page.evaluate(HEADS)) == len(blocks)
        own = "() => window.kgMap.body.data.edges.get().filter((e) => !e.hidden && (e.from === 0 || e.to === 0)).length"
        drawn = page.evaluate(own)
        assert drawn == len(near) - len(set(near))
        page.locator("#panel .related button").first.click()
        assert page.evaluate(own) == drawn + 1
    context.close()


def test_names_of_relations_on_hover_and_on_demand(page: Any, site: Path) -> None:
    show(page, site / "maps/overview.html", "#lang=en")
    notes = "() => window.kgLabels().notes.map((note) => note.text)"
    assert page.evaluate(notes) == []
    middle = """() => { const map = window.kgMap; const edge = window.kgData.edges[0];
      map.moveTo({ scale: 2, position: map.getPosition(edge.from) });
      const [a, b] = [edge.from, edge.to].map((id) => map.canvasToDOM(map.getPosition(id)));
      const far = Math.hypot(b.x - a.x, b.y - a.y);
      return { x: a.x + (b.x - a.x) * 60 / far, y: a.y + (b.y - a.y) * 60 / far }; }"""
    place = page.evaluate(middle)
    page.mouse.move(5, 5)
    page.hover("#map", position=place)
    until(page, notes, lambda texts: len(texts) == 1)
    page.hover("#search")
    page.check("#names")
    assert "names=1" in page.url
    page.evaluate("() => window.kgMap.moveTo({ scale: 1 })")
    texts = page.evaluate(notes)
    assert len(texts) > 20
    assert {"broader", "depends on"} <= set(texts)
    page.check("#hulls")
    heads = page.evaluate(HEADS)
    assert heads
    assert len(heads) <= 7
    assert page.evaluate(OVERLAPS) == 0


def test_by_touch(browser: Any, site: Path) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    context.set_default_timeout(WAIT)
    page = context.new_page()
    show(page, site / "maps/concept.html", "?c=c00001")
    node = page.evaluate("() => window.kgData.nodes[1]")
    page.evaluate("() => window.kgMap.moveTo({ scale: 1.2, position: window.kgMap.getPosition(1) })")
    at = page.evaluate(PLACE, node["names"][0])
    # A finger is less exact than a pointer.
    page.locator("#map").tap(position={"x": at["x"] + 14, "y": at["y"] - 14})
    until(page, "() => document.querySelector('#panel h2')?.textContent", lambda title: title == node["names"][0])
    small = """() => [...document.querySelectorAll('.zoom button, .share button, .tool')].filter((e) => e.offsetHeight)
      .filter((e) => e.offsetHeight < 40).map((e) => e.id)"""
    assert page.evaluate(small) == []
    show(page, site / "large/maps/overview.html")
    # The name of a card opens it; a tap on one of its concepts selects that one.
    head = """() => {
      const [node] = window.kgData.nodes;
      const { x, y } = window.kgMap.getPosition(node.id);
      const { x: left, y: top } = window.kgMap.canvasToDOM({ x, y: y - node.card.rise + 6 });
      return { x: left, y: top };
    }"""
    page.locator("#map").tap(position=page.evaluate(head))
    page.wait_for_function("() => location.hash.includes('open=')")
    context.close()


def test_a_narrow_screen_scrolls_only_down(browser: Any, site: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = context.new_page()
    show(page, site / "maps/overview.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_text_version_needs_no_script(browser: Any, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(site / "maps/cluster-0.html"))
    page.click("#text summary")
    assert page.locator("#text tbody tr").count() >= 3
    assert page.locator("#text tbody th a").first.get_attribute("href") == "../concepts/c00000.html"
    # One page for all concepts can't know without a script which one is meant: it leads to all of them.
    page.goto(address(site / "maps/concept.html?c=c00001"))
    assert page.locator("noscript a").get_attribute("href") == "../browse/a-z.html"
    assert not page.locator("#text").is_visible()
    context.close()


def test_light_and_dark_are_those_of_the_site(browser: Any, site: Path) -> None:
    """A map is drawn in the theme that was chosen on any page, and its own button chooses for all of them."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(WAIT)
    page = context.new_page()
    ground = "() => getComputedStyle(document.body).backgroundColor"
    show(page, site / "maps/overview.html")
    light = page.evaluate(ground)
    assert page.get_attribute("#kg-theme", "aria-pressed") == "false"
    page.click("#kg-theme")
    assert page.evaluate(ground) != light
    assert page.get_attribute("#kg-theme", "aria-pressed") == "true"
    show(page, site / "maps/concept.html?c=c00001")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("#kg-theme")
    assert page.evaluate(ground) == light
    context.close()


HOSTILE = ["constructor", "__proto__", "共识协议", "x" * 90, "a&b=c#d?e"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, toy_of: Callable[[str], ModuleType], write_all: Callable[..., None]) -> Path:
    """A site whose first concept has 500 neighbours, five of them with ids that are hard for scripts and addresses."""
    toy = toy_of("maps")
    replaced = {i: toy.concept(i, id=name, iri=f"{toy.BASE}n{i}") for i, name in enumerate(HOSTILE, 1)}
    base = toy.assessment(600, 3, replaced=replaced)
    first, *others = base.corpus.concepts
    network = base.network.copy()
    for i, other in enumerate(others[:500]):
        network.add_edge(other, first, key=toy.NS + "dependsOn" if i < 40 else toy.LINK, asserted=True, typed=i < 40)
    out = tmp_path_factory.mktemp("hub")
    write_all(out, kg.views.maps.render_maps(replace(base, network=network)))
    write_all(out, kg.views.site.render_map_companions(base))
    return out


@pytest.mark.parametrize("depth", ["", "&depth=2"])
def test_the_map_of_a_hub_is_capped_and_says_so(page: Any, hub: Path, depth: str) -> None:
    show(page, hub / "maps/concept.html", f"?c=c00000{depth}")
    count = 160 if depth else 80
    assert page.text_content("#nodes") == str(count)
    assert page.text_content(".cut") == f"只画出最重要的 {count} 个（共 501 个）。"
    typed = page.evaluate("() => window.kgData.edges.filter((e) => e.kind === 1 && (e.from === 0 || e.to === 0)).length")
    assert typed >= 40  # before plain links
    page.evaluate("() => window.kgMap.moveTo({ scale: 1 })")
    assert page.evaluate("() => window.kgLabels().labels.length") == count
    page.click("button[data-lang=en]")
    assert page.text_content(".cut") == f"Only the {count} most important of 501 are drawn."


@pytest.mark.parametrize("name", HOSTILE)
def test_any_id_has_its_map(page: Any, hub: Path, name: str) -> None:
    show(page, hub / "maps/concept.html", f"?c={quote(page_name(name))}#lang=en")
    assert page.evaluate("() => window.kgData.nodes[0].page") == page_name(name)
    pages = page.evaluate("() => window.kgData.nodes.map((node) => node.page)")
    assert "c00000" in pages
    if name == "共识协议":  # also with the address as people type it, and decomposed as some systems store names
        show(page, hub / "maps/concept.html", f"?c={page_name(name)}")
        assert page.evaluate("() => window.kgData.nodes.length") == len(pages)


def test_from_one_concept_to_another_and_back(page: Any, site: Path) -> None:
    show(page, site / "maps/concept.html", "?c=c00001#lang=en")
    first = page.text_content("h1")
    page.locator("#panel .related button").first.click()
    page.locator("#panel .acts a").nth(1).click()
    page.wait_for_function("(first) => window.kgMap && document.querySelector('h1').textContent !== first", arg=first)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.go_back()
    page.wait_for_function("(first) => window.kgMap && document.querySelector('h1').textContent === first", arg=first)
    page.click("#steps-shown")
    page.wait_for_url("**/concept.html?c=c00001&depth=2#lang=en")
    page.wait_for_function("() => window.kgMap !== undefined")
    assert page.text_content("#steps-shown") == "One step only"
    page.click("#steps-shown")
    page.wait_for_url("**/concept.html?c=c00001#lang=en")


@pytest.mark.parametrize("query", ["", "?c=nothing", "?c=toString"])
def test_an_address_without_a_concept_says_so_and_can_search(page: Any, site: Path, query: str) -> None:
    page.goto((site / "maps/concept.html").as_uri() + query)
    page.wait_for_selector("#notice", state="visible")
    assert page.text_content("#notice") == "没有概念使用这个地址。请在上方按名称查找。"
    page.fill("#search", "Consensus")
    page.wait_for_selector("#found [role=option]")
    page.press("#search", "Enter")
    page.wait_for_function("() => window.kgMap !== undefined")
    assert page.text_content("h1") == "共识"


def test_missing_data_is_reported(browser: Any, site: Path, tmp_path: Path) -> None:
    """Data that was not copied with the page: the page says so, and does not stay blank."""
    shutil.copytree(site / "maps", tmp_path / "maps")
    context = browser.new_context()
    page = context.new_page()
    for name in ("[0-9]*.js", "all.js"):
        for path in (tmp_path / "maps/data").glob(name):
            path.unlink()
        page.goto((tmp_path / "maps/concept.html").as_uri() + "?c=c00001#lang=en")
        page.wait_for_selector("#notice", state="visible", timeout=WAIT)
        assert page.text_content("#notice") == "The data of this map can't be loaded."
    context.close()
