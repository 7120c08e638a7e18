"""The journal: append-only events, one JSON object a line, each chained to its predecessors."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from kg.base import jsonl
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.json_text import JsonReader
from kg.base.journal import open_journal, split_journal
from kg.plan.folder import JOURNAL


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", forbid_unknown_fields=True, omit_defaults=True):
    time: str
    """UTC, ISO 8601, to the second."""
    actor: str
    """The person who ran the command: git's name and address, never a role."""
    reason: str = ""
    prev: tuple[str, ...] = ()
    """Seals of the preceding lines without successor: one, several after a merge, none on the first line."""
    seal: str = ""
    """SHA-256 of the rest of the line; it reveals later alterations."""


class Started(_Event, frozen=True, kw_only=True, tag="start"):
    """Work on a task started or resumed."""

    task: str
    early: tuple[str, ...] = ()
    """Prerequisite tasks that were not done."""


class Done(_Event, frozen=True, kw_only=True, tag="done"):
    """A task was done: its acceptance held."""

    task: str
    held: tuple[str, ...] = ()
    """Each clause of the acceptance with the value found."""
    deliverables: dict[str, str] = {}  # msgspec copies empty defaults
    """File → SHA-256 of its bytes."""


class Recorded(_Event, frozen=True, kw_only=True, tag="record"):
    """A record of something that only people can do, such as a meeting or a test environment."""

    task: str
    name: str
    text: str


class Interrupted(_Event, frozen=True, kw_only=True, tag="interrupt"):
    """An event stopped work on some or all tasks."""

    id: str
    trigger: str
    tasks: tuple[str, ...] = ()
    """The stopped tasks; empty: all tasks that are not done."""
    cause: str = ""
    """Key of the cause if the interrupt opened automatically (``gate:…``); empty if a person opened it."""


class Assessed(_Event, frozen=True, kw_only=True, tag="assess"):
    """Records in a phase of an interrupt, and the resulting changes of the plan."""

    interrupt: str
    phase: Literal["evaluate", "mitigate", "replan"]
    records: dict[str, str]
    days: dict[str, int] = {}  # msgspec copies empty defaults
    """Task → days added to its duration (negative: removed)."""


class Resumed(_Event, frozen=True, kw_only=True, tag="resume"):
    """Work resumed after an interrupt."""

    interrupt: str


class RiskNoted(_Event, frozen=True, kw_only=True, tag="risk"):
    """An entry of the risk register; a later entry with the same id replaces it."""

    id: str
    text: str
    likelihood: Literal["low", "medium", "high"]
    impact: Literal["low", "medium", "high"]
    mitigation: str = ""
    closed: bool = False


class CheckpointWritten(_Event, frozen=True, kw_only=True, tag="checkpoint"):
    """A checkpoint was written."""

    kind: Literal["daily", "weekly", "monthly"]
    slot: str
    """Its due time, UTC."""
    path: str
    """Path relative to the plan's folder."""
    measures: dict[str, float] = {}  # msgspec copies empty defaults


Event: TypeAlias = Started | Done | Recorded | Interrupted | Assessed | Resumed | RiskNoted | CheckpointWritten

_READER: Final[JsonReader[Event]] = JsonReader(Event)


class PlanEvents(NamedTuple):
    """All events in their total order, and the size of an incomplete last line."""

    events: tuple[Event, ...]
    torn: int = 0
    """Number of bytes of an incomplete last line, left by a crash; the next append drops them."""

    @property
    def heads(self) -> tuple[str, ...]:
        """Seals of the lines without successor."""
        followed = {p for e in self.events for p in e.prev}
        return tuple(sorted(e.seal for e in self.events if e.seal not in followed))


