"""The network measures against networkx on 200 random graphs: empty, tiny, disconnected, with parallel edges and loops."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from statistics import fmean

import networkx as nx
import numpy as np
import pytest

from kg.network import centrality, communities, hierarchy, nearness, neighbours, pairs
from kg.network.edges import stated_edges
from kg.network.layout import place_concepts
from kg.network.plain import Plain, connected_components


def _network(seed: int) -> nx.MultiDiGraph:
    """A random network; a tenth of its edges is inferred, which no measure may see."""
    rng = random.Random(seed)
    n = seed % 61
    names = [f"c{i:02}" for i in range(n)]
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(names)
    density = rng.choice((0.2, 0.8, 1.5, 3.0))
    for _ in range(int(n * density)):
        source, target = rng.choice(names), rng.choice(names)
        for k in range(rng.choice((1, 1, 1, 2, 3))):
            graph.add_edge(source, target, key=f"r{k}", asserted=rng.random() > 0.1, typed=rng.random() > 0.3, path="", line=1)
    return graph


GRAPHS = [(seed, _network(seed)) for seed in range(200)]


def _directed(network: nx.MultiDiGraph) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(network)
    graph.add_edges_from((s, t) for s, t, d in network.edges(data=True) if d["asserted"] and s != t)
    return graph


def _simple(network: nx.MultiDiGraph) -> nx.Graph:
    return _directed(network).to_undirected()


def test_the_random_graphs_are_of_every_kind() -> None:
    graphs = [g for _, g in GRAPHS]
    assert any(len(g) == 0 for g in graphs)
    assert any(len(g) > 1 and not g.edges for g in graphs)
    assert sum(nx.number_of_selfloops(g) > 0 for g in graphs) > 50
    assert sum(g.number_of_edges() > len(set(g.edges())) for g in graphs) > 50
    assert sum(nx.number_connected_components(_simple(g)) > 1 for g in graphs) > 50
    assert sum(len(g) > 1 and nx.is_connected(_simple(g)) for g in graphs) > 20


def test_plain_is_the_simple_graph_with_multiplicities() -> None:
    for seed, network in GRAPHS:
        graph = stated_edges(network).graph
        oracle = _simple(network)
        edges = {frozenset((graph.nodes[a], graph.nodes[b])) for a, b in graph.edges}
        assert edges == {frozenset(e) for e in oracle.edges}, seed
        assert len(edges) == len(graph.edges), seed
        several = sum(1 for s, t, d in network.edges(data=True) if s != t and d["asserted"])
        assert sum(graph.weights) == several, seed


def test_pagerank() -> None:
    for seed, network in GRAPHS:
        found = centrality.pagerank(stated_edges(network))
        expected = nx.pagerank(_directed(network), tol=1e-12, max_iter=1000) if len(network) else {}
        assert found == pytest.approx(expected, abs=1e-8), seed
        if expected:
            assert sum(found.values()) == pytest.approx(1.0), seed


def test_betweenness_is_exact() -> None:
    for seed, network in GRAPHS:
        graph = stated_edges(network).graph
        found = dict(zip(graph.nodes, centrality.betweenness(graph), strict=True))
        assert found == pytest.approx(nx.betweenness_centrality(_simple(network)), abs=1e-9), seed


def test_clustering_and_core_numbers() -> None:
    for seed, network in GRAPHS:
        graph, oracle = stated_edges(network).graph, _simple(network)
        found = dict(zip(graph.nodes, centrality.clustering(graph), strict=True))
        assert found == pytest.approx(nx.clustering(oracle), abs=1e-9), seed
        assert dict(zip(graph.nodes, centrality.core_numbers(graph), strict=True)) == nx.core_number(oracle), seed


def test_components() -> None:
    for seed, network in GRAPHS:
        graph = stated_edges(network).graph
        found = connected_components(len(graph.nodes), graph.edges)
        expected = {frozenset(c) for c in nx.connected_components(_simple(network))}
        assert {frozenset(graph.nodes[i] for i in c) for c in found} == expected, seed
        assert [len(c) for c in found] == sorted((len(c) for c in found), reverse=True), seed


def test_degrees() -> None:
    for seed, network in GRAPHS:
        oracle = _simple(network)
        typed = nx.Graph((s, t) for s, t, d in network.edges(data=True) if d["asserted"] and d["typed"] and s != t)
        measured = centrality.measure_concepts(stated_edges(network), {})
        assert {n: m.degree for n, m in measured.items()} == dict(oracle.degree), seed
        assert {n: m.typed_degree for n, m in measured.items() if m.typed_degree} == dict(typed.degree), seed


def test_missing_pairs_are_the_best_by_adamic_adar() -> None:
    compared = 0
    for seed, network in GRAPHS:
        oracle = _simple(network)
        expected = {frozenset((a, b)): score for a, b, score in nx.adamic_adar_index(oracle) if score > 0}
        found = pairs.find_missing_pairs(stated_edges(network), 10_000)
        assert {frozenset(p[:2]): p.adamic_adar for p in found} == pytest.approx(expected, abs=1e-9), seed
        for p in found:
            assert set(p.shared) == set(nx.common_neighbors(oracle, p.first, p.second)), seed
        scores = [p.adamic_adar for p in found]
        assert all(x >= y - 1e-9 for x, y in itertools.pairwise(scores)), seed
        assert pairs.find_missing_pairs(stated_edges(network), 5) == found[:5], seed
        compared += len(found)
    assert compared > 10_000


def test_pairs_leave_out_hubs_of_more_than_200() -> None:
    def wheel(spokes: int) -> nx.MultiDiGraph:
        return nx.MultiDiGraph([("hub", f"n{i:03}") for i in range(spokes)])

    assert pairs.find_missing_pairs(stated_edges(wheel(200)), 1)[0].adamic_adar == pytest.approx(1 / math.log(200))
    assert pairs.find_missing_pairs(stated_edges(wheel(201)), 1) == ()


def test_indices_of_pairs() -> None:
    theirs = {
        neighbours.adamic_adar: nx.adamic_adar_index,
        neighbours.resource_allocation: nx.resource_allocation_index,
        neighbours.jaccard: nx.jaccard_coefficient,
    }
    for seed, network in GRAPHS:
        graph, oracle = stated_edges(network).graph, _simple(network)
        every = list(itertools.combinations(range(len(graph.nodes)), 2))
        named = [(graph.nodes[a], graph.nodes[b]) for a, b in every]
        for ours, index in theirs.items():
            expected = [score for *_, score in index(oracle, named)]
            assert ours(graph, every).tolist() == pytest.approx(expected, abs=1e-9), (seed, ours)
        expected = [len(list(nx.common_neighbors(oracle, a, b))) for a, b in named]
        assert neighbours.common_neighbours(graph, every).tolist() == expected, seed


def test_pairs_in_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = stated_edges(GRAPHS[180][1]).graph
    every = list(itertools.combinations(range(len(graph.nodes)), 2))
    whole = neighbours.adamic_adar(graph, every).tolist()
    monkeypatch.setattr(neighbours, "_BLOCK", 7)
    assert neighbours.adamic_adar(graph, every).tolist() == whole


def test_personalised_pagerank() -> None:
    for seed, network in GRAPHS:
        graph, oracle = stated_edges(network).graph, _simple(network)
        sources = list(range(0, len(graph.nodes), 19))
        exact = nearness.personalised_pagerank(graph, sources, tolerance=1e-12)
        near = nearness.push_pagerank(graph, sources, epsilon=1e-4).toarray() if sources else exact
        degree = neighbours.degrees(graph)
        for i, source in enumerate(sources):
            expected = nx.pagerank(oracle, personalization={graph.nodes[source]: 1.0}, tol=1e-12, max_iter=1000)
            values = np.array([expected[node] for node in graph.nodes])
            assert exact[i] == pytest.approx(values, abs=1e-8), seed
            # What pushing misses is never more than it says, and nothing is too large.
            assert (near[i] <= values + 1e-9).all(), seed
            assert (values - near[i] <= 1e-4 * np.maximum(degree, 1) + 1e-9).all(), seed


def test_nearness_of_pairs_is_the_same_by_either_method() -> None:
    for seed, network in GRAPHS[::10]:
        graph = stated_edges(network).graph
        every = list(itertools.combinations(range(len(graph.nodes)), 2))
        bound = nearness.EPSILON * neighbours.degrees(graph).max(initial=1.0)
        assert nearness.mean_nearness(graph, every, 0) == pytest.approx(nearness.mean_nearness(graph, every), abs=bound), seed


# hierarchy


def _broader(seed: int, *, acyclic: bool) -> dict[str, list[str]]:
    rng = random.Random(seed)
    n = rng.randrange(2, 8)
    names = [f"n{i}" for i in range(n)]
    rng.shuffle(names)
    found: dict[str, list[str]] = {}
    for i, name in enumerate(names):
        above = names[:i] if acyclic else [o for o in names if o != name]
        found[name] = [o for o in above if rng.random() < 0.35]
    return found


def _paths(graph: nx.DiGraph, roots: list[str], node: str) -> Iterator[list[str]]:
    for root in roots:
        yield from ([[root]] if root == node else nx.all_simple_paths(graph, root, node))


@pytest.mark.parametrize("acyclic", [True, False])
def test_hierarchy_against_brute_force(*, acyclic: bool) -> None:
    seen_cycles = seen_redundant = 0
    for seed in range(200):
        broader = _broader(seed, acyclic=acyclic)
        found = hierarchy.analyse_hierarchy(broader, broader)
        down = nx.DiGraph((p, n) for n, above in broader.items() for p in above)
        down.add_nodes_from(broader)
        # redundant: the broader concept can be reached by a longer path as well
        redundant = {
            (n, p) for n, above in broader.items() for p in above if any(len(w) > 2 for w in nx.all_simple_paths(down, p, n))
        }
        assert set(found.redundant) == redundant, seed
        # cycles: one of each strongly connected part, each step of which was stated
        parts = [frozenset(c) for c in nx.strongly_connected_components(down) if len(c) > 1]
        assert len(found.cycles) == len(parts), seed
        for cycle in found.cycles:
            assert any(set(cycle) <= part for part in parts), seed
            assert len(set(cycle)) == len(cycle) >= 2, seed
            for parent, child in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
                assert parent in broader[child], seed
        # depth: longest way from a root that meets no cycle
        circling = {n for part in parts for n in part}
        sound = down.subgraph(set(broader) - circling)
        tops = [n for n in broader if not broader[n]]
        ways = {n: [len(w) - 1 for w in _paths(sound, tops, n)] for n in sound}
        assert found.depth == {n: max(w) for n, w in ways.items() if w}, seed
        assert set(found.roots) == {n for n in broader if not broader[n] and down.out_degree(n)}, seed
        assert set(found.orphans) == {n for n in broader if down.degree(n) == 0}, seed
        assert set(found.polyhierarchy) == {n for n in broader if len(broader[n]) > 1}, seed
        if acyclic:
            reduced = nx.transitive_reduction(down)
            assert {(p, n) for n, p in found.redundant} == set(down.edges) - set(reduced.edges), seed
        seen_cycles += len(found.cycles)
        seen_redundant += len(found.redundant)
    assert seen_redundant > 50
    assert (seen_cycles > 50) is not acyclic


def test_a_concept_below_a_cycle_has_no_depth() -> None:
    found = hierarchy.analyse_hierarchy("abcd", {"a": ["b"], "b": ["a"], "c": ["b"], "d": ["c"]})
    assert found.cycles == (("a", "b"),)
    assert found.roots == ()
    assert found.depth == {}


def test_a_concept_broader_than_itself_breaks_nothing() -> None:
    found = hierarchy.analyse_hierarchy("ab", {"a": ["a"], "b": ["a", "b"]})
    assert found.parents == {"a": (), "b": ("a",)}
    assert found.depth == {"a": 0, "b": 1}
    assert found.redundant == ()


# communities


def test_communities_part_the_concepts() -> None:
    ours, louvain = [], []
    for seed, network in GRAPHS:
        oracle = _simple(network)
        edges = stated_edges(network)
        groups = communities.find_groups(edges, centrality.pagerank(edges))
        found = communities.name_communities(groups, {}, ("zh", "en"))
        number = {m: g.number for g in groups for m in g.members}
        assert sorted(m for c in found for m in c.members) == sorted(network), seed
        assert [c.index for c in found] == list(range(len(found))), seed
        assert number == {m: c.index for c in found for m in c.members}, seed
        unconnected = [c for c in found if c.name["en"] == "Unconnected"]
        assert [m for c in unconnected for m in sorted(c.members)] == sorted(nx.isolates(oracle)), seed
        for community in found:
            crossing = {m for m in community.members if any(number[o] != community.index for o in oracle[m])}
            assert set(community.bridges) <= crossing, seed
            assert len(community.bridges) == min(5, len(crossing)), seed
        graph = stated_edges(network).graph
        if graph.edges:
            weighted = nx.Graph()
            weighted.add_nodes_from(range(len(graph.nodes)))
            weighted.add_weighted_edges_from((a, b, w) for (a, b), w in zip(graph.edges, graph.weights, strict=True))
            ours.append(nx.community.modularity(weighted, communities.partition_graph(graph)))
            louvain.append(nx.community.modularity(weighted, nx.community.louvain_communities(weighted, seed=1)))
    assert len(ours) > 150
    assert fmean(ours) >= fmean(louvain) - 0.005
    # In a path of four concepts either can miss the best partition by this much.
    assert min(a - b for a, b in zip(ours, louvain, strict=True)) > -0.1


def test_communities_and_layout_do_not_disturb_the_global_generator() -> None:
    random.seed(1)
    expected = [random.random() for _ in range(3)]
    random.seed(1)
    _, network = GRAPHS[150]
    communities.find_groups(stated_edges(network), {})
    place_concepts(stated_edges(network))
    assert [random.random() for _ in range(3)] == expected


# layout


def test_positions_are_places_on_the_map() -> None:
    for seed, network in GRAPHS:
        found = place_concepts(stated_edges(network))
        assert set(found) == set(network), seed
        assert all(math.isfinite(v) and -1 <= v <= 1 for place in found.values() for v in place), seed
        assert len(set(found.values())) == len(found), seed
        if seed % 5 == 0:
            assert place_concepts(stated_edges(network)) == found, seed


def test_neighbours_lie_nearer_than_strangers() -> None:
    network = nx.MultiDiGraph(nx.connected_caveman_graph(6, 8).to_directed())
    network = nx.relabel_nodes(network, {n: f"n{n:02}" for n in network})
    place = place_concepts(stated_edges(network))

    def far(a: str, b: str) -> float:
        return math.dist(place[a], place[b])

    linked = fmean(far(a, b) for a, b in network.edges())
    strangers = fmean(far(a, b) for a in network for b in network if a < b and not network.has_edge(a, b))
    assert linked < strangers / 2


# sampled betweenness


@pytest.fixture(scope="module")
def large() -> Plain:
    return stated_edges(nx.MultiDiGraph(nx.barabasi_albert_graph(2500, 3, seed=5))).graph


def test_sampled_betweenness_is_near_the_exact_one(large: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(large.nodes) > centrality.EXACT_BELOW
    sampled = np.array(centrality.betweenness(large))
    assert centrality.betweenness(large) == sampled.tolist()
    said = centrality.plan_sampling(large)
    assert said is not None
    assert (said.size, said.of) == (centrality.PIVOTS, 2500)
    monkeypatch.setattr(centrality, "EXACT_BELOW", 10_000)
    exact = np.array(centrality.betweenness(large))
    assert not np.array_equal(sampled, exact)
    assert centrality.plan_sampling(large) is None
    assert np.corrcoef(sampled, exact)[0, 1] > 0.99
    assert np.abs(sampled - exact).mean() < 0.1 * exact.mean() + 0.0005
    assert np.abs(sampled - exact).max() < said.error
    assert np.sqrt(((sampled - exact) ** 2).mean()) < said.error / 5
    # without bias: what is too much here is too little there
    assert sampled.sum() == pytest.approx(exact.sum(), rel=0.05)
    top = set(np.argsort(exact)[-20:])
    assert len(top & set(np.argsort(sampled)[-20:])) >= 17


def test_sampling_every_concept_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = stated_edges(nx.MultiDiGraph(nx.barabasi_albert_graph(60, 2, seed=5))).graph
    exact = centrality.betweenness(graph)
    monkeypatch.setattr(centrality, "EXACT_BELOW", 0)
    assert centrality.betweenness(graph) == pytest.approx(exact, abs=1e-12)
    assert exact == pytest.approx(list(nx.betweenness_centrality(nx.barabasi_albert_graph(60, 2, seed=5)).values()), abs=1e-12)
