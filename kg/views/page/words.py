"""Texts of the user interface in Chinese and English, chosen by key, with numbers and plurals filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from kg.model import percent

Catalogue: TypeAlias = Mapping[str, tuple[str, str]]
"""Key → (Chinese, English). Pairs, so that no text can lack one of the two."""

COMMON: Final[Catalogue] = {
    "skip": ("跳到正文", "Skip to content"),
    "nav": ("主导航", "Main"),
    "home": ("总览", "Dashboard"),
    "concepts": ("概念", "Concepts"),
    "maps": ("概念图谱", "Maps"),
    "association": ("概念关联分析报告", "Concept association analysis"),
    "association-short": ("关联分析", "Association"),
    "hierarchy": ("知识层次结构文档", "Knowledge hierarchy"),
    "hierarchy-short": ("层次结构", "Hierarchy"),
    "coverage": ("知识覆盖报告", "Coverage report"),
    "coverage-short": ("覆盖度", "Coverage"),
    "quality": ("知识质量报告", "Quality report"),
    "quality-short": ("质量", "Quality"),
    "plan": ("计划", "Plan"),
    "claimed-only": ("有声称而未测量", "Claimed, but not measured"),
    "browse": ("浏览", "Browse"),
    "learn": ("学习路径", "Learning path"),
    "learn-short": ("学习", "Learn"),
    "reports": ("报告", "Reports"),
    "find": ("搜索", "Search"),
    "dark": ("深色", "Dark"),
    "keys": ("单键操作", "Single keys"),
    "key-find": ("搜索", "search"),
    "key-previous": ("上一个", "previous"),
    "key-next": ("下一个", "next"),
    "key-up": ("上位", "up"),
    "key-map": ("图谱", "map"),
    "languages": ("语言", "Language"),
    "generated": (
        "由 kg 从笔记生成；每个数字都可追溯到文件与行。",
        "Made by kg from the notes; every number leads back to a file and a line.",
    ),
    "unknown": ("未知", "unknown"),
    "verdicts-committed": (
        "所依据的结论中有 {n} 条随笔记提交，尚未在本机验证",
        "{n} {n:verdict|verdicts} behind it came with the notes and {n:was|were} not checked here",
    ),
    "none": ("无", "none"),
    "untitled": ("知识库", "Knowledge base"),
    "unset-layer": ("未分层", "No layer"),
    "unset-area": ("未分领域", "No area"),
    "lang-zh": ("中文", "中文"),
    "lang-en": ("English", "English"),
    "lang-de": ("Deutsch", "Deutsch"),
    "lang-fr": ("Français", "Français"),
    "lang-ja": ("日本語", "日本語"),
    "more": ("另有 {n} 项", "{n} more"),
    "concept": ("概念", "Concept"),
    "layer": ("层次", "Layer"),
    "area": ("领域", "Area"),
    "place": ("位置", "Where"),
    "target": ("目标", "Target"),
    "met": ("达标", "Met"),
    "not-met": ("未达标", "Not met"),
    "no-target": ("仅展示", "Shown only"),
    "list-separator": ("、", ", "),
    "severity-error": ("错误", "Errors"),
    "severity-warning": ("警告", "Warnings"),
    "severity-info": ("提示", "Notices"),
    "measure-theory_coverage": ("理论覆盖率", "Theory coverage"),
    "measure-competency": ("能力问题", "Competency questions"),
    "measure-concept_association": ("概念关联度", "Concept association"),
    "measure-linkage": ("链接连通度", "Linkage"),
    "measure-representation_consistency": ("表征一致性", "Representation consistency"),
    "measure-logical_consistency": ("逻辑一致性", "Logical consistency"),
    "measure-accuracy": ("准确率", "Accuracy"),
    "measure-clarity": ("清晰度", "Clarity"),
    "measure-innovation.theory": ("理论创新", "Innovation in theory"),
    "measure-innovation.method": ("方法创新", "Innovation in method"),
    "measure-innovation.application": ("应用创新", "Innovation in application"),
    "measure-theory_depth": ("理论深度", "Theory depth"),
    "diagnostic-components": ("连通分量数", "Components"),
    "diagnostic-isolated": ("没有类型化关系的概念", "Concepts without a typed relation"),
    "diagnostic-density": ("密度", "Density"),
    "diagnostic-relationship_richness": ("关系丰富度（OntoQA）", "Relationship richness (OntoQA)"),
    "diagnostic-without_busiest_hub": ("去掉最大枢纽后的值", "Value without the busiest hub"),
    "diagnostic-expert_approved": ("专家认可的主题", "Topics that an expert approved"),
    **{f"diagnostic-level_{n}": (f"第 {n} 级的主题", f"Topics at level {n}") for n in range(6)},
    "diagnostic-krippendorff_alpha": ("Krippendorff α", "Krippendorff's α"),
    "diagnostic-wilson_upper": ("Wilson 95% 上限", "Wilson 95% upper bound"),
    "diagnostic-clopper_pearson_lower": ("Clopper–Pearson 95% 下限", "Clopper–Pearson 95% lower bound"),
    "diagnostic-stale_reviews": ("已失效的评审", "Stale reviews"),
    "diagnostic-sampled": ("抽取的论断", "Claims drawn"),
    "diagnostic-evidence": ("验证的证据", "Pieces of evidence"),
    "diagnostic-evidence_passed": ("通过的证据", "Evidence that passed"),
    "diagnostic-hard_gate_breaches": ("硬性约束违例", "Breaches of the hard gate"),
    "about-concept_association": (
        "与至少两个不同概念有明确的类型化关系（至少一个非层次关系）、位于最大连通分量、且有上位概念或为声明的顶层概念的概念所占比例。",
        "Share of concepts with asserted, typed relations to at least two different concepts (one of them not "
        "hierarchical) that lie in the largest component and have a broader concept or are a declared top.",
    ),
    "about-linkage": (
        "由任意链接（不论类型）连成的最大分量中的笔记所占比例。",
        "Share of notes in the largest component of plain links, typed or not.",
    ),
    "about-logical_consistency": (
        "没有涉及任何逻辑违例的概念所占比例。",
        "Share of concepts that are part of no logical violation.",
    ),
    "about-representation_consistency": (
        "数学、图表、代码、文档四种表征的适用检查全部通过的概念所占比例。",
        "Share of concepts whose applicable checks of formulas, diagrams, code and text all pass.",
    ),
    "about-theory_coverage": (
        "外部大纲中已有合格概念的主题所占比例。",
        "Share of topics of outside syllabi that a complete concept meets.",
    ),
    "about-competency": (
        "能按预期回答的能力问题所占比例。",
        "Share of competency questions that the graph answers as expected.",
    ),
    "about-theory_depth": (
        "参考大纲各主题达到的深度级别（0 至 5）之和，占每题五级之比。",
        "Levels from 0 to 5 that the topics of a reference syllabus reach, of five for each.",
    ),
    "about-innovation": (
        "经已有成果检索并有两份独立认可的创新主张数。",
        "Claims to be new with a search of prior art and two independent acceptances.",
    ),
    "about-accuracy": ("抽样评审中正确的论断所占比例。", "Share of reviewed claims that are correct."),
    "about-clarity": ("理解测试中答对的题目所占比例。", "Share of comprehension questions answered correctly."),
}

KEYS: Final[Catalogue] = {
    # Layers, from the ground up: their order here is the order in which pages show them.
    "theory": ("理论", "Theory"),
    "technology": ("技术", "Technology"),
    "practice": ("实践", "Practice"),
    "frontier": ("前沿", "Frontier"),
    "application": ("应用", "Application"),
    # Types
    "algorithm": ("算法", "Algorithm"),
    "area": ("领域", "Area"),
    "concept": ("概念", "Concept"),
    "metric": ("指标", "Metric"),
    "model": ("模型", "Model"),
    "pattern": ("模式", "Pattern"),
    "plan": ("计划", "Plan"),
    "problem": ("问题", "Problem"),
    "property": ("性质", "Property"),
    "standard": ("标准", "Standard"),
    "task": ("任务", "Task"),
    "theorem": ("定理", "Theorem"),
    "tool": ("工具", "Tool"),
    # Areas that knowledge bases of computing often have
    "ai-operations": ("智能运维", "AI operations"),
    "ai-systems": ("人工智能系统", "AI systems"),
    "cloud": ("云计算", "Cloud computing"),
    "consensus": ("共识", "Consensus"),
    "consistency": ("一致性", "Consistency"),
    "containers": ("容器", "Containers"),
    "data": ("数据系统", "Data systems"),
    "delivery": ("软件交付", "Delivery"),
    "distributed-systems": ("分布式系统", "Distributed systems"),
    "edge": ("边缘计算", "Edge computing"),
    "edge-computing": ("边缘计算", "Edge computing"),
    "formal-methods": ("形式化方法", "Formal methods"),
    "frontier-computing": ("前沿计算", "Frontier computing"),
    "knowledge-base": ("知识库", "Knowledge base"),
    "microservices": ("微服务", "Microservices"),
    "observability": ("可观测性", "Observability"),
    "orchestration": ("编排", "Orchestration"),
    "performance": ("性能工程", "Performance engineering"),
    "reliability": ("可靠性", "Reliability"),
    "resilience": ("韧性", "Resilience"),
    "security": ("安全", "Security"),
    "service-mesh": ("服务网格", "Service mesh"),
}
"""Names of layers, types and areas as front matter writes them; others are shown as they are written."""

_ORDER: Final = {key: place for place, key in enumerate(KEYS)}


def key_order(key: str) -> tuple[bool, int, str]:
    """Where a layer or area stands in a list: known ones first, in the order above, an unset one last.

    >>> sorted(["", "practice", "my-own", "theory"], key=key_order)
    ['theory', 'practice', 'my-own', '']
    """
    return not key, _ORDER.get(key, len(_ORDER)), key


_SHARES: Final = ("relationship_richness", "without_busiest_hub", "wilson_upper", "clopper_pearson_lower")
"""Diagnostics that are shares of a whole."""

_PLURAL: Final = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")


class Words:
    """The texts of one language; other languages than Chinese read English.

    >>> w = Words("en", {"n": ("{n} 个概念", "{n} {n:concept|concepts}")})
    >>> w("n", n=1), w("n", n=1234)
    ('1 concept', '1,234 concepts')
    >>> Words("zh-hans")("home")
    '总览'
    """

    def __init__(self, lang: str, *catalogues: Catalogue) -> None:
        self.lang = lang
        self._place = 0 if lang.split("-", maxsplit=1)[0] == "zh" else 1
        self._texts: dict[str, tuple[str, str]] = dict(COMMON)
        for catalogue in catalogues:
            self._texts.update(catalogue)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key with its values; a missing key is a mistake in the program and raises KeyError."""
        text = self._texts[key][self._place]
        if not values:
            return text
        text = _PLURAL.sub(lambda m: m[2] if values[m[1]] == 1 else m[3], text)
        shown = {k: f"{v:,}" if isinstance(v, int) else v for k, v in values.items()}
        return text.format_map(shown)

    def get(self, key: str, default: str) -> str:
        """The text of a key, or the default where there is none."""
        pair = self._texts.get(key)
        return pair[self._place] if pair else default

    def key(self, key: str) -> str:
        """The name of a layer, type or area.

        >>> Words("zh").key("theory"), Words("en").key("my-own")
        ('理论', 'my-own')
        """
        pair = KEYS.get(key)
        return pair[self._place] if pair else key

    def measure(self, name: str) -> str:
        """The name of a measure for readers: ``theory_depth.<area>`` keeps its area.

        >>> Words("en").measure("theory_depth.edge"), Words("zh").measure("linkage"), Words("en").measure("my_own")
        ('Theory depth · Edge computing', '链接连通度', 'my own')
        """
        texts = self._texts.get(f"measure-{name}")
        if texts:
            return texts[self._place]
        stem, dot, part = name.partition(".")
        texts = self._texts.get(f"measure-{stem}")
        if texts and dot:
            return f"{texts[self._place]} · {self.key(part)}"
        return name.replace("_", " ")

    def diagnostic(self, name: str) -> str:
        """The name of a diagnostic for readers."""
        return self.get(f"diagnostic-{name}", name.replace("_", " "))

    def diagnostic_value(self, name: str, value: float) -> str:
        """A diagnostic for readers: shares in percent, counts and the rest as numbers.

        >>> Words("en").diagnostic_value("without_busiest_hub", 0.8387), Words("en").diagnostic_value("density", 0.0723)
        ('83.8%', '0.0723')
        """
        return self.percent(value) if name in _SHARES else amount(value, 4)

    def percent(self, value: float | None) -> str:
        """A share as everywhere (`kg.model.percent`); ``unknown`` for None.

        >>> Words("en").percent(0.8999), Words("en").percent(1.0), Words("en").percent(None)
        ('89.9%', '100%', 'unknown')
        """
        return self("unknown") if value is None else percent(value)

    def value(self, value: float | None, unit: str) -> str:
        """A value of a measure: a share in percent, a count as a number.

        >>> Words("en").value(0.5, "share"), Words("en").value(3.0, "count"), Words("zh").value(None, "count")
        ('50.0%', '3', '未知')
        """
        return amount(value) if unit == "count" and value is not None else self.percent(value)

    def join(self, parts: list[str]) -> str:
        """Parts as a list in running text."""
        return self("list-separator").join(parts)


def amount(value: float, digits: int = 2) -> str:
    """A number for a table: whole numbers without decimals.

    >>> amount(3.0), amount(1234), amount(0.12345, 4), amount(2.5)
    ('3', '1,234', '0.1235', '2.50')
    """
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.{digits}f}"
