"""``kg plan``: the interruptible plan, with tasks whose acceptance is measured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from kg.app.cli.checkpoints import checkpoint, risk
from kg.app.cli.completion import complete_tasks
from kg.app.cli.interrupts import assess, interrupt, report, resume
from kg.app.cli.options import common, join, language, output_file, read_settings, texts, translate_reason
from kg.app.cli.planning import append_to_journal, plain_event, refuse, say_event, sign_event
from kg.app.cli.tables import print_table
from kg.app.cli.terminal import console, escape
from kg.base import files
from kg.base.errors import UsageError
from kg.base.json_forms import json_line, json_pretty

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.planning import JudgedPlan, Plan
    from kg.plan.tasks import Task

_STATES = {"done": "green", "started": "cyan", "paused": "yellow", "open": ""}


@click.group()
@common
def plan() -> None:
    """Manage the interruptible plan: what is done, what is next, what interrupts it.

    A task is a note with 'type: task'. Events are appended to plan/journal.jsonl in the notes folder: signed with git's
    user.name, chained, and never changed. The state is computed from them. Commit the file.
    """


@plan.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--at", metavar="TIME", help="Show the state at a time (UTC, 2026-01-31T12:00:00Z), without measuring.")
@output_file
@common
def status(form: str, at: str | None) -> None:
    """Show the tasks with their state and missing acceptance conditions, and the critical path."""
    # start time: only this command needs it
    from kg.knowledge.planning import judge_plan, load_plan
    from kg.plan.state import as_data, replay_journal

    settings = read_settings()
    if at is not None:
        current = load_plan(settings)
        click.echo(json_pretty(as_data(replay_journal(current.journal.events, at))))
        return
    judged = judge_plan(settings)
    if form == "json":
        click.echo(json_pretty(_status_json(judged)))
        return
    _status_table(settings, judged)


def _status_json(judged: JudgedPlan) -> dict[str, object]:
    # start time: only this command needs it
    from kg.plan.schedule import schedule_tasks
    from kg.plan.state import as_data

    tasks, state = judged.plan.tasks, judged.plan.state
    plan_ = schedule_tasks(tasks, state)
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


def _status_table(settings: Settings, judged: JudgedPlan) -> None:
    # start time: rich is needed only for tables
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from kg.plan.schedule import schedule_tasks

    tasks, state = judged.plan.tasks, judged.plan.state
    lang = language(judged.base.languages)
    plan_ = schedule_tasks(tasks, state)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    t = texts("plan")
    for head in ("task", "what", "days", "slack", "state", "acceptance", "lacks"):
        table.add_column(t(head), justify="right" if head in ("days", "slack") else "left")
    for task in tasks:
        progress = state.of(task.id)
        results = judged.results(task)
        lacks = [r for r in results if not r.holds]
        colour = _STATES[progress.state]
        holds = f"{len(results) - len(lacks)}/{len(results)}" if results else t("none-stated")
        mark = "[bold]*[/] " if task.id in plan_.critical else "  "
        table.add_row(
            f"{mark}{task.number or task.id}", escape(task.label(lang)), f"{task.first}–{task.last}" if task.first else "",
            str(plan_.slots[task.id].slack), f"[{colour}]{t(progress.state)}[/]" if colour else t(progress.state), holds,
            escape(
                t("clause-separator").join(f"{r.text}{t('colon')}{translate_reason(r.found)}" for r in lacks[:2])
                + (f" +{len(lacks) - 2}" if len(lacks) > 2 else "")
            ),
        )  # fmt: skip
    print_table(table)
    out = console()
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
    """List the tasks in progress, those that can start now, and those that wait."""
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan
    from kg.plan.schedule import list_upcoming

    settings = read_settings()
    current = load_plan(settings)
    lang = language(settings.languages)
    ahead = list_upcoming(current.tasks, current.state)
    by_id = {t.id: t for t in current.tasks}

    def name(task: Task) -> str:
        return f"{task.number or task.id}  {task.label(lang)}"

    t = texts("plan")
    for head, tasks in (("going", ahead.going), ("paused-by", ahead.paused), ("ready", ahead.ready)):
        if tasks:
            click.echo(t(head))
        for task in tasks:
            click.echo(f"  {name(task)}")
    if ahead.waiting:
        click.echo(t("waiting"))
    for task, lacking in ahead.waiting:
        before = join([str(by_id[b].number or b) for b in lacking])
        click.echo(f"  {t('waiting-for', task=name(task), before=before)}")


@plan.command()
@click.argument("task", shell_complete=complete_tasks)
@click.option("--anyway", is_flag=True, help="Start although prerequisites are not done; requires --reason.")
@click.option("--reason", default="", help="Why.")
@common
def start(task: str, anyway: bool, reason: str) -> None:
    """Start a task, or start a finished one again."""
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan
    from kg.plan.journal import Started
    from kg.plan.schedule import open_before
    from kg.plan.tasks import find_task

    settings = read_settings()
    current = load_plan(settings)
    wanted = find_task(current.tasks, task)
    progress = current.state.of(wanted.id)
    if progress.state in ("started", "paused"):
        raise UsageError(f"{wanted.id} is started since {progress.started}", hint="'kg plan status' shows what it lacks")
    if progress.state == "done" and not reason:
        raise UsageError(
            f"{wanted.id} is done since {progress.done}", hint=f"to start it again: kg plan start {task} --reason WHY"
        )
    _not_stopped(current, wanted)
    early = open_before(wanted, current.state)
    if early and not (anyway and reason):
        raise UsageError(
            f"{wanted.id} comes after tasks that are not done: {', '.join(early)}",
            hint=f"'kg plan next' lists what can start\n    to start it anyway: kg plan start {task} --anyway --reason WHY",
        )
    append_to_journal(settings, [Started(**sign_event(settings, current.tasks), task=wanted.id, early=early, reason=reason)])
    say_event(texts("plan")("task-started", task=wanted.id))


def _not_stopped(plan: Plan, task: Task) -> None:
    stop = next((i for i in plan.state.open_interrupts if i.stops(task.id)), None)
    if stop is not None:
        raise UsageError(
            f"interrupt {stop.id} ({stop.trigger}) stops {task.id} since {stop.opened}",
            hint=f"assess and resume it: kg plan assess {stop.id}\n    kg plan resume {stop.id}",
        )


@plan.command()
@click.argument("task", shell_complete=complete_tasks)
@click.option("--reason", default="", help="A comment for the journal.")
@common
def done(task: str, reason: str) -> None:
    """Mark a task as done; refused with reasons and status 1 if its acceptance doesn't hold."""
    # start time: only this command needs it
    from kg.knowledge.planning import judge_plan
    from kg.plan.facts import locate_file
    from kg.plan.journal import Done
    from kg.plan.tasks import find_task

    settings = read_settings()
    judged = judge_plan(settings)
    current = judged.plan
    wanted = find_task(current.tasks, task)
    progress = current.state.of(wanted.id)
    _not_stopped(current, wanted)
    if progress.state == "done":
        raise UsageError(
            f"{wanted.id} is done since {progress.done}", hint=f"to start it again: kg plan start {task} --reason WHY"
        )
    if progress.state != "started":
        raise UsageError(f"{wanted.id} is not started", hint=f"kg plan start {task}")
    if not wanted.acceptance:
        raise UsageError(
            f"{wanted.path}:{wanted.line}: {wanted.id} states no acceptance", hint="add 'acceptance:' to its front matter"
        )
    results = judged.results(wanted)
    lacks = [r for r in results if not r.holds]
    paths = [o.name for c in wanted.acceptance for o in c.options if o.kind == "file"]
    stale = bool([f for f in paths if (p := locate_file(settings, f)) and p.is_relative_to(settings.out)]) and _older(settings)
    if lacks or stale:
        t = texts("plan")
        reasons = [f"{r.text}{t('colon')}{translate_reason(r.found)}" for r in lacks]
        reasons += [t("output-older", out=settings.out.name)] if stale else []
        refuse(t("not-done", task=wanted.id, place=f"{wanted.path}:{wanted.line}"), reasons)
    digests = {f: hashlib.sha256(files.read(p, files.LARGE)).hexdigest() for f in paths if (p := locate_file(settings, f))}
    event = Done(
        **sign_event(settings, current.tasks), task=wanted.id, held=tuple(f"{r.text}: {r.found}" for r in results),
        deliverables=digests, reason=reason,
    )  # fmt: skip
    append_to_journal(settings, [event])
    t = texts("plan")
    say_event(t("task-done", task=wanted.id))
    for r in results:
        say_event(f"  {r.text}{t('colon')}{translate_reason(r.found)}")


