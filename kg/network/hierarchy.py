"""The hierarchy: broader relations as asserted, with roots, depth, cycles, redundant links and orphans."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from kg.graph import Graph
from kg.model import Corpus, Hierarchy, Relation
from kg.network.components import find_components
from kg.network.project import project_edges

if TYPE_CHECKING:
    import networkx as nx

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


def find_stated_hierarchy(graph: Graph, relations: Mapping[str, Relation]) -> Hierarchy:
    """Return what `find_hierarchy` returns of a graph's network, without the network."""
    hierarchical = {iri: relation for iri, relation in relations.items() if relation.kind in ("broader", "narrower")}
    projected = project_edges(graph, hierarchical, typed=True)
    broader: dict[str, set[str]] = defaultdict(set)
    for edge in projected.edges:
        if edge.asserted:
            upward = relations[edge.relation].kind == "broader"
            child, parent = (edge.source, edge.target) if upward else (edge.target, edge.source)
            broader[child].add(parent)
    return analyse_hierarchy(projected.nodes, broader)


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
    in_order = _topological_order(names, parents, children)
    strong = []
    if len(in_order) < len(names):  # what is left is in a cycle, or below one
        strong = _strong_components(names, parents)
        in_cycle = {n for c in strong for n in c}
        in_order = _topological_order([n for n in names if n not in in_cycle], parents, children)
    cycles = tuple(sorted(_cycle(c, children) for c in strong))
    depth: dict[str, int] = {}
    for n in in_order:
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


def _topological_order(
    names: Sequence[str], parents: Mapping[str, Sequence[str]], children: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return those of the names that are in or below no cycle among them, each behind what is above it, level by level."""
    left = dict.fromkeys(names, 0)
    for n in names:
        left[n] = sum(p in left for p in parents[n])
    order = [n for n in names if not left[n]]
    for n in order:
        for child in children[n]:
            if child in left:
                left[child] -= 1
                if not left[child]:
                    order.append(child)
    return order


def _strong_components(names: Sequence[str], parents: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the sets of concepts that are in one cycle, sorted."""
    number = {n: i for i, n in enumerate(names)}
    above = [[number[p] for p in parents[n] if p in number] for n in names]
    return [sorted(names[i] for i in component) for component in find_components(above) if len(component) > 1]


def _cycle(component: list[str], children: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return one cycle of a strongly connected component, from its first member."""
    # start time: few hierarchies have a cycle
    import networkx as nx

    start, members = component[0], set(component)
    inside: nx.DiGraph[str] = nx.DiGraph((n, child) for n in component for child in children[n] if child in members)
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
