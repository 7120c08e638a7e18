"""Paths between concepts against brute force, and what a change reaches."""

from __future__ import annotations

import itertools
import math
import random
from itertools import pairwise

import networkx as nx
import pytest

from kg.model import Impact, Relation
from kg.network import paths as paths_module
from kg.network.around import Projected, Statement
from kg.network.paths import Meeting, PathStep, find_meetings, trace_impact
from kg.network.paths import find_paths as paths_around

Edge = tuple[str, str, str]


def _network(*edges: Edge, plain: tuple[tuple[str, str], ...] = (), inferred: tuple[Edge, ...] = ()) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for s, key, o in edges:
        graph.add_edge(s, o, key=key, asserted=True, typed=True, path=f"{s}.md", line=1)
    for s, o in plain:
        graph.add_edge(s, o, key="links", asserted=True, typed=False, path=f"{s}.md", line=2)
    for s, key, o in inferred:
        graph.add_edge(s, o, key=key, asserted=False, typed=True, path="", line=0)
    return graph


def paths(graph: nx.MultiDiGraph, a: str, b: str, **given: int) -> tuple[tuple[PathStep, ...], ...]:
    return paths_around(Projected(graph), a, b, **given)


def _route(path: tuple) -> str:
    return "".join([path[0].source, *(step.target for step in path)])


def _routes(graph: nx.MultiDiGraph, a: str, b: str, **given: int) -> list[str]:
    return [_route(path) for path in paths(graph, a, b, **given)]


def test_each_step_has_its_statements_and_their_direction() -> None:
    graph = _network(("a", "uses", "b"), ("c", "needs", "b"), ("b", "helps", "c"))
    (path,) = paths(graph, "a", "c")
    assert [(s.source, s.target) for s in path] == [("a", "b"), ("b", "c")]
    assert path[0].statements == (Statement("a", "uses", "b", True),)
    assert set(path[1].statements) == {Statement("b", "helps", "c", True), Statement("c", "needs", "b", True)}


def test_the_shortest_come_first_and_hubs_last() -> None:
    spokes = tuple(("h", "r", f"z{i}") for i in range(9))
    graph = _network(
        ("a", "r", "h"), ("h", "r", "b"), ("a", "r", "m"), ("m", "r", "b"), ("a", "r", "b"),
        ("a", "r", "x"), ("x", "r", "y"), ("y", "r", "b"), *spokes,
    )  # fmt: skip
    assert _routes(graph, "a", "b") == ["ab", "amb", "ahb", "axyb"]
    assert _routes(graph, "b", "a") == ["ba", "bma", "bha", "byxa"]
    assert _routes(graph, "a", "b", limit=2) == ["ab", "amb"]


def test_typed_paths_come_before_shorter_plain_ones() -> None:
    graph = _network(("a", "r", "x"), ("x", "r", "y"), ("y", "r", "b"), plain=(("a", "p"), ("p", "b")))
    assert _routes(graph, "a", "b") == ["axyb", "apb"]
    assert [step.statements[0].typed for path in paths(graph, "a", "b") for step in path] == [True] * 3 + [False] * 2


def test_a_plain_link_of_the_two_is_never_crowded_out() -> None:
    graph = _network(*itertools.chain(*((("a", "r", m), (m, "r", "b")) for m in "uvwxyz")), plain=(("b", "a"),))
    assert _routes(graph, "a", "b") == ["aub", "avb", "awb", "axb", "ab"]
    assert paths(graph, "a", "b")[-1][0].statements == (Statement("b", "links", "a", False),)


def test_a_plain_link_beside_a_relation_says_nothing_new() -> None:
    graph = _network(("a", "r", "b"), plain=(("a", "b"),))
    assert paths(graph, "a", "b") == ((paths(graph, "a", "b")[0][0],),)
    assert paths(graph, "a", "b")[0][0].statements == (Statement("a", "r", "b", True),)


def test_inferred_statements_are_walked_where_authors_wrote_no_path() -> None:
    edges: tuple[Edge, ...] = (("a", "r", "x"), ("y", "r", "b"))
    (path,) = paths(_network(*edges, inferred=(("x", "r", "y"),)), "a", "b")
    assert [[s.origin for s in step.statements] for step in path] == [["asserted"], ["inferred"], ["asserted"]]
    # only the shortest
    assert _routes(_network(*edges, inferred=(("x", "r", "y"), ("x", "r", "b"), ("a", "r", "y"))), "a", "b") == ["axb", "ayb"]
    # none where authors wrote one, however long
    assert _routes(_network(*edges, inferred=(("x", "r", "b"),), plain=(("x", "y"),)), "a", "b") == ["axyb"]


def test_what_is_inferred_of_the_two_themselves_stands_last() -> None:
    around = _network(*itertools.chain(*((("a", "r", m), (m, "r", "b")) for m in "uvwxyz")), inferred=(("a", "r", "b"),))
    assert _routes(around, "a", "b") == ["aub", "avb", "awb", "axb", "ayb", "ab"]
    assert paths(around, "a", "b")[-1][0].statements == (Statement("a", "r", "b", True, "inferred"),)
    # beside a plain link it is shown with it; beside a relation it says nothing new
    around.add_edge("b", "a", key="links", asserted=True, typed=False)
    assert _routes(around, "a", "b") == ["aub", "avb", "awb", "axb", "ab"]
    both = (Statement("b", "links", "a", False), Statement("a", "r", "b", True, "inferred"))
    assert paths(around, "a", "b")[-1][0].statements == both
    around.add_edge("b", "a", key="q", asserted=True, typed=True)
    assert paths(around, "a", "b")[0][0].statements == (Statement("b", "q", "a", True),)


