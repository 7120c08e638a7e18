"""What is looked up in the store concept by concept is what the whole network says."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg
from kg.base.names import KG, LINKS_TO, OWL, RDF, RDFS, SKOS
from kg.graph import Graph
from kg.model import Impact, Relation
from kg.network import project_network
from kg.network import stored as stored_module
from kg.network.around import Projected, Reach, Statement, StatementsByConcept
from kg.network.paths import find_meetings, find_paths, trace_impact
from kg.network.stored import Stored

ROOT = Path(__file__).resolve().parents[3]
BASE = "https://example.org/kb/"
DEFAULT = ox.DefaultGraph()


def _relation(key: str, side: Impact) -> Relation:
    return Relation(KG + key, key, {"en": key}, {}, (), (), None, False, False, "associative", side)


RELATIONS = {r.iri: r for r in (_relation("uses", "object"), _relation("part-of", "subject"))}


def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{BASE}concept/{name}")


def _add(graph: Graph, s: str, p: str, o: str, named: str, *, default: bool = True) -> None:
    """A statement in the default graph and in a named one; what a rule derived names the rule."""
    triple = _node(s), ox.NamedNode(p), _node(o)
    if default:
        graph.store.add(ox.Quad(*triple, DEFAULT))
    if named:
        name = ox.NamedNode(BASE + named)
        graph.store.add(ox.Quad(*triple, name))
        if named.startswith("inferred/"):
            rule = ox.NamedNode(BASE + "inferred/" + named.split("/")[1])
            graph.store.add(ox.Quad(name, ox.NamedNode(KG + "byRule"), rule, DEFAULT))
            graph.store.add(ox.Quad(rule, ox.NamedNode(RDF + "type"), ox.NamedNode(KG + "Rule"), DEFAULT))


def _graph(seed: int, rule: str) -> tuple[Graph, list[str]]:
    """A random graph with statements of every origin, between concepts, things that are none, and literals."""
    draw = random.Random(seed)
    graph = Graph(ox.Store(), BASE)
    concepts = [f"c{i}" for i in range(draw.randint(3, 14))]
    things = [*concepts, "none", "neither"]
    for concept in concepts:
        graph.store.add(ox.Quad(_node(concept), ox.NamedNode(RDF + "type"), ox.NamedNode(SKOS + "Concept"), DEFAULT))
        graph.store.add(ox.Quad(_node(concept), ox.NamedNode(KG + "uses"), ox.Literal(concept), DEFAULT))
    for relation in RELATIONS:
        graph.store.add(ox.Quad(ox.NamedNode(relation), ox.NamedNode(KG + "key"), ox.Literal(relation), DEFAULT))
    for _ in range(draw.randint(2, 30)):
        s, o = draw.choice(things), draw.choice(things)
        p = draw.choice([*RELATIONS, LINKS_TO, LINKS_TO, KG + "unknown"])
        named = draw.choice(["notes/a.md#L1", "notes/b.md#L2", "notes/b.md#L2", f"inferred/{rule}/x{draw.random()}", ""])
        if p == LINKS_TO and rule == "inverse":
            named = "notes/a.md#L3"
        _add(graph, s, p, o, named, default=draw.random() < 0.95)
    return graph, [str(_node(c).value) for c in concepts]


def _same(one: StatementsByConcept, other: StatementsByConcept, a: str, b: str, relations: dict[str, Relation]) -> None:
    assert find_paths(one, a, b) == find_paths(other, a, b)
    assert find_meetings(one, a, b) == find_meetings(other, a, b)
    assert trace_impact(one, relations, a) == trace_impact(other, relations, a)
    for reach in (Reach.TYPED, Reach.WRITTEN, Reach.INFERRED):
        assert one.neighbours(a, reach) == other.neighbours(a, reach)
        assert one.between(a, b, reach) == other.between(a, b, reach)


@pytest.mark.parametrize("rule", ["inverse", "own"])
@pytest.mark.parametrize("seed", range(60))
def test_the_store_says_what_the_network_says(seed: int, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, concepts = _graph(seed, rule)
    network = Projected(project_network(graph, RELATIONS))
    draw = random.Random(seed)
    for a, b in draw.sample(list(itertools.permutations(concepts, 2)), 6):
        _same(Stored(graph, RELATIONS), network, a, b, RELATIONS)
    for many in (0, 3, 8):
        # after so many concepts all that are left are read at once
        monkeypatch.setattr(stored_module, "_LEAST_MANY", many)
        for a, b in draw.sample(list(itertools.permutations(concepts, 2)), 3):
            _same(Stored(graph, RELATIONS), network, a, b, RELATIONS)


def test_many_neighbours_are_listed_before_they_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_module, "_SINGLY", 2)
    for seed in range(20):
        graph, concepts = _graph(seed, "own")
        network = Projected(project_network(graph, RELATIONS))
        for a, b in itertools.islice(itertools.permutations(concepts, 2), 5):
            _same(Stored(graph, RELATIONS), network, a, b, RELATIONS)


def test_the_projects_own_notes() -> None:
    base = kg.read(ROOT / "concepts")
    network, relations = Projected(base.network), dict(base.relations)
    draw = random.Random(1)
    for _ in range(25):
        a, b = draw.sample(list(base.concepts), 2)
        _same(Stored(base.graph, relations), network, a, b, relations)


@pytest.mark.parametrize(
    "tie", [(RDFS + "subPropertyOf", LINKS_TO, True), (OWL + "inverseOf", LINKS_TO, True), (OWL + "inverseOf", LINKS_TO, False)]
)
def test_links_that_built_in_rules_derive_are_inferred(tie: tuple[str, str, bool]) -> None:
    graph = Graph(ox.Store(), BASE)
    for concept in "ab":
        graph.store.add(ox.Quad(_node(concept), ox.NamedNode(RDF + "type"), ox.NamedNode(SKOS + "Concept"), DEFAULT))
    predicate, links, forward = tie
    ends = ox.NamedNode("urn:cites"), ox.NamedNode(links)
    one, other = ends if forward else ends[::-1]
    graph.store.add(ox.Quad(one, ox.NamedNode(predicate), other, DEFAULT))
    _add(graph, "a", LINKS_TO, "b", "inferred/sub-property/notes/a.md#L1")
    expected = [Statement(f"{BASE}concept/a", LINKS_TO, f"{BASE}concept/b", False, "inferred")]
    for around in (Stored(graph, RELATIONS), Projected(project_network(graph, RELATIONS))):
        assert around.between(f"{BASE}concept/a", f"{BASE}concept/b", Reach.SUGGESTED) == expected
        assert around.neighbours(f"{BASE}concept/a", Reach.WRITTEN) == frozenset()


@pytest.mark.parametrize("many", [1_000, 0])
def test_suggestions_join_what_nothing_else_does(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_module, "_LEAST_MANY", many)
    graph = Graph(ox.Store(), BASE)
    for concept in "abcd":
        graph.store.add(ox.Quad(_node(concept), ox.NamedNode(RDF + "type"), ox.NamedNode(SKOS + "Concept"), DEFAULT))
    graph.store.add(ox.Quad(ox.NamedNode(KG + "uses"), ox.NamedNode(KG + "key"), ox.Literal("uses"), DEFAULT))
    _add(graph, "a", KG + "uses", "b", "notes/a.md#L1")
    _add(graph, "b", KG + "suggested", "c", "suggested/mention", default=False)
    _add(graph, "a", KG + "uses", "c", "elsewhere", default=False)
    _add(graph, "b", KG + "suggested", "nothing", "suggested", default=False)
    a, b, c, d = (str(_node(n).value) for n in "abcd")
    (path,) = find_paths(Stored(graph, RELATIONS), a, c)
    assert [s.statements for s in path] == [
        (Statement(a, KG + "uses", b, True),),
        (Statement(b, KG + "suggested", c, False, "suggested"),),
    ]
    assert find_paths(Stored(graph, RELATIONS), a, d) == ()
    assert find_meetings(Stored(graph, RELATIONS), a, c) == ()
    assert trace_impact(Stored(graph, RELATIONS), RELATIONS, c) == ()
