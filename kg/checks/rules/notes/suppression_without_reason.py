"""KG109 suppression-without-reason."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope, found_elsewhere

RULE: Final = Rule(
    code="KG109",
    name="suppression-without-reason",
    severity="warning",
    scope=RuleScope.SUPPRESSIONS,
    find=found_elsewhere,
    what={
        "en": "A suppression hides a finding and gives no reason.",
        "zh": "抑制注释隐藏了检查结果，却没有说明原因。",
    },
    why={
        "en": "Later, nobody can tell whether it is still needed.",
        "zh": "以后无法判断是否仍需要它。",
    },
    fix={
        "en": "write the reason behind the code: <!-- kg: ignore KG201 is written in May -->",
        "zh": "在代码后写明原因：<!-- kg: ignore KG201 五月补写 -->",
    },
    bad="""
# Pod

See [[node]]. <!-- kg: ignore KG201 -->
""",
    good="""
# Pod

See [[node]]. <!-- kg: ignore KG201 the note on nodes is written in May -->
""",
)
