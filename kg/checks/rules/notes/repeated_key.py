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
        "en": "A mapping in the front matter has a key more than once. At the top, capitals make no other key.",
        "zh": "文首元数据的同一层中，一个键出现多次。最外层的键不区分大小写。",
    },
    why={
        "en": "YAML and JSON keep one of the values; what the others say is lost without a word.",
        "zh": "YAML 和 JSON 只保留其中一个值，其余的内容会无声丢失。",
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
