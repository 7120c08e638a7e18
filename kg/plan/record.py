"""The record of a checkpoint: done, planned, problems, risks, measures before and now, and decisions for people to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kg.model import Measure, format_value
from kg.plan.checkpoints import Kind, format_slot
from kg.plan.journal import Done, Event, Interrupted, Recorded, Resumed, Started
from kg.plan.report import escape_cell
from kg.plan.schedule import list_upcoming, schedule_tasks
from kg.plan.state import PlanProgress, parse_time
from kg.plan.tasks import Task
from kg.plan.tasks.acceptance import ClauseResult

_TITLES: Final[Mapping[tuple[str, int], str]] = {
    ("daily", 9): "任务启动检查 / Start of the day",
    ("daily", 12): "上午进展检查 / Progress at noon",
    ("daily", 17): "全天总结检查 / End of the day",
    ("weekly", 0): "周计划确认 / Plan of the week",
    ("weekly", 2): "中期进展检查 / Progress at mid-week",
    ("weekly", 4): "周总结和下周计划 / Review of the week and plan of the next",
    ("monthly", 0): "月度里程碑检查 / Milestones of the month",
}
# Part 6 of the seed plan: the decisions of each checkpoint. The record computes its other items above the decisions.
_DECISIONS: Final[Mapping[tuple[str, int], tuple[str, ...]]] = {
    ("daily", 9): ("确认今日任务计划 / the tasks of today", "调整任务优先级 / changed priorities"),
    ("daily", 12): ("下午任务可行性 / whether the afternoon's tasks can be done", "调整资源分配 / resources allocated anew"),
    ("daily", 17): ("目标达成情况 / whether the goals were reached", "次日工作计划 / plan of the next day"),
    ("weekly", 0): ("分配任务负责人 / who does what", "完成标准 / when it counts as done", "关键风险 / key risks"),
    ("weekly", 2): ("调整任务计划 / changed tasks", "优化资源配置 / better allocation of resources"),
    ("weekly", 4): ("下周计划 / plan of the next week", "改进机会 / what to improve"),
    ("monthly", 0): (
        "成功和失败因素 / what made for success or failure", "下月改进计划 / improvements of the next month",
        "过程合规性 / compliance of the process", "用户反馈 / what users say", "风险缓解措施 / measures against risks",
    ),
}  # fmt: skip


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


def part(kind: Kind, slot: datetime) -> tuple[str, int]:
    """Kind and index of a slot: the hour of a daily checkpoint, the weekday of a weekly one."""
    numbers: Mapping[Kind, int] = {"daily": slot.hour, "weekly": slot.weekday(), "monthly": 0}
    return kind, numbers[kind]


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
    title = _TITLES[part(kind, slot)]
    zh, _, en = title.partition(" / ")
    yield from (
        "---",
        f'title: {{zh: "{zh} {slot:%Y-%m-%d %H:%M}", en: "{en}, {slot:%Y-%m-%d %H:%M}"}}',
        "type: page",
        "---",
        "",
    )
    yield from (f"# {zh} {slot:%Y-%m-%d %H:%M} / {en}", "")
    day = day_of(record.start, record.written)
    yield f"应于 / due {format_slot(slot)}；写于 / written {record.written}；自 / since {record.since}；第 {day} 天 / day {day}"
    yield from _done(record)
    yield from _planned(record, day)
    yield from _problems(record)
    yield from _risks(record, day)
    yield from _measures(record)
    yield from (
        "",
        "## 决定 / Decisions",
        "",
        "由人填写；kg 不改写这份记录。 / For people to fill in; kg never rewrites this record.",
        "",
    )
    for item in _DECISIONS[part(kind, slot)]:
        yield f"- [ ] {item}:"


def _done(record: CheckpointContent) -> Iterator[str]:
    yield from ("", "## 已完成 / Done", "")
    shown = 0
    for event in record.events:
        if record.since <= event.time <= record.written and isinstance(
            event, Done | Started | Recorded | Interrupted | Resumed
        ):
            yield f"- {event.time} {_said(event)} — {escape_cell(event.actor)}"
            shown += 1
    if not shown:
        yield "- 日志没有新事件 / nothing new in the journal"
    yield from ("", f"{len(record.commits)} 次提交 / commits")
    if record.commits:
        yield ""
    yield from (f"- {escape_cell(subject)}" for subject in record.commits[:10])
    if len(record.commits) > 10:
        yield f"- … {len(record.commits) - 10} 次 / more"


def _said(event: Done | Started | Recorded | Interrupted | Resumed) -> str:
    if isinstance(event, Done):
        return f"[[{event.task}]] 完成 / done"
    if isinstance(event, Started):
        return f"[[{event.task}]] 开始 / started"
    if isinstance(event, Recorded):
        return f"[[{event.task}]] 记录 / record {escape_cell(event.name)}: {escape_cell(event.text)}"
    if isinstance(event, Interrupted):
        return f"中断 / interrupt {event.id} ({event.trigger}): {escape_cell(event.reason)}"
    return f"中断结束 / interrupt over {event.interrupt}"


def _planned(record: CheckpointContent, day: int) -> Iterator[str]:
    yield from ("", "## 计划 / Planned", "")
    ahead = list_upcoming(record.tasks, record.state)
    slots = schedule_tasks(record.tasks, record.state)
    if not ahead.going and not ahead.ready:
        yield "- 没有可以继续或开始的任务 / no task goes on or can begin"
    for head, tasks in (("进行中 / going on", ahead.going), ("可以开始 / can begin", ahead.ready)):
        for task in tasks:
            critical = "，关键路径 / critical" if task.id in slots.critical else ""
            days = f"第 {task.first}–{task.last} 天 / days" if task.first else ""
            late = "，已过期 / overdue" if task.last and day > task.last else ""
            yield f"- {head}: [[{task.id}]] {days}{critical}{late}"


def _problems(record: CheckpointContent) -> Iterator[str]:
    yield from ("", "## 问题 / Problems", "")
    lines = [
        f"- 中断 / interrupt {i.id} ({i.trigger}), {i.opened}: {escape_cell(i.reason)}; 阶段 / phase {i.phase}"
        for i in record.state.open_interrupts
    ]
    for task in record.tasks:
        status = record.state.of(task.id).state
        lacking = [r for r in record.results.get(task.id, ()) if not r.holds]
        if status == "done" and lacking:
            lines.append(f"- [[{task.id}]] 曾完成，验收不再成立 / was done, its acceptance no longer holds: {_lacks(lacking)}")
        elif status in ("started", "paused") and lacking:
            lines.append(f"- [[{task.id}]] ({status}): {_lacks(lacking)}")
    errors = record.findings.get("error", 0)
    if errors:
        lines.append(f"- {errors} 个错误 / errors: `kg check`")
    yield from lines or ["- 无 / none"]


def _lacks(lacking: Sequence[ClauseResult]) -> str:
    return "; ".join(f"`{r.text}` {escape_cell(r.found)}" for r in lacking)


def _risks(record: CheckpointContent, day: int) -> Iterator[str]:
    yield from ("", "## 风险登记表 / Risk register", "")
    rows = [
        f"| {r.id} | {escape_cell(r.text)} | {r.likelihood} | {r.impact} | {escape_cell(r.mitigation) or '—'} |"
        for r in record.state.risks.values()
        if not r.closed
    ]
    slots = schedule_tasks(record.tasks, record.state)
    for task in record.tasks:
        if task.last and day > task.last and record.state.of(task.id).state != "done":
            impact = "high" if task.id in slots.critical else "medium"
            rows.append(f"| — | [[{task.id}]] 已过期 / overdue by {day - task.last} | high | {impact} | — |")
    if not rows:
        yield "- 无 / none"
        return
    yield from (
        "| id | 风险 / risk | 可能性 / likelihood | 影响 / impact | 缓解 / mitigation |",
        "|---|---|---|---|---|",
        *rows,
    )


def _measures(record: CheckpointContent) -> Iterator[str]:
    when = f" ({record.then_when})" if record.then_when else ""
    yield from (
        "",
        "## 度量 / Measures",
        "",
        f"| 度量 / measure | 上次 / then{when} | 现在 / now | 目标 / target |",
        "|---|---|---|---|",
    )
    for m in record.measures:
        then, value = (format_value(v, m.unit, "未知 / unknown") for v in (record.then.get(m.name), m.value))
        yield f"| {m.name} | {then} | {value} | {format_value(m.target, m.unit, '—')} |"
