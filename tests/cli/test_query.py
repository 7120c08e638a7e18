"""``kg query``, ``kg metrics``, ``kg map`` and ``kg doctor`` on the project's own knowledge base."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

Kg = Callable[..., "object"]
Write = Callable[[Mapping[str, str | bytes]], Path]


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
        ("SELECT ?x\nWHERE { ?x foo:bar ?y }", "line 2, column 12", "known prefixes"),
        ("SELECT ?x\nWHERE { ?x a ( 1 2 }", "line 2, column 20: '}' closes nothing", "'(' of line 2, column 14"),
        ("SELECT ?x\nWHERE { ?x a ?y", "line 2, column 7: this '{' is never closed", "missing?"),
        ("SELCT ?x WHERE { ?x a ?y }", "none of the words SELECT", "did you mean SELECT?"),
        ("SELECT (COUNT(?x) AS ?n) ?y { ?x ?y ?z }", "a variable that is unbound", "a query looks like"),
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
    assert f"run 'kg build -C {tmp_path}' first" in ran.stderr


def test_which_file_and_line_asserts_a_relation(kg: Kg, own: Path) -> None:
    query = """SELECT ?file ?line WHERE {
        GRAPH ?place { c:raft kg:requires c:quorum }
        ?place kg:line ?line ; prov:wasDerivedFrom/kg:path ?file }"""
    ((file, line),) = _rows(kg("query", "-C", own, "--format", "csv", query).stdout)
    assert "quorum" in (own / "concepts" / file).read_text().splitlines()[int(line) - 1]


def test_inferred_statements_are_marked_with_their_rule(kg: Kg, own: Path) -> None:
    query = """SELECT ?rule ?file ?line WHERE {
        GRAPH ?here { c:quorum kg:requiredBy c:raft }
        ?here kg:byRule ?rule ; prov:wasDerivedFrom ?place . ?rule a kg:Rule .
        GRAPH ?place { c:raft kg:requires c:quorum }
        ?place kg:line ?line ; prov:wasDerivedFrom/kg:path ?file }"""
    ((rule, file, line),) = _rows(kg("query", "-C", own, "--format", "csv", query).stdout)
    assert rule.endswith("/inferred/inverse")
    assert "quorum" in (own / "concepts" / file).read_text().splitlines()[int(line) - 1]


def test_no_statement_stands_twice_in_the_default_graph(kg: Kg, own: Path) -> None:
    """The default graph is a set, and asserted statements of named graphs stand in it too; results stand apart."""
    query = """SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o }
        FILTER (?g NOT IN (kb:measures, kb:evidence, kb:plan) && !STRSTARTS(STR(?g), CONCAT(STR(kb:suggested), "/"))) }"""
    assert _rows(kg("query", "-C", own, "--format", "csv", query).stdout) == [["0"]]


def test_metrics_agree_with_the_build(kg: Kg, own: Path) -> None:
    fresh = json.loads(kg("metrics", "--trust-committed", "-C", own, "--format", "json").stdout)
    assert fresh == json.loads((own / "output/metrics.json").read_text())
    by_name = {m["name"]: m for m in fresh["measures"]}
    assert by_name["concept_association"]["met"] is True
    coverage = by_name["theory_coverage"]
    read = [f for f in (own / "ontology/scope").glob("*.ttl") if "kg:checked true" in f.read_text()]
    assert coverage["denominator"] == sum(f.read_text().count(" a kg:Topic ") for f in read) > 400
    assert len(coverage["offenders"]) == coverage["denominator"] - coverage["numerator"]
    text = kg("metrics", "--trust-committed", "-C", own, "--format", "prometheus").stdout
    assert text == (own / "output/metrics.prom").read_text()
    assert 'kg_measure_ratio{name="concept_association"} 1.0' in text


def test_fail_under(kg: Kg, own: Path) -> None:
    assert kg("metrics", "--trust-committed", "-C", own, "--fail-under", "linkage=90").status == 0
    ran = kg("metrics", "--trust-committed", "-C", own, "--fail-under", "theory_coverage=100")
    assert ran.status == 1
    assert "theory_coverage is 99" in ran.stderr
    assert kg("metrics", "--trust-committed", "-C", own, "--fail-under", "beauty=90").status == 2
    assert kg("metrics", "--trust-committed", "-C", own, "--fail-under", "linkage=much").status == 2


def test_map_is_one_offline_file(kg: Kg, own: Path, tmp_path: Path) -> None:
    target = tmp_path / "raft.html"
    ran = kg("map", "-C", own, "raft", "-o", target)
    assert ran.status == 0, ran.stderr
    text = target.read_text()
    assert "Raft 共识算法" in text
    assert 'src="http' not in text
    ran = kg("map", "-C", own, "raft", "--embed", "-o", target)
    assert ran.status == 0, ran.stderr
    assert '<iframe src="raft.html" title="Raft 共识算法"' in ran.stdout
    assert '<kg-map src="raft.html"' in ran.stdout
    assert 'class="map-page embedded"' in target.read_text()
    ran = kg("map", "-C", own, "raftt")
    assert ran.status == 2
    assert f"did you mean: kg map -C {own} raft" in ran.stderr


def test_doctor_names_versions_and_what_is_missing(kg: Kg, own: Path) -> None:
    ran = kg("doctor", "-C", own, env={"PATH": ""})
    assert ran.status == 0
    assert "pyoxigraph" in ran.stdout
    assert "missing: browser tests are skipped" in ran.stdout


def test_doctor_installs_only_what_npm_gives_rightly(kg: Kg, base: Callable[..., Path]) -> None:
    folder = base({"kg.toml": ""})
    env = {"PATH": str(folder / "bin"), "XDG_CACHE_HOME": str(folder / "cache")}
    ran = kg("doctor", "-C", folder, "--install", "katex", env=env)
    assert (ran.status, "npm is needed to fetch katex@" in ran.stderr) == (2, True)
    (folder / "bin").mkdir()

    def program(name: str, text: str) -> None:
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)

    program("npm", "echo 'no network' >&2; exit 1")
    ran = kg("doctor", "-C", folder, "--install", "katex", env=env)
    assert (ran.status, "npm could not fetch katex@" in ran.stderr, "no network" in ran.stderr) == (2, True, True)
    program("npm", 'echo other > "$4/x.tgz"')
    ran = kg("doctor", "-C", folder, "--install", "katex", "--quiet", env=env)
    assert (ran.status, "what npm gave is not katex" in ran.stderr) == (2, True), ran.stderr
    assert not (folder / "cache").exists()
    program("chromium", "echo Chromium 1.2.3")
    ran = kg("doctor", "-C", folder, env=env)
    assert ran.status == 0
    assert f"{folder}/bin/chromium (Chromium 1.2.3)" in ran.stdout
    assert "https://example.org/kb/ (a placeholder" in ran.stdout


def test_commands_that_there_are_not(kg: Kg, own: Path) -> None:
    ran = kg("querry", "-C", own)
    assert (ran.status, "there is no command 'querry'" in ran.stderr, "kg query" in ran.stderr) == (2, True, True)
    ran = kg("query", "-C", own, "SELECT ?c { ?c a skos:Concept } LIMIT 1", "--quiet")
    assert (ran.status, ran.stderr) == (0, "")
    ran = kg("check", "-C", own, "--write-baseline")
    assert (ran.status, "--write-baseline needs a file" in ran.stderr) == (2, True)


RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?a) > STR(?d) && STR(?f) > STR(?i)) }"


def test_a_runaway_query_is_ended_in_time(kg: Kg, own: Path) -> None:
    ran = kg("query", "-C", own, RUNAWAY, "--timeout", "1.5")
    assert ran.status == 2
    assert "the query was ended after 1.5 seconds, its time limit" in ran.stderr
    assert "give it more time" in ran.stderr


def test_with_a_time_limit_the_output_is_the_same(kg: Kg, own: Path) -> None:
    for query, form in (
        ("SELECT ?c ?l { ?c skos:prefLabel ?l } ORDER BY ?l ?c LIMIT 20", "table"),
        ("SELECT ?c ?l { ?c skos:prefLabel ?l } ORDER BY ?l ?c LIMIT 20", "tsv"),
        ("ASK { c:raft a skos:Concept }", "table"),
        ("CONSTRUCT WHERE { c:raft ?p ?o }", "turtle"),
        ("DESCRIBE c:raft", "table"),
    ):
        ask = ("query", "-C", own, query, "--format", form)
        with_limit = kg(*ask, "--timeout", "60")
        assert with_limit.stdout
        assert with_limit == kg(*ask)
    faults = [kg("query", "-C", own, "SELECT ?x { ?x a nope:X }", *more) for more in ((), ("--timeout", "60"))]
    assert faults[0].status == 2
    assert faults[0] == faults[1]
    assert kg("query", "-C", own, "ASK {}", "--timeout", "0").status == 2


@pytest.mark.parametrize("more", [(), ("--timeout", "100")])
def test_ctrl_c_ends_a_runaway_query(own: Path, more: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "kg", "query", "-C", str(own), RUNAWAY, *more]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        # It is in the query when it has used more than a start takes.
        me = psutil.Process(process.pid)
        while sum(p.cpu_times().user for p in (me, *me.children())) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        children = me.children()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "kg: interrupted" in stderr
        assert not psutil.wait_procs(children, timeout=10)[1]


def test_the_process_that_answers_ends_when_nobody_waits(own: Path) -> None:
    """Killed outright, `kg` can't end it: it ends by itself a little after its time."""
    # On a machine that is busy with other things, the query may not have begun before its time is over: then it gets more.
    for seconds in (4, 16, 64):
        command = [sys.executable, "-m", "kg", "query", "-C", str(own), RUNAWAY, "--timeout", str(seconds)]
        child = None
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            me = psutil.Process(process.pid)
            with contextlib.suppress(psutil.NoSuchProcess):
                while process.poll() is None and not (child and child.cpu_times().user >= 1):
                    child = next(iter(me.children()), None)
                    time.sleep(0.05)
            begun = process.poll() is None
            process.kill()
        if begun:
            break
    assert child is not None
    assert begun
    assert not psutil.wait_procs([child], timeout=60 + 2 * seconds)[1]


