"""``kg align``: mappings to another vocabulary, in SSSOM, accepted into notes and rejected for good."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
import yaml

from kg.notes import parse_note
from kg.suggest.align import BROAD, CLOSE, EXACT, AlignedConcept, AlignedLabel, propose_mappings
from kg.suggest.mapping import with_mapping

NOTES = {
    "container": "title: {zh: 容器, en: Container}\naliases: [OCI container]\n"
    "definition: {en: A standard unit of software that packages code with its dependencies.}",
    "windows-container": "title: {en: Windows container}\nbroader: ['[[container]]']\nskos:\n  notation: '1'\n  # kept\n",
    "replica": "title: {zh: 副本集}\nskos: {notation: '2'}",
    "api": "title: {en: Application programming interface}\naliases: [API]",
    "bank": "title: {en: Bank}",
}
OTHER = """@prefix s: <http://www.w3.org/2004/02/skos/core#> . @prefix o: <http://other.example/> .
o:1 a s:Concept ; s:prefLabel "Containers"@en , "容器"@zh ; s:definition "Packages of software code and its dependencies."@en .
o:2 a s:Concept ; s:prefLabel "APIs"@en .
o:3 a s:Concept ; s:prefLabel "副本集"@zh .
o:4 a s:Concept ; s:prefLabel "Bnak"@en .
o:5 a s:Concept ; s:prefLabel "Unrelated thing"@en .
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "concepts").mkdir()
    for name, text in NOTES.items():
        (tmp_path / f"concepts/{name}.md").write_text(f"---\nid: {name}\n{text.rstrip()}\n---\n# {name}\n", encoding="utf-8")
    (tmp_path / "other.ttl").write_text(OTHER, encoding="utf-8")
    return tmp_path


def table_of(text: str) -> tuple[dict[str, object], list[dict[str, str]]]:
    head = "".join(line[1:] for line in text.splitlines(keepends=True) if line.startswith("#"))
    return yaml.safe_load(head), list(csv.DictReader(re.sub(r"(?m)^#.*\n", "", text).splitlines(), delimiter="\t"))


def test_proposals_in_sssom(kg: Callable[..., object], folder: Path) -> None:
    ran = kg("align", "other.ttl", "--format", "sssom", "-C", folder, cwd=folder)
    assert ran.status == 0, ran.stderr
    head, rows = table_of(ran.stdout)
    found = {(r["subject_id"], r["predicate_id"], r["object_id"]): r for r in rows}
    assert set(found) == {
        ("c:container", "skos:exactMatch", "o1:1"), ("c:replica", "skos:exactMatch", "o1:3"),
        ("c:api", "skos:closeMatch", "o1:2"), ("c:windows-container", "skos:broadMatch", "o1:1"),
    }  # fmt: skip
    assert {"mapping_set_id", "license", "curie_map"} <= head.keys()
    assert head["curie_map"]["o1"] == "http://other.example/"
    best = found["c:container", "skos:exactMatch", "o1:1"]
    assert 0.9 < float(best["confidence"]) < 1
    assert best["mapping_justification"] == "semapv:CompositeMatching"
    assert "definition: " in best["comment"]
    assert "language: names agree in two" in best["comment"]
    assert kg("align", "other.ttl", "-C", folder, cwd=folder).stdout.count("Match") == 4


