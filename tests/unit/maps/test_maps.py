"""Maps: complete, capped, the same every time, and safe whatever the notes say."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import networkx as nx
import pytest

import kg.views.maps
from kg.base import parcels
from kg.base.errors import UsageError
from kg.model import Assessment
from kg.views.maps.lines import ASSOCIATIVE, HIERARCHICAL, LINK, Line, Lines

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028\u2029"


def pages(assessment: Assessment) -> dict[str, str]:
    return {a.path: a.data.decode() for a in kg.views.maps.render_maps(assessment)}


def data_of(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="kg-data">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    result: dict[str, Any] = json.loads(match.group(1))
    return result


def records_of(script: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(script.removeprefix("kgRecords(").removesuffix(");\n"))
    return rows


def test_a_page_for_each_cluster_one_for_all_concepts_and_one_library(toy: ModuleType) -> None:
    assert sorted(pages(toy.assessment(20, 3))) == [
        "maps/cluster-0.html",
        "maps/cluster-1.html",
        "maps/cluster-2.html",
        "maps/concept.html",
        "maps/data/0.js",
        "maps/data/all.js",
        "maps/lib/map.css",
        "maps/lib/map.js",
        "maps/lib/vis-network.min.js",
        "maps/overview.html",
    ]


def test_the_library_is_the_one_that_is_pinned(toy: ModuleType) -> None:
    given = pages(toy.assessment(3, 1))["maps/lib/vis-network.min.js"]
    assert hashlib.sha256(given.encode()).hexdigest() == parcels.VIS_NETWORK.sha256


def test_maps_load_neither_ipython_nor_jsonpickle() -> None:
    """Pyvis makes the records; what it shows them with in a notebook isn't loaded, nor is anything of it by other commands."""
    code = (
        "import sys, kg.app.cli, kg.knowledge, kg.views.site\n"
        "assert not [m for m in sys.modules if 'pyvis' in m or 'maps.records' in m]\n"
        "import kg.views.maps.drawing as d; assert (d.Node.__module__, d.Edge.__module__) == ('pyvis.node', 'pyvis.edge')\n"
        "bad = {'IPython', 'jsonpickle', 'pyvis'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_output_does_not_depend_on_the_order_of_the_network(toy: ModuleType) -> None:
    first = toy.assessment(60, 4)
    turned: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(first.network)))
    turned.add_edges_from(reversed(list(first.network.edges(keys=True, data=True))))
    again = replace(first, network=turned)
    assert pages(first) == pages(again)
    assert kg.views.maps.render_map(first, f"{toy.BASE}c00003", 2, "en") == kg.views.maps.render_map(
        again, f"{toy.BASE}c00003", 2, "en"
    )


def test_hostile_texts_stay_texts(toy: ModuleType) -> None:
    evil = toy.concept(
        1, labels={"zh": HOSTILE, "en": HOSTILE}, definitions={"zh": HOSTILE}, layer=HOSTILE, alt_labels=((HOSTILE, "en"),)
    )
    assessment = replace(toy.assessment(8, 2, replaced={1: evil}), title={"zh": HOSTILE, "en": HOSTILE})
    relations = {iri: replace(r, labels={"zh": HOSTILE, "en": HOSTILE}) for iri, r in assessment.relations.items()}
    assessment = replace(assessment, relations=relations)
    site = pages(assessment)
    # The library's own text holds the word <script> in a string.
    single = kg.views.maps.render_map(assessment, None, 1, "zh").decode().replace(site["maps/lib/vis-network.min.js"], "")
    for path, page in [*site.items(), ("single", single)]:
        if path.startswith("maps/lib/"):
            continue
        assert "\u2028" not in page.split('id="kg-data">')[-1]
        if path.startswith("maps/data/"):
            assert "<" not in page, path
            continue
        scripts = page.count("<script>") if path == "single" else page.count("<script src=")
        own = 3 if path == "maps/concept.html" else 2
        assert (scripts, page.count("<script")) == (own, own + 1), path
        assert "<img" not in page
        assert "onerror=alert" not in re.sub(r"(?s)<script.*?</script>|&lt;.*?&gt;", "", page)
    names = [node["names"][0] for node in data_of(site["maps/overview.html"])["nodes"]]
    assert HOSTILE in names
    assert [HOSTILE] in [row["names"] for row in records_of(site["maps/data/0.js"])]


