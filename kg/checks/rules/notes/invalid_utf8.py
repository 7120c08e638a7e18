"""KG101 invalid-utf8."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG101",
    name="invalid-utf8",
    severity="error",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: f"not UTF-8 ({detail}); the rest of the note was read"),
    what={
        "en": "A note contains bytes that are not valid UTF-8.",
        "zh": "笔记中含有不是 UTF-8 的字节。",
    },
    why={
        "en": "Characters are lost: kg reads each invalid sequence as U+FFFD.",
        "zh": "字符会丢失：每个无效字节序列都读作 U+FFFD。",
    },
    fix={
        "en": "save the file as UTF-8",
        "zh": "将文件另存为 UTF-8",
    },
    bad=r"""
# Pod

Caf\xe9
""",
    good="""
# Pod

Café
""",
)
