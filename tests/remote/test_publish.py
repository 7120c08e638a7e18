"""``kg publish`` to two real servers by two protocols: they have what the build has then, and no other graph goes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.graph.built import open_build
from kg.serve.publish.content import parts
from kg.serve.publish.state import list_name

Kg = Callable[..., "object"]
BaseOf = Callable[..., Path]

ODD = r"""
@prefix ex: <https://odd.example/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:容器 skos:prefLabel "容器 😀 \"quoted\" 'single' \\back\\slash \\u0041 \t tab"@zh , "line\nline\r\nend" , "" ;
    skos:notation "12"^^xsd:integer , "1.5"^^xsd:decimal , "2020-02-29"^^xsd:date , "zz"^^ex:type ;
    skos:note "} ; DROP ALL # <x>" , "_:b1 _:b2" , "{ ?s ?p ?o }" , "$x ?y @en ^^xsd:string \\" ;
    skos:related <https://odd.example/%E5%AE%B9> , <https://odd.example/a(b)'c> .
[] a owl:Restriction ; owl:onProperty ex:p ; owl:someValuesFrom [ a owl:Class ; owl:unionOf ( ex:A [ a ex:B ] ex:C ) ] .
_:x skos:related _:y . _:y skos:related _:z . _:z skos:related _:x .
[] skos:note "alone" .
"""
LONG = '<https://odd.example/long> <http://www.w3.org/2004/02/skos/core#note> "' + "长 text " * 20_000 + '" .\n'


def notes(count: int) -> dict[str, str]:
    return {
        f"concepts/节点-{i:03}.md": f"---\nid: n{i}\ntitle: {{zh: 节点 {i}, en: Node {i}}}\n"
        f"uses: '[[节点-{(i + 1) % count:03}]]'\n---\n# N\n\n[[节点-{i // 2:03}]]\n\n"
        f"depends-on:: [[节点-{(i * 7 + 1) % count:03}]]\n"
        for i in range(count)
    }


def url_of(server: object, protocol: str) -> str:
    return server.update if protocol == "update" else server.store


def assert_same(server: object, root: Path, main: str) -> None:
    """Each graph of the server is that of the build, to the last blank node."""
    graph, _ = open_build(root / "output")
    local = parts(graph, main)
    counts = {name: n for name, n in server.counts().items() if name.startswith(graph.base) or name == main}
    assert counts.pop(list_name(main)) == len(local)
    assert counts == {part.name: part.count for part in local}
    for part in local[:: max(1, len(local) // 5)] + local[-1:]:
        data = graph.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=part.source)
        expected = ox.Dataset(ox.parse(data, format=ox.RdfFormat.N_TRIPLES))
        expected.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        assert set(server.graph(part.name)) == set(expected)


def said(ran: object, word: str) -> str:
    return next(line for line in ran.stderr.splitlines() if line.startswith(word)).removeprefix(word).strip()


@pytest.mark.parametrize("protocol", ["update", "graph-store"])
def test_everything_arrives_and_nothing_else_goes(kg: Kg, server: object, base_of: BaseOf, protocol: str) -> None:
    name = f"all-{protocol}"
    root = base_of({**notes(40), "ontology/scope/odd.ttl": ODD + LONG}, name)
    base, url = f"https://example.org/{name}/", url_of(server, protocol)
    # Of another owner: even below our base, and named almost like ours.
    for graph, objects in ((f"{base}notes/theirs", "1 , 2"), ("https://other.example/", "1")):
        server.change(f"INSERT DATA {{ GRAPH <{graph}> {{ <a:s> <a:p> {objects} }} }}")
    ran = kg("publish", url, "-C", root, env=server.env)
    assert ran.status == 0, ran.stderr
    assert re.match(r"(\d+) graphs with [\d,]+ statements", said(ran, "verified"))
    assert f"by {protocol} in" in ran.stderr
    theirs = {f"{base}notes/theirs": 2, "https://other.example/": 1}
    counts = server.counts()
    assert {n: counts.pop(n) for n in theirs} == theirs
    server.change(f"DROP SILENT GRAPH <{base}notes/theirs>")
    assert_same(server, root, base)

    again = kg("publish", url, "-C", root, env=server.env)
    assert again.status == 0
    assert said(again, "sent") == "0 statements in 0 graphs"
    assert_same(server, root, base)


@pytest.mark.parametrize("protocol", ["update", "graph-store"])
def test_what_has_changed_is_replaced_and_what_is_gone_removed(kg: Kg, server: object, base_of: BaseOf, protocol: str) -> None:
    name = f"change-{protocol}"
    base, url = f"https://example.org/{name}/", url_of(server, protocol)
    root = base_of(notes(12), name)
    assert kg("publish", url, "-C", root, env=server.env).status == 0
    before = server.counts(base)
    (root / "concepts/节点-003.md").unlink()
    (root / "concepts/节点-004.md").write_text("# Changed\n\n[[节点-005]]\n", encoding="utf-8")
    assert kg("build", "-C", root, "--stage", "graph").status == 0
    ran = kg("publish", url, "-C", root, env=server.env)
    assert ran.status == 0, ran.stderr
    assert int(said(ran, "removed").split()[0]) > 0
    assert int(said(ran, "unchanged").split()[0]) > 0
    assert not [graph for graph in server.counts(base) if "003.md" in graph]
    assert server.counts(base) != before
    assert_same(server, root, base)


def test_what_others_changed_in_our_graphs_is_found_and_mended(kg: Kg, server: object, base_of: BaseOf) -> None:
    base = "https://example.org/mend/"
    root = base_of(notes(6), "mend")
    assert kg("publish", server.update, "-C", root, env=server.env).status == 0
    graph = next(name for name in server.counts(base) if "#L" in name)
    server.change(f"INSERT DATA {{ GRAPH <{graph}> {{ <a:s> <a:p> <a:o> }} }}")
    ran = kg("publish", server.update, "-C", root, env=server.env)
    assert ran.status == 0, ran.stderr
    assert "1 of them changed on the server by someone else" in ran.stderr
    assert_same(server, root, base)


def test_graphs_of_others_are_not_replaced_unasked(kg: Kg, server: object, base_of: BaseOf) -> None:
    base = "https://example.org/stranger/"
    root = base_of(notes(4), "stranger")
    server.change(f"INSERT DATA {{ GRAPH <{base}> {{ <a:s> <a:p> 1 , 2 , 3 }} }}")
    ran = kg("publish", server.update, "-C", root, env=server.env)
    assert ran.status == 2
    assert f"the server has 3 statements in <{base}>" in ran.stderr
    assert "--take-over" in ran.stderr
    assert server.counts(base) == {base: 3}
    elsewhere = "https://elsewhere.example/g"
    ran = kg("publish", server.update, "-C", root, "--graph", elsewhere, env=server.env)
    assert ran.status == 0, ran.stderr
    assert server.counts(base)[base] == 3
    assert server.counts(elsewhere).keys() == {elsewhere, list_name(elsewhere)}
    server.change(f"DROP SILENT GRAPH <{elsewhere}> ; DROP SILENT GRAPH <{list_name(elsewhere)}>")
    ran = kg("publish", server.update, "-C", root, "--take-over", env=server.env)
    assert ran.status == 0, ran.stderr
    assert_same(server, root, base)


def test_interrupted_and_run_again(server: object, base_of: BaseOf, kg: Kg) -> None:
    """Killed at any time, it goes on where it was; what the server has in between is known as kg's."""
    scope = "".join(f'<https://big.example/{i}> <http://purl.org/dc/terms/title> "title {i}"@en .\n' for i in range(9000))
    root = base_of({**notes(60), "ontology/scope/big.ttl": ODD + scope}, "interrupted")
    env = {**os.environ, **server.env, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "kg", "publish", server.update, "-C", str(root), "--log-format", "json"]
    stopped = 0
    for delay in (0.9, 1.1, 1.3, 1.5, 1.8):
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            stopped += process.wait() == -signal.SIGKILL
    assert stopped
    ran = kg("publish", server.update, "-C", root, "--log-format", "json", env=server.env)
    assert ran.status == 0, ran.stderr
    report = json.loads(ran.stderr.splitlines()[-1])
    assert report["event"] == "published"
    assert report["wrong"] == []
    assert_same(server, root, "https://example.org/interrupted/")


