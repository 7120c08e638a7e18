"""Bundles that are recognised, exported and imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from bundles import ask, base_of, concept, verdict, write

from kg import knowledge
from kg.base.names import LINKS_TO
from kg.base.settings import load_settings
from kg.notes import parse_note

Kg = Callable[..., Any]
Files = dict[str, bytes]
Front = dict[str, object]
SHARED = Path(__file__).resolve().parents[4] / "shared/okf"

VAULT: Mapping[str, str | bytes] = {
    "raft.md": (
        "---\nid: raft\ntitle: Raft 算法 / Raft\ntype: algorithm\nstatus: draft\ndepends-on: '[[quorum]]'\n"
        "sources: [https://raft.github.io/]\ndefinition: {zh: 算法。, en: An algorithm.}\nx: {y: [1, 2.5, null]}\n---\n"
        "# Raft\n\n"
        "It %%secret%% needs a [[quorum|majority]], a [[sub/leader#The role]], [[nowhere]] and ![[p.png]].\n\n"
        "uses:: [[sub/leader]]\n\n`[[quorum]]` [rel](sub/leader.md#the-role)\n"
    ),
    "quorum.md": "A quorum is a majority.\n\n```mermaid\ngraph LR\n  raft -->|uses| leader\n```\n",
    "sub/leader.md": (
        "---\naliases: [Boss]\nbroader: [raft]\nlog: true\n---\n# Leader\r\n\r\n## The role\r\n\r\n"
        "See [[Raft]] and [up](../quorum.md).\r\n\r\n"
        "requires:: [q](<../quorum.md>), [q](../quorum.md 'own'), [q][r]\r\n\r\n[r]: ../quorum.md\r\n"
    ),
    "log.md": "# Log\n\nOur log is a data structure.\n",
    "index.md": "# Start\n\n[[raft]]\n",
    "p.png": b"\x89PNG",
}


def exported(folder: Path) -> Files:
    return {artifact.path: artifact.data for artifact in knowledge.export_bundle(load_settings(folder))}


def relations(folder: Path) -> set[tuple[str, str, str]]:
    corpus = base_of(folder).corpus
    path = {c.iri: c.path for c in corpus.concepts.values()}
    return {
        (path[a.subject], a.predicate.rpartition("#")[2], path[a.object]) for a in corpus.assertions if a.predicate != LINKS_TO
    }


@pytest.mark.parametrize(
    ("files", "is_bundle"),
    [
        ({"index.md": '---\nokf_version: "0.1"\n---\n', "a.md": "[[b]] [[c]]\n", "b.md": "[[a]]\n"}, True),
        ({".okfignore": "README.md\n", "a.md": concept("type: x"), "README.md": "# R\n"}, True),
        ({"a.md": concept("type: x\ngenerated:\n  by: a/b\n  at: 2026-01-01"), "b.md": "# B\n"}, True),
        ({"a.md": concept("type: x\nverified:\n- {by: 'human:a', at: 2026-01-01}")}, True),
        ({"a.md": concept("type: x\r\nsources:\r\n- title: T\r\n  resource: https://a.b/\r\n")}, True),
        ({"index.md": "# Metric\n\n* [A](a.md) - A.\n", "a.md": concept("type: Metric")}, True),
        ({"a.md": concept("type: x\nokf_version: '0.2'")}, True),
        ({"a.md": concept("type: BigQuery Table\ntimestamp: 2026-01-01T00:00:00Z")}, True),
        ({"a.md": concept("type: Attested Computation\nruntime: dbt\nexecutor: {resource: x.md}")}, True),
        ({"log.md": "# Log\n\n## 2026-01-01\n\n* x\n", "a.md": concept("type: Playbook")}, True),
        ({"a.md": concept("type: X\ngenerated: {by: a/b}", "[[b]]"), "b.md": concept("type: X\ngenerated: {by: a/b}")}, True),
        ({"a.md": concept("type: X\ngenerated: {by: a/b}", "[[b]]"), "b.md": concept("type: X", "[[a]]")}, False),
        ({"a.md": concept("type: post\ntimestamp: 2026-01-01")}, False),
        ({"log.md": "# Log\n\n## 2026-01-01\n\n* x\n", "a.md": concept("type: note"), "b.md": "# B\n"}, False),
        ({"index.md": "# Notes\n\n* [A](a.md) - A.\n", "a.md": concept("type: concept")}, False),
        ({"a.md": concept("type: Metric")}, False),
        ({"a.md": concept("type: X\nverified: true"), "b.md": "[[a]]\n"}, False),
        ({"a.md": "# A\n", "b.md": "# B\n"}, False),
    ],
)
def test_bundles_are_recognised(tmp_path: Path, files: Mapping[str, str], is_bundle: bool) -> None:
    folder = write(tmp_path, files, declared=False)
    assert base_of(folder).inputs.site.dialect.okf is is_bundle


def test_ignored_files_are_no_concepts(tmp_path: Path) -> None:
    files = {".okfignore": "# x\nREADME.md\n/docs/**\n", "README.md": "# R\n", "docs/a.md": "", "s/README.md": "# R\n"}
    folder = write(tmp_path, {**files, "b.md": concept()}, declared=False)
    assert exported(folder)[".okfignore"] == files[".okfignore"].encode()
    assert [c.id for c in base_of(folder).corpus.concepts.values()] == ["b"]
    assert verdict(folder).conformant


def test_notes_become_a_conformant_bundle(tmp_path: Path) -> None:
    files = exported(write(tmp_path / "a", VAULT, declared=False))
    assert sorted(files) == ["index.md", "log-page.md", "p.png", "quorum.md", "raft.md", "sub/index.md", "sub/leader.md"]
    text = files["raft.md"].decode()
    assert "secret" not in text
    assert "type: Algorithm\ntitle: Raft 算法 / Raft\n" in text
    assert "depends-on:\n- /quorum.md\n" in text
    assert "x:\n  y:\n  - 1\n  - 2.5\n  - null\n" in text
    links = "[majority](/quorum.md), a [sub/leader](/sub/leader.md#the-role), [nowhere](/nowhere.md) and ![p.png](/p.png)."
    assert links in text
    assert 'uses:: [sub/leader](/sub/leader.md "uses")' in text
    assert "`[[quorum]]` [rel](sub/leader.md#the-role)" in text
    assert b"See [Raft](/raft.md) and [up](../quorum.md).\r\n" in files["sub/leader.md"]
    fields = b"requires:: [q](<../quorum.md> \"requires\"), [q](../quorum.md 'own'), [q][r]\r\n\r\n[r]: ../quorum.md\r\n"
    assert fields in files["sub/leader.md"]
    assert files["index.md"].startswith(b'---\nokf_version: "0.2"\n---\n\n# Algorithm\n\n* [Raft](raft.md) - An algorithm.\n')
    bundle = write(tmp_path / "b", files, declared=False)
    assert verdict(bundle).clean
    assert relations(bundle) == relations(tmp_path / "a")


def test_keys_of_others_survive_as_written(tmp_path: Path) -> None:
    """Empty ones too; of those that kg reads, the spelling of the format, and only what says something."""
    others: Front = {
        "xRay": "v",
        "reviewers": [],
        "ticket": None,
        "legacyId": "",
        "linkTitle": "L",
        "Meta": {},
        "Z é": {"aB": None},
    }
    read: Front = {"Depends-On": [], "Stale_After": "2099-01-01", "aliases": [], "Verified": None, "Summary": ""}
    for name, front in (
        ("simple", "xRay: v\nreviewers: []\nlegacyId: ''\nticket:\n"),
        ("yaml", yaml.safe_dump(others | read, allow_unicode=True)),
    ):
        first = exported(write(tmp_path / name, {"a.md": f"---\n{front}---\n# A\n"}, declared=False))
        found = yaml.safe_load(first["a.md"].split(b"---\n")[1])
        for key in ("type", "title", "status"):
            found.pop(key, None)
        assert found == (yaml.safe_load(front) if name == "simple" else others | {"stale_after": "2099-01-01"})
        write(tmp_path / f"{name}-e", first)
        bundle = knowledge.read_bundle(load_settings(tmp_path / f"{name}-e"), tmp_path / f"{name}-e/concepts")
        write(tmp_path / f"{name}-i", {artifact.path: artifact.data for artifact in bundle.files})
        assert verdict(tmp_path / f"{name}-i").clean
        assert exported(tmp_path / f"{name}-i") == first


def test_each_translation_has_its_own_description(tmp_path: Path) -> None:
    """And entries of indexes say what the files say of themselves, also of pages that are not concepts."""
    notes = {
        "en/raft.md": "---\ntitle: Raft\n---\nRaft is an algorithm.\n",
        "zh/raft.md": "---\ntitle: 筏\n---\n筏是一种算法。\n",
        "zh/_index.md": "---\ntitle: 首页\n---\n这是首页。\n",
    }
    folder = write(tmp_path, notes, declared=False)
    (folder / "kg.toml").write_text("[translations]\nen = 'en'\nzh = 'zh'\n", encoding="utf-8")
    files = exported(folder)
    fronts = {path: yaml.safe_load(data.split(b"---\n")[1]) for path, data in files.items() if data.startswith(b"---\n")}
    assert fronts["zh/raft.md"]["description"] == "筏是一种算法。"
    assert fronts["en/raft.md"]["description"] == "Raft is an algorithm."
    for path, front in fronts.items():
        if "title" in front:
            folder, _, name = path.rpartition("/")
            index = files[f"{folder}/index.md" if folder else "index.md"].decode()
            assert f"]({name}) - {front['description']}\n" in index, index
    assert b"# Page" not in files["zh/index.md"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("draft", "status: draft\n"),
        ("Draft", "status: draft\neditorial_status: Draft\n"),
        ("DEPRECATED", "status: deprecated\neditorial_status: DEPRECATED\n"),
        ("已弃用", "status: deprecated\neditorial_status: 已弃用\n"),
        ("草稿", "status: draft\neditorial_status: 草稿\n"),
        ("In Review", "status: stable\neditorial_status: In Review\n"),
        ("[a, b]", "editorial_status:\n- a\n- b\n"),
    ],
)
def test_a_status_is_one_of_the_format(tmp_path: Path, status: str, expected: str) -> None:
    files = exported(write(tmp_path, {"a.md": f"---\nstatus: {status}\n---\n# A\n"}, declared=False))
    stated = files["a.md"].decode().partition("---\n")[2].partition("---\n")[0]
    assert (
        "".join(line for line in stated.splitlines(keepends=True) if line.startswith(("status", "editorial", "-"))) == expected
    )


def test_descriptions_are_markdown_and_definitions_plain(tmp_path: Path, kg: Kg) -> None:
    described = 'type: Metric\ntitle: A\ndescription: "A **bold** `order_lines` [link](/b.md), 2 \\\\* 3."'
    bundle = write(tmp_path / "bundle", {"a.md": concept(described), "b.md": concept("type: Metric\ntitle: B")})
    plain = "A bold order_lines link, 2 * 3."
    assert {c.definition("en") for c in base_of(bundle).corpus.concepts.values()} == {plain, ""}
    assert kg("export", "okf", "-C", bundle, "-o", tmp_path / "one").status == 0
    assert (tmp_path / "one/a.md").read_bytes() == (bundle / "concepts/a.md").read_bytes()
    assert f"* [A](a.md) - {plain}\n" in (tmp_path / "one/index.md").read_text(encoding="utf-8")


def test_a_definition_with_marks_is_read_again_as_it_is(tmp_path: Path, kg: Kg) -> None:
    notes = write(tmp_path / "notes", {"a.md": "---\ndefinition: 'f(a) \\*is\\* `b`'\n---\n# A\n"}, declared=False)
    (notes / "kg.toml").write_text('title = {zh = "数学", en = "Mathematics [1]"}\n', encoding="utf-8")
    assert kg("export", "okf", "-C", notes, "-o", tmp_path / "one/concepts").status == 0
    index = (tmp_path / "one/concepts/index.md").read_text(encoding="utf-8")
    assert '---\nokf_version: "0.2"\n---\n\n# 数学 / Mathematics [1]\n\n# Concept\n' in index
    assert "* [A](a.md) - f(a) \\*is\\* b\n" in index
    assert [c.definition("en") for c in base_of(tmp_path / "one").corpus.concepts.values()] == ["f(a) *is* b"]
    assert verdict(tmp_path / "one").conformant


def test_a_log_is_added_to(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", {"a.md": "# A\n\n[[b]]\n", "b.md": "# B\n\n[[a]]\n"}, declared=False)
    snapshot = folder / "ontology/snapshot/notes.jsonl"
    snapshot.parent.mkdir(parents=True)
    snapshot.write_text('{"id": "a", "digest": "x", "changed": "2026-05-22", "new": true}\n', encoding="utf-8")
    first = exported(folder)["log.md"]
    assert first == b"# Log\n\n## 2026-05-22\n\n* **Creation**: [A](/a.md).\n"
    snapshot.write_text('{"id": "a", "digest": "y", "changed": "2026-06-01"}\n', encoding="utf-8")
    later = {f.path: f.data for f in knowledge.export_bundle(load_settings(folder), first)}["log.md"]
    assert later == b"# Log\n\n## 2026-06-01\n\n* **Update**: [A](/a.md).\n\n## 2026-05-22\n\n* **Creation**: [A](/a.md).\n"
    assert {f.path: f.data for f in knowledge.export_bundle(load_settings(folder), later)}["log.md"] == later


NAMES = st.sampled_from(["a", "b", "概念", "x y", "s/a", "s/t/c", "log", "index", "README", "e\u0301"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["2026-01-01", "[[a]]", "null", "*x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PIECES = (
    "[[a]]", "[[b|B \\| c]]", "[[s/a#H]]", "![[x y]]", "[z](b.md)", "[z](s/a.md#h)", "# H\n", "uses:: [[b]]\n", "%%h%%", "\r\n",
    "uses:: [z](b.md)\n", "(part-of:: [z](<s/a.md> ))", "[z](b.md 'uses')", "[z][r]", "\n[r]: b.md\n",
    "\n\n", "`[[a]]`", "<!-- c -->", "[^1]", "文", "---\n", "| a | [[b\\|c]] |\n|--|--|\n",
)  # fmt: skip
WORDS = st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)
KEYS = st.sampled_from(["x", "X", "type", "title", "uses", "sources", "tags", "status", "Status", "superseded_by"])
FRONT = st.dictionaries(KEYS, VALUES, max_size=3)


def noted(front: Mapping[str, object], text: str) -> str:
    return f"---\n{yaml.safe_dump(dict(front), allow_unicode=True)}---\n{text}" if front else text


@settings(max_examples=12, deadline=None)
@given(st.dictionaries(NAMES, st.builds(noted, FRONT, WORDS), min_size=1, max_size=5))
def test_export_import_export_gives_the_same_bytes(notes: dict[str, str]) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place)
        write(folder / "k", {**{f"{n}.md": text for n, text in notes.items()}, "always.md": "# Always\n"}, declared=False)
        first = exported(folder / "k")
        write(folder / "e", first)
        assert verdict(folder / "e").conformant
        bundle = knowledge.read_bundle(load_settings(folder / "e"), folder / "e" / "concepts")
        write(folder / "i", {artifact.path: artifact.data for artifact in bundle.files})
        assert exported(folder / "i") == first


def test_concepts_of_other_knowledge_bases_survive(tmp_path: Path, kg: Kg) -> None:
    """In front matter, beside own ones or alone, in the text, in tables and fields; also those that can't be found."""
    write(tmp_path / "cncf", {"container.md": "# Container\n", "pod.md": "# Pod\n"}, declared=False)
    (tmp_path / "cncf/kg.toml").write_text('base = "https://cncf.example/"\n', encoding="utf-8")
    assert kg("build", "--stage", "graph", "-C", tmp_path / "cncf").status == 0
    notes = {
        "cart.md": (
            "---\nbroader: ['[[shop]]', '[[cncf:container]]', '[[cncf:nope]]', '[[x:y]]', nowhere]\nUses: '[[cncf:pod]]'\n---\n"
            "# Cart\n\nIn a [[cncf:container|box]], ![[cncf:pod]], [[cncf:nope]], [[x:y]].\n\n"
            "depends-on:: [[cncf:Container]]\n\n| relation | concept |\n|---|---|\n| part-of | [[cncf:pod\\|p]] |\n"
        ),
        "shop.md": "# Shop\n",
    }
    uses = '[uses]\ncncf = {path = "../cncf/output"}\nx = {path = "../none"}\n'
    write(tmp_path / "k", notes, declared=False)
    (tmp_path / "k/kg.toml").write_text(uses, encoding="utf-8")
    first = exported(tmp_path / "k")
    front = yaml.safe_load(first["cart.md"].split(b"---\n")[1])
    assert front["broader"] == ["/shop.md", "[[cncf:container]]", "[[cncf:nope]]", "[[x:y]]", "nowhere"]
    assert (front["uses"], front["depends-on"], front["part-of"]) == (
        ["[[cncf:pod]]"],
        ["[[cncf:container]]"],
        ["[[cncf:pod]]"],
    )
    assert b"In a [[cncf:container|box]], ![[cncf:pod]], [[cncf:nope]], [[x:y]].\n" in first["cart.md"]
    write(tmp_path / "i", first)
    (tmp_path / "i/kg.toml").write_text(f'{uses}[reading]\ndialect = "okf"\n', encoding="utf-8")
    assert exported(tmp_path / "i") == first
    assert relations(tmp_path / "i") == relations(tmp_path / "k")
    foreign = [{(a.predicate, a.object) for a in base_of(tmp_path / name).corpus.foreign_assertions} for name in ("k", "i")]
    assert foreign[0] == foreign[1]
    assert len(foreign[0]) == 6, foreign[0]  # four relations, two links


