"""KG110 unused-suppression."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope, found_elsewhere

RULE: Final = Rule(
    code="KG110",
    name="unused-suppression",
    severity="warning",
    scope=RuleScope.SUPPRESSIONS,
    find=found_elsewhere,
    what={
        "en": "A suppression hides nothing, or names a rule that does not exist.",
        "zh": "抑制注释没有隐藏任何结果，或所写规则不存在。",
    },
    why={
        "en": "It would hide the next fault on its line, which nobody intended.",
        "zh": "今后该行出现的问题会被它误隐藏。",
    },
    fix={
        "en": "remove the suppression; 'kg check --fix' does it",
        "zh": "删除该注释；可用 kg check --fix",
    },
    bad="""
=== concepts/pod.md
# Pod

See [[node]]. <!-- kg: ignore KG201 is written in May -->
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

See [[node]].
=== concepts/node.md
# Node
""",
)