def test_virtuoso_lets_only_the_right_password_in(kg: Kg, virtuoso: object, base_of: BaseOf) -> None:
    root = base_of(notes(2), "auth")
    for url in (virtuoso.update, virtuoso.store):
        ran = kg("publish", url, "-C", root, env={"KG_PUBLISH_USER": "dba", "KG_PUBLISH_PASSWORD": "hunter2-wrong"})
        assert ran.status == 2
        assert "does not let in this name and password (HTTP 401)" in ran.stderr
        assert "hunter2" not in ran.stderr
        ran = kg("publish", url, "-C", root)
        assert ran.status == 2
        assert "does not let in strangers (HTTP 401)" in ran.stderr
        assert "KG_PUBLISH_PASSWORD" in ran.stderr
    ran = kg("publish", virtuoso.update, "-C", root, "--user", "dba", env={"KG_PUBLISH_PASSWORD": "dba"})
    assert ran.status == 0, ran.stderr


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (["ftp://h/x"], "is not an http or https URL"),
        (["http://u:secret@h/x"], "do not belong in a URL"),
        (["http://h:99999/x"], "that is not a URL"),
        (["http://127.0.0.1:9/update", "--graph", "no iri"], "is not an IRI"),
        (["http://127.0.0.1:9/update", "--user", "me"], "there is no password for me"),
        (["http://127.0.0.1:9/update", "--retries", "0"], "no answer from http://127.0.0.1:9/"),
    ],
)
def test_wrong_use(kg: Kg, base_of: BaseOf, args: list[str], fault: str) -> None:
    ran = kg("publish", *args, "-C", base_of(notes(1)))
    assert ran.status == 2
    assert fault in ran.stderr
    assert "secret" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_without_a_build(kg: Kg, tmp_path: Path) -> None:
    ran = kg("publish", "http://127.0.0.1:9/update", "-C", tmp_path)
    assert ran.status == 2
    assert f"run 'kg build -C {tmp_path}' first" in ran.stderr


def test_a_server_that_gives_few_rows(kg: Kg, sparing_virtuoso: object, base_of: BaseOf) -> None:
    """More graphs than a result may have rows, larger graphs than a pattern may change, by both protocols."""
    server, base = sparing_virtuoso, "https://example.org/many/"
    root = base_of(notes(420), "many")
    graph, _ = open_build(root / "output")
    local = parts(graph, base)
    assert len(local) > 1000
    assert local[-1].count > 5000
    del graph
    for url in (server.update, server.store):
        ran = kg("publish", url, "-C", root, env=server.env)
        assert ran.status == 0, ran.stderr
        assert said(ran, "verified").startswith(f"{len(local):,} graphs")
        (root / f"concepts/new-{len(url)}.md").write_text("# New\n\n[[节点-001]]\n", encoding="utf-8")
        assert kg("build", "-C", root, "--stage", "graph").status == 0
        ran = kg("publish", url, "-C", root, env=server.env)
        assert ran.status == 0, ran.stderr
        assert int(said(ran, "unchanged").split()[0].replace(",", "")) > 1000
        again = kg("publish", url, "-C", root, env=server.env)
        assert said(again, "sent") == "0 statements in 0 graphs", again.stderr
        local = parts(open_build(root / "output")[0], base)
