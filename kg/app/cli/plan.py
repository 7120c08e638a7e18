"""``kg plan``: the interruptible plan, tasks that are done by measured acceptance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kg.app.cli.checkpoints import checkpoint, risk
from kg.app.cli.interrupts import assess, interrupt, report, resume
from kg.app.cli.options import common, console, escape, join, settings, texts
from kg.app.cli.options import reason as explained
from kg.app.cli.planning import note, plain, refused, said, signed
from kg.base import files as files_
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.planning import JudgedPlan, Plan
    from kg.plan.tasks import Task

_STATES = {"done": "green", "started": "cyan", "paused": "yellow", "open": ""}


@click.group()
@common
def plan() -> None:
    """The interruptible plan: what is done, what is next, what interrupts it.

    A task is a note with 'type: task'. What happens is appended to plan/journal.jsonl in the notes folder, signed with git's
    user.name, chained and never changed; the state is computed from it. Commit the file.
    """


@plan.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--at", metavar="TIME", help="As the journal stood at a time (UTC, 2026-01-31T12:00:00Z); nothing is measured.")
@common
def status(form: str, at: str | None) -> None:
    """The tasks with their state, what their acceptance lacks, and the critical path."""
    from kg.knowledge.planning import judge_plan, load_plan
    from kg.plan.state import as_data, reduce

    given = settings()
    if at is not None:
        found = load_plan(given)
        click.echo(json.dumps(as_data(reduce(found.journal.events, at)), ensure_ascii=False, indent=2))
        return
    judged = judge_plan(given)
    if form == "json":
        click.echo(json.dumps(_status_json(judged), ensure_ascii=False, indent=2))
        return
    _status_table(given, judged)


def _status_json(judged: JudgedPlan) -> dict[str, Any]:
    from kg.plan.schedule import schedule
    from kg.plan.state import as_data

    tasks, state = judged.plan.tasks, judged.plan.state
    plan_ = schedule(tasks, state)
    rows = []
    for task in tasks:
        results = judged.results(task)
        slot = plan_.slots[task.id]
        rows.append(
            {
                "id": task.id, "task": task.number, "label": dict(task.labels), "state": state.of(task.id).state,
                "path": task.path, "line": task.line, "before": list(task.before), "planned": [task.first, task.last],
                "earliest": [slot.first, slot.last], "slack": slot.slack, "critical": task.id in plan_.critical,
                "holds": bool(results) and all(r.holds for r in results),
                "acceptance": [{"clause": r.text, "holds": r.holds, "found": r.found} for r in results],
            }
        )  # fmt: skip
    return {
        "tasks": rows, "critical_path": list(plan_.critical), "days": plan_.days,
        "journal": as_data(state), "events": len(judged.plan.journal.events), "torn": judged.plan.journal.torn,
    }  # fmt: skip


def _status_table(given: Settings, judged: JudgedPlan) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from kg.app.cli.options import language
    from kg.plan.schedule import schedule

    tasks, state = judged.plan.tasks, judged.plan.state
    lang = language(judged.built.languages)
    plan_ = schedule(tasks, state)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    t = texts("plan")
    for head in ("task", "what", "days", "slack", "state", "acceptance", "lacks"):
        table.add_column(t(head), justify="right" if head in ("days", "slack") else "left")
    for task in tasks:
        known = state.of(task.id)
        results = judged.results(task)
        lacks = [r for r in results if not r.holds]
        colour = _STATES[known.state]
        holds = f"{len(results) - len(lacks)}/{len(results)}" if results else t("none-stated")
        mark = "[bold]*[/] " if task.id in plan_.critical else "  "
        table.add_row(
            f"{mark}{task.number or task.id}", escape(task.label(lang)), f"{task.first}–{task.last}" if task.first else "",
            str(plan_.slots[task.id].slack), f"[{colour}]{t(known.state)}[/]" if colour else t(known.state), holds,
            escape(
                t("clause-separator").join(f"{r.text}{t('colon')}{explained(r.found)}" for r in lacks[:2])
                + (f" +{len(lacks) - 2}" if len(lacks) > 2 else "")
            ),
        )  # fmt: skip
    out = console()
    out.print(table)
    done = sum(state.of(task.id).state == "done" for task in tasks)
    path = " → ".join(_names(judged, plan_.critical))
    out.print(escape(t("summary", done=done, tasks=len(tasks), days=plan_.days, path=path)))
    for i in state.open_interrupts:
        since = t("since", id=i.id, trigger=i.trigger, opened=i.opened, reason=i.reason, phase=t(i.phase))
        out.print(f"[yellow]{t('interrupt')}[/] {escape(since)}")
    for task in tasks:
        if state.of(task.id).state == "done" and not all(r.holds for r in judged.results(task)):
            out.print(f"[red]{escape(t('no-longer', task=task.number or task.id))}[/]")
    for text in state.notes:
        out.print(f"[dim]{escape(t('left-out', text=text))}[/]")
    if judged.plan.journal.torn:
        out.print(f"[yellow]{t('torn', bytes=judged.plan.journal.torn)}[/]")


def _names(judged: JudgedPlan, ids: Sequence[str]) -> list[str]:
    by_id = {t.id: t for t in judged.plan.tasks}
    return [str(by_id[i].number or i) for i in ids]


@plan.command("next")
@common
def next_() -> None:
    """What goes on, what can begin now, and what waits for what."""
    from kg.app.cli.options import language
    from kg.knowledge.planning import load_plan
    from kg.plan.schedule import upcoming

    given = settings()
    found = load_plan(given)
    lang = language(given.languages)
    now = upcoming(found.tasks, found.state)
    by_id = {t.id: t for t in found.tasks}

    def name(task: Task) -> str:
        return f"{task.number or task.id}  {task.label(lang)}"

    t = texts("plan")
    for head, tasks in (("going", now.going), ("paused-by", now.paused), ("ready", now.ready)):
        if tasks:
            click.echo(t(head))
        for task in tasks:
            click.echo(f"  {name(task)}")
    if now.waiting:
        click.echo(t("waiting"))
    for task, lacking in now.waiting:
        before = join([str(by_id[b].number or b) for b in lacking])
        click.echo(f"  {t('waiting-for', task=name(task), before=before)}")


@plan.command()
@click.argument("task")
@click.option("--anyway", is_flag=True, help="Begin although tasks before it are not done; say why with --reason.")
@click.option("--reason", default="", help="Why.")
@common
def start(task: str, anyway: bool, reason: str) -> None:
    """Begin a task, or begin one again that is done."""
    from kg.knowledge.planning import load_plan
    from kg.plan.journal import Started
    from kg.plan.schedule import open_before
    from kg.plan.tasks import find

    given = settings()
    found = load_plan(given)
    wanted = find(found.tasks, task)
    known = found.state.of(wanted.id)
    if known.state in ("started", "paused"):
        raise UsageError(f"{wanted.id} is {known.state} since {known.started}", hint="'kg plan status' shows what it lacks")
    if known.state == "done" and not reason:
        raise UsageError(f"{wanted.id} is done since {known.done}", hint="to begin it again, say why with --reason")
    _not_stopped(found, wanted)
    early = open_before(wanted, found.state)
    if early and not (anyway and reason):
        raise UsageError(
            f"{wanted.id} comes after {', '.join(early)}, which {'is' if len(early) == 1 else 'are'} not done",
            hint="'kg plan next' lists what can begin; to begin all the same: --anyway --reason WHY, which is recorded",
        )
    note(given, [Started(**signed(given, found.tasks), task=wanted.id, early=early, reason=reason)])
    said(texts("plan")("task-started", task=wanted.id))


def _not_stopped(found: Plan, task: Task) -> None:
    stop = next((i for i in found.state.open_interrupts if i.stops(task.id)), None)
    if stop is not None:
        raise UsageError(
            f"interrupt {stop.id} ({stop.trigger}) stops {task.id} since {stop.opened}",
            hint=f"its phase is {stop.phase}: kg plan assess {stop.id}, then kg plan resume {stop.id}",
        )


@plan.command()
@click.argument("task")
@click.option("--reason", default="", help="What should be remembered of it.")
@common
def done(task: str, reason: str) -> None:
    """Say that a task is done; refused, with reasons and status 1, while its acceptance doesn't hold."""
    from kg.knowledge.planning import judge_plan
    from kg.plan.facts import place
    from kg.plan.journal import Done
    from kg.plan.tasks import find

    given = settings()
    judged = judge_plan(given)
    found = judged.plan
    wanted = find(found.tasks, task)
    known = found.state.of(wanted.id)
    _not_stopped(found, wanted)
    if known.state != "started":
        why = f"since {known.done}" if known.state == "done" else f"kg plan start {task}"
        raise UsageError(f"{wanted.id} is {known.state}, not started", hint=why)
    if not wanted.acceptance:
        raise UsageError(
            f"{wanted.path}:{wanted.line}: {wanted.id} states no acceptance", hint="write 'acceptance:' into its front matter"
        )
    results = judged.results(wanted)
    lacks = [r for r in results if not r.holds]
    files = [o.name for c in wanted.acceptance for o in c.options if o.kind == "file"]
    stale = bool([f for f in files if (p := place(given, f)) and p.is_relative_to(given.out)]) and _older(given)
    if lacks or stale:
        t = texts("plan")
        reasons = [f"{r.text}{t('colon')}{explained(r.found)}" for r in lacks]
        reasons += [t("output-older", out=given.out.name)] if stale else []
        refused(t("not-done", task=wanted.id, place=f"{wanted.path}:{wanted.line}"), reasons)
    digests = {f: hashlib.sha256(files_.read(p, files_.LARGE)).hexdigest() for f in files if (p := place(given, f))}
    event = Done(
        **signed(given, found.tasks), task=wanted.id, held=tuple(f"{r.text}: {r.found}" for r in results),
        deliverables=digests, reason=reason,
    )  # fmt: skip
    note(given, [event])
    t = texts("plan")
    said(t("task-done", task=wanted.id))
    for r in results:
        said(f"  {r.text}{t('colon')}{explained(r.found)}")


