"""Dates and instants of front matter: read in any form of ISO 8601, written in one, compared with a clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

# The forms of ISO 8601 for a whole day: 2026-06-15, 20260615, 2026-W25-1, 2026W251. A week or a month alone is not a day.
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{8}|\d{4}-W\d\d-\d|\d{4}W\d{3}")
_MOST: Final = 40
"""Maximum characters of a date; longer texts are none."""


class Moment(NamedTuple):
    """A day, or an instant in UTC."""

    time: datetime
    """Of a day: its beginning in UTC."""
    whole_day: bool
    zoned: bool
    """Whether the offset from UTC is stated; without it, the time is read as UTC."""


def read_moment(value: object) -> Moment | None:
    """Return the date or instant that a value states; None if it states none.

    >>> read_moment("2026-09-23").whole_day, read_moment("2026-06-25 09:00:00+02:00").time.isoformat()
    (True, '2026-06-25T07:00:00+00:00')
    >>> read_moment("20260620T225305Z").time.isoformat(), read_moment("2026-W25-1").time.day
    ('2026-06-20T22:53:05+00:00', 15)
    >>> read_moment("2026-W25"), read_moment("202606201")
    (None, None)
    >>> read_moment("2026-13-01"), read_moment("soon"), read_moment(20260101)
    (None, None, None)
    """
    if not isinstance(value, str) or len(value) > _MOST:
        return None
    text = value.strip()
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            return Moment(datetime(day.year, day.month, day.day, tzinfo=UTC), whole_day=True, zoned=False)
        day_part = _DAY.match(text)
        if day_part is None or text[day_part.end()] not in "Tt ":
            return None
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            return Moment(time.replace(tzinfo=UTC), whole_day=False, zoned=False)
        return Moment(time.astimezone(UTC), whole_day=False, zoned=True)
    except (ValueError, OverflowError):
        return None


def write_moment(value: object) -> str:
    """Return a date or instant in one form, with ``Z`` for UTC; another text is returned unchanged, other values as empty.

    >>> write_moment("2026-06-25 09:00:00+02:00"), write_moment("2026-09-23"), write_moment("soon"), write_moment(None)
    ('2026-06-25T07:00:00Z', '2026-09-23', 'soon', '')
    """
    moment = read_moment(value)
    if moment is None:
        return " ".join(value.split()) if isinstance(value, str) else ""
    return moment.time.strftime("%Y-%m-%d") if moment.whole_day else moment.time.isoformat().replace("+00:00", "Z")


def is_past(text: str, time: str) -> bool:
    """Return whether a day has begun or an instant has passed at the time `time`; False for a text that is neither.

    >>> is_past("2026-09-23", "2026-09-23T00:00:00Z"), is_past("2026-09-23T12:00:00Z", "2026-09-23T11:59:59Z")
    (True, False)
    """
    moment, at = read_moment(text), read_moment(time)
    return moment is not None and at is not None and at.time >= moment.time
