"""KG421 near-synonyms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Assertion, Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    relations = context.vocabulary.relations
    near = {frozenset((iri, other)) for iri, relation in relations.items() for other in relation.near if other in relations}
    confused = {iri for pair in near for iri in pair}
    stated: dict[tuple[str, str], dict[str, Assertion]] = defaultdict(dict)
    for a in context.corpus.assertions:
        inverse = relations[a.predicate].inverse if a.predicate in relations else None
        if a.predicate in confused:
            stated[a.subject, a.object].setdefault(a.predicate, a)
        elif inverse in confused and inverse is not None:
            stated[a.object, a.subject].setdefault(inverse, a)
    for (subject, object_), own in stated.items():
        for first, second in sorted(tuple(sorted(pair)) for pair in near if pair <= own.keys()):
            keys = sorted((relations[first].key, relations[second].key))
            place = max((own[first], own[second]), key=lambda a: (a.path, a.line, a.column))
            names = f"'{context.name(subject)}' {keys[0]} and {keys[1]} '{context.name(object_)}'"
            yield rule.at(context.place_of(place.subject, place.predicate, place.object), f"{names}: one of the two applies")


RULE: Final = Rule(
    code="KG421",
    name="near-synonyms",
    severity="warning",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "Two relations that are easily confused are stated between the same two concepts.",
        "zh": "同一对概念之间声明了两个容易混淆的关系。",
    },
    why={
        "en": "Readers can't tell what is meant, and counts of relations mean less. The vocabulary says when to use which.",
        "zh": "读者无法判断所指，关系的统计也失去意义。词汇表说明了各关系的适用情形。",
    },
    fix={
        "en": "keep the one that the decision table in docs/vocabulary.md names",
        "zh": "依照 docs/vocabulary.md 中的选用表保留其一",
    },
    where="notes",
    bad="""
=== concepts/scheduler.md
---
id: scheduler
depends-on: "[[store]]"
uses: "[[store]]"
---
=== concepts/store.md
---
id: store
---
""",
    good="""
=== concepts/scheduler.md
---
id: scheduler
depends-on: "[[store]]"
---
=== concepts/store.md
---
id: store
---
""",
)
