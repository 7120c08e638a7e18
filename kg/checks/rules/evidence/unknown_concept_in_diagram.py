"""KG534 unknown-concept-in-diagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base.names import fold
from kg.checks.context import Context, Place
from kg.checks.diagrams import concept_names, flowcharts
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    words: set[str] = set()
    names: frozenset[str] | None = None
    for note, _, edges in flowcharts(context):
        for e in edges:
            if not e.label:
                continue
            if names is None:
                names = concept_names(context)
                for relation in context.vocabulary.relations.values():
                    words |= {fold(w) for w in (*relation.labels.values(), *(w for w, _ in relation.words))}
            if fold(e.label) in words:
                for name in (e.source, e.target):
                    if fold(name) not in names:
                        message = f"'{name}' in the diagram is not the name of a concept"
                        yield rule.at(Place(note.path, e.line, e.column), message)


RULE: Final = Rule(
    code="KG534",
    name="unknown-concept-in-diagram",
    severity="info",
    scope=RuleScope.REPRESENTATIONS,
    find=_find,
    what={
        "en": "A flowchart states a relation of something that is not a concept.",
        "zh": "流程图为某个不是概念的名称声明了关系。",
    },
    why={
        "en": "The edge looks like a statement of the graph, but is not one.",
        "zh": "该边看似图谱中的陈述，实则不是。",
    },
    fix={
        "en": "write the name of a concept, or write a note about it",
        "zh": "改用概念的名称，或为其撰写笔记",
    },
    habit=True,
    bad="""
=== concepts/pod.md
# Pod

```mermaid
flowchart LR
  a[Pod] -->|depends on| b[Nood]
```
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

```mermaid
flowchart LR
  a[Pod] -->|depends on| b[Node]
```
=== concepts/node.md
# Node
""",
)
