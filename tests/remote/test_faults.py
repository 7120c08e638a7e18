"""Publishing to a server that drops connections, is busy, refuses, loses, and lies about rows; and asking such a server."""

from __future__ import annotations

import importlib.util
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pyoxigraph as ox
import pytest

from kg.base.errors import KgError, QueryError, UsageError
from kg.graph import Graph
from kg.graph.remote import Endpoint, read_results, within_graph
from kg.graph.web import Login, Web, WebError, WebRequest, read_credentials
from kg.serve.publish import PublishOptions, publish_graphs
from kg.serve.publish.asking import query_addresses
from kg.serve.publish.state import PUBLISHED, list_name

BASE = "https://example.org/kb/"


def _faulty() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kg_tests_faulty", Path(__file__).parent / "faulty.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def faulty() -> Iterator[Any]:
    with _faulty().Faulty().serving() as server:
        yield server


def built(small: int = 30, large: int = 2500, blank: int = 0, rings: int = 0) -> Graph:
    """A graph as a build has it: small named graphs, a large default graph, and blank nodes in rings of three."""
    lines = [f'<{BASE}c{i}> <a:p> "v{i}" .' for i in range(large)]
    lines += [f"_:s{i} <a:p> <a:o> ." for i in range(blank)]
    for i in range(rings):
        ring = [f"_:r{i}x{k}" for k in range(3)]
        lines += [f"{a} <a:q> {b} ." for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
        lines.append(f'{ring[0]} <a:n> "{i}" .')
    for i in range(small):
        lines += [f"<a:s> <a:p> <a:o{k}> <{BASE}notes/a.md#L{i}> ." for k in range(1 + i % 3)]
        if blank or rings:
            lines.append(f'_:g{i} <a:p> "in {i}" <{BASE}notes/a.md#L{i}> .')
    store = ox.Store()
    store.load("\n".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    return Graph(store, BASE)


def send(graph: Graph, server: Any, path: str = "/update", retries: int = 8, **options: Any) -> Any:
    server.alone = path == "/store alone"
    with Web(server.url + path.split(maxsplit=1)[0], options.pop("login", None), retries=retries, pause=0.001) as web:
        given = {name: options.pop(name) for name in PublishOptions._fields if name in options}
        return publish_graphs(graph, web, PublishOptions(**given), **options)


def canonical(graph: Graph, name: str) -> set[ox.Quad]:
    """A graph of the build, with canonical blank nodes; `name` is the one it has on the server."""
    source = ox.DefaultGraph() if name == BASE else ox.NamedNode(name)
    return _canonical(graph.store.quads_for_pattern(None, None, None, source))


def _canonical(quads: Any) -> set[ox.Quad]:
    dataset = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def assert_there(graph: Graph, server: Any) -> None:
    """The server has the graphs of the build, and a list with one line for each."""
    names = {n.value for n in graph.store.named_graphs()} | {BASE}
    there = {
        n.value: _canonical(server.store.quads_for_pattern(None, None, None, n))
        for n in server.store.named_graphs()
        if n.value.startswith(BASE)
    }
    listed = {
        q.subject.value: q.object.value for q in server.store.quads_for_pattern(None, ox.NamedNode(PUBLISHED), None, None)
    }
    assert len(there.pop(list_name(BASE))) == len(names)
    assert listed.keys() == names
    assert all(state.startswith("2 ") for state in listed.values())
    assert {name: quads for name, quads in there.items() if quads} == {name: canonical(graph, name) for name in names}


@pytest.mark.parametrize("path", ["/update", "/store", "/store alone"])
@pytest.mark.parametrize("seed", range(4))
def test_a_bad_network(faulty: Any, path: str, seed: int) -> None:
    """Four of ten requests fail, before they are carried out or after: nothing is lost and nothing doubled."""
    graph = built(blank=30, rings=5)
    draw = random.Random(seed)
    bad = [*["drop before"] * 10, *["drop after"] * 10, *["503"] * 10, *["429"] * 10, *[""] * 60]
    faulty.fault = lambda _n, _path, _body: draw.choice(bad)
    report = send(graph, faulty, path, retries=30)
    assert report.wrong == []
    faulty.fault = lambda _n, _path, _body: ""
    assert_there(graph, faulty)


def test_blank_nodes_are_never_doubled(faulty: Any) -> None:
    """More of them than go into a request: where one may have arrived or not, their graph begins anew."""
    graph = built(small=2, large=1500, blank=700, rings=120)
    dropped = []

    def fault(n: int, path: str, body: str) -> str:
        if path == "/update" and "_:" in body and len(dropped) < 3 and n % 2:
            dropped.append(n)
            return "drop after"
        return ""

    faulty.fault = fault
    assert send(graph, faulty).wrong == []
    assert len(dropped) == 3
    assert_there(graph, faulty)


@pytest.mark.parametrize("path", ["/update", "/store", "/store alone"])
def test_the_server_dies_at_each_request_in_turn(faulty: Any, path: str) -> None:
    """Each time, the next run goes on and finishes; what arrived before is not sent again."""
    graph = built(small=20 if path == "/update" else 3, large=4500, rings=3)
    send(graph, faulty, path)
    total, whole = len(faulty.requests), faulty.received
    for last in range(1, total + 1):
        faulty.store.clear()
        start = len(faulty.requests)
        faulty.fault = lambda n, _path, _body, end=start + last: "drop before" if n >= end else ""
        with pytest.raises(KgError):
            send(graph, faulty, path, retries=1)
        faulty.fault = lambda _n, _path, _body: ""
        before = faulty.received
        listed = sum(1 for _ in faulty.store.quads_for_pattern(None, ox.NamedNode(PUBLISHED), None, None))
        report = send(graph, faulty, path)
        assert report.wrong == []
        assert bool(report.resumed or report.sent_graphs == 0) == bool(listed)
        assert_there(graph, faulty)
        if path == "/update" and last == total - 3:
            assert faulty.received - before < whole / 2, "what had arrived was sent again"


def test_what_an_interrupted_run_left_is_removed_when_it_is_no_more_in_the_build(faulty: Any) -> None:
    faulty.fault = lambda _n, path, body: "503" if path == "/update" and "c2400" in body else ""
    with pytest.raises(WebError, match="503"):
        send(built(small=30), faulty, retries=0)
    faulty.fault = lambda _n, _path, _body: ""
    smaller = built(small=10)
    assert send(smaller, faulty).removed == 20
    assert_there(smaller, faulty)


def test_a_busy_server_is_asked_again_and_said(faulty: Any) -> None:
    faulty.fault = lambda n, _path, _body: "503" if n <= 2 else ""
    heard: list[str] = []
    with Web(faulty.url + "/update", retries=3, pause=0.001, retrying=heard.append) as web:
        assert publish_graphs(built(), web).wrong == []
    assert len(heard) == 2
    assert re.search(r"/query says HTTP 503: not now; trying again in 0\.\d s", heard[0])


def test_statements_that_get_lost_are_told(faulty: Any) -> None:
    lost = []

    def fault(_n: int, path: str, body: str) -> str:
        if path == "/update" and "c1999" in body and not lost:
            lost.append(1)
            return "lose"
        return ""

    faulty.fault = fault
    report = send(built(), faulty)
    assert [(w.graph, w.expected - w.found) for w in report.wrong] == [(BASE, 1)]
    # The next run finds it again, and mends it.
    report = send(built(), faulty)
    assert (report.wrong, report.repaired) == ([], 1)
    assert_there(built(), faulty)


@pytest.mark.parametrize("limit", [7, 100])
def test_a_server_that_takes_little_gets_little(faulty: Any, limit: int) -> None:
    graph = built(large=1200, blank=20)
    faulty.most_statements = 1200  # the list of graphs is written before, in one go
    faulty.fault = lambda n, path, body: "413" if path == "/update" and body.count('"v') > limit else ""
    assert send(graph, faulty).wrong == []
    assert_there(graph, faulty)


def test_a_statement_that_is_refused_is_named(faulty: Any) -> None:
    graph = built(small=0, large=300)
    graph.store.add(ox.Quad(ox.NamedNode("https://refused.example/x"), ox.NamedNode("a:p"), ox.Literal("y")))
    with pytest.raises(WebError, match=f"does not take a statement of <{BASE}>.*I do not like that IRI") as caught:
        send(graph, faulty)
    assert "<https://refused.example/x>" in caught.value.hint


def test_results_that_are_cut_off_are_read_page_by_page(faulty: Any) -> None:
    graph = built(small=300, large=10)
    send(graph, faulty)
    # Counting asks for a thousand graphs at a time, so not fewer rows than there are graphs of one answer.
    faulty.fault = lambda n, path, _body: ""
    limited = faulty.results
    faulty.results = lambda text: _cut(limited(text)) if "?state" in text else limited(text)
    report = send(graph, faulty)
    assert (report.sent_graphs, report.unchanged) == (0, 301)


def _cut(data: bytes) -> bytes:
    import json

    found = json.loads(data)
    found["results"]["bindings"] = found["results"]["bindings"][:100]
    return json.dumps(found).encode()


def test_strangers(faulty: Any) -> None:
    theirs = ox.Quad(ox.NamedNode("a:s"), ox.NamedNode("a:p"), ox.Literal("x"), ox.NamedNode(f"{BASE}notes/a.md#L3"))
    faulty.store.add(theirs)
    for path in ("/update", "/store", "/store alone"):
        with pytest.raises(UsageError, match=r"1 statements in <.*#L3> that kg did not put there"):
            send(built(), faulty, path)
    assert list(faulty.store) == [theirs]
    assert send(built(), faulty, take_over=True).wrong == []
    assert_there(built(), faulty)


def test_a_password_is_sent_when_it_is_asked_for_and_to_nobody_else(faulty: Any) -> None:
    login = Login("me", "s3cret")
    send(built(), faulty, login=login)
    assert not any("authorization" in headers for headers in faulty.headers)
    faulty.login = "me:s3cret"
    assert send(built(small=31), faulty, login=login).wrong == []
    with pytest.raises(KgError, match=r"does not let in strangers \(HTTP 401\)"):
        send(built(), faulty)
    faulty.fault = lambda _n, _path, _body: "moved"
    faulty.login = ""
    with pytest.raises(KgError, match="found no SPARQL endpoint") as caught:
        send(built(), faulty, login=login)
    said = str(caught.value) + caught.value.hint
    assert "has moved to http://127.0.0.1:9/elsewhere (HTTP 307)" in said
    assert "s3cret" not in said + repr(login)
    assert "hidden" not in said


def test_no_query_endpoint(faulty: Any) -> None:
    with pytest.raises(WebError, match="found no SPARQL endpoint for queries beside") as caught:
        send(built(), faulty, "/elsewhere", protocol="update")
    assert "--query-url" in caught.value.hint
    assert send(built(), faulty, "/update?key=1", query_url=faulty.url + "/query").wrong == []


# Queries


def test_a_query_of_the_endpoint_ends_in_time_though_bytes_keep_coming(faulty: Any) -> None:
    faulty.fault = lambda _n, _path, _body: "drip"
    start = time.monotonic()
    with Endpoint(faulty.url + "/query", timeout=0.5) as endpoint, pytest.raises(QueryError, match="its time limit"):
        endpoint.query("SELECT * { ?s ?p ?o }")
    assert time.monotonic() - start < 20, "it waited for the end of the answer"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html", "sent text/html, no results of a query"),
        ("500", "says HTTP 500: not now"),
        ("moved", "has moved to http://127.0.0.1:9/elsewhere"),
        ("drop before", "no answer from http://127.0.0.1"),
    ],
)
def test_what_is_no_answer(faulty: Any, kg: Callable[..., Any], tmp_path: Path, fault: str, said: str) -> None:
    faulty.fault = lambda _n, _path, _body: fault
    ran = kg("query", "-C", tmp_path, "--endpoint", faulty.url + "/query?key=hidden", "SELECT * { ?s ?p ?o }")
    assert ran.status == 2
    assert said in ran.stderr
    assert len([line for line in ran.stderr.splitlines() if line.startswith("kg:")]) == 1
    assert "hidden" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_error_page_is_said_in_one_line(faulty: Any) -> None:
    with Endpoint(faulty.url + "/nothing") as endpoint, pytest.raises(QueryError, match="says HTTP 404: Not & found") as caught:
        endpoint.query("ASK {}")
    assert "right address" in caught.value.hint