def test_describe_needs_no_braces(kg: Kg, own: Path) -> None:
    assert "skos:prefLabel" in kg("query", "-C", own, "DESCRIBE c:raft").stdout
    assert "skos:prefLabel" in kg("query", "-C", own, "# what is it?\ndescribe c:raft").stdout


def test_named_questions(kg: Kg, own: Path, tmp_path: Path) -> None:
    listed = kg("query", "-C", own).stdout.splitlines()
    names = sorted(p.stem for p in (own / "ontology/questions").glob("*.rq"))
    assert names
    assert [line.split()[0] for line in listed] == names
    for name in names:
        ran = kg("query", "-C", own, name, "--format", "csv")
        assert ran.status == 0, ran.stderr
    bad = tmp_path / "bad.rq"
    bad.write_bytes(b"ASK { \xff }")
    ran = kg("query", "-C", own, bad)
    assert (ran.status, "bad.rq is not UTF-8" in ran.stderr) == (2, True)
    bad.write_bytes(b"\xef\xbb\xbfASK { c:raft a skos:Concept }")
    assert kg("query", "-C", own, bad).stdout == "yes\n"


def test_text_of_notes_can_not_move_the_cursor(kg: Kg, base: Write) -> None:
    folder = base({"concepts/a.md": '---\nid: a\ntitle: "evil \\u001b[2J\\u0007 end"\n---\n# A\n'})
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    ran = kg("query", "-C", folder, "SELECT ?l { c:a skos:prefLabel ?l }")
    assert "evil" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert "\x07" not in ran.stdout


def test_a_lookup_loads_no_more_than_it_needs(own: Path) -> None:
    """What makes a lookup slow is what it imports."""
    code = (
        "import sys; from kg.app.cli import main; main(['query', '-C', sys.argv[1], 'ASK {}'], standalone_mode=False); "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('rdflib', 'networkx', 'numpy', 'scipy', 'igraph', 'yaml', 'httpx', 'jinja2', 'pyromark')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(own)], capture_output=True, encoding="utf-8", check=True)
    assert done.stderr.splitlines()[-1] == "[]"