def test_nothing_is_loaded_from_elsewhere(toy: ModuleType) -> None:
    assessment = toy.assessment(20, 3)
    everything = {**pages(assessment), "single": kg.views.maps.render_map(assessment, None, 1, "zh").decode()}
    for path, page in everything.items():
        if path.endswith(".js"):
            continue
        assert not re.search(r"""(src|href|action)\s*=\s*["']?\s*((?!data:,")\w+:|//)""", page.split("<script>")[0]), path
        assert not re.search(r"url\(|@import", page.split("<script>")[0]), path
        if not path.endswith(".css"):
            assert "default-src 'none'" in unescape(page.split("<script>")[0])
            assert "unsafe" not in page.split("<script>")[0]


def test_links_lead_to_files_that_exist(toy: ModuleType) -> None:
    assessment = toy.assessment(30, 3)
    found = pages(assessment)
    concepts = {f"concepts/{c.id}.html" for c in assessment.corpus.concepts.values()}
    known = {
        *found,
        *concepts,
        "assets/icon.svg",
        "index.html",
        "search.html",
        "browse/index.html",
        "browse/a-z.html",
        "browse/learn.html",
    }
    known |= {f"reports/{name}.html" for name in ("association", "hierarchy", "coverage", "quality")}
    for path, page in found.items():
        if path.endswith(".html"):
            base = Path("/") / Path(path).parent
            for target in re.findall(r'(?:href|src)="(?!data:,)([^"#]+)', page):
                there = str((base / unescape(target)).resolve()).lstrip("/")
                assert there in known, (path, target)


def test_the_scripts_of_a_single_file_are_named_by_digest(toy: ModuleType) -> None:
    page = kg.views.maps.render_map(toy.assessment(10, 2), None, 1, "en").decode()
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1))  # type: ignore[union-attr]
    for content in re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() in policy
    assert re.findall(r'(?:href|src)="([^#"]*)', page.split("<script")[0]) == ["data:,", ""]


def test_the_map_of_a_hub_is_capped_and_says_so(toy: ModuleType) -> None:
    base = toy.assessment(200, 4)
    star: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    star.add_nodes_from(base.corpus.concepts)
    hub, *others = base.corpus.concepts
    for other in others:
        star.add_edge(other, hub, key=toy.LINK, asserted=True, typed=False, path="a.md", line=1)
    base = replace(base, network=star)
    page = kg.views.maps.render_map(base, hub, 1, "zh").decode()
    limit, _ = kg.views.maps.CONCEPTS_BY_STEPS
    assert len(data_of(page)["nodes"]) == limit == 80
    assert "只画出最重要的 80 个（共 200 个）" in page
    kept = {node["page"] for node in data_of(page)["nodes"]}
    ranked = sorted(others, key=lambda iri: (-float(f"{base.concepts[iri].pagerank:.3g}"), iri))
    assert kept == {"c00000", *(iri.rpartition("/")[2] for iri in ranked[:79])}


def test_a_single_map_of_everything_is_capped_and_says_so(toy: ModuleType) -> None:
    page = kg.views.maps.render_map(toy.assessment(520, 8), None, 1, "en").decode()
    assert len(data_of(page)["nodes"]) == kg.views.maps.MAX_NODES
    assert "Only the 500 most important of 520 are drawn." in page


def test_a_large_overview_draws_communities_with_weighted_lines(toy: ModuleType) -> None:
    base = toy.assessment(200, 5)
    data = data_of(pages(base)["maps/overview.html"])
    assert [node["href"] for node in data["nodes"]] == [f"cluster-{i}.html" for i in range(5)]
    assert sum(node["count"] for node in data["nodes"]) == 200
    home = {iri: c.index for c in base.communities for iri in c.members}
    crossing = [line for line in Lines(base).all() if home[line.source] != home[line.target]]
    assert sum(n for edge in data["edges"] for _, n in edge["counts"]) == sum(len(line.relations) for line in crossing) > 0
    by_relation = {data["relations"][i]["key"] for edge in data["edges"] for i, _ in edge["counts"]}
    assert {"dependsOn", "link"} <= by_relation


@pytest.mark.parametrize(("loose", "drawn"), [(24, 60), (25, 35)])
def test_many_concepts_without_lines_leave_the_overview_to_the_others(toy: ModuleType, loose: int, drawn: int) -> None:
    base = toy.assessment(60, 2)
    iris = list(base.corpus.concepts)
    network = base.network.copy()
    network.remove_edges_from(
        [edge for iri in iris[-loose:] for edge in [*network.in_edges(iri, keys=True), *network.out_edges(iri, keys=True)]]
    )
    for a, b in pairwise(iris[:-loose]):
        network.add_edge(a, b, key=toy.LINK, asserted=True, typed=False, path="a.md", line=1)
    first, second = base.communities
    groups = (replace(first, members=tuple(iris[:-loose])), replace(second, members=tuple(iris[-loose:])))
    page = pages(replace(base, network=network, communities=groups))["maps/overview.html"]
    assert len(data_of(page)["nodes"]) == drawn
    assert (f"没有关联的 {loose} 个概念不在此图中" in page) == (drawn < 60)
    assert ('href="cluster-1.html" data-text="map"' in page) == (drawn < 60)


