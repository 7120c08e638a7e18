"""The Dataset: inference to a fixed point, the default graph as a set, bytes that depend on content alone."""

from __future__ import annotations

import csv
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

import kg
from kg import knowledge
from kg.base import settings
from kg.base.errors import QueryError, StoreError, UsageError
from kg.base.names import DCTERMS, KG, PROV, SKOS, iri_path
from kg.graph import Graph, built_in_vocabulary, corpus_lines, note_iri
from kg.graph.literals import format_literal
from kg.graph.query import run_query, serialize_results, shorten_term
from kg.model import Concept, Corpus

ROOT = Path(__file__).resolve().parents[3]
BASE = "https://example.org/kb/"
DEFAULT = ox.DefaultGraph()

Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "kg.toml": "",
    "concepts/容器.md": "---\nid: 容器\ntitle: {zh: 容器, en: Container}\n"
    "definition: 一组\\n隔离进程。\nuses: '[[ns]]'\n---\n[[cg]]\n",
    "concepts/ns.md": "---\nid: ns\npart-of: '[[容器]]'\narea: '内核 a/b'\nlayer: 'x \"y\" <z>'\n"
    "sources: ['https://example.org/a?b=c#d', 'Book, \"2nd\" ed.']\n---\n",
    "concepts/cg.md": "---\nid: cg\naliases: [\"O'Brien\\\\\"]\nrequires: ['[[ns]]']\n"
    "related: '[[容器]]'\ntags: [a/b, 标签]\nstatus: draft\n---\n",
}


@pytest.fixture
def graph(base: Write) -> Graph:
    return kg.read(base(NOTES)).graph


def _asserted(*triples: tuple[str, str, str]) -> Graph:
    """A graph of relations between concepts, stated at no place."""
    return Graph.build((f"<{s}> <{p}> <{o}> ." for s, p, o in triples), built_in_vocabulary(), BASE)


def _pairs(graph: Graph, predicate: str) -> set[tuple[str, str]]:
    found = graph.store.quads_for_pattern(None, ox.NamedNode(predicate), None, DEFAULT)
    return {(q.subject.value, q.object.value) for q in found}


# A knowledge base can have a transitive rule of its own.
TRANSITIVE = """PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX kg: <https://w3id.org/kg-notes/ns#>
    CONSTRUCT { ?a ?p ?c } WHERE { ?p a owl:TransitiveProperty ; kg:key ?key . ?a ?p ?b . ?b ?p ?c . FILTER (?a != ?c) }"""


# inference


@pytest.mark.parametrize("seed", range(12))
def test_transitive_relations_reach_the_closure(seed: int) -> None:
    """Also in circles, which entail everything but a relation to oneself."""
    rng = random.Random(seed)
    names = [f"urn:c{i}" for i in range(rng.randrange(2, 12))]
    edges = {(a, b) for a, b in itertools.permutations(names, 2) if rng.random() < 1.3 / len(names)}
    graph = _asserted(*((a, KG + "requires", b) for a, b in edges))
    graph.infer((*built_in_vocabulary().rules, ("transitively", TRANSITIVE)))
    closure = {(a, b) for a, b in nx.transitive_closure(nx.DiGraph(edges)).edges if a != b}
    assert _pairs(graph, KG + "requires") == closure
    assert _pairs(graph, KG + "requiredBy") == {(b, a) for a, b in closure}
    assert _pairs(graph, KG + "dependsOn") == closure
    assert _pairs(graph, KG + "associatedWith") == closure | {(b, a) for a, b in closure}


def test_a_fixed_point_is_one() -> None:
    ring = [(f"urn:c{i}", KG + "partOf", f"urn:c{(i + 1) % 5}") for i in range(5)]
    graph = _asserted(*ring, ("urn:c0", SKOS + "related", "urn:x"))
    rules = (*built_in_vocabulary().rules, ("transitively", TRANSITIVE))
    assert graph.infer(rules) > 0
    before = graph.trig()
    assert graph.infer(rules) == 0
    assert graph.trig() == before
    assert len(_pairs(graph, KG + "partOf")) == 20


