"""KG405 disconnected-cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kg.checks.context import Context
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

_NAMED: Final = 4
"""Number of concepts named in a message; the others are counted."""


def components(neighbours: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the connected components of an undirected graph, each sorted.

    >>> components({"a": "b", "b": "a", "c": "d", "d": "c"})
    [['a', 'b'], ['c', 'd']]
    """
    seen: set[str] = set()
    parts = []
    for start in sorted(neighbours):
        if start in seen:
            continue
        part, queue = [], [start]
        seen.add(start)
        while queue:
            node = queue.pop()
            part.append(node)
            for other in neighbours.get(node, ()):
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        parts.append(sorted(part))
    return parts


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.hierarchy is None:
        return
    parts = sorted(components(context.neighbours), key=lambda part: (-len(part), part))
    for part in parts[1:]:
        concepts = context.corpus.concepts
        names = ", ".join(f"'{concepts[i].label('en') if i in concepts else context.name(i)}'" for i in part[:_NAMED])
        more = f" and {len(part) - _NAMED} more" if len(part) > _NAMED else ""
        message = f"{names}{more} are connected to each other, but not to the main group of {len(parts[0]):,} concepts"
        yield rule.at(context.place(part[0]), message)


RULE: Final = Rule(
    code="KG405",
    name="disconnected-cluster",
    severity="info",
    scope=RuleScope.NETWORK,
    find=_find,
    what={
        "en": "Some concepts are connected to each other, but not to the rest.",
        "zh": "若干概念彼此相连，却与其余概念不相连。",
    },
    why={
        "en": "The collection is in pieces: no path leads from one part to the other.",
        "zh": "知识库分成互不相连的部分，之间没有路径。",
    },
    fix={
        "en": "relate one of them to a concept of the others",
        "zh": "把其中之一与其余概念建立关系",
    },
    where="both",
    source="qSKOS dcc",
    bad="""
=== concepts/pod.md
It runs on a [[node]] of a [[cluster]].
=== concepts/node.md
# Node
=== concepts/cluster.md
# Cluster
=== concepts/raft.md
It needs a [[quorum]].
=== concepts/quorum.md
# Quorum
""",
    good="""
=== concepts/pod.md
It runs on a [[node]] of a [[cluster]].
=== concepts/node.md
# Node
=== concepts/cluster.md
Its state is replicated by [[raft]].
=== concepts/raft.md
It needs a [[quorum]].
=== concepts/quorum.md
# Quorum
""",
)
