"""The latest changes: from snapshots, otherwise from dates in the notes."""

from __future__ import annotations

import datetime
from typing import Final

from kg.model import Assessment, Change
from kg.views.page import View

_DATES: Final = ("updated", "lastmod", "modified", "last-modified", "date", "created", "reviewed")
"""Front matter keys with a date of change, most reliable first."""


def newest(assessment: Assessment) -> list[Change]:
    """Changes, newest first; for notes without snapshot entry, those with a date."""
    if assessment.changes:
        return list(assessment.changes)
    dated = []
    for concept in assessment.corpus.concepts.values():
        days = [
            _day(assessment.corpus.notes[p].metadata) for p in (concept.path, *concept.paths) if p in assessment.corpus.notes
        ]
        if day := max(days, default=""):
            dated.append(Change("dated", concept.id, day))
    return sorted(dated, key=lambda c: (c.date, c.id), reverse=True)


def _day(metadata: object) -> str:
    if not isinstance(metadata, dict):
        return ""
    for key in _DATES:
        value = metadata.get(key)
        text = value.isoformat() if isinstance(value, datetime.date) else str(value or "")
        try:
            return datetime.date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            continue
    return ""


def day_of(view: View, change: Change) -> str:
    """The formatted date of a change."""
    return change.date or view.words("since-snapshot")
