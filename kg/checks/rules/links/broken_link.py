"""KG201 broken-link."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import find_broken

RULE: Final = Rule(
    code="KG201",
    name="broken-link",
    severity="error",
    scope=RuleScope.LINKS,
    find=find_broken,
    what={
        "en": "A link leads to a note that does not exist.",
        "zh": "链接指向的笔记不存在。",
    },
    why={
        "en": "Readers reach a dead end, and the graph lacks the relation.",
        "zh": "读者无法继续，图谱也缺少这一关系。",
    },
    fix={
        "en": "write the note, or correct the link",
        "zh": "补写该笔记，或改正链接",
    },
    bad="""
=== concepts/pod.md
# Pod

It runs on a [[nood]].
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

It runs on a [[node]].
=== concepts/node.md
# Node
""",
)
