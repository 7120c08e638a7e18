"""What edges determine is the same after it was stored, and nothing else changes its key."""

from __future__ import annotations

import random
from dataclasses import replace

import msgspec
import networkx as nx
import pytest

from kg.model import Concept, Corpus
from kg.network.edges import stated_edges
from kg.network.layout import place_concepts
from kg.network.structure import (
    NetworkDescription,
    NetworkStructure,
    RememberedNetwork,
    describe_structure,
    description_key,
    find_structure,
    positions_key,
    structure_key,
)
from kg.network.terms import ConceptTerms, term_texts


def network_of(seed: int, nodes: int = 60) -> nx.MultiDiGraph:
    rng = random.Random(seed)
    names = [f"c{i:02}" for i in range(nodes)]
    network: nx.MultiDiGraph = nx.MultiDiGraph()
    network.add_nodes_from(names)
    for _ in range(3 * nodes):
        source, target = rng.sample(names, 2)
        network.add_edge(
            source, target, rng.choice("abc"), asserted=rng.random() > 0.1, typed=rng.random() > 0.3, path="x.md", line=1
        )
    return network


CONCEPTS = {
    f"c{i:02}": Concept(f"c{i:02}", f"c{i:02}", f"c{i:02}.md", {"en": f"Concept {i}"}, (), "concept", "", "", {}, (), (), "")
    for i in range(60)
}
TERMS = ConceptTerms({iri: frozenset({f"w{i % 5}", f"x{i % 7}"}) for i, iri in enumerate(CONCEPTS)}, frozenset({"w1"}))


@pytest.mark.parametrize("seed", range(5))
def test_a_stored_structure_is_equal(seed: int) -> None:
    edges, nothing = stated_edges(network_of(seed)), RememberedNetwork()
    structure = find_structure(edges, nothing)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(structure), type=NetworkStructure)
    assert again == structure
    assert list(again.concepts) == list(structure.concepts)
    described = describe_structure(structure, edges, nothing, TERMS, CONCEPTS, ("en", "zh"))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(described), type=NetworkDescription) == described
    # With what is remembered of itself, it stays.
    members = {member: group.number for group in structure.groups for member in group.members}
    assert find_structure(edges, RememberedNetwork(members)).groups == structure.groups
    positions = place_concepts(edges, {}, members)
    assert place_concepts(edges, positions, members) == positions


def test_places_and_order_do_not_count() -> None:
    network = network_of(1)
    key = structure_key(stated_edges(network), RememberedNetwork())
    moved: nx.MultiDiGraph = nx.MultiDiGraph()
    moved.add_nodes_from(network)
    for source, target, relation, data in sorted(network.edges(keys=True, data=True), key=lambda e: (e[1], e[0], e[2])):
        moved.add_edge(source, target, relation, **(data | {"path": "y.md", "line": data["line"] + 7}))
    assert structure_key(stated_edges(moved), RememberedNetwork()) == key
    assert find_structure(stated_edges(moved), RememberedNetwork()) == find_structure(
        stated_edges(network), RememberedNetwork()
    )


@pytest.mark.parametrize("change", ["edge", "relation", "typed", "asserted", "node", "members"])
def test_everything_that_is_read_counts(change: str) -> None:
    network, remembered = network_of(2), RememberedNetwork()
    key = structure_key(stated_edges(network), remembered)
    source, target, relation = next(
        (s, t, k) for s, t, k, d in network.edges(keys=True, data=True) if d["asserted"] and d["typed"]
    )
    match change:
        case "edge":
            network.remove_edge(source, target, relation)
        case "relation":
            data = network.edges[source, target, relation]
            network.remove_edge(source, target, relation)
            network.add_edge(source, target, "other", **data)
        case "typed" | "asserted":
            network.edges[source, target, relation][change] = False
        case "node":
            network.add_node("zz")
        case "members":
            remembered = remembered._replace(members={"c01": 3})
    assert structure_key(stated_edges(network), remembered) != key


def test_everything_that_positions_read_counts() -> None:
    edges = stated_edges(network_of(2))
    keys = [
        positions_key(edges, {}, {}),
        positions_key(edges, {"c01": (0.1, 0.2)}, {}),
        positions_key(edges, {}, {"c01": 3}),
        positions_key(stated_edges(network_of(3)), {}, {}),
    ]
    assert len(set(keys)) == len(keys)


def test_names_and_terms_count_for_the_description_only() -> None:
    edges, remembered = stated_edges(network_of(3)), RememberedNetwork()
    key = structure_key(edges, remembered)
    renamed = remembered._replace(names={0: {"en": "First"}})
    assert structure_key(edges, renamed) == key

    def texts(**changes: object) -> list[tuple[object, ...]]:
        concepts = CONCEPTS | {"c01": replace(CONCEPTS["c01"], **changes)}
        return term_texts(Corpus({}, concepts, {}, (), (), ()))

    keys = [
        description_key(key, remembered, texts(), ("en",)),
        description_key(key, remembered, texts(), ("zh",)),
        description_key(key, renamed, texts(), ("en",)),
        description_key(key, remembered, texts(labels={"en": "Other"}), ("en",)),
        description_key(key, remembered, texts(alt_labels=(("Other", "en"),)), ("en",)),
        description_key(key, remembered, texts(definitions={"en": "One."}), ("en",)),
        description_key(b"", remembered, texts(), ("en",)),
    ]
    assert len(set(keys)) == len(keys)
    # What a description doesn't read.
    assert description_key(key, remembered, texts(path="z.md", area="area"), ("en",)) == keys[0]
