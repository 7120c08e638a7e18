"""Files of RDF: known by name and content, read with lines in six syntaxes; hostile ones are refused, nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.base.errors import UsageError
from kg.base.names import SKOS
from kg.graph.importing.syntax import ENDINGS, SYNTAXES, detect_syntax, parse_document, read_rdf

BASE = "https://example.org/kb/"
A, B = "http://e.org/a", "http://e.org/b"
TURTLE = f"""@prefix s: <{SKOS}> .

<{A}> a s:Concept ;
    s:prefLabel "A"@en ,
        "甲"@zh-Hans ;
    s:broader <{B}>
    .
"""
RDFXML = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE rdf:RDF [ <!ENTITY e "http://e.org/"> ]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="{SKOS}">
<s:Concept rdf:about="&e;a">
  <s:prefLabel xml:lang="en">A</s:prefLabel>
  <s:prefLabel xml:lang="zh-Hans">甲</s:prefLabel>
  <s:broader
    rdf:resource="&e;b"/>
</s:Concept>
</rdf:RDF>
"""
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NTRIPLES = f"""<{A}> <{RDF}type> <{SKOS}Concept> .
<{A}> <{SKOS}prefLabel> "A"@en .
<{A}> <{SKOS}prefLabel> "甲"@zh-Hans .
# and
<{A}> <{SKOS}broader> <{B}> .
"""
JSONLD = json.dumps(
    {
        "@context": {"s": SKOS},
        "@id": A,
        "@type": "s:Concept",
        "s:prefLabel": [{"@value": "A", "@language": "en"}, {"@value": "甲", "@language": "zh-Hans"}],
        "s:broader": {"@id": B},
    }
)
FILES = {
    "turtle": (TURTLE, [3, 4, 5, 6]),
    "ntriples": (NTRIPLES, [1, 2, 3, 5]),
    "nquads": (NTRIPLES.replace(" .\n", " <http://e.org/g> .\n"), [1, 2, 3, 5]),
    "trig": (TURTLE.replace("\n<", "\n<http://e.org/g> {\n<") + "}\n", [4, 5, 6, 7]),
    "rdfxml": (RDFXML, [4, 5, 6, 8]),
    "jsonld": (JSONLD, [0, 0, 0, 0]),
}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("ending", ["its own", ".txt"])
def test_six_syntaxes_say_the_same_each_with_its_lines(syntax: str, ending: str) -> None:
    text, lines = FILES[syntax]
    own = next(e for e, s in ENDINGS.items() if s == syntax)
    document = parse_document(text.encode(), f"a{own if ending == 'its own' else ending}", base=BASE)
    # Turtle is TriG without named graphs, so that content alone can't tell it.
    assert document.syntax == (syntax if ending == "its own" or syntax != "turtle" else "trig")
    found = {(s.predicate.value.rpartition("#")[2], str(s.object)) for s in document.statements}
    assert found == {
        ("type", f"<{SKOS}Concept>"), ("prefLabel", '"A"@en'), ("prefLabel", '"甲"@zh-hans'), ("broader", f"<{B}>"),
    }  # fmt: skip
    assert [s.line for s in document.statements] == lines
    assert {s.graph for s in document.statements} == ({"http://e.org/g"} if syntax in ("nquads", "trig") else {""})


@pytest.mark.parametrize(
    ("name", "text", "syntax"),
    [
        ("a.ttl", RDFXML, "rdfxml"),  # content comes before a wrong ending
        ("a.rdf", TURTLE, "trig"),
        ("a.json", JSONLD, "jsonld"),
        ("a", f"[] <{SKOS}note> 1 .", "trig"),
        ("a", f"# {{ a comment\n<{A}> <{SKOS}note> [ <{SKOS}note> '{{' ] .", "trig"),
        ("a", "GRAPH <http://e.org/g> { <http://e.org/a> a <http://e.org/b> }", "trig"),
    ],
)
def test_detection(name: str, text: str, syntax: str) -> None:
    assert detect_syntax(name, text.encode()) == syntax


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding: str) -> None:
    document = parse_document(TURTLE.encode(encoding), "a.ttl", base=BASE)
    assert len(document.statements) == 4


