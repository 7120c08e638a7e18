"""What an edit adds to the measure is what the measure says after the edit."""

from __future__ import annotations

import random

import networkx as nx
import pytest

from kg.metrics.association import concept_association
from kg.metrics.edits import AssociationCount, AssociationEdit, AssociationState, best_edits, cheapest_edits
from kg.model import Hierarchy, Relation
from kg.network.edges import stated_edges

RELATIONS = {
    iri: Relation(iri, iri, {}, {}, (), (), None, False, False, kind)  # type: ignore[arg-type]  # made up
    for iri, kind in (("up", "broader"), ("down", "narrower"), ("uses", "associative"))
}
KEY = {"broader": "up", "narrower": "down", "associative": "uses"}
Edge = tuple[str, str, str, bool]


def hierarchy(edges: list[Edge], tops: tuple[str, ...]) -> Hierarchy:
    parents: dict[str, tuple[str, ...]] = {}
    for s, t, key, typed in edges:
        if typed and key != "uses":
            below, above = (s, t) if key == "up" else (t, s)
            parents[below] = (*parents.get(below, ()), above)
    return Hierarchy(parents, {}, (), (), {}, (), (), (), tops)


def measured(nodes: list[str], edges: list[Edge], tops: tuple[str, ...]) -> AssociationCount:
    network = graph(nodes, edges)
    measure = concept_association(stated_edges(network), RELATIONS, hierarchy(edges, tops), None)
    lacks = sum(map(len, measure.reasons.values()))
    return AssociationCount(4 * len(nodes) - lacks, int(measure.numerator), len(nodes))


def graph(nodes: list[str], edges: list[Edge]) -> nx.MultiDiGraph[str]:
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(nodes)
    for s, t, key, typed in edges:
        network.add_edge(s, t, key=key, typed=typed, asserted=True)
    return network


@pytest.mark.parametrize("seed", range(40))
def test_gains_are_those_of_the_measure(seed: int) -> None:
    rng = random.Random(seed)
    nodes = [f"n{i}" for i in range(rng.randrange(1, 12))]
    tops = tuple(rng.sample(nodes, min(len(nodes), rng.randrange(3))))
    edges: list[Edge] = [
        (rng.choice(nodes), rng.choice(nodes), rng.choice(["up", "down", "uses"]), rng.random() < 0.8)
        for _ in range(rng.randrange(2 * len(nodes)))
    ]
    edges = [e for e in edges if e[0] != e[1]]
    state = AssociationState(stated_edges(graph(nodes, edges)), RELATIONS, hierarchy(edges, tops))
    assert state.count() == measured(nodes, edges, tops)
    for _ in range(8):
        kind = rng.choice(["broader", "narrower", "associative"])
        edit = AssociationEdit(rng.choice(nodes), rng.choice(nodes), kind, 0.5, "e")  # type: ignore[arg-type]
        if edit.source == edit.target:
            assert state.gain(edit) == 0
            continue
        before, gain = state.count(), state.gain(edit)
        edges.append((edit.source, edit.target, KEY[kind], True))
        state.make(edit)
        assert state.count() == measured(nodes, edges, tops)
        assert state.count().met == before.met + gain


def test_the_best_edit_comes_first_and_pairs_once() -> None:
    edges: list[Edge] = [("a", "b", "uses", True)]
    nodes = ["a", "b", "c", "d"]
    state = AssociationState(stated_edges(graph(nodes, edges)), RELATIONS, hierarchy(edges, ("b",)))
    edits = [
        AssociationEdit("c", "d", "associative", 0.9, "other component"),
        AssociationEdit("c", "b", "broader", 0.2, "joins the largest"),
        AssociationEdit("c", "b", "associative", 0.1, "the same pair"),
        AssociationEdit("a", "b", "associative", 1.0, "adds nothing"),
    ]
    cheapest = cheapest_edits(state, edits)
    assert cheapest["c"].name == "joins the largest"
    ranked = best_edits(state, edits, 10)
    assert [r.edit.name for r in ranked] == ["joins the largest", "other component"]
    assert [r.after.met - r.before.met for r in ranked] == [3, 4]
    assert all(r.before.graded < r.after.graded for r in ranked)


def test_nothing_lacks_nothing() -> None:
    state = AssociationState(stated_edges(graph([], [])), RELATIONS, hierarchy([], ()))
    assert state.count() == AssociationCount(0, 0, 0)
    assert (state.count().graded, best_edits(state, [], 10)) == (0.0, [])
