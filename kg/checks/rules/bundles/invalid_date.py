"""KG705 invalid-date."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG705",
    name="invalid-date",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "A date of a concept is not a date or instant of ISO 8601.",
        "zh": "概念中的日期不是 ISO 8601 的日期或时刻。",
    },
    why={
        "en": "Nobody can tell whether the concept is still fresh.",
        "zh": "无法判断概念是否仍然有效。",
    },
    fix={
        "en": "write 2026-09-23 or 2026-09-23T09:00:00Z",
        "zh": "写成 2026-09-23 或 2026-09-23T09:00:00Z",
    },
    source="OKF 0.2 §5",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Metric
stale_after: next autumn
---

# Schema
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Metric
stale_after: 2099-09-23
---

# Schema
""",
)