def _older(settings: Settings) -> bool:
    """Whether the output was built from other notes than the current ones."""
    # start time: only this command needs it
    from kg import knowledge

    return not knowledge.is_current(settings)


@plan.command()
@click.argument("task", shell_complete=complete_tasks)
@click.argument("name")
@click.argument("text")
@common
def record(task: str, name: str, text: str) -> None:
    """Record what only people can do for a task: 'kg plan record 1 meeting "held on …, decided …"'."""
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan
    from kg.plan.journal import Recorded
    from kg.plan.tasks import find_task

    settings = read_settings()
    current = load_plan(settings)
    wanted = find_task(current.tasks, task)
    asked = [o.name for c in wanted.acceptance for o in c.options if o.kind == "record"]
    if name not in asked:
        names = ", ".join(asked)
        raise UsageError(
            f"{wanted.id} asks for no record '{name}'", hint=f"it asks for: {names}" if names else "it asks for no records"
        )
    if not text.strip():
        raise UsageError("the record has no text", hint="say what happened, when, and who took part")
    append_to_journal(settings, [Recorded(**sign_event(settings, current.tasks), task=wanted.id, name=name, text=text.strip())])
    say_event(texts("plan")("recorded", name=name, task=wanted.id))


@plan.command()
@common
def log() -> None:
    """Print the journal in order, after verifying that no line was altered."""
    # start time: only this command needs it
    from kg.plan.folder import plan_folder
    from kg.plan.journal import read_journal

    settings = read_settings()
    journal = read_journal(plan_folder(settings))
    for event in journal.events:
        data = plain_event(event)
        kind, at, actor = data.pop("kind"), data.pop("at"), data.pop("actor")
        rest = " ".join(f"{k}={json_line(v)}" for k, v in data.items())
        click.echo(f"{at} {kind:10} {actor}  {rest}")
    if journal.torn:
        say_event(texts("plan")("last-line", bytes=journal.torn))


for _command in (interrupt, assess, resume, report, checkpoint, risk):
    plan.add_command(_command)
