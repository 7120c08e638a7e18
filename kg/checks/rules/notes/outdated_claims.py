"""KG113 outdated-claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base.clock import read_clock
from kg.base.names import AS_OF
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding
from kg.notes.okf import read_moment

_YEAR: Final = 365


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    today = None
    for path, note in context.corpus.notes.items():
        if AS_OF not in note.metadata:
            continue
        place = Place(path, note.lines.get(AS_OF, 1))
        stated = note.metadata[AS_OF]
        moment = read_moment(stated)
        if moment is None:
            yield rule.at(
                place, f"'{AS_OF}' is not a date: {str(stated)[:60]!r}", f"write a day, for example '{AS_OF}: 2026-01-31'"
            )
            continue
        today = today or read_moment(read_clock())
        if today is not None and (today.time - moment.time).days > _YEAR:
            yield rule.at(place, f"claims that depend on a version are as of {moment.time:%Y-%m-%d}, more than a year ago")


RULE: Final = Rule(
    code="KG113",
    name="outdated-claims",
    severity="info",
    scope=RuleScope.NOTE,
    find=_find,
    what={
        "en": (
            "A note says with 'as-of' when its claims on versions, prices or products were checked, and that is more than a "
            "year ago."
        ),
        "zh": "笔记用 as-of 注明了其中与版本、价格或产品有关的论断是何时核对的，而那已是一年多以前。",
    },
    why={
        "en": "Such claims become wrong without a change of the note.",
        "zh": "这类论断会在笔记没有改动时变得不对。",
    },
    fix={
        "en": "check the claims again, then set 'as-of' to the day on which you did",
        "zh": "重新核对这些论断，再把 as-of 改为核对当天的日期",
    },
    bad="""
---
as-of: 2020-01-31
---
# Pod

The newest version of Kubernetes is 1.17.
""",
    good="""
---
as-of: 2999-01-31
---
# Pod

The newest version of Kubernetes is 1.17.
""",
)
