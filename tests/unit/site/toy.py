"""A made-up knowledge base with everything that pages have to cope with: hostile titles, a cycle, labels in one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from kg.base.names import KG, SKOS
from kg.model import (
    Ambiguous,
    Artifact,
    Assertion,
    Assessment,
    Broken,
    Community,
    Concept,
    ConceptMeasures,
    Corpus,
    Finding,
    Hierarchy,
    Measure,
    PairMeasures,
    Relation,
    Resolution,
    Resolved,
    ResolvedLink,
)
from kg.notes import parse_note

BASE = "https://example.org/concept/"
LINKS_TO = KG + "linksTo"
EVIL = "<script>alert(1)</script>"
PIPE = "A|B *c* [d](javascript:alert(2)) `e` $x$"

NOTES = {
    "raft.md": """---
id: raft
---
# Raft

A consensus algorithm for a replicated log.

It uses [[quorum|a quorum]] and [text **bold**](quorum.md#majority "why"), see [below](#safety-first) and [[nowhere]].
Picture: ![local](pic.png), ![remote](https://evil.example/x.png), [paper](https://raft.github.io/raft.pdf), [[two]].

## Safety first

$a<b$ and $\\frac{1}{2}$ and broken $\\frac$ and

$$\\sum_{i=1}^n x_i$$

```mermaid
graph TD; A-->B<script>
```

```python
print("<b>")
```

| left | right |
|:-----|------:|
| [[quorum\\|q]] | 2 |

<a href="quorum.md" onclick="alert(3)">raw</a> <img src=x onerror=alert(4)> <b style="color:red">bold</b>
<a href="javascript:alert(5)">bad</a>

中文换行
不留空格。

[^1]: note

- [x] done [^1]

> [!NOTE]
> alert
""",
    "quorum.md": "# 法定人数 (Quorum)\n\n多数派。\n\n## Majority\n\ntext\n",
    "evil.md": f"# {EVIL}\n\n<script>alert(6)</script><iframe src='https://evil.example'></iframe>\n\n[x](javascript:alert(7))\n",
    "pipe.md": "# pipe\n",
    "x.md": "# X\n",
    "y.md": "# Y\n",
    "容器/隔离 a.md": "\ufeff---\ntitle: 隔离\n---\n\n见 [[raft#Safety first]]。\r\n",
    "raft.en.md": "# Raft in English\n",
    "index.md": "# Contents\n\n[raft](raft.md)\n",
}

MEANS: dict[tuple[str, str], Resolution] = {
    ("raft.md", "quorum"): Resolved("quorum.md", None),
    ("raft.md", "quorum.md"): Resolved("quorum.md", None),
    ("raft.md", ""): Resolved("raft.md", "Safety first"),
    ("raft.md", "nowhere"): Broken("no-such-note", ()),
    ("raft.md", "two"): Ambiguous(("a.md", "b.md")),
    ("raft.md", "pic.png"): Resolved("pic.png", None),
    ("容器/隔离 a.md", "raft"): Resolved("raft.md", "Safety first"),
    ("index.md", "raft.md"): Resolved("raft.md", None),
}


def text_of(path: str) -> str:
    return NOTES[path]


def relation(key: str, zh: str, en: str, kind: str, inverse: str | None = None, symmetric: bool = False) -> Relation:
    iri = (SKOS if key in ("broader", "narrower", "related") else KG) + key
    return Relation(iri, key, {"zh": zh, "en": en}, {"en": f"About {en}."}, (), (), inverse, symmetric, False, kind)  # type: ignore[arg-type]


RELATIONS = {
    r.iri: r
    for r in (
        relation("broader", "上位概念", "broader", "broader", SKOS + "narrower"),
        relation("narrower", "下位概念", "narrower", "narrower", SKOS + "broader"),
        relation("related", "相关", "related", "associative", symmetric=True),
        relation("uses", "使用", "uses", "associative", KG + "usedBy"),
        relation("usedBy", "被使用", "is used by", "associative", KG + "uses"),
        relation("lonely", "无反向", "lonely", "associative"),
    )
}


def concept(name: str, path: str, labels: Mapping[str, str], **more: object) -> Concept:
    fields: dict[str, object] = {
        "alt_labels": (), "type": "concept", "layer": "theory", "area": "consensus", "definitions": {}, "sources": (),
        "tags": (), "status": "draft", "paths": (path,), "line": 3,
    }  # fmt: skip
    fields.update(more)
    return Concept(iri=BASE + name, id=name, path=path, labels=dict(labels), **fields)  # type: ignore[arg-type]


CONCEPTS = (
    concept(
        "raft", "raft.md", {"en": "Raft", "zh": "Raft 算法"}, alt_labels=(("Raft protocol", "en"),),
        definitions={"en": "A consensus algorithm for a replicated log.", "zh": "一种共识算法。"},
        sources=("javascript:alert(8)", "Ongaro 2014, https://raft.github.io/.", "doi:10.1145/1", "<b>x</b>"),
    ),
    concept("quorum", "quorum.md", {"zh": "法定人数"}, definitions={"zh": "多数派。"}, area="分布式"),
    concept(
        "evil", "evil.md", {"en": EVIL}, area='"><img src=x onerror=alert(9)>', layer=EVIL, status=EVIL, type=EVIL,
        alt_labels=((EVIL, "en"),), tags=(EVIL,), definitions={"en": EVIL},
    ),
    concept("pipe", "pipe.md", {"en": PIPE}, layer="", area=""),
    concept("x", "x.md", {"en": "X"}),
    concept("y", "y.md", {"en": "Y"}),
    concept("容器/隔离 a", "容器/隔离 a.md", {"zh": "隔离"}, layer="technology", area="containers"),
    concept("raft.en", "raft.en.md", {"en": "Raft in English"}),
)  # fmt: skip

EDGES = (
    ("raft", "broader", "quorum", "raft.md", 7),
    ("raft", "uses", "evil", "raft.md", 8),
    ("evil", "related", "quorum", "evil.md", 2),
    ("quorum", "lonely", "raft", "quorum.md", 3),
    ("x", "broader", "y", "x.md", 1),
    ("y", "broader", "x", "y.md", 1),
    ("x", "", "raft", "x.md", 1),
    ("y", "", "raft", "y.md", 2),
)


def iri(name: str) -> str:
    return BASE + name


def assessment(languages: tuple[str, ...] = ("zh", "en")) -> Assessment:
    notes = {path: parse_note(path, text.encode()) for path, text in sorted(NOTES.items())}
    links = tuple(
        ResolvedLink(path, link, MEANS.get((path, link.target), Broken("no-such-note", ())))
        for path, note in notes.items()
        for link in note.links
    )
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(c.iri for c in CONCEPTS)
    for source, key, target, path, line in EDGES:
        predicate = next((r.iri for r in RELATIONS.values() if r.key == key), LINKS_TO)
        network.add_edge(iri(source), iri(target), key=predicate, asserted=True, typed=bool(key), path=path, line=line)
    # What a rule derived is not a statement of an author: no page may show it as one.
    network.add_edge(iri("quorum"), iri("raft"), key=SKOS + "narrower", asserted=False, typed=True, path="", line=0)
    broken = Finding("KG101", "broken-link", "error", "raft.md", 8, 3, f"no note {EVIL}", "did you mean <quorum>?")
    warning = Finding("KG201", "no-source", "warning", "quorum.md", 1, 1, "no source")
    return Assessment(
        corpus=Corpus(
            notes=notes,
            concepts={c.iri: c for c in CONCEPTS},
            concept_of={c.path: c.iri for c in CONCEPTS},
            links=links,
            assertions=(Assertion(iri("raft"), SKOS + "broader", iri("quorum"), "raft.md", 31, 1, "text"),),
            faults=(),
            attachments=frozenset(("pic.png",)),
        ),
        network=network,
        relations=RELATIONS,
        concepts={
            c.iri: ConceptMeasures(degree, min(degree, 2), 1.0, 0.4 / (n + 1), 0.1 * degree, min(degree, 2), 0.0, n % 2)
            for n, (c, degree) in enumerate(zip(CONCEPTS, (4, 2, 2, 0, 2, 2, 1, 0), strict=True))
        },
        communities=(
            Community(0, {"zh": "共识", "en": f"Consensus {EVIL}"}, (iri("raft"), iri("evil"), iri("x")), (iri("raft"),)),
            Community(1, {"en": "Rest | *rest*"}, (iri("quorum"), iri("pipe"), iri("y")), ()),
        ),
        hierarchy=Hierarchy(
            parents={iri("raft"): (iri("quorum"),), iri("x"): (iri("y"),), iri("y"): (iri("x"),)},
            children={iri("quorum"): (iri("raft"),), iri("x"): (iri("y"),), iri("y"): (iri("x"),)},
            roots=(iri("quorum"),),
            orphans=(iri("evil"), iri("pipe"), iri("容器/隔离 a"), iri("raft.en")),
            depth={iri("quorum"): 0, iri("raft"): 1},
            cycles=((iri("x"), iri("y")),),
            redundant=((iri("raft"), iri("quorum")),),
            polyhierarchy=(iri("raft"),),
            tops=(iri("pipe"),),
        ),
        measures=(
            Measure(
                "concept_association", 6, 8, 0.9, (iri("evil"), iri("pipe")),
                {iri("evil"): ("broader-concept",), iri("pipe"): ("typed-relations", EVIL)},
                diagnostics={"components": 3},
            ),
            Measure("theory_coverage", 0, 0, 0.95, note=f"no scope {EVIL}"),
            Measure("linkage", 7, 8, None, parts={EVIL: (1, 2), "none": (0, 0)}),
            Measure("logical_consistency", 8995, 10000, 0.9),
        ),
        findings=(broken, warning),
        positions={},
        title={"zh": "测试库", "en": f"Test {EVIL}"},
        languages=languages,
        pairs=(PairMeasures(iri("raft"), iri("pipe"), 1.234, (iri("quorum"), iri("evil")), terms=(EVIL,)),),
    )  # fmt: skip


def empty(languages: tuple[str, ...] = ("zh", "en")) -> Assessment:
    return Assessment(
        corpus=Corpus.empty(),
        network=nx.MultiDiGraph(),
        relations=RELATIONS,
        concepts={},
        communities=(),
        hierarchy=Hierarchy({}, {}, (), (), {}, (), (), (), ()),
        measures=(Measure("concept_association", 0, 0, 0.9), Measure("linkage", 0, 0, None)),
        findings=(),
        positions={},
        title={},
        languages=languages,
    )


def pages(artifacts: Iterable[Artifact]) -> dict[str, str]:
    made = list(artifacts)
    found = {a.path: a.data.decode() for a in made}
    assert len(found) == len(made), "two artifacts have one path"
    return found
