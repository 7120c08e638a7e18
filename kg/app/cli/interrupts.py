"""``kg plan interrupt``, ``assess``, ``resume`` and ``report``: interrupts, from opening to report."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.app.cli.completion import complete_days, complete_interrupts, complete_tasks, complete_triggers
from kg.app.cli.options import NamedPath, common, display_path, join, language, read_settings, texts
from kg.app.cli.planning import append_to_journal, refuse, say_event, sign_event
from kg.app.cli.tables import print_rows
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.app.cli.planning import EventSignature
    from kg.base.settings import Settings
    from kg.knowledge.planning import JudgedPlan, Plan
    from kg.plan.journal import Event, Interrupted
    from kg.plan.state import InterruptState, PlanProgress
    from kg.plan.tasks import Task
    from kg.plan.triggers import Alarm

_FOLDER = "interrupts"


@click.command()
@click.argument("trigger", required=False, shell_complete=complete_triggers)
@click.option("--reason", default="", help="What happened.")
@click.option(
    "--task",
    "names",
    multiple=True,
    metavar="N",
    shell_complete=complete_tasks,
    help="A task to stop; repeatable (default: all tasks that are not done).",
)
@click.option("--auto", is_flag=True, help="Detect newly missed gates, refuted evidence and benchmarks over budget.")
@click.option("--audit", type=NamedPath(dir_okay=False), metavar="FILE", help="With --auto: a JSON report of pip-audit.")
@click.option("--list", "listing", is_flag=True, help="List the triggers.")
@common
def interrupt(trigger: str | None, reason: str, names: tuple[str, ...], auto: bool, audit: Path | None, listing: bool) -> None:
    """Interrupt tasks; other tasks continue.

    Give a trigger ('kg plan interrupt --list') and a reason. With --auto, kg opens an interrupt for each event that it detects,
    once for each cause; the exit status is 1 if it opened any.
    """
    # start time: only this command needs it
    from kg.plan.interrupts import TRIGGERS, find_trigger

    settings = read_settings()
    if listing:
        lang, t = language(settings.languages), texts("plan")
        print_rows([(kind.key, t(kind.nature), kind.group(lang), kind.label(lang)) for kind in TRIGGERS])
        return
    if auto or audit:
        if trigger:
            raise UsageError("--auto finds the triggers itself", hint="leave out the trigger or --auto")
        if open_alarms(settings, audit):
            raise SystemExit(1)
        return
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan
    from kg.plan.tasks import find_task

    if not trigger or not reason.strip():
        raise UsageError(
            "a trigger and a reason are needed",
            hint="kg plan interrupt KEY --reason TEXT\n    'kg plan interrupt --list' lists the keys",
        )
    find_trigger(trigger)
    plan = load_plan(settings)
    stopped = tuple(find_task(plan.tasks, n).id for n in names)
    event = opened(sign_event(settings, plan.tasks), trigger, reason.strip(), stopped)
    append_to_journal(settings, [event])
    _say_opened(event, plan)


def opened(who: EventSignature, trigger: str, reason: str, tasks: tuple[str, ...], cause: str = "") -> Interrupted:
    """The event that opens an interrupt. Its id is derived from the content, so that two branches don't use one id twice."""
    # start time: only this command needs it
    from kg.plan.journal import Interrupted

    text = "\0".join((who["time"], who["actor"], trigger, reason, cause))
    name = f"i-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
    return Interrupted(**who, id=name, trigger=trigger, reason=reason, tasks=tasks, cause=cause)


def _say_opened(event: Interrupted, plan: Plan) -> None:
    running = [t for t, s in sorted(plan.state.tasks.items()) if s.state == "started"]
    paused = [t for t in running if not event.tasks or t in event.tasks]
    click.echo(event.id)
    goes_on = [t for t in running if t not in paused]
    t = texts("plan")
    values = {"id": event.id, "trigger": event.trigger, "tasks": join(paused) or t("no-task")}
    say_event(t("opened-others", others=join(goes_on), **values) if goes_on else t("opened", **values))
    say_event(t("next-assess", id=event.id))


def open_alarms(settings: Settings, audit: Path | None, judged: JudgedPlan | None = None) -> int:
    """Open an interrupt for each alarm that has none; return the number of opened interrupts."""
    # start time: only this command needs it
    from kg.knowledge.planning import judge_plan
    from kg.metrics import benchmark
    from kg.plan.triggers import find_alarms, new_alarms, read_audit, recovered_in

    vulnerable = read_audit(audit) if audit is not None else ()
    judged = judged or judge_plan(settings)
    assessment = judged.base.assessment
    runs = benchmark.read_runs(settings.ontology)
    over = benchmark.find_excesses(runs[-1], benchmark.find_comparable(runs[-1], runs)) if runs else ()
    all_ = find_alarms(judged.plan.tasks, assessment, vulnerable, over)
    fresh: tuple[Alarm, ...] = new_alarms(all_, judged.plan.state, recovered_in(assessment))
    if not fresh:
        say_event(texts("plan")("alarms-open" if all_ else "no-alarm"))
        return 0
    who = sign_event(settings, judged.plan.tasks)
    events = [opened(who, a.trigger, a.reason, a.tasks, a.cause) for a in fresh]
    append_to_journal(settings, events)
    for event in events:
        say_event(event.reason)
        _say_opened(event, judged.plan)
    return len(events)


