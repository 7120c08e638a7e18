"""Queries a server for its state: the list of graphs, and the number of statements in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from kg.base.errors import QueryError
from kg.graph.remote import Endpoint
from kg.graph.web import Web, WebError, redact_url
from kg.serve.publish.content import PublishedGraph
from kg.serve.publish.state import PUBLISHED
from kg.serve.publish.target import in_batches

_NAMES: Final = 1000
_PAGE: Final = 5000  # Virtuoso sorts at most 10,000 rows a page and by default returns no more


class Asker:
    """The query endpoint of the target server."""

    def __init__(self, web: Web, listed: str, url: str) -> None:
        self.listed = listed
        self._endpoint = Endpoint(url, web=web)

    def lines(self) -> set[tuple[str, str]]:
        """The list of graphs: IRI and state of each line."""
        pattern = f"GRAPH <{self.listed}> {{ ?g <{PUBLISHED}> ?state }}"
        ((total,),) = self._rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
        rows = {(name, state) for name, state in self._rows(f"SELECT ?g ?state WHERE {{ {pattern} }}")}
        if len(rows) != int(total):
            # A server may truncate a long result without notice, so page by at most the length it returned.
            rows = self._pages(pattern, min(_PAGE, max(len(rows), 2)))
        if len(rows) != int(total):
            raise WebError(
                f"the server lists {len(rows):,} of {int(total):,} graphs that were published to it",
                hint="does it limit the rows of a result?",
            )
        return rows

    def _pages(self, pattern: str, size: int) -> set[tuple[str, str]]:
        """The rows of the list, page by page, each starting at the last name; sorting is slow for a server."""
        lines: set[tuple[str, str]] = set()
        last = ""
        while True:
            # In Virtuoso, string comparison with a literal fails for Chinese characters; with the string of an IRI it works.
            after = f"FILTER(STR(?g) >= STR(<{last}>))" if last else ""
            query = f"SELECT ?g ?state WHERE {{ {pattern} {after} }} ORDER BY STR(?g) LIMIT {size}"
            rows = [(name, state) for name, state in self._rows(query)]
            if not set(rows) - lines:
                return lines
            lines.update(rows)
            last = rows[-1][0]

    def _rows(self, text: str) -> list[tuple[str, ...]]:
        """Rows of strings."""
        results = self._endpoint.query(text)
        assert isinstance(results, ox.QuerySolutions)  # noqa: S101  # only SELECT is asked
        names = [v.value for v in results.variables]
        return [tuple(row[name].value if row[name] is not None else "" for name in names) for row in results]

    def counts(self, graphs: Sequence[str], seen: Callable[[int], None] = lambda _n: None) -> dict[str, int]:
        """The number of statements in each of the graphs on the server."""
        by_graph: dict[str, int] = {}
        for batch in in_batches(graphs, _NAMES):
            # VALUES must be first: if it follows a FILTER, Oxigraph counts everything.
            names = " ".join(f"<{graph}>" for graph in batch)
            text = f"SELECT ?g (COUNT(*) AS ?n) WHERE {{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"
            by_graph |= {graph: int(n) for graph, n in self._rows(text) if graph}
            seen(len(batch))
        return by_graph

    def suspects(self, local: Sequence[PublishedGraph]) -> list[PublishedGraph]:
        """Graphs that may differ from the build.

        The server compares the counts in its list with those of its graphs, which takes a second for tens of thousands of
        graphs. The result is accepted if the sums also match those of the build; otherwise each graph is counted.
        """
        pattern = (
            f'GRAPH <{self.listed}> {{ ?g <{PUBLISHED}> ?state }} FILTER(STRSTARTS(STR(?state), "2 ")) GRAPH ?g {{ ?s ?p ?o }}'
        )
        count = 'STRAFTER(STRAFTER(STR(?state), " "), " ")'
        grouped = f"SELECT ?g ?state (COUNT(*) AS ?n) WHERE {{ {pattern} }} GROUP BY ?g ?state"
        try:
            rows = self._rows(f"SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?g) AS ?graphs) WHERE {{ {pattern} }}")
            different = {row[0] for row in self._rows(f"SELECT ?g WHERE {{ {{ {grouped} }} FILTER(STR(?n) != {count}) }}")}
        except QueryError:
            return list(local)
        sums = tuple(map(int, rows[0]))
        if different or sums != (sum(part.count for part in local), len(local)):
            return list(local)
        return []


def asker_of(web: Web, listed: str, query_url: str = "") -> Asker:
    """Find the query endpoint that belongs to an update or graph store address, by trying. Raises WebError."""
    tried = []
    for url in [query_url] if query_url else query_addresses(web.url):
        try:
            if isinstance(Endpoint(url, web=web).query("ASK {}"), ox.QueryBoolean):
                return Asker(web, listed, url)
            tried.append(f"{redact_url(url)} does not say true or false")
        except QueryError as error:
            if "does not let in" in str(error) or "no answer from" in str(error):
                raise
            tried.append(str(error))
    raise WebError(
        f"found no SPARQL endpoint for queries beside {redact_url(web.url)}, to count what arrived",
        hint="\n    ".join(("give it with --query-url URL; tried:", *tried)),
    )


def query_addresses(url: str) -> list[str]:
    """Candidate addresses for queries, by conventions of common servers, given an address for updates or graphs (the last one).

    >>> query_addresses("http://h/ds/update")
    ['http://h/ds/query', 'http://h/ds/sparql', 'http://h/ds', 'http://h/ds/update']
    >>> query_addresses("http://h/repositories/x/statements")
    ['http://h/repositories/x', 'http://h/repositories/x/statements']
    """
    parts = urlsplit(url)
    head, _, last = parts.path.rstrip("/").rpartition("/")
    others = {
        "update": (f"{head}/query", f"{head}/sparql", head),
        "store": (f"{head}/query", f"{head}/sparql"),
        "data": (f"{head}/query", f"{head}/sparql", head),
        "statements": (head,),
        "sparql-graph-crud-auth": (f"{head}/sparql-auth", f"{head}/sparql"),
        "sparql-graph-crud": (f"{head}/sparql",),
        "gsp": (head,),
    }.get(last, ())
    if parts.path.rstrip("/").endswith("/rdf-graphs/service"):
        others = (head.removesuffix("/rdf-graphs"),)
    return [urlunsplit(parts._replace(path=path)) for path in others] + [url]