def test_more_than_four_steps_explain_nothing_and_the_middle_is_named() -> None:
    graph = _network(*((s, "r", o) for s, o in pairwise("abcdef")), ("g", "r", "h"))
    assert _routes(graph, "a", "e") == ["abcde"]
    assert paths(graph, "a", "f") == ()
    assert find_meetings(Projected(graph), "a", "f") == (
        Meeting("d", 3, 2), Meeting("c", 2, 3), Meeting("e", 4, 1), Meeting("b", 1, 4),
    )  # fmt: skip
    assert find_meetings(Projected(graph), "a", "f", 1) == (Meeting("d", 3, 2),)
    assert find_meetings(Projected(graph), "a", "g") == ()


def _brute(graph: nx.MultiDiGraph, a: str, b: str, keep: set[str]) -> set[str]:
    simple = nx.Graph((s, o) for s, o, key in graph.edges(keys=True) if key in keep)
    if a not in simple or b not in simple:
        return set()
    return {"".join(p) for p in nx.all_simple_paths(simple, a, b, cutoff=4)}


@pytest.mark.parametrize("few", [1, 16])
@pytest.mark.parametrize("seed", range(40))
def test_all_simple_paths_are_found_shortest_first(seed: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths_module, "_FEW", few)
    draw = random.Random(seed)
    pairs = [tuple(draw.sample("abcdefgh", 2)) for _ in range(draw.randint(4, 16))]
    split = draw.randint(0, len(pairs))
    graph = _network(*((s, "r", o) for s, o in pairs[:split]), plain=tuple(pairs[split:]))
    graph.add_nodes_from("ab")
    typed, every = _brute(graph, "a", "b", {"r"}), _brute(graph, "a", "b", {"r", "links"})
    found = _routes(graph, "a", "b", limit=10_000)
    assert set(found) == every
    assert len(found) == len(every)
    assert set(found[: len(typed)]) == typed
    degree = {"r": nx.Graph(e[:2] for e in graph.edges(keys=True) if e[2] == "r"), "all": nx.Graph(graph)}
    for part, of in ((found[: len(typed)], "r"), (found[len(typed) :], "all")):
        cost = {r: math.fsum(math.log(degree[of].degree(c)) for c in r[1:-1]) for r in part}
        assert part == sorted(part, key=lambda r: (len(r), cost[r], r))
    few = _routes(graph, "a", "b")
    assert len(few) == min(5, len(every))
    assert few[:4] == found[:4]


def test_order_of_input_changes_nothing() -> None:
    draw = random.Random(7)
    edges = [(s, "r", o) for s, o in itertools.permutations("abcdefg", 2) if draw.random() < 0.4]
    expected = paths(_network(*edges), "a", "b")
    for _ in range(5):
        draw.shuffle(edges)
        assert paths(_network(*edges), "a", "b") == expected


# impact


def _relation(key: str, side: Impact) -> Relation:
    return Relation(key, key, {"en": key}, {}, (), (), None, False, False, "associative", side)


RELATIONS = {r.iri: r for r in (_relation("uses", "object"), _relation("part-of", "subject"), _relation("like", ""))}


def test_a_change_reaches_level_by_level() -> None:
    graph = _network(
        ("b", "uses", "a"), ("a", "part-of", "c"), ("d", "uses", "b"), ("d", "uses", "c"), ("a", "uses", "below"),
        ("e", "like", "a"), ("piece", "part-of", "a"), ("d", "uses", "a2"),
        plain=(("f", "a"),), inferred=(("g", "uses", "a"),),
    )  # fmt: skip
    found = trace_impact(Projected(graph), RELATIONS, "a")
    assert [(f.concept, f.level) for f in found] == [("b", 1), ("c", 1), ("d", 2)]
    assert found[1].statements == (Statement("a", "part-of", "c", True),)
    assert found[2].statements == (Statement("d", "uses", "b", True), Statement("d", "uses", "c", True))
    assert [f.concept for f in trace_impact(Projected(graph), RELATIONS, "a", 1)] == ["b", "c"]


def test_cycles_end_and_the_start_is_not_affected_by_itself() -> None:
    graph = _network(("a", "uses", "b"), ("b", "uses", "c"), ("c", "uses", "a"), ("a", "uses", "a"))
    assert [(f.concept, f.level) for f in trace_impact(Projected(graph), RELATIONS, "a")] == [("c", 1), ("b", 2)]
    assert trace_impact(Projected(_network(("a", "uses", "b"))), RELATIONS, "a") == ()


def test_unknown_relations_carry_nothing() -> None:
    assert trace_impact(Projected(_network(("a", "other", "b"))), RELATIONS, "b") == ()
