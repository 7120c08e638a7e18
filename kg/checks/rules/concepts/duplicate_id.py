"""KG301 duplicate-id."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG301",
    name="duplicate-id",
    severity="error",
    scope=RuleScope.NAMES,
    find=find_faults(lambda detail: "the id '{}' is already used by {}".format(*detail.split("\t"))),
    what={
        "en": "Two notes have the same id.",
        "zh": "两篇笔记使用相同的 id。",
    },
    why={
        "en": "An id identifies one concept: the second note falls back to its path, and links to the id lead to the first.",
        "zh": "一个 id 只表示一个概念：第二篇笔记退回使用路径，指向该 id 的链接都通向第一篇。",
    },
    fix={
        "en": "give one of them another id",
        "zh": "给其中一篇换一个 id",
    },
    bad="""
=== concepts/pod.md
---
id: pod
---
=== concepts/node.md
---
id: pod
---
""",
    good="""
=== concepts/pod.md
---
id: pod
---
=== concepts/node.md
---
id: node
---
""",
)
