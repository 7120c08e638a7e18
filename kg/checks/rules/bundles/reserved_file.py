"""KG703 reserved-file."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG703",
    name="reserved-file",
    severity="error",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "An index.md or a log.md of a bundle has another structure than the format gives it.",
        "zh": "知识包中 index.md 或 log.md 的结构不符合格式。",
    },
    why={
        "en": "The bundle is not conformant: these names are reserved for lists of a folder and for its history.",
        "zh": "知识包因此不合规：这两个名称专用于目录列表和更新历史。",
    },
    fix={
        "en": "in index.md, list links under headings, without front matter; in log.md, write dates as YYYY-MM-DD",
        "zh": "在 index.md 的标题下列出链接，不写元数据；log.md 的日期写成 YYYY-MM-DD",
    },
    source="OKF 0.2 §8, §9, §11",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/log.md
# Log

## 22 May 2026

* **Creation**: Orders.
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/log.md
# Log

## 2026-05-22

* **Creation**: Orders.
""",
)