def test_accepted_mappings_are_in_the_notes_and_the_graph(kg: Callable[..., object], folder: Path) -> None:
    _, rows = table_of(kg("align", "other.ttl", "--format", "sssom", "-C", folder, cwd=folder).stdout)
    ids = {r["subject_id"]: r["record_id"].removeprefix("map:") for r in rows}
    both = f"{ids['c:container']},{ids['c:windows-container']}"
    notes = {path: path.read_bytes() for path in folder.glob("concepts/*.md")}
    shown = kg("align", "other.ttl", "--accept", both, "--accept", ids["c:replica"], "--diff", "-C", folder, cwd=folder).stdout
    assert "-skos: {notation: '2'}\n+skos: {notation: '2', exactMatch: [\"http://other.example/3\"]}\n" in shown
    assert shown.count("\n+++ ") == 3
    assert {path: path.read_bytes() for path in notes} == notes
    refused = kg("align", "other.ttl", "--reject", ids["c:api"], "--diff", "-C", folder, cwd=folder)
    assert (refused.status, "--accept --diff" in refused.stderr) == (2, True)
    decisions = ("--accept", both, "--accept", ids["c:replica"], "--reject", ids["c:api"])
    ran = kg("align", "other.ttl", *decisions, "-C", folder, cwd=folder)
    assert ran.status == 0, ran.stderr
    assert "exactMatch: http://other.example/1" in ran.stdout
    text = (folder / "concepts/windows-container.md").read_text()
    assert "  broadMatch: [\"http://other.example/1\"]\n  notation: '1'\n  # kept\n" in text
    assert "skos: {notation: '2', exactMatch: [\"http://other.example/3\"]}" in (folder / "concepts/replica.md").read_text()
    assert kg("build", "--stage", "graph", "-C", folder).status == 0
    graph = rdflib.Graph().parse(folder / "output/graph/kg.ttl")
    mapped = {(str(s).rpartition("/")[2], str(o)) for s, o in graph.subject_objects(rdflib.SKOS.exactMatch)}
    assert {("container", "http://other.example/1"), ("replica", "http://other.example/3")} <= mapped
    # What is stated or rejected isn't proposed again.
    assert kg("align", "other.ttl", "-C", folder, cwd=folder).stdout == ""
    assert kg("align", "other.ttl", "--accept", "nothing", "-C", folder, cwd=folder).status == 2


def test_a_table_in_chinese(kg: Callable[..., object], folder: Path) -> None:
    (folder / "terms.csv").write_text("编号,标签,英文标签\nc9,容器,Container\n", encoding="gb18030")
    ran = kg("align", "terms.csv", "--format", "sssom", "--encoding", "gb18030", "-C", folder, cwd=folder)
    _, rows = table_of(ran.stdout)
    assert (rows[0]["subject_id"], rows[0]["predicate_id"]) == ("c:container", "skos:exactMatch")
    (folder / "empty.ttl").write_text("<a:a> <a:b> <a:c> .")
    assert kg("align", "empty.ttl", "-C", folder, cwd=folder).status == 2


def concept(name: str, *labels: str, **more: object) -> AlignedConcept:
    kinds = ("preferred", *("other" for _ in labels[1:]))
    names = tuple(AlignedLabel(text, "en", kind) for text, kind in zip(labels, kinds, strict=True))
    return AlignedConcept(f"x:{name}", name, names, {}, **more)


@pytest.mark.parametrize(
    ("own", "foreign", "expected"),
    [
        ("Gateway API", "API gateway", None),
        ("Service mesh", "Service-Mesh", EXACT),
        ("Nodes", "Node", EXACT),
        ("namespace (Kubernetes)", "Kubernetes", None),
        ("Database per service", "Service", None),
        ("Mutating webhook", "Webhook", BROAD),
        ("Virtualisation", "Virtualization", CLOSE),
        ("Bus", "Buses", EXACT),
        ("News", "New", None),
    ],
)
def test_names(own: str, foreign: str, expected: str | None) -> None:
    rows = propose_mappings([concept("a", own)], [concept("b", foreign)])
    assert [row.predicate for row in rows] == ([expected] if expected else [])


def test_a_name_of_another_thing_is_no_match() -> None:
    """Words have several meanings: of things with one name, definitions decide; that both repeat the name decides nothing."""
    language = "A concurrent programming language with an ask and tell constraint system, compiled to C; Janus is distributed."
    own = AlignedConcept("x:a", "a", (AlignedLabel("Janus", "en", "preferred"),), {"en": language})
    god = "Janus: the Roman god of doorways and passages, depicted with two faces on opposite sides of his head."
    same = "Janus, a programming language whose programs are concurrent, with constraints that are asked and told."
    foreign = [
        AlignedConcept(f"y:{key}", key, (AlignedLabel("Janus", "en", "preferred"),), {"en": text})
        for key, text in (("god", god), ("language", same))
    ]
    assert [row for row in propose_mappings([own], foreign[:1]) if row.confidence >= 0.6 or row.predicate == EXACT] == []
    best = propose_mappings([own], foreign)[0]
    assert (best.target.id, best.predicate) == ("language", EXACT)
    # Without definitions on both sides, names are all there is.
    bare = AlignedConcept("x:b", "b", own.labels, {})
    assert [row.predicate for row in propose_mappings([bare], foreign[:1])] == [EXACT]
    # Of several things that a name may end in, the one whose definition is alike; none if nothing says which.
    player = AlignedConcept(
        "x:c", "c", (AlignedLabel("Janus sequencer", "en", "preferred"),), {"en": "Hardware that plays music."}
    )
    ends = [
        AlignedConcept(f"y:{key}", key, (AlignedLabel("Sequencer", "en", "preferred"),), {"en": text})
        for key, text in (("sorts", "A machine that sorts cards."), ("plays", "Hardware that plays recorded music."))
    ]
    assert [row.target.id for row in propose_mappings([player], ends)] == ["plays"]
    unclear = player._replace(definitions={"en": "Something else entirely."})
    assert propose_mappings([unclear], ends) == []


