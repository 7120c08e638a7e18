"""The report of an interrupt: event, records, cost, and changes of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.plan.interrupts import PHASES, find_trigger, list_wanted_records, record_label
from kg.plan.journal import Event
from kg.plan.schedule import schedule_tasks
from kg.plan.state import InterruptState, PlanProgress, between, replay_journal
from kg.plan.tasks import Task

_PHASES = {"evaluate": "评估 / Evaluate", "mitigate": "缓解 / Mitigate", "replan": "调整计划 / Replan"}


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
    names = {t.id: t for t in tasks}
    yield from ("---", f"title: {{zh: 中断 {interrupt.id}, en: Interrupt {interrupt.id}}}", "type: page", "---", "")
    yield from (f"# 中断 {interrupt.id}：{kind.label('zh')} / Interrupt {interrupt.id}: {kind.label('en')}", "")
    yield from ("| | |", "|---|---|")
    nature = {"technical": "技术 / technical", "business": "业务 / business"}[kind.nature]
    yield f"| 类型 / kind | {nature}: {kind.group('zh')} / {kind.group('en')} (`{interrupt.trigger}`) |"
    yield f"| 原因 / reason | {escape_cell(interrupt.reason)} |"
    if interrupt.cause:
        yield f"| 自动触发 / opened by itself | `{interrupt.cause}` |"
    yield f"| 开始 / opened | {interrupt.opened}, {escape_cell(interrupt.actor)} |"
    resumed = f"{interrupt.resumed}, {escape_cell(interrupt.resumed_by)}" if interrupt.resumed else "尚未 / not yet"
    yield f"| 恢复 / resumed | {resumed} |"
    if interrupt.resumed:
        yield f"| 历时 / lasted | {format_duration(interrupt.seconds)} |"
    affected = "、".join(f"[[{t}]]" for t in interrupt.tasks) or "所有未完成的任务 / all tasks that are not done"
    yield f"| 影响的任务 / tasks concerned | {affected} |"
    yield f"| 暂停的任务 / tasks paused | {'、'.join(f'[[{t}]]' for t in interrupt.paused) or '无 / none'} |"
    for phase in PHASES:
        yield from ("", f"## {_PHASES[phase]}", "")
        kept = interrupt.records.get(phase, {})
        for key in list_wanted_records(interrupt.trigger, phase):
            zh, en = (record_label(interrupt.trigger, phase, key, lang) for lang in ("zh", "en"))
            head = f"**{zh} / {en}**"
            if key in kept:
                text, actor, time = kept[key]
                yield f"- {head}: {' '.join(text.split())} — {actor}, {time}"
            else:
                yield f"- {head}: 待记录 / to be recorded"
    yield from ("", "## 损失与变更 / Cost and changes", "")
    before = replay_journal(events, _just_before(interrupt, events))
    after = replay_journal(events, interrupt.resumed) if interrupt.resumed else replay_journal(events)
    yield from _cost(interrupt, tasks, before, after, names)


def _just_before(interrupt: InterruptState, events: Sequence[Event]) -> str:
    earlier = [e.time for e in events if e.time < interrupt.opened]
    return max(earlier, default="0")


def _cost(
    interrupt: InterruptState, tasks: Sequence[Task], before: PlanProgress, after: PlanProgress, names: dict[str, Task]
) -> Iterator[str]:
    for name in interrupt.paused:
        if interrupt.resumed:
            yield f"- [[{name}]]: {format_duration(between(interrupt.opened, interrupt.resumed))} 停顿 / stopped"
    for name, days in interrupt.days.items():
        yield f"- [[{name}]]: {days:+d} 天（重新计划） / days by replanning"
    if not interrupt.paused and not interrupt.days:
        yield "- 没有任务停顿，计划未变 / No task was stopped, and the plan is as it was"
    old, new = schedule_tasks(tasks, before), schedule_tasks(tasks, after)
    moved = [t for t in tasks if old.slots[t.id][:2] != new.slots[t.id][:2]]
    if moved:
        yield from ("", "| 任务 / task | 原计划 / before | 新计划 / after |", "|---|---|---|")
        for task in moved:
            a, b = old.slots[task.id], new.slots[task.id]
            yield f"| [[{task.id}]] {escape_cell(names[task.id].label('zh'))} | {a.first}–{a.last} | {b.first}–{b.last} |"
    yield from ("", f"关键路径 / critical path: {old.days} → {new.days} 天 / days")
