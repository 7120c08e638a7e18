"""Places of statements in RDF files: line and column of subjects and statements, which RDF parsers don't keep."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urljoin

import pyoxigraph as ox

from kg.base import files
from kg.base.formats.rdf_text import parse_rdf
from kg.base.names import RDF
from kg.graph.rules import Stated

FORMATS: Final = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG,
    ".n3": ox.RdfFormat.N3, ".rdf": ox.RdfFormat.RDF_XML, ".xml": ox.RdfFormat.RDF_XML, ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD, ".json": ox.RdfFormat.JSON_LD,
}  # fmt: skip
"""File extension → syntax."""

_TURTLE: Final = frozenset((".ttl", ".nt", ".n3"))
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<text>\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*\"{3}
            |'{3}(?:[^'\\]|\\.|'(?!''))*'{3}|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')
        (?:@(?P<lang>[A-Za-z]+(?:-[A-Za-z0-9]+)*))?
      | <(?P<iri>[^<>\"{}|^`\\\s]*)>
      | (?P<type>\^\^)
      | (?P<directive>@prefix|@base|PREFIX\b|BASE\b)
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?<!\.))
      | (?P<punctuation>[.;,\[\]()])
      | (?P<name>(?:[^\s.;,\[\]()<>\"'\#^@\\]|\.(?=[^\s;,\[\]()<>\"'\#])|\\.)+)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SHORT: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


class At(NamedTuple):
    """A place in a file."""

    path: Path
    line: int
    column: int


class _PlaceIndex(NamedTuple):
    """The places of statements in Turtle files."""

    subjects: dict[str, At]
    statements: dict[Stated, At]
    """A literal object is stored as its text prefixed with a quotation mark."""
    pairs: dict[tuple[str, str], At]
    """By (subject, object) of any statement."""


class RdfPlaces:
    """The places in RDF files, parsed on first use. Files that can't be read have none."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = tuple(files)

    @cached_property
    def predicates(self) -> frozenset[str]:
        """IRIs of all predicates in the files."""
        return frozenset(p for p, _ in self._used[0])

    @property
    def subjects(self) -> frozenset[str]:
        """IRIs of all resources that the files make statements about."""
        return self._used[1]

    @property
    def turtle_only(self) -> bool:
        """Whether all files are in syntaxes of which the places of subjects are kept; others are searched for any mention."""
        return all(path.suffix.lower() in _TURTLE for path in self.files)

    @cached_property
    def classes(self) -> frozenset[str]:
        """IRIs of all classes in the files that have instances there."""
        return frozenset(o for p, o in self._used[0] if p == RDF + "type")

    @cached_property
    def _used(self) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
        """Pairs of predicate and, for rdf:type, class; and the subjects."""
        used: set[tuple[str, str]] = set()
        subjects: set[str] = set()
        for path in self.files:
            try:
                for q in parse_rdf(files.read(path), format_of(path), base=path.absolute().as_uri()):
                    kind = q.predicate.value == RDF + "type"
                    used.add((q.predicate.value, q.object.value if kind and isinstance(q.object, ox.NamedNode) else ""))
                    if isinstance(q.subject, ox.NamedNode):
                        subjects.add(q.subject.value)
            except (OSError, ValueError):
                continue
        return frozenset(used), frozenset(subjects)

    def subject(self, iri: str) -> At | None:
        """Return the place where a resource is first described."""
        return self._index.subjects.get(iri) or self._search(iri)

    def statement(self, subject: str, predicate: str, object_: str) -> At | None:
        """Return the place where a relation is stated."""
        return self._index.statements.get(Stated(subject, predicate, object_))

    def between(self, a: str, b: str) -> At | None:
        """Return the place of any statement between two resources, in either direction."""
        return self._index.pairs.get((a, b)) or self._index.pairs.get((b, a))

    def literal(self, subject: str, predicate: str, text: str) -> At | None:
        """Return the place where a text is stated as a property."""
        return self._index.statements.get(Stated(subject, predicate, f'"{text}'))

    @cached_property
    def _index(self) -> _PlaceIndex:
        subjects: dict[str, At] = {}
        statements: dict[Stated, At] = {}
        pairs: dict[tuple[str, str], At] = {}
        for path in self.files:
            if path.suffix.lower() not in _TURTLE:
                continue
            try:
                text = files.read(path).decode("utf-8", "replace")
            except OSError:
                continue
            lines = _Lines(text)
            for kind, offset, triple in _statements(text, path.absolute().as_uri()):
                at = At(path, *lines.at(offset))
                if kind == "subject":
                    subjects.setdefault(triple.subject, at)
                else:
                    statements.setdefault(triple, at)
                    pairs.setdefault((triple.subject, triple.object), at)
        return _PlaceIndex(subjects, statements, pairs)

    def _search(self, iri: str) -> At | None:
        """Search files in other syntaxes for the first mention, in full or as a name after a prefix or base."""
        local = re.split(r"[/#]", iri)[-1]
        for spelling in (f'about="{iri}"', f'"@id": "{iri}"', f"<{iri}>", f'"{iri}"', f'"#{local}"', f'"{local}"'):
            for path, text, lines in self._other:
                offset = text.find(spelling) if local else -1
                if offset >= 0:
                    return At(path, *lines.at(offset))
        return None

    @cached_property
    def _other(self) -> tuple[tuple[Path, str, _Lines], ...]:
        others = []
        for path in self.files:
            if path.suffix.lower() not in _TURTLE:
                try:
                    text = files.read(path).decode("utf-8", "replace")
                except OSError:
                    continue
                others.append((path, text, _Lines(text)))
        return tuple(others)


