"""Writes N-Quads in parts for a bulk load, with the expected number of statements. All is sorted on disk, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby, islice
from pathlib import Path
from typing import IO, Final, NamedTuple, TypeVar

import pyoxigraph as ox

from kg.base.about import VERSION
from kg.base.errors import StoreError, UsageError
from kg.base.names import KG
from kg.base.progress import advance_step, begin_step, count_items
from kg.base.staging import Staging
from kg.graph import Graph
from kg.graph.spool import SortedLines
from kg.model import Artifact
from kg.serve.bulk.loaders import loader_script
from kg.serve.publish.content import GraphDigest, PublishedGraph
from kg.serve.publish.state import PUBLISHED, list_name, whole

_T = TypeVar("_T")

_BATCH: Final = 20_000
_BLOCK: Final = 10_000
"""Statements of one graph that stay in one part."""
MOST_PARTS: Final = 512


class BulkReport(NamedTuple):
    """What was written."""

    graphs: int
    statements: int
    """In these graphs, without the list of graphs."""
    size: int
    """Bytes of all parts."""
    parts: int


def write_nquads(
    graph: Graph,
    folder: Path,
    *,
    main: str = "",
    parts: int = 1,
    loader: str = "",
) -> BulkReport:
    """Write the graphs of a build to `parts` files, as `kg publish` would send them, and the script of a `loader`.

    `main` is the graph for the build's default graph; empty: the base of the knowledge base. Statements with blank nodes are
    all in the first part, since a label means the same node within a file only. The folder is replaced in one step. Raises
    StoreError if it can't be written, UsageError if a graph of the build has no IRI or has the name `main`.
    """
    staging = Staging(folder, "-o")
    try:
        report = _Writer(graph, staging, main or graph.base, parts).write()
        if loader:
            staging.write(Artifact("load.sh", loader_script(loader)))
        staging.publish({"kg": VERSION, "statements": report.statements, "graphs": report.graphs})
    except BaseException:
        staging.discard()
        raise
    return report


class _Writer:
    """Sorts statements by graph, and distributes graphs over the parts."""

    def __init__(self, graph: Graph, staging: Staging, main: str, parts: int) -> None:
        self._graph, self._staging, self._main, self._parts = graph, staging, main, parts
        self._sizes = [0] * parts
        self._digests = [hashlib.sha256() for _ in range(parts)]
        self._files: list[IO[bytes]] = []

    def write(self) -> BulkReport:
        total = len(self._graph.store)
        lines = SortedLines(self._staging.folder)
        quads = self._graph.store.quads_for_pattern(None, None, None, None)
        with begin_step("reading the build", total):
            for batch in count_items(_batches(quads), len):
                lines.put(list(self._keyed(batch)))
        graphs = statements = 0
        names = [self._staging.folder / f".part-{n}" for n in range(self._parts)]
        try:
            with ExitStack() as stack, begin_step("writing parts", total):
                self._files = [stack.enter_context(open(name, "wb")) for name in names]  # noqa: PTH123  # see test_doors
                for name, group in groupby(_split(lines), key=lambda pair: pair[0]):
                    count = self._write_graph(name, (line for _, line in group))
                    graphs, statements = graphs + 1, statements + count
                    advance_step(count)
            for n, name in enumerate(names):
                # The digest is in the name: a loader that remembers names of files loads a changed one again.
                name.rename(name.with_name(f"part-{n:05d}-{self._digests[n].hexdigest()[:12]}.nq"))
        except OSError as error:
            raise StoreError(f"can't write {self._staging.out}: {error.strerror}", hint="is the disk full?") from error
        self._staging.write(Artifact("count", f"{statements}\n".encode()))
        self._staging.write(Artifact("check.rq", _check(list_name(self._main)).encode()))
        return BulkReport(graphs, statements, sum(self._sizes), self._parts)

    def _keyed(self, quads: list[ox.Quad]) -> Iterator[bytes]:
        """Yield each statement as the name of its graph, a tab and its line of N-Triples."""
        names, triples = [], []
        for quad in quads:
            named = quad.graph_name
            if isinstance(named, ox.BlankNode):
                raise UsageError("a graph of the build has no IRI, and can't be loaded", hint="name it in the scope file")
            name = named.value if isinstance(named, ox.NamedNode) else ""
            if name == self._main:
                raise UsageError(f"<{name}> is a graph of the build already", hint="give another with --graph IRI")
            names.append((name or self._main).encode())
            triples.append(quad.triple)
        data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
        return (name + b"\t" + line for name, line in zip(names, data.splitlines(), strict=True))

    def _write_graph(self, name: str, lines: Iterator[bytes]) -> int:
        digest, end = GraphDigest(), f" <{name}> .\n".encode()
        for block in _batches(lines, _BLOCK):
            split: tuple[list[bytes], list[bytes]] = ([], [])
            for line in block:
                split[digest.add(line)].append(line)
            for blank, own in enumerate(split):
                if own:
                    self._put(0 if blank else self._sizes.index(min(self._sizes)), b"".join(line[:-2] + end for line in own))
        part = PublishedGraph(name, ox.NamedNode(name), digest.count, digest.hexdigest())
        self._put(0, f'<{name}> <{PUBLISHED}> "{whole(part)}" <{list_name(self._main)}> .\n'.encode())
        return digest.count

    def _put(self, part: int, data: bytes) -> None:
        self._files[part].write(data)
        self._sizes[part] += len(data)
        self._digests[part].update(data)


def _batches(items: Iterator[_T], size: int = _BATCH) -> Iterator[list[_T]]:
    while batch := list(islice(items, size)):
        yield batch


def _split(lines: SortedLines) -> Iterator[tuple[str, bytes]]:
    for block in lines.blocks():
        for line in block:
            name, _, statement = line.partition(b"\t")
            yield name.decode(), statement


def _check(listed: str) -> str:
    return (
        "# The number of statements in the graphs of this knowledge base; the file 'count' has the expected number.\n"
        f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{listed}> {{ ?g <{KG}published> ?state }} GRAPH ?g {{ ?s ?p ?o }} }}\n"
    )
