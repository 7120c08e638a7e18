"""KG412 one-way-relation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.names import KG, RDF, SKOS
from kg.checks.context import Context
from kg.checks.reach import Term, TermPair
from kg.checks.rule import MOST_ROWS, Rule, RuleScope
from kg.graph import Graph
from kg.model import Finding

_INVERSES: Final = {
    "broader": "narrower", "related": "related", "hasTopConcept": "topConceptOf", "broadMatch": "narrowMatch",
    "exactMatch": "exactMatch", "closeMatch": "closeMatch", "relatedMatch": "relatedMatch",
    "broaderTransitive": "narrowerTransitive",
}  # fmt: skip
_BOTH_WAYS: Final = tuple(dict.fromkeys((*_INVERSES.items(), *((b, a) for a, b in _INVERSES.items()))))
_WORDS: Final = {"topConceptOf": "to be a top concept of", "hasTopConcept": "the top concept"}


class _Pairs(NamedTuple):
    """The ends of the statements of a property."""

    every: dict[TermPair, None]
    """In the order of the graph."""
    inferred: set[TermPair]


def one_way_relations(graph: Graph) -> Iterator[tuple[Term, str, Term, str]]:
    """Yield stated relations whose inverse isn't stated: subject, property, object, and the inverse property.

    The object has a class: only its own vocabulary could answer a mapping.
    """
    store, default = graph.store, ox.DefaultGraph()
    rules = {q.subject for q in store.quads_for_pattern(None, ox.NamedNode(KG + "byRule"), None, default)}
    typed = {q.subject for q in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), None, default)}

    @cache
    def pairs_of(name: str) -> _Pairs:
        pairs = _Pairs({}, set())
        for subject, _, object_, place in store.quads_for_pattern(None, ox.NamedNode(SKOS + name), None, None):
            if isinstance(place, ox.DefaultGraph):
                pairs.every[subject, object_] = None
            elif place in rules:
                pairs.inferred.add((subject, object_))
        return pairs

    for name, inverse in _BOTH_WAYS:
        pairs, turned = pairs_of(name), pairs_of(inverse)
        for a, b in pairs.every:
            answered = (b, a) in turned.every and (b, a) not in turned.inferred
            if a != b and b in typed and not answered and (a, b) not in pairs.inferred:
                yield a, name, b, inverse


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    near = context.near_rdf_files
    graph = context.graph if near is None else near
    rows = one_way_relations(graph) if graph is not None else iter(())
    # The statements of a subject have their places side by side: they are looked up together.
    for subject, name, object_, inverse in sorted(islice(rows, MOST_ROWS), key=lambda row: str(row[0])):
        if not isinstance(subject, ox.NamedNode):
            continue
        if context.is_reported(subject.value, object_.value if isinstance(object_, ox.NamedNode) else ""):
            place = context.statement_place(subject, SKOS + name, object_)
            words = _WORDS.get(inverse, inverse)
            yield rule.at(place, f"'{context.show(object_)}' does not state {words} '{context.show(subject)}' in return")


RULE: Final = Rule(
    code="KG412",
    name="one-way-relation",
    severity="info",
    scope=RuleScope.GRAPH,
    find=_find,
    what={
        "en": "Only one end states a relation, although the other end could state the inverse.",
        "zh": "关系只在一端声明，另一端没有声明其逆关系。",
    },
    why={
        "en": "Readers of the file see it from one side only; kg itself infers the other side.",
        "zh": "只读该文件的人只能从一侧看到它；kg 自己会推导另一侧。",
    },
    fix={
        "en": "state the inverse, too, or use a reader that infers it",
        "zh": "同时声明逆关系，或依赖能够推导的读取程序",
    },
    default="rdf",
    where="both",
    source="qSKOS urc",
    bad="""
:pod a skos:Concept ; skos:broader :node .
:node a skos:Concept .
""",
    good="""
:pod a skos:Concept ; skos:broader :node .
:node a skos:Concept ; skos:narrower :pod .
""",
)
