"""``kg plan checkpoint`` and ``kg plan risk``: records on the state and the risks of the plan."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kg.app.cli.options import common, display_path, read_settings, texts
from kg.app.cli.planning import append_to_journal, say_event, sign_event
from kg.base.errors import ExistsError, UsageError

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.planning import JudgedPlan
    from kg.plan.checkpoints import Due, Kind
    from kg.plan.journal import Event
    from kg.plan.record import CheckpointContent

_KINDS = ("daily", "weekly", "monthly")
_LEVELS = click.Choice(["low", "medium", "high"])
_SHOWN = 20


@click.command()
@click.argument("kind", required=False, type=click.Choice(_KINDS))
@click.option(
    "--due", "only_due", is_flag=True, help="List due, overdue and missing checkpoints; exit with 1 if there are any."
)
@click.option("--at", metavar="TIME", help="The checkpoint that was due at TIME in the plan's time zone: 2026-01-31T09:00.")
@common
def checkpoint(kind: str | None, only_due: bool, at: str | None) -> None:
    """Write the record of a checkpoint: daily (09:00, 12:00, 17:00), weekly (Monday, Wednesday, Friday) or monthly.

    The record is generated from journal, history and git, with space for decisions, and is never overwritten. If kg detects an
    event that interrupts the plan, it first opens an interrupt. The time zone is [plan] timezone in kg.toml (default: UTC).
    """
    settings = read_settings()
    if only_due:
        _say_due(settings, kind)
        return
    if kind is None:
        raise UsageError(
            "which checkpoint?",
            hint="kg plan checkpoint daily|weekly|monthly\n    'kg plan checkpoint --due' lists those that are due",
        )
    _write(settings, kind, at)  # type: ignore[arg-type]  # one of the three


def _zone(settings: Settings) -> tzinfo:
    # start time: needed only for a plan with a time zone
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if settings.plan.timezone == "UTC":
        return UTC  # works without a time zone database
    try:
        return ZoneInfo(settings.plan.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(
            f"there is no time zone '{settings.plan.timezone}'",
            hint='write e.g. timezone = "Asia/Shanghai" below [plan]',
        ) from None


def _now() -> datetime:
    # start time: only this command needs it
    from kg.base.clock import read_clock
    from kg.plan.state import parse_time

    return parse_time(read_clock())


def _all_due(settings: Settings, kind: str | None) -> tuple[Due, ...]:
    # start time: only this command needs it
    from kg.plan.checkpoints import list_due
    from kg.plan.folder import plan_folder
    from kg.plan.journal import read_journal
    from kg.plan.state import replay_journal

    kinds: Any = (kind,) if kind else settings.plan.checkpoints
    return list_due(replay_journal(read_journal(plan_folder(settings)).events), _now(), _zone(settings), kinds)


def _say_due(settings: Settings, kind: str | None) -> None:
    listed = [d for d in _all_due(settings, kind) if d.open or d.state == "late"]
    open_ = [d for d in listed if d.open]
    t = texts("plan")
    for d in listed[-_SHOWN:]:
        click.echo(f"{t(d.state):8} {t(d.kind):8} {d.slot:%Y-%m-%d %H:%M}")
    if len(listed) > _SHOWN:
        say_event(t("earlier", n=len(listed) - _SHOWN))
    if open_:
        say_event(t("to-write", n=len(open_)))
        raise SystemExit(1)
    say_event(t("none-due"))


def _slot(settings: Settings, kind: Kind, at: str | None) -> datetime:
    """The requested slot. Raises UsageError if none was due yet, or if its record exists."""
    all_ = _all_due(settings, kind)
    if at is not None:
        try:
            wanted = datetime.fromisoformat(at).replace(tzinfo=_zone(settings))
        except ValueError:
            raise UsageError(f"--at: '{at}' is not a time", hint="write e.g. --at 2026-01-31T09:00") from None
        due = next((d for d in all_ if d.slot == wanted), None)
        due_now = ", ".join(f"{d.slot:%Y-%m-%dT%H:%M}" for d in all_ if d.open)
        if due is None:
            raise UsageError(f"no {kind} checkpoint was due at {at}", hint=f"due: {due_now}" if due_now else "none is due")
    elif all_:
        due = all_[-1]
    else:
        raise UsageError(
            f"no {kind} checkpoint has been due yet",
            hint="the first one is due after the first event of the plan: kg plan start TASK",
        )
    if not due.open:
        raise UsageError(
            f"the {kind} checkpoint of {due.slot:%Y-%m-%d %H:%M} is already written", hint="fill in its decisions by hand"
        )
    return due.slot


def _write(settings: Settings, kind: Kind, at: str | None) -> None:
    # start time: only this command needs it
    from kg.app.cli.interrupts import open_alarms
    from kg.base.notefile import create_note
    from kg.knowledge.planning import judge_plan
    from kg.plan.checkpoints import format_slot
    from kg.plan.folder import FOLDER, plan_folder
    from kg.plan.journal import CheckpointWritten, read_journal
    from kg.plan.record import file_name, render_record
    from kg.plan.state import replay_journal

    slot = _slot(settings, kind, at)
    judged = judge_plan(settings)
    if open_alarms(settings, None, judged):
        journal = read_journal(plan_folder(settings))
        judged = judged._replace(plan=judged.plan._replace(journal=journal, state=replay_journal(journal.events)))
    who = sign_event(settings, judged.plan.tasks)
    path = file_name(kind, slot)
    full = plan_folder(settings) / path
    text = render_record(kind, slot, _state(settings, judged, kind, slot, who["time"]))
    try:
        create_note(full, text, inside=settings.writable)
    except ExistsError:
        # A run that was killed between the two writes left it. It belongs to this checkpoint, and people may have edited it.
        say_event(texts("plan")("kept", path=display_path(settings, f"{FOLDER}/{path}")))
    values = {m.name: m.value for m in judged.facts.measures.values() if m.value is not None}
    append_to_journal(settings, [CheckpointWritten(**who, kind=kind, slot=format_slot(slot), path=path, measures=values)])
    click.echo(display_path(settings, f"{FOLDER}/{path}"))


def _state(settings: Settings, judged: JudgedPlan, kind: Kind, slot: datetime, written: str) -> CheckpointContent:
    # start time: only this command needs it
    from kg.plan.checkpoints import format_slot
    from kg.plan.commits import read_commits
    from kg.plan.record import CheckpointContent

    assessment = judged.base.assessment
    state = judged.plan.state
    before = [c for c in state.checkpoints if c.kind == kind and c.slot < format_slot(slot)]
    last = max(before, key=lambda c: c.slot, default=None)
    then: dict[str, float | None] = dict(last.measures) if last else {}
    when = last.time[:16] if last else ""
    if last is None and assessment.history:
        then, when = dict(assessment.history[-1].measures), assessment.history[-1].time[:16]
    since = last.slot if last else state.first
    return CheckpointContent(
        tasks=judged.plan.tasks,
        state=state,
        events=judged.plan.journal.events,
        results={t.id: judged.results(t) for t in judged.plan.tasks},
        measures=assessment.measures,
        then=then,
        then_when=when,
        findings=Counter(f.severity for f in judged.base.findings),
        commits=read_commits(settings.root, since, written),
        since=since,
        written=written,
        start=settings.plan.start.isoformat() if settings.plan.start else state.first[:10],
    )


@click.command()
@click.argument("text")
@click.option("--likelihood", type=_LEVELS, default="medium", show_default=True)
@click.option("--impact", type=_LEVELS, default="medium", show_default=True)
@click.option("--mitigation", default="", help="Mitigation of the risk.")
@click.option("--close", is_flag=True, help="Close the risk with the id TEXT; requires --reason.")
@click.option("--reason", default="", help="Why.")
@common
def risk(text: str, likelihood: str, impact: str, mitigation: str, close: bool, reason: str) -> None:
    """Add a risk to the register of the plan, or close one."""
    # start time: only this command needs it
    from kg.knowledge.planning import load_plan
    from kg.plan.journal import RiskNoted

    settings = read_settings()
    plan = load_plan(settings)
    who = sign_event(settings, plan.tasks)
    event: Event
    if close:
        noted = plan.state.risks.get(text)
        if noted is None or noted.closed:
            names = ", ".join(r.id for r in plan.state.risks.values() if not r.closed)
            raise UsageError(f"no risk '{text}' is open", hint=f"open risks: {names}" if names else "no risk is open")
        event = msgspec.structs.replace(noted, **who, closed=True, reason=reason, prev=(), seal="")
    else:
        if not text.strip():
            raise UsageError("the risk has no text", hint="say what may happen")
        name = f"r-{hashlib.sha256(f'{who}{text}'.encode()).hexdigest()[:6]}"
        event = RiskNoted(
            **who, id=name, text=text.strip(), likelihood=likelihood, impact=impact, mitigation=mitigation, reason=reason,  # type: ignore[arg-type]  # click has checked them
        )  # fmt: skip
    append_to_journal(settings, [event])
    click.echo(event.id)
