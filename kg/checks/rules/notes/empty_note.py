"""KG106 empty-note."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        if note.size == 0 and note.role != "page":  # an empty log of a bundle is a log without entries
            yield rule.at(Place(path), "the note is empty")


RULE: Final = Rule(
    code="KG106",
    name="empty-note",
    severity="warning",
    scope=RuleScope.NOTE,
    find=_find,
    what={
        "en": "A note is empty.",
        "zh": "笔记没有任何内容。",
    },
    why={
        "en": "It becomes a concept without content.",
        "zh": "它会成为一个没有内容的概念。",
    },
    fix={
        "en": "write a definition, or delete the file",
        "zh": "写上定义，或删除该文件",
    },
    bad="""
=== concepts/pod.md
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod
=== concepts/node.md
# Node
""",
)
