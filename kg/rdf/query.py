"""SPARQL over a graph: common prefixes known, errors with line, column and a hint, results in every usual format."""

from __future__ import annotations

import io
import re
from typing import Final

import pyoxigraph as ox

from kg.errors import QueryError
from kg.names import PREFIXES
from kg.rdf.dataset import Graph

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

_WHERE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
# Strings, IRIs and comments, in which words are no keywords.
_OPAQUE: Final = re.compile(
    r"\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|<[^<>\"{}|^`\\\s]*>|#[^\n]*", re.DOTALL
)
_SERVICE: Final = re.compile(r"(?<![\w:?$@-])SERVICE(?![\w:-])", re.IGNORECASE)


def prefixes(base: str) -> dict[str, str]:
    """The prefixes that queries may use: the usual ones, ``c:`` for concepts and ``n:`` for notes.

    >>> prefixes("https://example.org/kb/")["c"]
    'https://example.org/kb/concept/'
    """
    return PREFIXES | {"c": base + "concept/", "n": base + "notes/", "kb": base}


def calls_service(text: str) -> bool:
    """Whether a query asks another service, words in strings and comments aside.

    >>> calls_service("SELECT * { SERVICE <http://x/> { ?a ?b ?c } }"), calls_service("SELECT * { ?s ?p 'SERVICE' }")
    (True, False)
    """
    return bool(_SERVICE.search(_OPAQUE.sub(lambda m: " " * len(m.group()), text)))


def run(graph: Graph, text: str) -> Results:
    """Run a query (SELECT, ASK, CONSTRUCT, DESCRIBE). Raises QueryError with line, column and a hint."""
    m = _SERVICE.search(_OPAQUE.sub(lambda m: " " * len(m.group()), text))
    if m:
        line, column = text.count("\n", 0, m.start()) + 1, m.start() - text.rfind("\n", 0, m.start())
        raise QueryError(
            f"SERVICE at line {line}, column {column} is not followed: queries read this graph only",
            hint="remove the SERVICE part; nothing is ever fetched from elsewhere",
        )
    try:
        return graph.store.query(text, base_iri=graph.base or None, prefixes=prefixes(graph.base))
    except SyntaxError as error:
        message = str(error.msg or error)
        m = _WHERE.search(message)
        place = f" at line {m[1]}, column {m[2]}" if m else ""
        # The parser lists every character that it could have read; the first few alternatives say enough.
        what = " ".join((m[3] if m else message).split())
        what = what if len(what) < 160 else what[:120].rsplit(", ", 1)[0] + ", …"
        raise QueryError(f"the query can't be parsed{place}: {what}", hint=_hint(text, what)) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise QueryError(f"the query can't be run: {error}", hint="is the build whole? run 'kg build' again") from None


def _hint(text: str, what: str) -> str:
    if re.match(r"\s*(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE)\b", text, re.IGNORECASE):
        return "the graph is read-only: change the notes and run 'kg build'"
    if "Prefix" in what or "prefix" in what:
        return f"known prefixes: {', '.join(sorted(prefixes('')))}; declare others with PREFIX name: <IRI>"
    return "a query looks like: SELECT ?c WHERE { ?c a skos:Concept } LIMIT 5"


def serialize(results: Results, form: str) -> bytes:
    """Results as ``csv``, ``tsv``, ``json`` (SPARQL 1.1 results) or ``turtle`` (for CONSTRUCT and DESCRIBE)."""
    buffer = io.BytesIO()
    if isinstance(results, ox.QueryTriples):
        if form not in ("turtle", "table"):
            raise QueryError(f"triples can't be written as {form}", hint="use --format turtle for CONSTRUCT and DESCRIBE")
        triples = sorted(results, key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
        return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""
    if form == "turtle":
        raise QueryError("rows can't be written as turtle", hint="use CONSTRUCT, or --format table, csv, tsv or json")
    formats = {
        "csv": ox.QueryResultsFormat.CSV, "tsv": ox.QueryResultsFormat.TSV, "json": ox.QueryResultsFormat.JSON,
    }  # fmt: skip
    if isinstance(results, ox.QueryBoolean) and form == "csv":
        return b"true\r\n" if results else b"false\r\n"
    results.serialize(buffer, format=formats[form])
    return buffer.getvalue()


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
