"""The origin of a statement: the lines on which authors assert it, or the rules that inferred it with their premises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from kg.base.names import KG, PROV, inferred_iri, notes_iri
from kg.graph.dataset import Graph

_PATH: Final = ox.NamedNode(KG + "path")
_BY_RULE: Final = ox.NamedNode(KG + "byRule")
_DERIVED: Final = ox.NamedNode(PROV + "wasDerivedFrom")


class StatementPlace(NamedTuple):
    """The place of an assertion."""

    path: str
    """Path of a note below the notes folder, or ``ontology/…`` for a file of the ontology."""
    line: int
    """1-based line; 0 for a file of the ontology and if the line is unknown."""


class Derivation(NamedTuple):
    """One way in which rules inferred a statement."""

    rule: str
    """Name of the last rule, which concludes the statement."""
    after: tuple[str, ...]
    """Names of the other rules between the assertions and the conclusion."""
    premises: tuple[StatementPlace, ...]
    """The places of all asserted premises; empty if the rule doesn't name its premises."""


def asserted_at(graph: Graph, subject: str, predicate: str, object_: str) -> tuple[StatementPlace, ...]:
    """Return the places in notes where a statement is asserted; empty for inferred and imported ones."""
    places = (_place(graph, name) for name in _graphs(graph, subject, predicate, object_) if _is_note(graph, name))
    return tuple(sorted(places))


def find_derivations(graph: Graph, subject: str, predicate: str, object_: str) -> tuple[Derivation, ...]:
    """Return how rules inferred a statement, traced back to assertions; derivations with fewest premises first."""
    found = {_derivation(graph, name) for name in _graphs(graph, subject, predicate, object_) if _is_inferred(graph, name)}
    return tuple(sorted(found, key=lambda d: (len(d.premises), len(d.after), d)))


def is_restatement(graph: Graph, subject: str, predicate: str, object_: str) -> bool:
    """Return whether a statement follows only from other inferred statements of the same two resources (an inverse)."""
    one, other = ox.NamedNode(subject), ox.NamedNode(object_)

    def same_two(premise: ox.NamedNode) -> bool:
        ends = ((one, other), (other, one))
        return any(next(iter(graph.store.quads_for_pattern(a, None, b, premise)), None) is not None for a, b in ends)

    ways = [name for name in _graphs(graph, subject, predicate, object_) if _is_inferred(graph, name)]
    return bool(ways) and all(
        any(_is_inferred(graph, p) and same_two(p) for p in _objects(graph, name, _DERIVED)) for name in ways
    )


def _derivation(graph: Graph, name: ox.NamedNode) -> Derivation:
    """Return the rule in the graph of a conclusion, and all assertions that it depends on."""
    after: set[str] = set()
    premises: set[StatementPlace] = set()
    # Conclusions may depend on each other in a cycle: visit each graph once.
    seen = {name}
    queue = [name]
    while queue:
        for premise in _objects(graph, queue.pop(), _DERIVED):
            if premise in seen:
                continue
            seen.add(premise)
            if _is_inferred(graph, premise):
                queue.append(premise)
                after.add(_rule(graph, premise))
            else:
                premises.add(_place(graph, premise))
    rule = _rule(graph, name)
    return Derivation(rule, tuple(sorted(after - {rule})), tuple(sorted(premises)))


def _graphs(graph: Graph, subject: str, predicate: str, object_: str) -> Iterator[ox.NamedNode]:
    """Yield the named graphs that contain a statement."""
    triple = ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(object_)
    for quad in graph.store.quads_for_pattern(*triple, None):
        if isinstance(quad.graph_name, ox.NamedNode):
            yield quad.graph_name


def _objects(graph: Graph, subject: ox.NamedNode, predicate: ox.NamedNode) -> Iterator[ox.NamedNode]:
    for quad in graph.store.quads_for_pattern(subject, predicate, None, ox.DefaultGraph()):
        if isinstance(quad.object, ox.NamedNode):
            yield quad.object


def _is_note(graph: Graph, name: ox.NamedNode) -> bool:
    return name.value.startswith(notes_iri(graph.base))


def _is_inferred(graph: Graph, name: ox.NamedNode) -> bool:
    return name.value.startswith(inferred_iri(graph.base))


def _rule(graph: Graph, name: ox.NamedNode) -> str:
    rule = next(_objects(graph, name, _BY_RULE), name)
    return unquote(rule.value.removeprefix(inferred_iri(graph.base)))


def _place(graph: Graph, name: ox.NamedNode) -> StatementPlace:
    if not _is_note(graph, name):
        return StatementPlace(unquote(name.value.removeprefix(graph.base)), 0)
    # If the lines of a file are unknown, as for an imported thesaurus in JSON-LD, the place is the whole file.
    note, _, line = name.value.partition("#L")
    paths = graph.store.quads_for_pattern(ox.NamedNode(note), _PATH, None, ox.DefaultGraph())
    path = next((q.object.value for q in paths if isinstance(q.object, ox.Literal)), note)
    return StatementPlace(path, int(line) if line.isdigit() else 0)
