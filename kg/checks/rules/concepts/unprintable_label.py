"""KG308 unprintable-label."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from kg.base import files
from kg.base.names import SKOS
from kg.checks.context import Context, Place, RdfLabel
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding, Fix


def invisible(text: str) -> list[int]:
    """Return the positions of invisible characters in a label: control characters, zero-width ones, direction marks.

    Joiners inside a word belong to some scripts (Persian, Indic ones) and to emoji; they count only at an end.

    >>> invisible("a\u200bb"), invisible("می\u200cخواهم"), invisible("x\u200d")
    ([1], [], [1])
    """
    positions = []
    for i, c in enumerate(text):
        inner = 0 < i < len(text) - 1
        if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn") and not (c in "\u200c\u200d" and inner):
            positions.append(i)
    return positions


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for label in _labels(context):
        text = label.text
        if text.isascii() and text.isprintable():
            continue
        at = invisible(text)
        if at:
            names = ", ".join(f"U+{ord(text[i]):04X}" for i in at[:3])
            place = context.text_place(label.iri, SKOS + label.kind, text)
            shown = "".join(c for i, c in enumerate(text) if i not in at)
            yield rule.at(place, f"the label '{shown}' contains {names}", fix=_without(context, place, text, at))


def _labels(context: Context) -> Iterator[RdfLabel]:
    """Yield all labels of concepts."""
    for concept in context.corpus.concepts.values():
        yield from (RdfLabel(concept.iri, "prefLabel", text, lang) for lang, text in concept.labels.items())
        yield from (RdfLabel(concept.iri, "altLabel", text, lang) for text, lang in concept.alt_labels)
    yield from context.rdf_labels("hiddenLabel")


def _without(context: Context, place: Place, text: str, at: list[int]) -> Fix | None:
    """Return a fix that removes the invisible characters; None unless the label is exactly once on the finding's line."""
    note = context.corpus.notes.get(place.path)
    if note is None or place.path not in context.files or any(not text[i].isprintable() and text[i] in "\t\r\n" for i in at):
        return None
    try:
        data = files.read(context.files[place.path], cut=True).removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return None
    lines = data.splitlines(keepends=True)
    if place.line > len(lines):
        return None
    start = sum(map(len, lines[: place.line - 1]))
    raw = text.encode("utf-8", "replace")
    if lines[place.line - 1].count(raw) != 1:
        return None
    first = start + lines[place.line - 1].index(raw)
    return Fix(first, first + len(raw), "".join(c for i, c in enumerate(text) if i not in at))


RULE: Final = Rule(
    code="KG308",
    name="unprintable-label",
    severity="warning",
    scope=RuleScope.CONCEPT,
    find=_find,
    what={
        "en": "A label contains invisible characters: control characters, zero-width spaces, direction marks.",
        "zh": "标签中有不可见字符：控制字符、零宽空格、方向标记。",
    },
    why={
        "en": "It looks like another label but is not equal to it; searches and links by name miss it.",
        "zh": "看起来相同的标签其实不相等；搜索和按名称的链接会找不到它。",
    },
    fix={
        "en": "remove the characters; 'kg check --fix' does it",
        "zh": "删除这些字符；可用 kg check --fix",
    },
    where="both",
    source="qSKOS ucil",
    bad=r"""
# Po\u200bd
""",
    good="""
# Pod
""",
)
