"""KG122 invalid-check."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope, found_elsewhere

RULE: Final = Rule(
    code="KG122",
    name="invalid-check",
    severity="error",
    scope=RuleScope.FILES,
    find=found_elsewhere,
    what={
        "en": "A check in ontology/checks/ can't be used: its header or its query is invalid.",
        "zh": "ontology/checks/ 中的检查无法使用：文件头或查询有误。",
    },
    why={
        "en": "It finds nothing; without this finding, that would look like success.",
        "zh": "它什么也查不出；若不提示，会被误认为通过。",
    },
    fix={
        "en": "a check is a SELECT query that gives ?focus, with code and message in its header",
        "zh": "检查是给出 ?focus 的 SELECT 查询，文件头须有 code 和 message",
    },
    where="both",
    bad="""
=== ontology/checks/needs-owner.rq
# code: MY001
# message: {focus} has no owner
SELECT ?focus WHERE { ?focus a skos:Concept FILTER NOT EXISTS { ?focus dcterms:creator } }
=== concepts/pod.md
# Pod
""",
    good="""
=== ontology/checks/without-tag.rq
# code: MY001
# message: {focus} has no tag
SELECT ?focus WHERE { ?focus a skos:Concept FILTER NOT EXISTS { ?focus dcterms:subject ?tag } }
=== concepts/pod.md
---
tags: [workload]
---
# Pod
""",
)