def test_a_fault_in_a_query_is_said_as_for_a_build(faulty: Any) -> None:
    with Endpoint(faulty.url + "/query") as endpoint, pytest.raises(QueryError, match="line 2, column 7: this ") as caught:
        endpoint.query("SELECT *\nWHERE { ?s ?p ?o", BASE)
    assert "says HTTP 400" in caught.value.hint


def test_the_command_tells_of_retries_and_of_what_is_wrong(faulty: Any, kg: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "concepts").mkdir(exist_ok=True)
        (tmp_path / f"concepts/{name}.md").write_text(f"---\nuses: '[[a]]'\n---\n# {name.upper()}\n")
    assert kg("build", "-C", tmp_path, "--stage", "graph").status == 0
    faulty.fault = lambda n, path, body: "503" if n == 1 else "lose" if path == "/update" and "prefLabel" in body else ""
    ran = kg("publish", f"{faulty.url}/update", "-C", tmp_path)
    assert ran.status == 1
    assert "trying again in" in ran.stderr
    assert re.search(rf"wrong +<{BASE}> has [\d,]+ statements, [\d,]+ were sent", ran.stderr)
    assert "does the server keep equal values as one" in ran.stderr
    faulty.fault = lambda _n, _path, _body: "503" if len(faulty.requests) == 1 else ""
    faulty.requests.clear()
    ran = kg("publish", f"{faulty.url}/update", "-C", tmp_path, "--quiet", "--log-format", "json")
    assert (ran.status, '"event": "retry"' in ran.stderr or '"event":"retry"' in ran.stderr) == (0, True), ran.stderr
    ran = kg("publish", f"{faulty.url}/update", "-C", tmp_path, "--quiet")
    assert (ran.status, ran.stderr) == (0, "")


