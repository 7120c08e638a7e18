"""KG707 unkeyed-footnote."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG707",
    name="unkeyed-footnote",
    severity="warning",
    scope=RuleScope.NOTE,
    find=find_faults(str),
    what={
        "en": "A footnote has a label that is nearly the id of a source.",
        "zh": "脚注的标签与某个来源的 id 相近，却不相同。",
    },
    why={
        "en": "The claim can't be traced to what it derives from.",
        "zh": "无法追溯该论断的出处。",
    },
    fix={
        "en": "write the id of the source as the label, or give a source this id",
        "zh": "以该来源的 id 作标签，或给来源加上这个 id",
    },
    source="OKF 0.2 §5.1",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Metric
sources:
  - id: policy
    resource: https://example.org/policy
---

Revenue is net of tax.[^polcy]

[^polcy]: The policy
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/orders.md
---
type: Metric
sources:
  - id: policy
    resource: https://example.org/policy
---

Revenue is net of tax.[^policy]

[^policy]: The policy
""",
)
