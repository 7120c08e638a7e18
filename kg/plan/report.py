"""The report of an interrupt: event, records, cost, and changes of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.base.texts import NOTE_LANGUAGES, ParallelTexts
from kg.plan.interrupts import PHASES, find_trigger, list_wanted_records, record_label
from kg.plan.journal import Event
from kg.plan.schedule import schedule_tasks
from kg.plan.state import InterruptState, PlanProgress, between, replay_journal
from kg.plan.tasks import Task


def interrupt_report(interrupt: InterruptState, tasks: Sequence[Task], events: Sequence[Event]) -> bytes:
    """Render a note on the interrupt in Chinese and English; depends only on tasks and journal."""
    return ("\n".join(_lines(interrupt, tasks, events)) + "\n").encode()


def escape_cell(text: str) -> str:
    r"""Escape text for a cell of a Markdown table.

    >>> escape_cell("a | b\nc")
    'a \\| b c'
    """
    return " ".join(text.split()).replace("|", "\\|")


def format_duration(seconds: int) -> str:
    """A duration in days, hours and minutes.

    >>> format_duration(90), format_duration(7260), format_duration(200_000)
    ('1 min', '2 h 1 min', '2 d 7 h 33 min')
    """
    minutes = seconds // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    return " ".join(parts) or ("0 min" if not seconds else f"{seconds} s")


def _lines(interrupt: InterruptState, tasks: Sequence[Task], events: Sequence[Event]) -> Iterator[str]:
    kind = find_trigger(interrupt.trigger)
    both = ParallelTexts("plan.notes")
    titles = ", ".join(f"{lang}: {text}" for lang, text in both.by_language("interrupt", id=interrupt.id).items())
    yield from ("---", f"title: {{{titles}}}", "type: page", "---", "")
    yield from (f"# {both('heading', id=interrupt.id, trigger=kind.label)}", "")
    yield from ("| | |", "|---|---|")
    group = " / ".join(map(kind.group, NOTE_LANGUAGES))
    yield f"| {both('kind')} | {both(kind.nature)}: {group} (`{interrupt.trigger}`) |"
    yield f"| {both('reason')} | {escape_cell(interrupt.reason)} |"
    if interrupt.cause:
        yield f"| {both('cause')} | `{interrupt.cause}` |"
    yield f"| {both('opened')} | {interrupt.opened}, {escape_cell(interrupt.actor)} |"
    resumed = f"{interrupt.resumed}, {escape_cell(interrupt.resumed_by)}" if interrupt.resumed else both("not-yet")
    yield f"| {both('resumed')} | {resumed} |"
    if interrupt.resumed:
        yield f"| {both('lasted')} | {format_duration(interrupt.seconds)} |"
    affected = "、".join(f"[[{t}]]" for t in interrupt.tasks) or both("all-tasks")
    yield f"| {both('concerned')} | {affected} |"
    yield f"| {both('paused')} | {'、'.join(f'[[{t}]]' for t in interrupt.paused) or both('none')} |"
    for phase in PHASES:
        yield from ("", f"## {both(phase)}", "")
        kept = interrupt.records.get(phase, {})
        for key in list_wanted_records(interrupt.trigger, phase):
            head = f"**{' / '.join(record_label(interrupt.trigger, phase, key, lang) for lang in NOTE_LANGUAGES)}**"
            if key in kept:
                text, actor, time = kept[key]
                yield f"- {head}: {' '.join(text.split())} — {actor}, {time}"
            else:
                yield f"- {head}: {both('to-record')}"
    yield from ("", f"## {both('cost')}", "")
    before = replay_journal(events, _just_before(interrupt, events))
    after = replay_journal(events, interrupt.resumed) if interrupt.resumed else replay_journal(events)
    yield from _cost(interrupt, tasks, before, after)


def _just_before(interrupt: InterruptState, events: Sequence[Event]) -> str:
    earlier = [e.time for e in events if e.time < interrupt.opened]
    return max(earlier, default="0")


def _cost(interrupt: InterruptState, tasks: Sequence[Task], before: PlanProgress, after: PlanProgress) -> Iterator[str]:
    both = ParallelTexts("plan.notes")
    for name in interrupt.paused:
        if interrupt.resumed:
            yield f"- [[{name}]]: {format_duration(between(interrupt.opened, interrupt.resumed))} {both('stopped')}"
    for name, days in interrupt.days.items():
        yield f"- [[{name}]]: {days:+d} {both('replanned')}"
    if not interrupt.paused and not interrupt.days:
        yield f"- {both('unchanged')}"
    old, new = schedule_tasks(tasks, before), schedule_tasks(tasks, after)
    moved = [t for t in tasks if old.slots[t.id][:2] != new.slots[t.id][:2]]
    if moved:
        yield from ("", f"| {both('task')} | {both('before')} | {both('after')} |", "|---|---|---|")
        for task in moved:
            a, b = old.slots[task.id], new.slots[task.id]
            yield f"| [[{task.id}]] {escape_cell(task.label(NOTE_LANGUAGES[0]))} | {a.first}–{a.last} | {b.first}–{b.last} |"
    yield from ("", f"{both('critical-path')}: {old.days} → {new.days} {both('days')}")
