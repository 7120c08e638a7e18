"""KG531 diagram-without-direction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.diagrams import FLOWCHART, flowcharts
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for note, block, _ in flowcharts(context):
        head = FLOWCHART.match(block.text)
        if head is not None and head[2].upper() not in ("TD", "TB", "BT", "LR", "RL"):
            yield rule.at(Place(note.path, block.line, block.column), "the flowchart has no direction")


RULE: Final = Rule(
    code="KG531",
    name="diagram-without-direction",
    severity="info",
    scope=RuleScope.NOTE,
    find=_find,
    what={
        "en": "A flowchart has no direction.",
        "zh": "流程图未指明方向。",
    },
    why={
        "en": "Each program chooses a direction of its own.",
        "zh": "方向由绘图程序决定，各处可能不同。",
    },
    fix={
        "en": "write it behind the first word: flowchart LR",
        "zh": "在首词后写明方向：flowchart LR",
    },
    habit=True,
    bad="""
# Pod

```mermaid
flowchart
  A --> B
```
""",
    good="""
# Pod

```mermaid
flowchart LR
  A --> B
```
""",
)
