"""KG209 unseen-target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import written
from kg.model import Finding, Unseen

_WHY: Final = {
    "excluded": "leads to a file that is not among the notes",
    "outside": "leads out of the notes folder",
    "address": "is an address of a site that kg doesn't know",
    "generated": "may lead to something that a tool generates",
    "import": "names a knowledge base that can't be used",
    "text": "is not a link for the tool of these notes",
}


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, resolution in context.unclear:
        if isinstance(resolution, Unseen):
            message = f"'{written(link)}' {_WHY[resolution.reason]}"
            yield rule.at(Place(source, link.line, link.column), message)


RULE: Final = Rule(
    code="KG209",
    name="unseen-target",
    severity="info",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A link leads to something that kg doesn't read: an excluded file, a file outside the notes folder, an address "
        "of an unknown site, or something that a tool generates.",
        "zh": "链接指向 kg 不读取的内容：被排除的文件、笔记目录之外的文件、未知站点的地址，或由工具生成的内容。",
    },
    why={
        "en": "The link may work for readers, but kg can't check it.",
        "zh": "该链接对读者可能有效，但 kg 无法检查。",
    },
    fix={
        "en": "check it with the tool that publishes the notes, or read the notes from the folder of its configuration",
        "zh": "用发布这些笔记的工具检查，或从其配置文件所在的目录读取笔记",
    },
    default="off",
    bad="""
# Pod

![A pod](/images/pod.png)
""",
    good="""
# Pod

A pod.
""",
)
