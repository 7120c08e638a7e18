"""KG511 failed-evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context
from kg.checks.evidence import is_misdeclared, name_of, place_of
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

_OF_ATTESTATIONS: Final = "correct the computation, its executor or its attester; then run 'kg verify --only attest'"
_OF_BLOCKS: Final = "correct the block; if it is meant to fail, write expect=false; then run 'kg verify'"


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for item in context.proofs:
        if item.verdict == "failed" and item.kind != "cross-check" and not is_misdeclared(item):
            hint = _OF_ATTESTATIONS if item.language == "attestation" else _OF_BLOCKS
            yield rule.at(place_of(item), f"{name_of(item)} failed: {item.why}", hint)


RULE: Final = Rule(
    code="KG511",
    name="failed-evidence",
    severity="error",
    scope=RuleScope.EVIDENCE,
    find=_find,
    what={
        "en": "A tool rejected a piece of evidence: a proof, a model, code, a formula or a diagram.",
        "zh": "某项证据未通过工具的检验：证明、模型、代码、公式或图。",
    },
    why={
        "en": "A claim is only as good as its evidence.",
        "zh": "断言的可信度不超过其证据。",
    },
    fix={
        "en": "correct the block, or write expect=false if it is meant to fail; of an Attested Computation, correct the "
        "computation, its executor or its attester; then run 'kg verify'",
        "zh": "改正该代码块，若本应失败，请写 expect=false；若是 Attested Computation，"
        "请改正计算、执行程序或验证程序；然后运行 kg verify",
    },
    bad="""
=== concepts/pod.md
# Pod

```json {#spec}
{"kind": "Pod",}
```
=== ontology/snapshot/evidence.jsonl
{"key":"pod.md#spec","digest":"28be772532e125285e9b3398a8acdeed0d947d72be26bc86e9eb972f73b6b116","language":"json","verdict":"failed","tool":"json","version":"3","why":"line 1, column 16: illegal trailing comma","at":0}
""",  # noqa: E501
    good="""
=== concepts/pod.md
# Pod

```json {#spec}
{"kind": "Pod"}
```
""",
)
