"""Communities from build to build: a new note takes no community's index or name away; telling terms; gaps."""

from __future__ import annotations

import random

import networkx as nx
import pytest

from kg.model import Community, Gap
from kg.network import centrality, communities
from kg.network.edges import stated_edges
from kg.network.gaps import find_gaps
from kg.network.terms import ConceptTerms, telling_terms


def _network(seed: int) -> nx.MultiDiGraph:
    """Ten loose groups of twenty concepts."""
    return nx.MultiDiGraph(nx.relabel_nodes(nx.random_partition_graph([20] * 10, 0.3, 0.01, seed=seed), lambda n: f"c{n:03}"))


def _find(network: nx.MultiDiGraph, before: tuple[Community, ...] = ()) -> tuple[Community, ...]:
    remembered = {m: c.index for c in before for m in c.members}
    names = {c.index: c.name for c in before}
    edges = stated_edges(network)
    groups = communities.find_groups(edges, centrality.pagerank(edges), remembered)
    found = communities.name_communities(groups, {}, ("en",), names)
    assert len({c.index for c in found}) == len(found)
    return found


@pytest.mark.parametrize("seed", range(10))
def test_a_community_keeps_its_identity_when_a_note_is_added(seed: int) -> None:
    network = _network(seed)
    before = _find(network)
    assert _find(network, before) == before
    rng = random.Random(seed)
    for step in range(5):
        network.add_edges_from((f"new{step}", rng.choice(sorted(network))) for _ in range(4))
        after = {c.index: c for c in _find(network, before)}
        # A splinter of a few concepts may go with the new tie; what is a community stays one.
        for community in before:
            if len(community.members) >= 10:
                assert len(set(community.members) - set(after[community.index].members)) <= 2, (step, community.index)
        before = tuple(after.values())
    # Found anew, without what is remembered, the order of sizes alone says which is which.
    assert {c.index for c in _find(network)} == set(range(len(_find(network))))


def test_a_community_that_falls_apart_gives_its_index_to_nobody() -> None:
    network = nx.MultiDiGraph(nx.relabel_nodes(nx.caveman_graph(2, 6), str))
    before = _find(network)
    assert [c.index for c in before] == [0, 1]
    network.remove_edges_from(list(network.edges(before[0].members)))
    for a in before[0].members[:3]:
        network.add_edges_from((a, b) for b in before[0].members[:3] if a < b)
    for a in before[0].members[3:]:
        network.add_edges_from((a, b) for b in before[0].members[3:] if a < b)
    after = _find(network, before)
    assert sorted(c.index for c in after) == [1, 2, 3]
    assert next(c for c in after if c.index == 1).members == before[1].members


def test_telling_terms_are_those_of_a_community_alone() -> None:
    texts = {f"a{i}": frozenset({"pod", "common", f"only-{i}"}) for i in range(30)}
    texts |= {f"b{i}": frozenset({"raft", "common", "共识"}) for i in range(30)}
    found = telling_terms(
        ConceptTerms(texts, frozenset({"raft", "共识"})), {7: [f"a{i}" for i in range(30)], 2: [f"b{i}" for i in range(30)]}, 5
    )
    assert found == {7: {"en": ("pod",)}, 2: {"en": ("raft",), "zh": ("共识",)}}


def test_a_gap_is_between_communities_that_speak_of_the_same_and_hardly_touch() -> None:
    network = nx.MultiDiGraph(nx.relabel_nodes(nx.caveman_graph(3, 8), lambda n: f"c{n:02}"))
    groups = [Community(k, {}, tuple(f"c{i:02}" for i in range(8 * k, 8 * k + 8)), ()) for k in range(3)]
    texts = {f"c{i:02}": frozenset({"lease", "clock"} if i < 16 else {"image"}) for i in range(24)}
    terms = ConceptTerms(texts, frozenset({"lease"}))
    (found,) = find_gaps(stated_edges(network), groups, terms, 10)
    assert found == Gap(0, 1, pytest.approx(1.0), 0, pytest.approx(56 * 56 / 168), ("lease", "clock"))
    network.add_edges_from((f"c{i:02}", f"c{i + 8:02}") for i in range(8))
    assert find_gaps(stated_edges(network), groups, terms, 10) == ()