def test_each_inferred_statement_stands_in_the_graph_of_its_rule() -> None:
    graph = _asserted(("urn:a", KG + "requires", "urn:b"), ("urn:b", KG + "requires", "urn:c"))
    graph.infer([("mine", TRANSITIVE)])

    def rules(s: str, p: str, o: str) -> list[str]:
        found = graph.store.quads_for_pattern(ox.NamedNode(s), ox.NamedNode(p), ox.NamedNode(o), None)
        graphs = [q.graph_name for q in found if isinstance(q.graph_name, ox.NamedNode)]
        by_rule = [graph.store.quads_for_pattern(g, ox.NamedNode(KG + "byRule"), None, DEFAULT) for g in graphs]
        return sorted({q.object.value.rpartition("/")[2] for quads in by_rule for q in quads})

    assert rules("urn:a", KG + "requires", "urn:b") == []
    assert rules("urn:a", KG + "requires", "urn:c") == ["mine"]
    assert rules("urn:b", KG + "requiredBy", "urn:a") == ["inverse"]
    assert rules("urn:a", KG + "dependsOn", "urn:b") == ["sub-property"]
    assert _asserted(("urn:a", SKOS + "related", "urn:b")).store.query(
        "ASK { <urn:b> <http://www.w3.org/2004/02/skos/core#related> <urn:a> }"
    )


def test_conclusions_that_can_not_be_statements_are_none() -> None:
    lines = ["<urn:a> <urn:p> <urn:b> .", '<urn:a> <urn:p> "text" .']
    rule = "# premises: ?s <urn:p> ?o . ?o <urn:z> ?x\nCONSTRUCT { ?o <urn:q> ?s . ?x <urn:r> ?s . ?s ?o <urn:c> } "
    graph = Graph.build(lines, built_in_vocabulary(), BASE)
    assert graph.infer([("mine", rule + "WHERE { ?s <urn:p> ?o OPTIONAL { ?o <urn:z> ?x } }")]) == 2
    assert set(_pairs(graph, "urn:q")) == {("urn:b", "urn:a")}
    assert set(_pairs(graph, "urn:r")) == set()
    assert set(_pairs(graph, "urn:b")) == {("urn:a", "urn:c")}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("CONSTRUCT { ?s <urn:next> [] } WHERE { ?x <urn:next> ?s }", "makes new blank nodes"),
        (
            "CONSTRUCT { ?s <urn:next> ?t } WHERE { ?x <urn:next> ?s BIND(IRI(CONCAT(STR(?s), 'x')) AS ?t) }",
            "still derive new statements",
        ),
    ],
)
def test_rules_that_never_end_are_stopped(rule: str, said: str) -> None:
    graph = Graph.build(["<urn:a> <urn:next> <urn:b> ."], built_in_vocabulary(), BASE)
    with pytest.raises(UsageError, match=said):
        graph.infer([("endless", rule)])


def test_a_rule_may_use_blank_nodes_that_are_there() -> None:
    graph = Graph.build(["<urn:a> <urn:p> _:x ."], built_in_vocabulary(), BASE)
    assert graph.infer([("mine", "CONSTRUCT { ?o <urn:q> ?s } WHERE { ?s <urn:p> ?o }")]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CONSTRUCT {", "rule mine: "),
        ("SELECT * WHERE { ?s ?p ?o }", "is not a CONSTRUCT query"),
        ("ASK {}", "is not a CONSTRUCT query"),
    ],
)
def test_rules_must_be_construct_queries(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Graph.build([], built_in_vocabulary(), BASE).infer([("mine", text)])


def test_a_rule_may_have_any_file_name(base: Write) -> None:
    rule = "CONSTRUCT { ?s <urn:p> <urn:o> } WHERE { ?s a <http://www.w3.org/2004/02/skos/core#Concept> }"
    graph = kg.read(base({**NOTES, "ontology/rules/我的 rule (1).rq": rule})).graph
    assert len(_pairs(graph, "urn:p")) == 3


def test_rules_see_no_named_graph() -> None:
    graph = Graph.build(["<urn:a> <urn:p> <urn:b> <urn:g> ."], built_in_vocabulary(), BASE)
    assert graph.infer([("mine", "CONSTRUCT { ?s <urn:q> ?o } WHERE { ?s <urn:p> ?o }")]) == 0


# the default graph


def test_the_default_graph_is_a_set_that_holds_every_statement(base: Write) -> None:
    twice = "---\nid: twice\nuses: ['[[ns]]', '[[ns]]']\n---\nuses:: [[ns]]\n\n[[ns]] [[ns]]\n\nuses:: [[ns]]\n"
    graph = kg.read(base({**NOTES, "concepts/twice.md": twice})).graph
    default = [q.triple for q in graph.store.quads_for_pattern(None, None, None, DEFAULT)]
    assert len(default) == len(set(default))
    named = [q for q in graph.store if not isinstance(q.graph_name, ox.DefaultGraph)]
    assert {q.triple for q in named} <= set(default)
    uses = ox.NamedNode(KG + "uses")
    twice_uses = list(graph.store.quads_for_pattern(ox.NamedNode(BASE + "concept/twice"), uses, None, None))
    assert len(twice_uses) == 1 + 3  # the default graph, and lines 3, 5 and 9
    count = next(graph.store.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ <{BASE}concept/twice> <{KG}uses> ?o }}"))[0]
    assert count.value == "1"


