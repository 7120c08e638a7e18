"""KG403 orphan-concept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None or any(a.context == "name" for a in context.corpus.assertions):
        return  # in a hierarchy of names, a note at the top is where its author put it
    neighbours = context.neighbours
    for iri in context.hierarchy.orphans:
        if iri in context.corpus.concepts and iri in neighbours:
            label = context.concept(iri).label("en")
            yield rule.at(context.place(iri), f"'{label}' has no broader and no narrower concept")


RULE: Final = Rule(
    code="KG403",
    name="orphan-concept",
    severity="info",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "A concept has links to others, but is outside the hierarchy.",
        "zh": "与其他概念有链接的概念不在层级之中。",
    },
    why={
        "en": "Readers who go down from the top concepts never reach it.",
        "zh": "读者无法从顶层概念逐级到达它。",
    },
    fix={
        "en": "add a broader concept, e.g. 'broader: \"[[…]]\"', or name it among the top-concepts in kg.toml",
        "zh": '加上上位概念，例如 broader: "[[…]]"，或在 kg.toml 的 top-concepts 中列出',
    },
    habit=True,
    bad="""
=== concepts/pod.md
---
id: pod
uses: "[[image]]"
---
=== concepts/image.md
---
id: image
broader: "[[artifact]]"
---
=== concepts/artifact.md
---
id: artifact
---
""",
    good="""
=== concepts/pod.md
---
id: pod
uses: "[[image]]"
broader: "[[artifact]]"
---
=== concepts/image.md
---
id: image
broader: "[[artifact]]"
---
=== concepts/artifact.md
---
id: artifact
---
""",
)
