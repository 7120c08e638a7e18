"""What changed last: by snapshots, or else by the dates that notes give themselves."""

from __future__ import annotations

import datetime
from typing import Final

from kg.model import Assessment, Change
from kg.views.page import View

_DATES: Final = ("updated", "lastmod", "modified", "last-modified", "date", "created", "reviewed")
"""Keys of the front matter that say when a note was changed, the most telling first."""


def newest(assessment: Assessment) -> list[Change]:
    """What changed, newest first; of notes that no snapshot knows, those that say when they were changed."""
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
    """When a change was, for readers."""
    return change.date or view.words("since-snapshot")
