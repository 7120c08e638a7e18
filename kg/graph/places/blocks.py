"""Places in Turtle by subject: one pass finds where the statements of each subject are, and only what is asked for is parsed.

A thesaurus has ten statements for each concept, and findings ask about few: an entry for each statement would take more memory
than the graph.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

from kg.graph.places.turtle import Named, join_iri, locate_statements, match_token, value_of

_REST: Final = re.compile(
    r"""(?:\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*+\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}
          |\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'
          |<[^<>\"{}|^`\\\s]*+>|\#[^\n]*+|\.\d
          |(?:[^\s.;,\[\](){}<>\"'\#^@\\]|\.(?=[^\s;,\[\](){}<>\"'\#])|\\.)(?:[^\s.;,\[\](){}<>\"'\#^@\\]|\.(?=[^\s;,\[\](){}<>\"'\#])|\\.)*+
          |[^.{}])*+(?P<end>[.{}]|\Z)""",
    re.VERBOSE | re.DOTALL,
)
"""The rest of a statement, its full stop or the brace of a graph included."""
_NEAR: Final = 16
"""Characters between statements of one subject that are looked at."""
_KEPT: Final = 10_000
"""Statements whose places are kept once they are parsed."""


class At(NamedTuple):
    """A place in a file."""

    path: Path
    line: int
    column: int


class _Span(NamedTuple):
    """Statements of one subject that follow each other."""

    file: int
    start: int
    stop: int


class _Parsed(NamedTuple):
    """The places of the statements of one subject."""

    statements: dict[tuple[str, str], tuple[int, int]]
    """By predicate and object, a text with a quotation mark before it: the number of the file and the offset."""
    objects: dict[str, tuple[int, int]]
    """The first statement about each object."""


class _Row(NamedTuple):
    """A statement at its place."""

    file: int
    offset: int
    subject: str
    predicate: str
    object: str


class _Names:
    """The prefixes and the base of a text, which may change between statements."""

    def __init__(self, base: str) -> None:
        self._prefixes: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._bases = [(-1, base)]

    def base_at(self, position: int) -> str:
        return self._bases[bisect_right(self._bases, (position, "")) - 1][1]

    def add_base(self, position: int, iri: str) -> None:
        self._bases.append((position, iri))

    def add_prefix(self, position: int, name: str, iri: str) -> None:
        self._prefixes[name].append((position, iri))

    def at(self, position: int) -> Named:
        """The prefixes at a position, as a function from a name and what stands for it otherwise."""

        def named(name: str, otherwise: str) -> str:
            if name not in self._prefixes:
                return otherwise
            values = self._prefixes[name]
            number = bisect_right(values, (position, ""))
            return values[number - 1][1] if number else otherwise

        return named


class _File:
    """A text in Turtle, TriG, N-Triples or N-Quads."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.names = _Names(path.absolute().as_uri())
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def at(self, offset: int) -> At:
        line = bisect_right(self.starts, offset)
        return At(self.path, line, offset - self.starts[line - 1] + 1)


class TurtlePlaces:
    """The places of subjects and statements in files in Turtle."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}
        self._spans: dict[str, list[_Span]] = {}
        self._parsed: dict[str, _Parsed] = {}
        self._size = 0
        self._mentions: dict[str, tuple[int, int]] | None = None

    def add(self, number: int, path: Path, text: str) -> None:
        """Add a file. Numbers give the order of files."""
        self._files[number] = file = _File(path, text)
        position = 0
        while position < len(text):
            m = match_token(text, position)
            kind = m.lastgroup if m is not None else None
            if m is None or kind is None or kind == "end":
                return
            if kind == "directive":
                position = self._directive(file, m[kind].lower().lstrip("@"), m.end())
            elif (kind == "punctuation" and m[kind] not in "[(") or kind in ("other", "type"):
                position = m.end()
            else:
                rest = _REST.match(text, m.start(kind) if kind == "punctuation" else m.end())
                stop = rest.end() if rest is not None else len(text)
                start = m.start("text" if kind == "lang" else kind) - (kind == "iri")
                if kind != "punctuation":
                    names = file.names
                    subject = value_of(m, "text" if kind == "lang" else kind, names.at(start), names.base_at(start))
                    self._add_span(subject, _Span(number, start, stop))
                position = stop

    def _add_span(self, subject: str, span: _Span) -> None:
        spans = self._spans.setdefault(subject, [])
        last = spans[-1] if spans else None
        if last is not None and last.file == span.file and span.start - last.stop < _NEAR:
            between = self._files[span.file].text[last.stop : span.start]
            if not between or between.isspace():
                spans[-1] = last._replace(stop=span.stop)
                return
            spans.append(span)
        else:
            spans.append(span)

    @staticmethod
    def _directive(file: _File, directive: str, position: int) -> int:
        """Read a declaration of a prefix or a base; return where it ends, before its full stop if it has one."""
        parts: list[str] = []
        while len(parts) < (1 if directive == "base" else 2):
            m = match_token(file.text, position)
            kind = m.lastgroup if m is not None else None
            if m is None or kind is None or kind == "end":
                return len(file.text)
            position = m.end()
            if kind in ("iri", "name"):
                parts.append(m[kind])
        iri = join_iri(file.names.base_at(position), parts[-1])
        if directive == "base":
            file.names.add_base(position, iri)
        else:
            file.names.add_prefix(position, parts[0].removesuffix(":"), iri)
        return position

    def subject(self, iri: str) -> tuple[int, At] | None:
        """Return where a resource is first described, with the number of its file."""
        spans = self._spans.get(iri)
        return (spans[0].file, self._files[spans[0].file].at(spans[0].start)) if spans else None

    def statement(self, subject: str, predicate: str, object_: str) -> tuple[int, At] | None:
        """Return the first place of a statement; a text has a quotation mark before it."""
        if subject not in self._spans:
            return None
        return self._place(self._statements_of(subject).statements.get((predicate, object_)))

    def between(self, subject: str, object_: str) -> tuple[int, At] | None:
        """Return the first place of any statement of a subject about an object."""
        return self._place(self._statements_of(subject).objects.get(object_)) if subject in self._spans else None

    def mention(self, iri: str) -> tuple[int, At] | None:
        """Return where a resource that isn't described is first mentioned."""
        if self._mentions is None:
            self._mentions = {}
            for spans in self._spans.values():
                for number, offset, _, _, value in (row for span in spans for row in self._rows(span)):
                    if not value.startswith('"') and value not in self._spans:
                        earlier = self._mentions.get(value)
                        if earlier is None or (number, offset) < earlier:
                            self._mentions[value] = number, offset
        return self._place(self._mentions.get(iri))

    def _place(self, where: tuple[int, int] | None) -> tuple[int, At] | None:
        return (where[0], self._files[where[0]].at(where[1])) if where is not None else None

    def _rows(self, span: _Span) -> list[_Row]:
        file = self._files[span.file]
        names = file.names
        located = locate_statements(file.text, names.base_at(span.start), names.at(span.start), span.start, span.stop)
        return [_Row(span.file, offset, *triple) for kind, offset, triple in located if kind == "statement"]

    def _statements_of(self, subject: str) -> _Parsed:
        parsed = self._parsed.pop(subject, None)
        if parsed is None:
            parsed = _Parsed({}, {})
            for number, offset, stated, predicate, value in (row for span in self._spans[subject] for row in self._rows(span)):
                if stated == subject:
                    parsed.statements.setdefault((predicate, value), (number, offset))
                    parsed.objects.setdefault(value, (number, offset))
            self._size += len(parsed.statements)
            while self._size > _KEPT and self._parsed:
                self._size -= len(self._parsed.pop(next(iter(self._parsed))).statements)
        self._parsed[subject] = parsed  # the last one used goes last
        return parsed
