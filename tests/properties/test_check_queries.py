"""Checks that were rewritten for speed find what the plain graph pattern finds, on random graphs.

The pattern is what the rule means, as short as SPARQL can say it; on large graphs it takes time in the square of their size.
Checks for RDF files are asked of a part of the graph: about the resources of these files, they find there what the whole has.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import pyoxigraph as ox
import pytest

from kg.base.about import ontology_folder
from kg.base.names import KG, RDF, SKOS
from kg.checks import sparql
from kg.checks.nearby import copy_nearby
from kg.checks.rules.relations.mapping_clash import clashing_mappings
from kg.checks.rules.relations.mapping_within_scheme import mappings_within_scheme
from kg.checks.rules.relations.one_way_relation import one_way_relations
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
    (skos:exactMatch skos:exactMatch "exactMatch") (skos:closeMatch skos:closeMatch "closeMatch")
    (skos:relatedMatch skos:relatedMatch "relatedMatch")
    (skos:broaderTransitive skos:narrowerTransitive "narrowerTransitive")
    (skos:narrowerTransitive skos:broaderTransitive "broaderTransitive")
  }
  ?focus ?predicate ?object .
  FILTER (?focus != ?object)
  FILTER EXISTS { ?object a ?anything }
  FILTER NOT EXISTS { GRAPH ?here { ?focus ?predicate ?object } ?here kg:byRule ?rule }
  FILTER (NOT EXISTS { ?object ?inverse ?focus }
    || EXISTS { GRAPH ?there { ?object ?inverse ?focus } ?there kg:byRule ?rule2 })
}"""
CLASHING_MATCHES: Final = """SELECT DISTINCT ?focus ?name ?object WHERE {
  VALUES (?predicate ?name) {
    (skos:broadMatch "broadMatch") (skos:narrowMatch "narrowMatch") (skos:relatedMatch "relatedMatch")
  }
  ?focus ?predicate ?object .
  ?focus (skos:exactMatch|^skos:exactMatch)+ ?object .
  FILTER NOT EXISTS { GRAPH ?here { ?focus ?predicate ?object } ?here kg:byRule ?rule }
}"""
MATCHES_IN_A_SCHEME: Final = """SELECT ?focus ?name ?object ?shared WHERE {
  VALUES (?predicate ?name) {
    (skos:exactMatch "exactMatch") (skos:closeMatch "closeMatch") (skos:broadMatch "broadMatch")
    (skos:narrowMatch "narrowMatch") (skos:relatedMatch "relatedMatch")
  }
  ?focus ?predicate ?object .
  FILTER (isIRI(?focus) && isIRI(?object) && ?focus != ?object)
  FILTER EXISTS { ?focus a skos:Concept . ?object a skos:Concept }
  BIND (EXISTS { ?focus skos:inScheme ?scheme . ?object skos:inScheme ?scheme } AS ?shared)
  FILTER (?shared || NOT EXISTS { ?focus skos:inScheme ?one } || NOT EXISTS { ?object skos:inScheme ?two })
  FILTER NOT EXISTS { GRAPH ?here { ?focus ?predicate ?object } ?here kg:byRule ?rule }
}"""
_UP: Final = "(skos:broader|^skos:narrower|skos:broadMatch|^skos:narrowMatch|skos:broaderTransitive)+"
CLASHES: Final = f"""SELECT ?focus ?object ?above WHERE {{
  {{ SELECT DISTINCT ?focus ?object WHERE {{ ?focus skos:related|skos:relatedMatch ?object }} }}
  BIND (EXISTS {{ ?focus {_UP} ?object }} AS ?above)
  BIND (EXISTS {{ ?object {_UP} ?focus }} AS ?below)
  FILTER (?above || ?below)
  BIND (EXISTS {{
    VALUES ?p {{ skos:related skos:relatedMatch }} ?focus ?p ?object
    FILTER NOT EXISTS {{ GRAPH ?graph {{ ?focus ?p ?object }} ?graph kg:byRule ?rule }}
  }} AS ?stated)
  BIND (EXISTS {{
    VALUES ?p {{ skos:related skos:relatedMatch }} ?object ?p ?focus
    FILTER NOT EXISTS {{ GRAPH ?graph {{ ?object ?p ?focus }} ?graph kg:byRule ?rule }}
  }} AS ?turned)
  FILTER (NOT EXISTS {{ ?object skos:related|skos:relatedMatch ?focus }}
    || (?stated && !?turned) || (?stated = ?turned && STR(?focus) < STR(?object)))
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

NAMES: Final = tuple(f"https://example.org/x/{c}" for c in "abcdefg")


def random_graph(seed: int) -> Graph:
    """A small graph with what these checks ask for: cycles, statements of one node, blank nodes, literals, conclusions."""
    draw = random.Random(seed)
    nodes = [ox.NamedNode(name) for name in NAMES]
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


def one_way(graph: Graph) -> Iterator[Row]:
    words = {"topConceptOf": "to be a top concept of", "hasTopConcept": "the top concept"}
    for subject, name, object_, inverse in one_way_relations(graph):
        yield subject, ox.NamedNode(SKOS + name), object_, words.get(inverse, inverse)


@pytest.mark.parametrize(
    ("pattern", "rewritten"),
    [
        (ONE_WAY, one_way),
        (CLASHING_MATCHES, clashing_mappings),
        (MATCHES_IN_A_SCHEME, mappings_within_scheme),
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


CLASSES: Final = (
    *(SKOS + name for name in ("Concept", "Concept", "ConceptScheme", "Collection", "OrderedCollection", "Unheard")),
    KG + "Scope",
)
TEXTS: Final = (
    *(ox.Literal(text, language=lang) for text in ("name", "名称", "") for lang in ("en", "en", "zh", "abcd")),
    *(ox.Literal("name"), ox.Literal(7), ox.NamedNode("https://example.org/x/a"), ox.BlankNode("n")),
)
DESCRIBING: Final = ("prefLabel", "prefLabel", "altLabel", "hiddenLabel", "definition", "note", "scopeNote", "unheardOf")


def described_graph(seed: int) -> Graph:
    """A random graph with classes, texts and resources that are neither concepts nor have an address."""
    graph, draw, default = random_graph(seed), random.Random(-1 - seed), ox.DefaultGraph()
    nodes = [*map(ox.NamedNode, (*NAMES, "urn:x:h")), ox.BlankNode("n")]
    for _ in range(draw.randint(3, 40)):
        graph.store.add(ox.Quad(draw.choice(nodes), ox.NamedNode(RDF + "type"), ox.NamedNode(draw.choice(CLASSES)), default))
        graph.store.add(ox.Quad(draw.choice(nodes), ox.NamedNode(SKOS + draw.choice(DESCRIBING)), draw.choice(TEXTS), default))
    return graph


def rows_about(graph: Graph, text: str, resources: set[str]) -> list[Row]:
    """The rows whose subject or object is one of the resources."""
    results = run_query(graph, text, None)
    assert isinstance(results, ox.QuerySolutions)
    names = [v.value for v in results.variables]
    ends = [names.index(name) for name in ("focus", "object") if name in names]
    rows = [tuple(row[name] for name in names) for row in results]
    return sorted((row for row in rows if any(getattr(row[i], "value", "") in resources for i in ends)), key=str)


LOCAL: Final = {
    path.stem: text
    for path in sorted((ontology_folder() / "checks").glob("*.rq"))
    if sparql.header(text := path.read_text(encoding="utf-8")).get("reads") == "neighbours"
}


@pytest.mark.parametrize("name", LOCAL)
def test_near_some_resources_a_check_finds_about_them_what_it_finds_in_the_whole_graph(name: str) -> None:
    counts: Counter[bool] = Counter()
    for seed in range(400):
        graph, draw = described_graph(seed), random.Random(seed)
        resources = {*draw.sample(NAMES, draw.randint(1, 3)), "urn:x:h"}
        near = copy_nearby(graph, resources)
        assert near is not None
        rows = rows_about(near, LOCAL[name], resources)
        assert rows == rows_about(graph, LOCAL[name], resources), seed
        counts[True] += len(rows)
        counts[False] += len(near.store) < len(graph.store)
    assert counts[True] > 10
    assert counts[False] > 100


def test_a_part_that_is_nearly_the_whole_is_not_copied() -> None:
    graph = described_graph(1)
    assert copy_nearby(graph, {"https://example.org/x/a"}, 3) is None
    assert copy_nearby(graph, {"https://example.org/x/a"}, len(graph.store)) is not None


NAMED: Final = {
    header["focus"]: text
    for path in sorted((ontology_folder() / "checks").glob("*.rq"))
    if "focus" in (header := sparql.header(text := path.read_text(encoding="utf-8")))
}


@pytest.mark.parametrize("name", NAMED)
def test_a_check_that_names_a_class_finds_only_its_instances(name: str) -> None:
    type_, class_, count = ox.NamedNode(RDF + "type"), ox.NamedNode(sparql.expand(name)), 0
    for seed in range(200):
        graph = described_graph(seed)
        for focus, *_ in rows_about(graph, NAMED[name], {*NAMES}):
            assert isinstance(focus, ox.NamedNode)
            assert ox.Quad(focus, type_, class_, ox.DefaultGraph()) in graph.store, seed
            count += 1
    assert count > 10
