"""KG561 invalid-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding
from kg.plan.tasks import tasks_of


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for fault in tasks_of(context.corpus)[1]:
        yield rule.at(Place(fault.path, fault.line), fault.message, fault.hint)


RULE: Final = Rule(
    code="KG561",
    name="invalid-task",
    severity="error",
    scope=RuleScope.PLAN,
    find=_find,
    what={
        "en": "A task of the plan is invalid: its acceptance is not an expression, its days end before they begin, its "
        "number is used twice, or tasks wait for each other.",
        "zh": "计划任务的写法无效：验收条件不是表达式、结束日早于开始日、编号重复，或任务互相等待。",
    },
    why={
        "en": "kg can't judge such a task: it would never be done, or be counted as done by mistake.",
        "zh": "kg 无法判断这样的任务：要么永远完不成，要么被误算为完成。",
    },
    fix={
        "en": "correct the front matter of the task",
        "zh": "改正该任务的元数据",
    },
    bad="""
---
type: task
task: 1
days: [3, 2]
acceptance: ["theory_coverage"]
---
# Draw the map
""",
    good="""
---
type: task
task: 1
days: [2, 3]
acceptance: ["theory_coverage >= target"]
---
# Draw the map
""",
)
