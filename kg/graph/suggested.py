"""Suggestions as linked data: each in a named graph of its own and never in the default graph, so none counts as asserted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kg.base.names import KG, PROV, XSD, iri_path, notes_iri
from kg.graph.dataset import Graph
from kg.graph.literals import format_literal
from kg.model import Suggestion

MAY_RELATE: Final = KG + "mayRelateTo"


def suggestion_graph(base: str, suggestion: Suggestion) -> str:
    """Return the IRI of the named graph of one suggestion."""
    return f"{base}suggested/{suggestion.lane}/{suggestion.id}"


def add_suggestions(graph: Graph, suggestions: Iterable[Suggestion]) -> None:
    """Load suggestions into the store, each into its graph. They are the last that is added to a graph."""
    graph.stated = graph.text.size if graph.text is not None else 0
    graph.load_lines(line for suggestion in suggestions for line in suggestion_lines(suggestion, graph.base))


def suggestion_lines(suggestion: Suggestion, base: str) -> Iterator[str]:
    """Yield N-Quads of one suggestion: the pair, then score, status and the place of a mention."""
    name = suggestion_graph(base, suggestion)
    relation = suggestion.relation or MAY_RELATE
    yield f"<{suggestion.source}> <{relation}> <{suggestion.target}> <{name}> ."
    yield f'<{name}> <{KG}score> "{suggestion.score:.4f}"^^<{XSD}decimal> <{name}> .'
    yield f"<{name}> <{KG}status> {format_literal('suggested')} <{name}> ."
    place = next((r for r in suggestion.why if r.kind == "mention"), None)
    if place is not None:
        yield f"<{name}> <{PROV}wasDerivedFrom> <{notes_iri(base)}{iri_path(place.path)}#L{place.line}> <{name}> ."
