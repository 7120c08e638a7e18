"""Texts of the reports in Chinese and English: those of both, and all of them as one catalogue."""

from __future__ import annotations

from typing import Final

from kg.views.page.words import Catalogue
from kg.views.reports.words_association import ASSOCIATION
from kg.views.reports.words_hierarchy import HIERARCHY
from kg.views.reports.words_quality import QUALITY

_BOTH: Final[Catalogue] = {
    "as-markdown": ("Markdown 版本", "As Markdown"),
    "colon": ("：", ": "),
    "contents": ("目录", "Contents"),
    "and-more": ("另有 {n} 项，此处未列出。", "{n} more {n:is|are} not listed here."),
    "no-place": ("—", "—"),
    "none-concepts": (
        "知识库里还没有概念，无可分析。",
        "The knowledge base has no concepts yet, so there is nothing to analyse.",
    ),
    "summary": ("摘要", "Summary"),
    "see-map": ("[打开概念图谱]({url})", "[Open the concept map]({url})"),
    "n": ("序号", "No."),
    "count": ("数量", "Count"),
    "share": ("占比", "Share"),
    "why": ("理由", "Why"),
    "kind": ("类别", "Kind"),
    "relation": ("关系", "Relation"),
    "size": ("概念数", "Size"),
    "score": ("得分", "Score"),
    "lacks": ("缺什么", "What it lacks"),
    "name": ("名称", "Name"),
    "value": ("值", "Value"),
    "total": ("合计", "Total"),
    "other": ("其他", "Other"),
    "kind-broader": ("层级，指向上位", "hierarchical, upwards"),
    "kind-narrower": ("层级，指向下位", "hierarchical, downwards"),
    "kind-associative": ("关联", "associative"),
    "kind-mapping": ("映射", "mapping"),
}

REPORTS: Final[Catalogue] = {**_BOTH, **ASSOCIATION, **HIERARCHY, **QUALITY}
