"""KG214 unknown-foreign-concept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks import link_fixes
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import written
from kg.model import Broken, Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, resolution in context.unclear:
        if isinstance(resolution, Broken) and resolution.reason == "foreign":
            prefix = link.target.partition(":")[0]
            near = f"did you mean {' or '.join(resolution.near)}?" if resolution.near else ""
            fix = link_fixes.replace_target(context, source, link, resolution.near)
            message = f"'{written(link)}' is not a concept of the knowledge base '{prefix}'"
            yield rule.at(Place(source, link.line, link.column), message, near, fix)


RULE: Final = Rule(
    code="KG214",
    name="unknown-foreign-concept",
    severity="error",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A link names a concept that the other knowledge base does not have.",
        "zh": "链接所指的概念在另一知识库中不存在。",
    },
    why={
        "en": "Readers reach a dead end, and the graph lacks the relation.",
        "zh": "读者无法继续，图谱也缺少这一关系。",
    },
    fix={
        "en": "correct the name; 'kg uses' lists the knowledge bases, and editors complete their concepts",
        "zh": "改正名称；kg uses 会列出所用的知识库，编辑器可补全其中的概念",
    },
    bad="""
=== kg.toml
[uses]
cncf = {path = "cncf"}
=== cncf/inventory.json
{"format": "kg-inventory", "version": 1, "base": "https://example.org/cncf/", "concepts": [
{"id": "container", "iri": "https://example.org/cncf/concept/container", "labels": {"en": "Container"}, "former": ["box"]}]}
=== concepts/pod.md
# Pod

A pod runs each [[cncf:contianer]] in one network.
""",
    good="""
=== kg.toml
[uses]
cncf = {path = "cncf"}
=== cncf/inventory.json
{"format": "kg-inventory", "version": 1, "base": "https://example.org/cncf/", "concepts": [
{"id": "container", "iri": "https://example.org/cncf/concept/container", "labels": {"en": "Container"}, "former": ["box"]}]}
=== concepts/pod.md
# Pod

A pod runs each [[cncf:container]] in one network.
""",
)
