"""KG325 missing-source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for concept in context.corpus.concepts.values():
        if concept.definitions and not concept.sources:
            yield rule.at(context.definition_place(concept), f"'{concept.label('en')}' has a definition, but no source")


RULE: Final = Rule(
    code="KG325",
    name="missing-source",
    severity="info",
    scope=RuleScope.CONCEPT,
    find=_find,
    what={
        "en": "A concept has a definition, but names no source.",
        "zh": "概念有定义，但没有注明来源。",
    },
    why={
        "en": "Nobody can check the definition, and it satisfies no topic of a scope.",
        "zh": "无法核对定义，它也不能满足任何范围主题。",
    },
    fix={
        "en": "add 'sources:' with an address or a reference",
        "zh": "加上 sources:，写明网址或文献",
    },
    default="off",
    habit=True,
    bad="""
---
definition: A group of containers that share a network.
---
# Pod
""",
    good="""
---
definition: A group of containers that share a network.
sources: ["https://kubernetes.io/docs/concepts/workloads/pods/"]
---
# Pod
""",
)
