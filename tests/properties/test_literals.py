"""Literals keep the form that their files give them: from a file to the exports of a build, and through notes."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic, to_canonical_graph

from kg.base.names import XSD
from kg.base.settings import load_settings
from kg.graph import built_in_vocabulary
from kg.graph.importing.syntax import SYNTAXES, parse_document
from kg.graph.importing.thesaurus import from_document
from kg.graph.lexical import LexicalForms, StatedLiteral, find_changed_literals
from kg.knowledge.base import KnowledgeBase

Kg = Callable[..., Any]
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
BASE: Final = "https://example.org/kb/"
FORMS: Final = {
    **dict.fromkeys(
        ("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt"), ("007", "+7", "7")
    ),
    "nonPositiveInteger": ("-0", "-01"), "boolean": ("1", "0", "true"), "decimal": ("1.50", "+1.5", ".5", "1.5"),
    "double": ("1E3", "1.0e3", "INF", "NaN", "-0"), "float": ("01", "1.10"),
    "dateTime": ("2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00+00:00", "2020-01-01T24:00:00"),
    "dateTimeStamp": ("2020-01-01T00:00:00.50Z",), "date": ("2020-01-01+00:00",), "time": ("10:00:00.0", "24:00:00"),
    "gYear": ("2020", "2020Z"), "gYearMonth": ("2020-01+00:00",), "gMonth": ("--01",), "gDay": ("---01",),
    "gMonthDay": ("--01-01",),
    "duration": ("P1Y0M", "PT60S"), "yearMonthDuration": ("P12M",), "dayTimeDuration": ("PT24H",),
    "hexBinary": ("0a", "0A"), "base64Binary": ("AA ==",), "anyURI": ("http://a b",), "language": ("EN",),
    "token": (" x ",), "normalizedString": ("a\tb",), "Name": ("n",), "NCName": ("n",), "NMTOKEN": ("1",), "QName": ("a:b",),
    "notThere": ("x",),
}  # fmt: skip
TAGS: Final = ("en", "EN", "zh-Hans", "zh-Hant-TW", "de-CH-1996", "sl-rozaj-biske-1994", "fr-x-Priv")
TEXTS: Final = (" Apple", "Apple ", "苹果\u3000", 'say "a\\b"@EN', "a\nb", "é\u2028x", "\u00a0", 'xml:lang="EN" <b>', "’")


def _thesaurus(seed: int) -> str:
    """Concepts with every datatype in every form, and texts in tags of every case, as N-Triples."""
    draw = random.Random(seed)
    lines = []
    for n in range(12):
        one = f"<http://e.org/{n}>" if n % 4 else f"_:c{n}"
        lines.append(f"{one} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SKOS}Concept> .")
        lines.append(f'{one} <{SKOS}prefLabel> "Concept {n}{draw.choice(["", " "])}"@{draw.choice(["en", "EN", "en-GB"])} .')
        for _ in range(6):
            text = _quoted(draw.choice(TEXTS))
            lines.append(f"{one} <{SKOS}{draw.choice(['altLabel', 'scopeNote'])}> {text}@{draw.choice(TAGS)} .")
        for datatype in draw.sample(sorted(FORMS), 12):
            for form in FORMS[datatype]:
                lines.append(f"{one} <http://e.org/value> {_quoted(form)}^^<{XSD}{datatype}> .")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return str(ox.Literal(text))


def _statements(data: bytes, name: str, syntax: str = "") -> set[tuple[str, str, str]]:
    """Statements about literals; blank nodes have one name, since those of the files aren't kept."""
    document = parse_document(data, name, base=BASE, syntax=syntax)
    assert not document.faults
    return {
        (
            "_" if isinstance(s.subject, ox.BlankNode) else s.subject.value,
            s.predicate.value,
            str(s.object).removesuffix(s.tag.lower()) + s.tag,
        )
        for s in document.statements
        if isinstance(s.object, ox.Literal)
    }


