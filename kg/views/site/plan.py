"""The page of the plan: tasks with what they lack, a Gantt chart, dependencies, interrupts, checkpoints, risks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.model import Artifact, Assessment
from kg.plan.facts import PlanState
from kg.plan.interrupts import find_trigger
from kg.plan.report import format_duration
from kg.plan.schedule import schedule_tasks
from kg.plan.tasks import FOLDER, Task, pick_text
from kg.views.page import View, page, paths
from kg.views.page.words import Catalogue
from kg.views.site.plan_figures import dependencies, gantt

_WORDS: Final[Catalogue] = {
    "plan-lead": (
        "{tasks} 项任务中 {done} 项凭度量的验收条件完成；关键路径 {days} 天：{path}。",
        "{done} of {tasks} tasks done by measured acceptance; critical path of {days} days: {path}.",
    ),
    "plan-gantt": ("甘特图：浅色为计划的天数，深色为按前置任务最早可行的天数，带框的在关键路径上",
                   "Gantt chart: planned days pale, the earliest days by the tasks before dark, the critical path outlined"),
    "plan-dependencies": ("任务依赖图", "Dependencies of the tasks"),
    "plan-tasks": ("任务", "Tasks"),
    "plan-task": ("任务", "Task"),
    "plan-days": ("天", "Days"),
    "plan-slack": ("余量", "Slack"),
    "plan-state": ("状态", "State"),
    "plan-who": ("负责", "Responsible"),
    "plan-deliverable": ("交付物", "Deliverable"),
    "plan-acceptance": ("验收", "Acceptance"),
    "plan-no-acceptance": ("未写明验收条件", "No acceptance is stated"),
    "plan-open": ("未开始", "open"),
    "plan-started": ("进行中", "started"),
    "plan-paused": ("暂停", "paused"),
    "plan-done": ("完成", "done"),
    "plan-no-longer": ("曾完成，验收不再成立", "was done; its acceptance no longer holds"),
    "plan-interrupts": ("中断", "Interrupts"),
    "plan-going": ("未结束，阶段 {phase}", "open, phase {phase}"),
    "plan-lasted": ("历时 {time}", "lasted {time}"),
    "plan-checkpoints": ("检查点", "Checkpoints"),
    "plan-daily": ("每日", "daily"),
    "plan-weekly": ("每周", "weekly"),
    "plan-monthly": ("每月", "monthly"),
    "plan-risks": ("风险", "Risks"),
    "plan-holds": ("成立", "holds"),
    "plan-lacks": ("不成立", "doesn't hold"),
}  # fmt: skip


def plan_pages(assessment: Assessment, plan: PlanState) -> Iterator[Artifact]:
    """The page of the plan in every language; none without tasks."""
    for lang in (assessment.languages or ("en",)) if plan.tasks else ():
        yield _page(View(assessment, lang, _WORDS), plan)


def _page(view: View, shown: PlanState) -> Artifact:
    tasks, state = shown.tasks, shown.state
    plan = schedule_tasks(tasks, state)
    by_id = {t.id: t for t in tasks}
    address = view.path(paths.PLAN)

    def href(task: Task) -> str:
        return paths.relative(address, view.page_of(task.iri) or address)

    def name(task: Task) -> str:
        return task.label(view.lang)

    rows = []
    for task in tasks:
        results = shown.results.get(task.id, ())
        progress = state.of(task.id)
        rows.append(
            {
                "task": task,
                "name": name(task),
                "href": href(task),
                "state": progress,
                "slot": plan.slots[task.id],
                "critical": task.id in plan.critical,
                "results": results,
                "broken": progress.state == "done" and not all(r.holds for r in results),
                "who": pick_text(task.responsible, view.lang),
                "deliverable": pick_text(task.deliverable, view.lang),
            }
        )
    interrupts = [
        {
            "state": i,
            "label": pick_text(find_trigger(i.trigger).label, view.lang),
            "lasted": format_duration(i.seconds),
            "href": _note(view, address, f"{FOLDER}/interrupts/{i.opened[:10]}-{i.id}.md"),
        }
        for i in state.interrupts.values()
    ]
    checkpoints = [
        {"is": c, "href": _note(view, address, f"{FOLDER}/{c.path}")} for c in sorted(state.checkpoints, key=lambda c: c.slot)
    ]
    return page(
        view,
        paths.PLAN,
        "plan.html",
        title=view.words("plan"),
        section="plan",
        lead=view.words(
            "plan-lead",
            tasks=len(tasks),
            done=sum(state.of(t.id).state == "done" for t in tasks),
            days=plan.days,
            path=" → ".join(str(by_id[i].number or i) for i in plan.critical),
        ),
        rows=rows,
        interrupts=interrupts,
        checkpoints=checkpoints,
        risks=[r for r in state.risks.values() if not r.closed],
        gantt=gantt(tasks, plan, state, name, href, view.words("plan-gantt")),
        graph=dependencies(tasks, plan, state, name, href, view.words("plan-dependencies")),
    )


def _note(view: View, address: str, path: str) -> str:
    """Reference to the page of a record, empty where there is none."""
    target = view.page_of_note(path)
    return paths.relative(address, target) if target else ""