def test_xml_in_another_encoding() -> None:
    text = RDFXML.replace("UTF-8", "GB18030")
    document = parse_document(text.encode("gb18030"), "a.rdf", base=BASE)
    assert ox.Literal("甲", language="zh-hans") in {s.object for s in document.statements}


def test_relative_iris_count_from_the_base_and_blank_nodes_have_stable_names() -> None:
    text = b"<concept/x> <p:p> [ <p:q> [] ] ."
    first, second = (parse_document(text, "a.ttl", base=BASE) for _ in range(2))
    assert first == second
    assert ox.NamedNode(BASE + "concept/x") in {s.subject for s in first.statements}


def test_what_rdf_11_cannot_say_is_counted() -> None:
    document = parse_document(f'<{A}> <p:p> <<( <{A}> <p:p> 1 )>> , "x"@ar--rtl .'.encode(), "a.ttl", base=BASE)
    assert [str(s.object) for s in document.statements] == ['"x"@ar']
    assert sum(document.left_out.values()) == 2


# hostile files


def _xml(entities: str, body: str) -> bytes:
    head = f'<?xml version="1.0"?>\n<!DOCTYPE r [\n{entities}]>\n<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="http://e.org/">'
    return f'{head}<rdf:Description rdf:about="http://e.org/a"><e:p>{body}</e:p></rdf:Description></rdf:RDF>'.encode()


LAUGHS = '<!ENTITY a0 "ha">\n' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">\n' for i in range(1, 10))


@pytest.mark.parametrize(
    ("data", "said", "line"),
    [
        (_xml(LAUGHS, "&a9;"), "nested or long", 4),
        (_xml('<!ENTITY b "&#38;a;">\n<!ENTITY a "x">\n', "&b;"), "nested or long", 3),
        (_xml(f'<!ENTITY a "{"x" * 900}">\n', "&a;" * 100_000), "bytes of text", 5),
        (_xml('<!ENTITY a SYSTEM "file:///etc/passwd">\n', "&a;"), "read from elsewhere", 3),
        (_xml('<!ENTITY % a SYSTEM "http://e.org/x.dtd">\n%a;\n', "x"), "read from elsewhere", 3),
        (_xml("", "<e:x><e:y>" * 600 + "</e:y></e:x>" * 600), "lie in each other", 4),
    ],
    ids=["laughs", "nested by character", "quadratic", "external", "parameter", "deep"],
)
def test_xml_bombs_are_refused_with_their_line(data: bytes, said: str, line: int) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parse_document(data, "a.rdf", base=BASE)
    assert str(caught.value).startswith(f"a.rdf:{line}:")


def test_json_that_nests_endlessly_is_refused() -> None:
    with pytest.raises(UsageError, match="lie in each other"):
        parse_document(b'{"@id": "x:a", "x:p": ' * 10_000 + b"1" + b"}" * 10_000, "a.jsonld", base=BASE)
    # brackets in texts are not a nesting
    text = json.dumps({"@id": A, f"{SKOS}note": "[{" * 10_000 + '\\"['})
    assert len(parse_document(text.encode(), "a.jsonld", base=BASE).statements) == 1


