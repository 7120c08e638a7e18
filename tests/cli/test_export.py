"""``kg export``: what each format carries and what it can't, round trips, and labels that try to break out."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import SKOS

import kg as kg_api
from kg.app.cli.exchange import export
from kg.base.names import KG
from kg.views.export import FORMATS
from kg.views.export.cypher import name, quote

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]
C = "https://example.org/container-microservices/concept/"
ASSERTED = (f"{C}raft", "requires", f"{C}quorum")
INFERRED = (f"{C}quorum", "required-by", f"{C}raft")
DEFINITION = "A consensus algorithm for a replicated log"


@pytest.fixture(scope="module")
def exported(kg: Kg, own: Path) -> Callable[[str], str]:
    @cache
    def run(form: str) -> str:
        ran = kg("export", form, "-C", own)
        assert ran.status == 0, ran.stderr
        assert ran.stderr == ""
        return str(ran.stdout)

    return run


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def built(own: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(own / "output/graph/kg.ttl")


# RDF carries everything


@pytest.mark.parametrize(("form", "syntax"), [("turtle", "turtle"), ("ntriples", "nt"), ("jsonld", "json-ld")])
def test_rdf_comes_back_isomorphic(exported: Callable[[str], str], built: rdflib.Graph, form: str, syntax: str) -> None:
    assert isomorphic(rdflib.Graph().parse(data=exported(form), format=syntax), built)


def test_only_trig_says_who_asserts_and_what_is_inferred(exported: Callable[[str], str], built: rdflib.Graph) -> None:
    found = rdflib.Dataset()
    found.parse(data=exported("trig"), format="trig")
    graphs = {g.identifier: set(g) for g in found.graphs() if g.identifier != found.default_graph.identifier}
    assert len(found.default_graph) == len(built)
    raft, quorum = rdflib.URIRef(f"{C}raft"), rdflib.URIRef(f"{C}quorum")
    asserted = (raft, rdflib.URIRef(KG + "requires"), quorum)
    inferred = (quorum, rdflib.URIRef(KG + "requiredBy"), raft)
    assert [str(g).rpartition("/")[2] for g, triples in graphs.items() if asserted in triples] == ["raft.md#L12"]
    (derived,) = [g for g, triples in graphs.items() if inferred in triples]
    assert str(derived).partition("/inferred/")[2].startswith("inverse/notes/")
    by_rule = rdflib.URIRef(KG + "byRule")
    assert [str(rule).rpartition("/")[2] for rule in found.default_graph.objects(derived, by_rule)] == ["inverse"]
    # turtle, ntriples and jsonld have both statements and can't say which is which
    assert asserted in built
    assert inferred in built


# suggestions


@pytest.fixture
def planted(kg: Kg, base: Write) -> Path:
    """A build whose store has a graph of suggestions, and one whose name only looks like it."""
    folder = base({"kg.toml": "", **{f"concepts/{n}.md": f"---\nid: {n}\n---\n# {n.upper()}\n" for n in "abc"}})
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    made = kg_api.read(folder).graph
    a, b, c = (ox.NamedNode(f"{made.base}concept/{n}") for n in "abc")
    made.store.add(ox.Quad(a, ox.NamedNode(KG + "uses"), b, ox.NamedNode(f"{made.base}suggested")))
    made.store.add(ox.Quad(a, ox.NamedNode(KG + "uses"), c, ox.NamedNode(f"{made.base}suggested/mention")))
    made.store.add(ox.Quad(b, ox.NamedNode(KG + "uses"), c, ox.NamedNode("https://elsewhere.org/suggested")))
    shutil.rmtree(folder / "output/graph/store")
    made.save(folder / "output/graph/store")
    return folder


@pytest.mark.parametrize("form", FORMATS)
def test_suggestions_are_left_out(kg: Kg, planted: Path, form: str) -> None:
    ran = kg("export", form, "-C", planted)
    assert ran.status == 0
    if form in ("graphml", "gexf", "csv", "cypher"):
        assert _edges(ran.stdout, form) == {}
    elif form == "trig":
        graphs = rdflib.Dataset()
        graphs.parse(data=ran.stdout, format="trig")
        names = {str(g.identifier) for g in graphs.graphs() if g.identifier != graphs.default_graph.identifier}
        assert names == {"https://elsewhere.org/suggested"}
    else:
        syntax = {"turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld"}[form]
        found = rdflib.Graph().parse(data=ran.stdout, format=syntax)
        assert not list(found.triples((None, rdflib.URIRef(KG + "uses"), None)))


def test_suggestions_are_there_where_asked_for(kg: Kg, planted: Path) -> None:
    ran = kg("export", "trig", "--suggested", "-C", planted)
    assert ran.status == 0
    graphs = rdflib.Dataset()
    graphs.parse(data=ran.stdout, format="trig")
    base = "https://example.org/kb/"
    uses = {(str(s)[-1], str(o)[-1], str(g)) for s, _, o, g in graphs.quads((None, rdflib.URIRef(KG + "uses"), None, None))}
    assert uses == {
        ("a", "b", f"{base}suggested"), ("a", "c", f"{base}suggested/mention"), ("b", "c", "https://elsewhere.org/suggested"),
    }  # fmt: skip
    ran = kg("export", "turtle", "--suggested", "-C", planted)
    assert ran.status == 2
    assert "can't mark suggestions" in ran.stderr
    assert "trig" in ran.stderr


# networks carry concepts and the relations between them


def _edges(text: str, form: str) -> dict[tuple[str, str, str], bool]:
    if form == "csv":
        return {(r["source"], r["relation"], r["target"]): r["asserted"] == "true" for r in csv.DictReader(io.StringIO(text))}
    if form == "cypher":
        return {
            (a, r.lower().replace("_", "-"), b): said == "true"
            for a, b, r, said in re.findall(
                r"^MATCH .*iri: '([^']*)'.*iri: '([^']*)'.*MERGE .*:(\w+)\].*asserted: (\w+)", text, re.MULTILINE
            )
        }
    if form == "graphml":
        graph = nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)
    else:
        graph = nx.read_gexf(io.BytesIO(text.encode()))
    return {(s, d["relation"], t): d["asserted"] for s, t, d in graph.edges(data=True)}


@pytest.mark.parametrize("form", ["graphml", "gexf", "csv", "cypher"])
def test_networks_carry_the_same_relations(exported: Callable[[str], str], own: Path, form: str) -> None:
    import kg

    base = kg.load(own / "output")
    keys = {iri: r.key for iri, r in base.relations.items()}
    expected = {(s, keys.get(k, "links-to"), t): d["asserted"] for s, t, k, d in base.network.edges(keys=True, data=True)}
    found = _edges(exported(form), form)
    assert found == expected
    assert found[ASSERTED] is True
    assert found[INFERRED] is False


def test_what_a_format_carries_and_what_it_does_not(exported: Callable[[str], str], kg: Kg, own: Path, tmp_path: Path) -> None:
    ran = kg("export", "csv", "-C", own, "-o", tmp_path / "tables")
    assert ran.stdout.split() == [str(tmp_path / "tables/nodes.csv"), str(tmp_path / "tables/edges.csv")]
    nodes, edges = ((tmp_path / "tables" / f).read_bytes().decode() for f in ("nodes.csv", "edges.csv"))
    assert edges.replace("\r\n", "\n") == exported("csv")
    texts = {form: exported(form) for form in FORMATS} | {"csv": nodes + edges}
    carried = {
        "labels in both languages": {f for f, t in texts.items() if "Raft 共识算法" in t and re.search(r"[^\w ]Raft[^\w ]", t)},
        "definitions": {f for f, t in texts.items() if DEFINITION in t},
        "other labels": {f for f, t in texts.items() if "Raft algorithm" in t},
        "sources": {f for f, t in texts.items() if "https://raft.github.io/" in t},
        "the vocabulary": {f for f, t in texts.items() if "The concept cannot hold or work without the other." in t},
        "digests of notes": {f for f, t in texts.items() if re.search(r"\b[0-9a-f]{64}\b", t)},
        "inferred statements": {f for f, t in texts.items() if re.search("required-?_?by", t, re.IGNORECASE)},
        "which are inferred": {f for f, t in texts.items() if "asserted" in t and f not in RDF_FORMATS} | {"trig"},
    }  # fmt: skip
    every = set(FORMATS)
    assert carried == {
        "labels in both languages": every,
        "definitions": every - {"graphml", "gexf"},
        "other labels": RDF_FORMATS,
        "sources": RDF_FORMATS,
        "the vocabulary": RDF_FORMATS,
        "digests of notes": RDF_FORMATS,
        "inferred statements": every,
        "which are inferred": every - {"turtle", "ntriples", "jsonld"},
    }


RDF_FORMATS = {"turtle", "ntriples", "trig", "jsonld"}


def test_tables_have_their_concepts_and_heads(kg: Kg, own: Path, tmp_path: Path) -> None:
    kg("export", "csv", "-C", own, "-o", tmp_path)
    nodes = _table(tmp_path / "nodes.csv")
    edges = _table(tmp_path / "edges.csv")
    written = sum("\nid: " in f.read_text() for f in (own / "concepts").rglob("*.md"))
    assert len(nodes) == written > 300
    raft = next(n for n in nodes if n["id"] == "raft")
    assert (raft["iri"], raft["label_zh"], raft["type"], raft["layer"]) == (f"{C}raft", "Raft 共识算法", "algorithm", "theory")
    assert raft["definition_en"].startswith(DEFINITION)
    assert list(edges[0]) == ["source", "target", "relation", "asserted", "typed", "path", "line"]
    assert {e[end] for e in edges for end in ("source", "target")} <= {n["iri"] for n in nodes}
    first = next(e for e in edges if (e["source"], e["relation"], e["target"]) == ASSERTED)
    assert (first["path"], first["line"]) == ("theory/raft.md", "12")


def test_gexf_is_labelled_in_the_language_asked_for(kg: Kg, own: Path) -> None:
    for lang, label in (("zh", "法定人数"), ("en", "Quorum")):
        text = kg("export", "gexf", "-C", own, "--lang", lang).stdout
        assert nx.read_gexf(io.BytesIO(text.encode())).nodes[f"{C}quorum"]["label"] == label
    assert "lastmodifieddate" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_do_not_depend_on_the_hash_seed(kg: Kg, own: Path, form: str, exported: Callable[[str], str]) -> None:
    assert kg("export", form, "-C", own, env={"PYTHONHASHSEED": "1"}).stdout == exported(form)


# files


def test_a_file_is_written_and_named(kg: Kg, own: Path, tmp_path: Path, exported: Callable[[str], str]) -> None:
    ran = kg("export", "cypher", "-C", own, "-o", tmp_path / "new/kg.cypher")
    assert ran.stdout == f"{tmp_path / 'new/kg.cypher'}\n"
    assert (tmp_path / "new/kg.cypher").read_text() == exported("cypher")


@pytest.mark.parametrize(("form", "target", "said"), [("csv", "file", "is a file"), ("turtle", "", "is a folder")])
def test_a_file_for_a_folder_and_a_folder_for_a_file(
    kg: Kg, own: Path, tmp_path: Path, form: str, target: str, said: str
) -> None:
    (tmp_path / "file").write_text("mine")
    ran = kg("export", form, "-C", own, "-o", tmp_path / target)
    assert ran.status == 2
    assert said in ran.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_an_unknown_format_names_those_there_are(kg: Kg, own: Path) -> None:
    ran = kg("export", "docx", "-C", own)
    assert ran.status == 2
    assert all(form in ran.stderr for form in FORMATS)


# hostile text

HOSTILE = [
    "'}) DETACH DELETE (n) //",
    'say "no", then;',
    "back\\",
    "\\u0027",
    "\\\\u0027}",
    "a`b",
    "$x {y}",
    "<b>&amp;]]>",
    "🚀 'é'",
]


def _read_string(text: str, at: int) -> tuple[str, int]:
    """A string of Cypher that starts at a quote, and where it ends."""
    out, at = [], at + 1
    while text[at] != "'":
        if text[at] == "\\":
            at += 1
            if text[at] == "u":
                out.append(chr(int(text[at + 1 : at + 5], 16)))
                at += 4
            else:
                out.append({"n": "\n", "r": "\r", "t": "\t"}.get(text[at], text[at]))
        else:
            out.append(text[at])
        at += 1
    return "".join(out), at + 1


def _strings(line: str) -> Iterator[str]:
    """The strings of a statement, those joined by + as one."""
    at, joined = 0, False
    found: list[str] = []
    while at < len(line):
        if line[at] == "'":
            value, at = _read_string(line, at)
            found[-1:] = [found[-1] + value] if joined else [*found[-1:], value]
            joined = line[at : at + 4] == " + '"
            at += 3 if joined else 0
        else:
            at += 1
    yield from found


def _old(text: str) -> str:
    """What Neo4j before version 5 makes of a query before it parses it: any backslash before u begins an escape."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)


