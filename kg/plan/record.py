"""The record of a checkpoint: done, planned, problems, risks, measures before and now, and decisions for people to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kg.base.texts import ParallelTexts
from kg.model import Measure, format_value
from kg.plan.checkpoints import Kind, format_slot
from kg.plan.journal import Done, Event, Interrupted, Recorded, Resumed, Started
from kg.plan.report import escape_cell
from kg.plan.schedule import list_upcoming, schedule_tasks
from kg.plan.state import PlanProgress, parse_time
from kg.plan.tasks import Task
from kg.plan.tasks.acceptance import ClauseResult

# Part 6 of the seed plan: the decisions of each checkpoint. The record computes its other items above the decisions.
_DECISIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "daily-9": ("today", "priorities"),
    "daily-12": ("afternoon", "resources"),
    "daily-17": ("goals", "next-day"),
    "weekly-0": ("who", "when-done", "key-risks"),
    "weekly-2": ("tasks", "allocation"),
    "weekly-4": ("next-week", "improve"),
    "monthly-0": ("factors", "next-month", "compliance", "feedback", "against-risks"),
}
"""Checkpoint → keys of the catalogue's section ``decisions``."""


@dataclass(frozen=True, slots=True)
class CheckpointContent:
    """The state of a knowledge base and its plan when a checkpoint is written."""

    tasks: Sequence[Task]
    state: PlanProgress
    events: Sequence[Event]
    results: Mapping[str, Sequence[ClauseResult]]
    """Task → the results of its acceptance clauses."""
    measures: Sequence[Measure]
    then: Mapping[str, float | None]
    """The measures at the previous checkpoint or snapshot."""
    then_when: str
    findings: Mapping[str, int]
    commits: Sequence[str]
    """Subjects of the commits since the previous checkpoint, newest first."""
    since: str
    """Due time of the previous checkpoint, or start of the plan; UTC."""
    written: str
    start: str
    """Day 1 of the plan, as a date; empty if it hasn't started."""


def checkpoint_key(kind: Kind, slot: datetime) -> str:
    """Kind and index of a slot: the hour of a daily checkpoint, the weekday of a weekly one.

    >>> checkpoint_key("daily", datetime(2026, 3, 1, 9)), checkpoint_key("monthly", datetime(2026, 3, 1))
    ('daily-9', 'monthly-0')
    """
    numbers: Mapping[Kind, int] = {"daily": slot.hour, "weekly": slot.weekday(), "monthly": 0}
    return f"{kind}-{numbers[kind]}"


def file_name(kind: Kind, slot: datetime) -> str:
    """Path of a checkpoint's record, relative to the plan's folder."""
    return f"checkpoints/{slot:%Y-%m-%d-%H%M}-{kind}.md"


def render_record(kind: Kind, slot: datetime, record: CheckpointContent) -> bytes:
    """Render the record as a note in Chinese and English; depends only on the arguments."""
    return ("\n".join(_lines(kind, slot, record)) + "\n").encode()


def day_of(start: str, at: str) -> int:
    """Number of a day in the plan; 0 before its start.

    >>> day_of("2026-03-01", "2026-03-03T10:00:00Z"), day_of("", "2026-03-03T10:00:00Z")
    (3, 0)
    """
    return max(0, (parse_time(at).date() - datetime.fromisoformat(start).date()).days + 1) if start else 0


def _lines(kind: Kind, slot: datetime, record: CheckpointContent) -> Iterator[str]:
    both, key = ParallelTexts("plan.notes"), checkpoint_key(kind, slot)
    names = both.by_language(key)
    zh, en = names["zh"], names["en"]
    yield from (
        "---",
        f'title: {{zh: "{zh} {slot:%Y-%m-%d %H:%M}", en: "{en}, {slot:%Y-%m-%d %H:%M}"}}',
        "type: page",
        "---",
        "",
    )
    yield from (f"# {zh} {slot:%Y-%m-%d %H:%M} / {en}", "")
    day = day_of(record.start, record.written)
    times = (("due", format_slot(slot)), ("written", record.written), ("since", record.since))
    yield "；".join((*(f"{both(name)} {time}" for name, time in times), both("since-day", day=str(day))))
    yield from _done(record)
    yield from _planned(record, day)
    yield from _problems(record)
    yield from _risks(record, day)
    yield from _measures(record)
    yield from (
        "",
        f"## {both('decisions')}",
        "",
        both("fill-in"),
        "",
    )
    decision = ParallelTexts("plan.decisions")
    for item in _DECISIONS[key]:
        yield f"- [ ] {decision(item)}:"


