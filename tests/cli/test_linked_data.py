"""Linked data: an IRI answers in each format, with the same triples for other readers, served and as static files."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import jsonschema
import pytest
import rdflib
from pyld import jsonld
from rdflib.compare import isomorphic

BASE = "https://example.org/kb/"
ATOM = "{http://www.w3.org/2005/Atom}"
TYPES = {
    "text/turtle": ("turtle", ".ttl"),
    "application/ld+json": ("json-ld", ".jsonld"),
    "application/n-triples": ("nt", ".nt"),
    "application/rdf+xml": ("xml", ".rdf"),
}
NOTES = {
    "kg.toml": (
        f'base = "{BASE}"\ntitle = {{zh = "库", en = "A <base> & more"}}\nlanguages = ["zh", "en"]\n'
        'notes = ["concepts", "more.ttl"]\n'
        '[site]\nurl = "https://notes.example/kb"\nlicense = "https://creativecommons.org/licenses/by/4.0/"\n'
    ),
    "concepts/raft.md": (
        "---\nid: raft\ntitle: {zh: 筏, en: 'Raft </script> & \"co\"'}\naliases: [Raft algorithm]\nlayer: theory\n"
        "area: consensus\n"
        "former-ids: [raft-old, 旧 筏]\nupdated: 2026-03-04\nbroader: ['[[consensus]]']\n"
        "definition: {en: A consensus algorithm., zh: 算法。}\n"
        "sources: ['https://raft.github.io/', 'Ongaro 2014']\n"
        "skos: {notation: '7.1', scopeNote: {en: note}, altLabel: {de: Floß},\n"
        "  'dcterms:created': {'xsd:date': 2020-01-01}}\n---\n# Raft\n"
    ),
    "concepts/consensus.md": "---\nid: 共识 协议/1.0\ntitle: 共识\nupdated: 2025-01-02\n---\n# 共识\n",
    "concepts/dot.md": "---\nid: dot.ttl\ntitle: Dot\n---\n# Dot\n",
    "more.ttl": (
        "@prefix s: <http://www.w3.org/2004/02/skos/core#> . <http://other.example/x#a> a s:Concept ; s:prefLabel 'Other'@en ; "
        "s:note [ s:notation '1' ; <http://other.example/p> <http://other.example/q> ] ."
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object]) -> Path:
    folder = tmp_path_factory.mktemp("linked")
    for name, text in NOTES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def served(folder: Path, serve: Callable[..., object]) -> Iterator[object]:
    with serve(folder) as running:
        yield running


def triples_of(body: bytes, form: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=body, format=form)


@pytest.mark.parametrize("name", ["concept/raft", "concept/共识 协议/1.0", "layer/theory", "area/consensus", "scheme"])
def test_an_iri_gives_the_same_triples_in_each_format(folder: Path, served, name: str) -> None:
    whole = rdflib.Graph().parse(folder / "output/graph/kg.ttl")
    iri = rdflib.URIRef(BASE + (name if "共" not in name else "concept/共识%20协议/1.0"))
    own = whole.cbd(iri)
    assert len(own) > 1
    for media, (form, ending) in TYPES.items():
        heard = served.get(f"/{quote(name)}", Accept=f"{media}, */*;q=0.1")
        assert (heard.status, heard.headers["content-type"].partition(";")[0]) == (200, media)
        assert unquote(heard.headers["content-location"]) == f"/{iri.removeprefix(BASE).replace('%20', ' ')}{ending}"
        assert isomorphic(triples_of(heard.body, form), own), media
        assert served.get(f"/{quote(name)}{ending}").body == heard.body
        assert f"</{quote(name)}.nt>" in heard.headers["link"]
        again = served.get(f"/{quote(name)}", Accept=media, If_None_Match=heard.headers["etag"])
        assert (again.status, again.body) == (304, b"")
    second = jsonld.to_rdf(json.loads(served.get(f"/{quote(name)}.jsonld").body), {"format": "application/n-quads"})
    assert isomorphic(triples_of(second.encode(), "nt"), own)


@pytest.mark.parametrize(
    ("accept", "status", "result"),
    [
        ("", 303, "/concepts/raft.html"),
        ("*/*", 303, "/concepts/raft.html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 303, "/concepts/raft.html"),
        ("text/turtle", 200, "text/turtle; charset=utf-8"),
        ("text/*;q=0.3, application/ld+json;q=0.4", 200, "application/ld+json"),
        ("text/html;q=0.2, application/n-triples;q=0.9, text/turtle;q=0.5", 200, "application/n-triples"),
        ("text/turtle;q=0, text/html;q=0, */*", 200, "application/ld+json"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', 200, "application/ld+json"),
        ("image/png", 406, "text/plain; charset=utf-8"),
        ("nonsense", 406, "text/plain; charset=utf-8"),
        ("text/turtle;q=many", 406, "text/plain; charset=utf-8"),
    ],
)
def test_the_accept_header_decides(served, accept: str, status: int, result: str) -> None:
    heard = served.get("/concept/raft", Accept=accept)
    assert (heard.status, heard.headers["location" if status == 303 else "content-type"]) == (status, result)
    if status != 406:
        assert "accept" in heard.headers["vary"].lower()


def test_addresses_of_other_shapes(folder: Path, served) -> None:
    assert served.get("/concept/raft", Accept_Language="en").headers["location"] == "/concepts/raft.en.html"
    assert served.get("/concept/raft.html").headers["location"] == "/concepts/raft.html"
    assert served.get("/kb/concept/raft.ttl").body == served.get("/concept/raft.ttl").body
    # An id that looks like an ending is an id.
    assert f"<{BASE}concept/dot.ttl>" in served.get("/concept/dot.ttl.nt").text
    assert served.get("/concept/dot.ttl", Accept="text/html").status == 303
    for path in ("/concept/nothing", "/concept/nothing.ttl", "/concept/%3E%20%7D", "/layer/none", "/-/concept?iri=x"):
        assert served.get(path, Accept="text/turtle").status == 404
    foreign = served.get(f"/-/concept?iri={quote('http://other.example/x#a', safe='')}", Accept="application/ld+json")
    whole = rdflib.Graph().parse(folder / "output/graph/kg.ttl")
    assert isomorphic(triples_of(foreign.body, "json-ld"), whole.cbd(rdflib.URIRef("http://other.example/x#a")))
    assert served.get("/-/concept?id=raft", Accept="text/turtle").body == served.get("/concept/raft", Accept="text/turtle").body
    assert served.get("/.well-known/void").headers["location"] == "/void.ttl"
    assert served.get("/concept/raft", method="POST", body="").status == 405


@pytest.mark.parametrize("old", ["raft-old", "旧 筏"])
def test_a_former_iri_leads_to_the_new_one(served, old: str) -> None:
    assert (served.get(f"/concept/{quote(old)}").status, served.get(f"/concept/{quote(old)}").headers["location"]) == (
        301,
        "/concept/raft",
    )
    heard = served.get(f"/concept/{quote(old)}.jsonld")
    assert (heard.status, heard.headers["location"]) == (301, "/concept/raft.jsonld")


def test_other_pages_read_only_if_they_may(served) -> None:
    for path in ("/concept/raft.ttl", "/void.ttl", "/context.jsonld"):
        assert (
            served.get(path, Origin="http://localhost:3333").headers["access-control-allow-origin"] == "http://localhost:3333"
        )
        assert "access-control-allow-origin" not in served.get(path, Origin="https://evil.example").headers
        heard = served.get(path, method="OPTIONS", Origin="http://localhost:1", Access_Control_Request_Method="POST")
        assert heard.status == 405
        assert "access-control-allow-origin" not in heard.headers


def test_static_files_are_what_is_served(folder: Path, served, kg: Callable[..., object], tmp_path: Path) -> None:
    assert kg("export", "linked", "-C", folder).status == 2
    assert kg("export", "linked", "-C", folder, "-o", tmp_path / "site").status == 0
    assert (tmp_path / "site/concept/raft.jsonld").read_bytes() == served.get("/concept/raft.jsonld").body
    assert (tmp_path / "site/concept/raft-old.html").read_text().count("../concepts/raft.html") == 3
    files = {p.name for p in (tmp_path / "site/concept").iterdir()}
    assert len(files) == 4 * 4 + 2
    for ending in (".ttl", ".nt"):
        assert (tmp_path / f"site/concept/raft{ending}").read_bytes() == served.get(f"/concept/raft{ending}").body
    for name in files:
        if name.endswith(".html"):
            target = re.search(r"url=\.\./([^\"]*)", (tmp_path / "site/concept" / name).read_text())[1]
            assert (folder / "output" / target).is_file()


REPLACED = {
    "kg.toml": f'base = "{BASE}"\nlanguages = ["en"]\nnotes = ["concepts", "more.ttl"]\n',
    "concepts/old.md": "---\nstatus: deprecated\nreplaced-by: '[[middle]]'\nformer-ids: [oldest]\n---\n# Old\n",
    "concepts/middle.md": "---\nstatus: deprecated\nsuperseded_by: new.md\n---\n# Middle\n",
    "concepts/new.md": "---\nreplaces: '[[sub/a b]]'\n---\n# New\n",
    "concepts/sub/a b.md": "---\nstatus: deprecated\nid: sub/a b\n---\n# A b\n",
    "concepts/divided.md": "---\nstatus: deprecated\nreplaced-by: ['[[new]]', '[[ring]]']\n---\n# Divided\n",
    "concepts/ring.md": "---\nstatus: deprecated\nreplaced-by: '[[gnir]]'\n---\n# Ring\n",
    "concepts/gnir.md": "---\nstatus: deprecated\nreplaced-by: '[[ring]]'\n---\n# Gnir\n",
    "concepts/two.md": "---\nstatus: deprecated\nreplaced-by: ['[[new]]', '[[pair]]']\n---\n# Two\n",
    "concepts/ingress.md": "---\nreplaced-by: '[[new]]'\n---\n# Ingress\n",
    "concepts/pair.md": "# Pair\n",
    "more.ttl": (
        "@prefix s: <http://www.w3.org/2004/02/skos/core#> . @prefix d: <http://purl.org/dc/terms/> . "
        "@prefix o: <http://www.w3.org/2002/07/owl#> . "
        "<http://other.example/x#a> a s:Concept ; s:prefLabel 'Other'@en . "
        f"<{BASE}concept/thing> a s:Concept ; s:prefLabel 'Thing'@en ; "
        "o:deprecated true ; d:isReplacedBy <http://other.example/x#a> . "
        f"<{BASE}concept/gone> a s:Concept ; s:prefLabel 'Gone'@en ; "
        "o:deprecated true ; d:isReplacedBy <https://evil.example/> ."
    ),
}


def test_a_replaced_concept_leads_to_its_successor(
    tmp_path: Path, kg: Callable[..., object], serve: Callable[..., object]
) -> None:
    for name, text in REPLACED.items():
        (tmp_path / "kb" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "kb" / name).write_text(text, encoding="utf-8")
    assert kg("build", "-C", tmp_path / "kb").status == 0
    whole = rdflib.Graph().parse(tmp_path / "kb/output/graph/kg.ttl")
    with serve(tmp_path / "kb") as served:
        # The IRI leads to the end of the chain, whatever is accepted, and then to the page or the description.
        for accept in ("text/html", "*/*", *TYPES):
            for name in ("old", "middle", "sub/a%20b"):
                heard = served.get(f"/concept/{name}", Accept=accept)
                assert (heard.status, heard.headers["location"]) == (303, "/concept/new"), (name, accept)
                assert f"</concept/{name}.nt>" in heard.headers["link"]
                assert "accept" in heard.headers["vary"].lower()
        assert served.get("/concept/new", Accept="text/html").headers["location"] == "/concepts/new.html"
        # Its own page and description stay where they are.
        assert served.get("/concept/old.html").headers["location"] == "/concepts/old.html"
        assert re.search(r'role="note">.*Replaced by:.*href="middle.html"', served.get("/concepts/old.html").text)
        for form, ending in TYPES.values():
            heard = served.get(f"/concept/old{ending}")
            assert heard.status == 200
            assert isomorphic(triples_of(heard.body, form), whole.cbd(rdflib.URIRef(f"{BASE}concept/old"))), ending
        assert served.get("/-/concept?id=old", Accept="text/turtle").body == served.get("/concept/old.ttl").body
        assert served.get("/concept/oldest", Accept="text/turtle").headers["location"] == "/concept/old"
        # Two that replace each other, and what became several, stay; one way out of a circle is the end.
        # What another concept takes the place of is still itself, unless it is deprecated.
        for name in ("ring", "gnir", "two", "new", "pair", "gone", "ingress"):
            assert served.get(f"/concept/{name}", Accept="text/turtle").status == 200, name
        assert served.get("/concept/divided").headers["location"] == "/concept/new"
        # A concept with an IRI elsewhere is described here; no note can send readers to another server.
        heard = served.get("/concept/thing")
        assert heard.headers["location"] == f"/-/concept?iri={quote('http://other.example/x#a', safe='')}"
        assert served.get(heard.headers["location"], Accept="text/turtle").status == 200
        assert kg("export", "linked", "-C", tmp_path / "kb", "-o", tmp_path / "site").status == 0
        for ending in (".ttl", ".jsonld", ".nt"):
            assert (tmp_path / f"site/concept/old{ending}").read_bytes() == served.get(f"/concept/old{ending}").body
    for name in ("old", "middle", "divided"):
        redirect = (tmp_path / f"site/concept/{name}.html").read_text()
        assert 'content="0; url=../concepts/new.html"' in redirect
        assert f'<a href="../concepts/{name}.html">' in redirect
    for name in ("ring", "gnir", "two", "new", "gone", "ingress"):
        assert f'content="0; url=../concepts/{name}.html"' in (tmp_path / f"site/concept/{name}.html").read_text()


def test_pages_say_what_they_define(folder: Path) -> None:
    html = (folder / "output/concepts/raft.en.html").read_text()
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    (term,) = jsonld.expand(json.loads(data))
    assert term["@id"] == f"{BASE}concept/raft"
    assert "https://schema.org/DefinedTerm" in term["@type"]
    assert {v["@value"] for v in term["https://schema.org/name"]} == {"筏", 'Raft </script> & "co"'}
    assert term["https://schema.org/inDefinedTermSet"][0]["@id"] == f"{BASE}scheme"
    graph = rdflib.Graph().parse(data=data, format="json-ld")
    broader = next(graph.objects(rdflib.URIRef(f"{BASE}concept/raft"), rdflib.SKOS.broader))
    assert broader == rdflib.URIRef(f"{BASE}concept/共识%20协议/1.0")


def test_the_dataset_is_described(folder: Path, served) -> None:
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    graph = rdflib.Graph().parse(folder / "output/void.ttl")
    (dataset,) = graph.subjects(rdflib.RDF.type, rdflib.DCAT.Dataset)
    whole = rdflib.Graph().parse(folder / "output/graph/kg.ttl")
    assert int(graph.value(dataset, void.triples)) == len(whole)
    assert int(graph.value(dataset, void.entities)) == len(set(whole.subjects(rdflib.RDF.type, rdflib.SKOS.Concept))) == 4
    assert str(graph.value(dataset, rdflib.DCTERMS.license)) == "https://creativecommons.org/licenses/by/4.0/"
    for dump in graph.objects(dataset, void.dataDump):
        assert (folder / "output" / dump.removeprefix("https://notes.example/kb/")).is_file()
    assert served.get("/void.ttl").headers["content-type"].startswith("text/turtle")
    context = json.loads(served.get("/context.jsonld").body)
    (node,) = jsonld.expand({**context, "id": "x:a", "prefLabel": {"en": "A"}, "requires": "x:b"})
    assert node["https://w3id.org/kg-notes/ns#requires"] == [{"@id": "x:b"}]


def test_feed_and_sitemap(folder: Path, served) -> None:
    heard = served.get("/feed.en.xml")
    assert heard.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(heard.body)  # noqa: S314  # our own
    entries = feed.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}updated") for e in entries] == ["2026-03-04T00:00:00Z", "2025-01-02T00:00:00Z"]
    assert feed.findtext(f"{ATOM}updated") == "2026-03-04T00:00:00Z"
    assert entries[0].findtext(f"{ATOM}title") == 'Raft </script> & "co"'
    assert len({e.findtext(f"{ATOM}id") for e in entries}) == 2
    pages = [unescape(page) for page in re.findall(r"<loc>(.*?)</loc>", (folder / "output/sitemap.xml").read_text())]
    assert len(pages) == len(set(pages)) > 8
    for page in [*pages, entries[0].find(f"{ATOM}link").get("href")]:
        assert (folder / "output" / unquote(page.removeprefix("https://notes.example/kb/"))).is_file(), page
    assert 'type="application/atom+xml" href="feed.en.xml"' in (folder / "output/index.en.html").read_text()


def test_the_schema_of_front_matter_fits_notes(folder: Path, kg: Callable[..., object]) -> None:
    data = (folder / "output/schema/note.schema.json").read_text()
    assert kg("export", "schema", "-C", folder).stdout == data
    schema = json.loads(data)
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    checker.validate(
        {"id": "raft", "type": "algorithm", "broader": [[["x"]]], "requires": ["[[a]]"], "title": {"zh": "筏"}, "own": 1}
    )
    assert not checker.is_valid({"title": {"zh": 1}})
    assert not checker.is_valid({"broader": 5})
    assert "上位概念" in schema["properties"]["broader"]["title"]
    assert {"const": "algorithm"}.items() <= next(
        t for t in schema["properties"]["type"]["anyOf"] if t.get("const") == "algorithm"
    ).items()


def test_an_address_that_is_none_is_refused(tmp_path: Path, kg: Callable[..., object]) -> None:
    (tmp_path / "kg.toml").write_text('[site]\nurl = "https://a b/"\n')
    ran = kg("build", "-C", tmp_path)
    assert ran.status == 2
    assert "is not an address of the web" in ran.stderr
