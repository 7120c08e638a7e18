"""Queries of a remote endpoint by the SPARQL 1.1 Protocol, with the same prefixes and results as for a build."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import httpx
import pyoxigraph as ox

from kg.base.errors import QueryError, UsageError
from kg.base.formats.json_text import read_json
from kg.base.formats.rdf_text import parse_rdf
from kg.base.formats.sparql_results import parse_results
from kg.base.json_forms import json_line
from kg.graph.ask import Results, answer_query, too_slow
from kg.graph.web import Login, Web, WebError, WebRequest, read_credentials, redact_url
from kg.graph.wording import blank_strings, form_of, query_prefixes, used_prefixes

__all__ = ["Endpoint", "read_credentials", "read_results", "with_prefixes", "within_graph"]

_ROWS: Final = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
_TRIPLES: Final = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.7"
_FROM: Final = re.compile(r"(?<![\w:?$@-])FROM(?![\w:-])", re.IGNORECASE)
_GRAPH: Final = re.compile(r"(?<![\w:?$@-])GRAPH(?![\w:-])", re.IGNORECASE)
_IRI: Final = re.compile(r"<([^<>\"{}|^`\\\s]*)>")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BOOLEAN: Final = "http://www.w3.org/2001/XMLSchema#boolean"


class Endpoint:
    """A SPARQL endpoint on the network; `timeout` is the limit for a whole query in seconds."""

    def __init__(self, url: str, login: Login | None = None, *, timeout: float | None = None, web: Web | None = None) -> None:
        self._timeout = timeout
        self._web = web or Web(url, login, timeout=timeout)
        self.url = self._web.url if web is None else url

    def query(self, text: str, base: str = "", graph: str = "") -> Results:
        """Send a query. Prefixes of `kg query` are declared if used; `graph` is queried as the default graph.

        Raises QueryError if the server can't answer it, is too slow, or isn't a SPARQL endpoint.
        """
        full = with_prefixes(text, base)
        fields: dict[str, str] = {}
        if graph:
            full, fields = within_graph(full, graph)
        try:
            if self._timeout is None:
                response = self._ask(full, fields)
            else:
                response = _in_time(lambda: self._ask(full, fields), self._timeout)
        except WebError as error:
            raise self._explained(error, text, base) from None
        return read_results(response, redact_url(self.url), form_of(text))

    def _ask(self, text: str, fields: dict[str, str]) -> httpx.Response:
        form = form_of(text)
        accept = {"SELECT": _ROWS, "ASK": _ROWS, "CONSTRUCT": _TRIPLES, "DESCRIBE": _TRIPLES}
        headers = {"Accept": accept.get(form, f"{_ROWS}, {_TRIPLES}")}
        data = {"query": text, **fields}
        try:
            return self._web.send(WebRequest("POST", self.url, data=data, headers=headers))
        except WebError as error:
            if error.status != 405:
                raise
        return self._web.send(WebRequest("GET", self.url, params=data, headers=headers))

    def _explained(self, error: WebError, text: str, base: str) -> QueryError:
        """Explain an error; status 400 usually means an error in the query, which is then located as for a build."""
        if error.status == 400 and form_of(text) in ("SELECT", "CONSTRUCT", "DESCRIBE", ""):
            try:
                # Rows are computed lazily and never read here. An ASK would be evaluated at once.
                answer_query(ox.Store(), text, base=base, allowance=None)
            except QueryError as fault:
                if "can't be parsed" not in str(fault):
                    return QueryError(str(error), hint=error.hint)
                return QueryError(str(fault), hint=f"{fault.hint}\n    {error}")
        return QueryError(str(error), hint=error.hint)

    def close(self) -> None:
        """Close the connection."""
        self._web.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _in_time(ask: Callable[[], httpx.Response], seconds: float) -> httpx.Response:
    """Return a response within a time limit: an HTTP client limits each read only, and a server may send single bytes."""
    done: list[httpx.Response] = []
    failed: list[BaseException] = []

    def inside() -> None:
        try:
            done.append(ask())
        except BaseException as error:  # noqa: BLE001  # it is raised again where it is waited for
            failed.append(error)

    thread = threading.Thread(target=inside, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed and not (isinstance(failed[0], WebError) and "took too long" in str(failed[0])):
        raise failed[0]
    if not done:
        raise too_slow(seconds)
    return done[0]


def with_prefixes(text: str, base: str) -> str:
    """Return a query with declarations of the known prefixes that it uses, before it and on its first line.

    >>> with_prefixes("ASK { c:raft a skos:Concept }", "https://x/")
    'PREFIX c: <https://x/concept/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> ASK { c:raft a skos:Concept }'
    """
    known = query_prefixes(base)
    head = [f"PREFIX {name}: <{known[name]}>" for name, _ in used_prefixes(text) if name in known]
    relative = any(not _ABSOLUTE.match(m[1]) for m in _IRI.finditer(_without_strings(text)))
    if base and relative:
        head.insert(0, f"BASE <{base}>")
    return " ".join((*head, text))


def _without_strings(text: str) -> str:
    """Return a query with strings and comments blanked, and IRIs kept."""
    return re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|(?<![\w/<])#[^\n]*", " ", text)


def within_graph(text: str, graph: str) -> tuple[str, dict[str, str]]:
    """Return a query on one graph as its default graph: the text, and the fields of the protocol to send with it.

    The field of the protocol makes other graphs inaccessible. If the query uses GRAPH, its pattern is wrapped in a GRAPH
    instead, which keeps them accessible. Raises UsageError for a query with FROM.

    >>> within_graph("ASK { ?s ?p ?o }", "http://g")
    ('ASK { ?s ?p ?o }', {'default-graph-uri': 'http://g'})
    >>> within_graph("SELECT ?s { ?s ?p ?o GRAPH ?g { ?s ?q ?o } } LIMIT 1", "http://g")[0]
    'SELECT ?s { GRAPH <http://g> { ?s ?p ?o GRAPH ?g { ?s ?q ?o } } } LIMIT 1'
    """
    try:
        ox.NamedNode(graph)
    except ValueError as error:
        raise UsageError(
            f"'{graph[:100]}' is not an IRI of a graph: {error}", hint="give e.g. https://example.org/kb/"
        ) from None
    left = blank_strings(text)
    if _FROM.search(left):
        raise UsageError("the query names its graphs with FROM, and --graph names another", hint="use one of them")
    if not _GRAPH.search(left):
        return text, {"default-graph-uri": graph}
    span = _pattern(left, form_of(text))
    if span is None:
        return text, {"default-graph-uri": graph}
    start, end = span
    return f"{text[:start]} GRAPH <{graph}> {{{text[start:end]}}} {text[end:]}", {}


def _pattern(left: str, form: str) -> tuple[int, int] | None:
    """Return the range of a query's pattern without its braces: the first group outside of parentheses and templates."""
    m = re.search(rf"(?<![\w:?$@-]){form}(?![\w:-])", left, re.IGNORECASE)
    if not form or m is None:
        return None
    at = m.end()
    if form == "CONSTRUCT" and left[at:].lstrip().startswith("{"):
        at = _close(left, left.index("{", at)) + 1
    depth = 0
    for i in range(at, len(left)):
        depth += {"(": 1, ")": -1}.get(left[i], 0)
        if left[i] == "{" and depth == 0:
            return i + 1, _close(left, i)
    return None