def test_builds_that_can_not_be_published(faulty: Any) -> None:
    nameless = ox.Store()
    nameless.load(b"<a:s> <a:p> <a:o> _:g .", format=ox.RdfFormat.N_QUADS)
    for graph, options, said in (
        (Graph(ox.Store(), BASE), {}, "the build has no statements"),
        (built(), {"main": f"{BASE}notes/a.md#L1"}, "is a graph of the build already"),
        (Graph(nameless, BASE), {}, "a graph of the build has no IRI"),
    ):
        with pytest.raises(UsageError, match=said):
            send(graph, faulty, **options)
    assert faulty.requests == []


def test_a_graph_store_that_answers_with_pages(faulty: Any) -> None:
    faulty.fault = lambda _n, path, _body: "html" if path == "/store" else ""
    with pytest.raises(WebError, match="as text/html"):
        send(built(2, 2), faulty, "/store alone", retries=0)
    with pytest.raises(WebError):
        send(built(2, 2), faulty, "/store", retries=0, query_url=f"{faulty.url}/nowhere")


def test_a_graph_that_is_gone_already_is_removed(faulty: Any) -> None:
    send(built(3, 3), faulty, "/store")
    faulty.fault = lambda _n, _path, _body: "404" if faulty.requests[-1][0].startswith("DELETE") else ""
    assert send(built(2, 3), faulty, "/store").removed == 1
    faulty.fault = lambda _n, _path, _body: "403" if faulty.requests[-1][0].startswith("DELETE") else ""
    with pytest.raises(WebError, match="403"):
        send(built(1, 3), faulty, "/store")


