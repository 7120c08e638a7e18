"""Checkpoints: when they are due, which are missing or late, and their record, generated from journal, history and git."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, NamedTuple

from kg.plan.state import PlanProgress, parse_time

Kind = Literal["daily", "weekly", "monthly"]
KINDS: Final[tuple[Kind, ...]] = ("daily", "weekly", "monthly")
_DAILY: Final = (time(9), time(12), time(17))
_WEEKLY: Final = (0, 2, 4)
_WEEKLY_AT: Final = time(17)
GRACE: Final = timedelta(hours=1)
"""A checkpoint counts as late if it isn't written within this time after it was due."""


class Due(NamedTuple):
    """A checkpoint that was due."""

    kind: Kind
    slot: datetime
    """Due time, in the plan's time zone."""
    state: Literal["met", "late", "due", "overdue", "missing"]
    """``met``: written in time; ``late``: written after the grace period; ``due``: not written yet; ``overdue``: not written
    within the grace period; ``missing``: not written before the next one was due."""

    @property
    def open(self) -> bool:
        """Whether it can still be written."""
        return self.state in ("due", "overdue", "missing")


def slots(kind: Kind, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the times at which a kind of checkpoint is due, between two moments (inclusive), in a time zone.

    Daily: 09:00, 12:00 and 17:00; weekly: Monday, Wednesday and Friday 17:00; monthly: last day 17:00.

    >>> z = UTC
    >>> a, b = datetime(2026, 1, 30, 10, tzinfo=z), datetime(2026, 2, 1, 8, tzinfo=z)
    >>> [s.isoformat()[:16] for s in slots("daily", a, b, z)][:3]
    ['2026-01-30T12:00', '2026-01-30T17:00', '2026-01-31T09:00']
    >>> [s.isoformat()[:16] for k in ("weekly", "monthly") for s in slots(k, a, b, z)]
    ['2026-01-30T17:00', '2026-01-31T17:00']
    """
    day = start.astimezone(zone).date()
    last = end.astimezone(zone).date()
    while day <= last:
        for at in _times(kind, day):
            slot = datetime.combine(day, at, zone)
            if start <= slot <= end:
                yield slot
        day += timedelta(days=1)


def _times(kind: Kind, day: date) -> tuple[time, ...]:
    if kind == "daily":
        return _DAILY
    if kind == "weekly":
        return (_WEEKLY_AT,) if day.weekday() in _WEEKLY else ()
    return (_WEEKLY_AT,) if (day + timedelta(days=1)).day == 1 else ()


def list_due(state: PlanProgress, moment_: datetime, zone: tzinfo, kinds: Sequence[Kind] = KINDS) -> tuple[Due, ...]:
    """All checkpoints that were due since the plan's first event, each with its state; empty without events."""
    if not state.first:
        return ()
    start = parse_time(state.first)
    written = {(c.kind, c.slot): parse_time(c.time) for c in state.checkpoints}
    checkpoints = []
    for kind in kinds:
        all_ = list(slots(kind, start, moment_, zone))
        for n, slot in enumerate(all_):
            when = written.get((kind, format_slot(slot)))
            if when is not None:
                checkpoints.append(Due(kind, slot, "met" if when <= slot + GRACE else "late"))
            elif n + 1 < len(all_):
                checkpoints.append(Due(kind, slot, "missing"))
            else:
                checkpoints.append(Due(kind, slot, "due" if moment_ <= slot + GRACE else "overdue"))
    return tuple(checkpoints)


def format_slot(slot: datetime) -> str:
    """A due time in the format of the journal.

    >>> from datetime import timezone
    >>> format_slot(datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=8))))
    '2026-01-01T01:00:00Z'
    """
    return slot.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
