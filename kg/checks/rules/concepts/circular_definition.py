"""KG323 circular-definition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.checks.terms import DefinitionTerms
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    used = DefinitionTerms.of(context).used
    for iri, uses in used.items():
        for other in uses:
            if iri < other and iri in used.get(other, ()):
                place = context.definition_place(context.concept(iri))
                a, b = context.name(iri), context.name(other)
                yield rule.at(place, f"the definitions of '{a}' and '{b}' each use the name of the other")


RULE: Final = Rule(
    code="KG323",
    name="circular-definition",
    severity="info",
    scope=RuleScope.NAMES,
    find=_find,
    what={
        "en": "The definitions of two concepts each use the name of the other.",
        "zh": "两个概念的定义互相使用对方的名称。",
    },
    why={
        "en": "Readers who know neither concept can't learn either of them.",
        "zh": "两者都不懂的读者仍然无法理解。",
    },
    fix={
        "en": "define one of them without the other",
        "zh": "让其中一个定义不依赖另一个",
    },
    default="off",
    where="both",
    bad="""
=== concepts/leader.md
---
definition: The replica that the other replicas call follower obey.
---
# Leader
=== concepts/follower.md
---
definition: A replica that obeys the leader.
---
# Follower
""",
    good="""
=== concepts/leader.md
---
definition: The replica that orders all writes.
---
# Leader
=== concepts/follower.md
---
definition: A replica that obeys the leader.
---
# Follower
""",
)
