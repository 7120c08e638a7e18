"""KG128 malformed-rdf."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG128",
    name="malformed-rdf",
    severity="error",
    scope=RuleScope.FILES,
    find=find_faults(lambda detail: f"can't be read as RDF: {detail}"),
    what={
        "en": "A statement of an RDF file can't be read.",
        "zh": "RDF 文件中有无法读取的语句。",
    },
    why={
        "en": "The statement is missing from the graph; other programs may refuse the whole file.",
        "zh": "图谱中缺少该语句，其他程序可能拒绝读取整个文件。",
    },
    fix={
        "en": "correct the syntax, or percent-encode the characters that no IRI may contain",
        "zh": "改正语法，或对 IRI 中不允许出现的字符做百分号编码",
    },
    where="both",
    source="RFC 3987; RDF 1.1 Turtle",
    bad="""
<https://example.org/a pod> a skos:Concept ; skos:prefLabel "Pod"@en .
""",
    good="""
<https://example.org/a%20pod> a skos:Concept ; skos:prefLabel "Pod"@en .
""",
)
