"""Shared code of rules about diagrams: reasons why Mermaid can't draw one, flowcharts of notes, names of concepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kg.base.names import fold
from kg.checks.context import Context
from kg.model import Block, Edge, Note

_TYPES: Final = frozenset(
    """
    graph flowchart flowchart-elk swimlane sequencediagram classdiagram classdiagram-v2 statediagram statediagram-v2 erdiagram
    journey gantt pie quadrantchart requirementdiagram requirement gitgraph c4context c4container c4component c4dynamic
    c4deployment mindmap timeline zenuml sankey sankey-beta xychart xychart-beta block block-beta packet packet-beta kanban
    architecture architecture-beta radar radar-beta treemap treemap-beta treeview treeview-beta venn venn-beta ishikawa
    ishikawa-beta wardley wardley-beta eventmodeling usecase usecasediagram agentflow railroad railroad-beta railroad-diagram
    info error
    """.split()
)
"""First words of Mermaid 12's types of diagram, in lower case."""
_FRONT: Final = re.compile(r"\s*---[^\S\n]*\n.*?\n[^\S\n]*---[^\S\n]*(?:\n|$)", re.DOTALL)
_IGNORED: Final = re.compile(r"%%\{.*?\}%%|%%[^\n]*", re.DOTALL)
FLOWCHART: Final = re.compile(r"^\s*(?:%%[^\n]*\n\s*)*(graph|flowchart)\b[ \t]*([A-Za-z]*)")
"""The first word of a flowchart, and its direction."""
_WORD: Final = re.compile(r"[\w-]+")
# Text in square brackets that is not quoted, is not another shape, and contains a bracket.
_NODE: Final = re.compile(r"(?<=[\w\u4e00-\u9fff])\[(?![\[(/\\\"|])[^\[\]\"\n|]*?[(){}][^\[\]\"\n|]*\]")


def fault(text: str) -> tuple[int, str] | None:
    """Return the line, from 0, and the reason why Mermaid can't draw a diagram; None if kg finds none.

    Only `kg verify` runs Mermaid itself.

    >>> fault("graph TD\\n  A[x] --> B[f(x)]")
    (1, "'[f(x)]' contains a bracket and is not quoted")
    >>> fault("%% note\\nA chart of ours")
    (1, "'A' is not a type of diagram")
    >>> fault("---\\ntitle: x\\n---\\nsequenceDiagram\\n A->>B: f(x)"), fault('graph LR; A["f(x)"] --> B[(db)] --> C[/x/]')
    (None, None)
    """
    front = _FRONT.match(text)
    blank = _IGNORED.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    if front:
        blank = re.sub(r"[^\n]", " ", blank[: front.end()]) + blank[front.end() :]
    start = len(blank) - len(blank.lstrip())
    word = _WORD.match(blank, start)
    line = blank.count("\n", 0, start)
    if not blank.strip():
        return 0, "the diagram is empty"
    name = word[0] if word else blank[start : start + 1]
    if name.lower() not in _TYPES:
        return line, f"'{name}' is not a type of diagram"
    if name.lower() in ("graph", "flowchart") and (node := _NODE.search(blank, start)):
        return blank.count("\n", 0, node.start()), f"'{node[0]}' contains a bracket and is not quoted"
    return None


def flowcharts(context: Context) -> Iterator[tuple[Note, Block, list[Edge]]]:
    """Yield each flowchart of the notes with its edges."""
    for note in context.corpus.notes.values():
        charts = [b for b in note.blocks if b.language == "mermaid" and FLOWCHART.match(b.text)]
        for block in charts:
            behind = block.line + 1 + block.text.count("\n")
            yield note, block, [e for e in note.edges if block.line < e.line <= behind]


def concept_names(context: Context) -> frozenset[str]:
    """Return all names of all concepts, folded: labels, aliases and ids."""
    concepts = context.corpus.concepts.values()
    return frozenset(fold(name) for c in concepts for name in (*c.labels.values(), *(label for label, _ in c.alt_labels), c.id))