def test_an_endpoint_that_takes_no_form_is_asked_by_its_address(faulty: Any) -> None:
    faulty.fault = lambda _n, _path, body: "405" if body else ""
    with Endpoint(f"{faulty.url}/query", timeout=30) as endpoint:
        assert bool(endpoint.query("ASK {}"))
    assert [request for request, _ in faulty.requests] == ["POST /query", "GET /query"]
    faulty.fault = lambda _n, _path, _body: "500"
    with Endpoint(f"{faulty.url}/query", timeout=30) as endpoint, pytest.raises(QueryError, match="not now"):
        endpoint.query("ASK {}")
    faulty.fault = lambda _n, _path, _body: "drip"
    with Web(f"{faulty.url}/query", timeout=0.02) as web, pytest.raises(WebError, match="it took too long"):
        web.send(WebRequest("GET"))


def test_results_of_servers_that_have_forms_of_their_own() -> None:
    plain = httpx.Response(200, headers={"content-type": "application/json"}, content=b'{"head": {}, "boolean": true}')
    assert bool(read_results(plain, "x", "ASK"))
    row = {"n": {"type": "bnode", "value": "nodeID://b10001"}, "t": {"type": "typed-literal", "value": "1", "datatype": "a:b"}}
    odd = {"head": {"vars": ["n", "t"]}, "results": {"bindings": [row, {"n": row["n"]}]}}
    answer = httpx.Response(200, headers={"content-type": "application/sparql-results+json"}, json=odd)
    first, second = read_results(answer, "x", "SELECT")
    assert first["n"] == second["n"]
    assert isinstance(first["n"], ox.BlankNode)
    assert str(first["t"]) == '"1"^^<a:b>'


@pytest.mark.parametrize("text", ["GRAPH ?g { }", "SELECT ?x GRAPH", "SELECT ?x ( GRAPH { ?x"])
def test_a_query_whose_pattern_is_not_found_is_sent_as_it_is(text: str) -> None:
    assert within_graph(text, BASE) == (text, {"default-graph-uri": BASE})


def test_a_pattern_that_is_not_closed_is_left_to_the_server() -> None:
    text = "SELECT ?x { GRAPH ?g { ?a ?b ?c }"
    made, fields = within_graph(text, BASE)
    assert (made.startswith(f"SELECT ?x {{ GRAPH <{BASE}> {{ GRAPH ?g"), fields) == (True, {})


def test_a_password_belongs_to_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KG_PUBLISH_USER", raising=False)
    monkeypatch.setenv("KG_PUBLISH_PASSWORD", "secret")
    assert read_credentials("ann") == Login("ann", "secret")
    with pytest.raises(UsageError, match="KG_PUBLISH_PASSWORD is set, but no name"):
        read_credentials()
    assert query_addresses("http://h/repositories/r/rdf-graphs/service")[:-1] == ["http://h/repositories/r"]
