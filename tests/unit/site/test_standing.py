"""What moves with edits elsewhere stands in data files beside the pages: rows by concept, in files chosen by a key."""

from __future__ import annotations

import json
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from kg.base.names import page_name
from kg.model import Assessment, Reason, Suggestion
from kg.views import site
from kg.views.site.standing import shard_key

EVIL = "<script>alert(1)</script>"


def data_of(text: str) -> Any:
    """The value that a script assigns; rows and labels, which are pairs, as dictionaries."""
    value = json.loads(text.partition(" = ")[2].rstrip(";\n"))
    return {key: dict(value[key]) if key in ("rows", "labels") else value[key] for key in value}


@pytest.fixture(scope="module")
def base(toy: ModuleType) -> Assessment:
    shared = Reason("terms", 0.3, terms=("log", "replication", "election"))
    place = Reason("mention", 0.2, path="raft.md", line=7)
    proposal = Suggestion("s1", toy.iri("raft"), toy.iri("pipe"), "latent", 0.5, (shared, place), "raft.md", "pipe.md")
    made: Assessment = replace(toy.assessment(), suggestions=(proposal,))
    return made


def pages_of(toy: ModuleType, base: Assessment) -> dict[str, str]:
    made: dict[str, str] = toy.pages(site.render_site(base, toy.text_of))
    return made


def test_rows_hold_what_depends_on_the_whole_base(toy: ModuleType, base: Assessment) -> None:
    made = pages_of(toy, base)
    index, rows = data_of(made["assets/standing-index.en.js"]), data_of(made["assets/standing/0.en.js"])
    raft = rows["rows"]["raft"]
    assert (raft["rank"], index["ranked"], raft["degree"], raft["core"], raft["depth"]) == (1, 8, 4, 2, 1)
    assert index["communities"][str(raft["community"])][0] == f"Consensus {EVIL}"
    assert raft["chains"] == [["quorum"]]
    assert raft["suggested"] == [["pipe", "latent", ["terms", "log", "replication", "election"], ["place", "raft.md:7"]]]
    assert rows["labels"]["quorum"] == ["法定人数", "zh"]
    assert rows["labels"]["pipe"] == base.corpus.concepts[toy.iri("pipe")].labels["en"]
    assert set(rows["rows"]) == {page_name(c.id) for c in base.corpus.concepts.values()}


def test_concepts_between_are_named_once(toy: ModuleType, base: Assessment) -> None:
    quorum, x = toy.iri("quorum"), toy.iri("x")
    why = (Reason("walk", 0.5, concepts=(quorum, x)), Reason("co-link", 0.4, concepts=(x, quorum)))
    row = replace(base.suggestions[0], why=why)
    rows = data_of(pages_of(toy, replace(base, suggestions=(row,)))["assets/standing/0.en.js"])["rows"]
    assert rows["raft"]["suggested"] == [["pipe", "latent", ["concepts", "quorum", "x"]]]


def test_siblings_share_a_broader_concept(toy: ModuleType, base: Assessment) -> None:
    raft, x, pipe = (toy.iri(name) for name in ("raft", "x", "pipe"))
    parents, children = {raft: (pipe,), x: (pipe,)}, {pipe: (raft, x)}
    hierarchy = replace(base.hierarchy, parents=parents, children=children)
    rows = data_of(pages_of(toy, replace(base, hierarchy=hierarchy))["assets/standing/0.js"])["rows"]
    assert (rows["raft"]["siblings"], rows["x"]["siblings"]) == ([["x"], 0], [["raft"], 0])
    assert "siblings" not in rows["pipe"]


def test_pages_do_not_move_with_the_measures_of_the_base(toy: ModuleType, base: Assessment) -> None:
    before = pages_of(toy, base)
    measures = {
        iri: replace(m, degree=m.degree + 3, core=m.core + 1, pagerank=1 / (2 + n), community=1 - m.community)
        for n, (iri, m) in enumerate(base.concepts.items())
    }
    hierarchy = replace(base.hierarchy, depth={iri: n for n, iri in enumerate(base.concepts)})
    moved = replace(base, concepts=measures, hierarchy=hierarchy, suggestions=(), communities=base.communities[:1])
    after = pages_of(toy, moved)
    assert {path for path in before if before[path] != after[path] and path.startswith(("concepts/", "notes/"))} == set()
    assert before["assets/standing/0.js"] != after["assets/standing/0.js"]


def test_pages_link_to_the_lists_that_have_the_figures(toy: ModuleType, base: Assessment) -> None:
    """So that they lead somewhere without scripts too."""
    page = pages_of(toy, base)["concepts/raft.en.html"]
    assert '<a href="../reports/association.en.html#core">' in page
    assert '<a href="../reports/association.en.html#missing">Associations that may be missing</a>' in page
    assert '<a href="../browse/reading.en.html">Reading order</a>' in page


def test_many_concepts_are_divided_by_their_keys(toy: ModuleType, base: Assessment) -> None:
    concepts = {f"{toy.BASE}many{n}": toy.concept(f"many{n}", "raft.md", {"en": f"Many {n}"}) for n in range(300)}
    made = pages_of(toy, replace(base, corpus=replace(base.corpus, concepts=concepts), languages=("en",)))
    assert data_of(made["assets/standing-index.js"])["bits"] == 3
    files = {path: data_of(text)["rows"] for path, text in made.items() if path.startswith("assets/standing/")}
    assert sum(map(len, files.values())) == 300
    for concept in concepts.values():
        assert concept.id in files[f"assets/standing/{int(shard_key(concept)[0], 16) >> 1:x}.js"]
        assert f'data-shard="{shard_key(concept)}"' in made[f"concepts/{concept.id}.html"]
