"""The documents of a graph: Turtle and TriG, sorted, so that equal graphs give equal bytes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kg.base.formats.tag_case import mark_tags
from kg.base.names import PREFIXES, notes_iri
from kg.graph.spool import SortedLines, without_repeats

_LITERAL_END: Final = re.compile(rb"\"(?:@[\w-]+|\^\^<[^<>]+>)? (<[^<> ]+>) \.\Z")
_MOST: Final = 24_000_000
"""Maximum bytes of N-Quads to sort in memory, where they take about four times as much."""


class SortedDocuments:
    """The default graph of some N-Quads as Turtle, and their named graphs as they follow in TriG.

    Suggestions are left out unless `suggested` is set. N-Quads of more than `most` bytes are
    sorted with files in the folder `scratch`, if given, else in memory. Raises OSError if the disk can't be written.
    """

    def __init__(
        self, pieces: Iterable[bytes], base: str, scratch: Path | None = None, *, suggested: bool = False, most: int = _MOST
    ) -> None:
        self._base = base
        self._left_out = b"" if suggested else f"<{base}suggested".encode()
        self._default: list[bytes] = []
        self._graphs: dict[bytes, list[bytes]] = {}
        self._sorted: tuple[SortedLines, SortedLines] | None = None
        size = 0
        for piece in pieces:
            self._add(piece)
            size += len(piece)
            if scratch is not None and size > most:
                self._spill(scratch)
                size = 0
        self._finish(scratch)

    def _add(self, nquads: bytes) -> None:
        plain, graphs, left_out = self._default.append, self._graphs, self._left_out
        find = graphs.get
        for line in nquads.split(b"\n"):
            # A line that doesn't end in an IRI is a literal in the default graph: one line in three.
            if line[-3:] != b"> .":
                if line:
                    plain(line)
                continue
            # A statement of three IRIs contains three spaces, four in a named graph; literals contain any number.
            if b'"' not in line:
                if line.count(b" ") != 4:
                    plain(line)
                    continue
                statement, _, name = line[:-2].rpartition(b" ")
            else:
                name = _graph_of(line)
                if not name:
                    plain(line)
                    continue
                statement = line[: -len(name) - 3]
            if left_out and name.startswith(left_out):
                continue
            found = find(name)
            if found is None:
                graphs[name] = [statement]
            else:
                found.append(statement)

    def _finish(self, scratch: Path | None) -> None:
        if scratch is not None and self._sorted is not None:
            self._spill(scratch)

    def _spill(self, scratch: Path) -> None:
        """Write the lines in memory to disk."""
        if self._sorted is None:
            self._sorted = SortedLines(scratch), SortedLines(scratch)
        default, named = self._sorted
        default.put(self._default)
        # No IRI in angle brackets is a prefix of another one, so these lines are in the order of the graphs.
        named.put([b"%b %b" % (name, statement) for name, said in self._graphs.items() for statement in said])
        self._default, self._graphs = [], {}

    def turtle(self) -> Iterator[bytes]:
        """Yield the default graph as Turtle, in pieces, in the order of its lines as N-Triples."""
        if self._sorted is not None:
            yield from _as_turtle(self._sorted[0].blocks(), self._base)
        else:
            self._default.sort()
            yield as_turtle(b"\n".join(without_repeats(self._default)), self._base)

    def named(self) -> Iterator[bytes]:
        """Yield the named graphs in pieces, a line for each."""
        if self._sorted is not None:
            yield from _graph_lines(self._sorted[1].blocks(), ShortTerms(self._base))
            return
        terms = ShortTerms(self._base)
        yield b"".join(graph_line(name, sorted(set(self._graphs[name])), terms) for name in sorted(self._graphs))


def as_turtle(lines: bytes, base: str) -> bytes:
    """Convert N-Triples to Turtle, in the order of the lines, with the prefixes of the graph at a base.

    Lines are sorted as text, which is many times faster than sorting terms, and then serialized again.
    """
    # Quads of the default graph are accepted as triples, which saves an object for each of them.
    case = mark_tags(lines)
    quads = ox.parse(case.data, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return case.restore(ox.serialize(quads, format=ox.RdfFormat.TURTLE, prefixes=prefixes_of(base)) or b"")


def _as_turtle(blocks: Iterable[list[bytes]], base: str) -> Iterator[bytes]:
    """Convert sorted N-Triples to Turtle, in pieces that end with the last statement of a subject."""
    kept: list[bytes] = []
    first = True
    for block in blocks:
        subject = block[-1].partition(b" ")[0] + b" "
        end = bisect_left(block, subject)
        if end:
            text = as_turtle(b"\n".join((*kept, *block[:end])), base)
            yield text if first else text[body_of(text) :]
            first, kept = False, []
        kept += block[end:]
    text = as_turtle(b"\n".join(kept), base)
    yield text if first else text[body_of(text) :]


class ShortTerms(dict[bytes, bytes]):
    """IRIs in angle brackets → the same with a prefix of the documents, if what follows it needs no escapes.

    >>> terms = ShortTerms("https://example.org/kb/")
    >>> terms[b"<https://example.org/kb/concept/raft-1>"], terms[b"<https://example.org/kb/concept/a/b>"]
    (b'c:raft-1', b'<https://example.org/kb/concept/a/b>')
    """

    def __init__(self, base: str) -> None:
        self._names = {iri.encode(): name.encode() for name, iri in prefixes_of(base).items()}

    def __missing__(self, term: bytes) -> bytes:
        match = _SHORT.fullmatch(term)
        name = self._names.get(match[1]) if match else None
        short = self[term] = term if match is None or name is None else b"%b:%b" % (name, match[2])
        return short


_SHORT: Final = re.compile(rb"<([^<>]*[/#])([A-Za-z0-9_][A-Za-z0-9_-]*)>")


def graph_line(name: bytes, statements: Iterable[bytes], terms: ShortTerms) -> bytes:
    """Return the line of TriG for a named graph with statements in N-Triples, without their ends."""
    short = (
        b" ".join([terms[term] for term in statement.split(b" ")]) if b'"' not in statement else statement
        for statement in statements
    )
    return b"%b { %b . }\n" % (name, b" . ".join(short))


def _graph_lines(blocks: Iterable[list[bytes]], terms: ShortTerms) -> Iterator[bytes]:
    """Yield named graphs, a line for each, from sorted lines of graph name, space and statement."""
    graph = b""
    statements: list[bytes] = []
    for block in blocks:
        lines = []
        for line in block:
            name, _, statement = line.partition(b" ")
            if name != graph:
                if statements:
                    lines.append(graph_line(graph, statements, terms))
                graph, statements = name, []
            statements.append(statement)
        yield b"".join(lines)
    if statements:
        yield graph_line(graph, statements, terms)


def body_of(text: bytes) -> int:
    """Return the offset of the first block of Turtle, after the prefixes."""
    at = 0
    while text.startswith(b"@prefix ", at):
        at = text.find(b"\n", at) + 1
    return at


def prefixes_of(base: str) -> dict[str, str]:
    """Return the prefixes of the documents of a graph."""
    return PREFIXES | {"c": base + "concept/", "n": notes_iri(base)}


def _graph_of(line: bytes) -> bytes:
    """Return the graph of a line of N-Quads as Oxigraph writes it, empty for the default graph.

    >>> _graph_of(b'<a:s> <a:p> "x <y> ."@en <a:g> .'), _graph_of(b'<a:s> <a:p> <a:o> .')
    (b'<a:g>', b'')
    """
    if b'"' in line:
        m = _LITERAL_END.search(line)
        return m[1] if m else b""
    terms = line.split(b" ")
    return terms[3] if len(terms) == 5 else b""
