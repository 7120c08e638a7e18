"""KG417 mapping-within-scheme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import pyoxigraph as ox

from kg.base.names import RDF, SKOS
from kg.checks.context import Context
from kg.checks.reach import Term, is_inferred, stated_pairs
from kg.checks.rule import Rule, RuleScope
from kg.graph import Graph
from kg.model import Finding

_NAMES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_CONCEPT: Final = ox.NamedNode(SKOS + "Concept")
_A: Final = ox.NamedNode(RDF + "type")
_IN: Final = ox.NamedNode(SKOS + "inScheme")


def _schemes(graph: Graph, concept: ox.NamedNode) -> set[Term]:
    return {q.object for q in graph.store.quads_for_pattern(concept, _IN, None, ox.DefaultGraph())}


def mappings_within_scheme(graph: Graph) -> Iterator[tuple[ox.NamedNode, str, ox.NamedNode, bool]]:
    """Yield stated mappings between concepts of one scheme, or of one host if one of them is in no scheme.

    They are subject, name of the property, object, and whether the two share a scheme.
    """
    default = ox.DefaultGraph()

    def is_concept(term: Term) -> bool:
        return isinstance(term, ox.NamedNode) and ox.Quad(term, _A, _CONCEPT, default) in graph.store

    for name in _NAMES:
        pairs = [(a, b) for a, b in stated_pairs(graph, name) if is_concept(b) and is_concept(a)]
        for a, b in sorted(pairs, key=str):
            if not isinstance(a, ox.NamedNode) or not isinstance(b, ox.NamedNode) or a == b:
                continue
            one, two = _schemes(graph, a), _schemes(graph, b)
            same_host = urlsplit(a.value).netloc == urlsplit(b.value).netloc
            together = bool(one & two) or (same_host and not (one and two))
            if together and not is_inferred(graph, a, SKOS + name, b):
                yield a, name, b, bool(one & two)


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.predicates.isdisjoint(SKOS + name for name in _NAMES) or context.graph is None:
        return
    for a, name, b, shared in mappings_within_scheme(context.graph):
        where = "in one scheme" if shared else "in one vocabulary, and not in two schemes of it"
        place = context.statement_place(a, SKOS + name, b)
        yield rule.at(place, f"'{context.show(a)}' is mapped to '{context.show(b)}' by {name}, but both are {where}")


RULE: Final = Rule(
    code="KG417",
    name="mapping-within-scheme",
    severity="warning",
    scope=RuleScope.GRAPH,
    find=_find,
    what={
        "en": "A mapping relation connects two concepts of one scheme, or of one vocabulary if one of them is in no scheme.",
        "zh": "映射关系连接了同一体系中的两个概念，或同一词表中未归入体系的概念。",
    },
    why={
        "en": "Mappings are for concepts of different schemes (SKOS Reference, 10.1); who reads one scheme doesn't see them.",
        "zh": "映射用于不同体系之间的概念（SKOS 参考规范 10.1）；只读一个体系的程序不会查看它们。",
    },
    fix={
        "en": "use broader, narrower or related; merge two concepts that mean the same",
        "zh": "改用 broader、narrower 或 related；含义相同的两个概念应当合并",
    },
    where="both",
    source="qSKOS mri",
    bad="""
=== concepts/pod.md
---
id: pod
exact-match: "[[container-group]]"
---
# Pod
=== concepts/container-group.md
---
id: container-group
---
# Container group
""",
    good="""
=== concepts/pod.md
---
id: pod
related: "[[container-group]]"
---
# Pod
=== concepts/container-group.md
---
id: container-group
---
# Container group
""",
)
