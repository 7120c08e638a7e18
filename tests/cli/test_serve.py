"""``kg serve``: the SPARQL 1.1 Protocol with other people's clients, the site, metrics, rebuilds while it serves, its end."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import pytest
import rdflib
import SPARQLWrapper as sw  # noqa: N813  # its classes have the package's name
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from kg.base.caches import of_base

Kg = Callable[..., "object"]
ROOT = Path(__file__).resolve().parents[2]
RAFT = "https://example.org/container-microservices/concept/raft"
LABELS = "SELECT ?l WHERE { c:raft skos:prefLabel ?l } ORDER BY ?l"
TRIPLES = "CONSTRUCT { ?c skos:prefLabel ?l } WHERE { ?c skos:prefLabel ?l FILTER(?c IN (c:raft, c:paxos)) }"


@pytest.fixture(scope="module")
def served(own: Path, serve: Callable[..., object]) -> Iterator[object]:
    with serve(own) as running:
        yield running


# The protocol, by clients that are not ours


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("how", ["urlencoded", "postdirectly"])
def test_sparqlwrapper_reads_every_format(served, method: str, how: str) -> None:
    def ask(query: str, form: str) -> object:
        client = sw.SPARQLWrapper(served.url + "sparql", returnFormat=form)
        client.setMethod(method)
        client.setRequestMethod(how)
        client.setQuery("PREFIX c: <https://example.org/container-microservices/concept/> "
                        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> " + query)  # fmt: skip
        with warnings.catch_warnings():
            # What SPARQLWrapper makes of triples is deprecated in rdflib.
            warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated", DeprecationWarning)
            return client.query().convert()

    rows = ask(LABELS, sw.JSON)["results"]["bindings"]
    assert [(r["l"]["value"], r["l"]["xml:lang"]) for r in rows] == [("Raft", "en"), ("Raft 共识算法", "zh")]
    assert [n.firstChild.data for n in ask(LABELS, sw.XML).getElementsByTagName("literal")] == ["Raft", "Raft 共识算法"]
    assert list(csv.reader(io.StringIO(ask(LABELS, sw.CSV).decode()))) == [["l"], ["Raft"], ["Raft 共识算法"]]
    assert ask(LABELS, sw.TSV).decode().splitlines() == ["?l", '"Raft"@en', '"Raft 共识算法"@zh']
    assert ask("ASK { c:raft a skos:Concept }", sw.JSON)["boolean"] is True
    turtle = rdflib.Graph().parse(data=ask(TRIPLES, sw.TURTLE), format="turtle")
    assert len(turtle) == 4
    assert set(ask(TRIPLES, sw.RDFXML)) == set(turtle)
    assert len(ask("DESCRIBE c:raft", sw.RDFXML)) > 10


def test_terms_that_only_rdf_1_2_has_are_written_too(served) -> None:
    query = 'SELECT (BNODE() AS ?b) (TRIPLE(<a:s>, <a:p>, "o") AS ?t) (STRLANGDIR("x", "ar", "rtl") AS ?d) {}'
    row = served.ask(query, "application/sparql-results+json").json["results"]["bindings"][0]
    assert row["b"]["type"] == "bnode"
    assert row["t"]["value"]["object"] == {"type": "literal", "value": "o"}
    assert row["d"] == {"type": "literal", "value": "x", "xml:lang": "ar", "its:dir": "rtl"}
    assert served.ask(query, "text, application/sparql-results+xml").headers["content-type"].startswith("application/sparql")


@pytest.mark.parametrize("path", ["/browse", "//browse", "/browse?x=1"])
def test_a_folder_is_redirected_to_its_page_on_this_server(served, path: str) -> None:
    heard = served.get(path)
    assert (heard.status, heard.headers["location"]) == (307, "/browse/")
    assert served.get(heard.headers["location"]).status == 200


def test_what_can_not_be_had_of_the_service(served) -> None:
    assert served.get("/sparql", method="POST", body="ASK {}", Content_Encoding="gzip").status == 415
    assert served.get("/sparql/assets/nothing.js").status == 404


def test_search_gives_the_answers_of_kg_find(served) -> None:
    heard = served.get("/-/search?q=raft&limit=2&lang=en")
    rows = heard.json["matches"]
    assert (heard.status, len(rows), rows[0]["path"], rows[0]["page"]) == (200, 2, "theory/raft.md", "concepts/raft.en.html")
    assert served.get("/-/search?q=rqbp").json["matches"][0]["kind"] == "pinyin"
    for wrong in ("", "?q=", "?q=%20", "?q=x&limit=-1", "?q=x&limit=99999"):
        assert served.get(f"/-/search{wrong}").status == 400


def test_rdflib_reads_the_service_as_a_store(served) -> None:
    graph = rdflib.Graph(SPARQLStore(served.url + "sparql", returnFormat="json"))
    raft = rdflib.URIRef(RAFT)
    assert (raft, rdflib.RDF.type, rdflib.SKOS.Concept) in graph
    assert {str(o) for o in graph.objects(raft, rdflib.SKOS.prefLabel)} == {"Raft", "Raft 共识算法"}


# The protocol, byte by byte

RESULTS = [
    ("", "application/sparql-results+json"),
    ("*/*", "application/sparql-results+json"),
    ("application/sparql-results+json", "application/sparql-results+json"),
    ("application/json", "application/json"),
    ("application/sparql-results+xml", "application/sparql-results+xml"),
    ("application/xml;q=0.9, text/html;q=0.1", "application/xml"),
    ("text/csv", "text/csv; charset=utf-8"),
    ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
    ("text/csv;q=0.2, application/sparql-results+xml;q=0.8", "application/sparql-results+xml"),
    ("text/turtle, text/*;q=0.5", "text/csv; charset=utf-8"),
]
GRAPHS = [
    ("", "text/turtle; charset=utf-8", "turtle"),
    ("application/n-triples", "application/n-triples", "nt"),
    ("application/rdf+xml", "application/rdf+xml", "xml"),
    ("application/ld+json", "application/ld+json", "json-ld"),
    ("text/csv, application/rdf+xml;q=0.1", "application/rdf+xml", "xml"),
]


@pytest.mark.parametrize(("accept", "media"), RESULTS)
def test_formats_of_rows(served, accept: str, media: str) -> None:
    heard = served.ask(LABELS, accept)
    assert (heard.status, heard.headers["content-type"]) == (200, media)
    assert "Accept" in heard.headers["vary"]
    if "json" in media:
        assert [r["l"]["value"] for r in heard.json["results"]["bindings"]] == ["Raft", "Raft 共识算法"]
    elif "xml" in media:
        found = ET.fromstring(heard.text).iter("{http://www.w3.org/2005/sparql-results#}literal")  # noqa: S314  # our own server's
        assert [e.text for e in found] == ["Raft", "Raft 共识算法"]
    else:
        assert "Raft 共识算法" in heard.text
    asked = served.ask("ASK { c:raft a skos:Collection }", accept)
    assert (asked.status, asked.headers["content-type"]) == (200, media)
    assert "false" in asked.text


@pytest.mark.parametrize(("accept", "media", "form"), GRAPHS)
def test_formats_of_graphs(served, accept: str, media: str, form: str) -> None:
    heard = served.ask(TRIPLES, accept)
    assert (heard.status, heard.headers["content-type"]) == (200, media)
    graph = rdflib.Graph().parse(data=heard.text, format=form)
    assert (rdflib.URIRef(RAFT), rdflib.SKOS.prefLabel, rdflib.Literal("Raft 共识算法", lang="zh")) in graph
    assert len(graph) == 4


def test_three_ways_to_ask(served) -> None:
    def rows(heard) -> object:
        assert heard.status == 200, heard.text
        return heard.json["results"]["bindings"]

    expected = rows(served.ask(LABELS))
    assert len(expected) == 2
    assert rows(served.get("/sparql?" + urlencode({"query": LABELS}))) == expected
    direct = {"method": "POST", "body": LABELS, "Content_Type": "application/sparql-query; charset=UTF-8"}
    assert rows(served.get("/sparql", **direct)) == expected
    head = served.get("/sparql?" + urlencode({"query": LABELS}), method="HEAD")
    assert (head.status, head.body) == (200, b"")


def test_the_dataset_of_a_request(served) -> None:
    place = served.ask("SELECT ?g WHERE { GRAPH ?g { c:raft kg:requires c:quorum } }").json["results"]["bindings"][0]["g"][
        "value"
    ]
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
    named = "SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"

    def number(query: str, **parameters: str) -> int:
        heard = served.ask(query, **parameters)
        assert heard.status == 200, heard.text
        return int(heard.json["results"]["bindings"][0]["n"]["value"])

    assert number(count) > 1000
    stated = number(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{place}> {{ ?s ?p ?o }} }}")
    assert stated >= 1
    assert number(count, **{"default-graph-uri": place}) == stated
    assert number(count, **{"named-graph-uri": place}) == 0
    assert number(named, **{"named-graph-uri": place}) == 1
    assert number(named, **{"default-graph-uri": place}) == 0
    # The request comes before the query's own FROM.
    assert number(count.replace("WHERE", "FROM <a:b> WHERE"), **{"default-graph-uri": place}) == stated
    path = f"/sparql?{urlencode({'default-graph-uri': place})}"
    heard = served.get(path, method="POST", body=count, Content_Type="application/sparql-query")
    assert heard.json["results"]["bindings"][0]["n"]["value"] == str(stated)
    assert served.ask(count, **{"default-graph-uri": "no iri"}).status == 400


FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


@pytest.mark.parametrize(
    ("method", "path", "media", "body", "status", "said"),
    [
        ("GET", "/sparql", "", "", 400, "there is no query"),
        ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", "", "", 400, "more than one query"),
        ("GET", "/sparql?query=SELECT", "", "", 400, "line 1, column 7"),
        ("GET", "/sparql?query=%FF%FE", "", "", 400, "is not UTF-8"),
        ("POST", "/sparql", FORM, "query=%ff", 400, "is not UTF-8"),
        ("POST", "/sparql", QUERY, b"ASK { ?s ?p '\xff' }", 400, "is not UTF-8"),
        ("POST", "/sparql", FORM, "", 400, "there is no query"),
        ("POST", "/sparql", FORM, "update=CLEAR+ALL", 403, "updates are refused"),
        ("POST", "/sparql", "application/sparql-update", "CLEAR ALL", 403, "updates are refused"),
        ("POST", "/sparql", QUERY, "INSERT DATA { <a:b> <a:c> <a:d> }", 400, "read-only"),
        ("POST", "/sparql", QUERY, "LOAD <http://127.0.0.1:9/>", 400, "read-only"),
        ("POST", "/sparql", "text/plain", "ASK {}", 415, "text/plain"),
        ("POST", "/sparql", "", "ASK {}", 415, "has no type"),
        ("POST", "/sparql", f"{QUERY}; charset=gbk", "ASK {}", 415, "gbk"),
        ("POST", "/sparql", QUERY, "#" * (1 << 20) + "\nASK {}", 413, "at most 1,048,576 bytes"),
        ("PUT", "/sparql", QUERY, "ASK {}", 405, "only reads"),
        ("DELETE", "/sparql", "", "", 405, "only reads"),
        ("POST", "/index.html", FORM, "a=b", 405, "only reads"),
    ],
)
def test_wrong_requests(served, method: str, path: str, media: str, body: bytes | str, status: int, said: str) -> None:
    headers = {"Content_Type": media} if media else {}
    heard = served.get(path, method=method, body=body or None, **headers)
    assert heard.status == status, heard.text
    assert said in heard.text
    assert "Traceback" not in heard.text
    assert heard.headers["content-type"] == "text/plain; charset=utf-8"
    if status == 405:
        assert "GET" in heard.headers["allow"]


def test_errors_as_json_say_line_and_column(served) -> None:
    heard = served.ask("SELECT ?x\nWHERE { ?x foo:bar ?y }", "application/sparql-results+json")
    assert heard.status == 400
    assert heard.headers["content-type"] == "application/json"
    assert (heard.json["line"], heard.json["column"]) == (2, 12)
    assert "known prefixes" in heard.json["hint"]


def test_a_format_that_cannot_be_written(served) -> None:
    rows = served.ask(LABELS, "text/turtle")
    assert (rows.status, "text/csv" in rows.text) == (406, True)
    graph = served.ask(TRIPLES, "text/csv")
    assert (graph.status, "text/turtle" in graph.text) == (406, True)


def test_pages_of_this_machine_may_ask_and_others_may_not(served, own: Path, serve) -> None:
    path = "/sparql?query=ASK%7B%7D"
    allowed = served.get(path, Origin="http://localhost:3000")
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "Kg-Truncated" in allowed.headers["access-control-expose-headers"]
    for origin in ("https://evil.example", "http://localhost.evil.example", "null"):
        assert "access-control-allow-origin" not in served.get(path, Origin=origin).headers
    preflight = {"method": "OPTIONS", "Origin": "http://127.0.0.1:1", "Access_Control_Request_Headers": "content-type"}
    heard = served.get("/sparql", **preflight, Access_Control_Request_Method="POST")
    assert heard.status == 200
    assert "POST" in heard.headers["access-control-allow-methods"]
    assert served.get("/sparql", **preflight, Access_Control_Request_Method="DELETE").status == 400
    assert "POST" in served.get("/sparql", method="OPTIONS").headers["allow"]
    with serve(own, "--cors", "https://yasgui.example") as other:
        assert (
            other.get(path, Origin="https://yasgui.example").headers["access-control-allow-origin"] == "https://yasgui.example"
        )
    with serve(own, "--cors", "*") as other:
        assert other.get(path, Origin="https://anyone.example").headers["access-control-allow-origin"] == "*"


# Limits


def test_rows_beyond_the_limit_are_cut_off_and_it_is_said(own: Path, serve) -> None:
    with serve(own, "--rows", "5") as served:
        for accept in ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/turtle"):
            form = "CONSTRUCT { ?s ?p ?o }" if "turtle" in accept else "SELECT ?s ?p ?o"
            heard = served.ask(form + " WHERE { ?s ?p ?o }", accept)
            assert (heard.status, heard.headers["kg-rows"], heard.headers["kg-row-limit"]) == (200, "5", "5")
            assert heard.headers["kg-truncated"] == "true"
        assert len(served.ask("SELECT * WHERE { ?s ?p ?o }").json["results"]["bindings"]) == 5
        whole = served.ask("SELECT * WHERE { ?s ?p ?o } LIMIT 5")
        assert (whole.headers["kg-rows"], "kg-truncated" in whole.headers) == ("5", False)
        assert "at most 5 rows" in served.get("/sparql?lang=en", Accept="text/html").text


# The site


def test_files_have_their_types_and_are_cached_by_what_they_are(served, own: Path) -> None:
    for path, media, name in [
        ("/", "text/html; charset=utf-8", "index.html"),
        ("/maps/lib/vis-network.min.js", "text/javascript; charset=utf-8", "maps/lib/vis-network.min.js"),
        ("/assets/kg.css", "text/css; charset=utf-8", "assets/kg.css"),
        ("/graph/kg.ttl", "text/turtle; charset=utf-8", "graph/kg.ttl"),
        ("/graph/kg.graphml", "application/graphml+xml", "graph/kg.graphml"),
        ("/metrics.json", "application/json", "metrics.json"),
        ("/reports/association.md", "text/markdown; charset=utf-8", "reports/association.md"),
    ]:
        heard = served.get(path)
        assert (heard.status, heard.headers["content-type"]) == (200, media), path
        assert heard.headers["x-content-type-options"] == "nosniff"
        expected = (own / "output" / name).read_bytes()
        if media.startswith("text/html"):
            assert heard.body.replace('<a href="/sparql?lang=zh">查询</a>'.encode(), b"") == expected
            assert heard.body != expected
        else:
            assert heard.body == expected
        again = served.get(path, If_None_Match=heard.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        assert served.get(path, If_None_Match='"other"').status == 200
        head = served.get(path, method="HEAD")
        assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(heard.body)))


def test_nothing_outside_of_the_output_is_served(served, own: Path) -> None:
    (own / "output" / "out-link.toml").symlink_to(own / "kg.toml")
    (own / "output" / ".hidden").write_text("secret")
    os.mkfifo(own / "output" / "pipe")
    try:
        for path in [
            "/../kg.toml", "/concepts/../../kg.toml", "/%2e%2e/kg.toml", "/..%2fkg.toml", "/%2e%2e%2f%2e%2e%2fetc/passwd",
            "/..%5ckg.toml", "//etc/passwd", "/%00", "/index.html%00.png", "/out-link.toml", "/.hidden", "/graph/store/CURRENT",
            "/graph/store", "/graph//store/CURRENT", "/concepts", "/pipe", "/nothing.html", "/" + "a" * 5000,
            "/" + "%E5%AE%B9" * 100,
        ]:  # fmt: skip
            heard = served.get(path)
            assert heard.status == 404, (path, heard)
            assert "there is no page" in heard.text
    finally:
        for name in ("out-link.toml", ".hidden", "pipe"):
            (own / "output" / name).unlink()


def test_other_names_of_this_server_are_refused(served, own: Path, serve) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", ""):
        for path in ("/", "/sparql?query=ASK%7B%7D", "/metrics", "/healthz"):
            heard = served.get(path, Host=host)
            assert heard.status in (400, 421), (host, path)
            assert b"skos" not in heard.body
    for host in ("localhost", "LOCALHOST:1", "127.0.0.1:9999", "[::1]:80", "kb.localhost"):
        assert served.get("/healthz", Host=host).status == 200, host
    with serve(own, "--allow-host", "kb.lan") as other:
        assert other.get("/healthz", Host="kb.lan:8000").status == 200
        assert other.get("/healthz", Host="evil.lan").status == 421


def test_iri_of_a_concept_leads_to_its_page(served) -> None:
    heard = served.get(f"/-/concept?iri={quote(RAFT, safe='')}&lang=en")
    assert (heard.status, heard.headers["location"]) == (303, "/concepts/raft.en.html")
    assert served.get(heard.headers["location"]).status == 200
    for iri in ("https://elsewhere.example/x", "", "//evil.example", "javascript:alert(1)"):
        assert served.get(f"/-/concept?iri={quote(iri, safe='')}").status == 404


def test_a_browser_gets_the_query_page(served, own: Path, serve) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    heard = served.get("/sparql", Accept=browser)
    assert (heard.status, heard.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = heard.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "能力" not in heard.text
    assert "Concepts without a definition" in served.get("/sparql?lang=en", Accept=browser).text
    assert "没有定义的概念" in served.get("/sparql?lang=zh", Accept=browser).text
    evil = served.get("/sparql?" + urlencode({"query": "</textarea><script>alert(1)</script>"}), Accept=browser).text
    assert "<script>alert(1)" not in evil
    for lang in ("zh", "en"):
        assert f'<html lang="{lang}">' in served.get("/sparql", Accept=browser, Accept_Language=f"{lang}-x, de").text
        with serve(own, "--lang", lang) as other:
            assert f'<html lang="{lang}">' in other.get("/sparql", Accept=browser).text


def test_the_query_page_leads_to_the_pages_that_the_site_has(served) -> None:
    def header(path: str) -> list[str]:
        (nav,) = re.findall(r'<nav class="nav".*?</nav>', served.get(path, Accept="text/html").text, re.DOTALL)
        return re.findall(r"<a [^>]*>([^<]+)</a>", nav)

    site = header("/index.html")
    assert len(site) > 5
    assert header("/sparql?lang=zh") == site


# Figures


def test_metrics_are_those_of_the_build_and_count_queries(served, own: Path) -> None:
    def samples() -> dict[tuple[str, str], float]:
        heard = served.get("/metrics")
        assert heard.headers["content-type"].startswith("text/plain; version=0.0.4")
        found = (s for family in read_prometheus(heard.text) for s in family.samples)
        return {(s.name, ",".join(s.labels.values())): s.value for s in found}

    before = samples()
    for row in json.loads((own / "output/metrics.json").read_bytes())["measures"]:
        assert before.get(("kg_measure_ratio", row["name"])) == row["value"]
    assert {k for k in before if k[0] == "kg_findings"} == {("kg_findings", s) for s in ("error", "warning", "info")}
    assert before["kg_build_timestamp_seconds", ""] > 1.6e9
    served.ask("ASK {}")
    served.ask("nonsense")
    after = samples()
    assert after["kg_queries_total", "answered"] == before["kg_queries_total", "answered"] + 1
    assert after["kg_queries_total", "refused"] == before["kg_queries_total", "refused"] + 1
    assert after["kg_query_seconds_count", ""] == before["kg_query_seconds_count", ""] + 2
    # metrics.prom, which the build writes, has the same names and values.
    written = [s for family in read_prometheus((own / "output/metrics.prom").read_text()) for s in family.samples]
    assert len(written) > 10
    for sample in written:
        assert after[sample.name, ",".join(sample.labels.values())] == sample.value
    openmetrics = served.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    assert {"kg_queries", "kg_measure_ratio"} <= {family.name for family in read_openmetrics(openmetrics.text)}


def test_health(served) -> None:
    heard = served.get("/healthz")
    assert heard.status == 200
    assert heard.json["status"] == "ok"
    assert heard.json["workers"] >= 2


# Rebuilds


@pytest.fixture
def small(tmp_path: Path, kg: Kg) -> Path:
    """A small knowledge base that is built."""
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text("# A\n\n[[b]]\n")
    (tmp_path / "concepts/b.md").write_text("# B\n")
    assert kg("build", "-C", tmp_path).status == 0
    return tmp_path


def _wait(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.05)


def test_a_rebuild_is_picked_up_without_a_failed_request(small: Path, kg: Kg, serve) -> None:
    with serve(small, "--timeout", "60") as served:
        failed: list[str] = []
        counts: set[int] = set()
        asked = 0
        done = threading.Event()

        def client(path: str) -> None:
            nonlocal asked
            while not done.is_set():
                try:
                    heard = served.get(path)
                except OSError as error:
                    failed.append(f"{path}: {error!r}")
                    continue
                asked += 1
                if heard.status != 200 or not heard.body:
                    failed.append(f"{path}: {heard.status} {heard.text[:200]}")
                elif path.startswith("/sparql"):
                    counts.add(int(heard.json["results"]["bindings"][0]["n"]["value"]))

        number = "/sparql?" + urlencode({"query": "SELECT (COUNT(*) AS ?n) WHERE { ?c a skos:Concept }"})
        paths = [number, number, "/", "/concepts/a.html", "/maps/concept.html", "/graph/kg.ttl"]
        clients = [threading.Thread(target=client, args=(path,)) for path in paths]
        # A query that is under way while builds change: it is answered from the build on which it began.
        slow: list[object] = []
        pairs = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f }"
        clients.append(threading.Thread(target=lambda: slow.append(served.ask(pairs))))
        total = served.count()
        for thread in clients:
            thread.start()
        for i in range(3):
            (small / f"concepts/new{i}.md").write_text(f"# New {i}\n\n[[a]]\n")
            assert kg("build", "-C", small).status == 0
            _wait(lambda i=i: 3 + i in counts)
        done.set()
        for thread in clients:
            thread.join(60)
        assert failed == []
        assert counts == {2, 3, 4, 5}
        assert asked > 50
        assert slow[0].status == 200, slow[0].text
        assert slow[0].json["results"]["bindings"][0]["n"]["value"] == str(total**2)
        assert served.get("/concepts/new2.html").status == 200
        assert served.get("/metrics").text.count("kg_builds_picked_up_total 3.0") == 1
        # What was put aside for older builds goes with their last query.
        _wait(lambda: len([p for p in of_base(small).glob("serve-*/*") if p.is_dir()]) == 1)


def test_a_broken_build_leaves_the_last_one_in_service(small: Path, serve) -> None:
    with serve(small) as served:
        build = json.loads((small / "output/build.json").read_text())
        (small / "output/graph/store/CURRENT").unlink()
        (small / "output/graph/store/CURRENT").write_text("no store")
        (small / "output/build.json").write_text(json.dumps(build))
        assert served.process.stderr is not None
        assert "the last one still is" in json.loads(served.process.stderr.readline())["message"]
        assert served.count("?c a skos:Concept") == 2
        assert served.get("/healthz").json["status"] == "ok"


def test_a_build_of_the_graph_alone(small: Path, kg: Kg, serve) -> None:
    shutil.rmtree(small / "output")
    assert kg("build", "-C", small, "--stage", "graph").status == 0
    with serve(small) as served:
        heard = served.get("/")
        assert (heard.status, heard.headers["location"]) == (307, "/sparql")
        assert served.get("/sparql", Accept="text/html").status == 200
        assert served.get("/-/vis-network.min.js").body[:200]
        assert "kg_measure_ratio{" not in served.get("/metrics").text


# Beginning and end


def _children(served) -> list[psutil.Process]:
    return psutil.Process(served.process.pid).children(recursive=True)


def _busy(processes: list[psutil.Process]) -> float:
    """Seconds that processes have computed so far."""
    return sum(p.cpu_times().user for p in processes if p.is_running())


def _gone(processes: list[psutil.Process]) -> bool:
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)])
def test_signals_end_it_with_all_workers(small: Path, serve, number: int, status: int) -> None:
    with serve(small, "--workers", "3") as served:
        workers = _children(served)
        assert len(workers) == 3
        assert list(of_base(small).glob("serve-*"))
        # Also in the middle of a query that would take its time.
        told: list[object] = []
        runaway = threading.Thread(target=lambda: told.append(served.ask(RUNAWAY)))
        before = _busy(workers)
        runaway.start()
        _wait(lambda: _busy(workers) > before + 0.2)
        assert served.end(number) == status
        assert _gone(workers)
        assert not list(of_base(small).glob("serve-*"))
        runaway.join(30)
        assert (told[0].status, told[0].text) == (503, "the service is being ended\n")
        assert "Traceback" not in served.process.stderr.read()


RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def _ignore(what: Callable[[], object]) -> None:
    try:
        what()
    except (OSError, http.client.HTTPException):
        return


def test_workers_of_a_killed_server_end_by_themselves(small: Path, serve) -> None:
    with serve(small, "--timeout", "6") as served:
        workers = _children(served)
        before = _busy(workers)
        threading.Thread(target=lambda: _ignore(lambda: served.ask(RUNAWAY))).start()
        _wait(lambda: _busy(workers) > before + 0.1)
        assert served.end(signal.SIGKILL) == -signal.SIGKILL
        _wait(lambda: _gone(workers), 30)
    left = {p.name for p in of_base(small).glob("serve-*")}
    assert left
    with serve(small):
        # The next one clears away what the killed one left.
        assert not left & {p.name for p in of_base(small).glob("serve-*")}


def test_a_killed_worker_is_replaced(small: Path, serve) -> None:
    with serve(small) as served:
        for worker in _children(served):
            worker.kill()
        # Each of the killed ones is noticed by one query at most.
        seen = [served.ask("ASK {}").status for _ in range(6)]
        assert seen.count(500) <= 2
        assert seen[-1] == 200
        _wait(lambda: served.get("/healthz").json["workers"] == 2)
        assert len(_children(served)) == 2


def test_wrong_use(small: Path, kg: Kg, serve, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    ran = kg("serve", "-C", nothing)
    assert (ran.status, f"run 'kg build -C {nothing}' first" in ran.stderr) == (2, True)
    with serve(small) as served:
        ran = kg("serve", "-C", small, "--port", str(served.port))
        assert (ran.status, "--port 0 takes a free port" in ran.stderr) == (2, True)
    ran = kg("serve", "-C", small, "--host", "no.such.host.invalid")
    assert (ran.status, "there is no address" in ran.stderr) == (2, True)
    ran = kg("serve", "-C", small, "--cors", "example.org")
    assert (ran.status, "is not an origin" in ran.stderr) == (2, True)


def test_other_hosts_are_warned_of(small: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", "serve", "-C", str(small), "--host", "0.0.0.0", "--port", "0"],  # noqa: S104  # that is the case
        stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(3)]
        assert "warning: 0.0.0.0 can be reached from other machines" in said[0]
        assert "there is no login" in said[1]
        assert "serving" in said[2]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == "kg: interrupted\n"
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_load(own: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks/serve_load.py"), str(own), "--json", "--queries", "600"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["clients"], figures["queries"], figures["errors"]) == (50, 600, 0)
    assert figures["slowest_1_percent_ms"] > 0
