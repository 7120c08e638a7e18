"""Cross-checks: what a note claims of two representations is looked up in both, and a planted difference is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.evidence import claims
from kg.evidence.claims import Record, records
from kg.evidence.claims.records import PartRow
from kg.evidence.tools import Judgement

Write = Callable[[Mapping[str, str | bytes]], Path]
Judge = Callable[..., Judgement]

REGISTRY = """---
id: symbol-registry
---
# 符号表 / Symbols

| 符号 / Symbol | 含义 / Meaning | 作用域 / Scope |
|---|---|---|
| $Q$ | a quorum | |
| $n$ | number of replicas | quorum |
| $n$ | length of a list | list |
| $f$ | faults | quorum |
| $f$ | failures | quorum |
"""
QUORUM = """---
id: quorum
checks:
{checks}
---
# Quorum

$Q \\subseteq N$ with $n > 3f$ and $k$

```python {{#code}}
class Votes:
    limit = 3
    def count(self, x): # nothing
        return "words"
```

```yaml {{#conf}}
kind: Deployment
spec: {{replicas: 3}}
```

```coq {{#thm}}
Theorem intersect : 1 + 1 = 2. reflexivity. Qed.
```

```mermaid {{#edges}}
graph LR
  a[Quorum] -->|depends on| b[Replica]
```

```mermaid {{#wrong}}
graph LR
  a[Quorum] -->|part of| b[Replica]
```

```mermaid {{#unknown}}
graph LR
  a[Quorum] -->|depends on| b[Nobody]
```
"""


def _judged(base: Write, check: str, related: str = "depends-on:: [[replica]]\n") -> tuple[str, str]:
    files = {
        "concepts/symbol-registry.md": REGISTRY,
        "concepts/quorum.md": QUORUM.format(checks=f"  - {{{check}}}") + related,
        "concepts/replica.md": "---\nid: replica\n---\n# Replica\n",
    }
    folder = base(files)
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    piece = next(p for p in claims.gather_pieces(built.corpus, built.files) if p.key.endswith("#thm"))
    row = Record(piece.key, piece.digest, "coq", "passed", "coq", "8", parts=[PartRow("intersect", holds=True)])
    records.write_verdicts(folder / "ontology", [row])
    found = claims.read_evidence(folder / "ontology", built.corpus, built.files, built.relations)
    (item,) = (e for e in found if e.kind == "cross-check")
    assert (item.path, item.line) == ("quorum.md", 3)
    return item.verdict, item.why


@pytest.mark.parametrize(
    ("check", "why"),
    [
        ("symbol: Q, in: symbol-registry", ""),
        ("symbol: n, in: symbol-registry", ""),  # of two scopes, that of this note
        ("symbol: k, in: symbol-registry", "'k'|not declared"),
        ("symbol: f, in: symbol-registry", "defined 2 times in one scope"),
        ("symbol: z, in: symbol-registry", "no formula of this note"),
        ("symbol: Q, in: nowhere", "no symbol registry"),
        ("identifier: count, in: code", ""),
        ("identifier: limit, in: code", ""),
        ("identifier: nothing, in: code", "is not a name in python"),  # a comment
        ("identifier: words, in: code", "is not a name in python"),  # a text
        ("identifier: spec.replicas, in: conf", ""),
        ("identifier: Deployment, in: conf", ""),
        ("identifier: replica, in: conf", "is not a name in yaml"),
        ("identifier: count, in: gone", "no block of this note"),
        ("theorem: intersect, coq: thm", ""),
        ("theorem: union, coq: thm", "proves no 'union', but intersect"),
        ("diagram: edges, agrees: graph", ""),
        ("diagram: wrong, agrees: graph", "is stated nowhere but in diagrams"),
        ("diagram: unknown, agrees: graph", "a name of no concept"),
        ("diagram: code, agrees: graph", "no Mermaid diagram"),
        ("diagram: edges", "no such check"),
    ],
)
def test_checks(base: Write, check: str, why: str) -> None:
    verdict, said = _judged(base, check)
    assert verdict == ("failed" if why else "passed"), said
    assert all(part.strip("'") in said for part in why.split("|"))


def test_what_stands_in_diagrams_alone_agrees_with_nothing(base: Write) -> None:
    assert _judged(base, "diagram: edges, agrees: graph", related="")[0] == "failed"


MODEL = """MODULE main
VAR state : {Closed, Open, HalfOpen};
ASSIGN init(state) := Closed;
  next(state) := case state = Closed : {Closed, Open}; state = Open : {Open, HalfOpen}; TRUE : {Closed, Open}; esac;
SPEC AG EF state = Closed
"""
DIAGRAM = """stateDiagram-v2
  direction LR
  [*] --> Closed
  state "Half open" as half_open
  Closed --> Open: fails
  Open --> half_open: waits
  half_open --> Closed
  half_open --> Open
"""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("", "", ""),
        ("  half_open --> Open\n", "", "no step HalfOpen → Open"),
        ("Closed --> Open:", "Closed --> half_open:", "the model has no step Closed → HalfOpen"),
        ("[*] --> Closed", "[*] --> Open", "can't begin in Open"),
        ("half_open --> Open\n", "half_open --> Broken\n", "the diagram has 'Broken'"),
    ],
)
def test_state_diagrams_against_what_the_model_does(judge: Judge, old: str, new: str, why: str) -> None:
    note = f"```mermaid {{#d}}\n{DIAGRAM.replace(old, new)}```\n\n```smv {{#m}}\n{MODEL}```\n"
    found = judge(note, checks="{diagram: d, states: m, variable: state}", language="states")
    assert found.verdict == ("failed" if why else "passed"), found
    assert why in found.why
