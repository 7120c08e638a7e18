"""KG105 unclosed-comment."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG105",
    name="unclosed-comment",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"the comment opened by {detail} is never closed"),
    what={
        "en": "A comment has no closing mark.",
        "zh": "注释没有结束标记。",
    },
    why={
        "en": "Text that should be hidden is shown, or text that should be shown is hidden.",
        "zh": "本应隐藏的内容会显示，或本应显示的内容被隐藏。",
    },
    fix={
        "en": "close the comment: --> or %%",
        "zh": "结束注释：--> 或 %%",
    },
    bad="""
# Pod

A pod shares a network.

<!-- does it?
""",
    good="""
# Pod

A pod shares a network.

<!-- does it? -->
""",
)
