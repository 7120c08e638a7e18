"""KG713 unknown-version."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG713",
    name="unknown-version",
    severity="info",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "A bundle declares a version of the format that kg does not know.",
        "zh": "知识包声明了 kg 不认识的格式版本。",
    },
    why={
        "en": "It is read as far as it is known; what is new in that version is kept, but not checked.",
        "zh": "按已知的部分读取；该版本新增的内容会保留，但不作检查。",
    },
    fix={
        "en": "declare a version that consumers know, or update kg",
        "zh": "声明使用方认识的版本，或升级 kg",
    },
    source="OKF 0.2 §12",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/index.md
---
okf_version: "9.0"
---

# Tables

* [Orders](orders.md) - Orders.
=== concepts/orders.md
---
type: Table
---
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/index.md
---
okf_version: "0.2"
---

# Tables

* [Orders](orders.md) - Orders.
=== concepts/orders.md
---
type: Table
---
""",
)
