"""KG706 unknown-actor."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG706",
    name="unknown-actor",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "Who generated, verified or wrote something is not named as an actor.",
        "zh": "生成者、核实者或作者没有按行为者的写法注明。",
    },
    why={
        "en": "Trust tiers depend on the prefix 'human:'; without it, a person's review counts as one of a machine.",
        "zh": "信任等级取决于 human: 前缀；没有它，人的评审会被当作机器的确认。",
    },
    fix={
        "en": "write human:<id>, process:<id> or <producer>/<version>",
        "zh": "写成 human:<id>、process:<id> 或 <producer>/<version>",
    },
    source="OKF 0.2 §7",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Metric
verified: { by: alice, at: 2026-06-25 }
---

# Schema
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Metric
verified: { by: "human:alice", at: 2026-06-25 }
---

# Schema
""",
)
