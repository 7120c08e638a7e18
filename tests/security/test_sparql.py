"""Queries that a knowledge base brings along, or a person asks: none reaches another server, each ends within its limits."""

from __future__ import annotations

import ast
import contextlib
import ctypes
import json
import mmap
import platform
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import kg as kg_api
from kg.base.errors import KgError, QueryError
from kg.base.process.forked import Bounds, CrashedError, TooLongError, TooMuchError, run_forked
from kg.base.settings import load_settings
from kg.graph.ask import Allowance, answer_queries, answer_query
from kg.graph.tokens import calls_service
from kg.graph.web import message_of

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str]], Path]
KG = "https://w3id.org/kg-notes/ns#"
NOTES = {f"concepts/n{i}.md": f"---\nuses: '[[n{(i + 1) % 30}]]'\n---\n# Note {i}\n" for i in range(30)}
CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"


class Canary:
    """A socket that nobody may connect to."""

    def __init__(self) -> None:
        self.connected = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connected += 1
                connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    time.sleep(0.05)
    canary.close()
    assert canary.connected == 0


def codes(ran: Any) -> set[str]:
    return {row["code"] for row in json.loads(ran.stdout)["findings"]}


def check_file(pattern: str, more: str = "") -> str:
    return f"# code: MY001\n# message: {{focus}}\nSELECT ?focus WHERE {{ ?focus a ?type . {pattern} }} {more}\n"


SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:shape> a sh:NodeShape ; sh:targetClass skos:Concept ; sh:sparql [ sh:message "x" ; sh:select '''%s''' ] .
"""

SERVICES = {
    "plain": "SERVICE <http://127.0.0.1:%d/> { ?a ?p ?b }",
    "silent": "SERVICE SILENT <http://127.0.0.1:%d/> { ?a ?p ?b }",
    "in small letters, without blanks": "{service<http://127.0.0.1:%d/>{?a ?p ?b}}",
    "in FILTER EXISTS": "FILTER EXISTS { SERVICE <http://127.0.0.1:%d/> { ?a ?p ?b } }",
    "in a sub-select": "{ SELECT ?a ?b { SERVICE <http://127.0.0.1:%d/> { ?a ?p ?b } } }",
    "behind a comment that ends with a carriage return": "# c\rSERVICE <http://127.0.0.1:%d/> { ?a ?p ?b }",
    "behind a quotation mark in a name": "OPTIONAL { ?x <urn:q> c:it\\'s } SERVICE <http://127.0.0.1:%d/> { ?a ?p ?b }",
    "behind what looks like an IRI": (
        "?x a ?y FILTER(STR(?x)<'&&?y>'||true) SERVICE SILENT <http://127.0.0.1:%d/> { ?a ?p ?b } FILTER(?x != 'x')"
    ),
    "glued to a literal": "?x <urn:p> trueSERVICE SILENT <http://127.0.0.1:%d/> { ?a ?p ?b }",
}


@pytest.mark.parametrize("pattern", SERVICES.values(), ids=SERVICES.keys())
def test_no_rule_check_question_or_query_reaches_a_server(kg: Kg, base: Write, canary: Canary, pattern: str) -> None:
    asks = pattern % canary.port
    c = "PREFIX c: <urn:c:> "
    folder = base({
        **NOTES,
        "ontology/rules/r.rq": f"{c}CONSTRUCT {{ ?a <{KG}uses> ?b }} WHERE {{ {asks} }}",
        "ontology/checks/c.rq": check_file(asks),
        "ontology/questions/q.rq": f"# q\nSELECT ?a WHERE {{ {asks} }}",
        "ontology/questions/q.csv": "a\n",
    })  # fmt: skip
    ran = kg("check", "--format", "json", "-C", folder)
    assert {"KG122", "KG126"} <= codes(ran)
    assert ran.status == 1
    store = ox.Store()
    for text in (f"{c}SELECT * {{ {asks} }}", f"{c}ASK {{ {asks} }}", f"{c}CONSTRUCT {{ ?a ?p ?b }} WHERE {{ {asks} }}"):
        with pytest.raises(QueryError):
            answer_query(store, text, allowance=Allowance())


def test_no_shape_reaches_a_server(kg: Kg, base: Write, canary: Canary) -> None:
    url = f"http://127.0.0.1:{canary.port}/"
    escaped = SHAPE % f"SELECT $this WHERE {{ \\\\u0053ERVICE <{url}> {{ $this ?p ?o }} }}"
    folder = base({
        **NOTES,
        "ontology/shapes.ttl": SHAPE % f"SELECT $this WHERE {{ SERVICE <{url}> {{ $this ?p ?o }} }}",
        "ontology/shapes/b.ttl": escaped,
        "ontology/shapes/c.ttl": f"<urn:o> <http://www.w3.org/2002/07/owl#imports> <{url}> ; "
        f"<http://www.w3.org/ns/shacl#shapesGraph> <{url}> .",
    })  # fmt: skip
    ran = kg("check", "--format", "json", "-C", folder)
    assert codes(ran) >= {"KG121"}


def test_what_only_looks_like_a_service_is_none() -> None:
    for text in (
        "SELECT * { ?s ?p 'SERVICE <x> {' }", "SELECT ?service { ?service ex:service ?o }", "# SERVICE <x> {\nASK {}",
        "ASK { GRAPH <http://x/service> { ?s ?p ?o } }", 'ASK { ?s ?p """SERVICE <x> { """ }', "ASK { ?s service:a ?o . {} }",
        "ASK { _:service ?p 'a'@service }", "ASK { ?s ?p ?o FILTER(?o<?service) }",
    ):  # fmt: skip
        assert not calls_service(text), text


def test_looking_for_a_service_takes_time_in_proportion() -> None:
    """By counting: each part is looked at, whatever the text, a bounded number of times."""
    for part in ("?a<", "'", "?a<'x'", "service ", "service?a ", '"\\\n', "'''a", "service\n#x\n", "<", "ex:"):
        times = []
        for n in (4_000, 16_000):
            start = time.process_time()
            calls_service(part * n + "service")
            times.append(time.process_time() - start)
        assert times[1] < 12 * max(times[0], 0.005), part


BOMBS = {
    "cross product": f"SELECT * {{ {CROSS} FILTER(CONCAT(STR(?a), STR(?i)) = 'x') }}",
    "counted": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} . ?j ?k ?l }}",
    "sorted": f"SELECT * {{ {CROSS} }} ORDER BY ?i ?f",
    "concatenated": f"SELECT (GROUP_CONCAT(?c) AS ?all) {{ {CROSS} . ?j ?k ?l }}",
    "doubled": "SELECT ?z { BIND('0123456789' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(31))
    + " BIND(STRLEN(?x31) AS ?z) }",
    "rows": f"SELECT * {{ {CROSS} }}",
    "statements": f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {CROSS} . ?j ?k ?l }}",
    "nested": f"ASK {{ FILTER({'(' * 60_000}1{')' * 60_000}) }}",
}


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    triples = "".join(f"<urn:s{i}> <urn:p{i % 7}> <urn:o{i}> .\n" for i in range(600))
    store.load(triples.encode(), format=ox.RdfFormat.N_TRIPLES)
    return store


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_each_bomb_ends_in_a_limit(store: ox.Store, text: str) -> None:
    allowance = Allowance(seconds=1.5, left=100, memory=256 << 20, size=4 << 20, rows=20_000)
    start = time.monotonic()
    with pytest.raises(QueryError) as ended:
        answer_query(store, text, allowance=allowance)
    assert "ended" in str(ended.value) or "can't be parsed" in str(ended.value)
    assert ended.value.hint
    assert time.monotonic() - start < 30  # no hang
    assert allowance.left < 100


def test_all_queries_together_have_a_limit(store: ox.Store) -> None:
    allowance = Allowance(seconds=1, left=0.3)
    for _ in range(2):
        with pytest.raises(QueryError):
            answer_query(store, BOMBS["counted"], allowance=allowance)
    assert allowance.left <= 0
    with pytest.raises(QueryError, match="used up"):
        answer_query(store, "ASK {}", allowance=allowance)


def test_one_bad_query_of_many_leaves_the_others(store: ox.Store) -> None:
    allowance = Allowance(seconds=1, left=60, memory=256 << 20, size=4 << 20, rows=20_000)
    good = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    for bad in (BOMBS["counted"], BOMBS["rows"], BOMBS["nested"], "SELECT nonsense", "ASK { SERVICE <x:y> { } }"):
        given = answer_queries(store, [good, bad, good], base="", allowance=allowance)
        assert [isinstance(g, QueryError) for g in given] == [False, True, False], bad
        for rows in (given[0], given[2]):
            assert isinstance(rows, ox.QuerySolutions)
            assert [row["n"].value for row in rows] == ["600"]


def test_results_come_back_as_they_were(store: ox.Store) -> None:
    store = ox.Store()
    store.load(
        b"""<urn:x> <urn:q> 01, 1.5, 1e5, true, "a\\tb\\nc\\"d'e\\\\", "x"@en, "y"^^<urn:dt>, _:b, "\\r\\u0007", "" .""",
        format=ox.RdfFormat.TURTLE,
    )
    for text in ("SELECT * { ?s ?p ?o }", "SELECT ?o ?none { ?s ?p ?o }"):
        here, there = (answer_query(store, text, allowance=a) for a in (None, Allowance()))
        assert {tuple(row) for row in here} == {tuple(row) for row in there}  # type: ignore[union-attr]
    here, there = (answer_query(store, "CONSTRUCT WHERE { ?s ?p ?o }", allowance=a) for a in (None, Allowance()))
    assert set(here) == set(there)  # type: ignore[arg-type]
    for text in ("ASK {}", "ASK { <urn:none> ?p ?o }"):
        assert bool(answer_query(store, text, allowance=None)) == bool(answer_query(store, text, allowance=Allowance()))


