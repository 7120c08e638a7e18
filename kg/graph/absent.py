"""Names in a query that the graph doesn't have: a misspelt concept gives no rows, which looks like an answer."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.names import PREFIXES, fold, iri_path
from kg.graph.dataset import Graph
from kg.graph.wording import query_prefixes

_TOKEN: Final = re.compile(
    r"""(?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<comment>\#[^\n]*)
      | <(?P<iri>[^<>"{}|^`\\\s]*)>
      | \b(?P<declared>PREFIX\s+(?P<bound>[\w.-]*):)
      | [?$]\w+
      | (?<![\w:])(?P<prefix>[A-Za-z][\w-]*):(?P<local>(?:[\w.-]|\\[-_~.!$&'()*+,;=/?\#@%]|%[0-9A-Fa-f]{2})*[\w-])
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_MOST: Final = 20
"""Maximum number of names that are looked up."""
_NEAR: Final = 3
_ALIKE: Final = 0.6


class AbsentName(NamedTuple):
    """A name in a query that nothing in the graph has."""

    written: str
    """As in the query: ``c:raftt``."""
    near: tuple[str, ...]
    """Names that are there, the most similar first, in the same form."""
    is_concept: bool


def find_absent(graph: Graph, query: str) -> Iterator[AbsentName]:
    """Yield the concepts and the terms of kg's vocabulary that a query names and the graph doesn't have."""
    prefixes = query_prefixes(graph.base)
    tokens = list(_TOKEN.finditer(query))
    own = {m["bound"] for m in tokens if m["declared"]}
    concepts = prefixes["c"]
    seen: set[str] = set()
    for m in tokens:
        if m["prefix"] in ("c", "kg") and m["prefix"] not in own:
            start, local = prefixes[m["prefix"]], re.sub(r"\\(.)", r"\1", m["local"])
        elif m["iri"] and m["iri"].startswith(concepts):
            start, local = concepts, m["iri"].removeprefix(concepts)
        else:
            continue
        written = m[0]
        if written in seen or len(seen) >= _MOST:
            continue
        seen.add(written)
        if not _occurs(graph, start + local):
            is_concept = start == concepts
            names = _concepts(graph) if is_concept else _terms(graph)
            near = tuple(_written(m, start, name) for name in _alike(local, names))
            yield AbsentName(written, near, is_concept)


def _written(m: re.Match[str], start: str, iri: str) -> str:
    local = iri.removeprefix(start)
    return f"{m['prefix']}:{local}" if m["prefix"] and re.fullmatch(r"[\w-]+", local) else f"<{iri}>"


def _occurs(graph: Graph, iri: str) -> bool:
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        return True
    patterns: tuple[tuple[ox.NamedNode | None, ox.NamedNode | None, ox.NamedNode | None], ...] = (
        (node, None, None),
        (None, None, node),
        (None, node, None),
    )
    return any(next(iter(graph.store.quads_for_pattern(s, p, o, None)), None) is not None for s, p, o in patterns)


def _alike(local: str, names: Iterable[tuple[str, str]]) -> list[str]:
    """Return the IRIs whose names are most similar."""
    iris: dict[str, str] = {}
    for name, iri in names:
        iris.setdefault(fold(name), iri)
    close = difflib.get_close_matches(fold(local), iris, _NEAR, _ALIKE)
    return list(dict.fromkeys(iris[name] for name in close))


def _concepts(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield the names of concepts: the ends of their IRIs and their labels, with their IRIs."""
    start = query_prefixes(graph.base)["c"]
    skos = PREFIXES["skos"]
    for predicate in ("prefLabel", "altLabel"):
        for quad in graph.store.quads_for_pattern(None, ox.NamedNode(skos + predicate), None, ox.DefaultGraph()):
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(start):
                iri = quad.subject.value
                if predicate == "prefLabel":
                    yield iri.removeprefix(start), iri
                if isinstance(quad.object, ox.Literal):
                    yield iri_path(quad.object.value), iri


def _terms(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield the names of the vocabulary's terms: the ends of their IRIs."""
    start = PREFIXES["kg"]
    for predicate in ("rdfs", "skos"):
        label = "label" if predicate == "rdfs" else "prefLabel"
        for quad in graph.store.quads_for_pattern(None, ox.NamedNode(PREFIXES[predicate] + label), None, ox.DefaultGraph()):
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(start):
                yield quad.subject.value.removeprefix(start), quad.subject.value
