"""The steps of publishing: compare, announce, send, remove, count, clean up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kg.base.errors import UsageError
from kg.base.progress import begin_step
from kg.graph import Graph
from kg.graph.web import Web
from kg.serve.publish.content import CHUNK, CHUNK_OF_BLANKS, MOST_BYTES, Portion, PublishedGraph, Unit, chunks, parts, units
from kg.serve.publish.graphstore import GraphStoreTarget, is_graph_store
from kg.serve.publish.state import BEGUN, list_name, next_portion, sent_to, statements, whole
from kg.serve.publish.target import BrokenError, PublishTarget
from kg.serve.publish.update import UpdateTarget

PROTOCOLS: Final = ("auto", "update", "graph-store")
_RESTARTS: Final = 3


class CountMismatch(NamedTuple):
    """A graph with different numbers of statements on the server and in the build."""

    graph: str
    expected: int
    found: int


@dataclass(slots=True)
class PublishReport:
    """The result of publishing."""

    protocol: str
    main: str
    """The graph for the build's default graph."""
    graphs: int = 0
    statements: int = 0
    sent_graphs: int = 0
    sent_statements: int = 0
    resumed: int = 0
    """Number of graphs that an earlier run started and this run continued or finished."""
    repaired: int = 0
    """Number of sent graphs that someone else had changed."""
    removed: int = 0
    requests: int = 0
    wrong: list[CountMismatch] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        """Number of graphs that the server already had."""
        return self.graphs - self.sent_graphs


class PublishOptions(NamedTuple):
    """Where to publish, and what may be replaced."""

    main: str = ""
    """The graph for the build's default graph; empty: the base of the knowledge base."""
    protocol: str = "auto"
    """One of `PROTOCOLS`."""
    query_url: str = ""
    """Address of the query endpoint; empty: found by trying."""
    take_over: bool = False
    """Whether to replace graphs of the same names that kg didn't publish."""


def publish_graphs(
    graph: Graph,
    web: Web,
    options: PublishOptions = PublishOptions(),  # noqa: B008  # immutable
    announce: Callable[[int], None] = lambda _total: None,
) -> PublishReport:
    """Synchronise the server with a build: send new and changed graphs, keep equal ones, remove old ones.

    Finally the counts of all graphs are compared; `PublishReport.wrong` contains mismatches. Raises WebError if the server
    fails, and UsageError if it has graphs of these names that kg didn't publish, unless `options.take_over` is set. After an
    interruption, another call continues. `announce` gets the number of statements before they are sent.
    """
    main = options.main or graph.base
    with begin_step("reading the build"):
        local = parts(graph, main)
    if not local:
        raise UsageError("the build has no statements", hint="run 'kg build'")
    target = _target(web, list_name(main), options.protocol, options.query_url)
    with begin_step("comparing"):
        listed = target.states()
    report = PublishReport("graph-store" if isinstance(target, GraphStoreTarget) else "update", main, len(local))
    report.statements = sum(part.count for part in local)
    todo = [part for part in local if listed.get(part.name) != whole(part)]
    gone = sorted(listed.keys() - {part.name for part in local})
    _refuse_strangers(target, [part.name for part in todo if part.name not in listed], options.take_over)
    _announce(target, todo, gone, listed)
    report.resumed = sum(1 for part in todo if listed.get(part.name, "2")[:1] < "2")
    announce(sum(part.count for part in todo))
    _send(graph, target, todo, listed)
    if gone:
        with begin_step("removing graphs", len(gone)):
            target.remove(gone)
    wrong = _compare(target, local)
    # A graph that wasn't sent but differs has been changed by someone else. It is sent again, once.
    sent = {part.name for part in todo}
    again = [part for part in local if part.name in wrong and part.name not in sent]
    if again:
        _announce(target, again, [], {part.name: whole(part) for part in local})
        target.filled |= {part.name: wrong[part.name] for part in again}
        _send(graph, target, again, {})
        wrong = _compare(target, local)
    target.finish({part.name: whole(part) for part in local})
    report.repaired = len(again)
    report.sent_graphs = len(todo) + len(again)
    report.sent_statements = sum(part.count for part in (*todo, *again))
    report.removed = len(gone)
    report.requests = web.requests
    report.wrong = [CountMismatch(part.name, part.count, wrong[part.name]) for part in local if part.name in wrong]
    return report


def _target(web: Web, listed: str, protocol: str, query_url: str) -> PublishTarget:
    if protocol == "graph-store" or (protocol == "auto" and is_graph_store(web.url)):
        return GraphStoreTarget(web, listed, query_url)
    return UpdateTarget(web, listed, query_url)


