"""KG104 unclosed-fence."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG104",
    name="unclosed-fence",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"the fence {detail} is never closed; the rest of the note is code"),
    what={
        "en": "A code fence has no closing line.",
        "zh": "代码围栏没有结束标记。",
    },
    why={
        "en": "The rest of the note becomes code: its links and headings are ignored.",
        "zh": "其后的全部内容都成了代码：链接和标题不再计入。",
    },
    fix={
        "en": "close the fence with as many marks as open it; around an inner fence, use a longer one",
        "zh": "用同样多的标记结束围栏；内含围栏时外层要更长",
    },
    bad="""
# Pod

~~~yaml
kind: Pod
""",
    good="""
# Pod

~~~yaml
kind: Pod
~~~
""",
)
