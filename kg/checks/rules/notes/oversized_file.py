"""KG108 oversized-file."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG108",
    name="oversized-file",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"too large: {detail}"),
    what={
        "en": "A note is larger than the limit for one file (50 MB).",
        "zh": "笔记超过单个文件的读取上限（50 MB）。",
    },
    why={
        "en": "The part beyond the limit is not read.",
        "zh": "超出上限的部分不会读取。",
    },
    fix={
        "en": "split the note",
        "zh": "拆分该笔记",
    },
)