def _refuse_strangers(target: PublishTarget, names: list[str], take_over: bool) -> None:
    """Refuse to replace graphs of these names that kg didn't publish, unless `take_over` is set."""
    with begin_step("looking for graphs of the same names", len(names)) as looking:
        strangers = {name: n for name, n in target.counts(names, looking.advance).items() if n}
    if strangers and not take_over:
        name, count = next(iter(strangers.items()))
        more = f", and {len(strangers) - 1:,} other graphs of this build" if len(strangers) > 1 else ""
        raise UsageError(
            f"the server has {count:,} statements in <{name}>{more} that kg did not put there",
            hint="give another graph with --graph IRI; or replace them with --take-over",
        )
    target.filled |= strangers


def _announce(target: PublishTarget, todo: list[PublishedGraph], gone: list[str], states_: Mapping[str, str]) -> None:
    """Announce in the list which graphs will be written, so that after an interruption they are recognised as kg's."""
    states = {}
    for part in todo:
        state = states_.get(part.name, BEGUN)
        states[part.name] = state if next_portion(state, part) else BEGUN
    listed = {part.name: states_[part.name] for part in todo if part.name in states_}
    unsure = [name for name, state in listed.items() if statements(state) is None]
    target.filled |= {name: statements(state) or 0 for name, state in listed.items()} | target.counts(unsure)
    target.begin({**states, **dict.fromkeys(gone, BEGUN)}, states_)


def _send(graph: Graph, target: PublishTarget, todo: list[PublishedGraph], listed: Mapping[str, str]) -> None:
    with begin_step("sending statements", sum(part.count for part in todo)) as sending:
        small = _Small(target, sending.advance)
        large = []
        for part in todo:
            parts_ = units(graph, part) if part.count <= CHUNK else []
            if not small.add(part, parts_):
                large.append(part)
        small.flush()
        for part in large:
            _send_large(graph, target, part, next_portion(listed.get(part.name, ""), part), sending.advance)


class _Small:
    """Sends small graphs, many in one request, each completely; those with blank nodes separately."""

    def __init__(self, target: PublishTarget, sent: Callable[[int], None]) -> None:
        self._target = target
        self._sent = sent
        self._ground, self._blank = Portion(), Portion()

    def add(self, part: PublishedGraph, units_: list[Unit]) -> bool:
        """Send a graph now or later with others. Return False if it isn't small."""
        with_blanks = any(unit.blank for unit in units_)
        if not units_ or (with_blanks and part.count > CHUNK_OF_BLANKS):
            return False
        portion, most = (self._blank, CHUNK_OF_BLANKS) if with_blanks else (self._ground, CHUNK)
        if portion.size + part.count > most or portion.length + sum(unit.length for unit in units_) > MOST_BYTES:
            self._send(portion)
        portion.begins.append(part.name)
        portion.add(units_)
        portion.done.append((part.name, whole(part)))
        return True

    def flush(self) -> None:
        """Send what remains."""
        self._send(self._ground)
        self._send(self._blank)

    def _send(self, portion: Portion) -> None:
        for attempt in range(_RESTARTS + 1 if portion.units else 0):
            try:
                self._target.send(portion)
                break
            except BrokenError:
                if attempt == _RESTARTS:
                    raise
                self._target.filled |= dict.fromkeys(portion.begins, CHUNK)
        self._sent(portion.size)
        portion.clear()


def _send_large(graph: Graph, target: PublishTarget, part: PublishedGraph, start: int, sent: Callable[[int], None]) -> None:
    """Send a large graph portion by portion, from portion `start`."""
    portions = list(chunks(units(graph, part)))
    sizes = [sum(len(unit.lines) for unit in chunk) for chunk in portions]
    blank = sum(1 for chunk in portions if chunk[0].blank)
    # Whether a portion with blank nodes has arrived is uncertain, so resuming is possible only after all of them.
    number = start if blank <= start < len(portions) else 0
    sent(sum(sizes[:number]))
    restarts = 0
    while number < len(portions):
        state = whole(part) if number == len(portions) - 1 else sent_to(part, number)
        portion = Portion([part.name] if number == 0 else [], done=[(part.name, state)])
        portion.add(portions[number])
        try:
            target.send(portion)
        except BrokenError:
            restarts += 1
            if restarts > _RESTARTS:
                raise
            target.filled[part.name] = part.count
            sent(-sum(sizes[:number]))
            number = 0
            continue
        sent(sizes[number])
        number += 1


def _compare(target: PublishTarget, local: list[PublishedGraph]) -> dict[str, int]:
    """The graphs with a different number of statements on the server, with that number."""
    with begin_step("counting what arrived", len(local)) as counting:
        suspects = target.suspects(local)
        counts = target.counts([part.name for part in suspects], counting.advance)
    return {part.name: counts.get(part.name, 0) for part in suspects if counts.get(part.name, 0) != part.count}
