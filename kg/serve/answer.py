"""Runs a query and serialises its answer, within limits, in a worker process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, Generic, TypeVar

import msgspec
import pyoxigraph as ox

from kg.base.errors import QueryError
from kg.base.names import PREFIXES
from kg.graph.ask import Results, answer_query
from kg.graph.dataset import Graph
from kg.serve.messages import Job, Reply
from kg.serve.negotiate import choose

_JSON: Final = ox.QueryResultsFormat.JSON
RESULT_TYPES: Final = {
    "application/sparql-results+json": _JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
    "application/json": _JSON,
    "application/xml": ox.QueryResultsFormat.XML,
}
"""Media types for SELECT and ASK; the first is the default."""

GRAPH_TYPES: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/xml": ox.RdfFormat.RDF_XML,
    "application/json": ox.RdfFormat.JSON_LD,
}
"""Media types for CONSTRUCT and DESCRIBE; the first is the default."""

_LANGUAGE_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


def answer(graph: Graph, job: Job) -> Reply:
    """Run a query and serialise its answer. Every error of a query becomes a reply, never an exception."""

    def ask() -> Results:
        # This process is already limited.
        return answer_query(graph.store, job.query, base=graph.base, options=_dataset(job), allowance=None)

    return answer_by(ask, job)


def answer_by(ask: Callable[[], Results], job: Job) -> Reply:
    """Serialise the answer that `ask` returns, in the same way as `answer`."""
    try:
        results = ask()
    except QueryError as error:
        return Reply(problem="query", message=str(error), hint=error.hint)
    graph_form = not isinstance(results, ox.QuerySolutions | ox.QueryBoolean)
    offered = list(GRAPH_TYPES if graph_form else RESULT_TYPES)
    media = choose(job.accept, offered)
    if media is None:
        kind = "CONSTRUCT and DESCRIBE" if graph_form else "SELECT and ASK"
        hint = f"{kind} can be had as {', '.join(offered)}"
        return Reply(problem="not-acceptable", message=f"no format of 'Accept: {job.accept}' can be written", hint=hint)
    try:
        if isinstance(results, ox.QuerySolutions):
            return _rows(results, media, job)
        if isinstance(results, ox.QueryBoolean):
            return _boolean(results, media)
        return _triples(results, media, job)
    except PermissionError:
        # The sandbox refused a connection that the query text had disguised.
        return Reply(problem="query", message="SERVICE is not followed", hint="nothing is ever fetched from elsewhere")
    except (OSError, ValueError, RuntimeError) as error:
        return Reply(problem="failed", message=f"the query can't be run: {error}")
    except MemoryError:
        return Reply(problem="failed", message="the query needs more memory than a query may take", hint="ask for less")


def _dataset(job: Job) -> dict[str, list[ox.NamedNode]]:
    """The graphs given by the request, which replace those of a FROM clause."""
    if job.default_graphs is None and job.named_graphs is None:
        return {}
    try:
        return {
            "default_graph": [ox.NamedNode(iri) for iri in job.default_graphs or ()],
            "named_graphs": [ox.NamedNode(iri) for iri in job.named_graphs or ()],
        }
    except ValueError as error:
        raise QueryError(f"the IRI of a graph can't be read: {error}", hint="give absolute IRIs") from None


def _length(term: object) -> int:
    """Approximate size of a term in an answer."""
    if isinstance(term, ox.Triple):
        return _length(term.subject) + _length(term.predicate) + _length(term.object)
    return 8 + len(term.value) if isinstance(term, ox.Literal | ox.NamedNode | ox.BlankNode) else 0


_T = TypeVar("_T")


class _Bounded(Generic[_T]):
    """Yields items up to the limits of a job; `cut` tells whether there were more."""

    def __init__(self, items: Iterator[_T], terms: Callable[[_T], Iterable[object]], job: Job) -> None:
        self._items = items
        self._terms = terms
        self._job = job
        self.cut = False

    def __iter__(self) -> Iterator[_T]:
        room = self._job.size
        items = islice(self._items, self._job.rows) if self._job.rows else self._items
        for item in items:
            yield item
            room -= sum(map(_length, self._terms(item)))
            if room <= 0:
                break
        self.cut = next(self._items, None) is not None


def _boolean(result: ox.QueryBoolean, media: str) -> Reply:
    form = RESULT_TYPES[media]
    if form == ox.QueryResultsFormat.CSV:
        body = b"true\r\n" if result else b"false\r\n"
    else:
        body = result.serialize(format=form) or b""
    return Reply(body, media, rows=1)


def _rows(results: ox.QuerySolutions, media: str, job: Job) -> Reply:
    names = [v.value for v in results.variables]
    bounded = _Bounded(iter(results), tuple, job)
    rows = [{name: _json(term) for name, term in zip(names, row, strict=True) if term is not None} for row in bounded]
    data = msgspec.json.encode({"head": {"vars": names}, "results": {"bindings": rows}})
    form = RESULT_TYPES[media]
    if form != _JSON:
        # Only the JSON serialisation here can stop at a limit; for other formats, Oxigraph serialises the rows that remain.
        parsed = ox.parse_query_results(data, format=_JSON)
        assert isinstance(parsed, ox.QuerySolutions)  # noqa: S101  # rows were written
        data = parsed.serialize(format=form) or b""
    return Reply(data, media, rows=len(rows), truncated=bounded.cut)


def _json(term: object) -> dict[str, object]:
    """A term in the SPARQL 1.1 Query Results JSON Format, with triple terms as in Oxigraph's output.

    >>> _json(ox.Literal("x", language="en")), _json(ox.NamedNode("a:b"))
    ({'type': 'literal', 'value': 'x', 'xml:lang': 'en'}, {'type': 'uri', 'value': 'a:b'})
    """
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {name: _json(part) for name, part in parts.items()}}
    assert isinstance(term, ox.Literal)  # noqa: S101  # there are no other terms
    literal: dict[str, object] = {"type": "literal", "value": term.value}
    if term.language:
        literal["xml:lang"] = term.language
        if term.direction:
            literal["its:dir"] = term.direction.value
    elif term.datatype.value not in (_STRING, _LANGUAGE_STRING):
        literal["datatype"] = term.datatype.value
    return literal


def _triples(results: Iterable[ox.Triple], media: str, job: Job) -> Reply:
    bounded = _Bounded(iter(results), tuple, job)
    if job.described:
        # start time: only linked data needs it
        from kg.views.export.described import render_description

        rows = list(bounded)
        return Reply(render_description(rows, media), media, rows=len(rows), truncated=bounded.cut)
    triples = sorted(set(bounded), key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
    form = GRAPH_TYPES[media]
    prefixes = PREFIXES if form.supports_datasets or form in (ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML) else None
    body = ox.serialize(triples, format=form, prefixes=prefixes) or b""
    return Reply(body, media, rows=len(triples), truncated=bounded.cut)
