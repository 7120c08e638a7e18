"""``kg import``: thesauri and tables become notes, and export → import → export keeps what a format can carry."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import rdflib
import yaml
from rdflib.compare import graph_diff
from rdflib.namespace import DCTERMS, PROV, RDF, SKOS

import kg as kg_api
from kg.base.names import KG

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]
E = "http://e.org/thes/"
THESAURUS = """@prefix s: <http://www.w3.org/2004/02/skos/core#> .
@prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix d: <http://purl.org/dc/terms/> .
@prefix e: <http://e.org/thes/> .
@prefix my: <http://my.org/p#> .
e:s a s:ConceptScheme ; d:title "Things"@en, "东西"@zh-Hans ; d:license <http://lic.org/> ; s:hasTopConcept e:apple .
e:apple a s:Concept ;
  s:prefLabel "Apple [[x]]"@en, "苹果"@zh-Hans, "Apfel"@de, "Eple"@no ;
  s:altLabel "apple tree"@en, "Äpfel"@de, "either/or"@en ; s:hiddenLabel "aple"@en ;
  s:notation "1.2"^^my:Code, "A" ; s:scopeNote "Only fruit.\\n---\\nyes"@en ;
  s:definition "A round\\n fruit."@en, "Second."@en ; s:inScheme e:s ;
  s:exactMatch <http://www.wikidata.org/entity/Q89> ; s:narrower e:bramley ; my:note <http://x.org/y>, "z"@fr, 3 .
e:bramley a s:Concept ; xl:prefLabel [ a xl:Label ; xl:literalForm "Bramley"@en ; my:x "y" ] ;
  s:broader e:apple ; s:related e:c ; s:changeNote [ <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> "changed"@en ] .
