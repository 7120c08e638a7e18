"""KG103 unclosed-front-matter."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG103",
    name="unclosed-front-matter",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"the front matter opened by {detail} is never closed"),
    what={
        "en": "The front matter has no closing line.",
        "zh": "文首元数据没有结束标记。",
    },
    why={
        "en": "All of it is read as text.",
        "zh": "整段会被当作正文。",
    },
    fix={
        "en": "close the front matter with a line that contains only ---",
        "zh": "用单独一行 --- 结束元数据",
    },
    bad="""
---
id: pod

# Pod
""",
    good="""
---
id: pod
---

# Pod
""",
)