# serialisations


def test_turtle_and_trig_parse_back_the_same(graph: Graph) -> None:
    dataset = rdflib.Dataset()
    dataset.parse(data=graph.trig(), format="trig")
    turtle = rdflib.Graph().parse(data=graph.turtle(), format="turtle")
    ours = rdflib.Graph()
    ntriples = graph.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=DEFAULT)
    ours.parse(data=ntriples, format="nt")
    assert isomorphic(turtle, ours)
    assert isomorphic(dataset.default_graph, ours)
    named = {
        (str(s), str(p), str(o), str(g)) for s, p, o, g in dataset.quads() if g not in (None, dataset.default_graph.identifier)
    }
    expected = {
        (q.subject.value, q.predicate.value, q.object.value, q.graph_name.value)
        for q in graph.store
        if isinstance(q.graph_name, ox.NamedNode)
    }
    assert named == expected
    for data, form in ((graph.turtle(), ox.RdfFormat.TURTLE), (graph.trig(), ox.RdfFormat.TRIG)):
        again = ox.Store()
        again.bulk_load(data, format=form)
        kept = {q for q in graph.store if form == ox.RdfFormat.TRIG or isinstance(q.graph_name, ox.DefaultGraph)}
        assert set(again) == kept


def test_bytes_do_not_depend_on_the_order_of_input(graph: Graph) -> None:
    data = graph.store.dump(format=ox.RdfFormat.N_QUADS).decode().splitlines()
    for seed in range(3):
        random.Random(seed).shuffle(data)
        other = Graph(ox.Store(), graph.base)
        for line in data:
            other.store.extend(ox.parse(line, format=ox.RdfFormat.N_QUADS))
        assert other.turtle() == graph.turtle()
        assert other.trig() == graph.trig()


def test_bytes_do_not_depend_on_the_hash_seed(base: Write) -> None:
    """Blank nodes of scope files and of the vocabulary included."""
    scope = "@prefix dcterms: <http://purl.org/dc/terms/> . <urn:scope> dcterms:publisher "
    scope += "[ dcterms:title 'X' ] , [ dcterms:title 'Y' ] ."
    own = """@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <urn:r> a owl:ObjectProperty ; kg:key "r" ; rdfs:domain [ owl:unionOf ( kg:Tool kg:Task ) ] ."""
    folder = base({**NOTES, "ontology/scope/a.ttl": scope, "ontology/scope/b.ttl": scope, "ontology/relations.ttl": own})
    code = f"import kg,sys; g = kg.read({str(folder)!r}).graph; sys.stdout.buffer.write(g.turtle() + g.trig())"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    publishers = (
        rdflib.Graph().parse(data=kg.read(folder).graph.turtle()).objects(rdflib.URIRef("urn:scope"), rdflib.DCTERMS.publisher)
    )
    assert len(list(publishers)) == 4, "the blank nodes of two files are four nodes"


def test_save_and_open(graph: Graph, tmp_path: Path) -> None:
    graph.save(tmp_path / "store")
    opened = Graph.open(tmp_path / "store", graph.base)
    assert set(opened.store) == set(graph.store)
    assert len(opened) == len(graph)
    assert (opened.turtle(), opened.trig()) == (graph.turtle(), graph.trig())
    with pytest.raises((OSError, RuntimeError), match="read"):
        opened.store.add(ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.NamedNode("urn:c"), DEFAULT))


def test_a_store_that_cannot_be_opened_or_saved_says_so(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't open the graph"):
        Graph.open(tmp_path / "nothing", BASE)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="can't write the graph"):
        graph.save(tmp_path / "file" / "store")


# rdflib and SPARQL

