"""KG701 no-front-matter."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG701",
    name="no-front-matter",
    severity="error",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "A concept of an OKF bundle has no front matter.",
        "zh": "OKF 知识包中的概念没有元数据块。",
    },
    why={
        "en": "The bundle is not conformant: nothing says what kind of concept it is.",
        "zh": "知识包因此不合规：无从得知概念的种类。",
    },
    fix={
        "en": "begin the file with '---', 'type: …', '---'",
        "zh": "在文件开头写上 ---、type: …、---",
    },
    source="OKF 0.2 §4, §11",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
# Orders
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: BigQuery Table
---

# Orders
""",
)
