"""KG422 unusual-type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

_ANY: Final = "concept"
"""The type of concepts whose note names no other one; it contradicts nothing."""


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    relations, concepts = context.vocabulary.relations, context.corpus.concepts
    types = {iri: key for key, iri in context.vocabulary.types.items()}
    hinted = {iri for iri, relation in relations.items() if relation.subjects or relation.objects}
    for a in context.corpus.assertions:
        relation = relations.get(a.predicate)
        if relation is None:
            continue
        subject, object_ = a.subject, a.object
        if relation.iri not in hinted and relation.inverse in hinted and relation.inverse is not None:
            relation, subject, object_ = relations[relation.inverse], object_, subject
        for iri, usual in ((subject, relation.subjects), (object_, relation.objects)):
            concept = concepts.get(iri)
            keys = [types[name] for name in usual if name in types]
            if concept is None or not keys or concept.type in (_ANY, *keys):
                continue
            stated = f"'{context.name(subject)}' {relation.key} '{context.name(object_)}'"
            yield rule.at(
                context.place_of(a.subject, a.predicate, a.object),
                f"{stated}: '{context.name(iri)}' is of type {concept.type}, usual here is {' or '.join(sorted(keys))}",
            )


RULE: Final = Rule(
    code="KG422",
    name="unusual-type",
    severity="info",
    scope=RuleScope.RELATIONS,
    find=_find,
    what={
        "en": "A relation leads from or to a concept of a type that it is seldom stated of.",
        "zh": "关系的一端是该关系很少涉及的概念类型。",
    },
    why={
        "en": "Often another relation is meant (harms are prevented, properties satisfied), or the concept's type is wrong.",
        "zh": "往往应使用另一关系（防止的是危害，满足的是性质），或者概念的类型有误。",
    },
    fix={
        "en": "choose another relation from the table in docs/vocabulary.md, or correct the type of the concept",
        "zh": "依照 docs/vocabulary.md 中的选用表改用另一关系，或更正概念的类型",
    },
    where="notes",
    bad="""
=== concepts/chaos-engineering.md
---
id: chaos-engineering
type: practice
solves: "[[replication]]"
---
=== concepts/replication.md
---
id: replication
type: technology
---
""",
    good="""
=== concepts/chaos-engineering.md
---
id: chaos-engineering
type: practice
uses: "[[replication]]"
---
=== concepts/replication.md
---
id: replication
type: technology
---
""",
)
