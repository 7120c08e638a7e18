"""GraphML that is written some edges at a time has the bytes of one that is written at once."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.views.export import networks

NAMES = st.sampled_from(["urn:a", "urn:b", "urn:c", "urn:d&e"])
EDGES = st.tuples(
    NAMES, NAMES, st.sampled_from(["p", "q"]), st.booleans(), st.sampled_from(["", "a.md", "<edge >"]), st.integers(0, 9)
)


@settings(deadline=None)
@given(st.lists(NAMES), st.lists(EDGES, max_size=20), st.integers(1, 5))
def test_parts_change_nothing(nodes: list[str], edges: list[tuple[str, str, str, bool, str, int]], size: int) -> None:
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(nodes)
    for source, target, key, asserted, path, line in edges:
        network.add_edge(source, target, key=key, asserted=asserted, path=path, line=line)
    whole = networks.graphml(network, {}, {}).data
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(networks, "_EDGES", size)
        assert networks.graphml(network, {}, {}).data == whole
    read = nx.parse_graphml(whole.decode())
    assert (set(read.nodes), read.number_of_edges()) == (set(network.nodes), network.number_of_edges())