def test_an_empty_base_still_has_an_overview(toy: ModuleType) -> None:
    assert "还没有概念" in pages(toy.assessment(0, 1))["maps/overview.html"]


def test_positions_that_are_missing_are_made_up(toy: ModuleType) -> None:
    page = pages(replace(toy.assessment(30, 3), positions={}))["maps/overview.html"]
    assert len({tuple(node["p"]) for node in data_of(page)["nodes"]}) == 30


def test_both_languages_are_on_the_page_and_the_first_is_shown(toy: ModuleType) -> None:
    site = pages(toy.assessment(10, 2))
    assert '<html lang="zh">' in site["maps/concept.html"]
    assert records_of(site["maps/data/0.js"])[1]["names"] == ["容器镜像", "Container image"]
    english = kg.views.maps.render_map(toy.assessment(10, 2), f"{toy.BASE}c00001", 1, "en").decode()
    assert '<html lang="en">' in english
    assert data_of(english)["langs"] == ["en", "zh"]
    assert data_of(english)["nodes"][0]["label"] == "Container image"


def test_depth_reaches_further(toy: ModuleType) -> None:
    base = toy.assessment(60, 4)
    sizes = [len(data_of(kg.views.maps.render_map(base, f"{toy.BASE}c00005", d, "zh").decode())["nodes"]) for d in (0, 1, 2)]
    assert sizes[0] == 1 < sizes[1] < sizes[2]


def test_an_unknown_concept_is_wrong_use(toy: ModuleType) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        kg.views.maps.render_map(toy.assessment(3, 1), "https://example.org/nowhere", 1, "en")


def _lines(toy: ModuleType, *triples: tuple[int, str, int], asserted: bool = True) -> list[Line]:
    base = toy.assessment(4, 1)
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for a, relation, b in triples:
        iri = toy.LINK if relation == "link" else toy.NS + relation
        network.add_edge(f"{toy.BASE}c{a:05d}", f"{toy.BASE}c{b:05d}", key=iri, asserted=asserted, typed=True)
    return list(Lines(replace(base, network=network)).all())


def test_what_says_the_same_twice_is_one_line(toy: ModuleType) -> None:
    (line,) = _lines(toy, (0, "broader", 1), (1, "narrower", 0))
    assert (line.kind, line.relations) == (HIERARCHICAL, ((toy.NS + "broader", True),))
    (line,) = _lines(toy, (0, "narrower", 1))
    assert line.relations == ((toy.NS + "broader", False),)
    (line,) = _lines(toy, (0, "contrastsWith", 1), (1, "contrastsWith", 0))
    assert (line.kind, len(line.relations)) == (ASSOCIATIVE, 1)
    (line,) = _lines(toy, (0, "dependsOn", 1), (1, "requiredBy", 0))
    assert (line.kind, len(line.relations)) == (ASSOCIATIVE, 1)
    (line,) = _lines(toy, (1, "requiredBy", 0))
    assert line.relations == ((toy.NS + "requiredBy", False),)


def test_a_link_is_drawn_only_where_no_relation_is(toy: ModuleType) -> None:
    assert [line.kind for line in _lines(toy, (0, "link", 1), (1, "dependsOn", 0))] == [ASSOCIATIVE]
    (line,) = _lines(toy, (0, "link", 1), (1, "link", 0))
    assert (line.kind, [forward for _, forward in line.relations]) == (LINK, [True, False])
    assert [line.kind for line in _lines(toy, (0, "broader", 1), (0, "enables", 1))] == [HIERARCHICAL, ASSOCIATIVE]


def test_inferred_statements_and_loops_are_not_drawn(toy: ModuleType) -> None:
    assert _lines(toy, (0, "dependsOn", 1), asserted=False) == []
    assert _lines(toy, (0, "dependsOn", 0)) == []