def test_the_limit_of_each_kind_of_file_is_a_finding_and_the_build_goes_on(kg: Kg, base: Write) -> None:
    folder = base({
        **NOTES,
        "kg.toml": "[check]\nquery-timeout = 1\nshapes-timeout = 3\n",
        "ontology/rules/r.rq": f"CONSTRUCT {{ ?a <{KG}uses> ?i }} WHERE {{ {CROSS} FILTER(STR(?b) = STR(?i)) }}",
        "ontology/checks/c.rq": check_file(CROSS, "ORDER BY ?c ?f ?i"),
        "ontology/questions/q.rq": f"# q\nSELECT (COUNT(*) AS ?n) WHERE {{ {CROSS} }}",
        "ontology/questions/q.csv": "n\n1\n",
    })  # fmt: skip
    ran = kg("check", "--format", "json", "-C", folder)
    found = {row["code"]: row for row in json.loads(ran.stdout)["findings"]}
    assert found["KG126"]["path"].endswith("ontology/rules/r.rq")
    assert found["KG126"]["severity"] == found["KG122"]["severity"] == "error"
    assert "query-timeout" in found["KG126"]["hint"]
    assert ran.status == 1
    ran = kg("build", "-C", folder, "--stage", "metrics")
    assert "Traceback" not in ran.stderr
    measures = {m["name"]: m for m in json.loads((folder / "output/metrics.json").read_text())["measures"]}
    assert measures["competency"]["value"] == 0
    assert "time limit" in json.dumps(measures["competency"])
    found = {row["code"]: row for row in json.loads((folder / "output/findings.json").read_text())["findings"]}
    question = found["KG127"]
    assert question["path"].endswith("ontology/questions/q.rq")
    assert (question["line"], question["column"], question["severity"]) == (1, 1, "error")
    assert "ended after 1 seconds, its time limit" in question["message"]
    assert "query-timeout" in question["hint"]
    assert (folder / "output/graph/kg.ttl").is_file()


def test_a_question_that_gives_nothing_is_a_finding_at_its_place(kg: Kg, base: Write) -> None:
    folder = base({
        **NOTES,
        "ontology/questions/a.rq": "# a\nSELECT ?n {\n  SERVICE <http://127.0.0.1:9/> { ?n ?p ?o } }",
        "ontology/questions/b.rq": "# b\nSELECT ?n { ?n ?p }",
        "ontology/questions/c.rq": "# c\nSELECT ?n { ?n ?p ?o }",
        **dict.fromkeys((f"ontology/questions/{name}.csv" for name in "abc"), "n\nx\n"),
    })  # fmt: skip
    kg("build", "-C", folder, "--stage", "metrics")
    rows = json.loads((folder / "output/findings.json").read_text())["findings"]
    found = {Path(row["path"]).stem: row for row in rows if row["code"] == "KG127"}
    assert found.keys() == {"a", "b"}, "c is answered, if not as expected"
    assert (found["a"]["line"], found["a"]["column"]) == (3, 3)
    assert "SERVICE" in found["a"]["message"]
    assert found["b"]["line"] == 2
    assert all(row["hint"] for row in found.values())


