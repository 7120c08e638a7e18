"""The network for Gephi, yEd and Cytoscape: GraphML and GEXF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Final

from kg.model import Artifact, Concept

if TYPE_CHECKING:
    import networkx as nx

_DATE: Final = re.compile(rb' lastmodifieddate="[^"]*"')


def render_graphml(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str]) -> Artifact:
    """`graph/kg.graphml`: concepts with labels, edges with the key of their relation."""
    import networkx as nx

    buffer = BytesIO()
    nx.write_graphml_xml(_plain(network, concepts, keys), buffer, encoding="utf-8", prettyprint=False)
    return Artifact("graph/kg.graphml", buffer.getvalue())


def render_gexf(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str], lang: str) -> Artifact:
    """`kg.gexf`: the same as GraphML; each concept is labelled in one language, the others are attributes."""
    import networkx as nx

    plain = _plain(network, concepts, keys)
    for iri, data in plain.nodes(data=True):
        data["label"] = _xml(concepts[iri].label(lang)) if iri in concepts else iri
    for _, _, data in plain.edges(data=True):
        data["label"] = data["relation"]
    buffer = BytesIO()
    nx.write_gexf(plain, buffer, encoding="utf-8", prettyprint=False)
    # networkx writes the day of the export into the file; equal graphs give equal bytes.
    return Artifact("kg.gexf", _DATE.sub(b"", buffer.getvalue(), count=1))


def _plain(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str]) -> nx.MultiDiGraph[str]:
    import networkx as nx

    plain: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for iri in network.nodes:
        concept = concepts.get(iri)
        data = {f"label_{_xml(lang) or 'und'}": _xml(text) for lang, text in concept.labels.items()} if concept else {}
        if concept:
            data |= {"type": concept.type, "layer": _xml(concept.layer), "area": _xml(concept.area), "path": _xml(concept.path)}
        plain.add_node(iri, **data)
    for source, target, key, data in network.edges(keys=True, data=True):
        plain.add_edge(
            source, target, relation=keys.get(key, key), asserted=data["asserted"], path=_xml(data["path"]), line=data["line"]
        )
    return plain


def _xml(text: str) -> str:
    """Text without the characters that XML 1.0 can't hold."""
    return "".join(c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff")
