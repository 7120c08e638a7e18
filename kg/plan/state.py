"""The state of a plan: a pure reduction over its journal, the same on every machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from kg.plan.interrupts import PHASES, list_wanted_records
from kg.plan.journal import (
    Assessed,
    CheckpointWritten,
    Done,
    Event,
    Interrupted,
    Recorded,
    Resumed,
    RiskNoted,
    Started,
)


@dataclass(slots=True)
class TaskState:
    """The state of a task."""

    state: str = "open"
    """``open``, ``started``, ``paused`` or ``done``."""
    started: str = ""
    done: str = ""
    actor: str = ""
    """The person who started or finished it."""
    records: dict[str, str] = field(default_factory=dict)
    """Name of a human record → its text, author and time."""
    held: tuple[str, ...] = ()
    deliverables: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    """Time since when it is paused."""
    lost: int = 0
    """Seconds for which interrupts stopped it after its start."""
    added: int = 0
    """Days that replanning added."""


class PhaseRecord(NamedTuple):
    """A record in a phase of an interrupt."""

    text: str
    actor: str
    time: str


@dataclass(slots=True)
class InterruptState:
    """The state of an interrupt."""

    id: str
    trigger: str
    reason: str
    actor: str
    opened: str
    cause: str
    tasks: tuple[str, ...]
    """The tasks that it stops; empty: all tasks that are not done."""
    paused: tuple[str, ...] = ()
    """The started tasks that it stopped."""
    records: dict[str, dict[str, PhaseRecord]] = field(default_factory=dict)
    """Phase → name of the record → the record."""
    days: dict[str, int] = field(default_factory=dict)
    resumed: str = ""
    resumed_by: str = ""

    @property
    def phase(self) -> str:
        """The first phase with missing records; ``resume`` if none are missing; ``closed`` after that."""
        if self.resumed:
            return "closed"
        return next((p for p in PHASES if self.lacking(p)), "resume")

    def lacking(self, phase: str) -> tuple[str, ...]:
        """The missing records of a phase."""
        return tuple(k for k in list_wanted_records(self.trigger, phase) if k not in self.records.get(phase, {}))

    def stops(self, task: str) -> bool:
        """Whether it stops a task."""
        return not self.resumed and (not self.tasks or task in self.tasks)

    @property
    def seconds(self) -> int:
        """Duration; 0 while it is open."""
        return between(self.opened, self.resumed) if self.resumed else 0


@dataclass(slots=True)
class PlanProgress:
    """The state of a plan according to its journal."""

    tasks: dict[str, TaskState] = field(default_factory=dict)
    interrupts: dict[str, InterruptState] = field(default_factory=dict)
    risks: dict[str, RiskNoted] = field(default_factory=dict)
    checkpoints: list[CheckpointWritten] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Events without effect, which result from a merge of branches."""
    first: str = ""
    """Time of the first event."""
    last: str = ""

    def of(self, task: str) -> TaskState:
        """The state of a task; open if it has no events."""
        return self.tasks.get(task) or TaskState()

    @property
    def open_interrupts(self) -> tuple[InterruptState, ...]:
        """The open interrupts, in order."""
        return tuple(i for i in self.interrupts.values() if not i.resumed)


