"""``kg plan interrupt``, ``assess``, ``resume`` and ``report``: work that stops, and goes on when all is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.app.cli.options import common, display_path, join, language, settings, texts
from kg.app.cli.planning import note, refused, said, signed
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.planning import JudgedPlan, Plan
    from kg.plan.journal import Event
    from kg.plan.state import InterruptState, PlanProgress
    from kg.plan.tasks import Task
    from kg.plan.triggers import Alarm

_FOLDER = "interrupts"


@click.command()
@click.argument("trigger", required=False)
@click.option("--reason", default="", help="What happened.")
@click.option("--task", "names", multiple=True, metavar="N", help="A task that it stops; repeatable (default: all not done).")
@click.option("--auto", is_flag=True, help="Look for gates that fell, evidence refuted and benchmarks over budget.")
@click.option("--audit", type=click.Path(path_type=Path), metavar="FILE", help="With --auto: a report of pip-audit (JSON).")
@click.option("--list", "listing", is_flag=True, help="The triggers that are known.")
@common
def interrupt(trigger: str | None, reason: str, names: tuple[str, ...], auto: bool, audit: Path | None, listing: bool) -> None:
    """Stop work: on the tasks concerned, the others go on.

    A person names a trigger ('kg plan interrupt --list') and the reason. With --auto, interrupts open by themselves for what kg
    can see, each once; the exit status is then 1 when one was opened.
    """
    from kg.plan.interrupts import TRIGGERS
    from kg.plan.interrupts import trigger as known

    given = settings()
    if listing:
        lang, t = language(given.languages), texts("plan")
        for kind in TRIGGERS:
            click.echo(f"{kind.key:30} {t(kind.nature):10} {kind.group(lang)}{t('colon')}{kind.label(lang)}")
        return
    if auto or audit:
        if trigger:
            raise UsageError("--auto finds the triggers itself", hint="leave out the trigger, or --auto")
        if open_alarms(given, audit):
            raise SystemExit(1)
        return
    from kg.knowledge.planning import load_plan
    from kg.plan.tasks import find

    if not trigger or not reason.strip():
        raise UsageError("a trigger and a reason are wanted", hint="kg plan interrupt KEY --reason TEXT; --list shows the keys")
    known(trigger)
    found = load_plan(given)
    stopped = tuple(find(found.tasks, n).id for n in names)
    event = opened(signed(given, found.tasks), trigger, reason.strip(), stopped)
    note(given, [event])
    _say_opened(event, found)


def opened(who: dict[str, Any], trigger: str, reason: str, tasks: tuple[str, ...], cause: str = "") -> Any:
    """The event that opens an interrupt; its id comes from what it says, so that branches don't give one id twice."""
    from kg.plan.journal import Interrupted

    text = "\0".join((who["time"], who["actor"], trigger, reason, cause))
    name = f"i-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
    return Interrupted(**who, id=name, trigger=trigger, reason=reason, tasks=tasks, cause=cause)


def _say_opened(event: Any, found: Plan) -> None:
    running = [t for t, s in sorted(found.state.tasks.items()) if s.state == "started"]
    paused = [t for t in running if not event.tasks or t in event.tasks]
    click.echo(event.id)
    goes_on = [t for t in running if t not in paused]
    t = texts("plan")
    values = {"id": event.id, "trigger": event.trigger, "tasks": join(paused) or t("no-task")}
    said(t("opened-others", others=join(goes_on), **values) if goes_on else t("opened", **values))
    said(t("next-assess", id=event.id))


def open_alarms(given: Settings, audit: Path | None, judged: JudgedPlan | None = None) -> int:
    """Open an interrupt for each alarm that has none yet; how many were opened."""
    from kg.knowledge.planning import judge_plan
    from kg.metrics import benchmark
    from kg.plan.triggers import alarms, new_alarms, read_audit, recovered_in

    vulnerable = read_audit(audit) if audit is not None else ()
    judged = judged or judge_plan(given)
    found = judged.built.assessment
    assert found is not None  # noqa: S101  # a plan is judged on measures
    runs = benchmark.read(given.ontology)
    over = benchmark.excess(runs[-1], benchmark.comparable(runs[-1], runs)) if runs else ()
    all_ = alarms(judged.plan.tasks, found, vulnerable, over)
    fresh: tuple[Alarm, ...] = new_alarms(all_, judged.plan.state, recovered_in(found))
    if not fresh:
        said(texts("plan")("alarms-open" if all_ else "no-alarm"))
        return 0
    who = signed(given, judged.plan.tasks)
    events = [opened(who, a.trigger, a.reason, a.tasks, a.cause) for a in fresh]
    note(given, events)
    for event in events:
        said(event.reason)
        _say_opened(event, judged.plan)
    return len(events)


