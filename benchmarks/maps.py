"""Maps in a browser: a page of 500 concepts compared with plain pyvis, overviews of 10,000 and 100,000, a concept of 10,000.

    python benchmarks/maps.py [--runs 5] [--chromium /usr/bin/chromium]

All pages are opened from disk in one browser, in turns. A page counts as drawn when its nodes are first on the canvas, which
for pyvis with physics is after the layout has stabilised. Then a node is clicked; the response is the first frame after the
page has handled the click. Times are in ms since the start of navigation, as medians of the runs.

The 10,000 concepts are notes of `kg bench`, read and measured as in a build. The 100,000 are generated as a graph with
communities, since reading and measuring so many notes takes long; from there on, the code is the same.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import networkx as nx
from playwright.sync_api import sync_playwright
from pyvis.network import Network

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base import settings
from kg.model import Assessment, Community, Concept, ConceptMeasures, Corpus, Hierarchy
from kg.views.maps.atlas import Atlas
from kg.views.maps.drawing import Drawing, empty, everything, grouped
from kg.views.maps.levels import groups
from kg.views.maps.page import Page, render_library, write
from kg.views.maps.shards import count_shards, render_shards

NODES = 500
LINK = "https://w3id.org/kg-notes/ns#linksTo"

# Records when the network exists, when it is drawn, and when a click was handled.
WATCH = """
window.times = {};
const watch = setInterval(() => {
  const map = window.kgMap || window.network;
  if (!map || !map.on) return;
  clearInterval(watch);
  const drawn = () => { if (!times.drawn) requestAnimationFrame(() => { times.drawn = performance.now(); }); };
  const physics = map.physics && map.physics.options.enabled;
  if (physics) map.once("stabilizationIterationsDone", () => map.once("afterDrawing", drawn));
  else { map.once("afterDrawing", drawn); map.redraw(); }
  map.on("click", () => map.once("afterDrawing", () => requestAnimationFrame(() => { times.answered = performance.now(); })));
}, 4);
"""

PLACE = """() => {
  const map = window.kgMap || window.network;
  const stage = document.querySelector("canvas").getBoundingClientRect();
  const inside = Object.entries(map.getPositions()).map(([id, place]) => ({ id, ...map.canvasToDOM(place) }))
    .filter(({ x, y }) => x > 150 && y > 150 && x < stage.width - 150 && y < stage.height - 150);
  const { x, y } = inside[Math.floor(inside.length / 2)];
  return { x: x + stage.x, y: y + stage.y };
}"""


def read(folder: Path, count: int) -> Assessment:
    """Notes of `kg bench`, read and measured."""
    for path, data in notes(count):
        target = folder / "concepts" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    found = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert found is not None
    return found


def made_up(count: int, parts: int, seed: int = 7) -> Assessment:
    """Synthetic concepts in `parts` communities, with five links each, four of them inside; degrees follow a power law."""
    draw = random.Random(seed)
    base = "https://example.org/kb/"
    iris = [f"{base}c{i:06d}" for i in range(count)]
    size = count // parts
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(iris)
    for i in range(count):
        for k in range(5):
            first = i // size * size
            target = first + int(size * draw.random() ** 3) if k < 4 else int(count * draw.random() ** 3)
            if target < count:
                network.add_edge(iris[i], iris[target], key=LINK, asserted=True, typed=False, path="a.md", line=1)
    degree = dict(network.degree())
    names = {iri: {"zh": f"概念 {i}", "en": f"Concept {i}"} for i, iri in enumerate(iris)}
    concepts = {
        iri: Concept(
            iri=iri, id=iri[len(base) :], path=f"{i}.md", labels=names[iri], alt_labels=(), type="concept", layer="theory",
            area=f"area-{i % 7}", definitions={"en": f"Concept {i} is one of many."}, sources=(), tags=(), status="draft",
        )
        for i, iri in enumerate(iris)
    }  # fmt: skip
    measures = {
        iri: ConceptMeasures(degree[iri], 0, 0.0, degree[iri] / count, 0.0, 1, 0.0, i // size) for i, iri in enumerate(iris)
    }
    communities = []
    for k in range(parts):
        members = sorted(iris[k * size : (k + 1) * size], key=lambda iri: (-degree[iri], iri))
        label = " · ".join(names[iri]["en"] for iri in members[:2])
        communities.append(Community(k, {"zh": label, "en": label}, tuple(members), ()))
    places = {iri: (draw.uniform(-1, 1), draw.uniform(-1, 1)) for iri in iris}
    return Assessment(
        corpus=Corpus({}, concepts, {}, (), (), ()), network=network, relations={}, concepts=measures,
        communities=tuple(communities), hierarchy=Hierarchy({}, {}, (), (), {}, (), (), (), ()), measures=(), findings=(),
        positions=places, title={"en": "Made up"}, languages=("zh", "en"),
    )  # fmt: skip


def plain_pyvis(drawing: Drawing) -> str:
    """The same graph on pyvis's own page with physics; external resources are removed."""
    net = Network(height="900px", width="100%", directed=True, cdn_resources="in_line")
    for node in drawing.nodes:
        net.add_node(node["id"], label=node["names"][0], title=node["defs"][0], value=node["m"][0])
    for edge in drawing.edges:
        net.add_edge(edge["from"], edge["to"])
    page = net.generate_html()
    return re.sub(r'<(?:link|script)[^>]*?(?:href|src)="https?://[^>]*>(?:\s*</script>)?', "", page)


