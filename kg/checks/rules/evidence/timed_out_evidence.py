"""KG513 timed-out-evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.evidence import name_of, place_of
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "timed-out":
            yield rule.at(place_of(item), f"{name_of(item)} timed out: {item.why}")


RULE: Final = Rule(
    code="KG513",
    name="timed-out-evidence",
    severity="warning",
    scope=RuleScope.EVIDENCE,
    find=_find,
    what={
        "en": "A tool did not finish a piece of evidence within its time limit.",
        "zh": "工具未能在限定时间内完成对某项证据的检验。",
    },
    why={
        "en": "No verdict does not mean success.",
        "zh": "没有结论不等于通过。",
    },
    fix={
        "en": "make it smaller, or give it more time: kg verify --timeout",
        "zh": "缩小规模，或用 kg verify --timeout 延长时间",
    },
    bad="""
=== concepts/pod.md
# Pod

```python {#loop run}
while True: pass
```
=== ontology/snapshot/evidence.jsonl
{"key":"pod.md#loop","digest":"24795108286e853ae2a1202c8d931c57f5063ec53241c0c98ea9cb541fab9aaa","language":"python","verdict":"timed-out","tool":"python","version":"3","why":"no end after 60 s"}
""",  # noqa: E501
    good="""
=== concepts/pod.md
# Pod

```python {#loop}
while True: pass
```
""",
)
