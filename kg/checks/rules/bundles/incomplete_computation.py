"""KG709 incomplete-computation."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG709",
    name="incomplete-computation",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "An Attested Computation lacks a part of its contract.",
        "zh": "Attested Computation 缺少约定的某一部分。",
    },
    why={
        "en": "Nobody can run it, or confirm that a value comes from it.",
        "zh": "无法运行它，也无法确认某个值由它得出。",
    },
    fix={
        "en": "add the field, or one block of code under '# Computation'",
        "zh": "补上该字段，或在 # Computation 下写一个代码块",
    },
    source="OKF 0.2 §10",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Attested Computation
executor: { resource: run.md, receipt: [result] }
attester: { resource: check.py }
---

# Computation

```sql
SELECT 1
```
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Attested Computation
runtime: postgres
executor: { resource: run.md, receipt: [result] }
attester: { resource: check.py }
---

# Computation

```sql
SELECT 1
```
""",
)
