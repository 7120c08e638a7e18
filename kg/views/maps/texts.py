"""Texts of the maps' pages in Chinese and English: their own and those of the frame that all pages share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kg.views.page.words import COMMON

_FRAME: Final = ("skip", "nav", "home", "maps", "association-short", "hierarchy-short", "languages")

TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    **{key: COMMON[key] for key in _FRAME},
    "overview": ("概念图谱", "Concept map"),
    "small-communities": ("小社区", "Small communities"),
    "cluster": ("社区", "Community"),
    "search": ("查找概念", "Find a concept"),
    "none": ("没有匹配的概念", "No match"),
    "fit": ("显示全图", "Fit"),
    "colour": ("颜色", "Colour"),
    "community": ("社区", "Community"),
    "layer": ("层次", "Layer"),
    "area": ("领域", "Area"),
    "type": ("类型", "Type"),
    "evidence": ("证据状态", "Evidence"),
    "evidence-passed": ("已通过", "Passed"),
    "evidence-unverified": ("未验证", "Not verified"),
    "evidence-timed-out": ("超时", "Timed out"),
    "evidence-stale": ("已过期", "Stale"),
    "evidence-failed": ("未通过", "Failed"),
    "evidence-none": ("无需验证", "Nothing to verify"),
    "lines": ("关系", "Relations"),
    "hierarchical": ("层级关系", "Hierarchical"),
    "upwards": ("层级关系的箭头指向上位概念。", "Arrows of hierarchical relations point to the broader concept."),
    "size": ("大小", "Size"),
    "size-pagerank": ("重要性（PageRank）", "Importance (PageRank)"),
    "size-degree": ("邻居数（度）", "Neighbours (degree)"),
    "size-betweenness": ("中介中心性", "Betweenness"),
    "size-core": ("核数", "Core number"),
    "size-members": ("概念数", "Concepts"),
    "size-relations": ("对外关系数", "Relations to others"),
    "path-to": ("到哪个概念的路径？", "Path to which concept?"),
    "path-none": ("此图中没有路径。", "There is no path on this map."),
    "path-clear": ("清除", "Clear"),
    "elsewhere": ("在其他图中", "On other maps"),
    "zoom-in": ("放大", "Zoom in"),
    "zoom-out": ("缩小", "Zoom out"),
    "share": ("分享", "Share"),
    "copy-link": ("复制链接", "Copy link"),
    "copied": ("链接已复制。", "Link copied."),
    "png": ("PNG 图片", "PNG image"),
    "svg": ("SVG 矢量图", "SVG drawing"),
    "legend": ("图例与筛选", "Legend and filters"),
    "detail": ("所选概念", "Selection"),
    "associative": ("关联关系", "Associative"),
    "link": ("普通链接", "Plain link"),
    "links_to": ("链接到", "links to"),
    "linked_from": ("被链接", "linked from"),
    "bundle": ("线越粗，关系越多", "The thicker, the more relations"),
    "concepts": ("个概念", "concepts"),
    "clusters": ("个社区", "communities"),
    "relations": ("条连线", "lines"),
    "between": ("条关系", "relations"),
    "map": ("概念图", "Map"),
    "page": ("概念页", "Concept page"),
    "ego": ("以它为中心的图", "Map around it"),
    "open": ("打开社区的图", "Open its map"),
    "related": ("关联", "Related"),
    "close": ("取消选择", "Clear selection"),
    "hint": (
        "单击选中，Shift+单击另一个看路径，双击或回车打开；方向键移动，+ − 缩放，0 显示全图，/ 查找，P 找路径。",
        "Click selects, Shift+click on another shows the path, double click or Enter opens; arrow keys move, + and − zoom, "
        "0 fits, / finds, P asks for a path.",
    ),
    "table": ("文字版：概念与关系", "As text: concepts and relations"),
    "concept": ("概念", "Concept"),
    "unset": ("未标注", "Not given"),
    "cut": ("只画出最重要的 {shown} 个（共 {all} 个）。", "Only the {shown} most important of {all} are drawn."),
    "cut_lines": ("只画出 {shown} 条连线（共 {all} 条）。", "Only {shown} of {all} lines are drawn."),
    "cut_alone": (
        "没有关联的 {all} 个概念不在此图中。",
        "{all} concepts without any association are not on this map.",
    ),
    "empty": ("还没有概念。", "There are no concepts yet."),
    "alone": ("没有关系", "No relations"),
    "dark": ("深色", "Dark"),
    "noscript": (
        "图谱需要 JavaScript；下面的文字版不需要。",
        "The map needs JavaScript; the text version below does not.",
    ),
}


def text(key: str, lang: str) -> str:
    """A text in Chinese, or else in English.

    >>> text("fit", "zh"), text("fit", "de")
    ('显示全图', 'Fit')
    """
    return TEXTS[key][0 if lang.partition("-")[0] == "zh" else 1]
