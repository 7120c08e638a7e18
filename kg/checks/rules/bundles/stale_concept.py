"""KG708 stale-concept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base.clock import read_clock
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding
from kg.notes.okf import is_past


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    clock = ""
    for concept in context.corpus.concepts.values():
        if concept.provenance is None or not concept.provenance.stale_after:
            continue
        clock = clock or read_clock()
        until = concept.provenance.stale_after
        if is_past(until, clock):
            note = context.corpus.notes.get(concept.path)
            line = note.lines.get("stale_after", 1) if note is not None else 1
            yield rule.at(Place(concept.path, line), f"'{concept.label('en')}' is stale since {until} (§5.5)")


RULE: Final = Rule(
    code="KG708",
    name="stale-concept",
    severity="warning",
    scope=RuleScope.CONCEPT,
    find=_find,
    what={
        "en": "The day after which a concept is stale has come.",
        "zh": "概念已到其失效日期（stale_after）。",
    },
    why={
        "en": "Its author said that it must not be relied on from that day without a new check.",
        "zh": "作者说明自该日起，未经重新核实不可再依据它。",
    },
    fix={
        "en": "verify the concept again, then set a later 'stale_after'",
        "zh": "重新核实该概念，再把 stale_after 改为更晚的日期",
    },
    source="OKF 0.2 §5.5",
    bad="""
---
type: concept
stale_after: 2020-01-31
---
# Revenue
""",
    good="""
---
type: concept
stale_after: 2999-01-31
---
# Revenue
""",
)
