"""KG533 unlabelled-edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base.names import fold
from kg.checks.context import Context, Place
from kg.checks.diagrams import concept_names, flowcharts
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    names: frozenset[str] | None = None
    for note, _, edges in flowcharts(context):
        bare = [e for e in edges if not e.label and e.source != e.target]
        if not bare:
            continue
        names = concept_names(context) if names is None else names
        unlabelled = [e for e in bare if fold(e.source) in names and fold(e.target) in names]
        if unlabelled:
            first, count = unlabelled[0], len(unlabelled) - 1
            more = f"; {count} more edge{'s have' if count > 1 else ' has'} none" if count else ""
            message = f"the edge '{first.source}' → '{first.target}' has no label{more}"
            yield rule.at(Place(note.path, first.line, first.column), message)


RULE: Final = Rule(
    code="KG533",
    name="unlabelled-edge",
    severity="info",
    scope=RuleScope.REPRESENTATIONS,
    find=_find,
    what={
        "en": "An edge between two concepts in a flowchart has no label.",
        "zh": "流程图中两个概念之间的边没有标签。",
    },
    why={
        "en": "An edge with a label is a statement of the graph; an edge without one says only that there is some relation.",
        "zh": "带标签的边是图谱中的陈述，无标签的边只表示有某种关系。",
    },
    fix={
        "en": "label it with a word of the vocabulary: A -->|depends on| B",
        "zh": "用词表中的词作标签：A -->|依赖| B",
    },
    habit=True,
    bad="""
=== concepts/pod.md
# Pod

```mermaid
flowchart LR
  a[Pod] --> b[Node]
```
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

```mermaid
flowchart LR
  a[Pod] -->|runs on| b[Node]
```
=== concepts/node.md
# Node
""",
)
