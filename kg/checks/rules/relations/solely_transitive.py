"""KG414 solely-transitive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from kg.base.names import SKOS
from kg.checks.context import Context
from kg.checks.reach import Term, select_connected, stated_pairs, upward_steps
from kg.checks.rule import Rule, RuleScope
from kg.graph import Graph
from kg.model import Finding

_BROADER: Final = "broaderTransitive"
_NARROWER: Final = "narrowerTransitive"


def pairs_without_path(graph: Graph) -> Iterator[tuple[Term, str, Term]]:
    """Yield statements of broaderTransitive and narrowerTransitive without a path of broader relations.

    They are subject, name of the property and object. Of two that say the same, only the one of broaderTransitive is yielded.
    """
    above = set(stated_pairs(graph, _BROADER))
    below = {(b, a): (a, b) for a, b in stated_pairs(graph, _NARROWER)}
    connected = select_connected(upward_steps(graph, ("broader",), ("narrower",)), above | below.keys())
    for a, b in sorted(above - connected, key=str):
        yield a, _BROADER, b
    for a, b in sorted((stated for pair, stated in below.items() if pair not in connected and pair not in above), key=str):
        yield a, _NARROWER, b


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.predicates.isdisjoint((SKOS + _BROADER, SKOS + _NARROWER)) or context.graph is None:
        return
    for subject, name, object_ in pairs_without_path(context.graph):
        if isinstance(subject, ox.NamedNode):
            place = context.statement_place(subject, SKOS + name, object_)
            ends = f"'{context.show(subject)}' and '{context.show(object_)}'"
            yield rule.at(place, f"{ends} are related by {name}, but by no path of broader relations")


RULE: Final = Rule(
    code="KG414",
    name="solely-transitive",
    severity="warning",
    scope=RuleScope.GRAPH,
    find=_find,
    what={
        "en": "Two concepts are related only by broaderTransitive or narrowerTransitive.",
        "zh": "两个概念只通过 broaderTransitive 或 narrowerTransitive 相关。",
    },
    why={
        "en": "These properties are meant to be inferred (SKOS Reference, 8.6.8): programs that show the hierarchy ignore "
        "them.",
        "zh": "这些属性用于推导（SKOS 参考规范 8.6.8）：展示层级时找不到这一关系。",
    },
    fix={"en": "state skos:broader or skos:narrower", "zh": "声明 skos:broader 或 skos:narrower"},
    where="both",
    source="qSKOS strc",
    bad="""
:pod a skos:Concept ; skos:broaderTransitive :node .
:node a skos:Concept .
""",
    good="""
:pod a skos:Concept ; skos:broaderTransitive :node ; skos:broader :node .
:node a skos:Concept .
""",
)
