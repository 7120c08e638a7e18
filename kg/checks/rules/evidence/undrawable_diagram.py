"""KG521 undrawable-diagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.diagrams import fault
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        for block in note.blocks:
            problem = fault(block.text) if block.language == "mermaid" else None
            if problem is not None:
                line, why = problem
                place = Place(path, block.line + 1 + line, 1) if block.text.strip() else Place(path, block.line, block.column)
                yield rule.at(place, f"Mermaid can't draw this: {why}")


RULE: Final = Rule(
    code="KG521",
    name="undrawable-diagram",
    severity="warning",
    scope=RuleScope.NOTE,
    find=_find,
    what={
        "en": "A Mermaid diagram can't be drawn: its type is unknown, or the text of a node contains a bracket and is not "
        "quoted.",
        "zh": "Mermaid 图无法绘制：图的类型未知，或节点文字含括号而未加引号。",
    },
    why={
        "en": "Readers see its source instead of a picture. Faults that appear only on drawing are found by 'kg verify'.",
        "zh": "读者看到的是源码而不是图。只有绘制时才会显现的问题由 kg verify 发现。",
    },
    fix={
        "en": "quote the text of the node, as in A[\"f(x)\"], or begin with a type of diagram such as 'flowchart LR'",
        "zh": '给节点文字加引号，如 A["f(x)"]，或以图的类型开头，如 flowchart LR',
    },
    bad="""
# Pod

```mermaid
graph TD
  A[Pod] --> B[f(x)]
```
""",
    good="""
# Pod

```mermaid
graph TD
  A[Pod] --> B["f(x)"]
```
""",
)
