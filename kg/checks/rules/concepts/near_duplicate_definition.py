"""KG322 near-duplicate-definition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.checks.similar import near_duplicates
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for concept in context.corpus.concepts.values():
        for lang, text in concept.definitions.items() if context.states_definition(concept) else ():
            texts[lang].append((concept.iri, text))
    for rows in texts.values():
        for a, b, share in near_duplicates(rows):
            place = context.definition_place(context.concept(b))
            percent = int(share * 100)
            yield rule.at(place, f"the definition shares {percent}% of its words with that of '{context.name(a)}'")


RULE: Final = Rule(
    code="KG322",
    name="near-duplicate-definition",
    severity="info",
    scope=RuleScope.NAMES,
    find=_find,
    what={
        "en": "The definitions of two concepts share at least 80% of their words.",
        "zh": "两个概念的定义有 80% 以上的词相同。",
    },
    why={
        "en": "One was probably copied from the other, and readers easily miss how the concepts differ.",
        "zh": "多半是复制而来，读者容易忽略概念之间的区别。",
    },
    fix={
        "en": "write how they differ, or merge the notes",
        "zh": "写明两者的区别，或合并两篇笔记",
    },
    where="both",
    bad="""
=== concepts/liveness.md
---
definition: A probe that the kubelet runs at fixed times to see whether a container of a pod still works.
---
# Liveness probe
=== concepts/readiness.md
---
definition: A probe that the kubelet runs at fixed times to see whether a container of a pod works.
---
# Readiness probe
""",
    good="""
=== concepts/liveness.md
---
definition: A probe that the kubelet runs at fixed times; a container that fails it is restarted.
---
# Liveness probe
=== concepts/readiness.md
---
definition: A test of whether a pod can answer; while it fails, no service sends requests there.
---
# Readiness probe
""",
)