QUERIES = [
    "SELECT ?s ?o WHERE { ?s skos:prefLabel ?o }",
    "SELECT ?s ?p ?o WHERE { ?s ?p ?o }",
    "SELECT ?g ?s ?o WHERE { GRAPH ?g { ?s kg:uses ?o } }",
    "SELECT ?s (COUNT(?o) AS ?n) WHERE { ?s kg:associatedWith ?o } GROUP BY ?s",
    "SELECT ?s WHERE { ?s skos:prefLabel ?l FILTER(LANG(?l) = 'zh') }",
    "SELECT ?a ?b WHERE { ?a (kg:partOf|kg:requires)+ ?b }",
    "SELECT ?c WHERE { ?c a skos:Concept FILTER NOT EXISTS { ?c skos:definition ?d } }",
]


@pytest.mark.parametrize("query", QUERIES)
def test_rdflib_gives_the_same_rows(graph: Graph, query: str) -> None:
    ours = sorted(tuple("" if v is None else v.value for v in row) for row in run_query(graph, query, None))
    theirs = sorted(tuple("" if v is None else str(v) for v in row) for row in graph.dataset().query(query))
    assert ours
    assert ours == theirs


@pytest.mark.parametrize("query", QUERIES)
def test_an_independent_engine_gives_the_same_rows(graph: Graph, query: str) -> None:
    """Rdflib's own store and query engine over what kg wrote."""
    dataset = rdflib.Dataset()
    dataset.parse(data=graph.trig(), format="trig")
    theirs = sorted(
        tuple("" if v is None else str(v) for v in row) for row in dataset.query(query, initNs={"kg": KG, "skos": SKOS})
    )
    assert sorted(tuple("" if v is None else v.value for v in row) for row in run_query(graph, query, None)) == theirs


def test_results_as_json_and_csv_agree(graph: Graph) -> None:
    query = "SELECT ?s ?l WHERE { ?s skos:prefLabel ?l } ORDER BY ?s ?l"
    rows = json.loads(serialize_results(run_query(graph, query, None), "json"))["results"]["bindings"]
    rows_of_csv = list(csv.reader(serialize_results(run_query(graph, query, None), "csv").decode().splitlines()))[1:]
    assert [[r["s"]["value"], r["l"]["value"]] for r in rows] == rows_of_csv
    with pytest.raises(QueryError):
        serialize_results(run_query(graph, query, None), "turtle")
    with pytest.raises(QueryError):
        serialize_results(run_query(graph, "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o }", None), "csv")


def test_short_terms(graph: Graph) -> None:
    assert shorten_term(ox.NamedNode(BASE + "concept/a/b"), BASE) == "c:a/b"
    assert shorten_term(ox.NamedNode(BASE + "inferred/inverse"), BASE) == BASE + "inferred/inverse"
    assert shorten_term(ox.Literal("x", language="en"), BASE) == "x"
    assert shorten_term(None, BASE) == ""


# terms

