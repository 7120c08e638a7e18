"""KG407 only-narrower."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None:
        return
    for parent, children in context.hierarchy.children.items():
        if len(children) == 1 and parent in context.corpus.concepts and children[0] in context.corpus.concepts:
            place = context.broader_line(children[0], parent)
            yield rule.at(place, f"'{context.name(children[0])}' is the only concept below '{context.name(parent)}'")


RULE: Final = Rule(
    code="KG407",
    name="only-narrower",
    severity="info",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "A concept has a single narrower concept.",
        "zh": "概念只有一个下位概念。",
    },
    why={
        "en": "Either a sibling is missing, or the two are one concept.",
        "zh": "要么缺少同级概念，要么两者是同一概念。",
    },
    fix={
        "en": "add its siblings, or merge the two",
        "zh": "补上同级概念，或合并两者",
    },
    default="off",
    where="both",
    source="ISO 25964-1, 10.2",
    bad="""
=== concepts/pod.md
---
id: pod
broader: "[[workload]]"
---
=== concepts/workload.md
---
id: workload
---
""",
    good="""
=== concepts/pod.md
---
id: pod
broader: "[[workload]]"
---
=== concepts/job.md
---
id: job
broader: "[[workload]]"
---
=== concepts/workload.md
---
id: workload
---
""",
)
