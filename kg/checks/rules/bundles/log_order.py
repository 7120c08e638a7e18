"""KG710 log-order."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG710",
    name="log-order",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "The entries of a log.md are not in order of their dates, newest first.",
        "zh": "log.md 的条目没有按日期由新到旧排列。",
    },
    why={
        "en": "Readers take the first entry for the newest.",
        "zh": "读者会以为第一条就是最新的。",
    },
    fix={
        "en": "put the newest date first, and every entry below a date",
        "zh": "把最新的日期放在最前，每个条目都置于日期之下",
    },
    source="OKF 0.2 §9",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/log.md
# Log

## 2026-05-15

* Begun.

## 2026-05-22

* Changed.
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/log.md
# Log

## 2026-05-22

* Changed.

## 2026-05-15

* Begun.
""",
)