def measure(browser: Any, url: str) -> tuple[float, float]:
    """Milliseconds until a page is drawn, and until a click on a node is handled."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(600_000)
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => window.times.drawn", polling=20)
    place = page.evaluate(PLACE)
    began = page.evaluate("() => performance.now()")
    page.mouse.click(place["x"], place["y"])
    page.wait_for_function("() => window.times.answered", polling=20)
    times = page.evaluate("() => window.times")
    context.close()
    return times["drawn"], times["drawn"] + times["answered"] - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "site"
        pages: dict[str, str] = {}
        plain_name = f"{NODES} concepts, plain pyvis with physics (one run)"

        def put(name: str, atlas: Atlas, page: Page, drawing: Drawing, query: str = "") -> None:
            data = render_shards(atlas, page.shards) if page.shards else ()
            for artifact in (*render_library(), *data, write(atlas, page, drawing)):
                target = out / name.replace(" ", "-") / artifact.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(artifact.data)
            pages[name] = (out / name.replace(" ", "-") / page.path).as_uri() + query

        small = Atlas(read(Path(folder) / "small", NODES), ("zh", "en"))
        drawing = everything(small)
        put("500 concepts", small, Page("maps/all.html", ["500"]), drawing)
        plain = out / "pyvis.html"
        plain.write_text(plain_pyvis(drawing), encoding="utf-8")
        pages[plain_name] = plain.as_uri()
        for name, assessment in (
            ("overview of 10,000", read(Path(folder) / "large", 10_000)),
            ("overview of 100,000", made_up(100_000, 250)),
        ):
            atlas = Atlas(assessment, ("zh", "en"))
            put(name, atlas, Page("maps/overview.html", [name]), grouped(atlas, groups(atlas)))
            if assessment.relations:  # notes, not a graph without texts
                busiest = max(assessment.concepts, key=lambda iri: assessment.concepts[iri].degree)
                page = Page("maps/concept.html", [name], shards=count_shards(len(assessment.concepts)))
                query = f"?c={quote(atlas.feature(busiest)['page'])}"
                put("busiest concept of 10,000", atlas, page, empty(), query)
        print(f"{len(drawing.nodes)} nodes, {len(drawing.edges)} lines")
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox", "--disable-gpu"])
            for k in range(given.runs):
                for name, path in pages.items():
                    # Physics takes minutes, so one run of it is sufficient; the other pages are compared closely.
                    if k == 0 or name != plain_name:
                        found[name].append(measure(browser, path))
            browser.close()
    one = [statistics.median(run[k] for run in found["500 concepts"]) for k in (0, 1)]
    print("\n| page | drawn, ms | click answered, ms | drawn, ratio | answered, ratio |\n|---|---:|---:|---:|---:|")
    for name, runs in found.items():
        drawn, answered = (statistics.median(run[k] for run in runs) for k in (0, 1))
        print(f"| {name} | {drawn:,.0f} | {answered:,.0f} | {drawn / one[0]:.2f} | {answered / one[1]:.2f} |")


if __name__ == "__main__":
    main()
