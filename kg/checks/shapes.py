"""Shapes: SHACL files of kg and of the knowledge base, validated by pySHACL in a separate process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import pyoxigraph as ox

from kg.base import files
from kg.base.about import ontology_folder
from kg.base.errors import KgError
from kg.base.formats import FormatError
from kg.base.formats.rdf_text import parse_rdf
from kg.base.process import Worker
from kg.checks.context import Context, Place
from kg.checks.rules.concepts import shape_violation
from kg.checks.rules.notes import malformed_shapes
from kg.graph import Graph, is_copy
from kg.graph.places import RdfPlaces
from kg.graph.shacl import ValidationJob, looked_at
from kg.graph.tokens import calls_service
from kg.model import Finding, Severity

FILE: Final = "shapes.ttl"
SH: Final = "http://www.w3.org/ns/shacl#"
_SEVERITIES: Final[Mapping[str, Severity]] = {SH + "Violation": "error", SH + "Warning": "warning", SH + "Info": "info"}
_TIMEOUT: Final = 120.0
_PLACE: Final = re.compile(r"error at (\d+):(\d+): ?")


def check(context: Context) -> Iterator[Finding]:
    """Yield violations of shapes, each at the place of its focus node, and findings about unusable shapes files."""
    built_in = ontology_folder() / FILE
    shapes = [built_in] if context.sources else []
    if context.settings is not None:
        folder = context.settings.ontology
        own = (folder / FILE, *files.entries(folder / "shapes", ".ttl"))
        shapes += [p for p in own if files.is_there(p) and not _repeats(p)]
    wanted: list[tuple[Path, str]] = []
    statements: list[ox.Triple] = []
    for path in shapes:
        content = _read(context, path)
        if isinstance(content, Finding):
            yield content
            continue
        text, triples = content
        if path != built_in or _has_focus(context, triples):
            wanted.append((path, text))
            statements += triples
    graph = context.graph if wanted else None
    if graph is not None:
        yield from _validated(context, graph, wanted, looked_at(statements))


def _repeats(path: Path) -> bool:
    try:
        return is_copy(path)
    except OSError:
        return False  # `_read` reports a file that can't be read


def _read(context: Context, path: Path) -> tuple[str, list[ox.Triple]] | Finding:
    """Return the text of a shapes file and its statements, or a finding about it."""
    try:
        data = files.read(path)
        text = data.decode()
        triples = [q.triple for q in parse_rdf(data, ox.RdfFormat.TURTLE, base=path.absolute().as_uri())]
    except (OSError, UnicodeDecodeError) as error:
        return malformed_shapes.RULE.at(Place(context.outside(path)), f"can't be read: {error}")
    except FormatError as error:
        place = Place(context.outside(path), error.line or 1, error.column or 1)
        return malformed_shapes.RULE.at(place, f"not valid Turtle: {_PLACE.sub('', error.advice)}")
    for t in triples:
        queries = t.predicate.value in (SH + "select", SH + "ask", SH + "construct", SH + "update")
        if queries and isinstance(t.object, ox.Literal) and calls_service(t.object.value):
            return malformed_shapes.RULE.at(
                Place(context.outside(path)), "SERVICE is not followed: shapes read this graph only"
            )
    return text, triples


def _has_focus(context: Context, triples: list[ox.Triple]) -> bool:
    """Return whether any target of shapes may match a node in the RDF files, the only subject of kg's own shapes."""
    places = context.places
    for t in triples:
        kind, iri = t.predicate.value.removeprefix(SH), getattr(t.object, "value", "")
        if kind == "targetClass" and iri in places.classes:
            return True
        if kind in ("targetSubjectsOf", "targetObjectsOf") and iri in places.predicates:
            return True
    return False


def _validated(context: Context, graph: Graph, files: list[tuple[Path, str]], names: list[str] | None) -> Iterator[Finding]:
    """Yield violations of shapes. `names` are the predicates that the shapes use; None: any."""
    default = ox.DefaultGraph()
    if names is None:
        data = graph.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=default)
    else:
        triples = (q.triple for n in names for q in graph.store.quads_for_pattern(None, ox.NamedNode(n), None, default))
        data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    task = ValidationJob(data or b"", names is None, [(path.absolute().as_uri(), text) for path, text in files])
    timeout = context.settings.check.shapes_timeout if context.settings is not None else _TIMEOUT
    last = Place(context.outside(files[-1][0]))
    try:
        with Worker.crew(1, "kg.graph.shacl") as (worker,):
            worker.ask(msgspec.msgpack.encode(task))
            if not worker.ready(timeout):
                graph.allowance.is_exceeded = True
                yield malformed_shapes.RULE.at(last, f"the validation took longer than {timeout:g} seconds and was ended",
                    "simplify the shapes, or raise shapes-timeout in [check] of kg.toml")  # fmt: skip
                return
            answer = json.loads(worker.answer())
    except KgError as error:
        yield malformed_shapes.RULE.at(last, f"the validation ended without a result: {error}")
        return
    if "error" in answer:
        yield _fault(context, files, answer)
        return
    for row in answer["results"]:
        yield _violation(context, row)


def _fault(context: Context, files: list[tuple[Path, str]], answer: Mapping[str, Any]) -> Finding:
    """Return a finding at the file that pySHACL could not use, and at the shape if pySHACL names it."""
    path = next((p for p, _ in files if p.absolute().as_uri() == answer.get("file")), files[-1][0])
    line = column = 1

    places = RdfPlaces([p for p, _ in files])
    for iri in answer.get("shapes", ()):
        at = places.subject(iri)
        if at is not None:
            path, line, column = at
            break
    return malformed_shapes.RULE.at(Place(context.outside(path), line, column), str(answer["error"]))


def _violation(context: Context, row: Mapping[str, Any]) -> Finding:
    focus, predicate, value = row["focus"], row["path"], row["value"]
    text, is_iri = (value["text"], value["iri"]) if value else ("", False)
    if predicate and value and is_iri:
        place = context.place_of(focus, predicate, text)
    elif predicate and value:
        place = context.text_place(focus, predicate, text)
    else:
        place = context.place(focus)
    what = row["message"] or f"{row['component']} is violated"
    about = f" ({context.name(predicate)})" if predicate else ""
    shape = f" [{context.name(row['shape']).rpartition('/')[2]}]" if row["shape"] else ""
    message = f"'{context.name(focus)}'{about}: {what}{shape}"
    finding = shape_violation.RULE.at(place, message)
    severity = _SEVERITIES.get(row["severity"], "error")
    return finding if severity == finding.severity else _with(finding, severity)


def _with(finding: Finding, severity: Severity) -> Finding:
    return replace(finding, severity=severity)
