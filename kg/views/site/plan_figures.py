"""Figures of the plan as SVG for light and dark mode: a Gantt chart, and the dependencies of tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from kg.base.widths import text_width
from kg.plan.schedule import Schedule
from kg.plan.state import PlanProgress
from kg.plan.tasks import Task
from kg.views.page.md import clip
from kg.views.page.words import Words

_ROW, _CHAR = 26, 7.2
_BOX = (178.0, 40.0)
_GAP = (46.0, 16.0)


def gantt(
    tasks: Sequence[Task],
    plan: Schedule,
    state: PlanProgress,
    name: Callable[[Task], str],
    href: Callable[[Task], str],
    words: Words,
) -> Markup:
    """A row for each task: planned days pale, earliest days by dependencies dark; done tasks are filled.

    Tasks on the critical path have an outline.
    """
    last = max([plan.days, *(t.last for t in tasks)], default=1)
    left = min(250.0, max((text_width(clip(name(t), 32)) for t in tasks), default=1) * _CHAR + 14)
    day = max(5.0, min(22.0, 620.0 / last))
    body = []
    for at in range(1, last + 1, max(1, -(-last // 16))):
        x = left + (at - 1) * day
        body.append(Markup('<text class="value" x="{:.1f}" y="12">{}</text>').format(x, at))
        body.append(Markup('<path class="link" d="M{:.1f} 16V{}"/>').format(x, 18 + len(tasks) * _ROW))
    for n, task in enumerate(tasks):
        y = 20 + n * _ROW
        body.append(
            Markup('<a href="{}"><text class="label end" x="{:.1f}" y="{}">{}</text></a>').format(
                href(task), left - 8, y + 15, clip(name(task), 32)
            )
        )
        if task.first:
            box = _Box(left + (task.first - 1) * day, y + 3, task.days * day, 18)
            body.append(_rect("q1", box, f"{task.first}–{task.last}"))
        slot = plan.slots[task.id]
        status = state.of(task.id).state
        css = {"done": "q5", "started": "q4", "paused": "q2"}.get(status, "q3")
        line = ' stroke="currentColor" stroke-width="1.5"' if task.id in plan.critical else ""
        box = _Box(left + (slot.first - 1) * day, y + 7, (slot.last - slot.first + 1) * day, 10)
        body.append(_rect(css, box, f"{slot.first}–{slot.last} · {words(f'plan-{status}')}", line))
    return _figure((left + last * day + 12, 24 + len(tasks) * _ROW), words("plan-gantt"), body)


def dependencies(
    tasks: Sequence[Task],
    plan: Schedule,
    state: PlanProgress,
    name: Callable[[Task], str],
    href: Callable[[Task], str],
    words: Words,
) -> Markup:
    """Tasks as boxes, in columns by the length of the longest chain before them; lines lead to dependent tasks."""
    level: dict[str, int] = {}
    by_id = {t.id: t for t in tasks}

    def depth(name_: str) -> int:
        if name_ not in level:
            level[name_] = 1 + max((depth(b) for b in by_id[name_].before), default=-1)
        return level[name_]

    place: dict[str, tuple[float, float]] = {}
    filled: dict[int, int] = {}
    for task in sorted(tasks, key=lambda t: (depth(t.id), t.number, t.id)):
        column = depth(task.id)
        row = filled.get(column, 0)
        filled[column] = row + 1
        place[task.id] = column * (_BOX[0] + _GAP[0]) + 6, row * (_BOX[1] + _GAP[1]) + 6
    critical = set(zip(plan.critical, plan.critical[1:], strict=False))
    body = []
    for task in tasks:
        for b in task.before:
            (x1, y1), (x2, y2) = place[b], place[task.id]
            start, end = (x1 + _BOX[0], y1 + _BOX[1] / 2), (x2, y2 + _BOX[1] / 2)
            css = "line" if (b, task.id) in critical else "link"
            bend = (start[0] + end[0]) / 2
            body.append(
                Markup('<path class="{}" d="M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}"/>').format(
                    css, *start, bend, start[1], bend, end[1], *end
                )
            )
    for task in tasks:
        x, y = place[task.id]
        status = state.of(task.id).state
        css = {"done": "q5", "started": "q4", "paused": "q2"}.get(status, "q0")
        on = {"q5": "on5", "q4": "on4"}.get(css, "label")
        outline = "currentColor" if task.id in plan.critical else "none"
        text = clip(name(task), 24)
        # `on5` is the text colour on dark boxes, where the link colour would be illegible.
        body.append(
            Markup(
                '<a href="{}"><rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.0f}" height="{:.0f}" rx="5" stroke="{}">'
                '<title>{} · {}</title></rect></a><text class="{} mid" x="{:.1f}" y="{:.1f}" pointer-events="none">{}</text>'
            ).format(
                href(task), css, x, y, *_BOX, outline, name(task), words(f"plan-{status}"), on, x + _BOX[0] / 2, y + 25, text
            )
        )
    columns, rows = max(level.values(), default=0) + 1, max(filled.values(), default=1)
    return _figure((columns * (_BOX[0] + _GAP[0]), rows * (_BOX[1] + _GAP[1])), words("plan-dependencies"), body)


class _Box(NamedTuple):
    x: float
    y: float
    wide: float
    high: float


def _rect(css: str, box: _Box, title: str, more: str = "") -> Markup:
    made = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.0f}" rx="2"{}><title>{}</title></rect>')
    return made.format(css, *box, Markup(more), title)  # noqa: S704  # our own attributes


def _figure(size: tuple[float, float], label: str, body: Sequence[Markup]) -> Markup:
    return Markup(
        '<figure class="figure plan"><div class="scroll" tabindex="0" role="group" aria-label="{label}">'
        '<svg viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}" role="group" aria-label="{label}" '
        'xmlns="http://www.w3.org/2000/svg">{body}</svg></div><figcaption>{label}</figcaption></figure>\n'
    ).format(label=label, w=size[0], h=size[1], body=Markup("").join(body))
