"""The hierarchy: broader relations as asserted, with roots, depth, cycles, redundant links and orphans."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import networkx as nx

from kg.model import Corpus, Hierarchy, Relation

_FARTHEST: Final = 1_000
"""Maximum number of relations above a concept to follow in the search for redundant broader concepts."""


def find_hierarchy(
    network: nx.MultiDiGraph[str], relations: Mapping[str, Relation], tops: Iterable[str], anchored: Iterable[str] = ()
) -> Hierarchy:
    """Return the asserted hierarchy, from statements at either end; `tops` are IRIs of declared top concepts.

    `anchored` are concepts with a broader concept of another knowledge base.
    """
    broader: dict[str, set[str]] = defaultdict(set)
    for source, target, key, data in network.edges(keys=True, data=True):
        relation = relations.get(key)
        if relation is None or not data["asserted"]:
            continue
        if relation.kind == "broader":
            broader[source].add(target)
        elif relation.kind == "narrower":
            broader[target].add(source)
    return analyse_hierarchy(network.nodes, broader, tops, anchored)


def find_anchored_concepts(corpus: Corpus, relations: Mapping[str, Relation]) -> list[str]:
    """Return the concepts of which notes say that a concept of another knowledge base is broader."""
    above = {iri for iri, relation in relations.items() if relation.kind == "broader"}
    return sorted({a.subject for a in corpus.foreign_assertions if a.predicate in above})


def analyse_hierarchy(
    nodes: Iterable[str], broader: Mapping[str, Iterable[str]], tops: Iterable[str] = (), anchored: Iterable[str] = ()
) -> Hierarchy:
    """Return the structure of a mapping from concepts to their broader concepts.

    >>> h = analyse_hierarchy("abcde", {"b": ["a"], "c": ["b", "a"], "d": []})
    >>> h.roots, h.orphans, h.depth["c"], h.redundant, h.polyhierarchy
    (('a',), ('d', 'e'), 2, (('c', 'a'),), ('c',))
    """
    names = sorted(nodes)
    parents = {n: tuple(sorted(p for p in broader.get(n, ()) if p != n)) for n in names}
    children: dict[str, list[str]] = {n: [] for n in names}
    for n in names:
        for p in parents[n]:
            children.setdefault(p, []).append(n)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((p, n) for n in names for p in parents[n])
    strong = [sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1]
    in_cycle = {n for c in strong for n in c}
    cycles = tuple(sorted(_cycle(graph, c) for c in strong))
    depth: dict[str, int] = {}
    order = nx.topological_sort(graph.subgraph(n for n in names if n not in in_cycle))
    for n in order:
        above = [depth[p] + 1 for p in parents[n] if p in depth]
        if above or not parents[n]:
            depth[n] = max(above, default=0)
    outside = tuple(sorted({n for n in anchored if n in parents}))
    placed = {*outside}
    declared = tuple(sorted(t for t in tops if t in parents))
    return Hierarchy(
        parents=parents,
        children={n: tuple(c) for n, c in children.items()},
        roots=tuple(n for n in names if not parents[n] and children[n]),
        orphans=tuple(n for n in names if not parents[n] and not children[n] and n not in declared and n not in placed),
        depth=depth,
        cycles=cycles,
        redundant=tuple(_redundant(parents, {} if strong else depth)),
        polyhierarchy=tuple(n for n in names if len(parents[n]) > 1),
        tops=declared,
        anchored=outside,
    )


def _cycle(graph: nx.DiGraph[str], component: list[str]) -> tuple[str, ...]:
    """Return one cycle of a strongly connected component, from its first member."""
    start = component[0]
    inside = graph.subgraph(component)
    successor = min(inside.successors(start))
    path = nx.shortest_path(inside, successor, start)
    return (start, *path[:-1])


def _redundant(parents: Mapping[str, tuple[str, ...]], depth: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yield (concept, broader) pairs that follow from a longer path; only concepts with several parents can have one.

    One search upwards from all parents of a concept finds them. Each concept on the way stores two of the
    parents from which it was reached: a parent reached from a parent other than itself is redundant. `depth`, the
    length of the longest path from a root, is empty if there are cycles; a concept not deeper than any parent has no parent
    above it. A search ends after _FARTHEST relations, so that n concepts below a chain of n don't take n² steps.
    """
    for node in sorted(parents):
        direct = parents[node]
        if len(direct) < 2:
            continue
        highest = min(depth.get(p, -1) for p in direct)
        origins: dict[str, list[str]] = {p: [] for p in direct}
        queue = deque((p, p) for p in direct)
        steps = _FARTHEST + 4 * len(direct)
        while queue and steps > 0:
            current, origin = queue.popleft()
            above_it = parents.get(current, ())
            steps -= 1 + len(above_it)
            for above in above_it:
                if above == node or (above not in origins and depth.get(above, highest + 1) <= highest):
                    continue
                known = origins.setdefault(above, [])
                if len(known) < 2 and origin not in known:
                    known.append(origin)
                    queue.append((above, origin))
        for parent in direct:
            if any(origin != parent for origin in origins[parent]):
                yield node, parent
