"""Faults of the hierarchy and of how concepts hang together (KG4xx) that take more than a graph pattern to find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from kg.checks.base import Context, Rule
from kg.model import Finding

_ROUND: Final = 12
"""Concepts of a circle that a message names."""
_CIRCLES: Final = 20
"""Circles of one knot that are said: where everything requires everything, nobody takes them apart one by one."""
_NAMED: Final = 4
"""Concepts that a message names before it says how many more there are."""


def _cycle(rule: Rule, context: Context) -> Iterator[Finding]:
    for cycle in context.hierarchy.cycles if context.hierarchy else ():
        if cycle[0] in context.corpus.concepts:
            place = context.broader_line(cycle[0], cycle[1])
            yield rule.at(place, f"the hierarchy runs in a circle: {_around(context, (cycle[0], *reversed(cycle[1:])))}")


def _around(context: Context, circle: Sequence[str]) -> str:
    """The names of a circle from its first member back to it; of a long one, its beginning and how many more there are."""
    names = [context.name(i) for i in circle[:_ROUND]]
    more = [f"{len(circle) - _ROUND:,} more"] if len(circle) > _ROUND else []
    return " → ".join((*names, *more, names[0]))


def _redundant(rule: Rule, context: Context) -> Iterator[Finding]:
    for child, parent in context.hierarchy.redundant if context.hierarchy else ():
        if child in context.corpus.concepts and parent in context.corpus.concepts:
            place = context.broader_line(child, parent)
            yield rule.at(place, f"'{context.name(parent)}' already follows as broader by a longer path")


def _orphan(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None:
        return
    neighbours = context.neighbours
    for iri in context.hierarchy.orphans:
        if iri in context.corpus.concepts and iri in neighbours:
            label = context.concept(iri).label("en")
            yield rule.at(context.place(iri), f"'{label}' has no broader and no narrower concept")


def _isolated(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None or len(context.corpus.concepts) < 2:
        return
    neighbours = context.neighbours
    for iri, concept in context.corpus.concepts.items():
        if iri not in neighbours:
            what = "relation" if context.is_rdf else "relation or link"
            yield rule.at(context.place(iri), f"'{concept.label('en')}' has no {what} to or from any other concept")


def _cluster(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None:
        return
    found = components(context.neighbours)
    if len(found) < 2:
        return
    found.sort(key=lambda c: (-len(c), c))
    for part in found[1:]:
        names = ", ".join(f"'{context.name(i)}'" for i in part[:_NAMED])
        more = f" and {len(part) - _NAMED} more" if len(part) > _NAMED else ""
        yield rule.at(
            context.place(part[0]), f"{names}{more} are connected with each other, but not with the {len(found[0]):,} others"
        )


def components(neighbours: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The connected parts of an undirected graph, each in order.

    >>> components({"a": "b", "b": "a", "c": "d", "d": "c"})
    [['a', 'b'], ['c', 'd']]
    """
    seen: set[str] = set()
    found = []
    for start in sorted(neighbours):
        if start in seen:
            continue
        part, queue = [], [start]
        seen.add(start)
        while queue:
            node = queue.pop()
            part.append(node)
            for other in neighbours.get(node, ()):
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        found.append(sorted(part))
    return found


def _dependency(rule: Rule, context: Context) -> Iterator[Finding]:
    """Circles in relations that are transitive and lead one way, such as `depends-on`."""
    edges: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    directed = {
        iri: r for iri, r in context.vocabulary.relations.items() if r.transitive and not r.symmetric and not r.hierarchical
    }
    for a in context.corpus.assertions:
        relation = directed.get(a.predicate)
        if relation is None:
            continue
        # Of two inverse relations, the one that authors wrote first stands for both.
        if relation.inverse is not None and relation.inverse in edges:
            edges[relation.inverse][a.object].add(a.subject)
        else:
            edges[relation.iri][a.subject].add(a.object)
    for iri in sorted(edges):
        for circle in circles(edges[iri]):
            place = context.place_of(circle[0], iri, circle[1])
            yield rule.at(place, f"'{directed[iri].key}' runs in a circle: {_around(context, circle)}")


def circles(edges: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Shortest circles of a directed graph that together go through most nodes of its knots, at most _CIRCLES of each knot.

    A knot is a strongly connected part: a search that would leave it leads nowhere. So n nodes that lead to one another, or in
    a long row, take time in proportion to their edges.

    >>> circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()})
    [('a', 'b', 'c')]
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((a, b) for a, others in edges.items() for b in others)
    found = []
    for knot in nx.strongly_connected_components(graph):
        if len(knot) < 2:
            continue
        inside = {a: sorted(knot.intersection(edges.get(a, ())) - {a}) for a in knot}
        done: set[str] = set()
        count = 0
        for start in sorted(knot):
            if start not in done and count < _CIRCLES:
                circle = _shortest(inside, start)
                done.update(circle)
                found.append(circle)
                count += 1
    return sorted(found)


def _shortest(inside: Mapping[str, Sequence[str]], start: str) -> tuple[str, ...]:
    """The shortest circle through a node of a knot."""
    before: dict[str, str] = {}
    queue = [start]
    while start not in before:
        following = []
        for node in queue:
            for other in inside[node]:
                if other not in before:
                    before[other] = node
                    following.append(other)
        queue = following
    circle = [start]
    while before[circle[-1]] != start:
        circle.append(before[circle[-1]])
    return (start, *reversed(circle[1:]))


def _only_child(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None:
        return
    for parent, children in context.hierarchy.children.items():
        if len(children) == 1 and parent in context.corpus.concepts and children[0] in context.corpus.concepts:
            place = context.broader_line(children[0], parent)
            yield rule.at(place, f"'{context.name(children[0])}' is the only concept below '{context.name(parent)}'")


RULES: Final = (
    Rule(
        "KG401", "hierarchy-cycle", "error", "remove one of the relations", _cycle,
        where="both", source="qSKOS chr; Skosify hierarchy_cycles",
    ),
    Rule(
        "KG402", "redundant-broader", "info", "remove the relation to the more distant concept", _redundant,
        where="both", source="qSKOS hr; Skosify hierarchical_redundancy",
    ),
    Rule(
        "KG403", "orphan-concept", "info", "add a broader concept, e.g. 'broader: \"[[…]]\"'", _orphan, habit=True,
    ),
    Rule(
        "KG404", "isolated-concept", "info", "link it with a concept that it has to do with, or say how the two are related",
        _isolated, habit=True, where="both", source="qSKOS oc",
    ),
    Rule(
        "KG405", "disconnected-cluster", "info", "relate one of them to a concept of the others", _cluster,
        where="both", source="qSKOS dcc",
    ),
    Rule(
        "KG406", "circular-dependency", "warning", "remove one of the relations, or use one that isn't transitive",
        _dependency,
    ),
    Rule(
        "KG407", "only-narrower", "info", "add its siblings, or merge the two", _only_child, default="off", where="both",
        source="ISO 25964-1, 10.2",
    ),
)  # fmt: skip
