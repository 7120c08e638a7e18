"""KG125 trusted-file-changed."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope
from kg.checks.trusted import find_changes

RULE: Final = Rule(
    code="KG125",
    name="trusted-file-changed",
    severity="warning",
    scope=RuleScope.FILES,
    find=find_changes(of_settings=False),
    what={
        "en": "A file in ontology/, the baseline or a .gitignore differs from the base revision by which the notes are judged "
        "(--base-revision).",
        "zh": "ontology/ 中的文件、基线文件或 .gitignore 与评判笔记所用的基准版本（--base-revision）不同。",
    },
    why={
        "en": "Rules, shapes, reviews, verdicts, known findings and ignored files decide what counts as right; those of "
        "the base revision were used.",
        "zh": "规则、形状、评审、验证结论、已知问题和忽略规则决定何为正确；此处均以基准版本为准。",
    },
    fix={
        "en": "the file of the base revision was used; a maintainer of the knowledge base decides on the new one",
        "zh": "本次使用了基准版本的文件；是否采用新文件由知识库的维护者决定",
    },
    where="both",
)
