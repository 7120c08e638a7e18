"""`competency`: questions with expected rows, answered exactly or not; no question is unknown, not 100%."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import knowledge
from kg.base import settings
from kg.base.errors import UsageError
from kg.base.names import KG
from kg.graph import Graph
from kg.metrics.competency import answer_questions, competency
from kg.model import Answer, Assessment, Measure

Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "concepts/a.md": "---\nid: a\ntitle: {en: A, zh: 甲}\nuses: ['[[b]]', '[[c]]']\n---\n",
    "concepts/b.md": "---\nid: b\ntitle: B\n---\n",
    "concepts/c.md": "---\nid: c\ntitle: C\n---\n",
}
USES = "# 甲用什么？ / What does A use?\nSELECT ?x WHERE { c:a kg:uses ?x }"


def _assess(folder: Path) -> Assessment:
    assessment = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert assessment is not None
    return assessment


def _competency(base: Write, **files: str) -> tuple[float | None, tuple[str, ...]]:
    questions = {f"ontology/questions/{name.replace('_', '.')}": text for name, text in files.items()}
    found = _assess(base({**NOTES, **questions}))
    measure = next(m for m in found.measures if m.name == "competency")
    return measure.value, measure.reasons.get("q", ())


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (USES, "x\nc:a-is-not-it\n"),
        (USES, "x\nc:b\n"),
        (USES, "x\nc:b\nc:c\nc:c\n"),
        (USES, "x\n"),
        (USES, "y\nc:b\nc:c\n"),
        (USES, "x,y\nc:b,1\nc:c\n"),
        ("SELECT ?x WHERE {", "x\n"),
        ("CONSTRUCT { ?a ?b ?c } WHERE { ?a ?b ?c }", "x\n"),
        ("ASK { c:a kg:uses c:b }", "answer\nfalse\n"),
    ],
)
def test_what_is_not_answered(base: Write, query: str, rows: str) -> None:
    value, faults = _competency(base, q_rq=query, q_csv=rows)
    assert value == 0.0
    assert faults


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (USES, "x\nc:c\nc:b\n"),
        (USES, "?x\n<https://example.org/kb/concept/b>\nhttps://example.org/kb/concept/c\n"),
        ("SELECT ?x ?l WHERE { c:a kg:uses ?x . ?x skos:prefLabel ?l }", "l,x\nC,c:c\nB,c:b\n"),
        ("SELECT ?x WHERE { ?x kg:uses c:a }", "x\n"),
        ("ASK { c:a kg:uses c:b }", "true\n"),
        ("SELECT ?l WHERE { c:a skos:prefLabel ?l }", "l\n甲\nA\n"),
    ],
)
def test_what_is_answered(base: Write, query: str, rows: str) -> None:
    assert _competency(base, q_rq=query, q_csv=rows) == (1.0, ())


def test_a_named_query_without_rows_is_no_competency_question(base: Write) -> None:
    assert _competency(base, q_rq=USES) == (None, ())
    value, _ = _competency(base, q_rq=USES, r_rq=USES, r_tsv="x\nc:b\nc:c\n")
    assert value == 1.0


def test_the_missing_and_the_unexpected_rows_are_named(base: Write) -> None:
    _, faults = _competency(base, q_rq=USES, q_csv="x\nc:b\nc:d\n")
    assert faults == ("1 row is missing: c:d", "1 row is not expected: c:c")


def test_an_empty_file_of_rows_is_wrong_use(base: Write) -> None:
    with pytest.raises(UsageError, match="empty"):
        _competency(base, q_rq=USES, q_csv="\n")


def test_results_are_never_read_by_questions_or_rules(base: Write) -> None:
    """Whatever was measured before, and in the build that is asked again."""
    seen = "GRAPH ?g { ?m a <http://www.w3.org/ns/dqv#QualityMeasurement> }"
    files = {
        **NOTES,
        "ontology/questions/q.rq": f"ASK {{ {seen} }}",
        "ontology/questions/q.csv": "false\n",
        "ontology/rules/seen.rq": f"CONSTRUCT {{ <urn:x> <urn:sees> ?m }} WHERE {{ {seen} }}",
    }
    folder = base(files)
    given = settings.load_settings(folder)
    for _ in range(2):
        built = knowledge.build_base(given, stage="metrics", full=True)
        measure = next(m for m in built.summary.measures if m.name == "competency")
        assert measure.value == 1.0
        graph, _ = knowledge.open_build(given.out)
        assert not any("urn:sees" in str(q.predicate) for q in graph.store)
        assert any(str(q.predicate).endswith("dqv#value>") for q in graph.store)


# questions by themselves, over a few statements

EX = "https://example.org/"


def ask(folder: Path, query: str, rows: str, ending: str = "csv") -> Answer:
    """The answer to one question over a, b and d, each of which uses something."""
    (folder / "q.rq").write_text(query, encoding="utf-8-sig")
    (folder / f"q.{ending}").write_text(rows, encoding="utf-8-sig")
    graph = Graph(ox.Store(), EX)
    for s, o in (("a", ox.NamedNode(EX + "concept/b")), ("a", ox.Literal("two, words")), ("d", ox.NamedNode("urn:x"))):
        graph.store.add(ox.Quad(ox.NamedNode(EX + "concept/" + s), ox.NamedNode(KG + "uses"), o))
    (answer,) = answer_questions(graph, folder)
    return answer


OF_A = "\n#  # What does A use?\nSELECT ?x ?n WHERE { c:a kg:uses ?x BIND(1 AS ?n) }"


@pytest.mark.parametrize(
    ("query", "rows", "faults"),
    [
        (OF_A, '?x,n\nc:b,1\n"two, words",1\n', ()),
        (OF_A, f' n , x \n1 , <{EX}concept/b>\n1,"two, words"\n', ()),
        (OF_A, f'x,n\n{EX}concept/b,1\n"two, words",1\n', ()),
        ("SELECT ?x { c:d kg:uses ?x }", "x\nurn:x\n", ()),
        ("SELECT ?x { c:d kg:uses ?x }", "x\n<urn:x>\n", ()),
        ("SELECT ?x { c:d kg:uses ?x }", "x\nhttp://[\n", ("1 row is missing: http://[", "1 row is not expected: urn:x")),
        ("SELECT ?x { c:none kg:uses ?x }", "x\n", ()),
        (OF_A, "x\nc:b\n", ("the variables are x, n, x are expected",)),
        (OF_A, "x,n\nc:b,1\nc:b\n", ("an expected row has 1 cells, the header 2: c:b",)),
        (OF_A, "x,n\nc:b,1\nc:b,1,2\n", ("an expected row has 3 cells, the header 2: c:b, 1, 2",)),
        (
            OF_A,
            "x,n\nc:q,1\nc:q,1\nc:r,1\nc:s,1\nc:p,1\n",
            ("5 rows are missing: c:p, 1; c:q, 1; c:r, 1 …", "2 rows are not expected: c:b, 1; two, words, 1"),
        ),
        (OF_A, 'x,n\nc:b,1\nc:b,1\n"two, words",1\n', ("1 row is missing: c:b, 1",)),
        ("ASK { c:a kg:uses c:b }", "answer\nTrue\n", ()),
        ("ASK { c:a kg:uses c:b }", "answer\nfalse\n", ("the answer is true, false is expected",)),
        ("ASK { c:a kg:uses c:c }", "answer\ntrue\n", ("the answer is false, true is expected",)),
        ("CONSTRUCT WHERE { ?a ?b ?c }", "x\n", ("a competency question is asked with SELECT or ASK",)),
    ],
)
def test_what_is_said_of_rows(tmp_path: Path, query: str, rows: str, faults: tuple[str, ...]) -> None:
    head = "What does A use?" if query == OF_A else query
    assert ask(tmp_path, query, rows) == Answer("q", head, faults, len([r for r in rows.splitlines() if r]) - 1)


def test_a_query_that_is_none_and_one_without_text(tmp_path: Path) -> None:
    said = "the query can't be parsed at line 1, column 17: this '{' is never closed"
    assert ask(tmp_path, "SELECT ?x WHERE {", "x\n").faults == (said,)
    assert ask(tmp_path, "", "x\n").question == "q", "its name"


def test_rows_with_tabs(tmp_path: Path) -> None:
    assert ask(tmp_path, OF_A, "x\tn\nc:b\t1\ntwo, words\t1\n", "tsv").faults == ()


def test_files_of_questions_that_cant_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"q\.csv: empty") as empty:
        ask(tmp_path, OF_A, "\n\n")
    assert empty.value.hint == "the first line names the variables, e.g. concept,label"
    (tmp_path / "q.rq").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"q\.rq: 'utf-8' codec") as unread:
        answer_questions(Graph(ox.Store(), EX), tmp_path)
    assert unread.value.hint == "questions and their rows are UTF-8"
    assert answer_questions(Graph(ox.Store(), EX), tmp_path / "none") == ()


def test_all_that_competency_says() -> None:
    right, wrong = Answer("a", "A?", (), 1), Answer("b", "B?", ("x",), 1)
    assert competency([right, wrong], 0.9) == Measure("competency", 1, 2, 0.9, ("b",), {"b": ("x",)}, names={"b": "B?"})
    note = "there is no question with expected rows under ontology/questions/"
    assert competency([], None) == Measure("competency", 0, 0, None, note=note)