def test_several_that_fit_are_not_exact() -> None:
    rows = propose_mappings([concept("a", "Lock")], [concept("b", "Lock"), concept("c", "lock")])
    assert [row.predicate for row in rows] == [CLOSE, CLOSE]
    # An alias that names something else than the preferred name does is the name of something near.
    rows = propose_mappings(
        [concept("a", "Bare-metal machine", "Host")], [concept("b", "Bare metal machine"), concept("c", "Host")]
    )
    assert (rows[0].target.id, rows[0].predicate) == ("b", EXACT)
    assert all(row.confidence < 0.6 for row in rows[1:])


@pytest.mark.parametrize(
    "front",
    ["skos:\n  exactMatch: http://a/b\n", "skos: {exactMatch: ['http://a/b', 'http://a/c']}\n", "skos:\n    exactMatch: [http://a/b]\n",
     "skos: {}\n", "title: A\n", "skos:\r\n  closeMatch: x:y\r\n"],
)  # fmt: skip
def test_a_mapping_is_added_and_nothing_else_changes(front: str) -> None:
    data = f"---\n{front}tags: [a]\n---\n# A\n".encode()
    before = parse_note("a.md", data)
    made = with_mapping(data, before, "exactMatch", "http://z/z")
    assert made is not None
    values = parse_note("a.md", made).metadata
    old = (before.metadata.get("skos") or {}).get("exactMatch", [])
    assert values["skos"]["exactMatch"] == [*(old if isinstance(old, list) else [old]), "http://z/z"]
    assert values["tags"] == ["a"]
    assert json.dumps(values["skos"].get("closeMatch")) == json.dumps((before.metadata.get("skos") or {}).get("closeMatch"))


def test_a_table_names_its_concepts_by_iris_on_the_web(kg: Callable[..., object], folder: Path) -> None:
    (folder / "t.csv").write_text("id,label\nhttp://other.example/c/1,Container\n", encoding="utf-8")
    ran = kg("align", "t.csv", "--format", "sssom", "-C", folder, cwd=folder)
    row = next(row for row in table_of(ran.stdout)[1] if row["subject_id"] == "c:container")
    assert (row["object_id"], "file:" in ran.stdout) == ("o1:1", False)
    assert row["record_id"].startswith("map:")
    assert kg("align", "t.csv", "--accept", row["record_id"], "-C", folder, cwd=folder).status == 0
    note = parse_note("container.md", (folder / "concepts/container.md").read_bytes())
    assert note.metadata["skos"] == {"exactMatch": ["http://other.example/c/1"]}


@pytest.mark.parametrize(("lang", "message"), [("en", "has no IRI of its own"), ("zh", "没有自己的 IRI")])
def test_no_path_of_a_machine_is_written(kg: Callable[..., object], folder: Path, lang: str, message: str) -> None:
    (folder / "t.csv").write_text("id,label\nc1,Container\n", encoding="utf-8")
    before = (folder / "concepts/container.md").read_bytes()
    ran = kg("--lang", lang, "align", "t.csv", "--accept", "-C", folder, cwd=folder)
    assert (ran.status, message in ran.stderr, "https://" in ran.stderr) == (2, True, True), ran.stderr
    assert (folder / "concepts/container.md").read_bytes() == before
    (folder / "t.csv").write_text("id,iri,label\nc1,http://other.example/c1,Container\n", encoding="utf-8")
    assert kg("align", "t.csv", "--accept", "-C", folder, cwd=folder).status == 0
    assert b"http://other.example/c1" in (folder / "concepts/container.md").read_bytes()