HOSTILE = [
    "a b",
    '"',
    "'",
    "<>",
    "<a>",
    "{}",
    "|",
    "\\",
    "^",
    "`",
    "%",
    "%41",
    "%zz",
    "#",
    "?",
    "a#b?c",
    "..",
    "../..",
    "a/../b",
    ".",
    "./a",
    "/",
    "//",
    "容器",
    "𠀀",
    "é",
    "e\u0301",
    "🚀",
    "👩‍👩‍👧",
    "\x00",
    "\x01\x1f\x7f\x85\xa0",
    "\n\r\t",
    "\u2028\u2029",
    "\u200b\u200e\ufeff",
    "\ufffe\uffff",
    "a:b",
    "@",
    "~",
    "!$&'()*+,;=",
    "-",
    "_:x",
    " ",
    "a" * 500,
]
# Characters that RFC 3987 forbids in a path and that names.iri_path lets through.
UNESCAPED = ["[", "]", "a[b]", "\ue000", "\U0001fffe", "\U000e0001", "\U000f0000"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_ids_make_valid_iris(text: str) -> None:
    _valid(text)


@pytest.mark.parametrize("text", UNESCAPED, ids=ascii)
def test_ids_with_characters_that_no_iri_holds(text: str) -> None:
    _valid(text)


def _valid(text: str) -> None:
    for iri in (f"{BASE}concept/{iri_path(text)}", note_iri(BASE, text + ".md") + "#L1"):
        assert ox.NamedNode(iri).value == iri
        quad = ox.parse(f"<{iri}> <urn:p> <{iri}> .", format=ox.RdfFormat.N_TRIPLES)
        assert next(iter(quad)).subject.value == iri
        # Turtle and TriG, with prefixes, don't change it either.
        store = ox.Store()
        store.add(ox.Quad(ox.NamedNode(iri), ox.NamedNode("urn:p"), ox.NamedNode(iri), DEFAULT))
        for data in (Graph(store, BASE).turtle(), Graph(store, BASE).trig()):
            assert {q.subject.value for q in ox.parse(data, format=ox.RdfFormat.TRIG)} == {iri}
            if text.strip("./"):  # rdflib can't read the local names `c:\\.` and `c:\\.\\.`, which Turtle allows
                parsed = rdflib.Dataset().parse(data=data, format="trig")
                assert {str(s) for s, _, _, _ in parsed.quads()} == {iri}


def test_different_ids_make_different_iris() -> None:
    texts = HOSTILE + [t + t for t in HOSTILE]
    assert len({iri_path(t) for t in texts}) == len(set(texts))


TEXTS = [
    *(chr(c) for c in (*range(0x20), *range(0x7F, 0xA1))),
    *(f"a{chr(c)}b{chr(c)}" for c in range(0x20)),
    "\u2028 \u2029",
    "\\",
    "\\n",
    "\\u0041",
    '"',
    '"""',
    "'''",
    '\\"',
    "<x:y> .",
    '" <x:y> .',
    '"@en <x:y> .',
    "容器🚀",
    "\ufffe",
    "\U0001fffe",
    " lead and trail ",
    "",
]


@pytest.mark.parametrize("lang", ["", "en", "zh-hant"])
def test_literals_round_trip(lang: str) -> None:
    for text in TEXTS:
        for graph_name in ("", " <urn:g>"):
            line = f"<urn:s> <urn:p> {format_literal(text, lang)}{graph_name} ."
            graph = Graph(ox.Store(), BASE)
            graph.store.bulk_load(line.encode(), format=ox.RdfFormat.N_QUADS)
            (quad,) = graph.store
            assert quad.object == (ox.Literal(text, language=lang) if lang else ox.Literal(text)), ascii(text)
            again = ox.Store()
            again.bulk_load(graph.trig(), format=ox.RdfFormat.TRIG)
            assert set(again) == {quad}, ascii(text)
            ours = rdflib.Dataset().parse(data=graph.trig(), format="trig")
            assert [str(o) for _, _, o, _ in ours.quads()] == [text], ascii(text)


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    graph = Graph.build([f"<urn:s> <urn:p> {format_literal(chr(0xD800) + 'x')} ."], built_in_vocabulary(), BASE)
    (quad,) = graph.store.quads_for_pattern(ox.NamedNode("urn:s"), None, None)
    assert quad.object.value == "\ufffdx"


@pytest.mark.parametrize("lang", ["x y", "中文", "en_US", "-", "a" * 20, "EN"])
def test_what_is_no_language_tag_is_left_out(lang: str) -> None:
    assert format_literal("x", lang) == '"x"'


def _concept(**given: object) -> Concept:
    values: dict[str, object] = {
        "iri": BASE + "concept/a",
        "id": "a",
        "path": "a.md",
        "labels": {"en": "A"},
        "alt_labels": (),
        "type": "concept",
        "layer": "",
        "area": "",
        "definitions": {},
        "sources": (),
        "tags": (),
        "status": "",
        "paths": ("a.md",),
    }
    return Concept(**(values | given))  # type: ignore[arg-type]


def _graph_of(concept: Concept) -> Graph:
    corpus = Corpus({}, {concept.iri: concept}, {}, (), (), ())
    return Graph.build(
        corpus_lines(corpus, base=BASE, types=built_in_vocabulary().types, title={}), built_in_vocabulary(), BASE
    )


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/100%",
        "https://example.org/%zz",
        "https://example.org:port/",
        "http://[",
        "https://a.b/\x01",
        "https://\ufffe",
        "http://x y",
    ],
    ids=ascii,
)
def test_a_source_that_looks_like_an_address_and_is_none(source: str) -> None:
    graph = _graph_of(_concept(sources=(source,)))
    assert _pairs(graph, DCTERMS + "bibliographicCitation") == {(BASE + "concept/a", source)}
    assert _pairs(graph, DCTERMS + "source") == set()