def _close(left: str, at: int) -> int:
    """Return the position of the bracket that closes the one at `at`; the end of the text if there is none."""
    depth = 0
    for i in range(at, len(left)):
        depth += {"{": 1, "}": -1}.get(left[i], 0)
        if depth == 0:
            return i
    return len(left)


def read_results(response: httpx.Response, where: str, form: str = "") -> Results:
    """Return the results in a response, by its media type. Raises QueryError if it contains none."""
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    data = response.content
    try:
        if media in ("application/json", "text/json") and form not in ("CONSTRUCT", "DESCRIBE"):
            media = "application/sparql-results+json"
        kind = ox.QueryResultsFormat.from_media_type(media) if media != "text/plain" else None
        if kind is not None and (form not in ("CONSTRUCT", "DESCRIBE") or "sparql-results" in media):
            if kind == ox.QueryResultsFormat.JSON and _ODD.search(data):
                data = _as_standard(read_json(data))
            return parse_results(data, kind)
        syntax = ox.RdfFormat.from_media_type(media)
        if syntax is not None and form not in ("SELECT", "ASK"):
            return [quad.triple for quad in parse_rdf(data, syntax, base=where, lenient=True)]
    except (SyntaxError, ValueError, KeyError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())[:200]
        raise QueryError(
            f"{where} sent results that can't be read ({media}): {said}", hint="is it a SPARQL endpoint?"
        ) from None
    raise QueryError(
        f"{where} sent {media or 'something without a type'}, no results of a query",
        hint="is it the address of the SPARQL endpoint? often it ends in /sparql or /query",
    )


# Non-standard output of Virtuoso: the old name of typed literals, blank nodes as IRIs, booleans as numbers, ASK as a table.
_ODD: Final = re.compile(rb'"typed-literal"|"nodeID://|__ASK_RETVAL')


def _as_standard(answer: dict[str, Any]) -> bytes:
    """Return SPARQL JSON that conforms to the standard."""
    if answer.get("head", {}).get("vars") == ["__ASK_RETVAL"]:
        rows = answer["results"]["bindings"]
        return json_line({"head": {}, "boolean": bool(rows) and rows[0]["__ASK_RETVAL"]["value"] in ("1", "true")}).encode()
    blank: dict[str, str] = {}
    for row in answer.get("results", {}).get("bindings", ()):
        for term in row.values():
            if term["type"] == "bnode":
                term["value"] = blank.setdefault(term["value"], f"b{len(blank)}")
            elif term.get("datatype") == _BOOLEAN:
                term["value"] = {"1": "true", "0": "false"}.get(term["value"], term["value"])
    return json_line(answer).encode()