def _older(given: Settings) -> bool:
    """Whether the output is of other notes than there are now."""
    from kg import knowledge

    return not knowledge.is_current(given)


@plan.command()
@click.argument("task")
@click.argument("name")
@click.argument("text")
@common
def record(task: str, name: str, text: str) -> None:
    """Record what only people can do for a task: 'kg plan record 1 meeting "held on …, decided …"'."""
    from kg.knowledge.planning import load_plan
    from kg.plan.journal import Recorded
    from kg.plan.tasks import find

    given = settings()
    found = load_plan(given)
    wanted = find(found.tasks, task)
    asked = [o.name for c in wanted.acceptance for o in c.options if o.kind == "record"]
    if name not in asked:
        known = ", ".join(asked) or "none"
        raise UsageError(f"{wanted.id} asks for no record '{name}'", hint=f"records that it asks for: {known}")
    if not text.strip():
        raise UsageError("an empty record", hint="say what happened, when, and who took part")
    note(given, [Recorded(**signed(given, found.tasks), task=wanted.id, name=name, text=text.strip())])
    said(texts("plan")("recorded", name=name, task=wanted.id))


@plan.command()
@common
def log() -> None:
    """The journal in its order, after checking that no line was altered."""
    from kg.plan.journal import read
    from kg.plan.tasks import folder

    given = settings()
    journal = read(folder(given))
    for event in journal.events:
        data = plain(event)
        kind, at, actor = data.pop("kind"), data.pop("at"), data.pop("actor")
        rest = " ".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in data.items())
        click.echo(f"{at} {kind:10} {actor}  {rest}")
    if journal.torn:
        said(texts("plan")("last-line", bytes=journal.torn))


for _command in (interrupt, assess, resume, report, checkpoint, risk):
    plan.add_command(_command)
