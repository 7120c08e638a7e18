"""KG514 invalid-evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.evidence import is_misdeclared, name_of, place_of
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if is_misdeclared(item):
            yield rule.at(place_of(item), f"{name_of(item)}: {item.why}")


RULE: Final = Rule(
    code="KG514",
    name="invalid-evidence",
    severity="error",
    scope=RuleScope.EVIDENCE,
    find=_find,
    what={
        "en": "A piece of evidence is declared incorrectly: an id is used twice, a block that it builds on does not exist, "
        "or check=false has no reason.",
        "zh": "证据的声明无效：id 重复、所依赖的代码块不存在，或 check=false 而未说明理由。",
    },
    why={
        "en": "Readers must be able to see what is not checked.",
        "zh": "未检验的内容必须如实标明。",
    },
    fix={
        "en": "correct the attributes of the block",
        "zh": "改正代码块的属性",
    },
    bad="""
# Pod

```coq {#thm after="base"}
Theorem t : 1 + 1 = 2. Proof. reflexivity. Qed.
```
""",
    good="""
# Pod

```coq {#base}
Definition n := 1.
```

```coq {#thm after="base"}
Theorem t : n = 1. Proof. reflexivity. Qed.
```
""",
)
