"""``kg query --endpoint`` on real servers prints what ``kg query`` prints of the build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Kg = Callable[..., "object"]

QUERIES = {
    "rows": "SELECT ?c ?l (LANG(?l) AS ?lang) WHERE { ?c a skos:Concept ; skos:prefLabel ?l } ORDER BY ?c ?l LIMIT 50",
    "no rows": "SELECT ?c WHERE { ?c a <https://no.such/Class> }",
    "unbound": "SELECT ?c ?d { ?c a skos:Concept OPTIONAL { ?c kg:noSuchThing ?d } } ORDER BY ?c LIMIT 5",
    "numbers": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT 10",
    "truth": "SELECT ?p { ?p a owl:TransitiveProperty } ORDER BY ?p LIMIT 10",
    "provenance": """SELECT ?file ?line WHERE {
        GRAPH ?place { c:raft kg:requires c:quorum }
        ?place kg:line ?line ; prov:wasDerivedFrom/kg:path ?file }""",
    "rules": "SELECT DISTINCT ?rule WHERE { GRAPH ?rule { ?a ?p ?b } ?rule a kg:Rule } ORDER BY ?rule",
    "path": "SELECT DISTINCT ?x { c:raft kg:requires+ ?x } ORDER BY ?x",
    "relative": "SELECT ?l { <concept/raft> skos:prefLabel ?l } ORDER BY ?l",
    "not exists": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s kg:requires ?o } FILTER NOT EXISTS { ?s kg:requires ?o } }",
    "yes": "ASK { c:raft a skos:Concept }",
    "no": "ASK { c:raft a skos:Collection }",
    "chinese": "SELECT ?c { ?c skos:prefLabel 'Raft 共识算法'@zh }",
}
GRAPHS = {
    "construct": "CONSTRUCT { ?c skos:prefLabel ?l } WHERE { ?c skos:prefLabel ?l }",
    "short construct": "CONSTRUCT WHERE { c:raft skos:prefLabel ?l }",
    "construct of a graph": "CONSTRUCT { ?a ?p ?b } WHERE { GRAPH ?place { ?a ?p ?b } ?place kg:line ?n FILTER(?n < 12) }",
}


@pytest.fixture(scope="module", params=["virtuoso", "oxigraph"])
def published(request: pytest.FixtureRequest, kg: Kg, own: Path) -> tuple[object, str]:
    """A server with the project's own knowledge base, and the graph it is in."""
    server = request.getfixturevalue(request.param)
    ran = kg("publish", server.update, "-C", own, env=server.env)
    assert ran.status == 0, ran.stderr
    return server, ran.stderr.split("--graph ")[1].split()[0]


@pytest.mark.parametrize("name", QUERIES)
def test_rows_are_those_of_the_build(kg: Kg, own: Path, published: tuple[object, str], name: str) -> None:
    server, graph = published
    for form in ("csv", "tsv", "json", "table"):
        local = kg("query", "-C", own, QUERIES[name], "--format", form)
        remote = kg("query", "-C", own, QUERIES[name], "--format", form, "--endpoint", server.query, "--graph", graph)
        assert (remote.status, remote.stdout) == (0, local.stdout), (form, remote.stderr)


@pytest.mark.parametrize("name", GRAPHS)
def test_triples_are_those_of_the_build(kg: Kg, own: Path, published: tuple[object, str], name: str) -> None:
    server, graph = published
    local = kg("query", "-C", own, GRAPHS[name], "--format", "turtle")
    remote = kg("query", "-C", own, GRAPHS[name], "--format", "turtle", "--endpoint", server.query, "--graph", graph)
    assert local.stdout.count("\n") > 12
    assert (remote.status, remote.stdout) == (0, local.stdout), remote.stderr


def test_without_a_graph_the_servers_own_default_graph_is_asked(kg: Kg, own: Path, published: tuple[object, str]) -> None:
    server, graph = published
    query = "ASK { c:raft a skos:Concept }"
    ran = kg("query", "-C", own, query, "--endpoint", server.query)
    # Virtuoso's default graph is all of its graphs; Oxigraph's is a graph of its own, and empty here.
    assert ran.stdout == {"virtuoso": "yes\n", "oxigraph": "no\n"}[server.name]
    ran = kg("query", "-C", own, f"SELECT ?l {{ GRAPH <{graph}> {{ c:raft skos:prefLabel ?l }} }}", "--endpoint", server.query)
    assert "Raft 共识算法" in ran.stdout
    ran = kg("query", "-C", own, "SELECT ?x { ?x a <a:b> }", "--endpoint", server.query)
    assert "asked with --graph IRI" in ran.stderr


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT ?x WHERE { ?x ?y }", "line 1, column 26"),
        ("SELECT ?x WHERE { ?x foo:bar ?y }", "line 1, column 22: there is no prefix 'foo:'"),
        ("SELECT ?x { ?x a ?y", "is never closed"),
    ],
)
def test_faults_in_queries(kg: Kg, own: Path, published: tuple[object, str], query: str, said: str) -> None:
    server, graph = published
    ran = kg("query", "-C", own, query, "--endpoint", server.query, "--graph", graph)
    assert ran.status == 2
    assert said in ran.stderr
    assert f"{server.query} says HTTP 400" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_slow_query_is_given_up_in_time(kg: Kg, own: Path, published: tuple[object, str]) -> None:
    server, graph = published
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?i && ?b != ?f && STR(?c) != STR(?h)) }"
    ran = kg("query", "-C", own, query, "--endpoint", server.query, "--graph", graph, "--timeout", "1")
    assert ran.status == 2
    assert "after 1 seconds, its time limit" in ran.stderr


def test_what_does_not_go_together(kg: Kg, own: Path) -> None:
    ran = kg("query", "-C", own, "ASK {}", "--graph", "http://g")
    assert (ran.status, "--graph goes with --endpoint" in ran.stderr) == (2, True)
    ran = kg("query", "-C", own, "ASK FROM <http://h> {}", "--graph", "http://g", "--endpoint", "http://127.0.0.1:9/")
    assert (ran.status, "names its graphs with FROM" in ran.stderr) == (2, True)
    ran = kg("query", "-C", own, "ASK {}", "--graph", "no iri", "--endpoint", "http://127.0.0.1:9/")
    assert (ran.status, "is not an IRI of a graph" in ran.stderr) == (2, True)
    for url in ("file:///etc/passwd", "ftp://x/", "127.0.0.1:7878"):
        ran = kg("query", "-C", own, "ASK {}", "--endpoint", url)
        assert (ran.status, "is not an http or https URL" in ran.stderr) == (2, True)
