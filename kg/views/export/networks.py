"""The network for Gephi, yEd and Cytoscape: GraphML and GEXF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from kg.model import Artifact, Concept

if TYPE_CHECKING:
    import networkx as nx

_EDGES: Final = 5_000
_DATE: Final = re.compile(rb' lastmodifieddate="[^"]*"')


def render_graphml(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str]) -> Artifact:
    """`graph/kg.graphml`: concepts with labels, edges with the keys of their relations."""
    # start time: networkx is needed only by callers that traverse a network
    from networkx.readwrite.graphml import GraphMLWriter

    text = bytearray()
    names: dict[object, str] = {}
    for n, nodes in enumerate(_parts(network)):
        # networkx builds XML elements in memory, so edges are written in batches, with the same attribute names.
        writer = GraphMLWriter(encoding="utf-8", prettyprint=False)
        writer.keys = names
        writer.add_graph_element(_plain(network, concepts, keys, list(network) if not n else (), nodes))
        buffer = BytesIO()
        writer.dump(buffer)
        part = buffer.getvalue()
        if n:
            text[text.rindex(b"</graph>") :] = part[part.index(b"<edge ") :]
        else:
            text += part
    return Artifact("graph/kg.graphml", bytes(text))


def _parts(network: nx.MultiDiGraph[str]) -> Iterator[list[str]]:
    """Yield batches of source nodes with some thousand outgoing edges."""
    part: list[str] = []
    edges = 0
    for node in network:
        part.append(node)
        edges += network.out_degree(node)
        if edges >= _EDGES:
            yield part
            part, edges = [], 0
    if edges or not network.number_of_edges():
        yield part


def render_gexf(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str], lang: str) -> Artifact:
    """`kg.gexf`: like GraphML; the label of a concept is in one language, and labels in other languages are attributes."""
    # start time: networkx is needed only by callers that traverse a network
    import networkx as nx

    plain = _plain(network, concepts, keys, list(network), list(network))
    for iri, data in plain.nodes(data=True):
        data["label"] = _xml(concepts[iri].label(lang)) if iri in concepts else iri
    for _, _, data in plain.edges(data=True):
        data["label"] = data["relation"]
    buffer = BytesIO()
    nx.write_gexf(plain, buffer, encoding="utf-8", prettyprint=False)
    # Remove the export date that networkx writes, so that equal graphs give equal bytes.
    return Artifact("kg.gexf", _DATE.sub(b"", buffer.getvalue(), count=1))


def _plain(
    network: nx.MultiDiGraph[str],
    concepts: Mapping[str, Concept],
    keys: Mapping[str, str],
    nodes: Iterable[str],
    sources: Sequence[str],
) -> nx.MultiDiGraph[str]:
    """A subgraph with attributes of types that the formats support: given nodes, and the edges of given sources."""
    # start time: networkx is needed only by callers that traverse a network
    import networkx as nx

    plain: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for iri in nodes:
        concept = concepts.get(iri)
        data = {f"label_{_xml(lang) or 'und'}": _xml(text) for lang, text in concept.labels.items()} if concept else {}
        if concept:
            data |= {"type": concept.type, "layer": _xml(concept.layer), "area": _xml(concept.area), "path": _xml(concept.path)}
        plain.add_node(iri, **data)
    plain.add_nodes_from(sources)
    for source, target, key, data in network.edges(sources, keys=True, data=True):
        plain.add_edge(
            source, target, relation=keys.get(key, key), asserted=data["asserted"], path=_xml(data["path"]), line=data["line"]
        )
    return plain


def _xml(text: str) -> str:
    """Text without characters that XML 1.0 doesn't allow."""
    return "".join(c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff")