def parse_time(text: str) -> datetime:
    """Parse a time of the journal."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def between(start: str, end: str) -> int:
    """Seconds between two journal times; never negative.

    >>> between("2026-01-01T00:00:00Z", "2026-01-01T00:01:40Z")
    100
    """
    return max(0, int((parse_time(end) - parse_time(start)).total_seconds()))


def replay_journal(events: Iterable[Event], until: str = "") -> PlanProgress:
    """The state after all events, or after those up to a time."""
    state = PlanProgress()
    for event in events:
        if until and event.time > until:
            continue
        state.first = state.first or event.time
        state.last = max(state.last, event.time)
        _apply(state, event)
    return state


def _apply(state: PlanProgress, event: Event) -> None:
    if isinstance(event, Started):
        _start(state, event)
    elif isinstance(event, Done):
        _done(state, event)
    elif isinstance(event, Recorded):
        task = state.tasks.setdefault(event.task, TaskState())
        task.records[event.name] = f"{event.text} ({event.actor}, {event.time[:10]})"
    elif isinstance(event, Interrupted):
        _interrupt(state, event)
    elif isinstance(event, Assessed):
        _assess(state, event)
    elif isinstance(event, Resumed):
        _resume(state, event)
    elif isinstance(event, RiskNoted):
        state.risks[event.id] = event
    else:
        state.checkpoints.append(event)


def _ignored(state: PlanProgress, event: Event, why: str) -> None:
    state.notes.append(f"{event.time} {event.actor}: {why}")


def _start(state: PlanProgress, event: Started) -> None:
    task = state.tasks.setdefault(event.task, TaskState())
    if task.state in ("started", "paused"):
        _ignored(state, event, f"{event.task} was started already")
        return
    stopped = any(i.stops(event.task) for i in state.open_interrupts)
    task.state, task.stopped = ("paused", event.time) if stopped else ("started", "")
    task.started, task.actor, task.done = event.time, event.actor, ""


def _done(state: PlanProgress, event: Done) -> None:
    task = state.tasks.setdefault(event.task, TaskState())
    if task.state != "started":
        _ignored(state, event, f"{event.task} was {task.state}, so it could not be done")
        return
    task.state, task.done, task.actor = "done", event.time, event.actor
    task.held, task.deliverables = event.held, dict(event.deliverables)


def _interrupt(state: PlanProgress, event: Interrupted) -> None:
    if event.id in state.interrupts:
        _ignored(state, event, f"{event.id} is open already")
        return
    interrupt = InterruptState(event.id, event.trigger, event.reason, event.actor, event.time, event.cause, event.tasks)
    stopped = [name for name, t in state.tasks.items() if t.state == "started" and interrupt.stops(name)]
    interrupt.paused = tuple(sorted(stopped))
    for name in stopped:
        state.tasks[name].state, state.tasks[name].stopped = "paused", event.time
    state.interrupts[event.id] = interrupt


def _assess(state: PlanProgress, event: Assessed) -> None:
    interrupt = state.interrupts.get(event.interrupt)
    if interrupt is None or interrupt.resumed:
        _ignored(state, event, f"{event.interrupt} is not open")
        return
    kept = interrupt.records.setdefault(event.phase, {})
    kept.update({key: PhaseRecord(text, event.actor, event.time) for key, text in event.records.items()})
    for name, days in event.days.items():
        interrupt.days[name] = interrupt.days.get(name, 0) + days
        state.tasks.setdefault(name, TaskState()).added += days


def _resume(state: PlanProgress, event: Resumed) -> None:
    interrupt = state.interrupts.get(event.interrupt)
    if interrupt is None or interrupt.resumed:
        _ignored(state, event, f"{event.interrupt} is not open")
        return
    interrupt.resumed, interrupt.resumed_by = event.time, event.actor
    for name, task in state.tasks.items():
        if task.state == "paused" and not any(i.stops(name) for i in state.open_interrupts):
            task.state = "started"
            task.lost += between(task.stopped, event.time)
            task.stopped = ""


def as_data(state: PlanProgress) -> Mapping[str, object]:
    """The state as plain data with a fixed order of keys: equal states give equal JSON."""
    return {
        "tasks": {k: dataclasses.asdict(v) for k, v in sorted(state.tasks.items())},
        "interrupts": [dataclasses.asdict(i) | {"phase": i.phase, "seconds": i.seconds} for i in state.interrupts.values()],
        "risks": {k: msgspec.to_builtins(v) for k, v in sorted(state.risks.items())},
        "checkpoints": [msgspec.to_builtins(c) for c in state.checkpoints],
        "notes": list(state.notes),
        "first": state.first,
        "last": state.last,
    }
