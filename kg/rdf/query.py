"""SPARQL over a graph: common prefixes known, errors with line, column and a hint, results in every usual format."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Final

import pyoxigraph as ox

from kg.errors import QueryError
from kg.names import PREFIXES
from kg.rdf.dataset import Graph
from kg.rdf.wording import bare, place, prefixes, unparsable

_SERVICE: Final = re.compile(r"(?<![\w:?$@-])SERVICE(?![\w:-])", re.IGNORECASE)

_AMBIGUOUS: Final = re.compile(r"<[^<>\s]*['\"]")

Found = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
"""What a query of a graph gives."""

Results = Found | Sequence[ox.Triple]
"""What can be written: also triples that came from elsewhere."""


def calls_service(text: str) -> bool:
    """Whether a query asks another service, words in strings and comments aside.

    >>> calls_service("SELECT * { SERVICE <http://x/> { ?a ?b ?c } }"), calls_service("SELECT * { ?s ?p 'SERVICE' }")
    (True, False)
    """
    return _service(text) is not None


def _service(text: str) -> re.Match[str] | None:
    # In `?a<'x' && ?b>…` a sign looks like the start of an IRI and may hide what follows: then all of the text counts.
    if "service" not in text.lower():
        return None
    return _SERVICE.search(text if _AMBIGUOUS.search(text) else bare(text))


def run(graph: Graph, text: str) -> Found:
    """Run a query (SELECT, ASK, CONSTRUCT, DESCRIBE). Raises QueryError with line, column and a hint."""
    m = _service(text)
    if m:
        line, column = place(text, m.start())
        raise QueryError(
            f"SERVICE at line {line}, column {column} is not followed: queries read this graph only",
            hint="remove the SERVICE part; nothing is ever fetched from elsewhere",
        )
    try:
        # Oxigraph parses each prefix that it is given: a lookup takes a third longer with all of them.
        used = {name: iri for name, iri in prefixes(graph.base).items() if f"{name}:" in text}
        return graph.store.query(text, base_iri=graph.base or None, prefixes=used)
    except SyntaxError as error:
        raise unparsable(text, str(error.msg or error), graph.base) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise cannot_run(error) from None


def cannot_run(error: Exception) -> QueryError:
    """What to say of a query that was read but can't be answered."""
    return QueryError(f"the query can't be run: {error}", hint="is the build whole? run 'kg build' again")


_ROWS: Final = {"csv": ox.QueryResultsFormat.CSV, "tsv": ox.QueryResultsFormat.TSV, "json": ox.QueryResultsFormat.JSON}


def serialize(results: Results, form: str, base: str = "") -> bytes:
    """Results as ``csv``, ``tsv``, ``json`` (SPARQL 1.1 results) or ``turtle`` (for CONSTRUCT and DESCRIBE).

    Raises QueryError for a form that can't hold them, and where evaluation fails half-way.
    """
    try:
        if not isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
            if form not in ("turtle", "table"):
                raise QueryError(f"triples can't be written as {form}", hint="use --format turtle for CONSTRUCT and DESCRIBE")
            triples = sorted(results, key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
            known = prefixes(base) if base else PREFIXES
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


def pack(results: Results) -> bytes:
    """Results as bytes from which `unpack` makes equal results elsewhere: SPARQL JSON or N-Triples behind one letter."""
    if isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
        return b"R" + serialize(results, "json")
    return b"T" + (ox.serialize(results, format=ox.RdfFormat.N_TRIPLES) or b"")


def unpack(data: bytes) -> Results:
    """Results from the bytes that `pack` made."""
    if data[:1] == b"R":
        return ox.parse_query_results(data[1:], format=ox.QueryResultsFormat.JSON)
    return [quad.triple for quad in ox.parse(data[1:], format=ox.RdfFormat.N_TRIPLES)]


def shorten(term: object, base: str) -> str:
    """A term for readers: literals as their text, IRIs with a known prefix.

    >>> shorten(ox.NamedNode("http://www.w3.org/2004/02/skos/core#Concept"), "")
    'skos:Concept'
    """
    if isinstance(term, ox.Literal):
        return term.value
    if isinstance(term, ox.NamedNode):
        known = prefixes(base).items() if base else PREFIXES.items()
        best = max((p for p in known if term.value.startswith(p[1])), key=lambda p: len(p[1]), default=None)
        return f"{best[0]}:{term.value[len(best[1]) :]}" if best and best[0] != "kb" else term.value
    return "" if term is None else str(term)
