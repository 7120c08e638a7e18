"""Reasons that measures give, which are English, for readers of Chinese; what isn't known here is shown as it is."""

from __future__ import annotations

import re
from typing import Final

_CHINESE: Final = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"no concept is mapped to it", "尚无概念与之对应"),
        (r"there is no concept (\S+)", r"没有概念 \1"),
        (r"(\S+) has no definition", r"\1 没有定义"),
        (r"(\S+) has no source", r"\1 没有来源"),
        (r"(\S+) has no section (.+)", r"\1 缺少章节 \2"),
        (r"level (\d)", r"第 \1 级"),
        (r"next: (.+)", r"下一级要求：\1"),
        (r"a concept mapped to it with a definition and a source", "有对应的概念，且有定义与来源"),
        (
            r"a formal statement: a formula that states a relation, or a formal definition",
            "形式化表述：表达关系的公式，或形式化定义",
        ),
        (r"a theorem or algorithm stated with its conditions", "写明条件的定理或算法"),
        (r"a proof of what is stated, or a worked analysis with its limits", "所述结论的证明，或写明局限的详细分析"),
        (r"a Coq theorem or a model that 'kg verify' has passed", "kg verify 通过的 Coq 定理或模型"),
        (r"no math", "缺少公式"),
        (r"no diagram", "缺少图"),
        (r"no code", "缺少代码"),
        (r"no document: a definition and a text that explains it", "缺少文字：定义与解释"),
        (r"math unverified", "公式未验证"),
        (r"diagram unverified", "图未验证"),
        (r"code unverified", "代码未验证"),
        (r"no cross-check between its representations is declared", "没有声明表征之间的交叉检查"),
        (r"hierarchy cycle", "层次成环"),
        (r"two definitions in one language", "同一语言有两个定义"),
        (r"failed evidence: (.+)", r"证据未通过：\1"),
        (r"contradictory relations: (.+)", r"关系矛盾：\1"),
        (r"(\d+) of (\d+) answers were wrong", r"\2 题中答错 \1 题"),
        (r"there is no scope list under ontology/scope/", "ontology/scope/ 下没有范围清单"),
        (r"there is no question with expected rows under ontology/questions/", "ontology/questions/ 下没有附预期结果的问题"),
        (r"there are no concepts", "没有概念"),
        (r"nothing was verified yet: kg verify", "尚未验证任何内容：kg verify"),
        (
            r"nothing was verified yet: kg verify; concepts with formulas, diagrams or code: (\d+)",
            r"尚未验证任何内容：kg verify；含公式、图或代码的概念：\1",
        ),
        (r"nobody has reviewed a sample: kg review sample", "尚无人评审样本：kg review sample"),
        (
            r"(\d+) claims are drawn and none has 2 reviewers yet: kg review add claim …",
            r"已抽取 \1 条论断，尚无一条有两位评审：kg review add claim …",
        ),
        (r"(\d+) sampled claims wait for 2 reviewers", r"\1 条抽样论断尚待两位评审"),
        (r"nobody has taken a comprehension test: kg review add test …", "尚无人参加理解测试：kg review add test …"),
        (r"nobody has recorded a claim: kg review add innovation …", "尚无人记录创新主张：kg review add innovation …"),
        (r"no reference list is named: \[depth\] (\S+) = …", r"未指定参考清单：[depth] \1 = …"),
        (r"there is no checked list (\S+)", r"没有核对过的清单 \1"),
        (r"not counted, source unchecked: (.+)", r"来源未核对、未计入：\1"),
        (r"no prior-art search", "没有已有成果检索"),
        (r"(\d) of 2 independent acceptances", r"两份独立认可中已有 \1 份"),
        (r"rejected by (.+)", r"\1 不认可"),
        (r"(\d+) rows? (?:is|are) missing: (.+)", r"缺少 \1 行：\2"),
        (r"(\d+) rows? (?:is|are) not expected: (.+)", r"多出 \1 行：\2"),
    )
)


def translate_reason(lang: str, reason: str) -> str:
    """A reason in the language of a page.

    >>> [translate_reason(lang, "raft has no source") for lang in ("zh", "en")], translate_reason("zh", "else")
    (['raft 没有来源', 'raft has no source'], 'else')
    >>> translate_reason("zh", "next: a theorem or algorithm stated with its conditions")
    '下一级要求：写明条件的定理或算法'
    """
    if lang.split("-", maxsplit=1)[0] != "zh":
        return reason
    for pattern, text in _CHINESE:
        m = pattern.fullmatch(reason)
        if m:
            return m.expand(text).replace(m[1], translate_reason(lang, m[1])) if reason.startswith("next: ") else m.expand(text)
    return reason
