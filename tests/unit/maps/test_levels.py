"""Levels of detail: no page draws too much, and every concept is on one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

import kg.views.maps
from kg.model import Artifact
from kg.views.page.paths import CONCEPT_MAP


def drawn(artifacts: list[Artifact]) -> dict[str, dict[str, Any]]:
    found = {}
    for artifact in artifacts:
        match = re.search(r'id="kg-data">(.*?)</script>', artifact.data.decode(), re.DOTALL)
        if match and artifact.path != CONCEPT_MAP:
            found[artifact.path.removeprefix("maps/")] = json.loads(match.group(1))
    return found


@pytest.fixture(scope="module")
def large(toy: ModuleType) -> dict[str, dict[str, Any]]:
    return drawn(list(kg.views.maps.render_maps(toy.assessment(1300, 2))))


def test_no_page_draws_more_than_the_limit(large: dict[str, dict[str, Any]]) -> None:
    assert max(len(data["nodes"]) for data in large.values()) <= kg.views.maps.MAX_NODES
    assert len(large["overview.html"]["nodes"]) == 2


def test_every_concept_is_reached_from_the_overview(large: dict[str, dict[str, Any]]) -> None:
    reached: set[str] = set()
    pages = ["overview.html"]
    while pages:
        for node in large[pages.pop()]["nodes"]:
            if "href" in node:
                pages.append(node["href"])
            else:
                assert node["page"] not in reached
                reached.add(node["page"])
    assert len(reached) == 1300


def test_a_part_says_what_it_is_a_part_of(large: dict[str, dict[str, Any]], toy: ModuleType) -> None:
    parts = [path for path in large if re.fullmatch(r"cluster-0-\d+\.html", path)]
    assert len(parts) == 4
    assert all(large[part]["ups"] == [large["overview.html"]["nodes"][0]["names"]] for part in parts)
    page = next(
        a for a in kg.views.maps.render_maps(toy.assessment(1300, 2)) if a.path == "maps/cluster-0-0.html"
    ).data.decode()
    assert 'href="../maps/cluster-0.html" data-go data-up="0"' in page


def test_what_is_tied_to_nothing_is_parted_by_name(toy: ModuleType) -> None:
    base = toy.assessment(1100, 1)
    base.network.remove_edges_from(list(base.network.edges(keys=True)))
    concepts = {iri: replace(m, degree=0) for iri, m in base.concepts.items()}
    pages = drawn(list(kg.views.maps.render_maps(replace(base, concepts=concepts))))
    parts = [pages[node["href"]] for node in pages["cluster-0.html"]["nodes"]]
    assert sum(len(part["nodes"]) for part in parts) == 1100
    assert all(" … " in node["names"][0] for node in pages["cluster-0.html"]["nodes"])


def test_a_community_counts_what_it_shows(toy: ModuleType) -> None:
    """The plan's part is in no number, label, listing or size of a community, and opens only when asked for."""
    base = toy.assessment(700, 7)
    first, second = base.communities[:2]
    planned = frozenset((*first.members[:30], *second.members[5:9]))
    pages = drawn(list(kg.views.maps.render_maps(replace(base, planned=planned))))
    nodes = pages["overview.html"]["nodes"]
    assert sum(node["count"] for node in nodes) == 700 - len(planned)
    for node in nodes:
        shown = [concept for concept in pages[node["href"]]["nodes"] if "plan" not in concept]
        assert node["count"] == node["m"][0] == len(shown)
        assert all(lines.endswith(f"({len(shown)})") for lines in node["lines"])
    (smaller,) = (node for node in nodes if node["href"] == f"cluster-{first.index}.html")
    assert smaller["count"] == 70
    listed = {base.corpus.concepts[iri].label("en") for iri in planned}
    assert listed.isdisjoint(name for text in smaller["defs"] for name in text.removesuffix("…").split(", "))


def test_many_small_communities_share_a_group(toy: ModuleType) -> None:
    pages = drawn(list(kg.views.maps.render_maps(toy.assessment(750, 250))))
    nodes = pages["overview.html"]["nodes"]
    assert len(nodes) == 200
    (rest,) = (node for node in nodes if node["href"] == "cluster-small.html")
    assert rest["count"] == 51 * 3 == len(pages["cluster-small.html"]["nodes"])
    assert all(f"cluster-{i}.html" in pages for i in range(250))
