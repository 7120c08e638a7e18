"""KG202 broken-anchor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kg.checks import link_fixes
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Broken, Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, resolution in context.unclear:
        if isinstance(resolution, Broken) and resolution.path is not None:
            anchor = link_fixes.same_anchor(context, resolution.path, link.fragment or "")
            near = (anchor,) if anchor else link_fixes.alike(context, resolution.path, link.fragment or "") or resolution.near
            hint = f"did you mean #{' or #'.join(near)}?" if near else ""
            where = "this note" if resolution.path == source else resolution.path
            fix = link_fixes.fragment(context, source, link, anchor) if anchor else None
            message = f"{where} has no heading '#{link.fragment}'"
            finding = rule.at(Place(source, link.line, link.column), message, hint, fix)
            # In a bundle of OKF, what a link leads to may not be written yet.
            yield replace(finding, severity="info") if resolution.reason == "unwritten" else finding


RULE: Final = Rule(
    code="KG202",
    name="broken-anchor",
    severity="warning",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A link leads to a heading or block that its note does not have.",
        "zh": "链接指向的标题或块在笔记中不存在。",
    },
    why={
        "en": "Readers land at the top of the page.",
        "zh": "读者只会到达页面顶部。",
    },
    fix={
        "en": "correct the part behind #",
        "zh": "改正 # 之后的部分",
    },
    bad="""
=== concepts/pod.md
# Pod

See [life cycle](node.md#life_cycle).
=== concepts/node.md
# Node

## Life cycle
""",
    good="""
=== concepts/pod.md
# Pod

See [life cycle](node.md#life-cycle).
=== concepts/node.md
# Node

## Life cycle
""",
)
