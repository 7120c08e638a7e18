"""The graph of a build in each format of ``kg export``: asserted and inferred statements, optionally suggestions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from kg.base.errors import UsageError
from kg.base.names import LINKS_TO
from kg.model import Artifact, NetworkEdge
from kg.views.export.cypher import cypher
from kg.views.export.networks import render_gexf, render_graphml
from kg.views.export.tables import edges_csv, nodes_csv

if TYPE_CHECKING:
    from kg.graph import Graph

FORMATS: Final = ("turtle", "ntriples", "trig", "jsonld", "graphml", "gexf", "csv", "cypher")


def export_graph(
    graph: Graph, form: str, lang: str = "en", *, suggested: bool = False, edges: Iterable[NetworkEdge] | None = None
) -> tuple[Artifact, ...]:
    """Return the graph in one of FORMATS: one artifact, or two (nodes and edges) for ``csv``.

    ``turtle``, ``ntriples`` and ``jsonld`` contain the default graph; ``trig`` also contains provenance; the others contain
    concepts and the relations between them. `lang` is the language of labels in formats with one label. Suggestions are in
    named graphs, so only ``trig`` can contain them; with any other format, `suggested` raises UsageError. `edges` are those of
    the graph's network in its order, if the caller has them; only ``csv`` takes them.
    """
    if suggested and form != "trig":
        raise UsageError(f"{form} can't mark suggestions", hint="kg export trig --suggested")
    match form:
        case "turtle":
            return (Artifact("kg.ttl", graph.turtle()),)
        case "ntriples":
            return (Artifact("kg.nt", graph.ntriples()),)
        case "trig":
            return (Artifact("kg.trig", graph.trig(suggested=suggested)),)
        case "jsonld":
            # start time: who exports measures opens no store
            from kg.views.export.jsonld import render_jsonld

            return (render_jsonld(graph),)
    # start time: who exports measures opens no store
    from kg.graph.concepts import concepts_of, vocabulary_of
    from kg.network import project_edges, project_network

    vocabulary = vocabulary_of(graph)
    concepts = concepts_of(graph, vocabulary)
    keys = {iri: r.key for iri, r in vocabulary.relations.items()} | {LINKS_TO: "links-to"}
    match form:
        case "csv":
            edges = project_edges(graph, vocabulary.relations).edges if edges is None else edges
            return (nodes_csv(concepts), edges_csv(edges, keys))
    network = project_network(graph, vocabulary.relations)
    match form:
        case "graphml":
            return (render_graphml(network, concepts, keys),)
        case "gexf":
            return (render_gexf(network, concepts, keys, lang),)
        case "cypher":
            return (cypher(network, concepts, keys),)
    raise ValueError(form)
