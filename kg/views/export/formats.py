"""The graph of a build in each format of ``kg export``: asserted and inferred statements, optionally suggestions."""

from __future__ import annotations

from typing import Final

from kg.base.errors import UsageError
from kg.base.json_forms import json_line, json_pretty
from kg.base.names import LINKS_TO, PREFIXES
from kg.graph import Graph
from kg.graph.concepts import concepts_of, vocabulary_of
from kg.model import Artifact
from kg.views.export.cypher import cypher
from kg.views.export.networks import render_gexf, render_graphml
from kg.views.export.tables import edges_csv, nodes_csv

FORMATS: Final = ("turtle", "ntriples", "trig", "jsonld", "graphml", "gexf", "csv", "cypher")


def export_graph(graph: Graph, form: str, lang: str = "en", *, suggested: bool = False) -> tuple[Artifact, ...]:
    """Return the graph in one of FORMATS: one artifact, or two (nodes and edges) for ``csv``.

    ``turtle``, ``ntriples`` and ``jsonld`` contain the default graph; ``trig`` also contains provenance; the others contain
    concepts and the relations between them. `lang` is the language of labels in formats with one label. Suggestions are in
    named graphs, so only ``trig`` can contain them; with any other format, `suggested` raises UsageError.
    """
    if suggested and form != "trig":
        raise UsageError(f"{form} can't tell suggestions from statements", hint="export trig")
    match form:
        case "turtle":
            return (Artifact("kg.ttl", graph.turtle()),)
        case "ntriples":
            return (Artifact("kg.nt", graph.ntriples()),)
        case "trig":
            return (Artifact("kg.trig", graph.trig(suggested=suggested)),)
        case "jsonld":
            return (Artifact("kg.jsonld", _jsonld(graph)),)
    # start time: only needed by callers of this function
    from kg.network import project_network

    vocabulary = vocabulary_of(graph)
    concepts = concepts_of(graph, vocabulary)
    network = project_network(graph, vocabulary.relations)
    keys = {iri: r.key for iri, r in vocabulary.relations.items()} | {LINKS_TO: "links-to"}
    match form:
        case "graphml":
            return (render_graphml(network, concepts, keys),)
        case "gexf":
            return (render_gexf(network, concepts, keys, lang),)
        case "csv":
            return (nodes_csv(concepts), edges_csv(network, keys))
        case "cypher":
            return (cypher(network, concepts, keys),)
    raise ValueError(form)


def _jsonld(graph: Graph) -> bytes:
    """The default graph as JSON-LD with the usual prefixes, sorted, so that equal graphs give equal bytes."""
    # start time: rdflib is needed only for its API
    import rdflib
    from rdflib.plugins.serializers.jsonld import Converter
    from rdflib.plugins.shared.jsonld.context import Context

    triples = rdflib.Graph(bind_namespaces="none").parse(data=graph.ntriples(), format="ox-nt")
    converter = Converter(Context(PREFIXES), use_native_types=False, use_rdf_type=False)
    converter.use_native_types = False  # a context enables it again: "many"^^xsd:integer would become a string
    nodes = converter.from_graph(triples)
    return (json_pretty({"@context": PREFIXES, "@graph": _ordered(nodes)}, indent=1) + "\n").encode()


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        if value.get("@type") == "xsd:string" and "@value" in value:
            return value["@value"]
        # The order of an RDF list is significant; the order of several values of a property isn't.
        return {k: [_ordered(v) for v in value[k]] if k == "@list" else _ordered(value[k]) for k in sorted(value)}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=json_line)
    return value