@pytest.mark.parametrize("source", ["https://example.org/100%25?q=a&b=容器#x", "http://localhost:8000", "https://a.b/(c)"])
def test_a_source_that_is_an_address(source: str) -> None:
    assert _pairs(_graph_of(_concept(sources=(source, source))), DCTERMS + "source") == {(BASE + "concept/a", source)}


# reading a build back


def test_concepts_of_a_build_are_those_of_the_notes(base: Write) -> None:
    folder = base(NOTES)
    knowledge.build_base(settings.load_settings(folder), stage="graph")
    read, opened = kg.read(folder), kg.load(folder / "output")
    assert list(read.concepts) == list(opened.concepts)
    for iri, concept in read.concepts.items():
        found = opened.concepts[iri]
        for name in ("id", "path", "paths", "labels", "alt_labels", "type", "layer", "area", "definitions", "status"):
            assert getattr(found, name) == getattr(concept, name), (iri, name)
        for name in ("sources", "tags"):
            assert sorted(getattr(found, name)) == sorted(getattr(concept, name)), (iri, name)
    assert read.relations == opened.relations
    assert read.findings == opened.findings
    assert nx.utils.graphs_equal(read.network, opened.network)
    shutil.rmtree(folder / "output")


@pytest.mark.parametrize(
    ("text", "place"),
    [("<a> <b> .", "a.ttl:1"), ("\n\n<urn:a> <urn:b> '\xff", "a.ttl:"), (b"<urn:a> <urn:b> '\xff' .", "a.ttl:")],
)
def test_a_bad_scope_file_is_named(base: Write, text: str | bytes, place: str) -> None:
    with pytest.raises(UsageError, match=place):
        kg.read(base({**NOTES, "ontology/scope/a.ttl": text}))


# rules of one premise, worked out ahead


@pytest.mark.parametrize("seed", range(8))
def test_what_is_worked_out_ahead_is_what_the_rules_derive(base: Write, seed: int) -> None:
    """The same default graph, and the same rules for each derived statement, as the CONSTRUCT queries give."""
    rng = random.Random(seed)
    keys = sorted(r.key for r in built_in_vocabulary().relations.values())
    notes = {
        f"concepts/n{i}.md": "\n\n".join(f"{rng.choice(keys)}:: [[n{rng.randrange(6)}]]" for _ in range(5)) for i in range(6)
    }
    graph = kg.read(base(notes)).graph
    place = ox.NamedNode(KG + "Rule")
    asserted = [
        f"{q.subject} {q.predicate} {q.object} ."
        for q in graph.store
        if isinstance(q.graph_name, ox.NamedNode) and "/notes/" in q.graph_name.value and "/inferred/" not in q.graph_name.value
    ]
    run = Graph.build(asserted, built_in_vocabulary(), graph.base)
    relations = built_in_vocabulary().relations

    def statements(of: Graph) -> set[tuple[str, str, str]]:
        found = of.store.quads_for_pattern(None, None, None, DEFAULT)
        return {(q.subject.value, q.predicate.value, q.object.value) for q in found if q.predicate.value in relations}

    assert statements(graph) == statements(run)
    assert {q.subject for q in graph.store.quads_for_pattern(None, None, place, DEFAULT)} == {
        q.subject for q in run.store.quads_for_pattern(None, None, place, DEFAULT)
    }


def test_a_derived_statement_names_the_places_of_its_premises(base: Write) -> None:
    graph = kg.read(base({"concepts/a.md": "requires:: [[b]]\n\nuses:: [[b]]\n", "concepts/b.md": "# B\n"})).graph
    rows = graph.store.query(
        """PREFIX kg: <https://w3id.org/kg-notes/ns#> PREFIX prov: <http://www.w3.org/ns/prov#>
        SELECT ?p ?rule ?line WHERE { GRAPH ?g { ?s ?p ?o } ?g kg:byRule ?rule ; prov:wasDerivedFrom+ ?place .
            ?place kg:line ?line }"""
    )
    found = {(r["p"].value.rpartition("#")[2], r["rule"].value.rpartition("/")[2], int(r["line"].value)) for r in rows}
    assert {("requiredBy", "inverse", 1), ("usedBy", "inverse", 3), ("dependsOn", "sub-property", 1)} <= found
    assert ("requiredBy", "inverse", 3) not in found


