"""Reads an RDF file in any syntax: detects the syntax and returns statements with their lines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.encoding import convert_to_utf8
from kg.base.formats.json_text import read_json
from kg.base.formats.rdf_text import parse_readable_rdf
from kg.base.json_forms import json_ascii
from kg.graph.quads import blank_node_names

SYNTAXES: Final = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
ENDINGS: Final = {
    ".ttl": "turtle", ".turtle": "turtle", ".n3": "turtle", ".nt": "ntriples", ".ntriples": "ntriples", ".nq": "nquads",
    ".nquads": "nquads", ".trig": "trig", ".rdf": "rdfxml", ".rdfs": "rdfxml", ".owl": "rdfxml", ".jsonld": "jsonld",
}  # fmt: skip
"""File extension → syntax; ``.xml``, ``.json``, ``.skos`` and others are detected by content."""

MALFORMED: Final = "malformed-rdf"
"""Name of the faults of RDF files, and of the rule that reports them."""
_LONG: Final = 1_000_000
_QUOTED: Final = "statements about statements (RDF 1.2)"
_DIRECTIONS: Final = "writing directions of texts (RDF 1.2)"
_HEAD: Final = 65536
_COMMENTS: Final = re.compile(rb"\A(?:\s|#[^\n]*(?:\n|\Z))++")
_LINE: Final = re.compile(rb"(?:<[^<> ]*>|_:\S+)[ \t]+<[^<> ]*>[ \t]+(?:<[^<> ]*>|_:\S+|\"(?:[^\"\\]|\\.)*\"\S*)[ \t]+([<_.])")
_WHERE: Final = re.compile(r"\s*Parser error at line \d+ (?:column \d+|between columns \d+ and \d+):\s*|\s*\(line \d+\)\s*\Z")


class ParsedTriple(NamedTuple):
    """A triple with the line on which it ends; 0 if the parser doesn't report lines (JSON-LD)."""

    subject: ox.NamedNode | ox.BlankNode
    predicate: ox.NamedNode
    object: ox.NamedNode | ox.BlankNode | ox.Literal
    line: int
    graph: str = ""
    """IRI of the named graph; empty in the default graph."""
    tag: str = ""
    """The language tag as the file spells it, if that isn't lower case: the object has it in lower case."""


Put = Callable[[ParsedTriple], object]
"""A function that receives the statements of a file one by one."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of RDF."""

    name: str
    syntax: str
    digest: str
    """SHA-256 of the bytes, hexadecimal."""
    statements: tuple[ParsedTriple, ...]
    """In the order of the file; blank nodes are named after the file and their order in it."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Constructs beyond RDF 1.1 that were left out: kind → number."""
    faults: tuple[FormatError, ...] = ()
    """What couldn't be read, each with its place."""


def detect_syntax(name: str, data: bytes) -> str:
    """Return the syntax of a file: by its extension unless the content contradicts, else by its content.

    >>> detect_syntax("a.ttl", b"<a> <b> <c> ."), detect_syntax("a.ttl", b"<?xml version='1.0'?><rdf:RDF/>")
    ('turtle', 'rdfxml')
    >>> detect_syntax("a", b' {"@id": "x"}')
    'jsonld'
    """
    by_ending = ENDINGS.get(Path(name).suffix.lower(), "")
    head = data[:_HEAD].lstrip()
    if head.startswith((b"<?xml", b"<!DOCTYPE", b"<!--", b"<rdf:RDF", b"<RDF")):
        return "rdfxml"
    if head.startswith((b"[", b"{")) and by_ending not in ("turtle", "trig"):
        return "jsonld" if re.match(rb"[\[{]\s*(?:[\"{]|[\]}]?\s*\Z)", head) else "trig"
    if by_ending not in ("", "rdfxml", "jsonld"):
        return by_ending
    if re.search(rb"<(?:\w+:)?RDF[\s>]", head):
        return "rdfxml"
    text = _COMMENTS.sub(b"", head)
    if m := _LINE.match(text):
        return "ntriples" if m[1] == b"." else "nquads"
    return "trig"  # Turtle is TriG without named graphs


