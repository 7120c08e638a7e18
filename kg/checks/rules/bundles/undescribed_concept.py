"""KG712 undescribed-concept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        if note.role == "concept" and note.metadata.get("type") and not note.metadata.get("description"):
            yield rule.at(Place(path), f"'{next(iter(note.labels.values()))}' has no description (§4.1)")


RULE: Final = Rule(
    code="KG712",
    name="undescribed-concept",
    severity="info",
    scope=RuleScope.NOTE,
    find=_find,
    what={
        "en": "A concept of a bundle has no description.",
        "zh": "知识包中的概念没有 description。",
    },
    why={
        "en": "Lists, search results and previews have nothing to show but its title.",
        "zh": "列表、搜索结果和预览只能显示标题。",
    },
    fix={
        "en": "add 'description:' with one sentence",
        "zh": "加上 description:，用一句话说明",
    },
    habit=True,
    source="OKF 0.2 §4.1",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Table
---
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Table
description: One row for each completed order.
---
""",
)
