"""KG203 broken-attachment."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import find_broken

RULE: Final = Rule(
    code="KG203",
    name="broken-attachment",
    severity="warning",
    scope=RuleScope.LINKS,
    find=find_broken,
    what={
        "en": "A link leads to an image or another file that is not among the notes.",
        "zh": "链接指向的图片或文件不在笔记中。",
    },
    why={
        "en": "Readers see a broken image or a dead link.",
        "zh": "读者看到的是空缺。",
    },
    fix={
        "en": "add the file, or correct the link",
        "zh": "补上文件，或改正链接",
    },
    bad="""
# Pod

![A pod](pod.png)
""",
    good="""
=== concepts/pod.md
# Pod

![A pod](pod.svg)
=== concepts/pod.svg
<svg xmlns="http://www.w3.org/2000/svg"/>
""",
)
