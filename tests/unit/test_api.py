"""`kg.read` and `kg.load`: the same knowledge base from notes and from a build."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import networkx as nx
import pytest
import rdflib

import kg
from kg import knowledge
from kg.base import extras, settings
from kg.base.errors import QueryError, UsageError
from kg.base.names import page_name
from kg.views.maps import render_map

ROOT = Path(__file__).resolve().parents[2]
BASE = "https://my.org/x/"
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


def test_relations_are_a_table(base: Write) -> None:
    pytest.importorskip("pandas")
    folder = base(FILES)
    knowledge.build_base(settings.load_settings(folder), stage="graph")
    frame = kg.read(folder).relations_frame()
    assert frame.equals(kg.load(folder / "output").relations_frame())
    assert [str(t) for t in frame.dtypes] == ["string"] * 3 + ["bool"] * 2 + ["string", "Int32"] + ["string"] * 3
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    stated = next(row for row in rows if row["relation"] == "uses")
    assert stated == {
        "source": "a", "relation": "uses", "target": "b", "asserted": True, "typed": True, "path": "a.md", "line": 4,
        "source_iri": "https://my.org/x/concept/a", "relation_iri": "https://w3id.org/kg-notes/ns#uses",
        "target_iri": "https://my.org/x/concept/b",
    }  # fmt: skip
    inferred = next(row for row in rows if row["relation"] == "used-by")
    assert (inferred["source"], inferred["asserted"], inferred["path"], inferred["line"]) == ("b", False, None, None)
    assert kg.read(base({"kg.toml": "", "concepts/a.md": "# A\n"})).relations_frame().empty


def test_a_map_is_that_of_the_site(base: Write) -> None:
    pytest.importorskip("anywidget")
    folder = base({**FILES, "concepts/deep/c d.md": "---\nid: deep/c d\n---\nuses:: [[a]]\n"})
    knowledge.build_base(settings.load_settings(folder), stage="graph")
    read = kg.read(folder)
    for opened in (read, kg.load(folder / "output")):
        widget = opened.map("甲", lang="zh", height=300)
        assert (widget.title, widget.selected, widget.height) == ("甲", "a", 300)
        nodes = json.loads(widget.page.partition('id="kg-data">')[2].partition("</script>")[0])["nodes"]
        assert sorted(node["page"] for node in nodes) == sorted(page_name(i) for i in ("a", "b", "deep/c d"))
        assert not re.search(r"""(src|href)=["']?(https?:)?//|@import|url\(http""", widget.page)
        # The frame names a concept by its page.
        seen: list[str] = []
        widget.observe(lambda change, seen=seen: seen.append(change["new"]), "selected")
        widget.page_selected = page_name("deep/c d")
        widget.page_selected = "nothing"
        assert seen == ["deep/c d", ""]
        with pytest.raises(UsageError, match="no concept called 'x'"):
            opened.map("x")
    # The file of `kg map --embed`, byte for byte.
    langs = read.map("a").page
    assert langs.encode() == render_map(
        knowledge.open_base(settings.load_settings(folder)).assessment, f"{BASE}concept/a", 1, "en", site=""
    )
    assert read.map().selected == ""


def test_without_the_libraries_it_says_what_to_type(base: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = kg.read(base(FILES))
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    for call in (opened.relations_frame, opened.map):
        with pytest.raises(UsageError, match=r"'base\.(relations_frame|map)\(\)' needs libraries") as error:
            call()
        assert "pip install" in error.value.hint
        assert error.value.hint.endswith(" pandas anywidget")


def test_the_notebook_of_the_docs_gives_what_it_shows() -> None:
    for library in ("pandas", "anywidget", "duckdb"):
        pytest.importorskip(library)
    spec = importlib.util.spec_from_file_location("make_notebook", ROOT / "docs/make_notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    committed = json.loads((ROOT / "docs/notebook.ipynb").read_text("utf-8"))
    assert module.with_outputs(committed) == committed, "python docs/make_notebook.py"
    assert sum(bool(cell.get("outputs")) for cell in committed["cells"]) > 8


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no build"):
        kg.load(tmp_path / "output")
    with pytest.raises(UsageError, match="there are no notes"):
        kg.read(tmp_path)
    with pytest.raises(UsageError):
        kg.read(tmp_path / "nowhere")
