"""KG404 isolated-concept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None or (len(context.corpus.concepts) < 2 and not context.is_rdf):
        return
    related = context.related
    for iri, concept in context.corpus.concepts.items():
        if iri not in related:
            what = "relation" if context.is_rdf else "relation or link"
            yield rule.at(context.place(iri), f"'{concept.label('en')}' has no {what} to or from any other concept")


RULE: Final = Rule(
    code="KG404",
    name="isolated-concept",
    severity="info",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "A concept has no relation or link to or from any other concept.",
        "zh": "概念与其他任何概念都没有关系或链接。",
    },
    why={
        "en": "It adds nothing to the other concepts, and no path leads to it.",
        "zh": "它对其他概念没有补充，也没有路径可达。",
    },
    fix={
        "en": "link it with a concept that it is related to, or state how the two are related",
        "zh": "与相关的概念建立链接，或说明两者的关系",
    },
    habit=True,
    where="both",
    source="qSKOS oc",
    bad="""
=== concepts/pod.md
# Pod

It runs on a [[node]].
=== concepts/node.md
# Node
=== concepts/etcd.md
# etcd
""",
    good="""
=== concepts/pod.md
# Pod

It runs on a [[node]].
=== concepts/node.md
# Node

Its state is kept in [[etcd]].
=== concepts/etcd.md
# etcd
""",
)
