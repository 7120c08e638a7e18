"""KG302 duplicate-label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.base.names import SKOS, fold, letters_and_digits
from kg.checks.context import Context, Place, RdfLabel
from kg.checks.messages import few_others
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding
from kg.notes.called import note_stem

_KINDS: Final = {"prefLabel": "label", "altLabel": "alternative label", "hiddenLabel": "hidden label"}


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    by_label: dict[tuple[str, str], dict[str, RdfLabel]] = defaultdict(dict)
    for label in _labels(context):
        by_label[fold(label.text), label.language].setdefault(label.iri, label)
    for alike in by_label.values():
        iris = [iri for iri, label in alike.items() if len(alike) > 1 and not _is_told_by_name(context, label)]
        article = "the" if all(label.kind == "prefLabel" for label in alike.values()) else "a"
        for iri in iris if len(iris) > 1 else ():
            label = alike[iri]
            place = context.text_place(iri, SKOS + label.kind, label.text) if context.is_rdf else context.place(iri)
            others, more = few_others(iris, iri)
            named = ", ".join(context.name(o) if context.is_rdf else _where(context.place(o), place) for o in others)
            yield rule.at(place, f"the {_KINDS[label.kind]} '{label.text}' is also {article} label of {named}{more}")
    for path, fault in context.corpus.faults:
        if fault.name == rule.name:
            text, other = fault.detail.split("\t")
            yield rule.at(Place(path, fault.line, fault.column), f"the alias '{text}' is also an alias of {other}")


def _labels(context: Context) -> Iterator[RdfLabel]:
    """Yield labels, preferred ones first; of notes only these, since reading compares their aliases."""
    for concept in context.corpus.concepts.values():
        for lang, text in concept.labels.items():
            yield RdfLabel(concept.iri, "prefLabel", text, lang)
    for kind in ("prefLabel", "altLabel", "hiddenLabel"):
        yield from context.rdf_labels(kind)


def _is_told_by_name(context: Context, label: RdfLabel) -> bool:
    """Return whether a label is the last part of a hierarchical name: in Dendron, `l.js.flow` and `l.bash.flow` are "flow"."""
    concept = context.corpus.concepts.get(label.iri)
    above, _, last = note_stem(concept.path).rpartition(".") if concept is not None else ("", "", "")
    return bool(above) and letters_and_digits(last) == letters_and_digits(label.text)


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
        "en": "Two concepts have the same label in one language, preferred or not.",
        "zh": "两个概念在同一语言中有相同的标签（首选标签或其他标签）。",
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
