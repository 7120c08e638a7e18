"""Publishes by SPARQL 1.1 Update: thousands of small graphs in one request, together with their entries in the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from kg.graph.web import Web, WebRequest
from kg.serve.publish.asking import asker_of
from kg.serve.publish.content import Portion, PublishedGraph, Unit
from kg.serve.publish.state import BEGUN, latest, line
from kg.serve.publish.target import PublishTarget, in_batches

_NAMES: Final = 1000
_BLOCK: Final = 400  # statements in a GRAPH block: Virtuoso's parser runs out of memory at about 1,500
_MANY: Final = 5000  # by default, Virtuoso changes at most 10,000 statements by a pattern
_HEADERS: Final = {"Content-Type": "application/sparql-update; charset=utf-8", "Accept": "*/*"}


class UpdateTarget(PublishTarget):
    """A server with endpoints for SPARQL Update and for queries, which can be the same."""

    def __init__(self, web: Web, listed: str, query_url: str = "") -> None:
        super().__init__(web, listed)
        self._asker = asker_of(web, listed, query_url)
        self._lines: dict[str, set[str]] = {}
        """The entries of each graph in the list."""

    def states(self) -> dict[str, str]:
        """The list of graphs: IRI → state."""
        rows = self._asker.lines()
        for graph, state in rows:
            self._lines.setdefault(graph, set()).add(state)
        return latest(rows)

    def begin(self, states: Mapping[str, str], listed: Mapping[str, str]) -> None:
        """Announce in the list which graphs will be sent or removed; `listed` is its current content."""
        for batch in in_batches((g for g, state in states.items() if state == BEGUN), _NAMES):
            lines = [(graph, BEGUN) for graph in batch]
            self._update(*self._listed(lines))
            self._note(lines)

    def counts(self, graphs: Sequence[str], seen: Callable[[int], None] = lambda _n: None) -> dict[str, int]:
        """The number of statements in each of the graphs on the server."""
        return self._asker.counts(graphs, seen)

    def suspects(self, local: Sequence[PublishedGraph]) -> list[PublishedGraph]:
        """Graphs that may differ from the build."""
        return self._asker.suspects(local)

    def remove(self, graphs: Sequence[str]) -> None:
        """Remove graphs, then their entries in the list."""
        for batch in in_batches(graphs, 100):
            self._update(*(f"DROP SILENT GRAPH <{graph}>" for graph in batch), *self._unlisted(batch))

    def finish(self, states: Mapping[str, str]) -> None:
        """Replace the list of graphs by `states`."""
        stale = [graph for graph, lines in self._lines.items() if graph in states and lines != {states[graph]}]
        for batch in in_batches(stale, _NAMES):
            lines = [(graph, states[graph]) for graph in batch]
            self._update(*self._listed(lines))
            self._note(lines)

    def _send(self, portion: Portion) -> None:
        steps = []
        blanks = [unit for unit in portion.units if unit.blank]
        # A graph that isn't on the server needs no clearing, unless a failed try may have left blank nodes.
        again = {unit.graph for unit in blanks}
        old = {graph: self.filled.get(graph, 0) for graph in portion.begins if graph in self.filled or graph in again}
        steps += self._emptied(old)
        if blanks:
            # Virtuoso doesn't accept blank nodes in INSERT DATA.
            steps.append(f"INSERT {{ {_blocks(blanks)} }} WHERE {{}}")
        if len(blanks) < len(portion.units):
            steps.append(f"INSERT DATA {{ {_blocks(unit for unit in portion.units if not unit.blank)} }}")
        steps += self._listed(portion.done)
        self._update(*steps, retry=portion.repeatable)
        self._note(portion.done)

    def _emptied(self, old: Mapping[str, int]) -> list[str]:
        """Update operations that clear graphs, small ones together, since Virtuoso needs 6 ms to clear one by name."""
        steps: list[str] = []
        batch: list[str] = []
        count = 0
        for graph, statements in old.items():
            if statements > _MANY:
                steps.append(f"CLEAR SILENT GRAPH <{graph}>")
                continue
            if count + statements > _MANY:
                steps.append(_deleted(batch))
                batch, count = [], 0
            batch.append(graph)
            count += statements
        return [*steps, _deleted(batch)] if batch else steps

    def _listed(self, states: Sequence[tuple[str, str]]) -> list[str]:
        """Update operations that replace the entries of graphs in the list."""
        if not states:
            return []
        stale = [(graph, old) for graph, state in states for old in self._lines.get(graph, ()) if old != state]
        steps = [f"INSERT DATA {{ {self._block(states)} }}"]
        return [*steps, f"DELETE DATA {{ {self._block(stale)} }}"] if stale else steps

    def _note(self, states: Iterable[tuple[str, str]]) -> None:
        """Record the current content of the list."""
        self._lines |= {graph: {state} for graph, state in states}

    def _block(self, states: Iterable[tuple[str, str]]) -> str:
        return _blocks(Unit(self.listed, (line(graph, state),), blank=False) for graph, state in states)

    def _unlisted(self, graphs: Iterable[str]) -> list[str]:
        stale = [(graph, old) for graph in graphs for old in self._lines.get(graph, ())]
        return [f"DELETE DATA {{ {self._block(stale)} }}"] if stale else []

    def _update(self, *steps: str, retry: bool = True) -> None:
        if steps:
            self.web.send(WebRequest("POST", content=" ;\n".join(steps).encode(), headers=_HEADERS), retry=retry)


def _deleted(graphs: Iterable[str]) -> str:
    names = " ".join(f"<{graph}>" for graph in graphs)
    return f"DELETE {{ GRAPH ?g {{ ?s ?p ?o }} }} WHERE {{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}"


def _blocks(units: Iterable[Unit]) -> str:
    blocks = []
    for graph, group in groupby(units, key=lambda unit: unit.graph):
        lines = [text for unit in group for text in unit.lines]
        for i in range(0, len(lines), _BLOCK):
            blocks.append(f"GRAPH <{graph}> {{ {b' '.join(lines[i : i + _BLOCK]).decode()} }}")
    return "\n".join(blocks)
