"""The ``skos:`` key of notes: what it adds to the graph, with what place, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg
from kg.base.names import DCTERMS, KG, RDF, SKOS, XSD
from kg.graph.importing import block
from kg.graph.provenance import asserted_at

Write = Callable[[Mapping[str, str | bytes]], Path]
B = "https://example.org/kb/"
A = f"{B}concept/a"


def _read(base: Write, front: str, **more: str) -> kg.Base:
    files = {f"concepts/{name}.md": text for name, text in more.items()}
    return kg.read(base({"kg.toml": "", "concepts/a.md": f"---\nid: a\n{front}---\n# A\n", **files}))


def _said(found: kg.Base, subject: str = A) -> set[tuple[str, str]]:
    quads = found.graph.store.quads_for_pattern(ox.NamedNode(subject), None, None, ox.DefaultGraph())
    return {(q.predicate.value, str(q.object)) for q in quads}


FRONT = """skos:
  altLabel: {de: [Behälter, Gefäß], zh-Hans: 容}
  hiddenLabel: {en: contaner}
  notation: [1.2, "A"]
  scopeNote: {en: Not for shipping.}
  exactMatch: [http://www.wikidata.org/entity/Q1, "<urn:x:y>"]
  broadMatch: b
  topConceptOf: http://e.org/scheme
  dcterms:created: {"xsd:date": "2020-01-01"}
  dcterms:creator: <http://e.org/me>
  http://e.org/p: [x, "<http://e.org/o>"]
  type: http://e.org/Class
"""


def test_it_says_what_skos_says(base: Write) -> None:
    found = _read(base, FRONT, b="# B\n")
    said = _said(found)
    assert said >= {
        (SKOS + "altLabel", '"Behälter"@de'), (SKOS + "altLabel", '"Gefäß"@de'), (SKOS + "altLabel", '"容"@zh-hans'),
        (SKOS + "hiddenLabel", '"contaner"@en'), (SKOS + "notation", '"1.2"'), (SKOS + "notation", '"A"'),
        (SKOS + "scopeNote", '"Not for shipping."@en'), (SKOS + "exactMatch", "<http://www.wikidata.org/entity/Q1>"),
        (SKOS + "exactMatch", "<urn:x:y>"), (SKOS + "broadMatch", f"<{B}concept/b>"),
        (SKOS + "topConceptOf", "<http://e.org/scheme>"),
        (DCTERMS + "created", f'"2020-01-01"^^<{XSD}date>'), (DCTERMS + "creator", "<http://e.org/me>"),
        ("http://e.org/p", '"x"'), ("http://e.org/p", "<http://e.org/o>"), (RDF + "type", "<http://e.org/Class>"),
    }  # fmt: skip
    assert (SKOS + "hasTopConcept", f"<{A}>") in _said(found, "http://e.org/scheme")
    assert asserted_at(found.graph, A, SKOS + "broadMatch", f"{B}concept/b") == (("a.md", 3),)
    assert not [f for f in found.findings if f.code == "KG102"]


def test_what_is_written_is_read_back(base: Write) -> None:
    values = {
        SKOS + "altLabel": [ox.Literal("b", language="de"), ox.Literal("plain"), ox.Literal("<x:y>")],
        SKOS + "notation": [ox.Literal("1", datatype=ox.NamedNode("http://e.org/Code")), ox.Literal("2")],
        SKOS + "exactMatch": [ox.NamedNode("http://e.org/m"), ox.NamedNode(f"{B}concept/b")],
        DCTERMS + "rights": [ox.NamedNode("http://e.org/r"), ox.Literal("yes"), ox.Literal("no", language="no")],
        "http://e.org/p": [ox.Literal("3", datatype=ox.NamedNode(XSD + "integer"))],
    }
    made, lost = block.encode_block(values, lambda iri: "b" if iri.endswith("/b") else None)
    assert lost == 0
    import yaml

    front = yaml.safe_dump({"skos": made}, allow_unicode=True)
    said = _said(_read(base, front, b="# B\n"))
    assert said >= {(prop, str(term)) for prop, terms in values.items() for term in terms}


def test_a_page_is_a_collection(base: Write) -> None:
    page = "---\ntype: page\ntitle: Reds\nskos: {type: OrderedCollection, prefLabel: {en: Reds}, member: [b, a, b2]}\n---\n"
    found = _read(base, "", b="# B\n", reds=page)
    said = _said(found, f"{B}collection/reds")
    assert (RDF + "type", f"<{SKOS}OrderedCollection>") in said
    assert {o for p, o in said if p == SKOS + "member"} == {f"<{A}>", f"<{B}concept/b>"}
    rows = found.query("SELECT ?m WHERE { ?c skos:memberList/rdf:rest*/rdf:first ?m }")
    assert sorted(rows) == [(A,), (f"{B}concept/b",)]
    assert first_of(found) == f"{B}concept/b"
    assert [f.message for f in found.findings if f.code == "KG102"] == [
        "the front matter can't be read: skos: member: no concept has the id 'b2'"
    ]
    assert f"{B}concept/reds" not in found.concepts


def first_of(found: kg.Base) -> str:
    return next(found.query("SELECT ?m WHERE { ?c skos:memberList/rdf:first ?m }"))[0]


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("skos: text\n", "properties and their values"),
        ("skos: {colour: red}\n", "no such property"),
        ("skos: {broader: b}\n", "a key of its own"),
        ("skos: {exactMatch: nothing}\n", "is not an absolute IRI"),
        ("skos: {exactMatch: 'http://e.org/a b'}\n", "is not an absolute IRI"),
        ("skos: {note: {xx_yy!: text}}\n", "is not a language"),
        ("skos: {note: {en: {fr: x}}}\n", "a list of texts"),
        ("skos: {note: null}\n", "a text, a list"),
        ("skos: {kg:key: x}\n", "not a property"),
        ("skos: {owl:sameAs: <http://e.org/x>}\n", "not a property"),
        ("skos: {rdfs:subClassOf: <http://e.org/x>}\n", "not a property"),
        ("skos: {prov:wasDerivedFrom: <http://e.org/x>}\n", "not a property"),
        ("skos: {type: Collection}\n", "neither a collection"),
        ("skos: {iri: http://e.org/x}\n", "neither a collection"),
        ("skos: {type: kg:Rule}\n", "not said this way"),
    ],
)
def test_what_it_refuses_is_a_finding_at_its_line(base: Write, front: str, said: str) -> None:
    found = _read(base, front, b="# B\n")
    (finding,) = [f for f in found.findings if f.code == "KG102"]
    assert said in finding.message
    assert (finding.path, finding.line) == ("a.md", 3)
    plain = {p for p, _ in _said(found)}
    assert not plain & {KG + "key", SKOS + "exactMatch", SKOS + "note", "http://www.w3.org/2002/07/owl#sameAs"}


@pytest.mark.parametrize("iri", [SKOS + "broader", f"{B}concept/a", f"{B}notes/a.md", "not one"])
def test_a_page_cannot_describe_what_is_described_elsewhere(base: Write, iri: str) -> None:
    page = f"---\ntype: page\nskos: {{type: Collection, iri: '{iri}', prefLabel: {{en: Mine}}}}\n---\n"
    found = _read(base, "", p=page)
    assert [f.code for f in found.findings if f.path == "p.md"] == ["KG102"]
    assert not list(found.query('SELECT ?s WHERE { ?s skos:prefLabel "Mine"@en }'))


def test_hostile_texts_stay_texts(base: Write) -> None:
    found = _read(base, 'skos: {note: {en: "x\\" . <a:b> <a:b> <a:b> .\\n\\\\"}}\n')
    assert not list(found.query("SELECT * { <a:b> ?p ?o }"))
    assert (SKOS + "note", str(ox.Literal('x" . <a:b> <a:b> <a:b> .\n\\', language="en"))) in _said(found)


def test_a_page_of_no_kind_and_values_of_yes_and_no(base: Write) -> None:
    page = "---\ntype: page\nskos: {notation: x}\n---\n# P\n"
    found = _read(base, "skos: {http://e.org/p: [true, false], notation: [x, x]}\n", p=page)
    assert {(p, o) for p, o in _said(found) if p in ("http://e.org/p", SKOS + "notation")} == {
        ("http://e.org/p", '"true"'), ("http://e.org/p", '"false"'), (SKOS + "notation", '"x"'),
    }  # fmt: skip
    (fault,) = [f for f in found.findings if f.code == "KG102"]
    assert "describes no concept; 'type' is one of Collection" in fault.message
    assert block.encode_block({SKOS + "note": [ox.Literal("x"), ox.Literal("x")]}, lambda _: None) == ({"note": "x"}, 0)