def _the(state: PlanProgress, name: str | None, *, closed: bool = False) -> InterruptState:
    """The interrupt with an id or prefix; without an id, the only open interrupt."""
    pool = [i for i in state.interrupts.values() if closed or not i.resumed]
    matches = [i for i in pool if name is None or i.id.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    names = ", ".join(i.id for i in pool)
    if not pool:
        raise UsageError("no interrupt is open", hint="open one: kg plan interrupt KEY --reason TEXT")
    problem = "which interrupt?" if name is None else f"which interrupt is {name}?"
    raise UsageError(problem, hint=f"give the id of one: {names}")


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    result = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise UsageError(
                f"{option}: '{text}' is not of the form KEY=TEXT", hint=f"write e.g. {option} impact='two services'"
            )
        result[key.strip()] = value.strip()
    return result


@click.command()
@click.argument("name", required=False, metavar="[ID]", shell_complete=complete_interrupts)
@click.option("--record", "records", multiple=True, metavar="KEY=TEXT", help="A record for the current phase; repeatable.")
@click.option(
    "--days",
    multiple=True,
    metavar="TASK=N",
    shell_complete=complete_days,
    help="While replanning: days to add to a task (or -N).",
)
@common
def assess(name: str | None, records: tuple[str, ...], days: tuple[str, ...]) -> None:
    """Record the assessment of an interrupt: evaluate, mitigate, replan. Without --record, list missing records."""
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan
    from kg.plan.interrupts import list_wanted_records
    from kg.plan.journal import Assessed
    from kg.plan.tasks import find_task

    settings = read_settings()
    plan = load_plan(settings)
    which = _the(plan.state, name)
    phase = which.phase
    if not records and not days:
        _say_lacking(which, settings)
        return
    if phase == "resume":
        # All records exist; the new plan can still be changed.
        phase = "replan"
    kept = _pairs(records, "--record")
    asked = list_wanted_records(which.trigger, phase)
    for key in kept:
        if key not in asked:
            raise UsageError(f"the phase {phase} asks for no record '{key}'", hint=f"it asks for: {', '.join(asked)}")
    changes = {}
    for key, value in _pairs(days, "--days").items():
        if not value.lstrip("+-").isdigit():
            raise UsageError(f"--days {key}: '{value}' is not a number of days", hint="write e.g. --days 7=+2")
        changes[find_task(plan.tasks, key).id] = int(value)
    if changes and phase != "replan":
        raise UsageError(
            "days can only be changed in the phase replan", hint=f"the phase is {phase}, which lacks: {_lacking(which, phase)}"
        )
    event = Assessed(**sign_event(settings, plan.tasks), interrupt=which.id, phase=phase, records=kept, days=changes)  # type: ignore[arg-type]  # one of the three
    append_to_journal(settings, [event])
    # start time: only this command needs it
    from kg.plan.folder import plan_folder
    from kg.plan.journal import read_journal
    from kg.plan.state import replay_journal

    _say_lacking(replay_journal(read_journal(plan_folder(settings)).events).interrupts[which.id], settings)


def _lacking(which: InterruptState, phase: str) -> str:
    return ", ".join(which.lacking(phase))


def _say_lacking(which: InterruptState, settings: Settings) -> None:
    # start time: only this command needs it
    from kg.plan.interrupts import record_label

    lang, t = language(settings.languages), texts("plan")
    phase = which.phase
    if phase == "resume":
        say_event(t("all-recorded", id=which.id))
        return
    say_event(t("phase-asks", id=which.id, phase=t(phase)))
    for key in which.lacking(phase):
        click.echo(f"{key:12} {record_label(which.trigger, phase, key, lang)}")


@click.command()
@click.argument("name", required=False, metavar="[ID]", shell_complete=complete_interrupts)
@common
def resume(name: str | None) -> None:
    """Resume work after an interrupt and write its report; refused with status 1 if records are missing."""
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan
    from kg.plan.interrupts import PHASES
    from kg.plan.journal import Resumed

    settings = read_settings()
    plan = load_plan(settings)
    which = _the(plan.state, name)
    if which.phase != "resume":
        t = texts("plan")
        lacking = [f"{t(phase)}{t('colon')}{join(which.lacking(phase))}" for phase in PHASES if which.lacking(phase)]
        refuse(t("cannot-resume", id=which.id), lacking)
    append_to_journal(settings, [Resumed(**sign_event(settings, plan.tasks), interrupt=which.id)])
    _write_report(settings, plan.tasks, which.id)


@click.command()
@click.argument("name", metavar="ID", shell_complete=complete_interrupts)
@common
def report(name: str) -> None:
    """Write the report of an interrupt again, in its current state."""
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan

    settings = read_settings()
    plan = load_plan(settings)
    _write_report(settings, plan.tasks, _the(plan.state, name, closed=True).id)


def _write_report(settings: Settings, tasks: Sequence[Task], name: str) -> None:
    # start time: only this command needs it
    from kg.base.notefile import edit_file
    from kg.plan.folder import FOLDER, plan_folder
    from kg.plan.journal import read_journal
    from kg.plan.report import format_duration, interrupt_report
    from kg.plan.state import replay_journal

    folder = plan_folder(settings)
    opened = replay_journal(read_journal(folder).events).interrupts[name].opened
    path = f"{_FOLDER}/{opened[:10]}-{name}.md"
    with edit_file(folder / path, inside=settings.writable, make=True) as edit:
        # Read under the lock, so that no report replaces one that was made from a longer journal.
        events: tuple[Event, ...] = read_journal(folder).events
        which = replay_journal(events).interrupts[name]
        data = interrupt_report(which, tasks, events)
        if edit.data != data:
            edit.write(data)
    if which.resumed:
        t = texts("plan")
        say_event(t("over", id=which.id, time=format_duration(which.seconds), tasks=join(which.paused) or t("none-stopped")))
    click.echo(display_path(settings, f"{FOLDER}/{path}"))
