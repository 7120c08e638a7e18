"""KG218 unpinned-import."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG218",
    name="unpinned-import",
    severity="info",
    scope=RuleScope.NAMES,
    find=find_faults(lambda name: f"kg.lock doesn't pin the knowledge base '{name}'"),
    what={
        "en": "kg.lock does not pin a knowledge base that the settings use, or pins another source.",
        "zh": "kg.lock 没有锁定设置中使用的知识库，或锁定的是另一来源。",
    },
    why={
        "en": "Nobody notices when its concepts change.",
        "zh": "其中的概念改动时无人知晓。",
    },
    fix={
        "en": "pin its present state: 'kg uses update'",
        "zh": "用 kg uses update 锁定现在的状态",
    },
    bad="""
=== kg.toml
[uses]
cncf = {path = "cncf"}
=== cncf/inventory.json
{"format": "kg-inventory", "version": 1, "base": "https://example.org/cncf/", "concepts": [
{"id": "container", "iri": "https://example.org/cncf/concept/container", "labels": {"en": "Container"}, "former": ["box"]}]}
=== concepts/pod.md
# Pod

A pod runs each [[cncf:container]] in one network.
""",
    good="""
=== kg.toml
[uses]
cncf = {path = "cncf"}
=== cncf/inventory.json
{"format": "kg-inventory", "version": 1, "base": "https://example.org/cncf/", "concepts": [
{"id": "container", "iri": "https://example.org/cncf/concept/container", "labels": {"en": "Container"}, "former": ["box"]}]}
=== kg.lock
{"version": 1, "uses": {"cncf": {"source": "cncf", "digest": "0"}}}
=== concepts/pod.md
# Pod

A pod runs each [[cncf:container]] in one network.
""",
)
