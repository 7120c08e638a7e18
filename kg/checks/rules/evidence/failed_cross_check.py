"""KG516 failed-cross-check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.evidence import place_of
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "failed" and item.kind == "cross-check":
            yield rule.at(place_of(item), f"{item.claims or item.key.rpartition('#check:')[2]}: {item.why}")


RULE: Final = Rule(
    code="KG516",
    name="failed-cross-check",
    severity="error",
    scope=RuleScope.EVIDENCE,
    find=_find,
    what={
        "en": "Two representations of a concept do not agree, although its front matter claims that they do.",
        "zh": "概念的两种表征与元数据中的声明不一致。",
    },
    why={
        "en": "If a diagram, a proof or a program lacks a name that the other has, one of them was changed and the other "
        "was not.",
        "zh": "图、证明或程序中的名称对不上，说明其中一方已修改而另一方没有。",
    },
    fix={
        "en": "make the two representations agree",
        "zh": "使两种表征一致",
    },
    bad="""
---
checks:
  - {identifier: retries, in: code}
---
# Pod

```python {#code}
def retry(times): ...
```
""",
    good="""
---
checks:
  - {identifier: retry, in: code}
---
# Pod

```python {#code}
def retry(times): ...
```
""",
)
