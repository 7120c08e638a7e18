"""Measures for programs: DQV in a graph of results, metrics.json by its published schema, Prometheus."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import jsonschema
import pyoxigraph as ox
import pytest

from kg import knowledge
from kg.base import settings
from kg.base.about import ontology_folder
from kg.graph import Graph
from kg.graph.measured import add_measures
from kg.graph.query import run_query
from kg.model import Measure
from kg.views.export import json_file, measures_json, metrics_prom
from kg.views.export.schema import metrics_schema

Write = Callable[[Mapping[str, str | bytes]], Path]
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs/schema/metrics.schema.json").read_text(encoding="utf-8"))
BASE = "https://example.org/kb/"
MEASURES = (
    Measure(
        "theory_coverage", 1, 3, 0.95, ("https://x.org/t/1", "https://x.org/t/2"),
        {"https://x.org/t/1": ("unmapped",), "https://x.org/t/2": ("unmapped", 'no "source"')},
        parts={"List <A>": (1, 3), "": (0, 0)}, diagnostics={"density": 1e-7}, floor=0.5, names={"https://x.org/t/1": "T"},
    ),
    Measure("competency", 0, 1, 1.0, ("which one?",), {"which one?": ("1 row is missing: x",)}),
    Measure("accuracy", 9, 10, 0.98, lower=0.5958),
    Measure("clarity", 0, 0, 0.9, note="nobody\nasked"),
    Measure("theory_depth.边缘 \"x\"", 3, 10, 0.7),
    Measure("innovation.theory", 4, 5, 3, unit="count"),
)  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> Graph:
    made = Graph(ox.Store(), BASE)
    add_measures(made, MEASURES, {"theory_coverage": 0.9}, {"competency": 1.0}, {"List <A>": "https://x.org/list"})
    return made


M = "<https://example.org/kb/measures/theory_coverage>"


def _rows(graph: Graph, names: str, where: str) -> list[tuple[str, ...]]:
    results = run_query(graph, f"SELECT {names} WHERE {{ GRAPH kb:measures {{ {where} }} }}", None)
    assert isinstance(results, ox.QuerySolutions)
    return sorted(tuple("" if v is None else v.value for v in row) for row in results)


def test_value_target_claim_and_verdict(graph: Graph) -> None:
    where = f"{M} dqv:value ?v ; metric:target ?t ; metric:met ?m ; metric:claimed ?c ; metric:floor ?f"
    assert _rows(graph, "?v ?t ?m ?c ?f", where) == [("0.333333333333", "0.95", "false", "0.9", "0.5")]
    (row,) = _rows(graph, "?k ?d", f"{M} dqv:isMeasurementOf ?k . ?k dqv:inDimension ?d")
    assert row == ("https://w3id.org/kg-notes/metrics#theory_coverage", "https://w3id.org/kg-notes/metrics#completeness")
    assert _rows(graph, "?b", "?m metric:lowerBound ?b ; metric:numerator ?n FILTER (?n = 9)") == [("0.5958",)]
    assert _rows(graph, "?g", "?m metric:gate ?g") == [("1",)]
    whole = _rows(graph, "?m", "?m a dqv:QualityMeasurement FILTER NOT EXISTS { ?m metric:partOf ?x }")
    assert len(whole) == len(MEASURES)
    assert _rows(graph, "?a", "?m metric:area ?a") == [("theory",), ('边缘 "x"',)]


def test_numbers_compare_as_numbers(graph: Graph) -> None:
    assert len(_rows(graph, "?m", "?m metric:target ?t ; dqv:value ?v FILTER (?v < ?t)")) == 4
    assert _rows(graph, "?m", "?m metric:met true") == [("https://example.org/kb/measures/innovation.theory",)]
    assert _rows(graph, "?v", "?d rdfs:label 'density' ; metric:diagnosticOf ?m ; dqv:value ?v") == [("0.0000001",)]


def test_an_unknown_value_is_none(graph: Graph) -> None:
    clarity = "<https://example.org/kb/measures/clarity>"
    assert _rows(graph, "?v", f"{clarity} dqv:value ?v") == []
    assert _rows(graph, "?note", f"{clarity} metric:known false ; rdfs:comment ?note") == [("nobody\nasked",)]


def test_offenders_with_their_reasons(graph: Graph) -> None:
    assert _rows(graph, "?why ?x", f"?a metric:explains {M} ; oa:hasBody ?why ; oa:hasTarget ?x") == [
        ('no "source"', "https://x.org/t/2"), ("unmapped", "https://x.org/t/1"), ("unmapped", "https://x.org/t/2"),
    ]  # fmt: skip
    assert _rows(graph, "?x", f"{M} metric:offender ?x") == [("https://x.org/t/1",), ("https://x.org/t/2",)]
    named = "<https://example.org/kb/measures/competency> metric:offender ?x . ?x rdfs:label ?l"
    assert _rows(graph, "?l", named) == [("which one?",)]


def test_parts_are_measurements_of_their_own(graph: Graph) -> None:
    parts = _rows(graph, "?t ?k", f"?p metric:partOf {M} ; dcterms:title ?t ; metric:known ?k")
    assert parts == [("", "false"), ("List <A>", "true")]
    assert _rows(graph, "?v", "?p dqv:computedOn <https://x.org/list> ; dqv:value ?v") == [("0.333333333333",)]


def test_the_build_loads_them_beside_the_ontology(base: Write) -> None:
    folder = base({"concepts/a.md": "---\nid: a\n---\n[[b]]", "concepts/b.md": "# B\n"})
    given = settings.load_settings(folder)
    knowledge.build_base(given, stage="metrics")
    graph, _ = knowledge.open_build(given.out)
    assert _rows(graph, "?v", "<https://example.org/kb/measures/linkage> dqv:value ?v") == [("1",)]
    (linkage,) = [m for m in json.loads((given.out / "metrics.json").read_text())["measures"] if m["name"] == "linkage"]
    assert linkage["value"] == 1.0
    # The ontology itself says nothing of measures, in the graph or in its files.
    assert not any("dqv#" in str(q.predicate) for q in graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert b"dqv:value" not in (given.out / "graph/kg.ttl").read_bytes()
    assert b"dqv#value" in (given.out / "graph/kg.trig").read_bytes()


def test_every_metric_and_term_has_label_and_definition_in_both_languages() -> None:
    store = ox.Store()
    store.load(path=ontology_folder() / "metrics.ttl", format=ox.RdfFormat.TURTLE)
    subjects = {q.subject for q in store if isinstance(q.subject, ox.NamedNode) and "#" in q.subject.value}
    for subject in subjects:
        said: dict[str, set[str | None]] = {"label": set(), "definition": set()}
        for q in store.quads_for_pattern(subject, None, None):
            for key, languages in said.items():
                if q.predicate.value.lower().endswith(key) and isinstance(q.object, ox.Literal):
                    languages.add(q.object.language)
        assert said == {"label": {"en", "zh"}, "definition": {"en", "zh"}}, subject
    for measure in MEASURES:
        name = f"https://w3id.org/kg-notes/metrics#{measure.name.partition('.')[0]}"
        assert ox.NamedNode(name) in subjects


def test_metrics_json_is_valid_by_the_published_schema(base: Write) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.validate(json.loads(measures_json(MEASURES, {}, {"linkage": 0.1}, {}).data))
    built = knowledge.KnowledgeBase(
        settings.load_settings(base({"concepts/a.md": "---\nid: a\n---\n[[b]]", "concepts/b.md": "# B\n\n$x=1$\n"}))
    )
    assert built.assessment is not None
    validator.validate(json.loads(measures_json(built.assessment.measures, built.corpus.concepts, {}, {}).data))


@pytest.mark.parametrize(
    "change",
    [
        {"value": 1.5},
        {"value": None},
        {"denominator": 0},
        {"met": "yes"},
        {"more": 1},
        {"offenders": [{}]},
        {"by_people": True},
    ],
)
def test_the_schema_refuses_what_makes_no_sense(change: dict[str, object]) -> None:
    data = json.loads(measures_json((Measure("linkage", 1, 2, 0.9),), {}, {"linkage": 0.1}, {}).data)
    data["measures"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


def test_the_published_schema_is_that_of_the_types() -> None:
    """`python docs/make_schema.py` writes it."""
    assert json_file(metrics_schema()) == json_file(SCHEMA)


def test_prometheus_has_counts_apart_and_escapes_names() -> None:
    text = metrics_prom(MEASURES, (), 3, 4).data.decode()
    assert 'kg_measure_count{name="innovation.theory"} 4.0\n' in text
    assert 'kg_measure_target_count{name="innovation.theory"} 3.0\n' in text
    assert 'kg_measure_ratio{name="innovation.theory"}' not in text
    assert 'kg_measure_ratio{name="theory_depth.边缘 \\"x\\""} 0.3\n' in text
    assert 'kg_measure_known{name="clarity"} 0.0\n' in text
    assert 'kg_measure_lower_ratio{name="accuracy"} 0.5958\n' in text
