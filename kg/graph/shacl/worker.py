"""The work of the process that validates shapes: input are shapes and data, output are results as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict

import pyoxigraph as ox

from kg.base.json_forms import json_ascii

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib
    from rdflib.term import Node

SH: Final = "http://www.w3.org/ns/shacl#"
_BLANK: Final = re.compile(r"\b[0-9a-fN][0-9a-f]{19,}\b")
_DEEPEST: Final = 20
RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SUBCLASS: Final = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_ANYTHING: Final = frozenset(
    SH + name for name in ("select", "ask", "construct", "rule", "closed", "values", "expression", "js")
)
"""Terms of shapes that may read any predicate: queries, rules and closed shapes."""


class ValidationJob(NamedTuple):
    """Data and shapes to validate."""

    data: bytes
    """N-Triples."""
    whole: bool
    """Whether the data is the whole graph, because the shapes may read anything."""
    shapes: list[tuple[str, str]]
    """IRI and Turtle of each shapes file."""


class ShapeValue(TypedDict):
    """The value that a result refers to."""

    text: str
    iri: bool


class ShapeResult(TypedDict):
    """One result of a validation; IRIs are strings, empty if missing."""

    focus: str
    path: str
    value: ShapeValue | None
    shape: str
    severity: str
    component: str
    """Name of the constraint component, without the namespace of SHACL."""
    message: str


class ValidationAnswer(TypedDict, total=False):
    """The output of the process: `results`, or the `error` that ended the validation."""

    error: str
    file: str
    """IRI of the shapes file that can't be used; empty if the error is in none of them."""
    shapes: list[str]
    """IRIs of the shapes that caused the error."""
    results: list[ShapeResult]


def looked_at(shapes: Iterable[ox.Triple]) -> list[str] | None:
    """Return IRIs of the predicates that shapes can read, and of other resources that they name; None for any predicate.

    Most shapes name a few predicates. Their statements are a small part of a graph, quickly passed on; they fit into rdflib's
    own store, which is slow to fill but answers ten times as fast as Oxigraph through rdflib.
    """
    named = {RDF_TYPE, SUBCLASS}
    for t in shapes:
        if t.predicate.value in _ANYTHING:
            return None
        named |= {term.value for term in (t.subject, t.object) if isinstance(term, ox.NamedNode)}
    return sorted(named)


def validate_shapes(task: ValidationJob) -> ValidationAnswer:
    """Return the results of a validation as plain data, or the error that ended it."""
    # start time: rdflib is only for those who need its API
    import rdflib
    from pyshacl import validate
    from pyshacl.errors import ReportableRuntimeError, ValidationFailure

    rules = ox.Store()
    for iri, text in task.shapes:
        try:
            rules.load(text.encode(), format=ox.RdfFormat.TURTLE, base_iri=iri)
        except SyntaxError as error:
            return {"error": f"no Turtle: {_line(error)}", "file": iri, "shapes": []}
    if task.whole:
        store = ox.Store()
        store.bulk_load(task.data, format=ox.RdfFormat.N_TRIPLES)
        data, shapes = _through(store), _through(rules)
    else:
        triples = ox.parse(task.data, format=ox.RdfFormat.N_TRIPLES)
        data, shapes = _plain(q.triple for q in triples), _plain(q.triple for q in rules)
    try:
        _, report, _ = validate(
            data,
            shacl_graph=shapes,
            inference="none",
            advanced=True,
            inplace=True,
            do_owl_imports=False,
            js=False,
            meta_shacl=False,
            allow_infos=True,
            allow_warnings=True,
        )
    except (ReportableRuntimeError, ValidationFailure) as error:
        return {"error": _line(error), "file": "", "shapes": _named(shapes, str(error))}
    except Exception as error:  # noqa: BLE001  # a malformed shape can meet any assumption of pySHACL
        return {"error": f"{type(error).__name__}: {_line(error)}", "file": "", "shapes": _named(shapes, str(error))}
    if not isinstance(report, rdflib.Graph):
        return {"error": _line(report), "file": "", "shapes": _named(shapes, str(report))}
    return {"results": _results(report, shapes)}


