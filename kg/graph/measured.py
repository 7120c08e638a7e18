"""Measures as linked data: W3C DQV measurements in a named graph of results, added after all inference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kg.base.about import ontology_folder
from kg.base.names import DCTERMS, DQV, METRIC, OA, RDF, RDFS, XSD, iri_path
from kg.graph.dataset import Graph
from kg.graph.literals import boolean, format_literal
from kg.graph.vocabulary import read_turtle
from kg.model import Measure

_TYPE: Final = f"<{RDF}type>"


def measures_graph(base: str) -> str:
    """Return the IRI of the named graph of measures."""
    return f"{base}measures"


def add_measures(
    graph: Graph,
    measures: Sequence[Measure],
    claimed: Mapping[str, float],
    gates: Mapping[str, float],
    parts: Mapping[str, str] | None = None,
) -> None:
    """Load all measures into the graph of results. `parts` maps the name of a part to the IRI that it was computed on."""
    graph.load_lines(measure_lines(measures, graph.base, claimed, gates, parts or {}))


def measure_lines(
    measures: Sequence[Measure], base: str, claimed: Mapping[str, float], gates: Mapping[str, float], parts: Mapping[str, str]
) -> Iterator[str]:
    """Yield N-Quads of the metrics' definitions and of every measure with target, parts, diagnostics and offenders."""
    name = f"<{measures_graph(base)}>"
    for triple in read_turtle(ontology_folder() / "metrics.ttl"):
        yield f"{triple} {name} ."
    yield f"{name} {_TYPE} <{DQV}QualityMeasurementDataset> {name} ."
    for measure in measures:
        for line in _measure(measure, base, claimed, gates, parts):
            yield f"{line} {name} ."


def _measure(
    m: Measure, base: str, claimed: Mapping[str, float], gates: Mapping[str, float], parts: Mapping[str, str]
) -> Iterator[str]:
    node = f"{measures_graph(base)}/{iri_path(m.name)}"
    s = f"<{node}>"
    stem, _, area = m.name.partition(".")
    kind = f"<{METRIC}{iri_path(stem)}>"
    yield from _measurement(s, kind, f"<{base}scheme>", m.value, m.numerator, m.denominator)
    if area:
        yield f"{s} <{METRIC}area> {format_literal(area)}"
    numbers = (
        ("target", m.target), ("floor", m.floor), ("claimed", claimed.get(m.name)), ("gate", gates.get(m.name)),
        ("lowerBound", m.lower),
    )  # fmt: skip
    for key, value in numbers:
        if value is not None:
            yield f"{s} <{METRIC}{key}> {_decimal(value)}"
    if m.met is not None:
        yield f"{s} <{METRIC}met> {boolean(m.met)}"
    if m.note:
        yield f"{s} <{RDFS}comment> {format_literal(m.note)}"
    for part, (n, d) in m.parts.items():
        p = f"<{node}/part/{iri_path(part)}>"
        yield from _measurement(p, kind, f"<{parts[part]}>" if part in parts else "", n / d if d else None, n, d)
        yield f"{p} <{METRIC}partOf> {s}"
        yield f"{p} <{DCTERMS}title> {format_literal(part)}"
    for key, value in m.diagnostics.items():
        d_node = f"<{node}/diagnostic/{iri_path(key)}>"
        yield f"{d_node} <{METRIC}diagnosticOf> {s}"
        yield f"{d_node} <{RDFS}label> {format_literal(key)}"
        yield f"{d_node} <{DQV}value> {_decimal(value)}"
    yield from _offenders(m, node)


def _measurement(s: str, kind: str, on: str, value: float | None, numerator: float, denominator: float) -> Iterator[str]:
    yield f"{s} {_TYPE} <{DQV}QualityMeasurement>"
    yield f"{s} <{DQV}isMeasurementOf> {kind}"
    if on:
        yield f"{s} <{DQV}computedOn> {on}"
    yield f"{s} <{METRIC}known> {boolean(value is not None)}"
    if value is not None:
        yield f"{s} <{DQV}value> {_decimal(value)}"
    yield f"{s} <{METRIC}numerator> {_decimal(numerator)}"
    yield f"{s} <{METRIC}denominator> {_decimal(denominator)}"


def _offenders(m: Measure, node: str) -> Iterator[str]:
    """Yield the offenders of a measure, and one annotation for each reason with all offenders that it applies to."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for offender in m.offenders:
        o = f"<{offender}>" if _is_iri(offender) else f"<{node}/offender/{iri_path(offender)}>"
        yield f"<{node}> <{METRIC}offender> {o}"
        if not _is_iri(offender):
            yield f"{o} <{RDFS}label> {format_literal(m.names.get(offender, offender))}"
        for reason in m.reasons.get(offender, ()):
            reasons[reason].append(o)
    for number, reason in enumerate(sorted(reasons), 1):
        a = f"<{node}/lack/{number}>"
        yield f"{a} {_TYPE} <{DQV}QualityAnnotation>"
        yield f"{a} <{OA}motivatedBy> <{DQV}qualityAssessment>"
        yield f"{a} <{OA}hasBody> {format_literal(reason)}"
        yield f"{a} <{METRIC}explains> <{node}>"
        for o in reasons[reason]:
            yield f"{a} <{OA}hasTarget> {o}"


def _is_iri(text: str) -> bool:
    return text.startswith(("http://", "https://", "urn:"))


def _decimal(value: float) -> str:
    """Return a number as xsd:decimal, which has no exponent.

    >>> [_decimal(v).split("^^")[0] for v in (0.5, 3.0, 1e-7, 0.0)]
    ['"0.5"', '"3"', '"0.0000001"', '"0"']
    """
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return f'"{text or "0"}"^^<{XSD}decimal>'
