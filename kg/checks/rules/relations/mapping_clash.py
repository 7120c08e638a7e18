"""KG416 mapping-clash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from kg.base.names import SKOS
from kg.checks.context import Context
from kg.checks.reach import Term, is_inferred, select_connected, stated_pairs
from kg.checks.rule import Rule, RuleScope
from kg.graph import Graph
from kg.model import Finding

_EXACT: Final = "exactMatch"
_OTHERS: Final = {"broadMatch": "broader", "narrowMatch": "narrower", "relatedMatch": "related"}


def clashing_mappings(graph: Graph) -> Iterator[tuple[Term, str, Term]]:
    """Yield stated mappings between resources that a chain of exact matches connects: subject, name of the property, object.

    exactMatch is symmetric and transitive (S44, S45), and disjoint with broadMatch and relatedMatch (S46).
    """
    others = {name: set(stated_pairs(graph, name)) for name in _OTHERS}
    if not any(others.values()):
        return
    exact = list(stated_pairs(graph, _EXACT))
    steps = [*exact, *((b, a) for a, b in exact)]
    connected = select_connected(steps, set().union(*others.values()))
    for name, pairs in others.items():
        for a, b in sorted(connected & pairs, key=str):
            if not is_inferred(graph, a, SKOS + name, b):
                yield a, name, b


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if SKOS + _EXACT not in context.predicates or context.graph is None:
        return
    for subject, name, object_ in clashing_mappings(context.graph):
        if isinstance(subject, ox.NamedNode):
            place = context.statement_place(subject, SKOS + name, object_)
            what = f"'{context.show(subject)}' has both an exact match and a {_OTHERS[name]} match"
            yield rule.at(place, f"{what} with '{context.show(object_)}'")


RULE: Final = Rule(
    code="KG416",
    name="mapping-clash",
    severity="error",
    scope=RuleScope.GRAPH,
    find=_find,
    what={
        "en": "Two concepts match exactly, directly or over other exact matches, and also as broader, narrower or related.",
        "zh": "两个概念直接或经由其他精确匹配相互精确匹配，又匹配为上位、下位或相关。",
    },
    why={
        "en": "skos:exactMatch is disjoint with the others (S46): a concept with the same meaning is not a broader one.",
        "zh": "skos:exactMatch 与其他匹配互不相交（S46）：含义相同的概念不会更宽。",
    },
    fix={
        "en": "keep one of the two matches",
        "zh": "只保留其中一种匹配",
    },
    where="both",
    source="SKOS S46; qSKOS mc",
    bad="""
:pod a skos:Concept ; skos:exactMatch <https://example.net/pod> ; skos:broadMatch <https://example.net/pod> .
""",
    good="""
:pod a skos:Concept ; skos:exactMatch <https://example.net/pod> ; skos:broadMatch <https://example.net/unit> .
""",
)
