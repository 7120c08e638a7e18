"""Recognises names of concepts in headings, bold text and diagrams."""

from __future__ import annotations

import re
from typing import Final

from kg.base.names import fold, language_of, split_bilingual

_NUMBER: Final = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]+[、.．章节]|\d+(?:\.\d+)*[.、．)）]?|[(（]?[a-zA-Z\d][)）.])\s+|^\d+(?:\.\d+)+"
)
_ORNAMENT: Final = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f]")
_MARKUP: Final = re.compile(r"\*\*|__|`|<[^<>]*>|!?\[([^\]]*)\]\([^)]*\)")
_ATTRIBUTES: Final = re.compile(r"\s*\{#[^}]*\}\s*$")

_ZH_MARK: Final = "形式化|形式|基本|核心|数学|严格|概念与?|术语|一般|正式"
_DEFINITION: Final = {
    "zh": re.compile(
        rf"^(?:什么是|何谓)(?P<a>.+?)[?？]?$|^(?P<b>.*?)的?(?:{_ZH_MARK})*定义(?:与.{{1,4}})?$|^(?P<c>.+?)是什么[?？]?$|^定义[:：]\s*(?P<d>.+)$"
    ),
    "en": re.compile(
        r"^what\s+(?:is|are)\s+(?:an?\s+|the\s+)?(?P<a>.+?)\??$|^(?:formal\s+)?definitions?\s*(?:of|:)\s*(?:an?\s+|the\s+)?(?P<b>.+)$"
        r"|^(?P<c>.*?)\s*(?:\b(?:formal|basic|core|general|mathematical)\s+)*\bdefinitions?(?:\s+and\s+\w+)?$",
        re.IGNORECASE,
    ),
}
_THEOREM: Final = {
    "zh": re.compile(r"^(?P<a>.{1,20}?(?:定理|引理))(?:陈述|表述|证明|形式化证明|深度分析)?$"),
    "en": re.compile(
        r"^(?P<a>.{1,60}?\s(?:theorem|lemma))(?:\s+(?:statement|formal\s+proof|proof|deep\s+analysis))?$", re.IGNORECASE
    ),
}
# Names of document parts, and other words that don't name a concept by themselves.
_GENERIC: Final = frozenset(
    fold(w)
    for w in (
        "概念 概念与 定义 形式化 形式 基本 核心 核心概念 术语 相关 问题 目标 范围 背景 内容 概述 简介 引言 总结 结论 "
        "示例 案例 说明 方法 步骤 流程 结果 输入 输出 功能 作用 特点 特征 优点 缺点 优势 局限 挑战 风险 影响 原因 原理 "
        "机制 模型 类型 分类 状态 要求 建议 措施 参考 附录 备注 注意 其他 系统 数据 时间 阶段 任务 文件 文档 标准 指标 "
        "工具 技术 实现 应用 场景 证明 定理 引理 推论 性质 算法 公式 假设 条件 描述 分析 设计 测试 验证 评估 对比 开始 "
        "结束 是 否 成功 失败 完成 通过 用户 客户端 服务 性能指标 项目 团队 角色 职责 负责人 优先级 进度 计划 预期 现状 "
        "成果 交付物 里程碑 concept concepts definition definitions formal basic core term terms problem goal scope "
        "background content overview introduction summary conclusion example examples note notes method methods step "
        "steps process result results input output function feature features advantage advantages disadvantage "
        "disadvantages limitation limitations challenge challenges risk impact reason principle mechanism model type "
        "types state status requirement requirements reference references appendix other system data time phase stage "
        "task file document standard metric metrics tool tools technology implementation application scenario proof "
        "theorem lemma corollary property algorithm formula assumption condition description analysis design test "
        "validation evaluation comparison start end begin yes no true false ok success failure error user client service "
        "services db database api important warning tip see use key"
    ).split()
)
_NO_NAME: Final = re.compile(
    r"[=<>{}$\\|@#;；。！!?？:：()（）\[\]、，\"“”%]|\.\w{2,4}$|(?:完成|开始|结束|失败|成功|触发|检测到)|^\W*\d[\d.\W]*\w?$|^[a-z]{1,2}\d?$",
    re.I,
)
# "Service A", "服务1", "Pod n": nodes for arbitrary instances.
_ANY: Final = re.compile(r"^(?:.*\s)?[A-Za-z\d]$|^.*[\u3400-\u9fff][A-Za-z\d]\d?$|^.*[A-Za-z]\s?\d$")
_PARTICLE: Final = re.compile(r"[的了在把被将和与或及是]|^(?:第|如何|为什么|基于|通过|使用|以及|对于)")
# "utilisation is high", "A vs B": statements and comparisons.
_STATED: Final = re.compile(
    r"(?:.[高低强弱快慢]|完善|不足|困难|驱动|提升|降低|增强|清晰|完整|丰富|齐全|突破)$|\bvs\b", re.IGNORECASE
)
_CUT: Final = re.compile(r"[,.](?:\s|$)")
_MOST_WORDS: Final = 5
_MOST_HAN: Final = 14


