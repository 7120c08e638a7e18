"""Where maps place concepts: no label hides another, sides have a meaning, and a new note moves the others little."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kg.views.maps
import kg.views.site
from kg import knowledge
from kg.base import settings
from kg.knowledge.placing import positions_of
from kg.model import Assessment
from kg.network.communities import name_communities
from kg.network.edges import stated_edges
from kg.network.structure import RememberedNetwork, find_structure

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
ADDED = ["container", "sidecar-proxy", "toil", "kubernetes"]
"""Concepts taken away and added again: hubs, leaves, and one between communities."""

PLACES = """() => {
  const places = window.kgMap.getPositions();
  const nodes = window.kgData.nodes.map((node, i) => [node.page ?? node.names[0], places[i]]);
  // Tasks of the plan are only drawn where they are asked for.
  return Object.fromEntries(nodes.filter(([, at]) => at).map(([name, at]) => [name, [at.x, at.y]]));
}"""

Points = dict[str, tuple[float, float]]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def base(toy_of: Callable[[str], ModuleType]) -> Assessment:
    made: Assessment = toy_of("maps").assessment(91, 7)
    return made


@pytest.fixture(scope="module")
def site(base: Assessment, tmp_path_factory: pytest.TempPathFactory, write_all: Callable[..., None]) -> Path:
    out = tmp_path_factory.mktemp("output")
    write_all(out, kg.views.maps.render_maps(base))
    write_all(out, kg.views.site.render_map_companions(base))
    return out


def places(page: Any, path: Path, query: str = "") -> Points:
    page.goto(path.as_uri() + query)
    page.wait_for_function("() => window.kgMap !== undefined")
    points: Points = page.evaluate(PLACES)
    return points


@pytest.mark.parametrize("query", ["overview.html", "concept.html?c=c00010", "concept.html?c=c00010&depth=2"])
def test_every_label_has_its_space_in_both_languages(page: Any, site: Path, query: str) -> None:
    name, _, address = query.partition("?")
    count = len(places(page, site / "maps" / name, f"?{address}" if address else ""))
    for language in ("en", "zh"):
        page.click(f"button[data-lang={language}]")
        page.evaluate("() => window.kgMap.moveTo({ scale: 1 })")
        assert page.evaluate("() => window.kgLabels().labels.length") == count, language


def test_broader_concepts_stand_above_and_narrower_ones_below(page: Any, site: Path, base: Assessment) -> None:
    broader = next(iri for iri in base.relations if iri.endswith("#broader"))
    pairs = [(a, b) for a, b, key in base.network.edges(keys=True) if key == broader]
    above = {iri.rpartition("/")[2] for a, iri in pairs if a.endswith("c00010")}
    points = places(page, site / "maps/concept.html", "?c=c00010")
    assert points["c00010"] == [0, 0]
    assert above
    assert all(points[name][1] < 0 for name in above)
    narrower = {iri.rpartition("/")[2] for iri, b in pairs if b.endswith("c00000")}
    points = places(page, site / "maps/concept.html", "?c=c00000")
    assert narrower
    assert sum(points[name][1] for name in narrower) > 0


def test_the_second_step_is_an_outer_ring(page: Any, site: Path) -> None:
    inner = places(page, site / "maps/concept.html", "?c=c00010").keys() - {"c00010"}
    points = places(page, site / "maps/concept.html", "?c=c00010&depth=2")
    assert inner < points.keys()
    radius = {name: math.hypot(x / 1.5, y) for name, (x, y) in points.items()}
    outer = points.keys() - inner - {"c00010"}
    assert max(radius[name] for name in inner) < sum(radius[name] for name in outer) / len(outer)


def test_the_page_and_the_command_draw_the_same_map(page: Any, site: Path, base: Assessment, tmp_path: Path) -> None:
    single = tmp_path / "single.html"
    for i in (0, 10, 44):
        iri = next(iri for iri in base.corpus.concepts if iri.endswith(f"c{i:05d}"))
        single.write_bytes(kg.views.maps.render_map(base, iri, 1, "zh"))
        assert places(page, single) == places(page, site / "maps/concept.html", f"?c=c{i:05d}")


def assessed(base: Assessment, without: str | None, before: Assessment | None) -> Assessment:
    """The base without a concept, with places and communities as a snapshot of `before` remembers them."""
    concepts = {iri: c for iri, c in base.corpus.concepts.items() if iri != without}
    network = base.network.copy()
    if without is not None:
        network.remove_node(without)
    remembered = RememberedNetwork()
    if before is not None:
        remembered = RememberedNetwork(
            {iri: c.index for c in before.communities for iri in c.members},
            {c.index: c.name for c in before.communities},
        )
    edges = stated_edges(network)
    structure = find_structure(edges, remembered)
    return replace(
        base,
        corpus=replace(base.corpus, concepts=concepts),
        network=network,
        communities=name_communities(structure.groups, concepts, base.languages, remembered.names),
        concepts=structure.concepts,
        positions=positions_of(edges, before.positions if before is not None else {}, structure.concepts, None),
    )


@pytest.fixture(scope="module")
def whole() -> Assessment:
    built = knowledge.KnowledgeBase(replace(settings.load_settings(ROOT), remember=False)).assessment
    assert built is not None
    return built


def drawn(page: Any, folder: Path, base: Assessment, write_all: Callable[..., None]) -> list[Points]:
    """Places on the map of everything, on the overview, and on each map of a community."""
    write_all(folder, kg.views.maps.render_maps(base))
    write_all(folder, kg.views.site.render_map_companions(base))
    (folder / "everything.html").write_bytes(kg.views.maps.render_map(base, None, 1, "zh"))
    clusters = [folder / f"maps/cluster-{community.index}.html" for community in base.communities]
    return [places(page, path) for path in (folder / "everything.html", folder / "maps/overview.html", *clusters)]


def moved(before: Points, after: Points) -> float:
    """How far the nodes that both have moved on average, as a share of the width of the canvas."""
    both = before.keys() & after.keys()
    width = max(x for x, _ in before.values()) - min(x for x, _ in before.values())
    return sum(math.dist(before[k], after[k]) for k in both) / len(both) / width


@pytest.mark.parametrize("name", ADDED)
def test_a_note_that_is_added_moves_the_others_little(
    page: Any, tmp_path: Path, whole: Assessment, name: str, write_all: Callable[..., None]
) -> None:
    """By less than 2% of the canvas on average, once positions are remembered."""
    iri = next(i for i, c in whole.corpus.concepts.items() if c.id == name)
    before = assessed(whole, iri, None)
    after = assessed(whole, None, before)
    first, second = drawn(page, tmp_path / "first", before, write_all), drawn(page, tmp_path / "second", after, write_all)
    shares = [moved(first[0], second[0]), moved(first[1], second[1])]
    for points in first[2:]:
        if len(points) > 1:
            shares.append(moved(points, max(second[2:], key=lambda other: len(other.keys() & points.keys()))))
    assert sum(shares) / len(shares) < 0.02, [round(share, 4) for share in shares]
    assert max(shares) < 0.05, [round(share, 4) for share in shares]  # where the new one stands, the others make room
    # Laid out without what is remembered, the maps are other ones: the test can fail.
    fresh = drawn(page, tmp_path / "fresh", assessed(whole, None, None), write_all)
    assert moved(first[0], fresh[0]) > 0.02