def test_layers_and_types_have_the_names_that_all_pages_use(toy: ModuleType) -> None:
    from kg.base.texts import Texts

    data = data_of(pages(toy.assessment(20, 3))["maps/overview.html"])
    layers = next(legend for legend in data["legends"] if legend["key"] == "layer")
    assert [v["names"] for v in layers["values"]] == [
        [Texts(lang, "views.names")(key) for lang in ("zh", "en")] for key in ("theory", "technology", "practice", "frontier")
    ]


def test_an_id_like_a_language_has_one_name_on_maps_and_pages(toy: ModuleType) -> None:
    from kg.views.page import View

    twin = toy.concept(1, id="c00000.en", iri=f"{toy.BASE}c00000.en")
    assessment = toy.assessment(6, 2, replaced={1: twin})
    found = pages(assessment)
    view = View(assessment, "zh")
    assert view.map_of(twin.iri) == f"maps/concept.html?c={records_of(found['maps/data/0.js'])[1]['id']}"
    page = view.page_of(twin.iri)
    assert page is not None
    assert f'href="../{page}"' in found["maps/overview.html"]


def test_relations_have_their_own_colour_the_same_on_every_page(toy: ModuleType) -> None:
    found = pages(toy.assessment(60, 4))
    colours: dict[str, set[int]] = {}
    for path, page in found.items():
        if path.endswith(".html"):
            for relation in data_of(page)["relations"]:
                colours.setdefault(relation["key"], set()).add(relation["colour"])
    assert all(len(numbers) == 1 for numbers in colours.values())
    typed = {key: numbers.pop() for key, numbers in colours.items() if key != "link"}
    assert len(set(typed.values())) == len(typed) >= 4
    assert colours["link"] == {-1}


def test_concepts_can_be_sized_by_each_measure(toy: ModuleType) -> None:
    base = toy.assessment(60, 4)
    data = data_of(pages(base)["maps/overview.html"])
    assert data["measures"] == ["pagerank", "degree", "betweenness", "core"]
    for node in data["nodes"]:
        measures = base.concepts[toy.BASE + node["page"]]
        assert node["m"][1:] == [measures.degree, measures.betweenness, measures.core]
        assert node["m"][0] == pytest.approx(measures.pagerank, rel=0.005)


def test_concepts_have_the_colour_of_the_verdict_on_their_evidence(toy: ModuleType) -> None:
    from kg.model.evidence import VERDICTS

    base = toy.assessment(12, 2)
    verdicts = dict(zip(base.corpus.concepts, VERDICTS, strict=False))
    data = data_of(pages(replace(base, evidence=verdicts))["maps/overview.html"])
    (legend,) = (legend for legend in data["legends"] if legend["key"] == "evidence")
    keys = {value["value"]: value["key"] for value in legend["values"]}
    place = data["legends"].index(legend)
    found = {toy.BASE + node["page"]: keys[node["cats"][place]] for node in data["nodes"]}
    assert found == {iri: verdicts.get(iri, "none") for iri in base.corpus.concepts}
    colours = {value["key"]: value["colour"] for value in legend["values"]}
    assert (colours["passed"], colours["failed"], colours["none"]) == ("good", "bad", "none")
    assert len(set(colours.values())) == len(colours) == 6


def test_relations_with_one_name_stay_apart_in_the_data(toy: ModuleType) -> None:
    """A relation called `link`, two with one key from two vocabularies, and one that no vocabulary declares."""
    base = toy.assessment(6, 1)
    enables = base.relations[toy.NS + "enables"]
    named = {
        iri: replace(enables, iri=iri, key=key)
        for iri, key in (("urn:a#link", "link"), ("urn:a#helps", "helps"), ("urn:b#helps", "helps"))
    }
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    iris = list(base.corpus.concepts)
    for i, relation in enumerate((toy.LINK, *named, "urn:c#other"), 1):
        network.add_edge(iris[0], iris[i], key=relation, asserted=True, typed=True)
    site = pages(replace(base, network=network, relations={**base.relations, **named}))
    shared = json.loads(site["maps/data/all.js"].removeprefix("globalThis.kgAll = ").removesuffix(";\n"))
    codes = [code for code, _ in shared["relations"]]
    assert sorted(codes) == ["link", "urn:a#helps", "urn:a#link", "urn:b#helps", "urn:c#other"]
    first = records_of(site["maps/data/0.js"])[0]
    assert [edge["relations"] for edge in first["edges"]] == [
        [[code, 1]] for code in ("link", "urn:a#link", "urn:a#helps", "urn:b#helps", "urn:c#other")
    ]
    kinds = {code: relation["kind"] for code, relation in shared["relations"]}
    assert (kinds["link"], kinds["urn:a#link"]) == (LINK, ASSOCIATIVE)
