"""KG714 legacy-field."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG714",
    name="legacy-field",
    severity="info",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "A concept has a field of version 0.1 that a later one replaces.",
        "zh": "概念使用了 0.1 版的字段，后续版本已将其取代。",
    },
    why={
        "en": "Consumers of the present version may not read it.",
        "zh": "使用现行版本的程序可能不读取它。",
    },
    fix={
        "en": "write 'generated: {by, at}' for 'timestamp', and 'sources' for '# Citations'",
        "zh": "timestamp 改为 generated: {by, at}，# Citations 改为 sources",
    },
    source="OKF 0.2 §13.1",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Metric
timestamp: 2026-05-28T14:30:00Z
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
generated: { by: agent/1.0, at: 2026-05-28T14:30:00Z }
---

# Schema
""",
)
