"""The page of the plan: tasks with missing conditions, a Gantt chart, dependencies, interrupts, checkpoints, risks."""

from __future__ import annotations

from collections.abc import Iterator

from kg.model import Artifact, Assessment
from kg.plan.facts import PlanState
from kg.plan.folder import FOLDER
from kg.plan.interrupts import find_trigger
from kg.plan.report import format_duration
from kg.plan.schedule import schedule_tasks
from kg.plan.tasks import Task, pick_text
from kg.views.page import PageHead, View, page, paths
from kg.views.site.plan_figures import dependencies, gantt


def plan_pages(assessment: Assessment, plan: PlanState) -> Iterator[Artifact]:
    """Yield the page of the plan in each language; nothing without tasks."""
    for lang in (assessment.languages or ("en",)) if plan.tasks else ():
        yield _page(View(assessment, lang, "views.plan"), plan)


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
                "when": _day_and_name(progress.done or progress.started, progress.actor),
                "held": [r for r in results if r.holds],
                "lacking": [r for r in results if not r.holds],
                "broken": progress.state == "done" and not all(r.holds for r in results),
                "who": pick_text(task.responsible, view.lang),
                "deliverable": pick_text(task.deliverable, view.lang),
            }
        )
    interrupts = [
        {
            "state": i,
            "label": find_trigger(i.trigger).label(view.lang),
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
        PageHead("plan.html", view.words("plan"), "plan"),
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
        gantt=gantt(tasks, plan, state, name, href, view.words),
        graph=dependencies(tasks, plan, state, name, href, view.words),
    )


def _day_and_name(time: str, actor: str) -> str:
    """A day and who acted, without the address; empty without a time.

    >>> _day_and_name("2026-11-28T10:00:00Z", "Ada <ada@example.org>")
    '2026-11-28 Ada'
    """
    return f"{time[:10]} {actor.partition(' <')[0]}".rstrip() if time else ""


def _note(view: View, address: str, path: str) -> str:
    """Reference to the page of a record; empty if there is none."""
    target = view.page_of_note(path)
    return paths.relative(address, target) if target else ""