def _the(state: PlanProgress, name: str | None, *, closed: bool = False) -> InterruptState:
    """The interrupt of an id or the beginning of one; without an id the only one that is open."""
    pool = [i for i in state.interrupts.values() if closed or not i.resumed]
    found = [i for i in pool if name is None or i.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(i.id for i in pool)
    what = "no interrupt is open" if not pool else f"which interrupt{'' if name is None else f' is {name}'}?"
    raise UsageError(what, hint=f"known: {known}" if known else "kg plan interrupt KEY --reason TEXT opens one")


def _pairs(texts: Sequence[str], what: str) -> dict[str, str]:
    result = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not value.strip():
            raise UsageError(f"{what} '{text}' is not KEY=TEXT", hint=f"write e.g. {what} impact='two services'")
        result[key.strip()] = value.strip()
    return result


@click.command()
@click.argument("name", required=False, metavar="[ID]")
@click.option("--record", "records", multiple=True, metavar="KEY=TEXT", help="A record of the phase; repeatable.")
@click.option("--days", multiple=True, metavar="TASK=N", help="While replanning: days by which a task grows (or -N).")
@common
def assess(name: str | None, records: tuple[str, ...], days: tuple[str, ...]) -> None:
    """Walk through an interrupt: evaluate, mitigate, replan, each with its records; without --record, what is lacking."""
    from kg.knowledge.planning import load_plan
    from kg.plan.interrupts import wanted
    from kg.plan.journal import Assessed
    from kg.plan.tasks import find

    given = settings()
    found = load_plan(given)
    which = _the(found.state, name)
    phase = which.phase
    if not records and not days:
        _say_lacking(which, given)
        return
    if phase == "resume":
        # Everything is recorded; replanning may still be changed.
        phase = "replan"
    kept = _pairs(records, "--record")
    asked = wanted(which.trigger, phase)
    for key in kept:
        if key not in asked:
            raise UsageError(
                f"the phase {phase} asks for no record '{key}'", hint=f"it asks for {', '.join(asked)}; phases come in order"
            )
    changes = {}
    for key, value in _pairs(days, "--days").items():
        if not value.lstrip("+-").isdigit():
            raise UsageError(f"--days {key}={value}: a number of days is wanted", hint="write e.g. --days 7=+2")
        changes[find(found.tasks, key).id] = int(value)
    if changes and phase != "replan":
        raise UsageError("days are changed while replanning", hint=f"the phase is {phase}; it lacks {_lacking(which, phase)}")
    event = Assessed(**signed(given, found.tasks), interrupt=which.id, phase=phase, records=kept, days=changes)  # type: ignore[arg-type]  # one of the three
    note(given, [event])
    from kg.plan.journal import read
    from kg.plan.state import reduce
    from kg.plan.tasks import folder

    _say_lacking(reduce(read(folder(given)).events).interrupts[which.id], given)


def _lacking(which: InterruptState, phase: str) -> str:
    return ", ".join(which.lacking(phase))


def _say_lacking(which: InterruptState, given: Settings) -> None:
    from kg.plan.interrupts import record_label

    lang, t = language(given.languages), texts("plan")
    phase = which.phase
    if phase == "resume":
        said(t("all-recorded", id=which.id))
        return
    said(t("phase-asks", id=which.id, phase=t(phase)))
    for key in which.lacking(phase):
        click.echo(f"{key:12} {record_label(which.trigger, phase, key, lang)}")


@click.command()
@click.argument("name", required=False, metavar="[ID]")
@common
def resume(name: str | None) -> None:
    """Go on after an interrupt; refused, with status 1, while a record is lacking. Writes the report of the interrupt."""
    from kg.knowledge.planning import load_plan
    from kg.plan.interrupts import PHASES
    from kg.plan.journal import Resumed

    given = settings()
    found = load_plan(given)
    which = _the(found.state, name)
    if which.phase != "resume":
        t = texts("plan")
        lacking = [f"{t(phase)}{t('colon')}{join(which.lacking(phase))}" for phase in PHASES if which.lacking(phase)]
        refused(t("cannot-resume", id=which.id), lacking)
    note(given, [Resumed(**signed(given, found.tasks), interrupt=which.id)])
    _write_report(given, found.tasks, which.id)


@click.command()
@click.argument("name", metavar="ID")
@common
def report(name: str) -> None:
    """Write the report of an interrupt again, as far as it has come."""
    from kg.knowledge.planning import load_plan

    given = settings()
    found = load_plan(given)
    _write_report(given, found.tasks, _the(found.state, name, closed=True).id)


def _write_report(given: Settings, tasks: Sequence[Task], name: str) -> None:
    from kg.base.notefile import overwrite
    from kg.plan.journal import read
    from kg.plan.report import duration, interrupt_report
    from kg.plan.state import reduce
    from kg.plan.tasks import FOLDER, folder

    events: tuple[Event, ...] = read(folder(given)).events
    which = reduce(events).interrupts[name]
    path = f"{_FOLDER}/{which.opened[:10]}-{which.id}.md"
    overwrite(folder(given) / path, interrupt_report(which, tasks, events), inside=given.writable)
    if which.resumed:
        t = texts("plan")
        said(t("over", id=which.id, time=duration(which.seconds), tasks=join(which.paused) or t("none-stopped")))
    click.echo(display_path(given, f"{FOLDER}/{path}"))
