"""Publishes by the SPARQL 1.1 Graph Store HTTP Protocol: one request for each graph, which replaces it atomically."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

import pyoxigraph as ox

from kg.base.formats.rdf_text import parse_rdf
from kg.graph.web import Web, WebError, WebRequest
from kg.serve.publish.asking import Asker, asker_of
from kg.serve.publish.content import Portion, PublishedGraph
from kg.serve.publish.state import PUBLISHED, latest, line
from kg.serve.publish.target import PublishTarget

_CUSTOMS: Final = ("sparql-graph-crud", "sparql-graph-crud-auth", "store", "data", "graph-store", "gsp")
_ACCEPT: Final = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5"
# N-Triples is a subset of Turtle, which every server must support.
_SENT_AS: Final = "text/turtle; charset=utf-8"


def is_graph_store(url: str) -> bool:
    """Whether an address looks like a graph store, by conventions of common servers.

    >>> is_graph_store("http://h:8890/sparql-graph-crud-auth"), is_graph_store("http://h/update")
    (True, False)
    """
    path = url.partition("?")[0].rstrip("/").split("/")[3:]
    return bool(path) and (path[-1] in _CUSTOMS or path[-2:] == ["rdf-graphs", "service"])


class GraphStoreTarget(PublishTarget):
    """A server that accepts whole graphs: PUT replaces a graph, POST adds to it.

    Its content is queried if it has a query endpoint, and otherwise read graph by graph.
    """

    def __init__(self, web: Web, listed: str, query_url: str = "") -> None:
        super().__init__(web, listed)
        self._asker: Asker | None = None
        try:
            self._asker = asker_of(web, listed, query_url)
        except WebError:
            if query_url:
                raise

    def states(self) -> dict[str, str]:
        """The list of graphs: IRI → state."""
        if self._asker:
            return latest(self._asker.lines())
        pairs = []
        for triple in self._triples(self.listed):
            if triple.predicate.value == PUBLISHED and isinstance(triple.subject, ox.NamedNode):
                pairs.append((triple.subject.value, triple.object.value if isinstance(triple.object, ox.Literal) else ""))
        return latest(pairs)

    def begin(self, states: Mapping[str, str], listed: Mapping[str, str]) -> None:
        """Announce in the list which graphs will be sent or removed; `listed` is its current content."""
        self.finish({**listed, **states})

    def counts(self, graphs: Sequence[str], seen: Callable[[int], None] = lambda _n: None) -> dict[str, int]:
        """The number of statements in each of the graphs on the server. The protocol itself has no request for it."""
        if self._asker:
            return self._asker.counts(graphs, seen)
        by_graph = {}
        for graph in graphs:
            by_graph[graph] = len(self._triples(graph))
            seen(1)
        return by_graph

    def suspects(self, local: Sequence[PublishedGraph]) -> list[PublishedGraph]:
        """Graphs that may differ from the build."""
        return self._asker.suspects(local) if self._asker else list(local)

    def remove(self, graphs: Sequence[str]) -> None:
        """Remove graphs; `finish` removes their entries in the list."""
        for graph in graphs:
            try:
                self.web.send(WebRequest("DELETE", params={"graph": graph}))
            except WebError as error:
                if error.status != 404:
                    raise

    def finish(self, states: Mapping[str, str]) -> None:
        """Replace the list of graphs by `states`."""
        self._write("PUT", self.listed, [line(graph, state) for graph, state in states.items()])

    def _send(self, portion: Portion) -> None:
        begun: set[str] = set()
        for graph, group in groupby(portion.units, key=lambda unit: unit.graph):
            units = list(group)
            first = graph in portion.begins and graph not in begun
            begun.add(graph)
            lines = [text for unit in units for text in unit.lines]
            self._write("PUT" if first else "POST", graph, lines, retry=first or not any(unit.blank for unit in units))
        if portion.done:
            self._write("POST", self.listed, [line(graph, state) for graph, state in portion.done])

    def _write(self, method: str, graph: str, lines: Iterable[bytes], *, retry: bool = True) -> None:
        content = b"\n".join(lines) + b"\n"
        request = WebRequest(method, params={"graph": graph}, content=content, headers={"Content-Type": _SENT_AS})
        self.web.send(request, retry=retry)

    def _triples(self, graph: str) -> list[ox.Triple]:
        try:
            response = self.web.send(WebRequest("GET", params={"graph": graph}, headers={"Accept": _ACCEPT}))
        except WebError as error:
            if error.status == 404:
                return []
            raise
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        syntax = ox.RdfFormat.N_TRIPLES if media == "text/plain" else ox.RdfFormat.from_media_type(media)
        if syntax is None:
            raise WebError(f"the server sent <{graph}> as {media or 'something without a type'}", hint="is it a graph store?")
        try:
            return [quad.triple for quad in parse_rdf(response.content, syntax, base=graph, lenient=True)]
        except ValueError as error:
            raise WebError(f"the server sent <{graph}> in a form that can't be read: {error}") from None