def test_a_limit_of_the_settings_is_capped(base: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = base({**NOTES, "kg.toml": "[check]\nquery-timeout = 80000\nshapes-timeout = 80000\n"})
    assert load_settings(folder).check.query_timeout == load_settings(folder).check.shapes_timeout == 600
    monkeypatch.setenv("KG_QUERY_TIMEOUT", "1200")
    assert load_settings(folder).check.query_timeout == 1200
    monkeypatch.setenv("KG_QUERY_TIMEOUT", "soon")
    with pytest.raises(KgError, match="KG_QUERY_TIMEOUT"):
        load_settings(folder)


def test_a_query_of_a_person_has_a_limit(kg: Kg, base: Write, canary: Canary) -> None:
    folder = base(NOTES)
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    ran = kg("query", "-C", folder, "--timeout", "1", f"SELECT (COUNT(*) AS ?n) {{ {CROSS} . ?j ?k ?l }}")
    assert ran.status != 0
    assert "--timeout 2" in ran.stderr
    ran = kg("query", "-C", folder, f"SELECT * {{ SERVICE SILENT <http://127.0.0.1:{canary.port}/> {{ ?s ?p ?o }} }}")
    assert "SERVICE" in ran.stderr
    assert ran.status != 0
    assert "30" in kg("query", "-C", folder, "--format", "csv", "SELECT (COUNT(?s) AS ?n) { ?s a skos:Concept }").stdout


def test_the_python_interface_reaches_no_server(base: Write, canary: Canary) -> None:
    url = f"http://127.0.0.1:{canary.port}/"
    read = kg_api.read(base(NOTES) / "concepts")
    asks = f"SELECT * WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}"
    with pytest.raises(QueryError):
        list(read.query(asks))
    with pytest.raises(QueryError):
        list(read.query(f"SELECT (COUNT(*) AS ?n) {{ {CROSS} . ?j ?k ?l }}", timeout=1))
    for text in (asks, asks.replace("SERVICE", "SERVICE SILENT"), asks.replace("SERVICE", "\\u0053ERVICE")):
        with pytest.raises(QueryError):
            list(read.dataset.query(text))
    from rdflib.plugins.sparql import prepareQuery

    with pytest.raises(QueryError):
        list(read.dataset.query(prepareQuery(asks)))
    with pytest.raises(QueryError):
        read.dataset.update(f"LOAD <{url}>")
    list(read.dataset.query(f"SELECT * FROM <{url}> {{ ?s ?p ?o }} LIMIT 1"))  # noqa: S608  # no SQL


def test_forked_work_is_bounded(canary: Canary) -> None:
    bounds = Bounds(5, 256 << 20, 1 << 20, 100)
    assert run_forked(lambda out: out.write(b"ab"), bounds) == (2, b"ab")
    with pytest.raises(TooLongError):
        run_forked(lambda _out: time.sleep(60) or 0, bounds._replace(seconds=0.3))
    with pytest.raises(TooMuchError):
        run_forked(lambda out: out.write(b"a" * (2 << 20)) and 0, bounds)
    with pytest.raises(TooMuchError):
        run_forked(lambda out: out.write(b"\n" * 200) and 0, bounds)
    with pytest.raises(CrashedError):
        run_forked(lambda _out: len(bytearray(1 << 30)) and 0, bounds)

    def connect(out: Any) -> int:
        try:
            socket.create_connection(("127.0.0.1", canary.port))
        except PermissionError:
            return 7
        return 0

    assert run_forked(connect, bounds)[0] == 7


def _by_x32() -> None:
    ctypes.CDLL(None).syscall(0x40000000 | 41, 2, 1, 0)  # socket


def _by_i386() -> None:
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


@pytest.mark.skipif(platform.machine() != "x86_64" or not sys.platform.startswith("linux"), reason="others have no other ABI")
@pytest.mark.parametrize("call", [_by_x32, _by_i386])
def test_calls_of_another_abi_end_the_process(call: Callable[[], None]) -> None:
    """Their numbers mean other calls, so that a filter of numbers would let them through."""
    with pytest.raises(CrashedError):
        run_forked(lambda _out: call() or 0, Bounds(5, 256 << 20, 1 << 20, 100))


ASKS = {  # who else may call something that is named `query`: servers over HTTP are asked, and rdflib's store
    ("kg/graph/ask.py", "store.query"), ("kg/serve/relay.py", "self._endpoint.query"),
    ("kg/serve/publish/asking.py", "self._endpoint.query"),
    ("kg/serve/publish/asking.py", "Endpoint(url, web=web).query"), ("kg/app/cli/query.py", "remote.query"),
    ("kg/graph/asked.py", "super().query"),
}  # fmt: skip


def test_one_function_opens_every_query_on_a_store() -> None:
    root = Path(kg_api.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "query":
                found.add((path.relative_to(root.parent).as_posix(), ast.unparse(node.func)))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
                assert "store" not in ast.unparse(node.func.value).lower(), path
    assert found == ASKS


@pytest.mark.parametrize(
    "part", ["<", "<script>", "<!--", "<a ", "</script ", "<title></title ", '{"message":"\\"', '"error" : ', "&", '"detail":"']
)
def test_an_error_page_of_a_server_is_read_in_linear_time(part: str) -> None:
    import httpx

    start = time.process_time()
    for media in ("text/html", "application/json", "text/plain"):
        said = message_of(httpx.Response(500, text=part * 300_000, headers={"content-type": media}))
        assert len(said) <= 241
    assert time.process_time() - start < 5


def test_an_error_page_is_still_told() -> None:
    import httpx

    page = "<html><title>x</title><body><h1>Bad &amp; ugly</h1><script>f(1<2)</script><style>a{}</style>it is"
    assert message_of(httpx.Response(500, text=page)) == "Bad & ugly it is"
    assert message_of(httpx.Response(500, text='{"status": 5, "message": "no good"}')) == "no good"
