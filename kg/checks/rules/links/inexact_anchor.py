"""KG205 inexact-anchor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks import link_fixes
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding, Resolved


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, resolution in context.unclear:
        if isinstance(resolution, Resolved):
            anchor = link_fixes.anchor_of(context, resolution.path, resolution.anchor or "")
            hint = f"write #{anchor}" if anchor else "write the anchor of the whole heading"
            fix = link_fixes.fragment(context, source, link, anchor) if anchor else None
            message = f"'#{link.fragment}' is only half of the heading '{resolution.anchor}'"
            yield rule.at(Place(source, link.line, link.column), message, hint, fix)


RULE: Final = Rule(
    code="KG205",
    name="inexact-anchor",
    severity="info",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A link names one half of a bilingual heading.",
        "zh": "链接只写了双语标题的一半。",
    },
    why={
        "en": "kg resolves it; other tools and web sites don't.",
        "zh": "kg 能找到，其他工具和网站不能。",
    },
    fix={
        "en": "write the anchor of the whole heading; 'kg check --fix' does it",
        "zh": "写出整个标题的锚点；可用 kg check --fix",
    },
    bad="""
# Pod

[生命周期](#生命周期)

## 生命周期 / Life cycle
""",
    good="""
# Pod

[生命周期](#生命周期--life-cycle)

## 生命周期 / Life cycle
""",
)
