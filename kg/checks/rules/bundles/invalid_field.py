"""KG704 invalid-field."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG704",
    name="invalid-field",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "A field of a concept has another form than the format gives it.",
        "zh": "概念的某个字段不符合格式规定的形式。",
    },
    why={
        "en": "Consumers ignore the field or read something else in it.",
        "zh": "使用方会忽略该字段，或作出别的理解。",
    },
    fix={
        "en": "write the field as the section says",
        "zh": "按所引章节的形式填写该字段",
    },
    source="OKF 0.2 §4.1, §5",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: BigQuery Table
status: obsolete
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
status: deprecated
---

# Schema
""",
)
