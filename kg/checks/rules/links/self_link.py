"""KG206 self-link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, fault in context.corpus.faults:
        if fault.name == "self-link":
            what = f"states the relation '{fault.detail}' to itself" if fault.detail else "links to itself"
            yield rule.at(Place(path, fault.line, fault.column), f"the note {what}")


RULE: Final = Rule(
    code="KG206",
    name="self-link",
    severity="warning",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A note links to itself.",
        "zh": "笔记链接到自身。",
    },
    why={
        "en": "The link relates the concept to nothing.",
        "zh": "该链接没有建立任何关联。",
    },
    fix={
        "en": "link to the note that you meant, or to a heading",
        "zh": "改为链接到本来所指的笔记，或链接到某个标题",
    },
    source="qSKOS rrc",
    bad="""
=== concepts/pod.md
# Pod

Unlike other units, a [[pod]] has one address.
""",
    good="""
=== concepts/pod.md
# Pod

Unlike other units, a pod has one address.
""",
)