def _done(record: CheckpointContent) -> Iterator[str]:
    both = ParallelTexts("plan.notes")
    yield from ("", f"## {both('done-head')}", "")
    shown = 0
    for event in record.events:
        if record.since <= event.time <= record.written and isinstance(
            event, Done | Started | Recorded | Interrupted | Resumed
        ):
            yield f"- {event.time} {_describe_event(event, both)} — {escape_cell(event.actor)}"
            shown += 1
    if not shown:
        yield f"- {both('nothing-new')}"
    yield from ("", f"{len(record.commits)} {both('commits')}")
    if record.commits:
        yield ""
    yield from (f"- {escape_cell(subject)}" for subject in record.commits[:10])
    if len(record.commits) > 10:
        yield f"- … {len(record.commits) - 10} {both('more')}"


def _describe_event(event: Done | Started | Recorded | Interrupted | Resumed, both: ParallelTexts) -> str:
    if isinstance(event, Done):
        return f"[[{event.task}]] {both('done')}"
    if isinstance(event, Started):
        return f"[[{event.task}]] {both('started')}"
    if isinstance(event, Recorded):
        return f"[[{event.task}]] {both('record')} {escape_cell(event.name)}: {escape_cell(event.text)}"
    if isinstance(event, Interrupted):
        return f"{both('interrupt-of')} {event.id} ({event.trigger}): {escape_cell(event.reason)}"
    return f"{both('interrupt-over')} {event.interrupt}"


def _planned(record: CheckpointContent, day: int) -> Iterator[str]:
    both = ParallelTexts("plan.notes")
    yield from ("", f"## {both('planned')}", "")
    ahead = list_upcoming(record.tasks, record.state)
    slots = schedule_tasks(record.tasks, record.state)
    if not ahead.going and not ahead.ready:
        yield f"- {both('no-task')}"
    for head, tasks in (("going", ahead.going), ("ready", ahead.ready)):
        for task in tasks:
            critical = f"，{both('critical')}" if task.id in slots.critical else ""
            days = both("from-to", days=f"{task.first}–{task.last}") if task.first else ""
            late = f"，{both('overdue')}" if task.last and day > task.last else ""
            yield f"- {both(head)}: [[{task.id}]] {days}{critical}{late}"


def _problems(record: CheckpointContent) -> Iterator[str]:
    both = ParallelTexts("plan.notes")
    yield from ("", f"## {both('problems')}", "")
    lines = [
        f"- {both('interrupt-of')} {i.id} ({i.trigger}), {i.opened}: {escape_cell(i.reason)}; {both('phase')} {i.phase}"
        for i in record.state.open_interrupts
    ]
    for task in record.tasks:
        status = record.state.of(task.id).state
        lacking = [r for r in record.results.get(task.id, ()) if not r.holds]
        if status == "done" and lacking:
            lines.append(f"- [[{task.id}]] {both('no-longer')}: {_lacks(lacking)}")
        elif status in ("started", "paused") and lacking:
            lines.append(f"- [[{task.id}]] ({status}): {_lacks(lacking)}")
    errors = record.findings.get("error", 0)
    if errors:
        lines.append(f"- {errors} {both('errors')}: `kg check`")
    yield from lines or [f"- {both('none')}"]


def _lacks(lacking: Sequence[ClauseResult]) -> str:
    return "; ".join(f"`{r.text}` {escape_cell(r.found)}" for r in lacking)


def _risks(record: CheckpointContent, day: int) -> Iterator[str]:
    both = ParallelTexts("plan.notes")
    yield from ("", f"## {both('risks')}", "")
    rows = [
        f"| {r.id} | {escape_cell(r.text)} | {r.likelihood} | {r.impact} | {escape_cell(r.mitigation) or '—'} |"
        for r in record.state.risks.values()
        if not r.closed
    ]
    slots = schedule_tasks(record.tasks, record.state)
    for task in record.tasks:
        if task.last and day > task.last and record.state.of(task.id).state != "done":
            impact = "high" if task.id in slots.critical else "medium"
            rows.append(f"| — | [[{task.id}]] {both('overdue-by')} {day - task.last} | high | {impact} | — |")
    if not rows:
        yield f"- {both('none')}"
        return
    yield from (
        f"| id | {' | '.join(map(both, ('risk', 'likelihood', 'impact', 'mitigation')))} |",
        "|---|---|---|---|---|",
        *rows,
    )


def _measures(record: CheckpointContent) -> Iterator[str]:
    both = ParallelTexts("plan.notes")
    when = f" ({record.then_when})" if record.then_when else ""
    yield from (
        "",
        f"## {both('measures')}",
        "",
        f"| {both('measure')} | {both('then')}{when} | {both('now')} | {both('target')} |",
        "|---|---|---|---|",
    )
    for m in record.measures:
        then, value = (format_value(v, m.unit, both("unknown")) for v in (record.then.get(m.name), m.value))
        yield f"| {m.name} | {then} | {value} | {format_value(m.target, m.unit, '—')} |"
