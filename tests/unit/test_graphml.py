"""GraphML has what the network has, whatever names there are."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.views.export import networks

NAMES = st.sampled_from(["urn:a", "urn:b", "urn:c", "urn:d&e"])
EDGES = st.tuples(
    NAMES, NAMES, st.sampled_from(["p", "q"]), st.booleans(), st.sampled_from(["", "a.md", "<edge >"]), st.integers(0, 9)
)


@settings(deadline=None)
@given(st.lists(NAMES), st.lists(EDGES, max_size=20))
def test_a_reader_gets_the_network_back(nodes: list[str], edges: list[tuple[str, str, str, bool, str, int]]) -> None:
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(nodes)
    for source, target, key, asserted, path, line in edges:
        network.add_edge(source, target, key=key, asserted=asserted, path=path, line=line)
    read = nx.parse_graphml(networks.render_graphml(network, {}, {"p": "uses<&>"}).data.decode(), force_multigraph=True)
    assert list(read.nodes) == list(network.nodes)
    shown = [(s, t, d["relation"], d["asserted"], d.get("path", ""), d["line"]) for s, t, d in read.edges(data=True)]
    keys = {"p": "uses<&>"}
    assert shown == [
        (s, t, keys.get(k, k), d["asserted"], d["path"], d["line"]) for s, t, k, d in network.edges(keys=True, data=True)
    ]
