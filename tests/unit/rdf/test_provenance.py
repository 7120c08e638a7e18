"""Where statements come from: places of what is asserted, rules and asserted premises of what is inferred."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyoxigraph as ox

import kg
from kg.base.names import KG, PROV, SKOS
from kg.graph import Graph
from kg.graph.provenance import Derivation, StatementPlace, asserted_at, find_derivations, is_restatement

Write = Callable[[Mapping[str, str | bytes]], Path]
C = "https://example.org/kb/concept/"
CHAIN = {
    "kg.toml": 'transitive = ["depends-on"]',
    "concepts/甲 a.md": "---\nid: a\n---\n# A\n\ndepends-on:: [[b]]\n\ndepends-on:: [[b]]\n",
    "concepts/b.md": "# B\n\ndepends-on:: [[c]]\nalternative-to:: [[a]]\n",
    "concepts/c.md": "# C\n\ndependency-of:: [[b]]\n\n\ndependency-of:: [[d]]\n",
    "concepts/d.md": "# D\n",
}
A2, A4 = StatementPlace("甲 a.md", 6), StatementPlace("甲 a.md", 8)


def test_what_authors_wrote_has_places_and_no_rule(base: Write) -> None:
    graph = kg.read(base(CHAIN)).graph
    asserted = C + "a", KG + "dependsOn", C + "b"
    assert asserted_at(graph, *asserted) == (A2, A4)
    assert find_derivations(graph, *asserted) == ()
    assert not is_restatement(graph, *asserted)
    assert asserted_at(graph, C + "a", KG + "dependsOn", C + "x") == ()


def test_what_follows_names_its_rule_and_every_line_it_rests_on(base: Write) -> None:
    graph = kg.read(base(CHAIN)).graph
    # two lines, two ways
    inverse = C + "b", KG + "dependencyOf", C + "a"
    assert asserted_at(graph, *inverse) == ()
    assert find_derivations(graph, *inverse) == (Derivation("inverse", (), (A2,)), Derivation("inverse", (), (A4,)))
    (symmetric,) = find_derivations(graph, C + "a", KG + "alternativeTo", C + "b")
    assert symmetric == Derivation("symmetric", (), (StatementPlace("b.md", 4),))
    # d depends on c only as the inverse of what c says
    (again,) = find_derivations(graph, C + "d", KG + "dependsOn", C + "c")
    assert again == Derivation("inverse", (), (StatementPlace("c.md", 6),))


def test_a_closure_is_followed_to_the_lines_at_its_end(base: Write) -> None:
    graph = kg.read(base(CHAIN)).graph
    (closed,) = find_derivations(graph, C + "a", KG + "dependsOn", C + "c")
    assert closed.rule == "transitive"
    # b depends on c by its own line; that c says so too is no further premise: what is asserted isn't derived
    assert set(closed.premises) == {A2, A4, StatementPlace("b.md", 3)}
    assert not is_restatement(graph, C + "a", KG + "dependsOn", C + "c")
    (back,) = find_derivations(graph, C + "c", KG + "dependencyOf", C + "a")
    assert back == Derivation("inverse", ("transitive",), closed.premises)
    assert is_restatement(graph, C + "c", KG + "dependencyOf", C + "a")


def test_a_rule_without_premises_in_its_header_is_named_alone(base: Write) -> None:
    files = dict(CHAIN)
    files["ontology/rules/my rule.rq"] = f"""# title: mine
        CONSTRUCT {{ ?b <{KG}uses> ?a }} WHERE {{ ?a <{KG}alternativeTo> ?b FILTER(?a = <{C}b>) }}"""
    graph = kg.read(base(files)).graph
    assert find_derivations(graph, C + "a", KG + "uses", C + "b") == (Derivation("my rule", (), ()),)


def test_premises_in_files_of_the_ontology(base: Write) -> None:
    files = dict(CHAIN)
    files["ontology/scope/list.ttl"] = f"<urn:x> <{SKOS}broader> <urn:y> ."
    graph = kg.read(base(files)).graph
    (found,) = find_derivations(graph, "urn:y", SKOS + "narrower", "urn:x")
    assert found == Derivation("inverse", (), (StatementPlace("ontology/list.ttl", 0),))


def test_conclusions_that_rest_on_each_other_end() -> None:
    graph = Graph(ox.Store(), "urn:kb:")
    default = ox.DefaultGraph()
    p, x, y = ox.NamedNode("urn:p"), ox.NamedNode("urn:x"), ox.NamedNode("urn:y")
    one, other, place = (ox.NamedNode(f"urn:kb:{n}") for n in ("inferred/r/1", "inferred/q/2", "notes/a.md#L7"))
    graph.store.extend(
        [
            ox.Quad(x, p, y, one), ox.Quad(y, p, x, other), ox.Quad(y, p, x, default),
            *(ox.Quad(a, ox.NamedNode(PROV + "wasDerivedFrom"), b, default)
              for a, b in ((one, other), (other, one), (other, other), (other, place))),
            *(ox.Quad(g, ox.NamedNode(KG + "byRule"), ox.NamedNode(f"urn:kb:inferred/{r}"), default)
              for g, r in ((one, "r"), (other, "q"))),
            ox.Quad(ox.NamedNode("urn:kb:notes/a.md"), ox.NamedNode(KG + "path"), ox.Literal("a.md"), default),
        ]
    )  # fmt: skip
    assert find_derivations(graph, "urn:x", "urn:p", "urn:y") == (Derivation("r", ("q",), (StatementPlace("a.md", 7),)),)
    assert find_derivations(graph, "urn:y", "urn:p", "urn:x") == (Derivation("q", ("r",), (StatementPlace("a.md", 7),)),)


def test_a_file_whose_lines_are_not_known_is_a_place_as_a_whole() -> None:
    graph = Graph(ox.Store(), "urn:kb:")
    triple = ox.NamedNode("urn:x"), ox.NamedNode("urn:p"), ox.NamedNode("urn:y")
    file = ox.NamedNode("urn:kb:notes/words%23.jsonld")
    graph.store.add(ox.Quad(*triple, file))
    graph.store.add(ox.Quad(file, ox.NamedNode(KG + "path"), ox.Literal("words#.jsonld"), ox.DefaultGraph()))
    assert asserted_at(graph, "urn:x", "urn:p", "urn:y") == (StatementPlace("words#.jsonld", 0),)
