"""KG303 missing-definition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for concept in context.corpus.concepts.values():
        if not concept.definitions:
            yield rule.at(context.place(concept.iri), f"'{concept.label('en')}' has no definition")


RULE: Final = Rule(
    code="KG303",
    name="missing-definition",
    severity="info",
    scope=RuleScope.CONCEPT,
    find=_find,
    what={
        "en": "A concept has no definition.",
        "zh": "概念没有定义。",
    },
    why={
        "en": "Two authors may understand it differently, and it satisfies no topic of a scope.",
        "zh": "两位作者可能有不同的理解，它也不能满足任何范围主题。",
    },
    fix={
        "en": "add 'definition:' to the front matter, a section 'Definition' (定义), or a first paragraph that says what it is",
        "zh": "在元数据中加 definition:，或加一节“定义”，或在标题下用第一段说明它是什么",
    },
    habit=True,
    bad="""
---
id: pod
---
# Pod
""",
    good="""
---
id: pod
definition: A group of containers that share a network.
---
# Pod
""",
)
