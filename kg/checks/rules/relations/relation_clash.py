"""KG415 relation-clash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from kg.base.names import SKOS
from kg.checks.context import Context
from kg.checks.reach import Term, TermPair, is_inferred, select_connected, stated_pairs, upward_steps
from kg.checks.rule import Rule, RuleScope
from kg.graph import Graph
from kg.model import Finding

_RELATED: Final = (SKOS + "related", SKOS + "relatedMatch")


def clashing_pairs(graph: Graph) -> Iterator[tuple[Term, Term, bool]]:
    """Yield related resources of which one is broader than the other, and whether the second is above the first.

    Each clash is reported once, at the end where it was written; at the first of two where it was written at both.
    """
    related = {pair for name in ("related", "relatedMatch") for pair in stated_pairs(graph, name)}
    steps = upward_steps(graph, ("broader", "broadMatch", "broaderTransitive"), ("narrower", "narrowMatch"))
    upward = select_connected(steps, related | {(b, a) for a, b in related})
    clashing = related & (upward | {(b, a) for a, b in upward})
    for a, b in sorted(clashing, key=str):
        rival = (b, a) in related and (_is_stated(graph, (b, a)), _is_first(b, a))
        if not rival or (_is_stated(graph, (a, b)), _is_first(a, b)) > rival:
            yield a, b, (a, b) in upward


def _is_stated(graph: Graph, pair: TermPair) -> bool:
    """Return whether a relation isn't only inferred, for example from the same relation in the other direction."""
    subject, object_ = pair
    if isinstance(subject, ox.Literal):
        return False
    triples = ((subject, ox.NamedNode(name), object_) for name in _RELATED)
    default = ox.DefaultGraph()
    return any(ox.Quad(*t, default) in graph.store and not is_inferred(graph, subject, t[1].value, object_) for t in triples)


def _is_first(a: Term, b: Term) -> bool:
    return isinstance(a, ox.NamedNode) and isinstance(b, ox.NamedNode) and a.value < b.value


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.predicates.isdisjoint(_RELATED) or context.graph is None:
        return
    for subject, object_, above in clashing_pairs(context.graph):
        if isinstance(subject, ox.NamedNode):
            names, where = (context.show(subject), context.show(object_)), "above" if above else "below"
            place = context.statement_place(subject, SKOS + "related", object_)
            yield rule.at(place, f"'{names[0]}' is related to '{names[1]}', which is {where} it in the hierarchy")


RULE: Final = Rule(
    code="KG415",
    name="relation-clash",
    severity="error",
    scope=RuleScope.GRAPH,
    find=_find,
    what={
        "en": "Two concepts are related, and one is also above the other in the hierarchy, directly or over several steps.",
        "zh": "两个概念既相关，又直接或间接地互为上下位。",
    },
    why={
        "en": "skos:related and the transitive hierarchy are disjoint (S27): a related concept is neither broader nor "
        "narrower.",
        "zh": "skos:related 与传递层级互不相交（S27）：相关概念既不是上位也不是下位概念。",
    },
    fix={
        "en": "remove one of the two relations, or use another relation than 'related'",
        "zh": "删除其中之一，或改用 related 以外的关系",
    },
    where="both",
    source="SKOS S27; qSKOS rc; Skosify disjoint_relations",
    bad="""
:a a skos:Concept ; skos:broader :b ; skos:related :c .
:b a skos:Concept ; skos:broader :c . :c a skos:Concept .
""",
    good="""
:a a skos:Concept ; skos:broader :b ; kg:dependsOn :c .
:b a skos:Concept ; skos:broader :c . :c a skos:Concept .
""",
)
