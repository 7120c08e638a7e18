"""``kg serve --endpoint``: the site and its query page on this machine, answers from a real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
LABELS = "SELECT ?c ?l WHERE { ?c skos:prefLabel ?l FILTER(?c IN (c:raft, c:paxos)) } ORDER BY ?c ?l"
NAMED = "SELECT ?file ?line { GRAPH ?p { c:raft kg:requires c:quorum } ?p kg:line ?line ; prov:wasDerivedFrom/kg:path ?file }"
TRIPLES = "CONSTRUCT { ?c skos:prefLabel ?l } WHERE { ?c skos:prefLabel ?l FILTER(?c IN (c:raft, c:paxos)) }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(STRLEN(CONCAT(STR(?a), STR(?l))) = 3) }"


@pytest.fixture(scope="module", params=["virtuoso", "oxigraph"])
def relayed(request: pytest.FixtureRequest, kg: Kg, own: Path, serve: Callable[..., Any]) -> Iterator[tuple[Any, Any]]:
    """A server that has the project's own knowledge base, and a `kg serve` that asks it."""
    server = request.getfixturevalue(request.param)
    ran = kg("publish", server.update, "-C", own, env=server.env)
    assert ran.status == 0, ran.stderr
    with serve(own, "--endpoint", server.query, "--rows", "1000", "--timeout", "60") as running:
        yield server, running


@pytest.fixture(scope="module")
def local(own: Path, serve: Callable[..., Any]) -> Iterator[Any]:
    with serve(own, "--rows", "1000") as running:
        yield running


@pytest.mark.parametrize("query", [LABELS, NAMED, "ASK { c:raft a skos:Concept }", "ASK { c:raft a c:raft }"])
@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json", "text/tab-separated-values"])
def test_answers_are_those_of_the_build(relayed: tuple[Any, Any], local: Any, query: str, accept: str) -> None:
    there, here = relayed[1].ask(query, accept), local.ask(query, accept)
    assert (there.status, there.body) == (here.status, here.body)
    assert there.status == 200


def test_statements_are_those_of_the_build(relayed: tuple[Any, Any], local: Any) -> None:
    there, here = relayed[1].ask(TRIPLES, "text/turtle"), local.ask(TRIPLES, "text/turtle")
    assert there.status == 200
    assert there.body == here.body
    assert b"Raft" in there.body


def test_a_query_can_name_its_graph(relayed: tuple[Any, Any]) -> None:
    server, running = relayed
    name = max(server.counts().items(), key=lambda row: row[1])[0]
    heard = running.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", **{"default-graph-uri": name})
    assert int(heard.json["results"]["bindings"][0]["n"]["value"]) == server.counts()[name]
    assert running.ask("ASK {}", **{"named-graph-uri": name}).status == 400


def test_nothing_that_changes_reaches_the_server(relayed: tuple[Any, Any]) -> None:
    server, running = relayed
    before = server.counts()
    update = "INSERT DATA { GRAPH <x:g> { <x:s> <x:p> <x:o> } }"
    assert running.ask(update).status == 400
    assert running.ask("DROP ALL").status == 400
    assert running.get("/sparql", method="POST", body=update, Content_Type="application/sparql-update").status == 403
    assert running.ask("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }").status == 400
    assert server.counts() == before


def test_rows_are_bounded(relayed: tuple[Any, Any]) -> None:
    running = relayed[1]
    heard = running.ask("SELECT * { ?s ?p ?o }", "application/sparql-results+json")
    assert heard.status == 200, heard.text[:300]
    assert (heard.headers["kg-truncated"], heard.headers["kg-rows"]) == ("true", "1000")


def test_a_runaway_is_given_up(relayed: tuple[Any, Any], own: Path, serve: Callable[..., Any]) -> None:
    server, other = relayed
    with serve(own, "--endpoint", server.query, "--timeout", "3") as running:
        # One server ends it at the service's limit, the other may say before that it would take too long.
        assert running.ask(RUNAWAY).status in (400, 504)
        for _ in range(100):
            if running.get("/healthz").status == 200:
                break
            time.sleep(0.1)
    assert other.ask("ASK { c:raft a skos:Concept }").status == 200


def test_a_server_that_is_gone_is_said(own: Path, serve: Callable[..., Any]) -> None:
    with serve(own, "--endpoint", "http://127.0.0.1:9/sparql") as running:
        heard = running.ask("ASK {}")
        assert heard.status == 400
        assert b"no answer from http://127.0.0.1:9/sparql" in heard.body
        assert running.get("/index.html").status == 200


def test_wrong_use(kg: Kg, own: Path) -> None:
    for args in (["--graph", "x:g"], ["--endpoint", "ftp://x/"], ["--endpoint", "http://a:b@x/"]):
        ran = kg("serve", "-C", own, "--port", "0", *args)
        assert (ran.status, ran.stdout) == (2, ""), ran.stderr


@pytest.mark.browser
def test_the_query_page_runs_on_it(browser: Any, relayed: tuple[Any, Any]) -> None:
    running = relayed[1]
    context = browser.new_context(locale="en-GB")
    try:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{running.url}sparql?lang=en")
        page.fill("#query", LABELS)
        page.keyboard.press("Control+Enter")
        page.locator("#shown tbody tr").first.wait_for()
        cells = page.locator("#shown tbody td").all_inner_texts()
        assert "c:raft" in cells
        assert "Raft 共识算法@zh" in cells
        assert said == []
    finally:
        context.close()
