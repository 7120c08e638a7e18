"""`competency`: questions with expected rows, answered exactly or not; no question is unknown, not 100%."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import pipeline, settings
from kg.errors import UsageError
from kg.model import Assessment

Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "concepts/a.md": "---\nid: a\ntitle: {en: A, zh: 甲}\nuses: ['[[b]]', '[[c]]']\n---\n",
    "concepts/b.md": "---\nid: b\ntitle: B\n---\n",
    "concepts/c.md": "---\nid: c\ntitle: C\n---\n",
}
USES = "# 甲用什么？ / What does A use?\nSELECT ?x WHERE { c:a kg:uses ?x }"


def _assess(folder: Path) -> Assessment:
    assessment = pipeline.assess(settings.load(folder)).assessment
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
    given = settings.load(folder)
    for _ in range(2):
        built = pipeline.build(given, stage="metrics", full=True)
        measure = next(m for m in built.summary.measures if m.name == "competency")
        assert measure.value == 1.0
        graph, _ = pipeline.open_build(given.out)
        assert not any("urn:sees" in str(q.predicate) for q in graph.store)
        assert any(str(q.predicate).endswith("dqv#value>") for q in graph.store)