@pytest.mark.parametrize("text", [*HOSTILE, "\n\r\t\x00\x7f\u2028", "'", "\\", "\\'", "\\\\", "", "\\u\\u0027\\\\u0027"])
def test_cypher_strings_hold_anything_on_one_line(text: str) -> None:
    quoted = quote(text)
    assert list(_strings(quoted)) == [text]
    assert len(quoted.splitlines()) == 1
    if text.isprintable():
        assert _old(quoted) == quoted


@pytest.mark.parametrize("text", ["a`b", "x y", "`", "a\\u0060b", "é", "1", "", "a\nb"])
def test_cypher_names_stay_names(text: str) -> None:
    quoted = name(text)
    assert quoted[0] == quoted[-1] == "`"
    assert "`" not in quoted[1:-1].replace("``", "")
    assert "\\" not in quoted
    assert len(quoted.splitlines()) == 1


def test_hostile_labels_break_nothing(kg: Kg, base: Write) -> None:
    files = {
        f"concepts/n{i}.md": f"---\nid: n{i}\ntitle: {json.dumps(text, ensure_ascii=False)}\nuses: '[[n0]]'\n---\n"
        for i, text in enumerate(HOSTILE)
    }
    folder = base({"kg.toml": "", **files})
    assert kg("build", "-C", folder, "--stage", "graph").status == 0

    def export(form: str, *args: object) -> str:
        ran = kg("export", form, "-C", folder, *args)
        assert ran.status == 0, ran.stderr
        return str(ran.stdout)

    turtle = rdflib.Graph().parse(data=export("turtle"), format="turtle")
    labels = {str(o) for o in turtle.objects(None, SKOS.prefLabel)}
    assert set(HOSTILE) <= labels
    assert isomorphic(turtle, rdflib.Graph().parse(data=export("jsonld"), format="json-ld"))
    export("csv", "-o", folder / "tables")
    rows = _table(folder / "tables/nodes.csv")
    assert {value for row in rows for value in row.values()} >= set(HOSTILE)
    assert all(None not in row for row in rows)
    lines = export("cypher").splitlines()
    assert {text for line in lines for text in _strings(line)} >= set(HOSTILE)
    assert all(re.match(r"(CREATE CONSTRAINT|MERGE|MATCH) ", line) and line.endswith(";") for line in lines)
    assert len(lines) == 1 + len(HOSTILE) + 2 * (len(HOSTILE) - 1)
    for form, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        graph = read(io.BytesIO(export(form).encode()))
        assert {v for _, data in graph.nodes(data=True) for v in data.values()} >= set(HOSTILE), form