def _through(store: ox.Store) -> rdflib.Graph:
    """Return a store of Oxigraph as an rdflib graph: available at once, slow to query."""
    # start time: rdflib is only for those who need its API
    import rdflib
    from oxrdflib import OxigraphStore

    return rdflib.Graph(store=OxigraphStore(store=store), identifier=rdflib.graph.DATASET_DEFAULT_GRAPH_ID)


def _plain(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    """Copy triples to rdflib's own store. "a" and "a"^^xsd:string become equal, as in RDF 1.1 but not in rdflib."""
    # start time: rdflib is only for those who need its API
    import rdflib

    terms: dict[object, Node] = {}
    graph = rdflib.Graph(bind_namespaces="none")

    def term(value: Any) -> Any:
        converted = terms.get(value)
        if converted is None:
            if isinstance(value, ox.NamedNode):
                converted = rdflib.URIRef(value.value)
            elif isinstance(value, ox.BlankNode):
                converted = rdflib.BNode(value.value)
            elif value.language or value.datatype.value == STRING:
                converted = rdflib.Literal(value.value, lang=value.language)
            else:
                converted = rdflib.Literal(value.value, datatype=rdflib.URIRef(value.datatype.value))
            terms[value] = converted
        return converted

    graph.addN((term(t.subject), term(t.predicate), term(t.object), graph) for t in triples)
    return graph


def _line(error: object) -> str:
    message = getattr(error, "message", None) or str(error)
    return " ".join(re.sub(rf"'?{_BLANK.pattern}'?", "a shape without a name", str(message)).split())[:300]


def _named(shapes: rdflib.Graph, message: str) -> list[str]:
    """Return the shapes named in an error message, or that contain a blank node named there."""
    # start time: rdflib is only for those who need its API
    from rdflib import RDF, BNode, URIRef

    names = {str(s) for s in shapes.subjects(RDF.type, URIRef(SH + "NodeShape")) if isinstance(s, URIRef)}
    names |= {str(s) for s in shapes.subjects(URIRef(SH + "property")) if isinstance(s, URIRef)}
    matches = sorted((n for n in names if n in message), key=len, reverse=True)
    for number in _BLANK.findall(message):
        node: Any = BNode(number)
        for _ in range(_DEEPEST):
            node = next(shapes.subjects(None, node), None)
            if node is None or isinstance(node, URIRef):
                break
        if isinstance(node, URIRef):
            matches.append(str(node))
    return matches


def _results(report: rdflib.Graph, shapes: rdflib.Graph) -> list[ShapeResult]:
    # start time: rdflib is only for those who need its API
    from rdflib import RDF, Literal, URIRef

    def value_of(node: Node, name: str) -> Node | None:
        return report.value(node, URIRef(SH + name))

    rows: list[ShapeResult] = []
    for node in report.subjects(RDF.type, URIRef(SH + "ValidationResult")):
        if next(report.subjects(URIRef(SH + "detail"), node), None) is not None:
            continue
        focus, path, value, shape = (value_of(node, n) for n in ("focusNode", "resultPath", "value", "sourceShape"))
        messages = sorted(
            report.objects(node, URIRef(SH + "resultMessage")), key=lambda m: (getattr(m, "language", "") != "en", m)
        )
        while shape is not None and not isinstance(shape, URIRef):
            shape = next(shapes.subjects(None, shape), None)
        if not isinstance(focus, URIRef):
            continue
        rows.append(
            {
                "focus": str(focus),
                "path": str(path) if isinstance(path, URIRef) else "",
                "value": {"text": str(value), "iri": isinstance(value, URIRef)}
                if isinstance(value, URIRef | Literal)
                else None,
                "shape": str(shape) if shape is not None else "",
                "severity": str(value_of(node, "resultSeverity")),
                "component": str(value_of(node, "sourceConstraintComponent")).removeprefix(SH),
                "message": " ".join(str(messages[0]).split())[:300] if messages else "",
            }
        )
    return sorted(rows, key=lambda r: json_ascii(r, sort_keys=True))
