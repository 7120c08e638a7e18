"""Files for programs: JSON, Prometheus text and GraphML say what was measured, and parse."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import networkx as nx
import pytest

from kg.model import Concept, Finding, Measure
from kg.views.export import findings_json, json_file, measures_json, metrics_prom, render_graphml

MEASURES = (
    Measure("known", 1, 4, 0.5, ("urn:a", "topic"), {"urn:a": ("x",)}, "n", {"d": 2.0}, {"p": (1, 4)}),
    Measure("unknown", 0, 0, 0.9, note="why"),
    Measure("shown", 3, 3, None),
)
FINDINGS = (Finding("KG201", "broken-link", "error", "a b.md", 1, 2, '中 "q" \x01', "h"),)


def _concept(iri: str, **given: object) -> Concept:
    values: dict[str, object] = {
        "iri": iri,
        "id": iri[-1],
        "path": f"{iri[-1]}.md",
        "labels": {"en": "A"},
        "alt_labels": (),
        "type": "concept",
        "layer": "",
        "area": "",
        "definitions": {},
        "sources": (),
        "tags": (),
        "status": "",
        "line": 3,
    }
    return Concept(**(values | given))  # type: ignore[arg-type]


def test_measures_as_json() -> None:
    artifact = measures_json(MEASURES, {"urn:a": _concept("urn:a")}, {"known": 0.2}, {"unknown": 0.9})
    assert artifact.path == "metrics.json"
    rows = json.loads(artifact.data)["measures"]
    known, unknown, shown = rows
    assert (known["value"], known["numerator"], known["denominator"], known["target"], known["met"]) == (0.25, 1, 4, 0.5, False)
    assert (known["gate"], known["claimed"], known["parts"]) == (0.2, None, {"p": {"numerator": 1, "denominator": 4}})
    assert known["offenders"] == [{"id": "a", "path": "a.md", "line": 3, "lacks": ["x"]}, {"id": "topic"}]
    assert (unknown["value"], unknown["met"], unknown["claimed"], unknown["note"]) == (None, False, 0.9, "why")
    assert (shown["value"], shown["met"]) == (1.0, None)


def test_findings_as_json() -> None:
    (row,) = json.loads(findings_json(FINDINGS).data)["findings"]
    assert Finding(**row) == FINDINGS[0]


def test_json_is_readable_and_ends_in_a_line_break() -> None:
    assert json_file({"名": ["中"]}) == '{\n  "名": [\n    "中"\n  ]\n}\n'.encode()


def test_prometheus_text() -> None:
    text = metrics_prom(MEASURES, FINDINGS, 7, 9).data.decode()
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert samples['kg_measure_ratio{name="known"}'] == "0.25"
    assert 'kg_measure_ratio{name="unknown"}' not in samples
    assert samples['kg_measure_known{name="unknown"}'] == "0.0"
    assert samples['kg_findings{severity="error"}'] == "1.0"
    assert samples['kg_findings{severity="info"}'] == "0.0"
    assert (samples["kg_concepts"], samples["kg_notes"]) == ("7.0", "9.0")
    # each family is announced once, before its samples
    names = re.findall(r"^# TYPE (\w+) gauge$", text, re.MULTILINE)
    assert len(names) == len(set(names))
    assert {s.partition("{")[0] for s in samples} == set(names)


@pytest.mark.parametrize("text", ["plain", "<&>\"'", "\x00\x01\x1f\x7f", "中🚀", "\ud800", "\ufffe\uffff", "]]>", " \n\t"])
def test_graphml_parses_whatever_is_in_it(text: str, tmp_path: Path) -> None:
    network = nx.MultiDiGraph()
    network.add_edge("urn:a", "urn:b", key="urn:r", asserted=True, typed=True, path=text + ".md", line=4)
    network.add_edge("urn:a", "urn:b", key="urn:s", asserted=False, typed=True, path="", line=0)
    concepts = {"urn:a": _concept("urn:a", labels={text or "en": text}, area=text, layer=text, path=text)}
    artifact = render_graphml(network, concepts, {"urn:r": "uses"})
    found = nx.read_graphml(io.BytesIO(artifact.data), force_multigraph=True)
    assert set(found) == {"urn:a", "urn:b"}
    edges = sorted((d["relation"], d["asserted"], d["line"]) for _, _, d in found.edges(data=True))
    assert edges == [("urn:s", False, 0), ("uses", True, 4)]
    if text in ("plain", "<&>\"'", "中🚀", "]]>"):
        assert found.nodes["urn:a"][f"label_{text}"] == text
