# ruff: noqa: E501  # seeds stand on one line
"""What is fuzzed: any bytes as notes, front matter, several notes that link, thesauri, tables, records and journals.

A target raises only what kg promises to raise: `KgError` for files that a command was given, nothing for notes.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from kg.base.errors import KgError
from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
from kg.evidence import snapshot
from kg.evidence.claims import records as claims
from kg.evidence.review import records
from kg.graph.importing import drop_entailed, from_document, notes_of_thesaurus, syntax, table
from kg.graph.vocabulary import load_vocabulary
from kg.notes import parse_note
from kg.notes.dialect import PLAIN
from kg.plan import journal
from kg.plan.folder import JOURNAL
from kg.views.site.nesting import shallow

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from test_parse import DIALECTS, check  # noqa: E402  # the promises are the property tests'

BASE = "https://example.org/"
VOCABULARY = load_vocabulary()
WORDS = VocabularyWords(VOCABULARY.relations.values(), VOCABULARY.types, VOCABULARY.cues)
SCRATCH = Path(tempfile.mkdtemp(prefix="kg-fuzz-", dir=os.environ.get("KG_FUZZ_SCRATCH")))
SYNTAXES = ("turtle", "trig", "ntriples", "nquads", "rdfxml", "jsonld")


def notes(data: bytes) -> None:
    """One note in a dialect that the first byte names."""
    dialect = DIALECTS[data[0] % len(DIALECTS)] if data else PLAIN
    check(parse_note("a.md", data[1:], dialect), data[1:])


def front_matter(data: bytes) -> None:
    """The inside of a front matter."""
    notes(b"\x00---\n" + data + b"\n---\n# A\n")


def several(data: bytes) -> None:
    """Up to eight notes that link to one another: reading and resolving them never raises, and twice gives the same."""
    parts = data.split(b"\x00", 8)
    read = {
        f"{'d/' * (i % 3)}{chr(97 + i)}.md": parse_note(f"{'d/' * (i % 3)}{chr(97 + i)}.md", part)
        for i, part in enumerate(parts)
    }
    read = dict(sorted(read.items()))
    corpus, _ = resolve_notes(read, ResolveOptions(BASE, WORDS), attachments=("x.png", "d/x.png"))
    again, _ = resolve_notes(read, ResolveOptions(BASE, WORDS), attachments=("x.png", "d/x.png"))
    assert again.links == corpus.links


def thesaurus(data: bytes) -> None:
    """A file of RDF in a syntax that the first byte names, read, identified and written as notes."""
    if not data:
        return
    try:
        document = syntax.parse_document(data[1:], "x", base=BASE, syntax=SYNTAXES[data[0] % len(SYNTAXES)])
        _written(from_document(document, VOCABULARY, BASE))
    except KgError:
        pass


def cells(data: bytes) -> None:
    """A table."""
    path = SCRATCH / "x.csv"
    path.write_bytes(data)
    with contextlib.suppress(KgError):
        _written(table.read_concept_table(path, VOCABULARY, BASE))


def _written(found: object) -> None:
    drop_entailed(found, VOCABULARY)  # type: ignore[arg-type]
    for artifact in notes_of_thesaurus(found, VOCABULARY, BASE).files:  # type: ignore[arg-type]
        assert ".." not in Path(artifact.path).parts
        assert not Path(artifact.path).is_absolute()
        parse_note(artifact.path, artifact.data)


def journals(data: bytes) -> None:
    """Files of records beside the ontology: reviews and what a snapshot remembers."""
    folder = SCRATCH / "ontology"
    names = (
        records.FILE,
        claims.FILE,
        *(f"{snapshot.FOLDER}/{n}" for n in (snapshot.POSITIONS, snapshot.COMMUNITIES, snapshot.REJECTED)),
    )
    for name in (*names, JOURNAL):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    acts = (
        lambda: records.read_reviews(folder), lambda: claims.read_verdicts(folder), lambda: journal.read_journal(folder), lambda: snapshot.read_rejections(folder),
        lambda: snapshot.read_snapshot(folder, {"a": BASE + "a"}),
    )  # fmt: skip
    for act in acts:
        with contextlib.suppress(KgError):
            act()


def pages(data: bytes) -> None:
    """HTML made shallow before it is sanitised: what is given back is well nested, and shallow already."""
    html = shallow(data.decode("utf-8", "replace"), 8)
    assert shallow(html, 8) == html


TARGETS: dict[str, Callable[[bytes], None]] = {
    "notes": notes,
    "front-matter": front_matter,
    "several": several,
    "thesaurus": thesaurus,
    "cells": cells,
    "journals": journals,
    "pages": pages,
}


def seeds(target: str) -> Iterable[bytes]:
    """What to begin with."""
    cases = [path.read_bytes() for path in sorted((ROOT / "tests" / "conformance").rglob("*.md"))]
    if target == "notes":
        for number, case in enumerate(cases):
            yield bytes([number % len(DIALECTS)]) + case
    elif target == "front-matter":
        for path in sorted((ROOT / "concepts").rglob("*.md"))[::20]:
            yield path.read_bytes().split(b"---")[1]
    elif target == "several":
        for one, two in itertools.pairwise(cases):
            yield one + b"\x00" + two
    elif target == "thesaurus":
        yield b'\x00@prefix s: <http://www.w3.org/2004/02/skos/core#> . <a> a s:Concept ; s:prefLabel "A"@en ; s:broader <b> .'
        yield b'\x02<a:a> <http://www.w3.org/2004/02/skos/core#prefLabel> "x\\u4e00"@zh .'
        yield (
            b'\x04<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://www.w3.org/2004/02/skos/core#">'
            b'<s:Concept rdf:about="a"><s:prefLabel xml:lang="en">A</s:prefLabel><s:broader rdf:resource="b"/></s:Concept></rdf:RDF>'
        )
        yield b'\x05{"@id": "a:a", "http://www.w3.org/2004/02/skos/core#prefLabel": [{"@value": "A", "@language": "en"}]}'
    elif target == "cells":
        yield 'label,alias,definition,broader\nA,a|b,"x, y",B\n容器,,，\n'.encode()
        yield b"id\tlabel@en\tlabel@zh\nx\tA\tB\n"
        yield b"source,target,relation\na,b,uses\n"
    elif target == "pages":
        yield b"<p><b>a<i>b</b>c</i><br><!-- x --><td></table><a href='x>y' title=\"<\">"
        yield b"<![CDATA[x]]><?php ?><!doctype x><math><mi>x</mi></math></p></p><li>a<li>b"
    else:
        yield b'{"event":"start","time":"2026-01-01T00:00:00Z","actor":"A","task":"task-1","prev":[],"seal":"x"}\n'
        yield b'{"id":"a","x":0.5,"y":1}\n'
        yield b'{"name":{"en":"A"},"members":["a"]}\n'
        yield b'{"kind":"claim","by":"A","when":"2026-01-01T00:00:00Z","digest":"0","subject":"raft","verdict":"approved","seal":"x"}\n'
