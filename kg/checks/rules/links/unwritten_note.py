"""KG210 unwritten-note."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope
from kg.checks.targets import find_broken

RULE: Final = Rule(
    code="KG210",
    name="unwritten-note",
    severity="info",
    scope=RuleScope.LINKS,
    find=find_broken,
    what={
        "en": "A link of an Obsidian vault or an OKF bundle leads to a note that nobody has written yet.",
        "zh": "Obsidian 库或 OKF 知识包中的链接指向尚未撰写的笔记。",
    },
    why={
        "en": "Obsidian creates the note on following the link, and OKF allows such links: together they list what to write.",
        "zh": "在 Obsidian 中点击链接时会新建该笔记，OKF 也允许链接指向尚未写成的知识；这类链接合起来就是待写笔记的清单。",
    },
    fix={
        "en": "write the note, or correct the link",
        "zh": "撰写该笔记，或改正链接",
    },
    bad="""
=== kg.toml
[reading]
dialect = "obsidian"
=== concepts/pod.md
# Pod

It runs on a [[node]].
""",
    good="""
=== kg.toml
[reading]
dialect = "obsidian"
=== concepts/pod.md
# Pod

It runs on a [[node]].
=== concepts/node.md
# Node
""",
)
