"""``kg query``, ``kg metrics``, ``kg map`` and ``kg doctor`` on the project's own knowledge base."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

Kg = Callable[..., "object"]


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def test_formats_agree(kg: Kg, own: Path) -> None:
    query = "SELECT ?l WHERE { c:raft skos:prefLabel ?l } ORDER BY ?l"
    ask = ["query", "-C", own, query, "--format"]
    assert _rows(kg(*ask, "csv").stdout) == [["Raft"], ["Raft 共识算法"]]
    assert kg(*ask, "tsv").stdout.splitlines()[1:] == ['"Raft"@en', '"Raft 共识算法"@zh']
    bindings = json.loads(kg(*ask, "json").stdout)["results"]["bindings"]
    assert [(b["l"]["value"], b["l"]["xml:lang"]) for b in bindings] == [("Raft", "en"), ("Raft 共识算法", "zh")]
    assert "Raft 共识算法" in kg(*ask, "table").stdout


def test_construct_gives_turtle_and_ask_gives_yes_or_no(kg: Kg, own: Path) -> None:
    turtle = kg("query", "-C", own, "CONSTRUCT { ?s skos:prefLabel ?l } WHERE { ?s skos:prefLabel ?l } LIMIT 2").stdout
    assert "skos:prefLabel" in turtle
    assert kg("query", "-C", own, "ASK { c:raft a skos:Concept }").stdout == "yes\n"
    assert kg("query", "-C", own, "ASK { c:raft a skos:Collection }").stdout == "no\n"


def test_a_query_file_and_standard_input(kg: Kg, own: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text("ASK { c:raft a skos:Concept }")
    assert kg("query", "-C", own, file).stdout == "yes\n"
    assert kg("query", "-C", own, stdin="ASK { c:raft a skos:Concept }").stdout == "yes\n"


@pytest.mark.parametrize(
    ("query", "said", "hint"),
    [
        ("SELECT ?x WHERE { ?x ?y }", "line 1, column 26", "a query looks like"),
        ("SELECT ?x\nWHERE { ?x foo:bar ?y }", "line 2, column 19", "known prefixes"),
        ("INSERT DATA { <a:b> <c:d> <e:f> }", "can't be parsed", "the graph is read-only"),
        ("nope", "neither SPARQL nor a file", "questions of this knowledge base: "),
        (
            "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
            "SERVICE at line 1, column 18",
            "nothing is ever fetched",
        ),
    ],
)
def test_errors_say_where_and_what_to_try(kg: Kg, own: Path, query: str, said: str, hint: str) -> None:
    ran = kg("query", "-C", own, query)
    assert ran.status == 2
    assert said in ran.stderr
    assert hint in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_string_or_name_that_says_service_is_no_service(kg: Kg, own: Path) -> None:
    query = "SELECT ?service WHERE { c:service-mesh skos:prefLabel ?service FILTER(?service != 'SERVICE x') } # SERVICE"
    assert len(_rows(kg("query", "-C", own, "--format", "csv", query).stdout)) == 2


def test_no_build_yet(kg: Kg, tmp_path: Path) -> None:
    ran = kg("query", "-C", tmp_path, "ASK {}")
    assert ran.status == 2
    assert "there is no build at" in ran.stderr
    assert "run 'kg build' first" in ran.stderr


def test_which_file_and_line_asserts_a_relation(kg: Kg, own: Path) -> None:
    query = """SELECT ?file ?line WHERE {
        GRAPH ?place { c:raft kg:requires c:quorum }
        ?place kg:line ?line ; prov:wasDerivedFrom/kg:path ?file }"""
    ((file, line),) = _rows(kg("query", "-C", own, "--format", "csv", query).stdout)
    assert "quorum" in (own / "concepts" / file).read_text().splitlines()[int(line) - 1]


def test_inferred_statements_are_marked_with_their_rule(kg: Kg, own: Path) -> None:
    query = "SELECT ?rule WHERE { GRAPH ?rule { c:quorum kg:requiredBy c:raft } ?rule a kg:Rule }"
    ((rule,),) = _rows(kg("query", "-C", own, "--format", "csv", query).stdout)
    assert rule.endswith("/inferred/inverse")


def test_no_statement_stands_twice_in_the_default_graph(kg: Kg, own: Path) -> None:
    """The default graph is a set, and asserted statements of named graphs stand in it too."""
    query = """SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }"""
    assert _rows(kg("query", "-C", own, "--format", "csv", query).stdout) == [["0"]]


def test_metrics_agree_with_the_build(kg: Kg, own: Path) -> None:
    fresh = json.loads(kg("metrics", "-C", own, "--format", "json").stdout)
    assert fresh == json.loads((own / "output/metrics.json").read_text())
    by_name = {m["name"]: m for m in fresh["measures"]}
    assert by_name["concept_association"]["met"] is True
    assert by_name["theory_coverage"]["denominator"] == 447
    assert len(by_name["theory_coverage"]["offenders"]) == 447 - by_name["theory_coverage"]["numerator"]
    text = kg("metrics", "-C", own, "--format", "prometheus").stdout
    assert text == (own / "output/metrics.prom").read_text()
    assert 'kg_measure_ratio{name="concept_association"} 1.0' in text


def test_fail_under(kg: Kg, own: Path) -> None:
    assert kg("metrics", "-C", own, "--fail-under", "linkage=90").status == 0
    ran = kg("metrics", "-C", own, "--fail-under", "theory_coverage=100")
    assert ran.status == 1
    assert "theory_coverage is 99" in ran.stderr
    assert kg("metrics", "-C", own, "--fail-under", "beauty=90").status == 2
    assert kg("metrics", "-C", own, "--fail-under", "linkage=much").status == 2


def test_map_is_one_offline_file(kg: Kg, own: Path, tmp_path: Path) -> None:
    target = tmp_path / "raft.html"
    ran = kg("map", "-C", own, "raft", "-o", target)
    assert ran.status == 0, ran.stderr
    text = target.read_text()
    assert "Raft 共识算法" in text
    assert 'src="http' not in text
    ran = kg("map", "-C", own, "raftt")
    assert ran.status == 2
    assert "did you mean raft" in ran.stderr


def test_doctor_names_versions_and_what_is_missing(kg: Kg, own: Path) -> None:
    ran = kg("doctor", "-C", own, env={"PATH": ""})
    assert ran.status == 0
    assert "pyoxigraph" in ran.stdout
    assert "missing: browser tests are skipped" in ran.stdout