def format_of(path: Path) -> ox.RdfFormat:
    """Return the syntax of a file by its extension; Turtle if that is unknown."""
    return FORMATS.get(path.suffix.lower(), ox.RdfFormat.TURTLE)


class _Lines:
    def __init__(self, text: str) -> None:
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def _statements(text: str, base: str) -> Iterator[tuple[str, int, Stated]]:
    """Yield subjects and statements of Turtle with their offsets, if they have names; content of brackets is skipped.

    A literal object is its text prefixed with a quotation mark. For text that isn't Turtle, the result is incomplete.

    >>> [(k, at, t[2]) for k, at, t in _statements("@prefix : <x:> . :a :p :b , 'c'@en .", "")]
    [('subject', 17, ''), ('statement', 23, 'x:b'), ('statement', 28, '"c')]
    """
    prefixes: dict[str, str] = {}
    subject = predicate = ""
    role, depth, position = 0, 0, 0
    directive, parts = "", [""]
    while position < len(text):
        m = _TOKEN.match(text, position)
        if m is None:
            position += 1
            continue
        start, position = m.start(), m.end()
        kind = m.lastgroup if m.lastgroup != "lang" else "text"
        if kind == "space":
            continue
        if kind == "directive":
            directive, parts = m.group().lower().lstrip("@"), []
            continue
        if directive:
            if kind in ("iri", "name"):
                parts.append(m["iri"] if kind == "iri" else m["name"])
            if directive == "base" and parts:
                base, directive = _join(base, parts[0]), ""
            elif directive == "prefix" and len(parts) == 2:
                prefixes[parts[0].removesuffix(":")], directive = _join(base, parts[1]), ""
            continue
        if kind == "punctuation":
            mark = m.group()
            if mark in "[(":
                depth += 1
                if depth == 1 and role == 0:
                    subject, role = "", 1
            elif mark in "])":
                depth = max(0, depth - 1)
            elif depth == 0:
                role = {".": 0, ";": 1}.get(mark, role)
            continue
        if depth or kind == "type":
            if kind == "type":  # the datatype isn't an object of its own
                follows = _TOKEN.match(text, position)
                position = follows.end() if follows else position
            continue
        value = _value(m, str(kind), prefixes, base)
        if role == 0:
            subject, role = value, 1
            yield "subject", start, Stated(subject, "", "")
        elif role == 1:
            predicate, role = RDF + "type" if m.group() == "a" else value, 2
        elif subject:
            yield "statement", start, Stated(subject, predicate, value)


def _value(m: re.Match[str], kind: str, prefixes: dict[str, str], base: str) -> str:
    if kind == "iri":
        return _join(base, m["iri"])
    if kind == "text":
        quoted = m["text"]
        size = 3 if quoted[:3] in ('"""', "'''") else 1
        return '"' + _ESCAPE.sub(_unescape, quoted[size:-size])
    if kind == "name":
        prefix, colon, local = m["name"].partition(":")
        return prefixes.get(prefix, prefix + ":") + local.replace("\\", "") if colon else m["name"]
    return m.group()


def _join(base: str, iri: str) -> str:
    """Resolve an IRI against a base; `urljoin` would drop a "#" at the end.

    >>> _join("https://a/b#", "c#"), _join("https://a/b", "urn:x:y"), _join("https://a/b", "#")
    ('https://a/c#', 'urn:x:y', 'https://a/b#')
    """
    if _ABSOLUTE.match(iri):
        return iri
    joined = urljoin(base, iri)
    return joined + "#" if iri.endswith("#") and not joined.endswith("#") else joined


def _unescape(m: re.Match[str]) -> str:
    code = m[1] or m[2]
    return chr(min(int(code, 16), 0x10FFFF)) if code else _SHORT.get(m[3], m[3])
