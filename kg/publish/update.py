"""Publishing by SPARQL 1.1 Update: thousands of small graphs in one request, the list of graphs kept in the same request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from kg.errors import QueryError
from kg.publish.content import Portion, Unit
from kg.publish.state import BEGUN, PUBLISHED, latest, line
from kg.publish.target import Target, in_batches
from kg.rdf.remote import Endpoint
from kg.rdf.web import Web, WebError, shown

_NAMES: Final = 1000
_PAGE: Final = 5000  # Virtuoso sorts at most 10,000 rows of a page, and gives no more than that by default
_BLOCK: Final = 400  # statements of one GRAPH block: the memory of Virtuoso's parser ends at some 1,500
_HEADERS: Final = {"Content-Type": "application/sparql-update; charset=utf-8", "Accept": "*/*"}


class UpdateTarget(Target):
    """A server with an endpoint for SPARQL Update and one for queries, which may be the same."""

    def __init__(self, web: Web, listed: str, query_url: str = "") -> None:
        super().__init__(web, listed)
        self._endpoint = Endpoint(query_url or self._found(), web=web)

    def _found(self) -> str:
        """The address for queries that goes with the one for updates, found by asking."""
        tried = []
        for url in query_addresses(self.web.url):
            try:
                if isinstance(Endpoint(url, web=self.web).query("ASK {}"), ox.QueryBoolean):
                    return url
                tried.append(f"{shown(url)} does not say true or false")
            except QueryError as error:
                if "does not let in" in str(error) or "no answer from" in str(error):
                    raise
                tried.append(str(error))
        raise WebError(
            f"found no SPARQL endpoint for queries beside {shown(self.web.url)}, to count what arrived",
            hint="\n    ".join(("give it with --query-url URL; tried:", *tried)),
        )

    def states(self) -> dict[str, str]:
        """The list of graphs: IRI → state."""
        pattern = f"GRAPH <{self.listed}> {{ ?g <{PUBLISHED}> ?state }}"
        ((total,),) = self._rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
        rows = self._rows(f"SELECT ?g ?state WHERE {{ {pattern} }}")
        if len(rows) == int(total):
            return latest((g, state) for g, state in rows)
        # A server may cut off what is longer than it likes, and not say so.
        return self._states_by_page(pattern)

    def _states_by_page(self, pattern: str) -> dict[str, str]:
        """The same, page by page behind the last name, which takes a server time to sort."""
        ((total,),) = self._rows(f"SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE {{ {pattern} }}")
        found: dict[str, str] = {}
        last = ""
        while True:
            after = f'FILTER(STR(?g) > "{last}")' if last else ""
            rows = self._rows(
                f"SELECT ?g (MAX(STR(?state)) AS ?s) WHERE {{ {pattern} {after} }} GROUP BY ?g ORDER BY STR(?g) LIMIT {_PAGE}"
            )
            new = latest((g, state) for g, state in rows if g not in found)
            if not new:
                break
            found |= new
            last = rows[-1][0]
        if len(found) != int(total):
            raise WebError(
                f"the server lists {len(found):,} of {int(total):,} graphs that were published to it",
                hint="does it limit the rows of a result?",
            )
        return found

    def _rows(self, text: str) -> list[tuple[str, ...]]:
        results: Any = self._endpoint.query(text)
        names = [v.value for v in results.variables]
        return [tuple(row[name].value if row[name] is not None else "" for name in names) for row in results]

    def begin(self, states: Mapping[str, str], known: Mapping[str, str]) -> None:
        """Write into the list which graphs are going to be sent or removed; `known` is what it says now."""
        stale = [graph for graph, state in states.items() if state == BEGUN and graph in known]
        for batch in in_batches(stale, _NAMES):
            self._update(self._unlisted(batch), self._data(line(graph, BEGUN) for graph in batch))
        for batch in in_batches((g for g in states if g not in known), _NAMES):
            self._update(self._data(line(graph, BEGUN) for graph in batch))

    def counts(self, graphs: Sequence[str], seen: Callable[[int], None] = lambda _n: None) -> dict[str, int]:
        """How many statements the server has in some graphs."""
        found: dict[str, int] = {}
        for batch in in_batches(graphs, _NAMES):
            text = f"SELECT ?g (COUNT(*) AS ?n) WHERE {{ {self._statements_of(batch)} }} GROUP BY ?g"
            found |= {graph: int(n) for graph, n in self._rows(text) if graph}
            seen(len(batch))
        return found

    def _statements_of(self, graphs: Sequence[str]) -> str:
        """A pattern for the statements of some graphs."""
        if "virtuoso" in self.web.server.lower():
            # Where it has no such graphs, it takes ten times as long for VALUES; Oxigraph is slower with FILTER by far more.
            return f"GRAPH ?g {{ ?s ?p ?o }} FILTER(?g IN ({', '.join(f'<{graph}>' for graph in graphs)}))"
        return f"VALUES ?g {{ {' '.join(f'<{graph}>' for graph in graphs)} }} GRAPH ?g {{ ?s ?p ?o }}"

    def remove(self, graphs: Sequence[str]) -> None:
        """Remove graphs, and then their lines in the list."""
        for batch in in_batches(graphs, 100):
            self._update(*(f"DROP SILENT GRAPH <{graph}>" for graph in batch), self._unlisted(batch))

    def finish(self, states: Mapping[str, str]) -> None:
        """Leave one line for a graph in the list: `states`."""
        for mark in (BEGUN, "1"):
            self._update(
                f"DELETE {{ GRAPH <{self.listed}> {{ ?g <{PUBLISHED}> ?s }} }} "
                f'WHERE {{ GRAPH <{self.listed}> {{ ?g <{PUBLISHED}> ?s }} FILTER(STRSTARTS(STR(?s), "{mark}")) }}'
            )

    def _send(self, portion: Portion) -> None:
        steps = []
        blanks = [unit for unit in portion.units if unit.blank]
        # What is not on the server needs no clearing, unless a try may have left blank nodes there.
        again = {unit.graph for unit in blanks}
        old = [graph for graph in portion.begins if graph in self.filled or graph in again]
        if len(old) == 1:
            steps.append(f"CLEAR SILENT GRAPH <{old[0]}>")
        elif old:
            # Virtuoso takes 6 ms to clear a graph by its name, and as much for hundreds of small ones this way.
            names = " ".join(f"<{graph}>" for graph in old)
            steps.append(f"DELETE {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}")
        if blanks:
            # Virtuoso takes no blank nodes in INSERT DATA.
            steps.append(f"INSERT {{ {_blocks(blanks)} }} WHERE {{}}")
        if len(blanks) < len(portion.units):
            steps.append(f"INSERT DATA {{ {_blocks(unit for unit in portion.units if not unit.blank)} }}")
        if portion.done:
            steps.append(self._data(line(graph, state) for graph, state in portion.done))
        self._update(*steps, retry=portion.repeatable)

    def _unlisted(self, graphs: Iterable[str]) -> str:
        names = " ".join(f"<{graph}>" for graph in graphs)
        pattern = f"GRAPH <{self.listed}> {{ ?g <{PUBLISHED}> ?s }}"
        return f"DELETE {{ {pattern} }} WHERE {{ VALUES ?g {{ {names} }} {pattern} }}"

    def _data(self, lines: Iterable[bytes]) -> str:
        return f"INSERT DATA {{ {_blocks(Unit(self.listed, (text,), blank=False) for text in lines)} }}"

    def _update(self, *steps: str, retry: bool = True) -> None:
        if steps:
            self.web.send("POST", content=" ;\n".join(steps).encode(), headers=_HEADERS, retry=retry)


def _blocks(units: Iterable[Unit]) -> str:
    blocks = []
    for graph, group in groupby(units, key=lambda unit: unit.graph):
        lines = [text for unit in group for text in unit.lines]
        for i in range(0, len(lines), _BLOCK):
            blocks.append(f"GRAPH <{graph}> {{ {b' '.join(lines[i : i + _BLOCK]).decode()} }}")
    return "\n".join(blocks)


def query_addresses(url: str) -> list[str]:
    """Where queries may go, for an address where updates go: by the customs of the servers there are, itself last.

    >>> query_addresses("http://h/ds/update")
    ['http://h/ds/query', 'http://h/ds/sparql', 'http://h/ds', 'http://h/ds/update']
    >>> query_addresses("http://h/repositories/x/statements")
    ['http://h/repositories/x', 'http://h/repositories/x/statements']
    """
    parts = urlsplit(url)
    head, _, last = parts.path.rstrip("/").rpartition("/")
    others = {"update": (f"{head}/query", f"{head}/sparql", head), "statements": (head,)}.get(last, ())
    return [urlunsplit(parts._replace(path=path)) for path in others] + [url]
