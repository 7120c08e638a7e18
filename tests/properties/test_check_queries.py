"""Checks that were rewritten for speed find what the plain graph pattern finds, on random graphs.

The pattern is what the rule means, as short as SPARQL can say it; on large graphs it takes time in the square of their size.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

import pyoxigraph as ox
import pytest

from kg.base.about import ontology_folder
from kg.base.names import KG, RDF, SKOS
from kg.checks.rules.relations.relation_clash import clashing_pairs
from kg.checks.rules.relations.solely_transitive import pairs_without_path
from kg.graph import Graph
from kg.graph.query import run_query

Row = tuple[object, ...]

ONE_WAY: Final = """SELECT ?focus ?predicate ?object ?back WHERE {
  VALUES (?predicate ?inverse ?back) {
    (skos:broader skos:narrower "narrower") (skos:narrower skos:broader "broader") (skos:related skos:related "related")
    (skos:hasTopConcept skos:topConceptOf "to be a top concept of") (skos:topConceptOf skos:hasTopConcept "the top concept")
    (skos:broadMatch skos:narrowMatch "narrowMatch") (skos:narrowMatch skos:broadMatch "broadMatch")
  }
  ?focus ?predicate ?object .
  FILTER (?focus != ?object)
  FILTER EXISTS { ?object a ?anything }
  FILTER NOT EXISTS { GRAPH ?here { ?focus ?predicate ?object } ?here kg:byRule ?rule }
  FILTER (NOT EXISTS { ?object ?inverse ?focus }
    || EXISTS { GRAPH ?there { ?object ?inverse ?focus } ?there kg:byRule ?rule2 })
}"""
CLASHING_MATCHES: Final = """SELECT DISTINCT ?focus ?predicate ?object ?name WHERE {
  VALUES (?predicate ?name) {
    (skos:broadMatch "broader") (skos:narrowMatch "narrower") (skos:relatedMatch "related")
  }
  ?focus ?predicate ?object .
  { ?focus skos:exactMatch ?object } UNION { ?object skos:exactMatch ?focus }
  FILTER NOT EXISTS { GRAPH ?here { ?focus ?predicate ?object } ?here kg:byRule ?rule }
}"""
MATCHES_IN_A_SCHEME: Final = """SELECT ?focus ?predicate ?object ?name WHERE {
  VALUES (?predicate ?name) {
    (skos:exactMatch "exactMatch") (skos:closeMatch "closeMatch") (skos:broadMatch "broadMatch")
    (skos:narrowMatch "narrowMatch") (skos:relatedMatch "relatedMatch")
  }
  ?focus ?predicate ?object .
  ?focus skos:inScheme ?scheme .
  ?object skos:inScheme ?scheme .
  FILTER NOT EXISTS { GRAPH ?here { ?focus ?predicate ?object } ?here kg:byRule ?rule }
}"""
_UP: Final = "(skos:broader|^skos:narrower|skos:broadMatch|^skos:narrowMatch|skos:broaderTransitive)+"
CLASHES: Final = f"""SELECT ?focus ?object ?above WHERE {{
  {{ SELECT DISTINCT ?focus ?object WHERE {{ ?focus skos:related|skos:relatedMatch ?object }} }}
  BIND (EXISTS {{ ?focus {_UP} ?object }} AS ?above)
  BIND (EXISTS {{ ?object {_UP} ?focus }} AS ?below)
  FILTER (?above || ?below)
  BIND (EXISTS {{
    GRAPH ?rule {{ ?object skos:related|skos:relatedMatch ?focus }} FILTER (STRENDS(STR(?rule), "/symmetric"))
  }} AS ?here)
  FILTER NOT EXISTS {{
    GRAPH ?rule {{ ?focus skos:related|skos:relatedMatch ?object }} FILTER (STRENDS(STR(?rule), "/symmetric"))
  }}
  FILTER (?here || STR(?focus) < STR(?object) || NOT EXISTS {{ ?object skos:related|skos:relatedMatch ?focus }})
}}"""
WITHOUT_PATH: Final = """SELECT ?focus ?name ?object WHERE {
  {
    ?focus skos:broaderTransitive ?object . BIND ("broaderTransitive" AS ?name)
    FILTER NOT EXISTS { ?focus (skos:broader|^skos:narrower)+ ?object }
  } UNION {
    ?focus skos:narrowerTransitive ?object . BIND ("narrowerTransitive" AS ?name)
    FILTER NOT EXISTS { ?focus (skos:narrower|^skos:broader)+ ?object }
    FILTER NOT EXISTS { ?object skos:broaderTransitive ?focus }
  }
}"""
PREDICATES: Final = (
    *("broader", "narrower", "related", "relatedMatch", "broadMatch", "narrowMatch", "exactMatch", "closeMatch"),
    *("broaderTransitive", "narrowerTransitive", "hasTopConcept", "topConceptOf", "inScheme"),
)


def random_graph(seed: int) -> Graph:
    """A small graph with what these checks ask for: cycles, statements of one node, blank nodes, literals, conclusions."""
    draw = random.Random(seed)
    nodes = [ox.NamedNode(f"https://example.org/x/{c}") for c in "abcdefg"]
    subjects = [*nodes, ox.BlankNode("n")]
    objects = [*subjects, ox.Literal("text"), ox.Literal("文本", language="zh")]
    places: list[ox.NamedNode | ox.BlankNode] = [
        ox.NamedNode(f"https://example.org/x/{name}")
        for name in ("notes/a.md#L1", "inferred/inverse/1", "inferred/symmetric", "2")
    ]
    places.append(ox.BlankNode("place"))
    predicates = [ox.NamedNode(SKOS + name) for name in draw.sample(PREDICATES, draw.randint(3, len(PREDICATES)))]
    store, default = ox.Store(), ox.DefaultGraph()
    for _ in range(draw.randint(5, 60)):
        triple = draw.choice(subjects), draw.choice(predicates), draw.choice(objects if draw.random() < 0.3 else nodes)
        store.add(ox.Quad(*triple, default))
        for place in draw.sample(places, draw.choice((0, 1, 1, 2))):
            store.add(ox.Quad(*triple, place))
    for place in draw.sample(places, 2):
        for rule in draw.sample(nodes, draw.choice((1, 2))):
            store.add(ox.Quad(place, ox.NamedNode(KG + "byRule"), rule, default))
    for node in draw.sample(nodes, 4):
        store.add(ox.Quad(node, ox.NamedNode(RDF + "type"), ox.NamedNode(SKOS + "Concept"), default))
    return Graph(store, "https://example.org/x/")


def asked(graph: Graph, text: str) -> list[Row]:
    results = run_query(graph, text, None)
    assert isinstance(results, ox.QuerySolutions)
    return sorted((tuple(_plain(row[v]) for v in results.variables) for row in results), key=str)


def _plain(term: object) -> object:
    """A text or a boolean for a literal without a language, as Python has them."""
    if isinstance(term, ox.Literal) and not term.language and term.value != "text":
        return term.value == "true" if term.value in ("true", "false") else term.value
    return term


def shipped(name: str) -> Callable[[Graph], Iterator[Row]]:
    text = (ontology_folder() / "checks" / name).read_text(encoding="utf-8")
    return lambda graph: iter(asked(graph, text))


@pytest.mark.parametrize(
    ("pattern", "rewritten"),
    [
        (ONE_WAY, shipped("one-way-relation.rq")),
        (CLASHING_MATCHES, shipped("mapping-clash.rq")),
        (MATCHES_IN_A_SCHEME, shipped("mapping-within-scheme.rq")),
        (CLASHES, clashing_pairs),
        (WITHOUT_PATH, pairs_without_path),
    ],
    ids=["one-way-relation", "mapping-clash", "mapping-within-scheme", "relation-clash", "solely-transitive"],
)
def test_a_rewritten_check_finds_what_the_pattern_finds(pattern: str, rewritten: Callable[[Graph], Iterator[Row]]) -> None:
    count = 0
    for seed in range(400):
        graph = random_graph(seed)
        rows = sorted(rewritten(graph), key=str)
        assert rows == asked(graph, pattern), seed
        count += len(rows)
    assert count > 100