e:c s:related e:bramley ; s:prefLabel "untagged" ; s:broader <http://elsewhere.org/q> .
e:col a s:OrderedCollection ; s:prefLabel "Reds"@en ; s:memberList ( e:bramley e:apple ) .
e:col2 a s:Collection ; s:member e:col, e:c .
e:bob a <http://xmlns.com/foaf/0.1/Person> ; <http://xmlns.com/foaf/0.1/name> "Bob" .
"""


def _front(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("---\n")
    return yaml.safe_load(text[4:].partition("\n---\n")[0])


@pytest.fixture(scope="module")
def imported(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("imported")
    (folder / "t.ttl").write_text(THESAURUS, encoding="utf-8")
    ran = kg("import", folder / "t.ttl", "-C", folder)
    assert ran.status == 0, ran.stderr
    assert ran.stdout == ""
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    return folder, ran.stderr


def test_a_concept_is_a_note_with_everything_in_its_front_matter(imported: tuple[Path, str]) -> None:
    folder = imported[0]
    files = sorted(str(p.relative_to(folder / "concepts")) for p in (folder / "concepts").rglob("*.md"))
    assert files == ["apple.md", "bramley.md", "c.md", "collections/Reds.md", "collections/col2.md", "schemes/Things.md"]
    assert _front(folder / "concepts/apple.md") == {
        "id": "apple",
        "title": {"en": "Apple [[x]]", "zh-hans": "苹果", "de": "Apfel", "no": "Eple"},
        "aliases": ["apple tree"],
        "definition": {"en": "A round fruit."},
        "skos": {
            "altLabel": {"de": "Äpfel", "en": "either/or"},
            "hiddenLabel": {"en": "aple"},
            "notation": {"http://my.org/p#Code": "1.2", "xsd:string": "A"},
            "scopeNote": {"en": "Only fruit.\n---\nyes"},
            "definition": {"en": ["A round\n fruit.", "Second."]},  # as written; the key above has it on one line
            "prefLabel": {"zh-Hans": "苹果"},
            "inScheme": f"{E}s",
            "topConceptOf": f"{E}s",
            "exactMatch": [f"{E}apple", "http://www.wikidata.org/entity/Q89"],
            "http://my.org/p#note": {"@id": "<http://x.org/y>", "fr": "z", "xsd:integer": "3"},
        },
    }
    bramley = _front(folder / "concepts/bramley.md")
    assert (bramley["title"], bramley["broader"], bramley["related"]) == ({"en": "Bramley"}, "[[apple]]", "[[c]]")
    assert bramley["skos"]["changeNote"] == {"en": "changed"}
    reds = _front(folder / "concepts/collections/Reds.md")
    assert reds["skos"]["member"] == ["bramley", "apple"]


def test_what_is_not_carried_is_listed_by_kind_and_count(imported: tuple[Path, str]) -> None:
    said = imported[1]
    assert "3 concepts and 3 pages of collections and schemes written" in said
    listed = {line[9:].strip(): int(line[:9]) for line in said.partition("changed:\n")[2].splitlines()}
    assert listed == {
        "statements about things typed foaf:Person": 2,
        "relations to concepts that the file doesn't describe": 1,
        "statements about SKOS-XL labels": 1,
        "texts without a language: one was guessed": 1,
    }


def test_the_graph_of_the_notes_says_what_the_thesaurus_said(imported: tuple[Path, str]) -> None:
    base = kg_api.load(imported[0] / "output")
    graph = base.dataset.default_graph
    apple, bramley = (rdflib.URIRef(f"https://example.org/kb/concept/{n}") for n in ("apple", "bramley"))
    source = rdflib.Graph().parse(data=THESAURUS, format="turtle")
    kept = [
        SKOS.prefLabel,
        SKOS.altLabel,
        SKOS.hiddenLabel,
        SKOS.notation,
        SKOS.scopeNote,
        rdflib.URIRef("http://my.org/p#note"),
    ]
    for prop in kept:
        # Oxigraph spells out the type of plain texts, and language tags in lower case.
        found, said = (
            {(str(o), o.n3().lower().removesuffix("^^<http://www.w3.org/2001/xmlschema#string>")) for o in objects}
            for objects in (graph.objects(apple, prop), source.objects(rdflib.URIRef(f"{E}apple"), prop))
        )
        assert found == said, prop
    assert set(graph.objects(apple, SKOS.definition)) == {
        rdflib.Literal("A round fruit.", "en"),
        rdflib.Literal("Second.", "en"),
    }
    assert (bramley, SKOS.broader, apple) in graph
    assert (apple, SKOS.narrower, bramley) in graph
    assert (apple, SKOS.exactMatch, rdflib.URIRef(f"{E}apple")) in graph
    assert (rdflib.URIRef(f"{E}s"), DCTERMS.license, rdflib.URIRef("http://lic.org/")) in graph
    assert set(graph.objects(rdflib.URIRef(f"{E}col"), SKOS.member)) == {apple, bramley}
    ordered = next(graph.objects(rdflib.URIRef(f"{E}col"), SKOS.memberList))
    assert list(rdflib.collection.Collection(graph, ordered)) == [bramley, apple]
    assert {f.code for f in base.findings} <= {"KG303", "KG403"}


def test_nothing_is_overwritten_without_being_told(kg: Kg, base: Write) -> None:
    folder = base({"t.ttl": THESAURUS, "concepts/c.md": "mine\n"})
    ran = kg("import", folder / "t.ttl", "-C", folder)
    assert ran.status == 2
    assert "would be overwritten" in ran.stderr
    assert "--force" in ran.stderr
    assert sorted(p.name for p in folder.rglob("*.md")) == ["c.md"]
    assert (folder / "concepts/c.md").read_text() == "mine\n"
    ran = kg("import", folder / "t.ttl", "-C", folder, "--force")
    assert ran.status == 0
    assert "1 of them overwritten" in ran.stderr
    assert _front(folder / "concepts/c.md")["id"] == "c"


def test_a_link_out_of_the_base_is_not_written_through(kg: Kg, base: Write, tmp_path: Path) -> None:
    folder = base({"kb/t.ttl": THESAURUS, "outside/secret.md": "secret\n"}) / "kb"
    (folder / "concepts").mkdir()
    (folder / "concepts/c.md").symlink_to(tmp_path / "outside/secret.md")
    assert kg("import", folder / "t.ttl", "-C", folder).status == 2
    ran = kg("import", folder / "t.ttl", "-C", folder, "--force")
    assert (ran.status, "leads out of" in ran.stderr) == (2, True)
    assert (tmp_path / "outside/secret.md").read_text() == "secret\n"
    shutil.rmtree(folder / "concepts")
    (folder / "concepts").symlink_to(tmp_path / "outside")
    ran = kg("import", folder / "t.ttl", "-C", folder, "--force")
    assert (ran.status, "leads out of" in ran.stderr) == (2, True)
    assert sorted(p.name for p in (tmp_path / "outside").iterdir()) == ["secret.md"]


HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..\\..\\x", "con", "CON.md", "a" * 500, "容" * 300, ".hidden", "-rf", "a/b", "x\x00y",
    "README", "index", "_index", "templates", "Same", "same", "e\u0301", "é", "a|b#c^d]]", "<b>", "  ", "%2e%2e%2f", "🚀", "no",
    "2020-01-01", "- x: y", "---", "&a *a", "{{x}}", "[[x]]", "::", "'\"", "null", "1e3", "\u2028", "\x85",
]  # fmt: skip


def test_hostile_ids_and_labels_stay_in_the_folder_and_stay_themselves(kg: Kg, base: Write) -> None:
    graph = rdflib.Graph()
    for i, text in enumerate(HOSTILE):
        concept = rdflib.URIRef(f"{E}{i}")
        graph.add((concept, RDF.type, SKOS.Concept))
        graph.add((concept, DCTERMS.identifier, rdflib.Literal(text)))
        graph.add((concept, SKOS.prefLabel, rdflib.Literal(text, lang="en")))
        graph.add((concept, SKOS.definition, rdflib.Literal(f"def {text}", lang="en")))
        graph.add((concept, SKOS.note, rdflib.Literal(text, lang="no")))
        graph.add((concept, SKOS.related, rdflib.URIRef(f"{E}{(i + 1) % len(HOSTILE)}")))
    folder = base({"t.nt": graph.serialize(format="nt")})
    ran = kg("import", folder / "t.nt", "-C", folder)
    assert ran.status == 0, ran.stderr
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != "t.nt"]
    assert len(files) == len(HOSTILE)
    assert {p.parent for p in files} == {folder / "concepts"}
    assert len({p.name.casefold() for p in files}) == len(files)
    assert all(len(p.name.encode()) <= 160 and p.name[0] not in ".-_" and "\n" not in p.name for p in files)
    assert not {p.stem.lower() for p in files} & {"con", "readme", "index", "_index", "templates"}
    built = kg("build", "-C", folder, "--stage", "metrics")
    assert built.status == 0, built.stderr
    found = kg_api.load(folder / "output")
    assert len(found.concepts) == len(HOSTILE)
    assert not [f for f in found.findings if f.severity == "error"]
    labels = {str(t) for t in found.dataset.default_graph.objects(None, SKOS.prefLabel)}
    assert labels >= {text.strip() for text in HOSTILE if text.strip()}
    notes = {str(t) for t in found.dataset.default_graph.objects(None, SKOS.note) if t.language == "no"}
    assert notes == {text for text in HOSTILE if text.strip()} | {"  ", "\u2028", "\x85"}
    related = {(str(a), str(b)) for a, b in found.dataset.default_graph.subject_objects(SKOS.related)}
    assert len(related) == 2 * len(HOSTILE)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.ttl", "<x:a> <x:b> .", "a.ttl:1:"),
        ("a.ttl", "<x:a> <x:b> 1 .", "no concept"),
        ("a.csv", "colour,size\nred,1\n", "no column of labels"),
        ("a.csv", "id,id\na,b\n", "two columns called 'id'"),
        ("a.csv", "id\n", "no concept"),
        ("a.csv", b"id,label\n\xff\xfe\x00\x01,x\n", "is not text"),
        ("none.ttl", None, "does not exist"),
    ],
)
def test_what_cannot_be_read_ends_with_a_hint(kg: Kg, base: Write, name: str, text: Any, said: str) -> None:
    folder = base({} if text is None else {name: text})
    ran = kg("import", folder / name, "-C", folder)
    assert ran.status == 2
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 2
    assert not (folder / "concepts").exists()


def test_where_the_notes_go_and_what_is_at_the_top(kg: Kg, base: Write) -> None:
    own = "<https://example.org/kb/scheme> a s:ConceptScheme ; s:hasTopConcept e:apple ."
    folder = base({"t.ttl": THESAURUS + own, "file": ""})
    ran = kg("import", folder / "t.ttl", "-C", folder, "--to", folder / "file")
    assert (ran.status, "file is a file" in ran.stderr) == (2, True)
    ran = kg("import", folder / "t.ttl", "-C", folder, "--to", folder / "notes")
    assert 'set in kg.toml: top-concepts = ["apple"]' in ran.stderr
    quiet = kg("import", folder / "t.ttl", "-C", folder, "--quiet")
    assert (quiet.status, "written to" in quiet.stderr, "not carried over" in quiet.stderr) == (0, False, True)


# tables

TABLE = (
    "编号;首选标签;英文标签;别名;定义;上位概念;RT;Colour\r\n"
    '1;容器;Container;集装箱|box;"一组; ""隔离"" 进程\n第二行";;镜像;red\r\n'
    "2;镜像;Image;;;容器;没有;\r\n2;重复;;;;;;\r\n;;;;;容器;;\r\n"
)


@pytest.mark.parametrize("how", ["excel", "gbk", "utf-16 with tabs"])
def test_tables_as_excel_writes_them(kg: Kg, base: Write, how: str) -> None:
    data = {
        "excel": ("\ufeff" + TABLE).encode(),
        "gbk": ("sep=;\r\n" + TABLE).encode("gb18030"),
        "utf-16 with tabs": TABLE.replace("一组; ", "一组 ").replace(";", "\t").replace("一组 ", "一组; ").encode("utf-16"),
    }[how]
    folder = base({"t.csv": data})
    ran = kg("import", folder / "t.csv", "-C", folder)
    assert ran.status == 0, ran.stderr
    assert _front(folder / "concepts/Container.md") == {
        "id": "1", "title": {"en": "Container", "zh": "容器"}, "aliases": ["集装箱", "box"],
        "definition": {"zh": '一组; "隔离" 进程 第二行'}, "related": "[[Image]]",
        "skos": {"definition": {"zh": '一组; "隔离" 进程\n第二行'}},
    }  # fmt: skip
    assert _front(folder / "concepts/Image.md") == {
        "id": "2",
        "title": {"en": "Image", "zh": "镜像"},
        "broader": "[[Container]]",
    }
    for said in (
        "column 'Colour'",
        "rows whose id another row has",
        "relations to what is not a row (first: '没有'",
        "rows without an id",
    ):
        assert said in ran.stderr
    assert ("GB 18030" in ran.stderr) is (how == "gbk")


def test_an_encoding_can_be_given(kg: Kg, base: Write) -> None:
    folder = base({"t.csv": "label,definition@fr\nCafé,Où\n".encode("latin-1")})
    ran = kg("import", folder / "t.csv", "-C", folder, "--encoding", "latin-1", "--log-format", "json")
    assert ran.status == 0, ran.stderr
    assert json.loads(ran.stderr) | {"concepts": 1, "left_out": {}} == json.loads(ran.stderr)
    assert _front(folder / "concepts/Café.md")["definition"] == {"fr": "Où"}
    assert kg("import", folder / "t.csv", "-C", folder, "--encoding", "none").status == 2


# export → import → export


def _content(text: str, form: str) -> rdflib.Graph:
    """The default graph without what a build keeps its books with: notes, places, rules."""
    dataset = rdflib.Dataset()
    dataset.parse(data=text, format={"turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld", "trig": "trig"}[form])
    graph = dataset.default_graph
    books = {s for kind in ("Note", "Rule") for s in graph.subjects(RDF.type, rdflib.URIRef(KG + kind))}
    books |= {s for key in ("line", "byRule") for s in graph.subjects(rdflib.URIRef(KG + key))}
    found = rdflib.Graph()
    for triple in graph:
        if triple[0] not in books and triple[1] != PROV.wasDerivedFrom:
            found.add(triple)
    return found


def _again(kg: Kg, own: Path, exported: Path, folder: Path) -> Path:
    """A knowledge base made of nothing but an export, with the settings and the ontology of the first one."""
    shutil.copytree(own / "ontology", folder / "ontology")
    shutil.copy(own / "kg.toml", folder)
    ran = kg("import", exported, "-C", folder)
    assert ran.status == 0, ran.stderr
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    return folder


@pytest.mark.parametrize("form", ["turtle", "ntriples", "trig", "jsonld"])
def test_rdf_makes_the_round_trip(kg: Kg, own: Path, tmp_path: Path, form: str) -> None:
    first = kg("export", form, "-C", own).stdout
    (tmp_path / "kg.txt").write_text(first, encoding="utf-8")
    folder = _again(kg, own, tmp_path / "kg.txt", tmp_path)
    one, other = _content(first, form), _content(kg("export", form, "-C", folder).stdout, form)
    assert len(one) > 5000
    _, lost, new = graph_diff(one, other)
    assert sorted(lost) == []
    assert sorted(new) == []


def test_a_foreign_thesaurus_makes_the_round_trip_from_its_first_export_on(
    kg: Kg, imported: tuple[Path, str], tmp_path: Path
) -> None:
    first = kg("export", "turtle", "-C", imported[0]).stdout
    (tmp_path / "kg.ttl").write_text(first, encoding="utf-8")
    assert kg("import", tmp_path / "kg.ttl", "-C", tmp_path).status == 0
    assert kg("build", "-C", tmp_path, "--stage", "graph").status == 0
    second = kg("export", "turtle", "-C", tmp_path).stdout
    _, lost, new = graph_diff(_content(first, "turtle"), _content(second, "turtle"))
    assert sorted(lost) == []
    assert sorted(new) == []


def _table(path: Path, but: set[str]) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return sorted(tuple(v for k, v in row.items() if k not in but) for row in csv.DictReader(file))


def test_tables_make_the_round_trip_of_what_they_carry(kg: Kg, own: Path, tmp_path: Path) -> None:
    kg("export", "csv", "-C", own, "-o", tmp_path / "first")
    folder = _again(kg, own, tmp_path / "first", tmp_path)
    kg("export", "csv", "-C", folder, "-o", tmp_path / "second")
    for name, but in (("nodes.csv", {"path"}), ("edges.csv", {"path", "line"})):
        one, other = _table(tmp_path / "first" / name, but), _table(tmp_path / "second" / name, but)
        assert len(one) >= 94
        assert one == other
    # and what they don't carry is gone
    graph = rdflib.Graph().parse(data=kg("export", "turtle", "-C", folder).stdout, format="turtle")
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    for prop in (SKOS.altLabel, DCTERMS.source, DCTERMS.subject):
        assert not [c for c in concepts if (c, prop, None) in graph], prop


@pytest.mark.parametrize("form", ["graphml", "gexf", "cypher"])
def test_networks_are_for_other_programs_and_cannot_be_imported(kg: Kg, own: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / f"kg.{form}").write_text(kg("export", form, "-C", own).stdout, encoding="utf-8")
    ran = kg("import", tmp_path / f"kg.{form}", "-C", tmp_path)
    assert ran.status == 2
    assert not (tmp_path / "concepts").exists()
