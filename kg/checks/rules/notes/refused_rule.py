"""KG126 refused-rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base import files
from kg.checks.context import Context, Place
from kg.checks.messages import position_in
from kg.checks.rule import Rule, RuleScope
from kg.graph import is_copy
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    folder = context.settings.ontology / "rules" if context.settings is not None else None
    own = [path for path in files.entries(folder, ".rq") if not is_copy(path)] if folder is not None else []
    graph = context.graph if own else None
    for path in own if graph is not None else ():
        error = graph.refused.get(path.stem) if graph is not None else None
        if error is not None:
            place = Place(context.outside(path), *position_in(str(error)))
            yield rule.at(place, f"the rule {path.stem} was stopped and derives nothing more: {error}", error.hint)


RULE: Final = Rule(
    code="KG126",
    name="refused-rule",
    severity="error",
    scope=RuleScope.FILES,
    find=_find,
    what={
        "en": "An inference rule in ontology/rules/ queries another server, takes longer than query-timeout, or derives "
        "more than the limit. kg stops it there.",
        "zh": "ontology/rules/ 中的推理规则要查询其他服务器、耗时超过 query-timeout，或推导结果超过上限；kg 会就此停止该规则。",
    },
    why={
        "en": "A build sends nothing to other servers and always ends. Statements that the rule would have derived are "
        "missing from the graph.",
        "zh": "构建从不访问网络，且总能结束。图谱中缺少该规则本应推导出的陈述。",
    },
    fix={
        "en": "query only this graph, and stay within the limits of time, memory and rows",
        "zh": "规则只能查询本图谱，并受时间、内存和行数限制",
    },
    where="both",
    bad="""
=== ontology/rules/from-elsewhere.rq
CONSTRUCT { ?a <https://w3id.org/kg-notes/ns#uses> ?b }
WHERE { SERVICE <http://127.0.0.1:9/> { ?a <https://w3id.org/kg-notes/ns#uses> ?b } }
=== concepts/pod.md
# Pod
""",
    good="""
=== ontology/rules/used-by-parts.rq
CONSTRUCT { ?whole <https://w3id.org/kg-notes/ns#uses> ?b }
WHERE { ?a <https://w3id.org/kg-notes/ns#partOf> ?whole . ?a <https://w3id.org/kg-notes/ns#uses> ?b }
=== concepts/pod.md
# Pod
""",
)
