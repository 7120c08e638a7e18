"""CPU seconds of each association measure on synthetic graphs: 10,000 concepts, 80,000 relations; 100,000 and 800,000.

    python benchmarks/association.py [CONCEPTS RELATIONS]…

The graphs are seeded: concepts form groups of 200; 70% of the relations are inside a group, and the others lead to concepts
with heavy-tailed popularity. Pair indices are computed for all related pairs, and the strongest unrelated pairs from all. The
last line states what was estimated, with sample size, seed and error.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

from kg.network import centrality, communities, nearness, neighbours, pairs
from kg.network.edges import stated_edges
from kg.network.plain import Plain


def made(concepts: int, relations: int) -> nx.MultiDiGraph[str]:
    """A synthetic graph of this size."""
    rng = np.random.default_rng(1)
    popularity = np.arange(1, concepts + 1) ** -0.6
    rng.shuffle(popularity)
    reach = np.cumsum(popularity / popularity.sum())
    found: set[tuple[int, int]] = set()
    while len(found) < relations:
        count = relations - len(found)
        source = np.searchsorted(reach, rng.random(count))
        near = (source // 200 * 200 + rng.integers(0, 200, count)) % concepts
        target = np.where(rng.random(count) < 0.7, near, np.searchsorted(reach, rng.random(count)))
        found.update((min(a, b), max(a, b)) for a, b in zip(source.tolist(), target.tolist(), strict=True) if a != b)
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(f"c{i:06}" for i in range(concepts))
    for a, b in sorted(found):
        network.add_edge(f"c{a:06}", f"c{b:06}", key="relates", asserted=True, typed=True)
    return network


def measured(network: nx.MultiDiGraph[str]) -> tuple[float, list[tuple[str, float]], Plain]:
    """All measures, each with its CPU seconds."""
    rows: list[tuple[str, float]] = []
    start = time.process_time()

    def timed(name: str, call: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = call()
        rows.append((name, time.process_time() - before))
        return result

    edges = timed("edges as arrays", lambda: stated_edges(network))
    ranks = timed("PageRank", lambda: centrality.pagerank(edges))
    groups = timed("communities", lambda: communities.find_groups(edges, ranks))
    number = {member: group.number for group in groups for member in group.members}
    timed("degrees, PageRank, betweenness, core, clustering", lambda: centrality.measure_concepts(edges, number))
    timed("100 strongest pairs, with nearness", lambda: pairs.find_missing_pairs(edges, 100))
    graph = edges.graph
    related = list(graph.edges)
    for index in (neighbours.common_neighbours, neighbours.adamic_adar, neighbours.resource_allocation, neighbours.jaccard):
        timed(f"{index.__name__} of all related pairs", lambda index=index: index(graph, related))
    return time.process_time() - start, rows, graph


def main() -> None:
    given = [int(a) for a in sys.argv[1:]] or [10_000, 80_000, 100_000, 800_000]
    for concepts, relations in zip(given[::2], given[1::2], strict=True):
        total, rows, graph = measured(made(concepts, relations))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"\n{concepts:,} concepts, {relations:,} relations: {total:.1f} CPU seconds, {peak:,.0f} MB\n")
        print("| measure | CPU seconds |\n|---|---:|")
        for name, seconds in rows:
            print(f"| {name} | {seconds:.2f} |")
        print(
            f"\nestimated: {centrality.plan_sampling(graph) or 'nothing'}; nearness pushed, error ≤ {nearness.EPSILON} · degree"
        )


if __name__ == "__main__":
    main()
