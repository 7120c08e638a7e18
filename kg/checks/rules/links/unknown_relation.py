"""KG207 unknown-relation."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from kg.base.names import key_form, language_of
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.corpus.words import VocabularyWords
from kg.model import Finding, Resolved
from kg.notes.frontmatter import NAMES, NO_LINKS, RESERVED

_ALIKE: Final = 0.7
_ALIKE_IN_CHINESE: Final = 0.5
_SURE: Final = 0.85
"""Similarity from which a key is a misspelt relation; the others are only reported as information."""


class _UnknownKey(NamedTuple):
    """A key that is not a relation: as first written, its first place, and the number of its links."""

    text: str
    place: Place
    links: int


def _unknown_keys(context: Context, words: VocabularyWords) -> dict[str, _UnknownKey]:
    keys: dict[str, _UnknownKey] = {}
    notes = context.corpus.notes
    for source, link, resolution in context.corpus.links:
        if link.relation is None or link.context not in ("front-matter", "field") or link.kind == "name" or link.embed:
            continue
        if link.relation in RESERVED | NAMES | NO_LINKS or words.relation(link) is not None:
            continue
        if isinstance(resolution, Resolved) and resolution.path not in notes:
            continue  # an image or a folder
        key = key_form(link.relation)
        first = keys.get(key)
        place = Place(source, link.line, link.column)
        keys[key] = first._replace(links=first.links + 1) if first else _UnknownKey(link.relation, place, 1)
    return keys


def _alike_in_chinese(key: str, words: Iterable[str]) -> list[str]:
    """Return the words that share half of their characters with a Chinese key, and the first or last one; the nearest first.

    A character of Chinese is as much as a syllable or a word: one wrong of two is a slip.

    >>> _alike_in_chinese("依懒", ["依赖", "前置", "懒惰"]), _alike_in_chinese("ab", ["ac"])
    (['依赖'], [])
    """
    if language_of(key) != "zh":
        return []
    ends = [word for word in words if word[:1] == key[:1] or word[-1:] == key[-1:]]
    return difflib.get_close_matches(key, ends, 3, _ALIKE_IN_CHINESE)


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    """Report each key once for the whole collection: what to do with it is one decision."""
    vocabulary = context.vocabulary
    words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
    key_of = {r.iri: r.key for r in vocabulary.relations.values()}
    for key, unknown in _unknown_keys(context, words).items():
        close = difflib.get_close_matches(key, list(words.fields), 5, _ALIKE)
        alike = [*close, *_alike_in_chinese(key, words.fields)]
        near = list(dict.fromkeys(key_of[words.fields[word]] for word in alike))[:3]
        sure = bool(difflib.get_close_matches(key, close, 1, _SURE))
        links = "the link has" if unknown.links == 1 else f"{unknown.links} links have"
        choices = " or ".join(f"'{name}'" for name in near)
        finding = rule.at(
            unknown.place,
            f"'{unknown.text}' is not a relation; {links} no type",
            (f"did you mean {choices}? otherwise " if near else "") + "declare the key: docs/reading.md#declare-a-key",
        )
        yield finding if sure else replace(finding, severity="info")


RULE: Final = Rule(
    code="KG207",
    name="unknown-relation",
    severity="warning",
    scope=RuleScope.KEYS,
    find=_find,
    what={
        "en": "The key of a link is not a relation. Each key is reported once, at its first place.",
        "zh": "链接所用的键不是关系名。每个键只在首次出现处报告一次。",
    },
    why={
        "en": "The link is read as a plain link, without a type.",
        "zh": "该链接会被当作没有类型的普通链接。",
    },
    fix={
        "en": "write the key or a name of a relation (docs/vocabulary.md), or declare the key (docs/reading.md#declare-a-key)",
        "zh": "写上关系的键或名称（见 docs/vocabulary.md），或声明这个键（见 docs/reading.md#declare-a-key）",
    },
    bad="""
=== concepts/pod.md
# Pod

depend-on:: [[node]]
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

depends-on:: [[node]]
=== concepts/node.md
# Node
""",
)