@pytest.mark.parametrize("name", ["acme_retail", "ga4"])
def test_foreign_bundles_are_conformant_and_clean(tmp_path: Path, name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip("needs ../shared/okf")
    files = {p.relative_to(SHARED / name).as_posix(): p.read_bytes() for p in (SHARED / name).rglob("*") if p.is_file()}
    folder = write(tmp_path, files, declared=False)
    base = base_of(folder)
    assert base.inputs.site.dialect.okf
    assert verdict(folder).clean
    assert exported(folder) == files
    if name == "acme_retail":
        measures = {m.name: (m.numerator, m.denominator) for m in base.assessment.measures}
        assert (measures["verified_share"], measures["sourced_share"], measures["freshness"][1]) == ((8, 9), (5, 9), 7)
        assert ask(base, "SELECT ?t { ?c dcterms:identifier 'tables/orders' ; dcterms:type ?t }") == [("BigQuery Table",)]


def test_the_schema_of_front_matter_fits_bundles(tmp_path: Path, kg: Kg) -> None:
    """In a folder of notes that is not a bundle too: editors know one schema."""
    schema = json.loads(kg("export", "schema", "-C", tmp_path).stdout)
    known = {"description", "resource", "generated", "verified", "stale_after", "superseded_by", "supersedes", "runtime"}
    assert known | {"parameters", "computation", "executor", "attester"} <= schema["properties"].keys()
    checker = jsonschema.Draft202012Validator(schema)
    source = {"id": "p", "resource": "a.md", "usage_count": 3, "usage_window": {"from": "2026-01-01", "to": "2026-02-01"}}
    event = {"by": "human:a", "at": "2026-01-01"}
    for valid in ({"sources": [source, "text"]}, {"sources": source}, {"verified": event}, {"verified": [event]}):
        checker.validate(valid)
    for invalid in ({"sources": [{"title": "T"}]}, {"sources": 5}, {"verified": "a"}, {"parameters": [{"name": "n"}]}):
        assert not checker.is_valid(invalid), invalid
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/okf")
    notes = [parse_note(p.name, p.read_bytes()) for p in sorted(SHARED.rglob("*.md"))]
    assert len([note for note in notes if note.metadata]) > 16
    for note in notes:
        checker.validate(note.metadata)


def test_the_commands(tmp_path: Path, kg: Kg) -> None:
    folder = write(tmp_path / "k", VAULT, declared=False)
    bundle, home = tmp_path / "bundle", tmp_path / "home"
    assert f"kg export -C {folder} okf -o DIR" in kg("export", "okf", "-C", folder).stderr
    assert "overlaps with the folders of notes" in kg("export", "okf", "-C", folder, "-o", folder / "concepts/out").stderr
    assert kg("export", "okf", "-C", folder, "-o", bundle).status == 0
    home.mkdir()
    ran = kg("import", "okf", bundle, "-C", home)
    assert (ran.status, "4 concepts and 2 lists" in ran.stderr) == (0, True), ran.stderr
    assert (home / "kg.toml").read_text(encoding="utf-8") == '[reading]\ndialect = "okf"\n'
    assert "already has notes" in kg("import", "okf", bundle, "-C", home).stderr
    ran = kg("check", "--profile", "okf", "-C", home)
    assert (ran.status, "4 concepts: conformant; clean" in ran.stderr) == (0, True), ran.stderr
    (home / "concepts/raft.md").write_text("# No front matter\n", encoding="utf-8")
    ran = kg("check", "--profile", "okf", "-C", home, "--ignore", "KG7")
    assert (ran.status, "not conformant (§11.1: 1)" in ran.stderr) == (1, True), ran.stderr
    ran = kg("--lang", "zh", "check", "--profile", "okf", "-C", home)
    assert "不合规（§11.1：1 处）" in ran.stderr
    (bundle / "extra.md").write_text("x", encoding="utf-8")
    assert "extra.md" in kg("export", "okf", "-C", folder, "-o", bundle).stderr


def test_pages_show_kind_trust_and_age(tmp_path: Path, kg: Kg) -> None:
    front = 'type: <b>Metric</b>\ntitle: Revenue\nstale_after: 2099-01-01\nverified: {by: "human:a<i>", at: 2026-06-25}'
    folder = write(tmp_path, {"m/revenue.md": concept(front), "m/b.md": concept("type: X", "[r](/m/revenue.md)")})
    assert kg("build", "-C", folder).status == 0
    (page,) = (p.read_text(encoding="utf-8") for p in (folder / "output/concepts").glob("m-revenue*.html"))
    for shown in ("&lt;b&gt;Metric&lt;/b&gt;", "Reviewed by a person", "human:a&lt;i&gt; · 2026-06-25", "2099-01-01"):
        assert shown in page
