"""KG302 duplicate-label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.base.names import SKOS, fold
from kg.checks.context import Context, Place, few_others
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    by_label: dict[tuple[str, str], list[str]] = defaultdict(list)
    for concept in context.corpus.concepts.values():
        for key in dict.fromkeys((fold(label), lang) for lang, label in concept.labels.items()):
            by_label[key].append(concept.iri)
    for (_, lang), iris in by_label.items():
        for iri in iris if len(iris) > 1 else ():
            label = context.concept(iri).labels[lang]
            place = context.text_place(iri, SKOS + "prefLabel", label) if context.is_rdf else context.place(iri)
            others, more = few_others(iris, iri)
            named = ", ".join(context.name(o) if context.is_rdf else _where(context.place(o), place) for o in others)
            yield rule.at(place, f"the label '{label}' is also the label of {named}{more}")
    for path, fault in context.corpus.faults:
        if fault.name == rule.name:
            label, other = fault.detail.split("\t")
            yield rule.at(Place(path, fault.line, fault.column), f"the alias '{label}' is also an alias of {other}")


def _where(other: Place, place: Place) -> str:
    """Return a place relative to another: a thesaurus has many concepts in one file."""
    return f"{other.path}:{other.line}" if other.path == place.path else other.path


RULE: Final = Rule(
    code="KG302",
    name="duplicate-label",
    severity="warning",
    scope=RuleScope.NAMES,
    find=_find,
    what={
        "en": "Two concepts have the same preferred label in one language, or the same alias.",
        "zh": "两个概念在同一语言中有相同的首选标签，或有相同的别名。",
    },
    why={
        "en": "Readers and links by name can't tell them apart.",
        "zh": "读者和按名称的链接都无法区分它们。",
    },
    fix={
        "en": "make one label more specific, or merge the notes",
        "zh": "让其中一个标签更确切，或合并两篇笔记",
    },
    where="both",
    source="qSKOS ol",
    bad="""
=== concepts/cluster-node.md
# Node
=== concepts/graph-node.md
# Node
""",
    good="""
=== concepts/cluster-node.md
# Node (cluster)
=== concepts/graph-node.md
# Node (graph)
""",
)
