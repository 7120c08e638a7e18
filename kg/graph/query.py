"""SPARQL on a graph: predefined prefixes, errors with line, column and a hint, results in the usual formats."""

from __future__ import annotations

import io
from typing import Final

import pyoxigraph as ox

from kg.base.errors import QueryError
from kg.base.names import PREFIXES
from kg.graph.ask import Allowance, Results, answer_query, cannot_run
from kg.graph.dataset import Graph
from kg.graph.wording import query_prefixes

__all__ = ["Allowance", "Results", "cannot_run", "run_query", "serialize_results", "shorten_term"]


def run_query(graph: Graph, text: str, allowance: Allowance | None) -> Results:
    """Run a query (SELECT, ASK, CONSTRUCT, DESCRIBE) on a graph; see `answer_query`."""
    return answer_query(graph.store, text, base=graph.base, allowance=allowance)


_ROWS: Final = {"csv": ox.QueryResultsFormat.CSV, "tsv": ox.QueryResultsFormat.TSV, "json": ox.QueryResultsFormat.JSON}


def serialize_results(results: Results, form: str, base: str = "") -> bytes:
    """Return results as ``csv``, ``tsv``, ``json`` (SPARQL 1.1 results) or ``turtle`` (for CONSTRUCT and DESCRIBE).

    Raises QueryError for a format that can't represent them, and if the evaluation fails midway.
    """
    try:
        if not isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
            if form not in ("turtle", "table"):
                raise QueryError(f"triples can't be written as {form}", hint="use --format turtle for CONSTRUCT and DESCRIBE")
            triples = sorted(results, key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
            known = query_prefixes(base) if base else PREFIXES
            return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=known) or b""
        if form == "turtle":
            raise QueryError("rows can't be written as turtle", hint="use CONSTRUCT, or --format table, csv, tsv or json")
        if isinstance(results, ox.QueryBoolean) and form == "csv":
            return b"true\r\n" if results else b"false\r\n"
        buffer = io.BytesIO()
        results.serialize(buffer, format=_ROWS[form])
        return buffer.getvalue()
    except (OSError, ValueError, RuntimeError) as error:
        raise cannot_run(error) from None


def shorten_term(term: object, base: str) -> str:
    """Return a term for readers: the text of a literal, an IRI with a known prefix.

    >>> shorten_term(ox.NamedNode("http://www.w3.org/2004/02/skos/core#Concept"), "")
    'skos:Concept'
    """
    if isinstance(term, ox.Literal):
        return term.value
    if isinstance(term, ox.NamedNode):
        known = query_prefixes(base).items() if base else PREFIXES.items()
        best = max((p for p in known if term.value.startswith(p[1])), key=lambda p: len(p[1]), default=None)
        return f"{best[0]}:{term.value[len(best[1]) :]}" if best and best[0] != "kb" else term.value
    return "" if term is None else str(term)
