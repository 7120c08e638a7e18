"""The default graph as JSON-LD 1.1: an object for each resource, sorted, so that equal graphs give equal bytes."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import pyoxigraph as ox

from kg.base.json_forms import json_line, json_pretty
from kg.base.names import BLANK_PATH, PREFIXES, RDF, XSD
from kg.graph import Graph
from kg.graph.lexical import LiteralForm
from kg.model import Artifact

_TYPE: Final = RDF + "type"
_FIRST: Final = RDF + "first"
_REST: Final = RDF + "rest"
_NIL: Final = ox.NamedNode(RDF + "nil")
_DEEPEST: Final = 100
"""Lists within lists beyond this depth are written as resources."""

_Term: TypeAlias = ox.NamedNode | ox.BlankNode | LiteralForm | ox.Triple


def render_jsonld(graph: Graph) -> Artifact:
    """`kg.jsonld`: resources in order of id; an RDF list is a ``@list`` wherever something refers to it."""
    resources = _Resources(graph)
    nodes = [resources.node(name) for name in resources.names()]
    nodes.sort(key=lambda node: json_line(node["@id"]))
    return Artifact("kg.jsonld", (json_pretty({"@context": PREFIXES, "@graph": nodes}, indent=1) + "\n").encode())


class _Resources:
    """The resources of a graph with their statements, by IRI, or by label with ``_:``."""

    def __init__(self, graph: Graph) -> None:
        self._statements: dict[str, list[tuple[str, _Term]]] = defaultdict(list)
        self._references: Counter[str] = Counter()
        """How often a blank node is the object of a statement."""
        self._short: dict[str, str] = {}
        blank = f"{graph.base}{BLANK_PATH}"
        for quad in graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
            subject, predicate, value = _blank_or_named(quad.subject, blank), quad.predicate.value, quad.object
            name = subject.value if isinstance(subject, ox.NamedNode) else str(subject)
            if isinstance(value, ox.Literal):
                self._statements[name] += ((predicate, form) for form in graph.forms.literal(quad.subject, predicate, value))
                continue
            value = _blank_or_named(value, blank)
            self._statements[name].append((predicate, value))
            if isinstance(value, ox.BlankNode):
                self._references[str(value)] += 1
        # A list to which several statements refer is a resource: written at each of them, it would become several lists.
        single = ((name, self._statements.get(name, ())) for name, count in self._references.items() if count == 1)
        cells = ((name, _cell_of(statements)) for name, statements in single)
        self._cells = {name: cell for name, cell in cells if cell is not None}
        self._lists = _find_lists(self._cells)

    def names(self) -> list[str]:
        """The resources that are objects of their own: not the cells of lists, which are part of the values."""
        return [name for name in self._statements if name not in self._lists]

    def node(self, name: str) -> dict[str, object]:
        """A resource with its statements: a property with one value has no array around it."""
        values: dict[str, list[object]] = defaultdict(list)
        for predicate, value in self._statements[name]:
            if predicate == _TYPE and not isinstance(value, LiteralForm):
                values["@type"].append(self._shorten(value.value) if isinstance(value, ox.NamedNode) else str(value))
            else:
                values[self._shorten(predicate)].append(self._value(value))
        node: dict[str, object] = {"@id": name if name.startswith("_:") else self._shorten(name)}
        for key in sorted(values):
            several = values[key]
            node[key] = several[0] if len(several) == 1 else sorted(several, key=json_line)
        return node

    def _value(self, term: _Term) -> object:
        if isinstance(term, LiteralForm):
            if term.language:
                return {"@language": term.language, "@value": term.value}
            plain = term.datatype == XSD + "string"
            return term.value if plain else {"@type": self._shorten(term.datatype), "@value": term.value}
        if isinstance(term, ox.NamedNode):
            return {"@list": []} if term == _NIL else {"@id": self._shorten(term.value)}
        name = str(term)
        return {"@list": [self._value(member) for member in self._members(name)]} if name in self._lists else {"@id": name}

    def _members(self, name: str) -> Iterator[_Term]:
        rest: _Term = ox.BlankNode()
        while rest != _NIL:
            first, rest = self._cells[name]
            yield first
            name = str(rest)

    def _shorten(self, iri: str) -> str:
        """An IRI with a prefix, if its namespace has one."""
        short = self._short.get(iri)
        if short is None:
            at = iri.rfind("#") if "#" in iri else iri.rfind("/")
            prefix = _PREFIX_OF.get(iri[: at + 1], "")
            short = self._short[iri] = f"{prefix}:{iri[at + 1 :]}" if prefix else iri
        return short


def _blank_or_named(term: ox.NamedNode | ox.BlankNode | ox.Triple, blank: str) -> ox.NamedNode | ox.BlankNode | ox.Triple:
    """The blank node that an IRI stands for in a build; other terms unchanged."""
    if isinstance(term, ox.NamedNode) and term.value.startswith(blank):
        return ox.BlankNode(term.value[len(blank) :])
    return term


_PREFIX_OF: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}


def _cell_of(statements: Sequence[tuple[str, _Term]]) -> tuple[_Term, _Term] | None:
    """First and rest of a cell of a list; None unless it has one of each, and nothing else: ``@list`` can't say more."""
    values = dict(statements)
    if len(statements) != 2 or values.keys() != {_FIRST, _REST}:
        return None
    return values[_FIRST], values[_REST]


def _find_lists(cells: Mapping[str, tuple[_Term, _Term]]) -> frozenset[str]:
    """The cells at which a list begins: it ends in ``rdf:nil``, doesn't contain itself, and isn't nested too deeply."""
    depths: dict[str, float] = {}
    """-1 while the lists in a cell are examined, so that a cell which contains itself meets it."""
    for start in cells:
        stack = [start]
        while stack:
            name = stack[-1]
            first, rest = map(str, cells[name])
            inner = [cell for cell in (first, rest) if cell in cells]
            waiting = [cell for cell in inner if cell not in depths] if name not in depths else []
            if waiting:
                depths[name] = -1
                stack += waiting
                continue
            stack.pop()
            if depths.get(name, -1) < 0:
                ends = rest in cells or cells[name][1] == _NIL
                nested = depths.get(first, -1) + 1 if first in cells else 0
                endless = not ends or name in inner or any(depths[cell] < 0 for cell in inner)
                depths[name] = math.inf if endless else max(nested, depths.get(rest, 0))
    return frozenset(name for name, depth in depths.items() if depth <= _DEEPEST)
