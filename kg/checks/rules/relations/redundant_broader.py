"""KG402 redundant-broader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for child, parent in context.hierarchy.redundant if context.hierarchy else ():
        if child in context.corpus.concepts and parent in context.corpus.concepts:
            place = context.broader_line(child, parent)
            yield rule.at(place, f"the broader concept '{context.name(parent)}' already follows from a longer path")


RULE: Final = Rule(
    code="KG402",
    name="redundant-broader",
    severity="info",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "A broader relation already follows from other broader relations.",
        "zh": "上位关系已可由其他上位关系推出。",
    },
    why={
        "en": "The hierarchy shows the concept twice.",
        "zh": "层级中会重复显示该概念。",
    },
    fix={
        "en": "remove the relation to the more distant concept",
        "zh": "删除指向较远概念的关系",
    },
    where="both",
    source="qSKOS hr; Skosify hierarchical_redundancy",
    bad="""
=== concepts/pod.md
---
id: pod
broader: ["[[workload]]", "[[object]]"]
---
=== concepts/workload.md
---
id: workload
broader: "[[object]]"
---
=== concepts/object.md
---
id: object
---
""",
    good="""
=== concepts/pod.md
---
id: pod
broader: "[[workload]]"
---
=== concepts/workload.md
---
id: workload
broader: "[[object]]"
---
=== concepts/object.md
---
id: object
---
""",
)
