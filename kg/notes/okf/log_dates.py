"""Dates in the headings of a `log.md` (§9): days of the form YYYY-MM-DD, and dates in other forms."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

DateForm: TypeAlias = Literal["day", "other-form", "partial"]
"""A day of the form YYYY-MM-DD; a day in another form or none of the calendar; a year, month or day of a month alone."""

_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9A-Za-z_])")
_VERSION: Final = re.compile(r"\[?v?\d+(?:\.\d+)+[\w.+-]*\]?[\s:：,(（–—-]*", re.IGNORECASE)
"""A version number, as many change logs write it before the day."""

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_NAME: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY: Final = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b\.?,?\s+)?(?:the\s+)?"
_NTH: Final = _DAY + r"(?:st|nd|rd|th|\.)?"
_GAP: Final = r"[\s,/-]+"
_NUMERAL: Final = r"[\d〇零一二三四五六七八九十]"
_WHOLE_DAY: Final = re.compile(
    rf"\d{{4}}-\d\d-\d\d(?!\d)|{_YEAR}([-/.])\d\d?\1\d\d?(?!\.?\d)|\d\d?([-/])\d\d?\2(?:{_YEAR}|\d\d)(?!\.?\d)"
    rf"|\d\d?\.\s?\d\d?\.\s?{_YEAR}(?!\.?\d)|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)|{_YEAR}-?W\d\d-?[1-7](?!\d)"
    rf"|{_WEEKDAY}(?:{_NTH}{_GAP}(?:of\s+)?{_NAME}|{_NAME}{_GAP}{_NTH}(?![\d:]|\.\d)){_GAP}\d{{4}}\b"
    rf"|{_NUMERAL}{{2,4}}\s?年\s?{_NUMERAL}{{1,2}}\s?月\s?{_NUMERAL}{{1,3}}\s?[日号號]",
    re.IGNORECASE,
)
_PART: Final = re.compile(
    rf"(?:{_YEAR}(?:[-/]{_MONTH}|-?W\d\d|[\s-]?Q[1-4])?|{_MONTH}/{_YEAR}|Q[1-4]\s?[/-]?\s?{_YEAR}"
    rf"|{_WEEKDAY}(?:{_NTH}{_GAP}(?:of\s+)?)?{_NAME}(?:{_GAP}(?:{_YEAR}|{_NTH}))?"
    rf"|{_NUMERAL}{{2,4}}\s?年(?:\s?{_NUMERAL}{{1,2}}\s?月)?|{_NUMERAL}{{1,2}}\s?月(?:\s?{_NUMERAL}{{1,3}}\s?[日号號])?)"
    r"\s*(?:\Z|[\])）(（:：–—]|[-,，]\s)",
    re.IGNORECASE,
)


class LogDate(NamedTuple):
    """The date that a heading begins with."""

    form: DateForm
    day: str
    """The day as YYYY-MM-DD; empty for the other forms."""


def read_log_date(heading: str) -> LogDate | None:
    """Return the date that a heading of `log.md` begins with, also behind a version number; None for another heading.

    >>> [read_log_date(text).day for text in ("2026-05-22 (release)", "[1.2.0] - 2026-05-22", "2026-05-22：发布")]
    ['2026-05-22', '2026-05-22', '2026-05-22']
    >>> [read_log_date(t).form for t in ("22 May 2026", "Friday, May 22nd, 2026", "2026-02-30", "2026年5月22日", "22/05/26")]
    ['other-form', 'other-form', 'other-form', 'other-form', 'other-form']
    >>> [read_log_date(t).form for t in ("2026-05", "May 2026", "2026", "Q2 2026", "5月22日", "22 May: news")]
    ['partial', 'partial', 'partial', 'partial', 'partial', 'partial']
    >>> [read_log_date(t) for t in ("1.2.0", "Decoration 2026", "Marching orders", "May 2026 in review", "2026.5", "")]
    [None, None, None, None, None, None]
    """
    text = heading.strip().lstrip("[(（【").lstrip()
    return _date_at_start(text) or _date_at_start(_VERSION.sub("", text, count=1))


def _date_at_start(text: str) -> LogDate | None:
    iso = _ISO.match(text)
    if iso is not None and _is_day(iso):
        return LogDate("day", iso.group())
    if _WHOLE_DAY.match(text):
        return LogDate("other-form", "")
    return LogDate("partial", "") if _PART.match(text) else None


def _is_day(m: re.Match[str]) -> bool:
    try:
        date(int(m[1]), int(m[2]), int(m[3]))
    except ValueError:
        return False
    return True
