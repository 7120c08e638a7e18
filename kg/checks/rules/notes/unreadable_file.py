"""KG107 unreadable-file."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG107",
    name="unreadable-file",
    severity="error",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"can't be read: {detail}"),
    what={
        "en": "A file or folder can't be read.",
        "zh": "文件或文件夹无法读取。",
    },
    why={
        "en": "Its content is missing from the graph and from all pages.",
        "zh": "图谱和所有页面都缺少其中的内容。",
    },
    fix={
        "en": "check its permissions, or exclude it in kg.toml",
        "zh": "检查其权限，或在 kg.toml 中排除它",
    },
)
