"""The schedule: earliest and latest days of tasks, slack, the critical path, and the tasks that can be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kg.plan.state import PlanProgress
from kg.plan.tasks import Task


class Slot(NamedTuple):
    """The days at which a task can be done, counted from 1, inclusive."""

    first: int
    last: int
    slack: int
    """Days by which it can slip without delaying the end of the plan; 0 on the critical path."""


class Schedule(NamedTuple):
    """The critical path method (Kelley & Walker 1959), applied to planned days with the changes by replanning."""

    slots: Mapping[str, Slot]
    critical: tuple[str, ...]
    """Ids along one longest chain of tasks."""
    days: int
    """Duration of the plan in days if each task starts as early as possible."""


def schedule_tasks(tasks: Sequence[Task], state: PlanProgress | None = None) -> Schedule:
    """Compute the earliest days from dependencies and durations, and the slack until the end of the plan.

    Durations are planned days, plus days from replanning and whole days lost to interrupts.
    """
    long = {t.id: max(1, t.days + extra_days(state, t.id)) for t in tasks}
    order = _order(tasks)
    first: dict[str, int] = {}
    via: dict[str, str] = {}
    for task in order:
        latest = max(task.before, key=lambda b: (first[b] + long[b], b), default="")
        first[task.id] = first[latest] + long[latest] if latest else 1
        via[task.id] = latest
    end = max((first[t.id] + long[t.id] - 1 for t in tasks), default=0)
    must_end = {t.id: end for t in tasks}
    for task in reversed(order):
        for b in task.before:
            must_end[b] = min(must_end[b], must_end[task.id] - long[task.id])
    slots = {n: Slot(first[n], first[n] + long[n] - 1, must_end[n] - (first[n] + long[n] - 1)) for n in first}
    at = min((n for n in slots if slots[n].last == end), default="")
    critical = []
    while at:
        critical.append(at)
        at = via[at]
    return Schedule(slots, tuple(reversed(critical)), end)


def extra_days(state: PlanProgress | None, task: str) -> int:
    """Days that replanning added to a task, plus whole days lost to interrupts."""
    if state is None:
        return 0
    progress = state.of(task)
    return progress.added + progress.lost // 86_400


def _order(tasks: Sequence[Task]) -> list[Task]:
    """Topological order, ties by number. Cycles were rejected when the tasks were read."""
    by_id = {t.id: t for t in tasks}
    result: list[Task] = []
    seen: set[str] = set()
    for task in tasks:
        queue = [(task, False)]
        while queue:
            at, leaving = queue.pop()
            if leaving:
                result.append(at)
            elif at.id not in seen:
                seen.add(at.id)
                queue.append((at, True))
                queue.extend((by_id[b], False) for b in at.before)
    return result


class UpcomingTasks(NamedTuple):
    """The tasks that can be done now."""

    going: tuple[Task, ...]
    """Started and not stopped."""
    ready: tuple[Task, ...]
    """Open, with all prerequisites done; least slack first."""
    waiting: tuple[tuple[Task, tuple[str, ...]], ...]
    """Open, each with the tasks that it waits for."""
    paused: tuple[Task, ...]


def list_upcoming(tasks: Sequence[Task], state: PlanProgress) -> UpcomingTasks:
    """List the tasks in progress, those that can start, and those that wait."""
    plan = schedule_tasks(tasks, state)

    def urgency(task: Task) -> tuple[int, int, str]:
        return plan.slots[task.id].slack, task.first, task.id

    going, ready, waiting, paused = [], [], [], []
    for task in tasks:
        status = state.of(task.id).state
        if status == "started":
            going.append(task)
        elif status == "paused":
            paused.append(task)
        elif status == "open":
            lacking = open_before(task, state)
            if lacking:
                waiting.append((task, lacking))
            elif any(i.stops(task.id) for i in state.open_interrupts):
                paused.append(task)
            else:
                ready.append(task)
    return UpcomingTasks(tuple(going), tuple(sorted(ready, key=urgency)), tuple(waiting), tuple(paused))


def open_before(task: Task, state: PlanProgress) -> tuple[str, ...]:
    """The prerequisites of a task that are not done."""
    return tuple(b for b in task.before if state.of(b).state != "done")
