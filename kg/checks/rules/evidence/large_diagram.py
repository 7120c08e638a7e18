"""KG532 large-diagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.diagrams import flowcharts
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

NODES: Final = 30
"""Maximum number of nodes in one drawing that readers can follow."""


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for note, block, edges in flowcharts(context):
        nodes = {name for e in edges for name in (e.source, e.target)}
        if len(nodes) > NODES:
            yield rule.at(Place(note.path, block.line, block.column), f"the flowchart has {len(nodes)} nodes")


RULE: Final = Rule(
    code="KG532",
    name="large-diagram",
    severity="info",
    scope=RuleScope.NOTE,
    find=_find,
    what={
        "en": "A flowchart has more than 30 nodes.",
        "zh": "流程图的节点超过 30 个。",
    },
    why={
        "en": "Readers can't find a statement in so many lines.",
        "zh": "线条太多，读者看不出结论。",
    },
    fix={
        "en": "draw the answer to one question in each diagram",
        "zh": "一图只回答一个问题，其余另画",
    },
    bad="""
# Pod

```mermaid
flowchart LR
  n0 --> n1
  n1 --> n2
  n2 --> n3
  n3 --> n4
  n4 --> n5
  n5 --> n6
  n6 --> n7
  n7 --> n8
  n8 --> n9
  n9 --> n10
  n10 --> n11
  n11 --> n12
  n12 --> n13
  n13 --> n14
  n14 --> n15
  n15 --> n16
  n16 --> n17
  n17 --> n18
  n18 --> n19
  n19 --> n20
  n20 --> n21
  n21 --> n22
  n22 --> n23
  n23 --> n24
  n24 --> n25
  n25 --> n26
  n26 --> n27
  n27 --> n28
  n28 --> n29
  n29 --> n30
  n30 --> n31
```
""",
    good="""
# Pod

```mermaid
flowchart LR
  n0 --> n1
  n1 --> n2
  n2 --> n3
```
""",
)
