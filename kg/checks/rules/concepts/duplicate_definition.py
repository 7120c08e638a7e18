"""KG321 duplicate-definition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.base.names import fold
from kg.checks.context import Context
from kg.checks.messages import few_others
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

_LONG_ENOUGH: Final = 12
"""Minimum length in characters: shorter definitions, such as "See above.", may be equal by chance."""


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    by_text: dict[tuple[str, str], list[str]] = defaultdict(list)
    for concept in context.corpus.concepts.values():
        for lang, text in concept.definitions.items() if context.states_definition(concept) else ():
            folded = fold(text)
            if len(folded) >= _LONG_ENOUGH:
                by_text[lang, folded].append(concept.iri)
    for (lang, _), iris in by_text.items():
        for iri in iris if len(iris) > 1 else ():
            others, more = few_others(iris, iri)
            named = ", ".join(map(context.name, others))
            which = f"the definition ({lang})" if lang else "the definition"
            place = context.definition_place(context.concept(iri))
            yield rule.at(place, f"{which} is the same as that of {named}{more}")


RULE: Final = Rule(
    code="KG321",
    name="duplicate-definition",
    severity="warning",
    scope=RuleScope.NAMES,
    find=_find,
    what={
        "en": "Two concepts have the same definition.",
        "zh": "两个概念的定义相同。",
    },
    why={
        "en": "Either they are one concept, or one of them is not really defined.",
        "zh": "它们要么是同一个概念，要么其中一个没有真正定义。",
    },
    fix={
        "en": "write how they differ, or merge the notes",
        "zh": "写明各自的区别，或合并两篇笔记",
    },
    where="both",
    bad="""
=== concepts/pod.md
---
definition: A unit that the scheduler places on a machine.
---
# Pod
=== concepts/task.md
---
definition: A unit that the scheduler places on a machine.
---
# Task
""",
    good="""
=== concepts/pod.md
---
definition: A group of containers that the scheduler places on one machine.
---
# Pod
=== concepts/task.md
---
definition: A unit of work that runs to its end.
---
# Task
""",
)