def seal_of(event: Event) -> str:
    """SHA-256 of an event without its seal.

    >>> e = Resumed(time="2026-01-01T00:00:00Z", actor="A", interrupt="i-1")
    >>> seal_of(e) == seal_of(msgspec.structs.replace(e, seal="x")) != seal_of(msgspec.structs.replace(e, actor="B"))
    True
    """
    value: dict[str, object] = msgspec.to_builtins(event)
    value.pop("seal", None)
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def read_journal(folder: Path) -> PlanEvents:
    """Read the journal in a plan's folder; empty if there is none.

    Lines can have any order, since merges of branches reorder them: the chain gives the order, with time and seal as
    tie-breakers. An incomplete last line, left by a crash, is ignored. Raises UsageError with the line of an event that was
    altered, can't be parsed, or whose predecessor is missing.
    """
    path = folder / JOURNAL
    return _read(path, jsonl.data_of(path))


def _read(path: Path, data: bytes) -> PlanEvents:
    whole, torn = split_journal(data)
    by_seal: dict[str, tuple[int, Event]] = {}
    for number, line in enumerate(whole.split(b"\n"), 1):
        if not line.strip():
            continue
        event = _event(path, number, line)
        # After a merge of branches, a line can occur twice.
        by_seal.setdefault(event.seal, (number, event))
    for number, event in by_seal.values():
        gone = next((p for p in event.prev if p not in by_seal), None)
        if gone is not None:
            raise UsageError(
                f"{path}:{number}: the line that it follows ({gone[:12]}…) was altered or is gone",
                hint="take the file back as git has it, or merge both sides of it whole",
            )
    return PlanEvents(_ordered([e for _, e in by_seal.values()]), len(torn))


def _event(path: Path, number: int, line: bytes) -> Event:
    try:
        event: Event = _READER.read(line)
    except FormatError as error:
        problem = "a git conflict is not resolved" if line[:7] in (b"<<<<<<<", b"=======", b">>>>>>>") else str(error)
        raise UsageError(
            f"{path}:{number}: {problem}", hint="'kg plan' writes this file; keep the lines of both sides of a merge"
        ) from None
    if event.seal != seal_of(event):
        raise UsageError(
            f"{path}:{number}: the line was altered after it was written",
            hint="take it back as git has it; what was wrong is corrected by a later event",
        )
    return event


def _ordered(events: Sequence[Event]) -> tuple[Event, ...]:
    """Topological order by predecessors; ties by time, then seal."""
    waiting = {e.seal: len(set(e.prev)) for e in events}
    followers: dict[str, list[Event]] = {}
    for event in events:
        for p in set(event.prev):
            followers.setdefault(p, []).append(event)
    by_seal = {e.seal: e for e in events}
    ready = [(e.time, e.seal) for e in events if not waiting[e.seal]]
    heapq.heapify(ready)
    result = []
    while ready:
        _, seal = heapq.heappop(ready)
        result.append(by_seal[seal])
        for event in followers.get(seal, ()):
            waiting[event.seal] -= 1
            if not waiting[event.seal]:
                heapq.heappush(ready, (event.time, event.seal))
    return tuple(result)


def append_events(
    folder: Path,
    events: Iterable[Event],
    *,
    inside: Sequence[Path] = (),
    tell: Callable[[str], None] = lambda _text: None,
) -> tuple[Event, ...]:
    """Append chained and sealed events. All are on disk when this returns.

    Concurrent appends wait for each other. An incomplete last line, left by a crash, is dropped first, and `tell` receives a
    message. Symbolic links are followed only `inside` these folders (default: the plan's folder).
    """
    path = folder / JOURNAL
    added: list[Event] = []
    with open_journal(path, inside=inside or (folder,), tell=tell) as file:
        heads = _read(path, file.data).heads
        for event in events:
            chained = msgspec.structs.replace(event, prev=heads)
            sealed = msgspec.structs.replace(chained, seal=seal_of(chained))
            heads = (sealed.seal,)
            added.append(sealed)
        file.append(map(msgspec.json.encode, added))
    return tuple(added)
