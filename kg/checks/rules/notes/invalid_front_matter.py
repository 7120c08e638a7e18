"""KG102 invalid-front-matter."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG102",
    name="invalid-front-matter",
    severity="error",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"the front matter can't be read: {detail}"),
    what={
        "en": "The front matter is not valid YAML, TOML or JSON.",
        "zh": "文首元数据无法按 YAML、TOML 或 JSON 解析。",
    },
    why={
        "en": "kg does not see the title, relations and sources written there.",
        "zh": "其中的标题、关系和来源都无法识别。",
    },
    fix={
        "en": "correct the front matter; quote values that contain ': ' or start with '[', '{', '*', '&', '@' or a backquote",
        "zh": "改正元数据；含 “: ” 或以 [ { * & @ ` 开头的值要加引号",
    },
    bad="""
---
title: [open
---
""",
    good="""
---
title: "[open"
---
""",
)