@pytest.mark.parametrize("context", ["http://e.org/context.jsonld", {"@import": "http://e.org/context.jsonld"}])
def test_a_remote_context_is_never_fetched(context: object, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(socket, "socket", lambda *_a, **_k: pytest.fail("the network was used"))
    with pytest.raises(UsageError, match="nothing is fetched") as caught:
        parse_document(json.dumps({"@context": context, "@id": A, "p": 1}).encode(), "a.jsonld", base=BASE)
    assert "Turtle" in caught.value.hint


@pytest.mark.parametrize("syntax", ["turtle", "rdfxml", "jsonld"])
def test_a_literal_of_ten_megabytes(syntax: str) -> None:
    long = "x" * 10_000_000
    text = {
        "turtle": f'<{A}> <p:p> "{long}"@en .\n<{A}> <p:p> 1 .\n',
        "rdfxml": _xml("", long).decode(),
        "jsonld": json.dumps({"@id": A, "p:p": long}),
    }[syntax]
    document = parse_document(text.encode(), "a", base=BASE, syntax=syntax)
    assert len(str(document.statements[0].object)) > 10_000_000
    if syntax == "turtle":
        assert [s.line for s in document.statements] == [1, 2]


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("a.ttl", b"\n<x:a> <x:b> oh! .", "a.ttl:2:"),
        ("a.ttl", b"<x:a> <x:b> '\xff' .", "a.ttl:1:"),
        ("a.rdf", b"<rdf:RDF><a></b></rdf:RDF>", "a.rdf"),
        ("a.jsonld", b'{"@id": ', "a.jsonld"),
        ("a.docx", b"PK\x03\x04\x00\xff", "a.docx:1:1"),
    ],
)
def test_faults_have_their_place(name: str, data: bytes, place: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_document(data, name, base=BASE)
    assert str(caught.value).startswith(place)
    assert "it was read as" in caught.value.hint


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't read"):
        read_rdf(tmp_path / "none.ttl", "none.ttl", base=BASE)


@pytest.mark.parametrize(
    ("name", "data", "read", "places"),
    [
        ("a.ttl", b"<x:a> <x:b> <x:c> .\n<x:a b> <x:b> <x:d> .", 2, [(2, 2)]),
        ("a.ttl", b"<x:a> <x:b> <x:c> .\n<x:a> p:q 1 .\n<x:a> <x:b> <x:d> .", 2, [(2, 7)]),
        ("a.nt", b"<x:a> <x:b> <x:c> .\nrubbish\n<x:a> <x:b> <x:d> .\n<x:a> <x:b>\n", 2, [(2, 1), (5, 1)]),
        (
            "a.rdf",
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">\n'
            b'<rdf:Description rdf:about="x:a"><x:b>1</x:b></rdf:Description>\n'
            b'<rdf:Description rdf:about="x:{c}"><x:b>1</x:b></rdf:Description>\n</rdf:RDF>',
            2,
            [(3, 29)],
        ),
    ],
)
def test_one_fault_leaves_the_rest(name: str, data: bytes, read: int, places: list[tuple[int, int]]) -> None:
    """A bad IRI is escaped, a statement that can't be read is left out; each is a fault with its place."""
    document = parse_document(data, name, base=BASE)
    assert len(document.statements) == read
    assert [(fault.line, fault.column) for fault in document.faults] == places


def test_entities_in_single_quotes() -> None:
    """XML allows both kinds of quotation marks around the value of an entity (XML 1.0, production 9)."""
    data = (
        b"<?xml version='1.0'?>\n<!DOCTYPE rdf:RDF [<!ENTITY skos 'http://www.w3.org/2004/02/skos/core#'>]>\n"
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="&skos;">\n'
        b'<rdf:Description rdf:about="x:a"><rdf:type rdf:resource="&skos;Concept"/></rdf:Description></rdf:RDF>'
    )
    (statement,) = parse_document(data, "a.rdf", base=BASE).statements
    assert statement.object == ox.NamedNode("http://www.w3.org/2004/02/skos/core#Concept")


def test_faults_without_end_are_counted(tmp_path: Path) -> None:
    document = parse_document(b"<x:a> <x:b> <x:c> .\n" + b"rubbish\n" * 500 + b"<x:a> <x:b> <x:d> .", "a.nt", base=BASE)
    assert len(document.faults) == 101
    assert "more than 100 faults" in document.faults[-1].problem
