"""Thesauri and tables that say what a note can't hold, or say it in odd ways: what is kept, and what is counted as left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from kg.base.errors import UsageError
from kg.base.names import KG, SKOS
from kg.graph import built_in_vocabulary, load_vocabulary
from kg.graph.importing import ImportedNotes, import_file
from kg.graph.importing.entailed import drop_entailed
from kg.graph.importing.filenames import FileNames
from kg.graph.importing.syntax import parse_document
from kg.graph.importing.thesaurus import from_document

Write = Callable[[Mapping[str, str | bytes]], Path]
B, E = "https://example.org/kb/", "http://e.org/"
PREFIXES = """@prefix s: <http://www.w3.org/2004/02/skos/core#> .
@prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix d: <http://purl.org/dc/terms/> .
@prefix kg: <https://w3id.org/kg-notes/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix e: <http://e.org/> .
""".replace("https://w3id.org/kg-notes/ontology#", KG)


def _front(written: ImportedNotes, path: str) -> dict[str, Any]:
    (data,) = [f.data for f in written.files if f.path == path]
    found: dict[str, Any] = yaml.safe_load(data.decode()[4:].partition("\n---\n")[0])
    return found


def _imported(folder: Path, text: str) -> ImportedNotes:
    (folder / "t.ttl").write_text(PREFIXES + text, encoding="utf-8")
    return import_file(folder / "t.ttl", built_in_vocabulary(), B)


def test_values_of_the_wrong_kind_are_counted_and_the_rest_is_kept(tmp_path: Path) -> None:
    made = _imported(
        tmp_path,
        """e:a a s:Concept, kg:Nonsense, e:Weird, e:Odd ; s:prefLabel "A"@en, e:label ; s:definition e:text ;
             s:altLabel "  "@en, "B"@en, e:alt ; s:notation e:n ; s:exactMatch "text" ; s:broadMatch e:b ;
             s:mappingRelation e:b ; s:semanticRelation e:b ; s:related e:a, e:b ; s:broader e:b ; s:changeNote [ e:p "x" ] ;
             d:subject "one", "ONE", "with, comma", "tagged"@en ; owl:sameAs e:c ; xl:altLabel [ xl:literalForm e:form ] .
           e:b a s:Concept ; s:prefLabel "Other"@en .""",
    )  # fmt: skip
    assert _front(made, "a.md") == {
        "id": "a", "title": {"en": "A"}, "aliases": ["B"], "broader": "[[b]]", "related": "[[b]]", "tags": ["one"],
        "skos": {
            "type": [f"{E}Weird", f"{E}Odd"], "exactMatch": f"{E}a", "broadMatch": "b",
            "dcterms:subject": {"xsd:string": ["ONE", "with, comma"], "en": "tagged"},
        },
    }  # fmt: skip
    assert made.left_out == {
        "empty texts": 1, "types kg:Nonsense": 1, "relations of a concept to itself": 1,
        "relations skos:mappingRelation (no key of the vocabulary)": 1,
        "relations skos:semanticRelation (no key of the vocabulary)": 1,
        "values of owl:sameAs": 1, "values of a kind that a note can't state": 5, "blank nodes of skos:changeNote": 1,
    }  # fmt: skip


def test_concepts_in_blank_nodes_become_notes_without_an_iri(tmp_path: Path) -> None:
    made = _imported(tmp_path, 'e:a a s:Concept ; s:prefLabel "A"@en ; s:broader [ a s:Concept ; s:prefLabel "B"@en ] .')
    assert len(made.files) == 2
    (other,) = [f.path for f in made.files if f.path != "a.md"]
    assert _front(made, "a.md")["broader"] == f"[[{other.removesuffix('.md')}]]"
    assert _front(made, other) == {"id": other.removesuffix(".md"), "title": {"en": "B"}}
    assert not made.left_out


def test_members_and_top_concepts_that_are_none(tmp_path: Path) -> None:
    made = _imported(
        tmp_path,
        """e:a a s:Concept ; s:prefLabel "A"@en . [] a s:Concept ; s:prefLabel "nameless" .
           e:col s:memberList ( "one" e:a ) ; s:member "text", e:a, e:gone .
           e:scheme a s:ConceptScheme ; d:title e:t ; s:hasTopConcept e:a, e:gone .
           e:list a kg:Scope ; s:hasTopConcept e:a .""",
    )
    assert _front(made, "a.md")["skos"]["topConceptOf"] == [f"{E}scheme", f"{E}list"]
    page = next(f.path for f in made.files if f.path.startswith("collections/"))
    assert _front(made, page)["skos"]["member"] == ["a", f"{E}gone"]
    assert made.left_out["members without an IRI"] == 1
    assert made.left_out["top concepts that the file doesn't describe"] == 1
    assert any(f.data.endswith(b"# nameless\n") for f in made.files)


def test_what_is_too_much_for_front_matter_is_left_out(tmp_path: Path) -> None:
    notes = ", ".join(f'"{number}{"x" * 90_000}"@en' for number in range(12))
    made = _imported(tmp_path, f'e:a a s:Concept ; s:prefLabel "A"@en ; s:definition "A letter."@en ; s:note {notes} .')
    assert _front(made, "a.md") == {"id": "a", "title": {"en": "A"}, "definition": {"en": "A letter."}}
    assert sum(made.left_out.values()) == 1
    assert "more than front matter may hold" in next(iter(made.left_out))


def test_ids_are_each_given_once() -> None:
    iris = ["urn:x", "urn:x/", "urn:x//", "urn:x///"]
    text = "".join(f'<{iri}> a <{SKOS}Concept> ; <{SKOS}prefLabel> "x"@en .\n' for iri in (*iris, f"{E}known"))
    found = from_document(
        parse_document(text.encode(), "t.ttl", base=B), built_in_vocabulary(), B, {"a": f"{E}known", "urn:x~3": "urn:other"}
    )
    assert {iri: entry.id for iri, entry in found.concepts.items()} == dict(
        zip((*iris, f"{E}known"), ("urn:x", "urn:x~2", "urn:x~4", "urn:x~5", "a"), strict=True)
    )


def test_file_names_are_each_given_once() -> None:
    names = FileNames()
    given = [names.give("k", ["a"]) for _ in range(4)]
    assert given[0] == "a"
    assert len(set(given)) == 4
    assert given[2] == f"{given[1]}-2"


def test_what_the_rules_derive_again_is_not_written(base: Write) -> None:
    folder = base(
        {
            "ontology/relations.ttl": f"""@prefix my: <http://my.org/> . @prefix kg: <{KG}> .
                @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
                my:p a owl:ObjectProperty ; kg:key "pp" ; rdfs:subPropertyOf my:q .
                my:q a owl:ObjectProperty ; kg:key "qq" ; rdfs:subPropertyOf my:p ."""
        }
    )
    vocabulary = load_vocabulary(folder / "ontology")
    text = f"""@prefix s: <{SKOS}> . @prefix kg: <{KG}> . @prefix my: <http://my.org/> . @prefix e: <{E}> .
        e:a a s:Concept ; my:p e:b ; my:q e:b ; kg:isA e:c . e:b a s:Concept . e:c a s:Concept ;
        s:narrower e:a ; kg:hasKind e:a . e:d a s:Concept ; s:narrower e:b . e:b kg:isA e:d ."""
    found = from_document(parse_document(text.encode(), "t.ttl", base=B), vocabulary, B)
    drop_entailed(found, vocabulary)
    left = {(e.iri, r.predicate, r.target) for e in found.concepts.values() for r in e.relations}
    assert left == {(f"{E}a", "http://my.org/p", f"{E}b"), (f"{E}a", KG + "isA", f"{E}c"), (f"{E}b", KG + "isA", f"{E}d")}


def test_a_fragment_of_rdf_xml_is_known_by_its_content() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    text = f'\n<r:RDF xmlns:r="{rdf}"><r:Description r:about="{E}a" xmlns:s="{SKOS}" s:note="n"/></r:RDF>'
    found = parse_document(text.encode(), "t", base=B)
    assert (found.syntax, [s.predicate.value for s in found.statements]) == ("rdfxml", [f"{SKOS}note"])


# tables

TABLE = """label,notation,type,tags,source,exact match,broader,unit_zz
A,1;2,nonsense,x;y,Book,http://e.org/m,B,7,too many
,,,,,,,
B,,Theorem,,,nowhere,,
"""


EDGES = f"source,target,relation\n{B}concept/a,{B}concept/b,uses\n{B}concept/a,{B}concept/c,uses\n{B}concept/a,{B}concept/b,x\n"


def test_columns_of_all_kinds(base: Write) -> None:
    made = import_file(base({"t.csv": TABLE}) / "t.csv", built_in_vocabulary(), B)
    assert _front(made, "A.md") == {
        "id": "A", "title": {"en": "A"}, "broader": "[[B]]", "tags": ["x", "y"], "sources": ["Book"],
        "skos": {"notation": ["1", "2"], "exactMatch": f"{E}m"},
    }  # fmt: skip
    assert _front(made, "B.md") == {"id": "B", "title": {"en": "B"}, "type": "theorem"}
    assert made.left_out == {
        "cells behind the last column": 1, "types 'nonsense'": 1, "column 'unit_zz'": 1,
        "relations to what is not a row (first: 'nowhere' in line 4)": 1,
    }  # fmt: skip


def test_edges_that_are_none(base: Write) -> None:
    folder = base({"nodes.csv": "id,label\na,A\nb,B\n", "edges.csv": EDGES})
    made = import_file(folder, built_in_vocabulary(), B)
    assert _front(made, "a.md")["uses"] == "[[b]]"
    assert made.left_out == {"rows of edges.csv about what isn't in nodes.csv or the vocabulary": 2}
    with pytest.raises(UsageError, match="has no columns source, target, relation"):
        import_file(base({"edges.csv": "from,to\na,b\n"}), built_in_vocabulary(), B)
