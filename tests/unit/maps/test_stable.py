"""A note that is added moves the others by less than 2% of the canvas on average, once places are remembered."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.model import Assessment
from kg.network import communities
from kg.network.centrality import measure_concepts, pagerank
from kg.network.layout import place_concepts
from kg.views.maps.atlas import Atlas
from kg.views.maps.drawing import Drawing, cluster, everything, grouped
from kg.views.maps.levels import groups

ROOT = Path(__file__).resolve().parents[3]
ADDED = ["container", "sidecar-proxy", "toil", "kubernetes"]
"""Concepts taken away and added again: hubs, leaves, and one between communities."""


@pytest.fixture(scope="module")
def whole() -> Assessment:
    found = knowledge.KnowledgeBase(replace(settings.load_settings(ROOT), remember=False)).assessment
    assert found is not None
    return found


def assessed(base: Assessment, without: str | None, before: Assessment | None) -> Assessment:
    """The base without a concept, with places and communities as a snapshot of `before` remembers them."""
    concepts = {iri: c for iri, c in base.corpus.concepts.items() if iri != without}
    network = base.network.copy()
    if without is not None:
        network.remove_node(without)
    remembered = None
    if before is not None:
        remembered = communities.RememberedCommunities(
            {iri: c.index for c in before.communities for iri in c.members},
            {c.index: c.name for c in before.communities},
        )
    found, number = communities.find_communities(network, pagerank(network), concepts, base.languages, remembered)
    return replace(
        base,
        corpus=replace(base.corpus, concepts=concepts),
        network=network,
        communities=found,
        concepts=measure_concepts(network, number),
        positions=place_concepts(network, before.positions if before else None, number),
    )


def drawings(base: Assessment) -> list[Drawing]:
    atlas = Atlas(base, base.languages)
    return [everything(atlas), grouped(atlas, groups(atlas)), *(cluster(atlas, c.members) for c in base.communities)]


def places(drawing: Drawing) -> dict[str, tuple[float, float]]:
    return {node.get("page") or node["names"][0]: (node["x"], node["y"]) for node in drawing.nodes}


def moved(before: Drawing, after: Drawing) -> float:
    """How far the nodes that both have moved on average, as a share of the width of the canvas."""
    a, b = places(before), places(after)
    both = a.keys() & b.keys()
    width = max(x for x, _ in a.values()) - min(x for x, _ in a.values())
    return sum(math.dist(a[k], b[k]) for k in both) / len(both) / width


@pytest.mark.parametrize("name", ADDED)
def test_a_note_that_is_added_moves_the_others_little(whole: Assessment, name: str) -> None:
    iri = next(i for i, c in whole.corpus.concepts.items() if c.id == name)
    before = assessed(whole, iri, None)
    after = assessed(whole, None, before)
    first, second = drawings(before), drawings(after)
    shares = [moved(first[0], second[0]), moved(first[1], second[1])]
    for drawing in first[2:]:
        mine = places(drawing).keys()
        shares.append(moved(drawing, max(second[2:], key=lambda d: len(places(d).keys() & mine))))
    assert sum(shares) / len(shares) < 0.02, [round(share, 4) for share in shares]
    assert max(shares) < 0.05, [round(share, 4) for share in shares]  # where the new one stands, the others make room
    # Laid out without what is remembered, the maps are other ones: the test can fail.
    fresh = drawings(assessed(whole, None, None))
    assert moved(first[0], fresh[0]) > 0.02
