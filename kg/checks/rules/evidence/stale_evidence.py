"""KG512 stale-evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.evidence import name_of, place_of
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "stale":
            yield rule.at(place_of(item), f"{name_of(item)} is stale: {item.why}")


RULE: Final = Rule(
    code="KG512",
    name="stale-evidence",
    severity="error",
    scope=RuleScope.EVIDENCE,
    find=_find,
    what={
        "en": "A block was changed after 'kg verify' checked it.",
        "zh": "代码块在 kg verify 检验之后又被修改。",
    },
    why={
        "en": "The verdict is about another text and says nothing about this one.",
        "zh": "原有结论针对的是另一段文本，对现文本无效。",
    },
    fix={
        "en": "run 'kg verify' and commit ontology/snapshot/evidence.jsonl",
        "zh": "运行 kg verify，并提交 ontology/snapshot/evidence.jsonl",
    },
    bad="""
=== concepts/pod.md
# Pod

```json {#spec}
{"kind": "Pod"}
```
=== ontology/snapshot/evidence.jsonl
{"key":"pod.md#spec","digest":"0000","language":"json","verdict":"passed","tool":"json","version":"3"}
""",
    good="""
=== concepts/pod.md
# Pod

```json {#spec}
{"kind": "Pod"}
```
""",
)
