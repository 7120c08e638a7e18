"""The names of daily, weekly and other periodic notes of a vault, by the format of their dates in its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

# Tokens of Moment's formats (https://momentjs.com/docs/#/displaying/format/); names are in the user's language.
_TOKEN: Final = re.compile(
    r"\[([^\[\]]*)\]|YYYY|YY|GGGG|gggg|GG|gg|Qo|Q|MMMM|MMM|MM|Mo|M|DDDD|DDD|DD|Do|D|dddd|ddd|dd|do|d|E|e|WW|Wo|W|ww|wo|w"
)
_LONGEST: Final = 200
"""Maximum characters of a format: its names are those of files."""
_WORDS: Final = frozenset(("MMMM", "MMM", "dddd", "ddd", "dd", "Qo", "Mo", "Do", "do", "Wo", "wo"))
_FOUR: Final = frozenset(("YYYY", "GGGG", "gggg"))
_PERIODS: Final = {
    "daily": "YYYY-MM-DD", "weekly": "gggg-[W]ww", "monthly": "YYYY-MM", "quarterly": "YYYY-[Q]Q", "yearly": "YYYY",
}  # fmt: skip
"""Kinds of notes of the plug-in Periodic Notes → the format where its settings leave it empty."""


def name_pattern(form: str) -> str | None:
    """Return an expression for the paths without ending that a format gives; None if they hold no number that says when.

    >>> pattern = name_pattern("YYYYMMDD dddd")
    >>> [bool(re.fullmatch(str(pattern), name)) for name in ("20240102 Tuesday", "20240102 星期二", "20240102", "Tuesday")]
    [True, True, False, False]
    >>> name_pattern("dddd"), name_pattern("[Week] WW")
    (None, None)
    """
    if len(form) > _LONGEST:
        return None
    # Each part takes all that it can, so that no format makes a comparison slow.
    pattern, position = "", 0
    dated = False
    for m in _TOKEN.finditer(form):
        token = m.group()
        pattern += re.escape(form[position : m.start()])
        if token.startswith("["):
            pattern += re.escape(m[1])
        elif token in _WORDS:
            pattern += r"\d{0,2}+[^\W\d_]++\.?+"
        elif token in _FOUR:
            pattern += r"\d{4}"
            dated = True
        else:
            pattern += r"\d{2}" if len(token) == 2 else r"\d{1,3}+"
        position = m.end()
    return pattern + re.escape(form[position:]) if dated else None


def periodic_formats(file: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield folder and format of the notes that a settings file of a vault describes."""
    if file == "daily-notes.json":
        yield str(table.get("folder") or ""), str(table.get("format") or _PERIODS["daily"])
    elif file == "plugins/periodic-notes/data.json":
        for kind, usual in _PERIODS.items():
            part = table.get(kind)
            if isinstance(part, dict) and part.get("enabled", True):
                yield str(part.get("folder") or ""), str(part.get("format") or usual)
