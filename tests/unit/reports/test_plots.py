"""Plots: valid SVG with the names as they are written, the same bytes each time; what changed since a snapshot."""

from __future__ import annotations

import base64
import re
import warnings
from dataclasses import replace
from types import ModuleType
from xml.etree import ElementTree

import pytest

from kg.model import Assessment, Snapshot
from kg.views import reports
from kg.views.reports import plots

_OLD = Snapshot("2024-03-01T00:00:00Z", "0123456789abcdef", {"concept_association": 0.5, "linkage": None}, {})
_LAST = Snapshot(
    "2025-03-01T00:00:00Z", "", {"concept_association": 0.7, "linkage": 0.875}, {"concepts": 7, "typed": 6, "untyped": 9}
)


@pytest.fixture
def known(toy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Assessment:
    """The made-up knowledge base with two snapshots, and plots for so few concepts."""
    monkeypatch.setattr(plots, "_LEAST", 2)
    base: Assessment = toy.assessment()
    ids = {c.id: base.concepts[iri].community for iri, c in base.corpus.concepts.items() if iri in base.concepts}
    del ids["raft"]
    return replace(base, history=(_OLD, _LAST), remembered={**ids, "gone-1": 0})


def _made(toy: ModuleType, assessment: Assessment) -> dict[str, str]:
    pages: dict[str, str] = toy.pages(reports.render_reports(assessment))
    return pages


def test_plots_are_files_and_part_of_the_page(toy: ModuleType, known: Assessment) -> None:
    with warnings.catch_warnings(record=True) as said:
        made = _made(toy, known)
    assert not said
    files = {path: text for path, text in made.items() if path.endswith(".svg")}
    assert {path.rpartition("-")[2] for path in files} >= {"degrees.svg", "history.svg"}
    for path, text in files.items():
        ElementTree.fromstring(text)  # noqa: S314  # our own file
        stem = path.rpartition("-")[0]
        assert f"]({path.rpartition('/')[2]})" in made[f"{stem}.md"]
        inner = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', made[f"{stem}.html"])
        assert text in [base64.b64decode(data).decode() for data in inner]
    assert _made(toy, known) == made


def test_names_in_plots_are_as_written(toy: ModuleType, known: Assessment) -> None:
    concepts = dict(known.corpus.concepts)
    for i, iri in enumerate(concepts):
        concepts[iri] = replace(concepts[iri], area=("$a$ <b> & c\x01", "容器")[i % 2])
    text = _made(toy, replace(known, corpus=replace(known.corpus, concepts=concepts)))["reports/association.en-areas.svg"]
    shown = "".join(ElementTree.fromstring(text).itertext())  # noqa: S314  # our own file
    assert "$a$ <b> & c" in shown
    assert "容器" in shown


def test_few_concepts_make_no_distribution(toy: ModuleType) -> None:
    assert not [path for path in _made(toy, toy.assessment()) if path.endswith(".svg")]


def test_what_changed_since_the_snapshot(toy: ModuleType, known: Assessment) -> None:
    text = _made(toy, known)["reports/association.en.md"]
    part = text[text.index("What changed since the last snapshot") :]
    assert "Compared with the snapshot of 2025-03-01." in part
    assert re.search(r"\| Concepts +\| +7 \| +8 \| +\+1 \|", part)
    assert re.search(r"\| Links without a type +\| +9 \| +2 \| +-7 \|", part)
    assert re.search(r"\| Concept association +\| +70.0% \| +75.0% \| +\+5\.0 \|", part)
    assert "Typed relations" not in part
    assert "Linkage" not in part
    assert "**1 new concept**: [Raft](../concepts/raft.en.html)." in part
    assert "**1 concept is gone**: `gone-1`." in part


def test_without_a_snapshot_the_report_says_how_to_have_one(toy: ModuleType) -> None:
    text = _made(toy, toy.assessment())["reports/association.en.md"]
    assert "`kg snapshot` records this state" in text