def test_jsonld_keeps_lists_blank_nodes_and_types(kg: Kg, base: Write) -> None:
    text = """@prefix my: <https://example.org/my#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        my:A owl:oneOf ( my:c my:b my:a ) ; my:n "many"^^xsd:integer , 1 , 1.5 , 1e0 , true , "x" , "2026-01-01"^^xsd:date ;
            my:p [ my:q "y"@zh-Hant , "y" ; a xsd:string ] ."""
    folder = base({"kg.toml": "", "ontology/kg.ttl": text, "concepts/a.md": "# A\n"})
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    turtle = rdflib.Graph().parse(data=kg("export", "turtle", "-C", folder).stdout, format="turtle")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "many" is not an integer
        found = rdflib.Graph().parse(data=kg("export", "jsonld", "-C", folder).stdout, format="json-ld")
    values = set(found.objects(None, rdflib.URIRef("https://example.org/my#n")))
    assert {v.datatype and v.datatype.fragment for v in values} == {None, "integer", "decimal", "double", "boolean", "date"}
    assert isomorphic(turtle, found)


def test_a_base_that_ends_in_a_fragment_gives_valid_iris(kg: Any, base: Any) -> None:
    note = "---\nbroader: '[[b]]'\n---\n# A\n\n```json\n{}\n```\n"
    folder = base({"kg.toml": 'base = "https://example.org/kb#"\n', "concepts/a.md": note, "concepts/b.md": "# B\n"})
    assert kg("build", "-C", folder).status == 0
    read = rdflib.Dataset()
    read.parse(folder / "output/graph/kg.trig")
    names = {str(graph.identifier) for graph in read.graphs()}
    assert all(name.count("#") <= 1 for name in names)
    assert {"https://example.org/kb/notes/a.md#L2", "https://example.org/kb/inferred/inverse/notes/a.md#L2"} <= names
    assert "a.md:2" in kg("why", "-C", folder, "a", "b").stdout


