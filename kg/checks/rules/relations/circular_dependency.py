"""KG406 circular-dependency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.checks.circles import circles, path_around
from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    edges: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    directed = {
        iri: r for iri, r in context.vocabulary.relations.items() if r.transitive and not r.symmetric and not r.hierarchical
    }
    for a in context.corpus.assertions:
        relation = directed.get(a.predicate)
        if relation is None:
            continue
        # Of two inverse relations, the one that authors used first represents both.
        if relation.inverse is not None and relation.inverse in edges:
            edges[relation.inverse][a.object].add(a.subject)
        else:
            edges[relation.iri][a.subject].add(a.object)
    for iri in sorted(edges):
        for circle in circles(edges[iri]):
            place = context.place_of(circle[0], iri, circle[1])
            yield rule.at(place, f"'{directed[iri].key}' forms a cycle: {path_around(context, circle)}")


RULE: Final = Rule(
    code="KG406",
    name="circular-dependency",
    severity="warning",
    scope=RuleScope.RELATIONS,
    find=_find,
    what={
        "en": "A transitive relation with a direction, such as depends-on, forms a cycle.",
        "zh": "有方向的传递关系（如 depends-on）形成环。",
    },
    why={
        "en": "Each of the concepts would depend on itself.",
        "zh": "环中的每个概念都会依赖自身。",
    },
    fix={
        "en": "remove one of the relations, or use one that isn't transitive",
        "zh": "删除其中一个关系，或改用不传递的关系",
    },
    bad="""
=== concepts/pod.md
---
id: pod
depends-on: "[[node]]"
---
=== concepts/node.md
---
id: node
depends-on: "[[pod]]"
---
""",
    good="""
=== concepts/pod.md
---
id: pod
depends-on: "[[node]]"
---
=== concepts/node.md
---
id: node
hosts: "[[pod]]"
---
""",
)
