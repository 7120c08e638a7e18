"""The latest changes: from the history of the notes, otherwise from snapshots, otherwise from dates in the notes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from kg.base.names import DCTERMS, KG, language_of
from kg.model import Assessment, Change
from kg.views.page import View

_DATES: Final = ("updated", "lastmod", "modified", "last-modified", "date", "created", "reviewed")
"""Front matter keys with a date of change, most reliable first."""


_NAMED: Final = 2
"""Number of new relations and sections that are named; others are counted."""


_REPLACED: Final = frozenset((DCTERMS + "isReplacedBy",))
_REQUIRED: Final = frozenset((DCTERMS + "requires", KG + "prerequisite"))


def newest(assessment: Assessment, noted: Sequence[Change] = ()) -> list[Change]:
    """Changes, newest first: those in the history of the notes (`noted`); without any, those of snapshots or with a date."""
    if noted:
        planned = {c.id for c in assessment.corpus.concepts.values() if c.iri in assessment.planned}
        return [change for change in noted if change.id not in planned]
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


def meaning_of(change: Change) -> str:
    """What a change means for what is known, as the key of a text: the most important of what changed.

    >>> meaning_of(Change("new", "raft", "")), meaning_of(Change("changed", "raft", ""))
    ('became-new', 'change-changed')
    """
    if change.kind == "new":
        return "became-new"
    if change.kind != "changed" or not change.details:
        return f"change-{change.kind}"
    details = {detail.key: detail for detail in change.details}
    relations = set(details["relations"].names[::2]) if "relations" in details else set()
    if relations & _REPLACED:
        return "became-replaced"
    if "definition" in details:
        return "became-definition"
    if relations:
        return "became-required" if relations & _REQUIRED else "became-related"
    if "sections" in details and details["sections"].added:
        return "became-extended"
    return "change-changed" if len(details) > 1 else "became-reworded"


def describe_change(view: View, address: str, change: Change, *, edits: bool = True) -> Markup:
    """What changed, for a page at an address: new relations as links, titles of new sections, and counts; may be empty.

    `edits`: also what `meaning_of` says, a new definition and numbers of lines.
    """
    w = view.words
    parts: list[Markup] = []
    for key, names, added, removed in change.details:
        if key in ("definition", "lines") and not edits:
            continue
        if key == "definition":
            parts.append(escape(w("changed-definition")))
            continue
        if key == "lines":
            if not parts:  # what is more exact says it better
                parts.append(escape(w("changed-lines", added=added, removed=removed)))
            continue
        if key == "relations":
            pairs = list(zip(names[::2], names[1::2], strict=True))
            shown = [
                Markup("{} {}").format(view.relation(predicate), view.link(address, iri)) for predicate, iri in pairs[:_NAMED]
            ]
        else:
            # Of sections in several languages, those in the page's.
            own = [name for name in names if language_of(name) == view.lang] or names
            added = min(added, len(own)) if names else added
            shown = [Markup(w("quoted")).format(name) for name in own[:_NAMED]]  # noqa: S704  # our own text
        if shown:
            more = [escape(w("more", n=added - len(shown)))] if added > len(shown) else []
            parts.append(Markup("+ {}").format(Markup(w("list-separator")).join([*shown, *more])))  # noqa: S704  # our own text
        elif added:
            parts.append(escape(w(f"added-{key}", n=added)))
        if removed:
            parts.append(escape(w(f"removed-{key}", n=removed)))
    return Markup(" · ").join(parts)


def day_of(view: View, change: Change) -> str:
    """The formatted date of a change."""
    return change.date or view.words("since-snapshot")
