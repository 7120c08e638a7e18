"""Ways through the concepts: letters, layers, areas, tags, reading order, recent changes, and what the scripts work on."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from types import ModuleType

import pytest

from kg.model import Change
from kg.views import site


@pytest.fixture(scope="module")
def made(toy: ModuleType) -> dict[str, str]:
    pages: dict[str, str] = toy.pages(site.render_site(toy.assessment(), toy.text_of))
    return pages


def test_a_z_has_both_languages_and_what_the_filter_needs(made: dict[str, str]) -> None:
    html = made["browse/a-z.en.html"]
    assert '<a href="../concepts/quorum.en.html" lang="zh">法定人数</a>' in html
    assert '<a href="../concepts/raft.en.html">Raft</a> <span class="alt" lang="zh">Raft 算法</span>' in html
    assert 'data-k="Raft protocol raft"' in html
    assert '<h2 id="kg-l-1">A</h2>' in html


def test_layers_come_from_the_ground_up(made: dict[str, str]) -> None:
    layers = re.findall(r'<h2 id="kg-layers-\d+">([^<]+) <span', made["browse/layers.en.html"])
    assert layers == ["Theory", "Technology", "&lt;script&gt;alert(1)&lt;/script&gt;", "No layer"]


def test_a_list_of_one_unnamed_group_is_left_out(toy: ModuleType) -> None:
    base = toy.assessment()
    bare = {iri: replace(c, layer="", area="", tags=()) for iri, c in base.corpus.concepts.items()}
    pages = toy.pages(site.render_site(replace(base, corpus=replace(base.corpus, concepts=bare)), toy.text_of))
    assert "No concept declares a layer." in pages["browse/layers.en.html"]
    assert "No concept declares an area." in pages["browse/areas.en.html"]
    assert "No concept has a tag." in pages["browse/tags.en.html"]


def test_reading_order_numbers_all_concepts(made: dict[str, str], toy: ModuleType) -> None:
    numbers = [int(n) for n in re.findall(r'<li value="(\d+)">', made["browse/reading.html"])]
    assert numbers == list(range(1, len(toy.assessment().corpus.concepts) + 1))


def test_next_and_previous_follow_the_reading_order(made: dict[str, str]) -> None:
    order = re.findall(r'<li value="\d+"><a href="\.\./concepts/([^"]+)\.en\.html"', made["browse/reading.en.html"])
    standing = json.loads(made["assets/standing/0.en.js"].removeprefix("globalThis.KG_STANDING_ROWS = ").rstrip(";\n"))
    rows = dict(standing["rows"])
    assert set(order) == set(rows)
    for before, after in itertools.pairwise(order):
        assert (rows[before]["after"], rows[after]["before"]) == (after, before)
    assert "before" not in rows[order[0]]
    assert "after" not in rows[order[-1]]


def test_recent_changes_by_day(toy: ModuleType) -> None:
    changes = (Change("new", "raft", ""), Change("removed", "<gone>", ""), Change("changed", "quorum", "2026-01-02"))
    html = toy.pages(site.render_site(replace(toy.assessment(), changes=changes), toy.text_of))["browse/recent.en.html"]
    days = re.findall(r'<section class="day"><h2>(.*?) <span class="n">(\d+)', html)
    assert days == [("since the last snapshot", "2"), ("2026-01-02", "1")]
    assert "<code>&lt;gone&gt;</code>" in html


def test_data_of_the_learning_path_can_not_end_its_script(made: dict[str, str], toy: ModuleType) -> None:
    text = made["assets/learn-data.js"]
    value = json.loads(text.removeprefix("globalThis.KG_LEARN = ").removesuffix(";\n"))
    assert value["langs"] == ["zh", "en"]
    assert len(value["concepts"]) == len(toy.assessment().corpus.concepts)
    for first, then, tier, relation, forward, place in value["ties"]:
        assert {first, then} <= set(range(len(value["concepts"])))
        assert (tier, forward) in {(t, f) for t in range(4) for f in (0, 1)}
        assert relation < len(value["relations"])
        assert re.fullmatch(r"\S.*\.md:\d+", place)


def test_search_page_says_when_there_is_no_index(made: dict[str, str], toy: ModuleType) -> None:
    assert "This site has no full-text index" in made["search.en.html"]
    assert "wasm-unsafe-eval" not in made["search.en.html"]
    searchable = toy.pages(site.render_site(toy.assessment(), toy.text_of, searchable=True))
    assert "script-src 'self' file: 'wasm-unsafe-eval'" in searchable["search.en.html"]
    assert "wasm-unsafe-eval" not in searchable["index.html"]