def test_a_closure_is_made_where_the_knowledge_base_asks_for_it(base: Write) -> None:
    notes = {
        "kg.toml": 'base = "https://example.org/kb/"\ntransitive = ["part-of"]\n',
        "concepts/a.md": "part-of:: [[b]]\n\nrequires:: [[b]]\n",
        "concepts/b.md": "part-of:: [[c]]\n\nrequires:: [[c]]\n",
        "concepts/c.md": "part-of:: [[a]]\n",
    }
    graph = kg.read(base(notes)).graph
    assert len(_pairs(graph, KG + "partOf")) == 6
    assert len(_pairs(graph, KG + "hasPart")) == 6
    assert len(_pairs(graph, KG + "requires")) == 2
    a, c = (ox.NamedNode(f"{graph.base}concept/{x}") for x in "ac")
    (quad,) = [
        q for q in graph.store.quads_for_pattern(a, ox.NamedNode(KG + "partOf"), c) if isinstance(q.graph_name, ox.NamedNode)
    ]
    premises = graph.store.quads_for_pattern(quad.graph_name, ox.NamedNode(PROV + "wasDerivedFrom"), None)
    assert {q.object.value.rpartition("/")[2] for q in premises} == {"a.md#L1", "b.md#L1"}


def test_a_closure_of_what_is_not_transitive_is_refused(base: Write) -> None:
    folder = base({"kg.toml": 'transitive = ["uses"]\n', "concepts/a.md": "# A\n"})
    with pytest.raises(UsageError, match="is not a transitive relation"):
        kg.read(folder)


def test_the_transitive_hierarchy_of_skos_is_made_where_it_is_asked_for(base: Write) -> None:
    notes = {
        "concepts/a.md": "broader:: [[b]]\n",
        "concepts/b.md": "part-of:: [[c]]\n",
        "concepts/c.md": "broader:: [[d]]\n",
        "concepts/d.md": "broader:: [[d2]]\n",
        "concepts/d2.md": "broader:: [[d]]\n",
    }
    folder = base(notes | {"kg.toml": 'transitive = ["broader"]\n'})
    graph = kg.read(folder).graph
    up = {(s.rpartition("/")[2], o.rpartition("/")[2]) for s, o in _pairs(graph, SKOS + "broaderTransitive")}
    step = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d"), ("d", "d2"), ("d2", "d")])
    assert up == set(nx.transitive_closure(step, reflexive=None).edges)  # nothing is said of a thing and itself
    down = {(s.rpartition("/")[2], o.rpartition("/")[2]) for s, o in _pairs(graph, SKOS + "narrowerTransitive")}
    assert down == {(b, a) for a, b in up}
    assert len(_pairs(graph, SKOS + "broader")) == 5  # which is not transitive
    (folder / "kg.toml").write_text("")
    assert not _pairs(kg.read(folder).graph, SKOS + "broaderTransitive")


def test_what_skos_entails_of_a_thesaurus(tmp_path: Path) -> None:
    head = "@prefix s: <http://www.w3.org/2004/02/skos/core#> . @prefix e: <http://e.org/> .\n"
    text = """e:s a s:ConceptScheme ; s:hasTopConcept e:a .
    e:a a s:Concept ; s:prefLabel "A"@en ; s:narrowMatch e:b ; s:exactMatch e:x .
    e:b a s:Concept ; s:prefLabel "B"@en ; s:topConceptOf e:s ; s:relatedMatch e:c .
    e:c a s:Concept ; s:prefLabel "C"@en ."""
    (tmp_path / "t.ttl").write_text(head + text)
    graph = kg.read(tmp_path / "t.ttl").graph
    wanted = """e:a s:topConceptOf e:s ; s:inScheme e:s ; s:narrower e:b ; s:closeMatch e:x .
    e:x s:exactMatch e:a ; s:closeMatch e:a . e:b s:broadMatch e:a ; s:broader e:a ; s:inScheme e:s ; s:related e:c .
    e:s s:hasTopConcept e:b . e:c s:relatedMatch e:b ; s:related e:b ."""
    for quad in ox.parse(head + wanted, format=ox.RdfFormat.TURTLE):
        there = ox.Quad(quad.subject, quad.predicate, quad.object, ox.DefaultGraph())
        assert there in graph.store, f"{quad.subject} {quad.predicate} {quad.object}"
    assert not _pairs(graph, SKOS + "broaderTransitive")