# Hints

FOLDERS = ("nquads", "parquet")
"""Formats that replace a folder of their own."""


@pytest.fixture(scope="module")
def small(kg: Kg, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hints")
    for path, text in {"concepts/raft.md": "# Raft\n", "file": "mine", "full/mine.md": "mine", "log.duckdb.wal": "x"}.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    assert kg("build", "-q", "--stage", "graph", "-C", folder).status == 0
    return folder


REFUSED: tuple[tuple[str, ...], ...] = (
    *((form, "-o", place) for form in FOLDERS for place in ("file", "full", "file/below")),
    ("linked",), ("linked", "-o", "file"), ("csv", "-o", "file"), ("turtle", "-o", "full"),
    ("okf",), ("okf", "-o", "file"), ("okf", "-o", "concepts"), ("okf", "-o", "full"), ("okf", "--select-concepts", "raft"),
    ("nquads",), ("parquet",), ("duckdb",), ("duckdb", "-o", "full"), ("duckdb", "-o", "log.duckdb"),
    ("book", "-o", "book.doc"), ("turtle", "raft"), ("parquet", "-o", "new", "--parts", "2"),
    ("nquads", "-o", "new", "--master", "local"), ("nquads", "-o", "new", "--engine", "spark", "--loader", "oxigraph"),
    ("nquads", "-o", "new", "--graph", "no IRI"), ("parquet", "-o", "new", "--suggested"),
)  # fmt: skip


@pytest.mark.parametrize("args", REFUSED, ids=" ".join)
def test_hints_name_options_of_the_command(kg: Kg, small: Path, args: tuple[str, ...]) -> None:
    if args[0] in ("parquet", "duckdb"):
        pytest.importorskip("duckdb" if args[0] == "duckdb" else "pyarrow")
    given = [str(small / a) if args[n - 1] == "-o" else a for n, a in enumerate(args)]
    ran = kg("export", *given, "-C", small)
    assert ran.status == 2, ran.stdout
    _, _, hint = ran.stderr.partition("\n    ")
    assert hint, ran.stderr
    own = {name for parameter in export.params for name in parameter.opts}
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", hint))
    assert named <= own, hint
    assert "--out" not in named, "this is the folder of the build, which an export reads"
    if "-o" in args and args[0] in FOLDERS and args[-2] == "-o":
        assert named == {"-o"}, hint


def test_definitions_in_front_matter_are_plain_text(kg: Kg, base: Write, tmp_path: Path) -> None:
    marked = "A *replicated* `log_x` of [[paxos|Paxos]], see [a paper](https://x.org/) and 2 \\\\* 3 \\\\*stars\\\\*."
    plain = "A replicated log_x of Paxos, see a paper and 2 * 3 *stars*."
    folder = base({"concepts/raft.md": f'---\ndefinition: "{marked}"\n---\n# Raft\n'})

    def definition(folder: Path) -> str:
        assert kg("build", "-C", folder, "--stage", "graph").status == 0
        graph = rdflib.Graph().parse(data=kg("export", "turtle", "-C", folder).stdout, format="turtle")
        raft = next(graph.subjects(rdflib.DCTERMS.identifier, rdflib.Literal("raft")))
        return str(next(graph.objects(raft, rdflib.SKOS.definition)))

    assert definition(folder) == plain
    assert kg("export", "okf", "-C", folder, "-o", tmp_path / "bundle").status == 0
    # What would be read as marks is escaped, so that the definition is the same again.
    written = "A replicated log\\_x of Paxos, see a paper and 2 \\* 3 \\*stars\\*."
    assert f"description: {written}\n" in (tmp_path / "bundle/raft.md").read_text(encoding="utf-8")
    (tmp_path / "raft.ttl").write_text(kg("export", "turtle", "-C", folder).stdout, encoding="utf-8")
    assert kg("import", tmp_path / "raft.ttl", "-C", folder, "--to", tmp_path / "again/concepts").status == 0
    assert definition(tmp_path / "again") == plain
