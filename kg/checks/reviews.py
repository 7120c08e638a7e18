"""Reviews that a note has outlived (KG5xx)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kg.checks.base import Context, Place, Rule
from kg.model import Finding

_DATE: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_CHANGED: Final = ("updated", "modified", "last-modified", "lastmod", "last_modified", "date-modified", "ms.date")


def _stale(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        if "reviewed" not in note.metadata:
            continue
        reviewed = _dates(note.metadata["reviewed"])
        changed = max((d for key in _CHANGED for d in _dates(note.metadata.get(key))), default="")
        if reviewed and changed and max(reviewed) < changed:
            place = Place(path, note.lines.get("reviewed", 1))
            yield rule.at(place, f"the note was changed on {changed}, after its last review on {max(reviewed)}")


def _dates(value: Any) -> list[str]:
    """The dates in a value of front matter: a date, a list of them, or tables with a date in them."""
    if isinstance(value, Mapping):
        return [d for v in value.values() for d in _dates(v)]
    if isinstance(value, list):
        return [d for v in value for d in _dates(v)]
    return _DATE.findall(str(value)) if value is not None else []


RULES: Final = (
    Rule("KG551", "stale-review", "warning", "review the note again and write the new date behind 'reviewed:'", _stale),
)