@pytest.mark.parametrize("syntax", ["turtle", "rdfxml", "jsonld", "trig"])
def test_every_form_is_read_in_every_syntax(syntax: str) -> None:
    lines = _thesaurus(1).encode()
    quads = list(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    data = ox.serialize(quads, format=SYNTAXES[syntax]) or b""
    lower = {(s, p, o if "^^" in o else o.lower()) for s, p, o in _statements(lines, "a.nt")}
    assert {(s, p, o if "^^" in o else o.lower()) for s, p, o in _statements(data, "a", syntax)} == lower
    spelled = data.replace(b"zh-hans", b"zh-Hans").replace(b"de-ch-1996", b"de-CH-1996")
    tags = {o.rpartition("@")[2] for _, _, o in _statements(spelled, "a", syntax)}
    assert {"zh-Hans", "de-CH-1996"} <= tags
    assert not {"zh-hans", "de-ch-1996"} & tags


NODES: Final = (*(f"http://e.org/{n}" for n in range(4)), "_:a", "_:b")
PREDICATES: Final = ("broader", "related", "exactMatch", "broadMatch", "note", "changeNote")


@st.composite
def thesauri(draw: st.DrawFn) -> str:
    """A thesaurus as N-Triples: concepts with IRIs and in blank nodes, relations, mappings, notes in blank nodes, lists."""
    skos, rdf = f"<{SKOS}", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    name = lambda node: node if node.startswith("_:") else f"<{node}>"  # noqa: E731
    lines = [f"{name(node)} {rdf}type> {skos}Concept> ." for node in NODES]
    lines += [f"<http://e.org/s> {rdf}type> {skos}ConceptScheme> .", f"<http://e.org/0> {skos}inScheme> <http://e.org/s> ."]
    # Each has a label of its own, so that blank nodes are told apart.
    lines += [f'{name(node)} {skos}prefLabel> "{i} "@{draw(st.sampled_from(TAGS))} .' for i, node in enumerate(NODES)]
    literal = st.one_of(
        st.builds(lambda text, tag: f"{_quoted(text)}@{tag}", st.sampled_from(TEXTS), st.sampled_from(TAGS)),
        st.sampled_from(sorted(FORMS)).flatmap(
            lambda datatype: st.sampled_from(FORMS[datatype]).map(lambda form: f"{_quoted(form)}^^<{XSD}{datatype}>")
        ),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5).map(_quoted),
    )
    node = st.sampled_from(NODES).map(name)
    for subject, predicate, object_ in draw(st.lists(st.tuples(node, st.sampled_from(PREDICATES), node), max_size=12)):
        if subject != object_:
            lines.append(f"{subject} {skos}{predicate}> {object_} .")
    for subject, object_ in draw(st.lists(st.tuples(node, literal), max_size=12)):
        lines.append(f"{subject} <http://e.org/value> {object_} .")
    members = draw(st.lists(node, max_size=3, unique=True))
    lines.append(f"<http://e.org/list> {rdf}type> {skos}OrderedCollection> .")
    cells = [f"_:l{i}" for i in range(len(members))] + [f"{rdf}nil>"]
    lines.append(f"<http://e.org/list> {skos}memberList> {cells[0]} .")
    for i, member in enumerate(members):
        lines += (f"{cells[i]} {rdf}first> {member} .", f"{cells[i]} {rdf}rest> {cells[i + 1]} .")
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _every_statement(data: bytes, name: str) -> rdflib.Graph:
    """The statements of a file or of an export, without what kg adds; literals as names, so that no library rewrites them."""
    document = parse_document(data, name, base=BASE)
    assert not document.faults
    graph = rdflib.Graph()

    def term(node: object, tag: str = "") -> rdflib.term.Node:
        if isinstance(node, ox.BlankNode):
            return rdflib.BNode(node.value)
        if isinstance(node, ox.Literal):
            return rdflib.URIRef("literal:" + (str(node).removesuffix(tag.lower()) + tag).encode().hex())
        return rdflib.URIRef(node.value)  # type: ignore[attr-defined]

    for s in from_document(document, built_in_vocabulary(), BASE).statements:
        described = isinstance(s.subject, ox.BlankNode) or s.subject.value.startswith("http://e.org/")
        if described and s.predicate.value != "http://purl.org/dc/terms/identifier":
            graph.add((term(s.subject), rdflib.URIRef(s.predicate.value), term(s.object, s.tag)))
    return graph


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(thesauri())
def test_a_graph_states_what_its_thesaurus_states(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("thesaurus") / "a.nt"
    path.write_text(text, encoding="utf-8")
    base = KnowledgeBase(load_settings(path.parent, notes=(path,)))
    exported = _every_statement(base.graph.trig(), "kg.trig")
    source = _every_statement(text.encode(), "a.nt")
    if not isomorphic(source, exported):
        left, right = (set(to_canonical_graph(g)) for g in (source, exported))
        raise AssertionError(f"lost: {left - right}\nadded: {right - left}")


@pytest.fixture(scope="module")
def built(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("literals")
    (folder / "a.nt").write_text(_thesaurus(2), encoding="utf-8")
    ran = kg("build", "-C", folder, "--notes", folder / "a.nt", "--stage", "graph")
    assert ran.status == 0, ran.stderr
    return folder


@pytest.mark.parametrize("form", ["turtle", "ntriples", "jsonld", "trig"])
def test_a_build_exports_every_form(kg: Kg, built: Path, form: str) -> None:
    source = _statements((built / "a.nt").read_bytes(), "a.nt")
    exported = _statements(kg("export", form, "-C", built).stdout.encode(), "kg", form)
    assert source <= exported
    added = {p for s, p, o in exported - source if s == "_" or s.startswith("http://e.org/")}
    assert added <= {"http://purl.org/dc/terms/identifier"}
    if form != "ntriples":
        return
    asked = kg(
        "query", 'SELECT (COUNT(*) AS ?n) WHERE { ?s <http://e.org/value> "007"^^xsd:integer }', "-C", built, "--format", "csv"
    )
    plain = kg("query", "SELECT (COUNT(*) AS ?n) WHERE { ?s <http://e.org/value> 7 }", "-C", built, "--format", "csv")
    assert asked.stdout == plain.stdout  # queries see values
    assert "genid" not in kg("export", "trig", "-C", built).stdout


def test_notes_carry_every_form(kg: Kg, tmp_path: Path) -> None:
    lines = [line for line in _thesaurus(3).split("\n") if not line.startswith("_:")]
    (tmp_path / "a.nt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb/kg.toml").write_text("")
    assert kg("import", tmp_path / "a.nt", "-C", tmp_path / "kb").status == 0
    assert kg("build", "-C", tmp_path / "kb", "--stage", "graph").status == 0
    exported = _statements(kg("export", "ntriples", "-C", tmp_path / "kb").stdout.encode(), "kg", "ntriples")
    source = {
        (s.replace("http://e.org/", f"{BASE}concept/"), p, o) for s, p, o in _statements("\n".join(lines).encode(), "a.nt")
    }
    blank = {s for s in source if not s[2].strip('"').partition('"')[0].strip()}  # "empty texts", which the import lists
    assert source - exported <= blank


@pytest.mark.parametrize("name", [f"pyshacl/assets/{part}.ttl" for part in ("schema", "shacl", "dash")])
def test_vocabularies_of_packages_keep_every_form(name: str) -> None:
    package, _, path = name.partition("/")
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    document = parse_document((Path(found.origin).parent / path).read_bytes(), name, base=BASE)
    literals = [
        StatedLiteral(s.subject, s.predicate, s.object, s.tag) for s in document.statements if isinstance(s.object, ox.Literal)
    ]
    assert len(literals) > 50
    store = ox.Store()
    store.extend(ox.Quad(*s[:3], ox.DefaultGraph()) for s in document.statements)
    forms = LexicalForms(BASE, find_changed_literals(literals))
    restored = b"".join(forms.restore([store.dump(format=ox.RdfFormat.N_QUADS) or b""]))
    exact = ox.serialize([ox.Triple(*s[:3]) for s in document.statements], format=ox.RdfFormat.N_TRIPLES) or b""
    lower = [line.lower() if b'"@' in line else line for line in restored.splitlines()]
    assert set(lower) == {line.lower() if b'"@' in line else line for line in exact.splitlines()}
