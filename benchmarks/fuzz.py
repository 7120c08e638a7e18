# ruff: noqa: E501  # seeds stand on one line
"""Fuzzing, guided by coverage: any bytes as notes, front matter, several notes that link, thesauri, tables and records.

    python benchmarks/fuzz.py TARGET [--seconds N] [--corpus DIR]

A target raises only what kg promises to raise (`KgError` for files that a command was given; nothing for notes). The seeds are the
cases of the conformance suite and of the importers' tests. An input that crashes, takes more than ten seconds or more than 2 GB
is kept beside the corpus; its fix brings a test. Needs atheris (`pip install atheris`); docs/reliability.md has what was run.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "properties"))

with atheris.instrument_imports(include=["kg"]):
    from kg import diff, names, snapshot  # noqa: F401  # their branches guide, too
    from kg.errors import KgError
    from kg.importing import from_document, minimal, syntax, table, write
    from kg.notes import parse
    from kg.notes.dialect import PLAIN
    from kg.rdf.vocabulary import load
    from kg.resolve import Words, resolve
    from kg.review import records

from test_parse import DIALECTS, check  # noqa: E402  # the promises are the property tests'

BASE = "https://example.org/"
VOCABULARY = load()
WORDS = Words(VOCABULARY.relations.values(), VOCABULARY.types, VOCABULARY.cues)
SCRATCH = Path(tempfile.mkdtemp(prefix="kg-fuzz-", dir=os.environ.get("KG_FUZZ_SCRATCH")))
SYNTAXES = ("turtle", "trig", "ntriples", "nquads", "rdfxml", "jsonld")


def notes(data: bytes) -> None:
    """One note in a dialect that the first byte names."""
    dialect = DIALECTS[data[0] % len(DIALECTS)] if data else PLAIN
    check(parse("a.md", data[1:], dialect), data[1:])


def front_matter(data: bytes) -> None:
    """The inside of a front matter."""
    notes(b"\x00---\n" + data + b"\n---\n# A\n")


def several(data: bytes) -> None:
    """Up to eight notes that link to one another: reading and resolving them never raises, and twice gives the same."""
    parts = data.split(b"\x00", 8)
    read = {
        f"{'d/' * (i % 3)}{chr(97 + i)}.md": parse(f"{'d/' * (i % 3)}{chr(97 + i)}.md", part) for i, part in enumerate(parts)
    }
    read = dict(sorted(read.items()))
    corpus = resolve(read, attachments=("x.png", "d/x.png"), base=BASE, words=WORDS)
    assert resolve(read, attachments=("x.png", "d/x.png"), base=BASE, words=WORDS).links == corpus.links


def thesaurus(data: bytes) -> None:
    """A file of RDF in a syntax that the first byte names, read, identified and written as notes."""
    if not data:
        return
    try:
        document = syntax.parse(data[1:], "x", base=BASE, syntax=SYNTAXES[data[0] % len(SYNTAXES)])
        _written(from_document(document, VOCABULARY, BASE))
    except KgError:
        pass


def cells(data: bytes) -> None:
    """A table."""
    path = SCRATCH / "x.csv"
    path.write_bytes(data)
    with contextlib.suppress(KgError):
        _written(table.read(path, VOCABULARY, BASE))


def _written(found: object) -> None:
    minimal(found, VOCABULARY)  # type: ignore[arg-type]
    for artifact in write(found, VOCABULARY, BASE).files:  # type: ignore[arg-type]
        assert ".." not in Path(artifact.path).parts
        assert not Path(artifact.path).is_absolute()
        parse(artifact.path, artifact.data)


def journals(data: bytes) -> None:
    """Files of records beside the ontology: reviews and what a snapshot remembers."""
    folder = SCRATCH / "ontology"
    for name in (records.FILE, f"{snapshot.FOLDER}/{snapshot.POSITIONS}", f"{snapshot.FOLDER}/{snapshot.COMMUNITIES}"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for act in (lambda: records.read(folder), lambda: snapshot.read(folder, {"a": BASE + "a"})):
        with contextlib.suppress(KgError):
            act()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "notes": notes,
    "front-matter": front_matter,
    "several": several,
    "thesaurus": thesaurus,
    "cells": cells,
    "journals": journals,
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
    else:
        yield b'{"id":"a","x":0.5,"y":1}\n'
        yield b'{"name":{"en":"A"},"members":["a"]}\n'
        yield b'{"kind":"claim","by":"A","when":"2026-01-01T00:00:00Z","digest":"0","subject":"raft","verdict":"approved","seal":"x"}\n'


def main() -> None:
    """Parse the arguments, lay out the seeds, run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--timeout", type=int, default=10, help="seconds that one input may take")
    parser.add_argument("--corpus", type=Path)
    given = parser.parse_args()
    corpus = given.corpus or Path(tempfile.mkdtemp(prefix="kg-corpus-"))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(given.target)):
        (corpus / f"seed-{number:04}").write_bytes(seed)
    run = TARGETS[given.target]
    flags = [
        f"-max_total_time={given.seconds}",
        f"-timeout={given.timeout}",
        "-rss_limit_mb=2048",
        "-max_len=4096",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={corpus}/../{given.target}-", str(corpus)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
