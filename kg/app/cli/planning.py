"""What the commands of ``kg plan`` share: who signs, how events are appended and said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from kg.app.cli.options import flag, log_json, say, to_stderr
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.plan.journal import Event
    from kg.plan.tasks import Task


def said(text: str) -> None:
    """Say something on stderr unless it is to be quiet."""
    if not flag("quiet"):
        say(text)


def refused(what: str, reasons: Sequence[str]) -> NoReturn:
    """Say why something can't be done yet, and end with status 1."""
    if not log_json("refused", message=what, reasons=list(reasons)):
        to_stderr(what)
        for reason in reasons:
            to_stderr(f"  {reason}")
    raise SystemExit(1)


def signed(given: Settings, tasks: Sequence[Task]) -> dict[str, Any]:
    """Time and actor of an event. Raises UsageError where the actor is nobody, or a role of the plan."""
    from kg.base.clock import read_clock
    from kg.evidence.review.records import signer

    who = signer(None, given.root)
    roles = {r.casefold() for t in tasks for texts in (t.responsible, *t.participants) for r in texts.values()}
    if who.partition(" <")[0].strip().casefold() in roles:
        raise UsageError(f"'{who}' is a role of the plan", hint="the journal holds who really did it: git config user.name")
    return {"time": read_clock(), "actor": who}


def note(given: Settings, events: Sequence[Event]) -> tuple[Event, ...]:
    """Append events to the journal."""
    from kg.plan.journal import append
    from kg.plan.tasks import folder

    added = append(folder(given), events, inside=given.writable, tell=said)
    for event in added:
        log_json("plan", **plain(event))
    return added


def plain(event: Event) -> dict[str, Any]:
    """An event without what chains it, as plain data; its kind and time under names of their own."""
    import msgspec

    data: dict[str, Any] = msgspec.to_builtins(event)
    return {("kind" if k == "event" else "at" if k == "time" else k): v for k, v in data.items() if k not in ("prev", "seal")}
