"""Places of statements in RDF files: line and column of subjects and statements, which RDF parsers don't keep."""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from collections.abc import Sequence, Set
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError, rdfxml_places
from kg.base.formats.rdf_text import parse_readable_rdf
from kg.base.names import SKOS, SKOS_XL
from kg.graph.importing.syntax import SYNTAXES, detect_syntax
from kg.graph.places.blocks import At, TurtlePlaces
from kg.graph.rules import Stated
from kg.graph.scopes import LIST_ENDINGS, located_triples
from kg.graph.used_terms import UsedTerms

_ENTAILED: Final = {
    SKOS_XL + "prefLabel": ("prefLabel",), SKOS_XL + "altLabel": ("altLabel",), SKOS_XL + "hiddenLabel": ("hiddenLabel",),
    SKOS + "broadMatch": ("broader", "narrower", "narrowMatch"), SKOS + "narrowMatch": ("narrower", "broader", "broadMatch"),
    SKOS + "relatedMatch": ("related",), SKOS + "hasTopConcept": ("topConceptOf", "inScheme"),
    SKOS + "topConceptOf": ("hasTopConcept", "inScheme"),
}  # fmt: skip
"""SKOS property → local names of those that its statements entail (SKOS Reference, S7, S8, S41, S43, S55–S57)."""
_STRING: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


class _PlaceIndex(NamedTuple):
    """The places of statements in files."""

    turtle: TurtlePlaces
    numbers: dict[Path, int]
    """The order of the files."""

    subjects: dict[str, At]
    mentions: dict[str, At]
    """Of resources as objects."""
    statements: dict[Stated, At]
    """A literal object is stored as its text prefixed with a quotation mark."""
    pairs: dict[tuple[str, str], At]
    """By (subject, object) of any statement."""
    strings: dict[str, At]
    """Of texts in JSON-LD, whose statements have no places."""

    def first(self, turtle: tuple[int, At] | None, other: At | None) -> At | None:
        """Return the place in the file that comes first."""
        if turtle is None or other is None:
            return other if turtle is None else turtle[1]
        return other if self.numbers[other.path] < turtle[0] else turtle[1]


class RdfPlaces:
    """The places in RDF files and in scope lists, parsed on first use. Files that can't be read have none.

    `base` is the prefix of IRIs that scope lists in Markdown and CSV get. `used` has the terms of files that were read already.
    """

    def __init__(self, files: Sequence[Path], used: UsedTerms | None = None, base: str = "") -> None:
        self.files = tuple(files)
        self._given = used
        self._base = base

    @cached_property
    def _used(self) -> UsedTerms:
        used = self._given or UsedTerms(set(), set(), set(), set())
        for path in self.files:
            if path in used.files:
                continue
            try:
                if path.suffix in LIST_ENDINGS:
                    for _, triple in located_triples(path, self._base):
                        used.add(triple.subject, triple.predicate, triple.object)
                    continue
                data = files.read(path)
                syntax = SYNTAXES[detect_syntax(path.name, data)]
                for quad, _, _ in parse_readable_rdf(data, syntax, path.absolute().as_uri(), lambda _: None):
                    used.add(quad.subject, quad.predicate, quad.object)
            except (OSError, ValueError, UsageError):
                continue
        return used

    @cached_property
    def predicates(self) -> frozenset[str]:
        """IRIs of all predicates in the files, and of those that their statements may entail."""
        used = self._used.predicates | self._used.parents
        return frozenset(used.union(*({SKOS + name for name in _ENTAILED.get(p, ())} for p in used)))

    @property
    def subjects(self) -> Set[str]:
        """IRIs of all resources that the files make statements about."""
        return self._used.subjects

    @property
    def classes(self) -> Set[str]:
        """IRIs of all classes in the files that have instances there."""
        return self._used.classes

    @property
    def has_all_places(self) -> bool:
        """Whether all files are in syntaxes of which the places of statements are kept; JSON-LD is searched for texts."""
        return all(path.suffix.lower() not in (".jsonld", ".json") for path in self.files)

    def subject(self, iri: str) -> At | None:
        """Return the place where a resource is first described, else the first that mentions it."""
        index = self._index
        if at := index.first(index.turtle.subject(iri), index.subjects.get(iri)):
            return at
        if at := index.first(index.turtle.mention(iri), index.mentions.get(iri)) or index.strings.get(iri):
            return at
        local = re.split(r"[/#]", iri)[-1]
        return index.strings.get(f"#{local}") or index.strings.get(local) if local else None

    def statement(self, subject: str, predicate: str, object_: str) -> At | None:
        """Return the place where a relation is stated."""
        index, stated = self._index, Stated(subject, predicate, object_)
        return index.first(index.turtle.statement(*stated), index.statements.get(stated))

    def between(self, a: str, b: str) -> At | None:
        """Return the place of any statement between two resources, in either direction."""
        index = self._index
        return index.first(index.turtle.between(a, b), index.pairs.get((a, b))) or index.first(
            index.turtle.between(b, a), index.pairs.get((b, a))
        )

    def literal(self, subject: str, predicate: str, text: str) -> At | None:
        """Return the place where a text is stated as a property."""
        return self.statement(subject, predicate, f'"{text}')

    @cached_property
    def _index(self) -> _PlaceIndex:
        index = _PlaceIndex(TurtlePlaces(), {path: i for i, path in enumerate(self.files)}, {}, {}, {}, {}, {})
        for number, path in enumerate(self.files):
            if path.suffix in LIST_ENDINGS:
                _add_list(index, path, self._base)
                continue
            try:
                data = files.read(path)
            except OSError:
                continue
            syntax = detect_syntax(path.name, data)
            if syntax == "rdfxml":
                _add_xml(index, path, data)
                continue
            text = data.decode("utf-8", "replace")
            if syntax != "jsonld":
                index.turtle.add(number, path, text)
                continue
            lines = _Lines(text)
            for m in _STRING.finditer(text):
                index.strings.setdefault(m[1], At(path, *lines.at(m.start())))
        return index


def _add(index: _PlaceIndex, at: At, triple: Stated, *, described: bool) -> None:
    if described:
        index.subjects.setdefault(triple.subject, at)
    else:
        index.statements.setdefault(triple, at)
        index.pairs.setdefault((triple.subject, triple.object), at)
        if not triple.object.startswith('"'):
            index.mentions.setdefault(triple.object, at)


def _add_xml(index: _PlaceIndex, path: Path, data: bytes) -> None:
    try:
        for s in rdfxml_places.locate_statements(data, path.absolute().as_uri()):
            _add(index, At(path, s.line, s.column), Stated(s.subject, s.predicate, s.object), described=not s.predicate)
    except FormatError:
        pass  # a file that can't be read is reported where it is read


def _add_list(index: _PlaceIndex, path: Path, base: str) -> None:
    with contextlib.suppress(UsageError):  # a file that can't be read is reported where it is read
        for line, triple in located_triples(path, base):
            subject, object_ = str(getattr(triple.subject, "value", "")), triple.object
            text = f'"{object_.value}' if isinstance(object_, ox.Literal) else str(getattr(object_, "value", ""))
            at = At(path, line, 1)
            index.subjects.setdefault(subject, at)
            _add(index, at, Stated(subject, triple.predicate.value, text), described=False)


class _Lines:
    def __init__(self, text: str) -> None:
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1
