"""KG215 renamed-foreign-concept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks import link_fixes
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import written
from kg.model import Finding, Foreign


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, resolution in context.unclear:
        if isinstance(resolution, Foreign) and resolution.former:
            message = f"'{written(link)}' is called '{resolution.name}' now"
            fix = link_fixes.replace_target(context, source, link, (resolution.name,))
            yield rule.at(Place(source, link.line, link.column), message, "", fix)


RULE: Final = Rule(
    code="KG215",
    name="renamed-foreign-concept",
    severity="warning",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A link names a concept of another knowledge base by an id that it had before.",
        "zh": "链接使用了另一知识库中某概念以前的标识。",
    },
    why={
        "en": "The link still works; it breaks when the other knowledge base forgets the earlier id.",
        "zh": "链接目前仍有效；一旦对方不再保留旧标识，它就会失效。",
    },
    fix={
        "en": "use the present id",
        "zh": "改用现在的标识",
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

A pod runs each [[cncf:box]] in one network.
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
