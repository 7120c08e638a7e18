"""KG216 changed-import."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope


def _message(detail: str) -> str:
    name, _, changes = detail.partition("\t")
    return f"'{name}' has changed since it was pinned: {changes}"


RULE: Final = Rule(
    code="KG216",
    name="changed-import",
    severity="warning",
    scope=RuleScope.NAMES,
    find=find_faults(_message),
    what={
        "en": "A concept of another knowledge base has changed since kg.lock pinned it: its label, definition, status or IRI.",
        "zh": "另一知识库中的概念自 kg.lock 锁定以来已有改动：标签、定义、状态或 IRI。",
    },
    why={
        "en": "What the note says about it may no longer hold.",
        "zh": "笔记中关于它的内容可能不再成立。",
    },
    fix={
        "en": "read the sentence again, then pin the present state: 'kg uses update'",
        "zh": "重读该处文字，再用 kg uses update 锁定现在的状态",
    },
    bad="""
=== kg.toml
[uses]
cncf = {path = "cncf"}
=== cncf/inventory.json
{"format": "kg-inventory", "version": 1, "base": "https://example.org/cncf/", "concepts": [
{"id": "container", "iri": "https://example.org/cncf/concept/container", "labels": {"en": "Container"}, "former": ["box"]}]}
=== kg.lock
{"version": 1, "uses": {"cncf": {"source": "cncf", "digest": "0", "concepts":
{"container": {"iri": "https://example.org/cncf/concept/container", "digest": "0", "labels": {"en": "Box"}}}}}}
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
{"version": 1, "uses": {"cncf": {"source": "cncf", "digest": "0", "concepts":
{"container": {"iri": "https://example.org/cncf/concept/container", "digest": "0", "labels": {"en": "Container"}}}}}}
=== concepts/pod.md
# Pod

A pod runs each [[cncf:container]] in one network.
""",
)
