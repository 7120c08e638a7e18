"""KG309 omitted-language-tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pyoxigraph as ox

from kg.base.names import RDF, RDFS, SKOS, XSD
from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

_PROPERTIES: Final = (
    *(SKOS + name for name in ("prefLabel", "altLabel", "hiddenLabel")),
    RDFS + "label",
    *(SKOS + name for name in "definition note scopeNote example changeNote editorialNote historyNote".split()),
)
_TEXTS: Final = frozenset((XSD + "string", RDF + "langString"))
_FORM: Final = re.compile(r"(?:[a-z]{2,8}|[ix])(?:-[a-z0-9]{1,8})*", re.IGNORECASE)


@cache
def is_language_tag(tag: str) -> bool:
    """Return whether a language tag is valid by BCP 47: well-formed, and each subtag is in IANA's registry.

    >>> [is_language_tag(tag) for tag in ("en", "zh-Hans", "x-house", "xy", "blubb", "e n")]
    [True, True, True, False, False, False]
    """
    # start time: the registry is only for those who check RDF files
    from langcodes import tag_is_valid

    return bool(_FORM.fullmatch(tag)) and tag_is_valid(tag)


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.predicates.isdisjoint(_PROPERTIES) or context.graph is None:
        return
    near, default = context.near_rdf_files, ox.DefaultGraph()
    graph = context.graph if near is None else near
    for predicate in _PROPERTIES:
        for q in graph.store.quads_for_pattern(None, ox.NamedNode(predicate), None, default):
            text = q.object
            if not isinstance(text, ox.Literal) or not isinstance(q.subject, ox.NamedNode):
                continue
            tag = text.language or ""
            if text.datatype.value not in _TEXTS or (tag and is_language_tag(tag)):
                continue
            if context.is_described(q.subject.value):
                fault = f"the language tag '{tag}', which is not registered (BCP 47)" if tag else "no language tag"
                place = context.text_place(q.subject.value, predicate, text.value)
                yield rule.at(place, f"'{text.value}' has {fault}")


RULE: Final = Rule(
    code="KG309",
    name="omitted-language-tag",
    severity="info",
    scope=RuleScope.GRAPH,
    find=_find,
    what={
        "en": "A label or a note has no language tag, or one that BCP 47 and its registry of languages don't know.",
        "zh": "标签或说明没有语言标记，或其语言标记不在 BCP 47 的语言登记表中。",
    },
    why={
        "en": "Readers of all languages see it, and programs can't tell its language.",
        "zh": "使用任何语言的读者都会看到它，程序也无法判断它属于哪种语言。",
    },
    fix={
        "en": "add a BCP 47 language tag such as @en or @zh",
        "zh": "按 BCP 47 加上语言标记，例如 @en 或 @zh",
    },
    default="rdf",
    where="both",
    source="qSKOS oilt",
    bad="""
:pod a skos:Concept ; skos:prefLabel "Pod" .
""",
    good="""
:pod a skos:Concept ; skos:prefLabel "Pod"@en .
""",
)
