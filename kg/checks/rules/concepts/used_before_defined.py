"""KG324 used-before-defined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.checks.terms import DefinitionTerms
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    defined = sum(1 for c in context.corpus.concepts.values() if c.definitions)
    if 2 * defined < len(context.corpus.concepts) or defined == len(context.corpus.concepts):
        return  # if most concepts lack a definition, KG303 reports that problem
    users: dict[str, list[str]] = defaultdict(list)
    for iri, uses in DefinitionTerms.of(context).used.items():
        for concept in uses:
            if not context.concept(concept).definitions:
                users[concept].append(iri)
    for concept, iris in users.items():
        place = context.definition_place(context.concept(iris[0]))
        name, more = context.concept(concept).label("en"), len(iris) - 1
        others = f"; {more:,} other definition{'s' if more > 1 else ''} use{'' if more > 1 else 's'} it, too" if more else ""
        yield rule.at(place, f"the definition uses '{name}', a concept without a definition{others}")


RULE: Final = Rule(
    code="KG324",
    name="used-before-defined",
    severity="info",
    scope=RuleScope.NAMES,
    find=_find,
    what={
        "en": "A definition uses the name of a concept that has no definition itself.",
        "zh": "定义中使用了另一个尚无定义的概念的名称。",
    },
    why={
        "en": "A definition is only as clear as the terms that it uses.",
        "zh": "定义是否清楚取决于它所使用的术语。",
    },
    fix={
        "en": "define the term, or use other words",
        "zh": "为该术语写上定义，或换一种说法",
    },
    where="both",
    bad="""
=== concepts/quorum.md
---
definition: A majority of the replicas.
---
# Quorum
=== concepts/replica.md
---
aliases: [replicas]
---
# Replica
""",
    good="""
=== concepts/quorum.md
---
definition: A majority of the replicas.
---
# Quorum
=== concepts/replica.md
---
aliases: [replicas]
definition: One of several copies of the same state.
---
# Replica
""",
)
