"""KG209 unseen-attachment."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import find_broken

RULE: Final = Rule(
    code="KG209",
    name="unseen-attachment",
    severity="info",
    scope=RuleScope.LINKS,
    find=find_broken,
    what={
        "en": "A link that starts at the root of a site leads to a file in a folder that is not among the notes.",
        "zh": "从站点根目录开始的链接指向不在笔记中的文件夹里的文件。",
    },
    why={
        "en": "A site generator may serve the file from another folder, such as Hugo's static/; kg can't see whether it does.",
        "zh": "站点生成器可能从其他文件夹（如 Hugo 的 static/）提供该文件；kg 无法得知。",
    },
    fix={
        "en": "check the folder from which the site generator serves files",
        "zh": "到站点生成器所用的文件夹中查看",
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
