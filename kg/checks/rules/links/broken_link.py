"""KG201 broken-link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import find_broken
from kg.model import Finding

_find_entries: Final = find_faults(lambda href: f"there is no file at '{href}'")
"""Entries of tables of contents, which aren't notes."""


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    yield from find_broken(rule, context)
    yield from _find_entries(rule, context)


RULE: Final = Rule(
    code="KG201",
    name="broken-link",
    severity="error",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A link leads to a note that does not exist.",
        "zh": "链接指向的笔记不存在。",
    },
    why={
        "en": "Readers reach a dead end, and the graph lacks the relation.",
        "zh": "读者无法继续，图谱也缺少这一关系。",
    },
    fix={
        "en": "write the note, or correct the link",
        "zh": "补写该笔记，或改正链接",
    },
    bad="""
=== concepts/pod.md
# Pod

It runs on a [[nood]].
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

It runs on a [[node]].
=== concepts/node.md
# Node
""",
)
