"""Evidence as linked data: claims, verdicts and the runs of tools that gave them, in PROV, in a named graph of results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kg.base.names import KG, PROV, RDF, RDFS, iri_path, notes_iri
from kg.graph.dataset import Graph
from kg.graph.literals import boolean, format_literal
from kg.model import Evidence

_TYPE: Final = f"<{RDF}type>"


def evidence_graph(base: str) -> str:
    """Return the IRI of the named graph of evidence."""
    return f"{base}evidence"


def add_evidence(graph: Graph, evidence: Iterable[Evidence]) -> None:
    """Load all evidence into its graph; without evidence there is no graph."""
    graph.load_lines(line for item in evidence for line in evidence_lines(item, graph.base))


def evidence_lines(item: Evidence, base: str) -> Iterator[str]:
    """Yield N-Quads of one piece of evidence: claim, place, verdict, and the activity of the tool that gave it."""
    name = f"<{evidence_graph(base)}>"
    for line in _triples(item, base):
        yield f"{line} {name} ."


def _triples(item: Evidence, base: str) -> Iterator[str]:
    node = f"{evidence_graph(base)}/{iri_path(item.key)}"
    s, verdict, run = f"<{node}>", f"<{node}/verdict>", f"<{node}/run>"
    yield f"{s} {_TYPE} <{KG}Evidence>"
    if item.concept:
        yield f"{s} <{KG}evidenceFor> <{item.concept}>"
    yield f"{s} <{PROV}wasDerivedFrom> <{notes_iri(base)}{iri_path(item.path)}#L{item.line}>"
    yield f"{s} <{KG}representation> {format_literal(item.kind)}"
    yield f"{s} <{KG}language> {format_literal(item.language)}"
    if item.claims:
        yield f"{s} <{KG}claims> {format_literal(item.claims)}"
    if item.digest:
        yield f"{s} <{KG}digest> {format_literal(item.digest)}"
    # The current verdict is also a property of the claim, so that queries find it in one step.
    yield f"{s} <{KG}verdict> {format_literal(item.verdict)}"
    if item.why:
        yield f"{s} <{RDFS}comment> {format_literal(item.why)}"
    for number, part in enumerate(item.parts, 1):
        p = f"<{node}/part/{number}>"
        yield f"{p} {_TYPE} <{KG}Specification>"
        yield f"{p} <{KG}specificationOf> {s}"
        yield f"{p} <{RDFS}label> {format_literal(part.name)}"
        yield f"{p} <{KG}expected> {boolean(part.expected)}"
        if part.holds is not None:
            yield f"{p} <{KG}holds> {boolean(part.holds)}"
        if part.note:
            yield f"{p} <{RDFS}comment> {format_literal(part.note)}"
    if item.tool and item.verdict not in ("unverified", "stale"):
        agent = f"<{base}tool/{iri_path('-'.join(filter(None, (item.tool, item.version))))}>"
        yield f"{verdict} {_TYPE} <{PROV}Entity>"
        yield f"{verdict} <{KG}verdict> {format_literal(item.verdict)}"
        yield f"{verdict} <{PROV}wasGeneratedBy> {run}"
        yield f"{verdict} <{PROV}wasDerivedFrom> {s}"
        yield f"{run} {_TYPE} <{PROV}Activity>"
        yield f"{run} <{PROV}used> {s}"
        yield f"{run} <{PROV}wasAssociatedWith> {agent}"
        yield f"{agent} {_TYPE} <{PROV}SoftwareAgent>"
        yield f"{agent} <{RDFS}label> {format_literal(f'{item.tool} {item.version}'.strip())}"
