"""KG121 malformed-shapes."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope, found_elsewhere

RULE: Final = Rule(
    code="KG121",
    name="malformed-shapes",
    severity="error",
    scope=RuleScope.FILES,
    find=found_elsewhere,
    what={
        "en": "A file of shapes can't be used: it is not valid Turtle or SHACL, or the validation took too long.",
        "zh": "形状文件无法使用：不是有效的 Turtle 或 SHACL，或验证超时。",
    },
    why={
        "en": "Nothing is validated; without this finding, that would look like success.",
        "zh": "没有进行任何验证；若不提示，会被误认为通过。",
    },
    fix={
        "en": "correct the file; SHACL is described at https://www.w3.org/TR/shacl/",
        "zh": "改正该文件；SHACL 规范见 https://www.w3.org/TR/shacl/",
    },
    where="both",
    bad="""
=== ontology/shapes.ttl
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<#s> a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:minCount 1 ] .
=== concepts/pod.md
# Pod
""",
    good="""
=== ontology/shapes.ttl
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<#s> a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] .
=== concepts/pod.md
# Pod
""",
)
