"""KG114 repeated-key."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG114",
    name="repeated-key",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"the key {detail}: only one of the values counts"),
    what={
        "en": "A mapping in the front matter has a key more than once.",
        "zh": "文首元数据的同一层中，同一个键出现多次。",
    },
    why={
        "en": "Only one of the values is kept; the others are lost without a word. At the top, keys that differ only in case "
        "are one key, except in OKF bundles.",
        "zh": "只有其中一个值会保留，其余的内容会无声丢失。最外层的键不区分大小写；OKF 知识包除外。",
    },
    fix={
        "en": "write the key once, with a list of values: requires: [a, b]",
        "zh": "只写一次键，把多个值写成列表：requires: [a, b]",
    },
    bad="""
---
requires: "[[container]]"
requires: "[[image]]"
---
# Pod
""",
    good="""
---
requires: ["[[container]]", "[[image]]"]
---
# Pod
""",
)
