"""Reasons of suggestions in words, for the terminal and for browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from kg.base.texts import Texts
from kg.model import Reason, Suggestion

_PARTS: Final = 3
_NAMED: Final = ("mention", "rare")
_ALONE: Final = {kind: f"{kind}-alone" for kind in ("terms", "title", "titled", "names", "walk")}
"""Kinds with another text where there are no words to show."""


class ReasonTexts(NamedTuple):
    """How reasons are worded for a reader."""

    texts: Texts
    label: Callable[[str], str]
    """IRI of a concept → its label."""
    place: Callable[[str], str]
    """Path of a note → the path as the reader sees it."""

    def describe(self, reason: Reason) -> str:
        """Return a reason in a few words: the line with the name, common words, or concepts linked to both."""
        kinds = self.texts
        if reason.line:
            text = f' "{reason.text}"' if reason.text else ""
            head = kinds(reason.kind)
            gap = "" if head.endswith("：") else " "  # a full-width colon has its space in it
            return f"{head}{gap}{self.place(reason.path)}:{reason.line}{text}"
        few = kinds("list-separator").join((*reason.terms[:4], *map(self.label, reason.concepts[:3]), *reason.labels[:3]))
        return f"{kinds(reason.kind)}{kinds('colon')}{few}" if few else kinds(_ALONE.get(reason.kind, reason.kind))


def make_reason_texts(lang: str, label: Callable[[str], str], place: Callable[[str], str]) -> ReasonTexts:
    """Return the wording in a language."""
    return ReasonTexts(Texts(lang, "suggest.reasons"), label, place)


def select_reasons(row: Suggestion) -> list[Reason]:
    """Return the reasons with the largest contributions, with the line that names the concept, which readers check."""
    shown = list(row.why[:_PARTS])
    if row.lane == "mention" and not any(r.kind in _NAMED for r in shown):
        shown[-1:] = [r for r in row.why if r.kind in _NAMED][:1] or shown[-1:]
    return shown


def merge_reasons(reasons: Iterable[Reason], most: int) -> list[Reason]:
    """Return reasons for readers to whom their kinds aren't shown: each line, connecting concept and term once.

    Reasons with concepts become one, and so do reasons with terms; `most` limits the concepts and the terms.

    >>> walk, linked = Reason("walk", 2, concepts=("a", "b")), Reason("co-link", 1, concepts=("b", "c"))
    >>> [r.concepts for r in merge_reasons([walk, linked], 9)]
    [('a', 'b', 'c')]
    """
    merged: dict[object, Reason] = {}
    for reason in reasons:
        if reason.line:
            merged.setdefault((reason.path, reason.line), reason)
        elif reason.concepts:
            first = merged.get("concepts", reason)
            merged["concepts"] = first._replace(concepts=tuple(dict.fromkeys(first.concepts + reason.concepts))[:most])
        elif reason.terms:
            first = merged.get("terms", reason)
            merged["terms"] = first._replace(terms=tuple(dict.fromkeys(first.terms + reason.terms))[:most])
    return list(merged.values())
