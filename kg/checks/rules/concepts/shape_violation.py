"""KG390 shape-violation."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope, found_elsewhere

RULE: Final = Rule(
    code="KG390",
    name="shape-violation",
    severity="error",
    scope=RuleScope.SHAPES,
    find=found_elsewhere,
    what={
        "en": "Something violates a shape: one of kg's own for RDF files, or one of the knowledge base in "
        "ontology/shapes.ttl or ontology/shapes/.",
        "zh": "违反了形状约束：kg 自带的（针对 RDF 文件），或知识库 ontology/shapes.ttl、ontology/shapes/ 中的。",
    },
    why={
        "en": "A shape defines what all things of a kind must have. The finding has the severity that sh:severity gives.",
        "zh": "形状规定某类事物必须具备的内容；检查结果的级别由 sh:severity 决定。",
    },
    fix={
        "en": "add what the shape requires, or change the shape",
        "zh": "补上形状所要求的内容，或修改形状",
    },
    where="both",
    source="SHACL",
    bad="""
=== ontology/shapes.ttl
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix kg: <https://w3id.org/kg-notes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<#Theorem> a sh:NodeShape ; sh:targetClass kg:Theorem ;
    sh:property [ sh:path dcterms:source ; sh:minCount 1 ; sh:message "a theorem names its source" ] .
=== concepts/cap.md
---
type: theorem
---
# CAP
""",
    good="""
=== ontology/shapes.ttl
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix kg: <https://w3id.org/kg-notes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<#Theorem> a sh:NodeShape ; sh:targetClass kg:Theorem ;
    sh:property [ sh:path dcterms:source ; sh:minCount 1 ; sh:message "a theorem names its source" ] .
=== concepts/cap.md
---
type: theorem
sources: ["https://doi.org/10.1145/564585.564601"]
---
# CAP
""",
)
