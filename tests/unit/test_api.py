"""`kg.read` and `kg.load`: the same knowledge base from notes and from a build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import networkx as nx
import pytest
import rdflib

import kg
from kg import knowledge
from kg.base import settings
from kg.base.errors import QueryError, UsageError

Write = Callable[[Mapping[str, str | bytes]], Path]
FILES = {
    "kg.toml": 'base = "https://my.org/x/"\n',
    "concepts/a.md": "---\nid: a\ntitle: {zh: 甲, en: A}\nuses: '[[b]]'\n---\n[[gone]]\n",
    "concepts/b.md": "# B\n\n## Definition\n\nBee.\n",
}


def test_read_takes_the_knowledge_base_or_its_notes(base: Write) -> None:
    folder = base(FILES)
    both = [kg.read(folder), kg.read(str(folder / "concepts"))]
    for found in both:
        assert list(found.concepts) == ["https://my.org/x/concept/a", "https://my.org/x/concept/b"]
        assert found.query("SELECT ?l WHERE { c:a kg:uses/skos:prefLabel ?l }").__next__() == ("B",)
    assert not (folder / "output").exists()
    assert not (folder / ".kg").exists()


def test_read_and_load_agree(base: Write) -> None:
    folder = base(FILES)
    knowledge.build_base(settings.load_settings(folder), stage="metrics")
    read, loaded = kg.read(folder), kg.load(folder / "output")
    assert list(read.concepts) == list(loaded.concepts)
    assert read.rows() == loaded.rows()
    assert nx.utils.graphs_equal(read.network, loaded.network)
    # What was measured is in the build's graph of results alone.
    results = rdflib.URIRef("https://my.org/x/measures")
    assert set(read.dataset.quads()) == {q for q in loaded.dataset.quads() if q[3] != results}
    assert any(q[3] == results for q in loaded.dataset.quads())
    assert {f.code for f in read.findings} <= {f.code for f in loaded.findings}
    assert any(f.name == "broken-link" for f in loaded.findings)


def test_what_it_gives(base: Write) -> None:
    found = kg.read(base(FILES))
    assert isinstance(found.dataset, rdflib.Dataset)
    assert isinstance(found.network, nx.MultiDiGraph)
    assert found.dataset is found.dataset
    assert found.rows()[0] | {"label_zh": "甲", "label_en": "A", "id": "a", "path": "a.md", "sources": 0} == found.rows()[0]
    assert repr(found).startswith("<kg.Base: 2 concepts, ")
    with pytest.raises(QueryError):
        list(found.query("SELECT"))
    with pytest.raises(QueryError, match="only SELECT gives rows"):
        list(found.query("ASK {}"))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no build"):
        kg.load(tmp_path / "output")
    with pytest.raises(UsageError, match="there are no notes"):
        kg.read(tmp_path)
    with pytest.raises(UsageError):
        kg.read(tmp_path / "nowhere")
