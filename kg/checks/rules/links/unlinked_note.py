"""KG208 unlinked-note."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    corpus = context.corpus
    linked = {a.object for a in corpus.assertions} | {corpus.concept_of.get(path) for path in corpus.listed}
    for iri, concept in corpus.concepts.items():
        if iri not in linked:
            yield rule.at(context.place(iri), f"no other note links to '{concept.label('en')}'")


RULE: Final = Rule(
    code="KG208",
    name="unlinked-note",
    severity="info",
    scope=RuleScope.INCOMING,
    find=_find,
    what={
        "en": "No other note links to a note.",
        "zh": "没有其他笔记链接到该笔记。",
    },
    why={
        "en": "Readers find it only by search.",
        "zh": "读者只能通过搜索发现它。",
    },
    fix={
        "en": "link to it from the notes whose readers need it",
        "zh": "在读者需要之处加上指向它的链接",
    },
    default="off",
    habit=True,
    bad="""
=== concepts/pod.md
# Pod

It runs on a [[node]].
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

It runs on a [[node]].
=== concepts/node.md
# Node

It runs one [[pod]] or more.
""",
)
