"""KG401 hierarchy-cycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from kg.base.names import SKOS
from kg.checks.circles import circles, path_around
from kg.checks.context import Context
from kg.checks.reach import upward_steps
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

_MAPPINGS: Final = (SKOS + "broadMatch", SKOS + "narrowMatch")


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for cycle in context.hierarchy.cycles if context.hierarchy else ():
        if cycle[0] in context.corpus.concepts:
            place = context.broader_line(cycle[0], cycle[1])
            path = path_around(context, (cycle[0], *reversed(cycle[1:])))
            yield rule.at(place, f"the broader relations form a cycle: {path}")
    yield from _over_mappings(rule, context)


def _over_mappings(rule: Rule, context: Context) -> Iterator[Finding]:
    """Yield cycles that broadMatch and narrowMatch are part of: they are sub-properties of broader and narrower (S41)."""
    if context.hierarchy is None or context.predicates.isdisjoint(_MAPPINGS) or context.graph is None:
        return
    steps = upward_steps(context.graph, ("broadMatch",), ("narrowMatch",))
    mapped = {(a.value, b.value) for a, b in steps if isinstance(a, ox.NamedNode) and isinstance(b, ox.NamedNode)}
    upward = {child: set(parents) for child, parents in context.hierarchy.parents.items()}
    stated = {(child, parent) for child, parents in upward.items() for parent in parents}
    for child, parent in mapped:
        if child != parent and child in context.corpus.concepts and parent in context.corpus.concepts:
            upward.setdefault(child, set()).add(parent)
    for cycle in circles(upward):
        pairs = list(zip(cycle, (*cycle[1:], cycle[0]), strict=True))
        if any(pair not in stated for pair in pairs):
            child, parent = next(pair for pair in pairs if pair not in stated)
            place = context.place_of(child, SKOS + "broadMatch", parent)
            yield rule.at(place, f"the broader relations and mappings form a cycle: {path_around(context, cycle)}")


RULE: Final = Rule(
    code="KG401",
    name="hierarchy-cycle",
    severity="error",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "Broader relations form a cycle.",
        "zh": "上位关系形成环。",
    },
    why={
        "en": "A concept would be broader than itself.",
        "zh": "概念会成为自身的上位概念。",
    },
    fix={
        "en": "remove one of the relations",
        "zh": "删除其中一个关系",
    },
    where="both",
    source="qSKOS chr; Skosify hierarchy_cycles; SKOS S41",
    bad="""
=== concepts/pod.md
---
id: pod
broader: "[[workload]]"
---
=== concepts/workload.md
---
id: workload
broader: "[[pod]]"
---
""",
    good="""
=== concepts/pod.md
---
id: pod
broader: "[[workload]]"
---
=== concepts/workload.md
---
id: workload
---
""",
)
