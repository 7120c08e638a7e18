"""Networks at the edges of what there is: every algorithm gives numbers, no warning and no exception."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

from kg.metrics.association import concept_association, linkage
from kg.network import centrality, communities, gaps, hierarchy, nearness, neighbours, pairs
from kg.network.edges import stated_edges
from kg.network.layout import place_concepts
from kg.network.terms import ConceptTerms


def _clique(prefix: str, n: int) -> list[tuple[str, str]]:
    return [(f"{prefix}{i}", f"{prefix}{j}") for i in range(n) for j in range(i)]


def _parallel() -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for key in ("urn:x", "urn:y", "urn:z"):
        graph.add_edge("a", "b", key=key, asserted=True, typed=True, path="a.md", line=1)
    return graph


def _nodes(n: int) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(f"n{i:05}" for i in range(n))
    return graph


def _loops() -> nx.MultiDiGraph:
    return nx.MultiDiGraph([(n, n) for n in "abc"])


def _tied(network: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """With the attributes that `project` gives each edge."""
    for _, _, data in network.edges(data=True):
        data.setdefault("asserted", True)
        data.setdefault("typed", True)
    return network


NETWORKS = {
    "empty": nx.MultiDiGraph(),
    "one": _nodes(1),
    "two apart": _nodes(2),
    "no edges": _nodes(30),
    "very many and no edges": _nodes(12_000),
    "pair": nx.MultiDiGraph([("a", "b")]),
    "pair and very many alone": nx.compose(nx.MultiDiGraph([("a", "b")]), _nodes(3000)),
    "self-loops only": _loops(),
    "parallel typed edges": _parallel(),
    "two cliques": nx.MultiDiGraph(_clique("a", 8) + _clique("b", 8)),
    "star of 10,000": nx.MultiDiGraph([("hub", f"n{i:05}") for i in range(10_000)]),
    "path": nx.MultiDiGraph([(f"n{i:03}", f"n{i + 1:03}") for i in range(300)]),
}


@pytest.fixture(params=NETWORKS, scope="module")
def network(request: pytest.FixtureRequest) -> nx.MultiDiGraph:
    return _tied(NETWORKS[request.param])


def test_measures_are_sensible(network: nx.MultiDiGraph) -> None:
    edges = stated_edges(network)
    groups = communities.find_groups(edges, centrality.pagerank(edges))
    found = centrality.measure_concepts(edges, {m: g.number for g in groups for m in g.members})
    assert set(found) == set(network)
    for m in found.values():
        assert 0 <= m.betweenness <= 1 + 1e-9
        assert 0 <= m.clustering <= 1
        assert 0 < m.pagerank <= 1
        assert 0 <= m.core <= m.degree < len(network)
        assert 0 <= m.typed_degree <= m.degree <= m.weighted_degree
        assert 0 <= m.community < len(groups)
    if found:
        assert sum(m.pagerank for m in found.values()) == pytest.approx(1.0)
    assert sum(len(c.members) for c in groups) == len(network)


def test_positions_stay_on_the_map(network: nx.MultiDiGraph) -> None:
    found = place_concepts(stated_edges(network))
    assert set(found) == set(network)
    assert all(math.isfinite(v) and -1 <= v <= 1 for place in found.values() for v in place)
    assert len(set(found.values())) == len(found)


def test_shares_are_shares(network: nx.MultiDiGraph) -> None:
    structure = hierarchy.find_hierarchy(network, {}, ())
    for measure in (linkage(stated_edges(network)), concept_association(stated_edges(network), {}, structure, 0.9)):
        if len(network):
            assert 0 <= measure.value <= 1
            assert len(measure.offenders) == measure.denominator - measure.numerator
        else:
            assert measure.value is None
            assert not measure.met
            assert measure.note


def test_pairs_are_apart(network: nx.MultiDiGraph) -> None:
    for p in pairs.find_missing_pairs(stated_edges(network), 50):
        a, b = p[:2]
        assert a != b
        assert not network.has_edge(a, b)
        assert not network.has_edge(b, a)
        assert math.isfinite(p.adamic_adar)
        assert p.adamic_adar > 0
        assert 0 < p.resource_allocation <= len(p.shared)
        assert 0 < p.jaccard <= 1
        assert 0 < p.nearness < 1
        assert p.shared


def test_indices_of_any_pair_are_numbers(network: nx.MultiDiGraph) -> None:
    graph = stated_edges(network).graph
    n = len(graph.nodes)
    some = [(a, b) for a in range(min(n, 12)) for b in range(max(0, n - 12), n) if a != b]
    for index in (neighbours.common_neighbours, neighbours.adamic_adar, neighbours.resource_allocation, neighbours.jaccard):
        found = index(graph, some)
        assert len(found) == len(some)
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        assert index(graph, []).tolist() == []
    found = nearness.mean_nearness(graph, some)
    assert ((found >= 0) & (found <= 1)).all()
    if n:
        rows = nearness.push_pagerank(graph, [0]).toarray()[0]
        assert 0 < rows.sum() <= 1 + 1e-9


def test_there_are_no_gaps_where_there_is_nothing_to_tell(network: nx.MultiDiGraph) -> None:
    edges = stated_edges(network)
    groups = communities.name_communities(communities.find_groups(edges, centrality.pagerank(edges)), {}, ("en",))
    assert gaps.find_gaps(edges, groups, ConceptTerms({}, frozenset()), 10) == ()


def test_layout_of_a_large_star_is_the_same_each_time() -> None:
    star = NETWORKS["star of 10,000"]
    assert place_concepts(stated_edges(star)) == place_concepts(stated_edges(star))


def test_two_cliques_are_two_communities() -> None:
    groups = communities.find_groups(stated_edges(NETWORKS["two cliques"]), {})
    assert sorted(sorted(c.members) for c in groups) == [[f"{p}{i}" for i in range(8)] for p in "ab"]
    assert not any(c.bridges for c in groups)


def test_the_hub_of_a_star_is_on_every_path() -> None:
    star = NETWORKS["star of 10,000"]
    found = centrality.measure_concepts(stated_edges(star), {})
    # Sampled: as many as 1/√512 of the whole may be off, and the hub's true value is 1.
    assert found["hub"].betweenness == pytest.approx(1.0, abs=0.05)
    assert all(m.betweenness == 0 for n, m in found.items() if n != "hub")
    assert found["hub"].degree == 10_000


def test_parallel_relations_weigh_more_and_count_once() -> None:
    found = centrality.measure_concepts(stated_edges(_parallel()), {})
    assert (found["a"].degree, found["a"].typed_degree, found["a"].weighted_degree) == (1, 1, 3.0)
    assert centrality.pagerank(stated_edges(_parallel())) == pytest.approx(
        nx.pagerank(nx.DiGraph([("a", "b")]), tol=1e-12), abs=1e-9
    )


def test_self_loops_count_for_nothing() -> None:
    network = _tied(_loops())
    alone = stated_edges(_tied(_renamed(_nodes(3))))
    assert centrality.measure_concepts(stated_edges(network), {}) == centrality.measure_concepts(alone, {})
    assert hierarchy.find_hierarchy(network, {}, ()).orphans == ("a", "b", "c")
    assert linkage(stated_edges(network)).numerator == 0


def _renamed(network: nx.MultiDiGraph) -> nx.MultiDiGraph:
    return nx.relabel_nodes(network, dict(zip(sorted(network), "abc", strict=True)))


def test_more_communities_than_find_their_place_by_their_relations() -> None:
    """The smaller ones stand in rings around the others, and no two concepts in one place."""
    network = nx.MultiDiGraph()
    for i in range(420):
        network.add_edge(f"a{i}", f"b{i}", "uses", asserted=True, typed=True)
    communities = {node: int(node[1:]) for node in network}
    found = place_concepts(stated_edges(network), None, communities)
    assert set(found) == set(network)
    assert len(set(found.values())) == len(network)
    assert all(abs(x) <= 1 and abs(y) <= 1 for x, y in found.values())
