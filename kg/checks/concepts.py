"""Faults of concepts and of their hierarchy (KG3xx, KG4xx)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.checks.base import Context, Rule
from kg.model import Finding
from kg.names import fold


def _duplicate_label(rule: Rule, context: Context) -> Iterator[Finding]:
    by_label: dict[tuple[str, str], list[str]] = defaultdict(list)
    for concept in context.corpus.concepts.values():
        for key in dict.fromkeys((fold(label), lang) for lang, label in concept.labels.items()):
            by_label[key].append(concept.iri)
    for (_, lang), iris in by_label.items():
        for iri in iris if len(iris) > 1 else ():
            path, line = context.place(iri)
            others = [context.place(o) for o in iris if o != iri]
            label = context.concept(iri).labels[lang]
            yield rule.at(
                path, line, 1, f"the label '{label}' is also that of {', '.join(_where(o, path) for o in others[:3])}"
            )
    for path, fault in context.corpus.faults:
        if fault.name == rule.name:
            label, other = fault.detail.split("\t")
            yield rule.at(path, fault.line, fault.column, f"the alias '{label}' is also that of {other}")


def _where(place: tuple[str, int], path: str) -> str:
    """A place as seen from a file: many concepts of a thesaurus stand in one."""
    return f"{place[0]}:{place[1]}" if place[0] == path else place[0]


def _no_definition(rule: Rule, context: Context) -> Iterator[Finding]:
    for concept in context.corpus.concepts.values():
        if not concept.definitions:
            yield rule.at(concept.path, concept.line, 1, f"'{concept.label('en')}' has no definition")


def _cycle(rule: Rule, context: Context) -> Iterator[Finding]:
    for cycle in context.hierarchy.cycles if context.hierarchy else ():
        names = [context.concept(i).id if i in context.corpus.concepts else i for i in (*cycle, cycle[0])]
        if cycle[0] in context.corpus.concepts:
            path, line, column = context.broader_line(cycle[0], cycle[1])
            yield rule.at(path, line, column, f"the hierarchy runs in a circle: {' → '.join(reversed(names))}")


def _redundant(rule: Rule, context: Context) -> Iterator[Finding]:
    for child, parent in context.hierarchy.redundant if context.hierarchy else ():
        if child in context.corpus.concepts and parent in context.corpus.concepts:
            path, line, column = context.broader_line(child, parent)
            yield rule.at(path, line, column, f"'{context.concept(parent).id}' already follows as broader by a longer path")


def _orphan(rule: Rule, context: Context) -> Iterator[Finding]:
    for iri in context.hierarchy.orphans if context.hierarchy else ():
        if iri in context.corpus.concepts:
            path, line = context.place(iri)
            yield rule.at(path, line, 1, f"'{context.concept(iri).label('en')}' has no broader and no narrower concept")


RULES: Final = (
    Rule(
        "KG302", "duplicate-label", "warning", "Two concepts have the same preferred label in one language, or the same alias.",
        "Readers and links by name can't tell them apart (qSKOS ol).", "make one label more exact, or merge the notes",
        _duplicate_label,
    ),
    Rule(
        "KG303", "missing-definition", "info", "A concept has no definition.",
        "Two authors may mean two things by it, and no topic of a scope can be met by it.",
        "add 'definition:' to the front matter, or a section 'Definition' (定义)", _no_definition,
    ),
    Rule(
        "KG401", "hierarchy-cycle", "error", "Broader relations run in a circle.",
        "A concept would be broader than itself (qSKOS cyclic hierarchical relations).", "remove one of the relations", _cycle,
    ),
    Rule(
        "KG402", "redundant-broader", "info", "A broader relation already follows from a longer path.",
        "The hierarchy shows the concept twice (qSKOS hr).", "remove the relation to the more distant concept", _redundant,
    ),
    Rule(
        "KG403", "orphan-concept", "info", "A concept stands outside the hierarchy.",
        "Readers can't come upon it by going down (qSKOS oc).", "add a broader concept, e.g. 'broader: \"[[…]]\"'", _orphan,
    ),
)  # fmt: skip
