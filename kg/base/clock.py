"""The time in records and builds: UTC to the second, or the time that SOURCE_DATE_EPOCH sets."""

from __future__ import annotations

import os
import re
import time
from typing import Final

from kg.base.errors import UsageError

VARIABLE: Final = "SOURCE_DATE_EPOCH"
_LAST: Final = 253_402_300_799
"""The last second of the year 9999: later times have no date in ISO 8601."""


def fixed_time() -> int | None:
    """Return the time of SOURCE_DATE_EPOCH in seconds since 1970; None if it isn't set. Raises UsageError if it is invalid."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) > _LAST:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise UsageError(
            f"{VARIABLE}={shown!r} is not a number of seconds from 1970 to the end of 9999",
            hint=f"unset {VARIABLE}, or set it to e.g. $(git log -1 --format=%ct)",
        )
    return int(text)


def read_clock() -> str:
    """Return the time for a record: the current time, or the one from SOURCE_DATE_EPOCH.

    >>> len(read_clock())
    20
    """
    fixed = fixed_time()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if fixed is None else fixed))
