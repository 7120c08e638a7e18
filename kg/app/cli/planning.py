"""Shared by the commands of ``kg plan``: signatures, appending and reporting events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, TypedDict

import msgspec

from kg.app.cli.options import flag, log_json, say, to_stderr
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.plan.journal import Event
    from kg.plan.tasks import Task


def say_event(text: str) -> None:
    """Write to stderr unless --quiet is set."""
    if not flag("quiet"):
        say(text)


def refuse(message: str, reasons: Sequence[str]) -> NoReturn:
    """Report why an action is refused, and exit with status 1."""
    if not log_json("refused", message=message, reasons=list(reasons)):
        to_stderr(message)
        for reason in reasons:
            to_stderr(f"  {reason}")
    raise SystemExit(1)


class EventSignature(TypedDict):
    """Time and author of an event."""

    time: str
    actor: str


def sign_event(settings: Settings, tasks: Sequence[Task]) -> EventSignature:
    """Time and author of an event. Raises UsageError if the author is unknown or a role of the plan."""
    # start time: only this command needs it
    from kg.base.clock import read_clock
    from kg.evidence.review.records import find_signer

    who = find_signer(None, settings.root)
    roles = {r.casefold() for t in tasks for texts in (t.responsible, *t.participants) for r in texts.values()}
    if who.partition(" <")[0].strip().casefold() in roles:
        raise UsageError(
            f"'{who}' is a role of the plan, not a person", hint="the journal records people: git config user.name NAME"
        )
    return {"time": read_clock(), "actor": who}


def append_to_journal(settings: Settings, events: Sequence[Event]) -> tuple[Event, ...]:
    """Append events to the journal."""
    # start time: only this command needs it
    from kg.plan.folder import plan_folder
    from kg.plan.journal import append_events

    added = append_events(plan_folder(settings), events, inside=settings.writable, tell=say_event)
    for event in added:
        log_json("plan", **plain_event(event))
    return added


def plain_event(event: Event) -> dict[str, object]:
    """An event as plain data, without chain and seal; kind and time have their own keys."""
    data: dict[str, object] = msgspec.to_builtins(event)
    names = {"event": "kind", "time": "at"}
    return {names.get(k, k): v for k, v in data.items() if k not in ("prev", "seal")}