def clean(text: str) -> str:
    """A heading or label without number, ornaments and markup.

    >>> clean("### 1.3 **容器镜像**定义 🚀 {#x}".lstrip("# ")), clean("2.1.1 CRI-O：")
    ('容器镜像定义', 'CRI-O')
    """
    text = _MARKUP.sub(lambda m: m[1] or "", _ATTRIBUTES.sub("", text))
    text = _NUMBER.sub("", _ORNAMENT.sub("", text).strip(), count=1)
    return " ".join(text.split()).strip(" :：-–—|")


def defined(heading: str) -> tuple[dict[str, str], str] | None:
    """The names and the type of the concept that a heading defines; no names if it is the subject of the document; else None.

    >>> defined("1.3 容器运行时定义 / Container Runtime Definition")
    ({'zh': '容器运行时', 'en': 'Container Runtime'}, 'concept')
    >>> defined("1. 形式化定义"), defined("What is a Pod?"), defined("1.1 CAP定理陈述 / CAP Theorem Statement")
    (({}, 'concept'), ({'en': 'Pod'}, 'concept'), ({'zh': 'CAP定理', 'en': 'CAP Theorem'}, 'theorem'))
    >>> defined("工程案例")
    """
    parts = split_bilingual(clean(heading))
    for patterns, kind in ((_DEFINITION, "concept"), (_THEOREM, "theorem")):
        matches = {lang: patterns[lang].match(part) for lang, part in parts.items() if lang in patterns}
        if not any(matches.values()):
            continue
        names = {}
        for lang, match in matches.items():
            called = next((g for g in match.groups() if g is not None), "") if match else parts[lang]
            if kind == "concept" and match is None:
                continue  # one half is "definition", the other half names something else
            # "What is collected" doesn't ask about a concept.
            names[lang] = "" if re.fullmatch(r"(?:\w+ )?[a-z]+ed", called) else clean(called)
        return {lang: name for lang, name in names.items() if is_name(name)}, kind
    return None


def subject(title: str) -> dict[str, str]:
    """The subject of a document according to its title, without number and words such as "definition".

    >>> subject("7.1.1.3 服务网格形式化定义 / Service Mesh Formal Definition")
    {'zh': '服务网格', 'en': 'Service Mesh'}
    """
    definition = defined(title)
    if definition is not None and definition[0]:
        return definition[0]
    return {lang: name for lang, name in split_bilingual(clean(title)).items() if is_name(name)}


def is_name(text: str) -> bool:
    """Whether a text can name a concept: it is short and not a sentence, condition, placeholder or document part.

    >>> [is_name(t) for t in ("服务网格", "Service A", "服务A", "优点", "stop()", "eBPF", "将流量切换到新版本", "What to do")]
    [True, False, False, False, False, True, False, True]
    """
    folded = fold(text)
    if folded in _GENERIC or _NO_NAME.search(text) or _ANY.match(text) or _STATED.search(text):
        return False
    han = sum("\u3400" <= c <= "\u9fff" for c in text)
    if han:
        return len(text) > 1 and han <= _MOST_HAN and not _PARTICLE.search(text)
    return bool(language_of(text)) and len(folded.split()) <= _MOST_WORDS and not _CUT.search(text)
