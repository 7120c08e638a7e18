"""JSON-LD holds exactly the triples of the graph, whatever they say: lists that are none, lists in lists, odd types."""

from __future__ import annotations

import json
import random

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from kg.graph import Graph
from kg.views.export.jsonld import render_jsonld

GRAPHS = {
    "a list, also of values that count as nothing": ":a :p (0 '' false 'x'@zh-Hant :b [ :q 1 ]) , () .",
    "lists in lists": ":a :p ( ( 1 ( 2 3 ) ) () ( :b ) ) .",
    "a list that two refer to": ":a :p _:l . :b :p _:l . _:l rdf:first 1 ; rdf:rest () .",
    "a list that nothing refers to": "_:l rdf:first 1 ; rdf:rest ( 2 ) .",
    "a rest that is referred to": ":a :p _:l . _:l rdf:first 1 ; rdf:rest _:m . _:m rdf:first 2 ; rdf:rest () . :b :p _:m .",
    "a cell with its type": ":a :p _:l . _:l a rdf:List ; rdf:first 1 ; rdf:rest () .",
    "a cell that says more": ":a :p _:l . _:l rdf:first 1 ; rdf:rest ( 2 ) ; :q 3 .",
    "a cell with two values": ":a :p _:l . _:l rdf:first 1 , 2 ; rdf:rest () .",
    "a list without end": ":a :p _:l . _:l rdf:first 1 ; rdf:rest _:m . _:m rdf:first 2 ; rdf:rest _:l .",
    "a list that ends in a literal": ":a :p _:l . _:l rdf:first 1 ; rdf:rest 'x' .",
    "a list that contains itself": ":a :p _:l . _:l rdf:first _:l ; rdf:rest () .",
    "two lists that contain each other": ":a :p _:l . _:l rdf:first _:m ; rdf:rest () . _:m rdf:first _:l ; rdf:rest ( 1 ) .",
    "a list with a name": ":a :p :l . :l rdf:first 1 ; rdf:rest () .",
    "blank nodes in a circle": "_:a :p _:b . _:b :p _:a .",
    "types": ":a a :T , [ :q 1 ] , 'text' .",
    "texts and types of values": ":a :p 'x' , 'x'@en , '01'^^xsd:integer , 'many'^^xsd:integer , 1.50 , true , 'y'^^:d .",
    "a hundred and one lists in each other": f":a :p {'( ' * 101} 1 {') ' * 101} .",
    "three hundred lists in each other": f":a :p {'( ' * 300} 1 {') ' * 300} .",
}
PREFIXES = """@prefix : <https://example.org/#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . """


def graph_of(text: str, seed: int = 0) -> Graph:
    """A graph whose triples were added in an order by `seed`."""
    triples = [quad.triple for quad in ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE)]
    random.Random(seed).shuffle(triples)
    store = ox.Store()
    store.extend(ox.Quad(*triple, ox.DefaultGraph()) for triple in triples)
    return Graph(store, "https://example.org/")


@pytest.mark.parametrize("text", GRAPHS.values(), ids=GRAPHS)
def test_jsonld_holds_the_triples(text: str) -> None:
    graph = graph_of(text)
    read = ox.Store()
    read.bulk_load(render_jsonld(graph).data, format=ox.RdfFormat.JSON_LD)
    given = rdflib.Graph().parse(data=graph.ntriples(), format="nt")
    back = rdflib.Graph().parse(data=Graph(read, "https://example.org/").ntriples(), format="nt")
    assert isomorphic(given, back)


def test_lists_are_written_as_lists() -> None:
    graph = graph_of(":a :p ( 'x' ( 'y' ) ) .")
    (node,) = json.loads(render_jsonld(graph).data)["@graph"]
    assert node["https://example.org/#p"] == {"@list": ["x", {"@list": ["y"]}]}


def test_the_order_of_triples_changes_nothing() -> None:
    text = ":b :p 2 , 1 , ( 3 1 2 ) ; :a 'x'@en , 'x' . :a a :T , :S ; :p :b . "
    assert len({render_jsonld(graph_of(text, seed)).data for seed in range(10)}) == 1
