"""The report of an interrupt: what happened, what was recorded, what it cost, what changes in the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.plan.interrupts import PHASES, record_label, trigger, wanted
from kg.plan.journal import Event
from kg.plan.schedule import schedule
from kg.plan.state import InterruptState, PlanProgress, between, reduce
from kg.plan.tasks import Task

_PHASES = {"evaluate": "评估 / Evaluate", "mitigate": "缓解 / Mitigate", "replan": "调整计划 / Replan"}


def interrupt_report(found: InterruptState, tasks: Sequence[Task], events: Sequence[Event]) -> bytes:
    """A note of the interrupt, in Chinese and English: a function of tasks and journal alone."""
    return ("\n".join(_lines(found, tasks, events)) + "\n").encode()


def cell(text: str) -> str:
    r"""Text for a cell of a Markdown table.

    >>> cell("a | b\nc")
    'a \\| b c'
    """
    return " ".join(text.split()).replace("|", "\\|")


def duration(seconds: int) -> str:
    """Seconds for readers.

    >>> duration(90), duration(7260), duration(200_000)
    ('1 min', '2 h 1 min', '2 d 7 h 33 min')
    """
    minutes = seconds // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    return " ".join(parts) or ("0 min" if not seconds else f"{seconds} s")


def _lines(found: InterruptState, tasks: Sequence[Task], events: Sequence[Event]) -> Iterator[str]:
    kind = trigger(found.trigger)
    names = {t.id: t for t in tasks}
    yield from ("---", f"title: {{zh: 中断 {found.id}, en: Interrupt {found.id}}}", "type: page", "---", "")
    yield from (f"# 中断 {found.id}：{kind.label('zh')} / Interrupt {found.id}: {kind.label('en')}", "")
    yield from ("| | |", "|---|---|")
    nature = {"technical": "技术 / technical", "business": "业务 / business"}[kind.nature]
    yield f"| 类型 / kind | {nature}: {kind.group('zh')} / {kind.group('en')} (`{found.trigger}`) |"
    yield f"| 原因 / reason | {cell(found.reason)} |"
    if found.cause:
        yield f"| 自动触发 / opened by itself | `{found.cause}` |"
    yield f"| 开始 / opened | {found.opened}, {cell(found.actor)} |"
    yield f"| 恢复 / resumed | {f'{found.resumed}, {cell(found.resumed_by)}' if found.resumed else '尚未 / not yet'} |"
    if found.resumed:
        yield f"| 历时 / lasted | {duration(found.seconds)} |"
    affected = "、".join(f"[[{t}]]" for t in found.tasks) or "所有未完成的任务 / all tasks that are not done"
    yield f"| 影响的任务 / tasks concerned | {affected} |"
    yield f"| 暂停的任务 / tasks paused | {'、'.join(f'[[{t}]]' for t in found.paused) or '无 / none'} |"
    for phase in PHASES:
        yield from ("", f"## {_PHASES[phase]}", "")
        kept = found.records.get(phase, {})
        for key in wanted(found.trigger, phase):
            zh, en = (record_label(found.trigger, phase, key, lang) for lang in ("zh", "en"))
            head = f"**{zh} / {en}**"
            if key in kept:
                text, actor, time = kept[key]
                yield f"- {head}: {' '.join(text.split())} — {actor}, {time}"
            else:
                yield f"- {head}: 待记录 / to be recorded"
    yield from ("", "## 损失与变更 / Cost and changes", "")
    before = reduce(events, _just_before(found, events))
    after = reduce(events, found.resumed) if found.resumed else reduce(events)
    yield from _cost(found, tasks, before, after, names)


def _just_before(found: InterruptState, events: Sequence[Event]) -> str:
    earlier = [e.time for e in events if e.time < found.opened]
    return max(earlier, default="0")


def _cost(
    found: InterruptState, tasks: Sequence[Task], before: PlanProgress, after: PlanProgress, names: dict[str, Task]
) -> Iterator[str]:
    for name in found.paused:
        if found.resumed:
            yield f"- [[{name}]]: {duration(between(found.opened, found.resumed))} 停顿 / stopped"
    for name, days in found.days.items():
        yield f"- [[{name}]]: {days:+d} 天（重新计划） / days by replanning"
    if not found.paused and not found.days:
        yield "- 没有任务停顿，计划未变 / No task was stopped, and the plan is as it was"
    old, new = schedule(tasks, before), schedule(tasks, after)
    moved = [t for t in tasks if old.slots[t.id][:2] != new.slots[t.id][:2]]
    if moved:
        yield from ("", "| 任务 / task | 原计划 / before | 新计划 / after |", "|---|---|---|")
        for task in moved:
            a, b = old.slots[task.id], new.slots[task.id]
            yield f"| [[{task.id}]] {cell(names[task.id].label('zh'))} | {a.first}–{a.last} | {b.first}–{b.last} |"
    yield from ("", f"关键路径 / critical path: {old.days} → {new.days} 天 / days")
