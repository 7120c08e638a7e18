"""The time that records and builds carry: UTC to the second, or the one that SOURCE_DATE_EPOCH fixes."""

from __future__ import annotations

import os
import re
import time
from typing import Final

from kg.base.errors import UsageError

VARIABLE: Final = "SOURCE_DATE_EPOCH"
_LAST: Final = 253_402_300_799
"""The last second of the year 9999: what comes after it has no date in ISO 8601."""


def fixed_time() -> int | None:
    """Seconds since 1970 that SOURCE_DATE_EPOCH fixes; None where it isn't set. Raises UsageError for anything else."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", text) or int(text) > _LAST:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise UsageError(
            f"{VARIABLE}={shown!r} is no number of seconds since 1970 up to the year 9999",
            hint=f"unset {VARIABLE}, or set it to e.g. $(git log -1 --format=%ct)",
        )
    return int(text)


def read_clock() -> str:
    """The time of a record: now, or the one that is fixed.

    >>> len(read_clock())
    20
    """
    fixed = fixed_time()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if fixed is None else fixed))
