"""Diagrams of which Mermaid can make nothing, as far as that shows without Mermaid: `kg verify` asks it itself (KG52x)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kg.checks.base import Context, Place, Rule
from kg.model import Finding

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
"""First words of the kinds of diagram that Mermaid 12 knows, in lower case."""
_FRONT: Final = re.compile(r"\s*---\s*\n.*?\n\s*---\s*(?:\n|$)", re.DOTALL)
_IGNORED: Final = re.compile(r"%%\{.*?\}%%|%%[^\n]*", re.DOTALL)
_WORD: Final = re.compile(r"[\w-]+")
# Text in square brackets that is not quoted, is no other shape, and has a bracket in it that begins one.
_NODE: Final = re.compile(r"(?<=[\w\u4e00-\u9fff])\[(?![\[(/\\\"|])[^\[\]\"\n|]*?[(){}][^\[\]\"\n|]*\]")


def fault(text: str) -> tuple[int, str] | None:
    """What keeps Mermaid from drawing a diagram: the line, from 0, and the reason; None where nothing shows.

    >>> fault("graph TD\\n  A[x] --> B[f(x)]")
    (1, "'[f(x)]' has a bracket in it and no quotes")
    >>> fault("%% note\\nA chart of ours")
    (1, "'A' is no kind of diagram")
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
        return 0, "it is empty"
    name = word[0] if word else blank[start : start + 1]
    if name.lower() not in _TYPES:
        return line, f"'{name}' is no kind of diagram"
    if name.lower() in ("graph", "flowchart") and (node := _NODE.search(blank, start)):
        return blank.count("\n", 0, node.start()), f"'{node[0]}' has a bracket in it and no quotes"
    return None


def _undrawable(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        for block in note.blocks:
            if block.language == "mermaid" and (found := fault(block.text)):
                line, why = found
                place = Place(path, block.line + 1 + line, 1) if block.text.strip() else Place(path, block.line, block.column)
                yield rule.at(place, f"Mermaid can't draw this: {why}")


RULES: Final = (
    Rule(
        "KG521", "undrawable-diagram", "warning",
        "quote the text of the node, as in A[\"f(x)\"], or begin with a kind of diagram such as 'flowchart LR'", _undrawable,
        where="notes",
    ),
)  # fmt: skip
