"""``kg plan checkpoint`` and ``kg plan risk``: records of where the plan stands, and what endangers it."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import click

from kg.app.cli.options import common, display_path, settings
from kg.app.cli.planning import note, said, signed
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.planning import JudgedPlan
    from kg.plan.checkpoints import Due, Kind
    from kg.plan.journal import Event
    from kg.plan.record import Now

_KINDS = ("daily", "weekly", "monthly")
_LEVELS = click.Choice(["low", "medium", "high"])
_SHOWN = 20


@click.command()
@click.argument("kind", required=False, type=click.Choice(_KINDS))
@click.option("--due", "only_due", is_flag=True, help="Say which are due, overdue or missing; status 1 where one is.")
@click.option("--at", metavar="TIME", help="The one that was due at a time, in the plan's time zone: 2026-01-31T09:00.")
@common
def checkpoint(kind: str | None, only_due: bool, at: str | None) -> None:
    """Write the record of a checkpoint: daily (09:00, 12:00, 17:00), weekly (Monday, Wednesday, Friday) or monthly.

    It is made from journal, history and git, with room for decisions, and is never written anew. What kg can see by itself
    opens an interrupt first. The time zone is that of [plan] timezone in kg.toml, UTC by default.
    """
    given = settings()
    if only_due:
        _say_due(given, kind)
        return
    if kind is None:
        raise UsageError("which checkpoint?", hint="kg plan checkpoint daily|weekly|monthly, or --due")
    _write(given, kind, at)  # type: ignore[arg-type]  # one of the three


def _zone(given: Settings) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if given.plan.timezone == "UTC":
        return UTC  # known where no table of time zones is installed
    try:
        return ZoneInfo(given.plan.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(
            f"there is no time zone '{given.plan.timezone}'",
            hint='write e.g. timezone = "Asia/Shanghai" below [plan]',
        ) from None


def _now() -> datetime:
    from kg.base.clock import now
    from kg.plan.state import moment

    return moment(now())


def _all_due(given: Settings, kind: str | None) -> tuple[Due, ...]:
    from kg.plan.checkpoints import due
    from kg.plan.journal import read
    from kg.plan.state import reduce
    from kg.plan.tasks import folder

    kinds: Any = (kind,) if kind else given.plan.checkpoints
    return due(reduce(read(folder(given)).events), _now(), _zone(given), kinds)


def _say_due(given: Settings, kind: str | None) -> None:
    found = [d for d in _all_due(given, kind) if d.open or d.state == "late"]
    open_ = [d for d in found if d.open]
    for d in found[-_SHOWN:]:
        click.echo(f"{d.state:8} {d.kind:8} {d.slot:%Y-%m-%d %H:%M}")
    if len(found) > _SHOWN:
        said(f"… and {len(found) - _SHOWN} earlier ones")
    if open_:
        said(f"{len(open_)} to be written: kg plan checkpoint KIND [--at TIME]")
        raise SystemExit(1)
    said("no checkpoint is due")


def _slot(given: Settings, kind: Kind, at: str | None) -> datetime:
    """The slot that is meant. Raises UsageError where none has come, or it was written before."""
    all_ = _all_due(given, kind)
    if at is not None:
        try:
            wanted = datetime.fromisoformat(at).replace(tzinfo=_zone(given))
        except ValueError:
            raise UsageError(f"--at {at} is no time", hint="write e.g. --at 2026-01-31T09:00") from None
        found = next((d for d in all_ if d.slot == wanted), None)
        known = ", ".join(f"{d.slot:%Y-%m-%dT%H:%M}" for d in all_ if d.open) or "none is open"
        if found is None:
            raise UsageError(f"no {kind} checkpoint was due at {at}", hint=f"open: {known}")
    elif all_:
        found = all_[-1]
    else:
        raise UsageError(
            f"no {kind} checkpoint has been due yet", hint="the first one comes after the plan's first event: kg plan start"
        )
    if not found.open:
        raise UsageError(
            f"the {kind} checkpoint of {found.slot:%Y-%m-%d %H:%M} is written", hint="its decisions are filled in by hand"
        )
    return found.slot


def _write(given: Settings, kind: Kind, at: str | None) -> None:
    from kg.app.cli.interrupts import open_alarms
    from kg.base.errors import ExistsError
    from kg.base.notefile import create_note
    from kg.knowledge.planning import judge_plan
    from kg.plan.checkpoints import stamp
    from kg.plan.journal import CheckpointWritten, read
    from kg.plan.record import file_name, render
    from kg.plan.state import reduce
    from kg.plan.tasks import FOLDER, folder

    slot = _slot(given, kind, at)
    judged = judge_plan(given)
    if open_alarms(given, None, judged):
        journal = read(folder(given))
        judged = judged._replace(plan=judged.plan._replace(journal=journal, state=reduce(journal.events)))
    who = signed(given, judged.plan.tasks)
    path = file_name(kind, slot)
    full = folder(given) / path
    text = render(kind, slot, _state(given, judged, kind, slot, who["time"]))
    try:
        create_note(full, text, inside=given.writable)
    except ExistsError:
        # A run that was killed between the two writes left it; it is the same checkpoint, and people may have written into it.
        said(f"{display_path(given, f'{FOLDER}/{path}')} is there already and is kept")
    values = {m.name: m.value for m in judged.facts.measures.values() if m.value is not None}
    note(given, [CheckpointWritten(**who, kind=kind, slot=stamp(slot), path=path, measures=values)])
    click.echo(display_path(given, f"{FOLDER}/{path}"))


def _state(given: Settings, judged: JudgedPlan, kind: Kind, slot: datetime, written: str) -> Now:
    from kg.plan.checkpoints import stamp
    from kg.plan.commits import commits
    from kg.plan.record import Now

    found = judged.built.assessment
    assert found is not None  # noqa: S101  # a plan is judged on measures
    state = judged.plan.state
    before = [c for c in state.checkpoints if c.kind == kind and c.slot < stamp(slot)]
    last = max(before, key=lambda c: c.slot, default=None)
    then: dict[str, float | None] = dict(last.measures) if last else {}
    when = last.time[:16] if last else ""
    if last is None and found.history:
        then, when = dict(found.history[-1].measures), found.history[-1].time[:16]
    since = last.slot if last else state.first
    return Now(
        tasks=judged.plan.tasks,
        state=state,
        events=judged.plan.journal.events,
        results={t.id: judged.results(t) for t in judged.plan.tasks},
        measures=found.measures,
        then=then,
        then_when=when,
        findings=Counter(f.severity for f in judged.built.findings),
        commits=commits(given.root, since, written),
        since=since,
        written=written,
        start=given.plan.start.isoformat() if given.plan.start else state.first[:10],
    )


@click.command()
@click.argument("text")
@click.option("--likelihood", type=_LEVELS, default="medium", show_default=True)
@click.option("--impact", type=_LEVELS, default="medium", show_default=True)
@click.option("--mitigation", default="", help="What is done about it.")
@click.option("--close", is_flag=True, help="TEXT is the id of a risk that is over; say why with --reason.")
@click.option("--reason", default="", help="Why.")
@common
def risk(text: str, likelihood: str, impact: str, mitigation: str, close: bool, reason: str) -> None:
    """Enter a risk into the register of the plan, or close one."""
    import msgspec

    from kg.knowledge.planning import load_plan
    from kg.plan.journal import RiskNoted

    given = settings()
    found = load_plan(given)
    who = signed(given, found.tasks)
    event: Event
    if close:
        known = found.state.risks.get(text)
        if known is None or known.closed:
            names = ", ".join(r.id for r in found.state.risks.values() if not r.closed) or "none"
            raise UsageError(f"no risk '{text}' is open", hint=f"open: {names}")
        event = msgspec.structs.replace(known, **who, closed=True, reason=reason, prev=(), seal="")
    else:
        if not text.strip():
            raise UsageError("an empty risk", hint="say what may happen")
        name = f"r-{hashlib.sha256(f'{who}{text}'.encode()).hexdigest()[:6]}"
        event = RiskNoted(
            **who, id=name, text=text.strip(), likelihood=likelihood, impact=impact, mitigation=mitigation, reason=reason,  # type: ignore[arg-type]  # click has checked them
        )  # fmt: skip
    note(given, [event])
    click.echo(event.id)
