"""KG702 missing-type."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG702",
    name="missing-type",
    severity="error",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "The front matter of a concept has no type.",
        "zh": "概念的元数据没有 type。",
    },
    why={
        "en": "The bundle is not conformant: consumers route and filter by the type.",
        "zh": "知识包因此不合规：使用方按 type 分派与筛选。",
    },
    fix={
        "en": "add 'type:' with a short text, such as 'type: Metric'",
        "zh": "加上 type:，用简短的文字，例如 type: Metric",
    },
    source="OKF 0.2 §4.1, §11",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
title: Orders
---

# Schema
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: BigQuery Table
title: Orders
---

# Schema
""",
)