def read_rdf(path: Path, name: str, *, base: str, syntax: str = "", named: bool = False, put: Put | None = None) -> Document:
    """Return the statements of a file, called `name` in messages; relative IRIs are resolved against `base`.

    `put` receives each statement in place of the document, which then has none.

    `named`: a person chose the file, and any link to it is followed.

    Nothing is fetched: a JSON-LD context must be in the file. Raises UsageError with the place of an error.
    """
    try:
        data = files.read(path, files.NAMED, named=named)
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="is it there, and may you read it?") from None
    return parse_document(data, name, base=base, syntax=syntax, put=put)


def parse_document(data: bytes, name: str, *, base: str, syntax: str = "", put: Put | None = None) -> Document:
    """Return the statements of some bytes; see `read_rdf`."""
    digest = hashlib.sha256(data).hexdigest()
    xml = b"<?xml" in data[:100]
    try:
        data = convert_to_utf8(data, xml=xml)
    except FormatError as error:
        raise UsageError(f"{name}: {error}", hint="save the file as UTF-8") from None
    syntax = syntax or detect_syntax(name, data)
    document = Document(name, syntax, digest, ())
    left_out = document.left_out
    faults: list[FormatError] = []
    try:
        read = _statements(data, document, base, faults.append)
        statements = tuple(read) if put is None else ()
        count = len(statements) if put is None else sum(1 for _ in map(put, read))
    except FormatError as error:
        raise _fault(error, name, syntax) from None
    except ValueError as error:
        raise UsageError(f"{name}: {error}", hint=f"it was read as {syntax}; give another syntax with --format") from None
    if faults and not count:
        raise _fault(faults[0], name, syntax)
    return replace(document, statements=statements, left_out=left_out, faults=tuple(faults))


def _statements(data: bytes, document: Document, base: str, report: Callable[[FormatError], None]) -> Iterator[ParsedTriple]:
    named, left_out = blank_node_names(document.name), document.left_out
    long: dict[str, str] = {}
    if document.syntax == "jsonld" and len(data) > _LONG:
        data = _without_long_texts(data, long)
    for quad, line, tag in parse_readable_rdf(data, SYNTAXES[document.syntax], base, report):
        subject, predicate, object_, place = quad
        if isinstance(object_, ox.Literal):
            if object_.direction is not None:
                left_out[_DIRECTIONS] = left_out.get(_DIRECTIONS, 0) + 1
                object_ = ox.Literal(object_.value, language=object_.language)
            if long and object_.value in long:
                whole, language = long[object_.value], object_.language
                object_ = ox.Literal(whole, language=language) if language else ox.Literal(whole, datatype=object_.datatype)
        else:
            object_ = named(object_)
        if not isinstance(subject, ox.NamedNode):
            subject = named(subject)
        if isinstance(subject, ox.Triple) or isinstance(object_, ox.Triple):
            left_out[_QUOTED] = left_out.get(_QUOTED, 0) + 1
            continue
        graph = "" if isinstance(place, ox.DefaultGraph) else place.value
        yield ParsedTriple(subject, predicate, object_, line, graph, tag)


def _without_long_texts(data: bytes, long: dict[str, str]) -> bytes:
    """Replace each very long text in JSON by a digest: Oxigraph's JSON parser rejects tokens of 10 MB."""

    def shorter(value: object) -> object:
        if isinstance(value, str) and len(value) > _LONG:
            key = f"text of {len(value)} characters {hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()}"
            long[key] = value.encode("utf-8", "replace").decode()
            return key
        if isinstance(value, list):
            return [shorter(item) for item in value]
        return {key: shorter(item) for key, item in value.items()} if isinstance(value, dict) else value

    try:
        return json_ascii(shorter(read_json(data))).encode()
    except FormatError:
        return data  # the parser reports the error


def _fault(error: FormatError, name: str, syntax: str) -> UsageError:
    message = error.problem
    if "LoadDocumentCallback" in message:
        return UsageError(
            f"{name}: its JSON-LD context is not in the file, and nothing is fetched",
            hint='put the context itself into the file, or convert it to Turtle: "@context": {"skos": …}',
        )
    place = f":{error.line}{f':{error.column}' if error.column else ''}" if error.line else ""
    if error.hint:
        return UsageError(f"{name}{place}: {message}", hint=error.hint)
    what = " ".join(_WHERE.sub("", message).split())
    return UsageError(
        f"{name}{place}: {what if len(what) < 200 else what[:200] + '…'}",
        hint=f"it was read as {syntax}; give another syntax with --format, or correct the file",
    )
