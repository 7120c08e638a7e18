"""KG204 ambiguous-link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import written
from kg.model import Ambiguous, Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, resolution in context.unclear:
        if isinstance(resolution, Ambiguous):
            paths = resolution.candidates
            message = f"'{written(link)}' matches {len(paths)} notes equally well"
            yield rule.at(Place(source, link.line, link.column), message, f"write one of the paths: {', '.join(paths[:3])}")


RULE: Final = Rule(
    code="KG204",
    name="ambiguous-link",
    severity="warning",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A link matches several notes equally well.",
        "zh": "链接同时匹配多篇笔记。",
    },
    why={
        "en": "kg never guesses: the link leads nowhere.",
        "zh": "kg 从不猜测，该链接不指向任何笔记。",
    },
    fix={
        "en": "write the path",
        "zh": "写出路径",
    },
    bad="""
=== concepts/pod.md
It runs on a [[node]].
=== concepts/cluster/node.md
# Node of a cluster
=== concepts/graph/node.md
# Node of a graph
""",
    good="""
=== concepts/pod.md
It runs on a [[cluster/node]].
=== concepts/cluster/node.md
# Node of a cluster
=== concepts/graph/node.md
# Node of a graph
""",
)
