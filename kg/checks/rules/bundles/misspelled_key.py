"""KG715 misspelled-key."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG715",
    name="misspelled-key",
    severity="info",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "A key differs from one of the format's only in case, width or punctuation.",
        "zh": "概念的某个键与格式的字段名只差大小写、全半角或标点。",
    },
    why={
        "en": "Keys of the format are exact: consumers read this one as a key of the producer's own.",
        "zh": "格式的键须逐字相同；使用方会把它当作自定义的键。",
    },
    fix={
        "en": "write the key as the format does, unless another one is meant",
        "zh": "按格式的写法书写该键，除非确指另一个键",
    },
    source="OKF 0.2 §4.1",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: BigQuery Table
description: One row for each order.
Stale-After: 2999-01-31
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
description: One row for each order.
stale_after: 2999-01-31
---

# Schema
""",
)
