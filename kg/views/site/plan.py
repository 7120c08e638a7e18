"""The page of the plan: tasks with what they lack, a Gantt chart, dependencies, interrupts, checkpoints, risks."""

from __future__ import annotations

from collections.abc import Iterator

from kg.model import Artifact, Assessment
from kg.plan.facts import PlanState
from kg.plan.interrupts import trigger
from kg.plan.report import duration
from kg.plan.schedule import schedule
from kg.plan.tasks import FOLDER, Task, said
from kg.views.page import View, page, paths
from kg.views.site.plan_figures import dependencies, gantt


def plan_pages(assessment: Assessment, found: PlanState) -> Iterator[Artifact]:
    """The page of the plan in every language; none without tasks."""
    for lang in (assessment.languages or ("en",)) if found.tasks else ():
        yield _page(View(assessment, lang, "views.plan"), found)


def _page(view: View, found: PlanState) -> Artifact:
    tasks, state = found.tasks, found.state
    plan = schedule(tasks, state)
    by_id = {t.id: t for t in tasks}
    here = view.path(paths.PLAN)

    def href(task: Task) -> str:
        return paths.relative(here, view.page_of(task.iri) or here)

    def name(task: Task) -> str:
        return task.label(view.lang)

    rows = []
    for task in tasks:
        results = found.results.get(task.id, ())
        known = state.of(task.id)
        rows.append(
            {
                "task": task, "name": name(task), "href": href(task), "state": known, "slot": plan.slots[task.id],
                "critical": task.id in plan.critical, "results": results,
                "broken": known.state == "done" and not all(r.holds for r in results),
                "who": said(task.responsible, view.lang), "deliverable": said(task.deliverable, view.lang),
            }
        )  # fmt: skip
    interrupts = [
        {
            "state": i, "label": trigger(i.trigger).label(view.lang), "lasted": duration(i.seconds),
            "href": _note(view, here, f"{FOLDER}/interrupts/{i.opened[:10]}-{i.id}.md"),
        }
        for i in state.interrupts.values()
    ]  # fmt: skip
    checkpoints = [
        {"is": c, "href": _note(view, here, f"{FOLDER}/{c.path}")} for c in sorted(state.checkpoints, key=lambda c: c.slot)
    ]
    return page(
        view, paths.PLAN, "plan.html",
        title=view.words("plan"), section="plan",
        lead=view.words(
            "plan-lead", tasks=len(tasks), done=sum(state.of(t.id).state == "done" for t in tasks), days=plan.days,
            path=" → ".join(str(by_id[i].number or i) for i in plan.critical),
        ),
        rows=rows, interrupts=interrupts, checkpoints=checkpoints,
        risks=[r for r in state.risks.values() if not r.closed],
        gantt=gantt(tasks, plan, state, name, href, view.words("plan-gantt")),
        graph=dependencies(tasks, plan, state, name, href, view.words("plan-dependencies")),
    )  # fmt: skip


def _note(view: View, here: str, path: str) -> str:
    """Reference to the page of a record, empty where there is none."""
    target = view.page_of_note(path)
    return paths.relative(here, target) if target else ""
