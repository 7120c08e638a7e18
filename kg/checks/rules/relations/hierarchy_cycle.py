"""KG401 hierarchy-cycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.circles import path_around
from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for cycle in context.hierarchy.cycles if context.hierarchy else ():
        if cycle[0] in context.corpus.concepts:
            place = context.broader_line(cycle[0], cycle[1])
            path = path_around(context, (cycle[0], *reversed(cycle[1:])))
            yield rule.at(place, f"the broader relations form a cycle: {path}")


RULE: Final = Rule(
    code="KG401",
    name="hierarchy-cycle",
    severity="error",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "Broader relations form a cycle.",
        "zh": "上位关系形成环。",
    },
    why={
        "en": "A concept would be broader than itself.",
        "zh": "概念会成为自身的上位概念。",
    },
    fix={
        "en": "remove one of the relations",
        "zh": "删除其中一个关系",
    },
    where="both",
    source="qSKOS chr; Skosify hierarchy_cycles",
    bad="""
=== concepts/pod.md
---
id: pod
broader: "[[workload]]"
---
=== concepts/workload.md
---
id: workload
broader: "[[pod]]"
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
---
""",
)
