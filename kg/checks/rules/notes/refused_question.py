"""KG127 refused-question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.messages import position_in
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.settings is None:
        return
    for question in context.questions:
        if question.refused:
            path = context.settings.ontology / "questions" / f"{question.name}.rq"
            place = Place(context.outside(path), *position_in(question.refused))
            yield rule.at(place, f"the question {question.name} has no answer: {question.refused}", question.hint)


RULE: Final = Rule(
    code="KG127",
    name="refused-question",
    severity="error",
    scope=RuleScope.FILES,
    find=_find,
    what={
        "en": "A competency question in ontology/questions/ has no answer: it queries another server, takes longer than "
        "query-timeout, needs too much memory or too many rows, or is not valid SPARQL.",
        "zh": "ontology/questions/ 中的能力问题没有得到答案：它要查询其他服务器、耗时超过 query-timeout、"
        "占用内存或结果行数过多，或者不是合法的 SPARQL。",
    },
    why={
        "en": "It counts as not answered, as if content were missing. Only kg build and kg metrics ask questions.",
        "zh": "它按“未回答”计，看上去像是知识库缺少内容。能力问题只在计算度量时才会提问，即 kg build 与 kg metrics。",
    },
    fix={
        "en": "query only this graph, and stay within the limits of time, memory and rows",
        "zh": "能力问题只能查询本图谱，并受时间、内存和行数限制",
    },
    where="both",
)
