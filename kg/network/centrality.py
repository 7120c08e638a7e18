"""Association measures of single concepts: degree, PageRank, betweenness, core number, clustering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from kg.model import ConceptMeasures, Sampling
from kg.network.edges import StatedEdges
from kg.network.plain import Plain

EXACT_BELOW: Final = 2000
"""Betweenness is exact up to this many concepts."""
PIVOTS: Final = 512
"""Number of sampled sources above that; fewer if the graph is so large that they would take a minute."""
_LEAST_PIVOTS: Final = 64
_WORK: Final = 300_000_000
SEED: Final = 7


def pagerank(edges: StatedEdges, alpha: float = 0.85, tolerance: float = 1e-10) -> dict[str, float]:
    """Return PageRank over asserted relations and links, along their direction; parallel edges count once.

    Brin & Page 1998, "The anatomy of a large-scale hypertextual Web search engine", with teleport probability 1 − `alpha`; the
    rank of concepts without outgoing edges is spread evenly, as in networkx. The values sum to 1.

    >>> edges = StatedEdges(tuple("acb"), np.array([0, 2]), np.array([1, 1]), np.array([0, 0]), np.array([True, True]), ("r",))
    >>> {k: round(v, 3) for k, v in pagerank(edges).items()}
    {'a': 0.213, 'c': 0.574, 'b': 0.213}
    """
    # start time: measures of the same edges are remembered
    from scipy import sparse

    nodes = edges.nodes
    n = len(nodes)
    if n == 0:
        return {}
    pairs = np.unique(edges.sources * n + edges.targets)
    if not len(pairs):
        return dict.fromkeys(nodes, 1.0 / n)
    rows, columns = np.divmod(pairs, n)
    out = np.bincount(rows, minlength=n).astype(float)
    matrix = sparse.csr_array((1.0 / out[rows], (columns, rows)), shape=(n, n))
    dangling = out == 0
    rank = np.full(n, 1.0 / n)
    for _ in range(200):
        spread = alpha * (matrix @ rank + rank[dangling].sum() / n) + (1.0 - alpha) / n
        if np.abs(spread - rank).sum() < tolerance:
            rank = spread
            break
        rank = spread
    return dict(zip(nodes, rank.tolist(), strict=True))


def betweenness(graph: Plain) -> list[float]:
    """Return the share of shortest paths between other concepts through each concept, normalized as in networkx.

    Freeman 1977, "A set of measures of centrality based on betweenness"; algorithm of Brandes 2001. Above `EXACT_BELOW`
    concepts it is estimated from a sample of sources drawn with seed `SEED` (Brandes & Pich 2007, "Centrality estimation in
    large networks"); `plan_sampling` returns the size of the sample and its error.

    >>> betweenness(Plain(("a", "b", "c"), ((0, 1), (1, 2)), (1.0, 1.0)))
    [0.0, 1.0, 0.0]
    """
    n = len(graph.nodes)
    if n < 3:
        return [0.0] * n
    g = graph.igraph
    pairs = (n - 1) * (n - 2) / 2
    sampled = plan_sampling(graph)
    if sampled is None:
        return [value / pairs for value in g.betweenness()]
    pivots = sorted(np.random.default_rng(SEED).choice(n, size=sampled.size, replace=False).tolist())
    # For each pivot, igraph counts the pairs (pivot, target), and halves the sum as if each pair were counted from both ends.
    # The mean over the pivots other than the concept itself, times the n − 1 others, estimates the total and never exceeds it.
    chosen = set(pivots)
    counted = g.betweenness(sources=pivots)
    return [value * (n - 1) / (len(pivots) - (i in chosen)) / pairs for i, value in enumerate(counted)]


def plan_sampling(graph: Plain) -> Sampling | None:
    """Return how the betweenness of a graph is sampled; None if it is exact.

    Each source contributes between 0 and 1 of the largest possible value, so the mean of k sources has a standard error
    of at most 1/(2·√k): 2.2% for 512. The cost grows with sources times nodes and edges; above 3·10⁸ there are fewer sources.

    >>> plan_sampling(Plain(tuple(map(str, range(2500))), ((0, 1),), (1.0,)))
    Sampling(measure='betweenness', method='Brandes & Pich 2007', size=512, of=2500, seed=7, error=0.0221)
    """
    n = len(graph.nodes)
    if n <= EXACT_BELOW:
        return None
    size = min(n, PIVOTS, max(_LEAST_PIVOTS, _WORK // (n + len(graph.edges))))
    return Sampling("betweenness", "Brandes & Pich 2007", size, n, SEED, round(0.5 / size**0.5, 4))


def clustering(graph: Plain) -> list[float]:
    """Return the share of a concept's pairs of neighbours that are neighbours (Watts & Strogatz 1998); 0 below degree two.

    >>> clustering(Plain(("a", "b", "c"), ((0, 1), (0, 2), (1, 2)), (1.0, 1.0, 1.0)))
    [1.0, 1.0, 1.0]
    """
    return [float(v) for v in graph.igraph.transitivity_local_undirected(mode="zero")] if graph.nodes else []


def core_numbers(graph: Plain) -> list[int]:
    """Return for each concept the largest k such that it is in the k-core of the graph (Seidman 1983).

    >>> core_numbers(Plain(("a", "b", "c", "d"), ((0, 1), (0, 2), (1, 2), (2, 3)), (1.0,) * 4))
    [2, 2, 2, 1]
    """
    return [int(v) for v in graph.igraph.coreness()] if graph.nodes else []


def measure_concepts(edges: StatedEdges, community: Mapping[str, int]) -> dict[str, ConceptMeasures]:
    """Return all association measures of each concept. `community` maps concepts to the index of their community."""
    graph, typed = edges.graph, edges.typed_graph
    ranks = pagerank(edges)
    between, cluster, core = betweenness(graph), clustering(graph), core_numbers(graph)
    n = len(graph.nodes)
    degree, typed_degree = (np.bincount(g.ends.ravel(), minlength=n).tolist() for g in (graph, typed))
    weighted = np.bincount(graph.ends.ravel(), weights=np.repeat(graph.weights, 2), minlength=n).tolist()
    return {
        node: ConceptMeasures(
            degree=degree[i],
            typed_degree=typed_degree[i],
            weighted_degree=weighted[i],
            pagerank=ranks[node],
            betweenness=between[i],
            core=core[i],
            clustering=cluster[i],
            community=community.get(node, -1),
        )
        for i, node in enumerate(graph.nodes)
    }
