"""The content to publish: the graphs of a build with count and digest, split into portions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.errors import UsageError
from kg.graph import Graph

CHUNK: Final = 1000
"""Statements in a request: more aren't faster, and Virtuoso's compiler accepts a few thousand at most."""
MOST_BYTES: Final = 1_000_000
# Not all servers accept blank nodes in INSERT DATA. Virtuoso compiles the other form to at most 10,000 lines of SQL.
CHUNK_OF_BLANKS: Final = 400
_BLANK: Final = re.compile(rb"_:[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class PublishedGraph:
    """A graph to publish: its IRI on the server, its IRI in the build, number of statements, and digest."""

    name: str
    source: ox.NamedNode | ox.DefaultGraph
    count: int
    digest: str


class Unit(NamedTuple):
    """Statements of a graph, as N-Triples, that must be sent in one request: a single one, or all that share blank nodes."""

    graph: str
    lines: tuple[bytes, ...]
    blank: bool

    @property
    def length(self) -> int:
        """Length of the lines."""
        return sum(map(len, self.lines))


@dataclass(slots=True)
class Portion:
    """The content of one request: graphs to clear, statements, and the entries in the list of graphs when it is done."""

    begins: list[str] = field(default_factory=list)
    """Graphs whose first portion this is; the server's statements in them are removed."""
    units: list[Unit] = field(default_factory=list)
    done: list[tuple[str, str]] = field(default_factory=list)
    """(graph, state) to write into the list of graphs, after everything else."""

    size: int = 0
    """Number of statements."""
    length: int = 0
    """Length of the statements in bytes."""

    def add(self, units_: Iterable[Unit]) -> None:
        """Append statements."""
        for unit in units_:
            self.units.append(unit)
            self.size += len(unit.lines)
            self.length += unit.length

    def clear(self) -> None:
        """Remove all content."""
        self.begins, self.units, self.done, self.size, self.length = [], [], [], 0, 0

    @property
    def repeatable(self) -> bool:
        """Whether the request is idempotent: adding blank nodes twice would duplicate them."""
        return all(not unit.blank or unit.graph in self.begins for unit in self.units)

    def halves(self) -> tuple[Portion, Portion]:
        """Split it into two portions."""
        middle = max(1, len(self.units) // 2)
        begun = {unit.graph for unit in self.units[:middle]} | set(self.begins) - {unit.graph for unit in self.units}
        first = Portion([g for g in self.begins if g in begun])
        second = Portion([g for g in self.begins if g not in begun], done=self.done)
        first.add(self.units[:middle])
        second.add(self.units[middle:])
        return first, second


def parts(graph: Graph, main: str) -> list[PublishedGraph]:
    """All graphs of a build, sorted by name; the default graph is called `main` and comes last.

    In this order, statements about a place precede the place itself, so that readers never see incomplete provenance.
    """
    graphs = []
    for source in graph.store.named_graphs():
        if not isinstance(source, ox.NamedNode):
            raise UsageError("a graph of the build has no IRI, and can't be published", hint="name it in the scope file")
        if source.value == main:
            raise UsageError(f"<{main}> is a graph of the build already", hint="give another with --graph IRI")
        graphs.append(_part(graph, source.value, source))
    graphs.sort(key=lambda part: part.name)
    graphs.append(_part(graph, main, ox.DefaultGraph()))
    return [part for part in graphs if part.count]


class GraphDigest:
    """The number of statements in a graph and their digest, from its sorted lines of N-Triples, one by one."""

    def __init__(self) -> None:
        self.count = 0
        self._ground = hashlib.sha256()
        self._first = True
        self._blank: list[bytes] = []

    def add(self, line: bytes) -> bool:
        """Add the next line, without its end. Return whether it has blank nodes."""
        self.count += 1
        if b"_:" in line and _has_blank(line):
            self._blank.append(line)
            return True
        self._ground.update(line if self._first else b"\n" + line)
        self._first = False
        return False

    def hexdigest(self) -> str:
        """Return the digest, which doesn't depend on the labels of blank nodes."""
        if self._blank:
            self._ground.update(_canonical(self._blank))
        return self._ground.hexdigest()[:32]


def _part(graph: Graph, name: str, source: ox.NamedNode | ox.DefaultGraph) -> PublishedGraph:
    digest = GraphDigest()
    for line in _lines(graph, source):
        digest.add(line)
    return PublishedGraph(name, source, digest.count, digest.hexdigest())


def _lines(graph: Graph, source: ox.NamedNode | ox.DefaultGraph) -> list[bytes]:
    data = graph.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=source) or b""
    return sorted(data.splitlines())


def _blanks(line: bytes) -> list[bytes]:
    """The blank nodes of a line of N-Triples in Oxigraph's serialisation."""
    blanks = []
    subject, _, rest = line.partition(b" ")
    if subject.startswith(b"_:"):
        blanks.append(subject)
    object_ = rest.partition(b" ")[2]
    if object_.startswith(b"_:"):
        m = _BLANK.match(object_)
        if m:
            blanks.append(m[0])
    return blanks


def _has_blank(line: bytes) -> bool:
    return bool(_blanks(line))


def _canonical(lines: Iterable[bytes]) -> bytes:
    """Statements with blank nodes, in a form that doesn't depend on blank node labels, which differ between builds."""
    dataset = ox.Dataset(ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return "\n".join(sorted(str(quad) for quad in dataset)).encode()


def units(graph: Graph, part: PublishedGraph) -> list[Unit]:
    """The statements of a graph: first groups that share blank nodes, then single statements."""
    ground: list[Unit] = []
    blank: list[bytes] = []
    for line in _lines(graph, part.source):
        if b"_:" in line and _has_blank(line):
            blank.append(line)
        else:
            ground.append(Unit(part.name, (line,), blank=False))
    return [Unit(part.name, tuple(group), blank=True) for group in _connected(blank)] + ground


def _connected(lines: list[bytes]) -> list[list[bytes]]:
    """Group lines into connected components by shared blank nodes."""
    above: dict[bytes, bytes] = {}

    def top(label: bytes) -> bytes:
        while above.setdefault(label, label) != label:
            above[label] = above[above[label]]
            label = above[label]
        return label

    for line in lines:
        first, *others = _blanks(line)
        for label_ in others:
            above[top(label_)] = top(first)
    groups: dict[bytes, list[bytes]] = {}
    for line in lines:
        groups.setdefault(top(_blanks(line)[0]), []).append(line)
    return list(groups.values())


def chunks(units_: list[Unit]) -> Iterator[list[Unit]]:
    """Split units into lists for one request each; those with blank nodes separately."""
    chunk: list[Unit] = []
    count = size = 0
    for unit in units_:
        length = unit.length
        limit = CHUNK_OF_BLANKS if unit.blank else CHUNK
        if chunk and (count + len(unit.lines) > limit or size + length > MOST_BYTES or chunk[-1].blank != unit.blank):
            yield chunk
            chunk, count, size = [], 0, 0
        chunk.append(unit)
        count += len(unit.lines)
        size += length
    if chunk:
        yield chunk
