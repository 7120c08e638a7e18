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
        "en": "A note is larger than the limits for one file: 50 MB, and 1,000,000 line breaks and marks of Markdown.",
        "zh": "笔记超过单个文件的读取上限：50 MB，以及 1,000,000 个换行和 Markdown 标记。",
    },
    why={
        "en": "The part beyond the limits is not read: one text could take all memory.",
        "zh": "超出上限的部分不会读取，否则一篇正文就可能耗尽内存。",
    },
    fix={
        "en": "split the note",
        "zh": "拆分该笔记",
    },
)
