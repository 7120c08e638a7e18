"""Which things a path of statements leads to, for many pairs at once: graph patterns walk the graph again for each pair."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from kg.base.names import KG, SKOS
from kg.graph import Graph
from kg.network.components import find_components

_BY_RULE: Final = ox.NamedNode(KG + "byRule")
_AT_ONCE: Final = 4_096
"""Targets in one pass: bits of the integers that a pass keeps for each component."""

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
TermPair = tuple[Term, Term]
"""Subject and object of a statement, or start and end of a path."""


def stated_pairs(graph: Graph, name: str) -> Iterator[TermPair]:
    """Yield subject and object of each statement of a SKOS property in the default graph."""
    for quad in graph.store.quads_for_pattern(None, ox.NamedNode(SKOS + name), None, ox.DefaultGraph()):
        yield quad.subject, quad.object


def upward_steps(graph: Graph, up: Iterable[str], down: Iterable[str]) -> Iterator[TermPair]:
    """Yield steps from narrower to broader: statements of the SKOS properties `up`, and those of `down` turned around."""
    for name in up:
        yield from stated_pairs(graph, name)
    for name in down:
        yield from ((object_, subject) for subject, object_ in stated_pairs(graph, name))


def select_connected(steps: Iterable[TermPair], pairs: Collection[TermPair]) -> set[TermPair]:
    """Return those of the pairs between which a path of one or more steps leads from the first to the second.

    All paths are followed together, once for every _AT_ONCE ends of pairs: a hierarchy of any depth and with cycles takes time
    in proportion to its steps.

    >>> a, b, c = (ox.NamedNode(f"urn:x:{name}") for name in "abc")
    >>> connected = select_connected([(a, b), (b, c)], [(a, c), (c, a), (a, a)])
    >>> connected == {(a, c)}, select_connected([(a, b), (b, a)], [(a, a)]) == {(a, a)}
    (True, True)
    """
    number_of: dict[Term, int] = {}
    following: list[list[int]] = []
    for start, end in steps:
        numbers = []
        for term in (start, end):
            number = number_of.setdefault(term, len(following))
            if number == len(following):
                following.append([])
            numbers.append(number)
        following[numbers[0]].append(numbers[1])
    possible = [pair for pair in pairs if pair[0] in number_of and pair[1] in number_of]
    if not possible:
        return set()
    bottom_up = find_components(following)
    component_of = [0] * len(following)
    for component, members in enumerate(bottom_up):
        for member in members:
            component_of[member] = component
    cyclic = {c for c, members in enumerate(bottom_up) if len(members) > 1}
    cyclic.update(component_of[node] for node, others in enumerate(following) if node in others)
    below = [
        {component_of[after] for node in members for after in following[node]} - {c} for c, members in enumerate(bottom_up)
    ]
    by_end: dict[int, list[TermPair]] = {}
    for pair in possible:
        by_end.setdefault(component_of[number_of[pair[1]]], []).append(pair)
    ends = list(by_end)
    connected: set[TermPair] = set()
    for first in range(0, len(ends), _AT_ONCE):
        bit_of = {end: 1 << i for i, end in enumerate(ends[first : first + _AT_ONCE])}
        reached = [0] * len(bottom_up)
        for component, others in enumerate(below):
            bits = bit_of.get(component, 0) if component in cyclic else 0
            for other in others:
                bits |= reached[other] | bit_of.get(other, 0)
            reached[component] = bits
        connected.update(
            pair for end, bit in bit_of.items() for pair in by_end[end] if reached[component_of[number_of[pair[0]]]] & bit
        )
    return connected


def is_inferred(graph: Graph, subject: Term, predicate: str, object_: Term) -> bool:
    """Return whether a statement follows by a rule, and is not stated."""
    if isinstance(subject, ox.Literal):
        return False
    quads = graph.store.quads_for_pattern(subject, ox.NamedNode(predicate), object_, None)
    places = [q.graph_name for q in quads if isinstance(q.graph_name, ox.NamedNode | ox.BlankNode)]
    return any(next(graph.store.quads_for_pattern(place, _BY_RULE, None), None) is not None for place in places)
