"""The network for Gephi, yEd and Cytoscape: GraphML and GEXF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Final

from kg.model import Artifact, Concept

if TYPE_CHECKING:
    import networkx as nx

_HEAD: Final = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""
_KEY: Final = '<key id="{}" for="{}" attr.name={} attr.type="{}" />\n'
_OF_CONCEPTS: Final = ("type", "layer", "area", "path")
_OF_EDGES: Final = {"relation": "string", "asserted": "boolean", "path": "string", "line": "long"}
_DATE: Final = re.compile(rb' lastmodifieddate="[^"]*"')


def render_graphml(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str]) -> Artifact:
    """`graph/kg.graphml`: concepts with labels, edges with the keys of their relations.

    Brandes et al. 2013, "Graph Markup Language (GraphML)". The writer of networkx takes ten times as long.
    """
    described = {iri: _described(concepts[iri]) for iri in network if iri in concepts}
    names = dict.fromkeys(sorted(name for data in described.values() for name in data if name.startswith("label_")))
    columns = {name: f"d{n}" for n, name in enumerate((*names, *_OF_CONCEPTS))}
    of_edges = {name: f"e{n}" for n, name in enumerate(_OF_EDGES)}
    lines = [_HEAD]
    lines += (_KEY.format(key, "node", _quoted(name), "string") for name, key in columns.items())
    lines += (_KEY.format(key, "edge", _quoted(name), _OF_EDGES[name]) for name, key in of_edges.items())
    lines.append('<graph edgedefault="directed">\n')
    for iri in network:
        data = "".join(f'<data key="{columns[name]}">{_text(text)}</data>' for name, text in described.get(iri, {}).items())
        lines.append(f"<node id={_quoted(iri)}>{data}</node>\n")
    ids = {iri: _quoted(iri) for iri in network}
    relation, asserted, path, line = (f'<data key="{key}">' for key in of_edges.values())
    for source, target, key, stated in network.edges(keys=True, data=True):
        lines.append(
            f"<edge source={ids[source]} target={ids[target]}>{relation}{_text(keys.get(key, key))}</data>"
            f"{asserted}{stated['asserted']}</data>{path}{_text(_xml(stated['path']))}</data>{line}{stated['line']}</data></edge>\n"
        )
    lines.append("</graph>\n</graphml>\n")
    return Artifact("graph/kg.graphml", "".join(lines).encode())


def _text(text: str) -> str:
    return escape(text, quote=False)


def _quoted(text: str) -> str:
    return f'"{escape(text)}"'


def _described(concept: Concept) -> dict[str, str]:
    """The attributes of a concept, without characters that XML doesn't allow."""
    data = {f"label_{_xml(lang) or 'und'}": _xml(text) for lang, text in concept.labels.items()}
    return data | {name: _xml(getattr(concept, name)) for name in _OF_CONCEPTS}


def render_gexf(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str], lang: str) -> Artifact:
    """`kg.gexf`: like GraphML; the label of a concept is in one language, and labels in other languages are attributes."""
    # start time: networkx is needed only by callers that traverse a network
    import networkx as nx

    plain = _plain(network, concepts, keys)
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
) -> nx.MultiDiGraph[str]:
    """A copy with attributes of types that GEXF supports."""
    # start time: networkx is needed only by callers that traverse a network
    import networkx as nx

    plain: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for iri in network:
        plain.add_node(iri, **(_described(concepts[iri]) if iri in concepts else {}))
    for source, target, key, data in network.edges(keys=True, data=True):
        plain.add_edge(
            source, target, relation=keys.get(key, key), asserted=data["asserted"], path=_xml(data["path"]), line=data["line"]
        )
    return plain


def _xml(text: str) -> str:
    """Text without characters that XML 1.0 doesn't allow."""
    return "".join(c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff")
