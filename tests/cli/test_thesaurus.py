"""A thesaurus as direct input of ``kg build``: measures, findings, maps and pages without a note."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import SKOS

import kg as kg_api
from kg.base.errors import UsageError
from kg.graph.provenance import asserted_at

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]
E = "http://e.org/"
TURTLE = """@prefix s: <http://www.w3.org/2004/02/skos/core#> .
@prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix e: <http://e.org/> .

e:fruit a s:Concept ; s:prefLabel "Fruit"@en, "水果"@zh-Hans ; s:definition "Eaten."@en .
e:apple a s:Concept ; s:prefLabel "Apple"@en , "Apple too"@en ;
    s:broader e:fruit ;
    s:related e:tree .
e:tree a s:Concept ; xl:prefLabel [ a xl:Label ; xl:literalForm "Tree"@en ] ; s:notation "7" .
e:group a s:Collection ; s:prefLabel "Pome"@en ; s:member e:apple .
s:related a <http://www.w3.org/2002/07/owl#TransitiveProperty> ; <https://w3id.org/kg-notes/ns#key> "stolen" .
"""
RDFXML = rdflib.Graph().parse(data=TURTLE, format="turtle").serialize(format="xml")


@pytest.fixture(scope="module")
def built(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("thesaurus")
    (folder / "fruit.ttl").write_text(TURTLE, encoding="utf-8")
    ran = kg("build", "-C", folder, "--notes", folder / "fruit.ttl")
    assert ran.status == 0, ran.stderr
    return folder, ran.stderr


def test_it_gets_measures_findings_maps_and_pages(built: tuple[Path, str]) -> None:
    folder, said = built
    assert "0 read, 1 RDF file, 3 concepts" in said
    assert "2 typed: broader 1, related 1" in said
    out = folder / "output"
    measures = {m["name"]: m for m in json.loads((out / "metrics.json").read_text())["measures"]}
    assert (measures["linkage"]["numerator"], measures["linkage"]["denominator"]) == (3, 3)
    (offender,) = measures["logical_consistency"]["offenders"]
    assert (offender["id"], offender["path"], offender["line"]) == ("apple", "fruit.ttl", 6)
    assert offender["lacks"] == ["S14: two preferred labels in one language"]
    findings = json.loads((out / "findings.json").read_text())["findings"]
    assert {(f["code"], f["path"], f["line"], f["column"]) for f in findings} == {
        ("KG304", "fruit.ttl", 6, 48), ("KG312", "fruit.ttl", 6, 1), ("KG312", "fruit.ttl", 9, 1),
        ("KG412", "fruit.ttl", 7, 15), ("KG412", "fruit.ttl", 8, 15),
    }  # fmt: skip
    for name in ("index.html", "concepts/apple.html", "maps/overview.html", "maps/concept.html", "reports/hierarchy.md"):
        assert (out / name).is_file(), name
    page = (out / "concepts/apple.html").read_text(encoding="utf-8")
    assert "fruit.ttl:7" in page
    assert "水果" in "".join(p.read_text(encoding="utf-8") for p in (out / "concepts").glob("*.html"))


def test_statements_point_to_their_line(kg: Kg, built: tuple[Path, str]) -> None:
    ran = kg("why", "Apple", "Fruit", "-C", built[0], "--lang", "en")
    assert ran.stdout == f"1. Apple —broader→ Fruit  {built[0] / 'fruit.ttl'}:7\n"
    base = kg_api.load(built[0] / "output")
    rows = base.query(
        "SELECT ?file ?line WHERE { GRAPH ?g { ?a skos:related ?b } ?g kg:line ?line; prov:wasDerivedFrom/kg:path ?file }"
    )
    assert list(rows) == [("fruit.ttl", "8")]
    edge = base.network.edges[f"{E}apple", f"{E}fruit", str(SKOS.broader)]
    assert (edge["asserted"], edge["path"], edge["line"]) == (True, "fruit.ttl", 7)
    assert base.network.edges[f"{E}fruit", f"{E}apple", str(SKOS.narrower)]["asserted"] is False


def test_the_graph_says_all_that_the_file_says_and_no_more_of_the_vocabulary(built: tuple[Path, str]) -> None:
    base = kg_api.load(built[0] / "output")
    store = base.graph.store
    for quad in ox.parse(TURTLE.encode(), format=ox.RdfFormat.TURTLE):
        if isinstance(quad.subject, ox.NamedNode) and not isinstance(quad.object, ox.BlankNode):
            said = quad.subject.value.startswith(E)
            assert (ox.Quad(quad.subject, quad.predicate, quad.object) in store) is said, quad
    assert base.relations[str(SKOS.related)].key == "related"
    assert base.concepts[f"{E}tree"].labels == {"en": "Tree"}  # SKOS-XL, by a rule
    (rule,) = {r[0] for r in base.query(f'SELECT ?g WHERE {{ GRAPH ?g {{ <{E}tree> skos:prefLabel "Tree"@en }} }}')}
    assert "/inferred/skos-xl/" in rule
    assert base.concepts[f"{E}apple"].area == "Pome"


def test_reading_and_loading_agree(built: tuple[Path, str]) -> None:
    read, loaded = kg_api.read(built[0] / "fruit.ttl"), kg_api.load(built[0] / "output")
    assert list(read.concepts) == list(loaded.concepts)
    named = [{q for q in b.dataset.quads() if not any(isinstance(t, rdflib.BNode) for t in q)} for b in (read, loaded)]
    # A build has measured too.
    assert named[0] == {q for q in named[1] if not str(q[3]).endswith("/measures")}
    assert isomorphic(read.dataset.default_graph, loaded.dataset.default_graph)


def test_equal_files_give_equal_bytes(kg: Kg, base: Write) -> None:
    folder = base({"fruit.ttl": TURTLE})
    texts = []
    for seed in "12":
        ran = kg(
            "build", "-C", folder, "--notes", folder / "fruit.ttl", "--stage", "graph", "--full", env={"PYTHONHASHSEED": seed}
        )
        assert ran.status == 0
        texts.append([(folder / "output/graph" / name).read_bytes() for name in ("kg.ttl", "kg.trig")])
    assert texts[0] == texts[1]


def test_it_is_looked_at_again_only_where_it_changed(kg: Kg, base: Write) -> None:
    folder = base({"fruit.ttl": TURTLE, "kg.toml": 'notes = ["fruit.ttl"]\n'})
    first, second = (kg("build", "-C", folder, "--stage", "graph").stderr for _ in range(2))
    assert "nothing has changed" in second
    assert "nothing has changed" not in first
    (folder / "fruit.ttl").write_text(TURTLE.replace("Eaten", "Drunk"), encoding="utf-8")
    assert "nothing has changed" not in kg("build", "-C", folder, "--stage", "graph").stderr
    assert "Drunk" in (folder / "output/graph/kg.ttl").read_text(encoding="utf-8")


def test_notes_and_thesauri_together(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "kg.toml": 'notes = ["concepts", "vocabulary/fruit.rdf", "vocabulary/more.jsonld"]\n',
            "vocabulary/fruit.rdf": RDFXML,
            "vocabulary/more.jsonld": json.dumps(
                [
                    {"@id": f"{E}pear", "@type": [str(SKOS.Concept)], str(SKOS.broader): [{"@id": f"{E}fruit"}]},
                    {"@id": f"{E}other/apple", str(SKOS.prefLabel): [{"@value": "Other"}], "@type": [str(SKOS.Concept)]},
                ]
            ),
            "concepts/apple.md": "---\nid: apple\n---\n# Apple\n\nSee [[b]].\n",
            "concepts/b.md": "# B\n",
        }
    )
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr
    assert "2 read, 2 RDF files, 7 concepts" in ran.stderr
    found = kg_api.load(folder / "output")
    ids = [c.id for c in found.concepts.values()]
    assert len(set(ids)) == 7  # three are called apple
    assert len(list((folder / "output/concepts").glob("*.html"))) >= 7
    # JSON-LD has no lines: the file is the place
    assert asserted_at(found.graph, f"{E}pear", str(SKOS.broader), f"{E}fruit") == (("vocabulary/more.jsonld", 0),)
    edge = found.network.edges[f"{E}pear", f"{E}fruit", str(SKOS.broader)]
    assert (edge["asserted"], edge["path"], edge["line"]) == (True, "vocabulary/more.jsonld", 0)
    assert "vocabulary/more.jsonld\n" in kg("why", "pear", "fruit", "-C", folder).stdout
    check = kg("check", "-C", folder)
    assert "vocabulary/fruit.rdf:" in check.stdout
    assert "in 2 notes, 2 RDF files" in check.stderr


def test_a_build_of_its_own_export_brings_no_notes_along(kg: Kg, own: Path, tmp_path: Path) -> None:
    (tmp_path / "kg.trig").write_text(kg("export", "trig", "-C", own).stdout, encoding="utf-8")
    # Gates hold what needs the notes themselves: sections, formulas, evidence.
    settings = re.sub(r"(?ms)^\[gates\].*?(?=^\[|\Z)", "", (own / "kg.toml").read_text(encoding="utf-8"))
    (tmp_path / "kg.toml").write_text(settings, encoding="utf-8")
    ran = kg("build", "-C", tmp_path, "--notes", tmp_path / "kg.trig", "--stage", "metrics")
    assert ran.status == 0, ran.stderr
    one, other = kg_api.load(own / "output"), kg_api.load(tmp_path / "output")
    assert set(other.concepts) == set(one.concepts)
    assert other.concepts[next(iter(other.concepts))].paths == ("kg.trig",)
    assert list(other.query("SELECT ?path WHERE { ?n kg:path ?path }")) == [("kg.trig",)]
    measures = [json.loads((f / "output/metrics.json").read_text())["measures"] for f in (own, tmp_path)]
    # What is measured on the graph alone; depth and coverage need the sections of notes.
    for a, b in zip(*measures, strict=True):
        if a["name"] in ("concept_association", "linkage", "logical_consistency"):
            assert (a["name"], a["numerator"], a["denominator"]) == (b["name"], b["numerator"], b["denominator"])
    assert {(s, t, k) for s, t, k in one.network.edges(keys=True)} == {(s, t, k) for s, t, k in other.network.edges(keys=True)}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.ttl", "<x:a> <x:b> .", "a.ttl:1:"),
        ("a.ttl", "<x:a> a <http://www.w3.org/2002/07/owl#Class> .", "no concept of SKOS"),
        ("a.ttl", None, "can't read"),
        ("a.md", "# A", "is a file, not a folder"),
    ],
)
def test_what_is_no_thesaurus(kg: Kg, base: Write, name: str, text: str | None, said: str) -> None:
    folder = base({} if text is None else {name: text})
    ran = kg("build", "-C", folder, "--notes", folder / name)
    assert ran.status == 2
    assert said in ran.stderr
    assert not (folder / "output").exists()
    with pytest.raises(UsageError):
        kg_api.read(folder / name)
