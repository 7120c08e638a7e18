"""KG217 broken-import."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope


def _message(detail: str) -> str:
    name, _, problem = detail.partition("\t")
    return f"the knowledge base '{name}' can't be used: {problem}" if name else problem


RULE: Final = Rule(
    code="KG217",
    name="broken-import",
    severity="error",
    scope=RuleScope.NAMES,
    find=find_faults(_message),
    what={
        "en": "A knowledge base that the settings use can not be read, was never fetched, or is not what kg.lock pins.",
        "zh": "设置中使用的知识库无法读取、从未获取，或与 kg.lock 锁定的内容不符。",
    },
    why={
        "en": "None of its concepts is known, so links to them are not checked.",
        "zh": "其中的概念都无从得知，指向它们的链接也就无法检查。",
    },
    fix={
        "en": "build it ('kg build' there), correct its path, or fetch it: 'kg uses update'",
        "zh": "在其目录中运行 kg build，改正路径，或用 kg uses update 获取",
    },
    bad="""
=== kg.toml
[uses]
cncf = {path = "../cncf/output"}
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
=== concepts/pod.md
# Pod

A pod runs each [[cncf:container]] in one network.
""",
)
