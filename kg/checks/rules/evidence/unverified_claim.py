"""KG515 unverified-claim."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.evidence import name_of, place_of
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "unverified" and not item.skipped and item.claims:
            yield rule.at(place_of(item), f"{name_of(item)} claims '{item.claims}', but no tool has confirmed it: {item.why}")


RULE: Final = Rule(
    code="KG515",
    name="unverified-claim",
    severity="warning",
    scope=RuleScope.EVIDENCE,
    find=_find,
    what={
        "en": "A block makes a claim that no tool has confirmed yet.",
        "zh": "代码块声明了断言，但尚无工具予以确认。",
    },
    why={
        "en": "Without a verdict, the claim has no evidence.",
        "zh": "没有结论，断言就没有证据。",
    },
    fix={
        "en": "run 'kg verify' where the tool is installed; 'kg doctor' says which tool is missing",
        "zh": "在装有相应工具的机器上运行 kg verify；kg doctor 会指出缺少什么",
    },
    bad="""
# Pod

```coq {#thm claims="one and one are two"}
Theorem t : 1 + 1 = 2. Proof. reflexivity. Qed.
```
""",
    good="""
# Pod

```coq
Theorem t : 1 + 1 = 2. Proof. reflexivity. Qed.
```
""",
)
