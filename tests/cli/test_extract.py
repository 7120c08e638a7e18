"""``kg extract``: concepts in documents that hold many, as drafts, as candidates and as sections read as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

# Fixtures of tests/conftest.py: `kg` runs the command line, `base` writes files into a folder.

DOCUMENT = """# 7.1 服务网格形式化定义 / Service Mesh Formal Definition

## 目录

- [1. 定义](#1-形式化定义)

## 1. 形式化定义

服务网格是一个五元组 $SM = (P, C, R, M, S)$，其中：

- **优点**: 解耦、可观测
- **数据平面**：转发流量的代理

### 1.2 控制平面定义 / Control Plane Definition

**定义1.2（控制平面）：**
控制平面是下发配置的组件。

### 1.3 代理定理 / Proxy Theorem

**Sidecar** is a proxy beside each instance of a service.

```python
# **不是概念** is a comment of code
### 假标题定义 / Fake Definition
```

```mermaid
graph TB
  A[控制平面] -->|使用| B[数据平面]
  A --> C[Sidecar]
  D[服务A] --> A
```

```mermaid
graph TB
  X[检查证书] --> Y{有效}
  Y -->|是| Z[放行]
```
"""
SECOND = """# 部署

**定义2.1（数据平面）：** 数据平面是转发流量的代理集合。

```mermaid
graph LR
  Q[流量镜像] --> R[数据平面]
```

流量治理是观测的前提。
"""
THIRD = "# 路由\n\n说的是流量治理，很难。\n\n```mermaid\ngraph LR\n  Q[流量镜像] --> R[Sidecar]\n```\n"
FOURTH = "# 说明\n\n流量治理与别的事。\n"
USES = "SELECT ?a ?b { ?x kg:uses ?y . ?x skos:prefLabel ?a . ?y skos:prefLabel ?b }"
NOTES = {
    "concepts/mesh.md": DOCUMENT, "concepts/deploy.md": SECOND, "concepts/route.md": THIRD, "concepts/x.md": FOURTH,
}  # fmt: skip


def _rows(text: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in map(json.loads, text.splitlines())}


def test_drafts_have_names_definitions_places_and_relations(kg: Any, base: Any) -> None:
    folder = base(NOTES)
    ran = kg("extract", "-C", folder, "--format", "jsonl")
    assert ran.status == 0, ran.stderr
    rows = _rows(ran.stdout)
    control = rows["control-plane"]
    assert control["names"] == {"zh": "控制平面", "en": "Control Plane"}
    assert control["definition"] == "控制平面是下发配置的组件。"
    assert {(p["path"], p["line"], p["kind"]) for p in control["where"]} == {
        ("mesh.md", 14, "heading"), ("mesh.md", 16, "definition"), ("mesh.md", 30, "diagram"),
    }  # fmt: skip
    assert control["relations"] == [{"relation": "uses", "target": "数据平面", "label": "使用", "where": "mesh.md:30"}]
    assert control["suggestions"] == [{"target": "sidecar", "label": "", "where": "mesh.md:31"}]
    assert rows["proxy-theorem"]["type"] == "theorem"
    assert rows["sidecar"]["definition"] == "Sidecar is a proxy beside each instance of a service."
    assert "流量镜像" in rows  # in the diagrams of two documents
    named = {name for row in rows.values() for name in row["names"].values()}
    # "Definition" alone defines what the document is about.
    assert rows["service-mesh"]["definition"] == "服务网格是一个五元组 $SM = (P, C, R, M, S)$。"
    # Parts of documents, nodes that stand for any, steps of procedures and code are none.
    assert not {"优点", "服务A", "有效", "检查证书", "假标题", "不是概念"} & named


def test_drafts_are_notes_that_build(kg: Any, base: Any) -> None:
    folder = base(NOTES)
    before = {p: p.read_bytes() for p in (folder / "concepts").glob("*.md")}
    ran = kg("extract", "-C", folder, "--to", str(folder / "concepts/drafts"))
    assert ran.status == 0, ran.stderr
    written = [Path(line) for line in ran.stdout.splitlines()]
    assert {p.name for p in written} >= {"control-plane.md", "sidecar.md"}
    assert {p: p.read_bytes() for p in before} == before
    own = folder / "concepts/drafts/control-plane.md"
    assert 'uses: ["[[数据平面]]"]' in own.read_text()
    kg("build", "-q", "-C", folder, "--stage", "metrics")
    asked = kg("query", "-C", folder, "--format", "csv", USES)
    assert "控制平面,数据平面" in asked.stdout
    # Not a byte of a draft that somebody has worked on is lost, and what is a concept now is drafted no more.
    own.write_text("---\nid: control-plane\n---\n# 我的\n")
    again = kg("extract", "-C", folder, "--to", str(folder / "concepts/drafts"))
    assert own.read_text() == "---\nid: control-plane\n---\n# 我的\n"
    assert "sidecar.md" not in again.stdout


def test_a_definition_as_a_tuple_states_its_components(kg: Any, base: Any) -> None:
    mesh = """# 网格

**定义 1（服务网格）：**
服务网格是一个三元组 $M = (D, C, P)$，其中：

- $D$：数据平面（Data Plane）
- $C$ 是控制平面集合
- $P$：$D \\to C$
- 不是分量

**定义 2（数据平面）：** 数据平面是转发流量的代理集合。

```text
服务网格是一个二元组 $M = (X, Y)$，其中：

- $X$：假分量（False Part）
```
"""
    other = "# 别处\n\n服务网格为一个二元组 $M = (C, Y)$，其中：\n\n- $C$：控制平面（Control Plane）\n- $Y$：只说一次的\n"
    folder = base({"concepts/mesh.md": mesh, "concepts/other.md": other})
    ran = kg("extract", "-C", folder, "--format", "jsonl")
    assert ran.status == 0, ran.stderr
    rows = _rows(ran.stdout)
    # A component that one document names once is a candidate; "控制平面" is one in two documents.
    assert {name for row in rows.values() for name in row["names"].values()} == {
        "服务网格", "数据平面", "Data Plane", "控制平面", "Control Plane",
    }  # fmt: skip
    assert rows["服务网格"]["relations"] == [
        {"relation": "has-part", "target": "data-plane", "label": "", "where": "mesh.md:6"},
        {"relation": "has-part", "target": "control-plane", "label": "", "where": "mesh.md:7"},
    ]
    (folder / "kg.toml").write_text("sections-as-concepts = true\n")
    assert kg("build", "-q", "-C", folder, "--stage", "graph").status == 0
    asked = kg("query", "-C", folder, "--format", "csv", USES.replace("kg:uses", "kg:hasPart"))
    assert "服务网格,控制平面" in asked.stdout


def test_some_notes_alone(kg: Any, base: Any) -> None:
    folder = base(NOTES)
    rows = _rows(kg("extract", "-C", folder, "--format", "jsonl", "deploy.md").stdout)
    assert set(rows) == {"数据平面"}
    ran = kg("extract", "-C", folder, "no.md")
    assert ran.status == 2
    assert "there is no note no.md" in ran.stderr


def test_candidates_are_used_and_not_defined(kg: Any, base: Any) -> None:
    folder = base(NOTES)
    ran = kg("extract", "-C", folder, "--candidates", "--format", "jsonl")
    rows = {row["name"]: row for row in map(json.loads, ran.stdout.splitlines())}
    assert set(rows) == {"流量治理"}
    assert rows["流量治理"]["notes"] == 3
    assert rows["流量治理"]["where"] == ["deploy.md:10", "route.md:3", "x.md:3"]
    assert kg("extract", "-C", folder, "--candidates", "--to", "x").status == 2


@pytest.mark.parametrize("on", [False, True])
def test_sections_are_read_as_concepts_where_the_settings_say_so(kg: Any, base: Any, *, on: bool) -> None:
    folder = base({**NOTES, "kg.toml": f"sections-as-concepts = {str(on).lower()}\n"})
    before = {p: p.read_bytes() for p in folder.rglob("*.md")}
    ran = kg("build", "-q", "-C", folder)
    assert ran.status in (0, 1), ran.stderr
    asked = kg("query", "-C", folder, "--format", "csv", USES)
    assert ("控制平面,数据平面" in asked.stdout) is on
    assert (folder / "output/concepts/control-plane.html").is_file() is on
    assert {p: p.read_bytes() for p in before} == before
    # Drafts are still there to be taken, whatever the build reads.
    assert "control-plane" in kg("extract", "-C", folder).stdout


def test_a_setting_that_is_no_switch(kg: Any, base: Any) -> None:
    folder = base({**NOTES, "kg.toml": "sections-as-concepts = 'yes'\n"})
    ran = kg("build", "-C", folder)
    assert ran.status == 2
    assert "sections-as-concepts = true" in ran.stderr


MANY = (
    """# Gateway

## 定义

## Ingress Definition / 说明

**定义 3（入口网关）：** 入口网关是接收外部请求的组件。

## 熔断定义 / Circuit Breaking Definition

- **Circuit breaker** (断路器): is a switch that stops calls to a service that fails.
- **Load balancer**: spreads requests over instances of it.
- Text with **bold** in it.
- **Short**: no

服务网关为一个二元组 $G = (A, B)$，其中：

- $A$：接入层（Access Layer）

一个三元组 $M = (D, C, P)$，其中：

- $D$：数据（Data）

## 熔断定义 / Breaking Definition

一种保护。

## 长文定义 / Long Text Definition

"""
    + "It goes on without an end " * 40
)


def test_documents_that_say_it_in_many_ways(kg: Any, base: Any) -> None:
    ends = ("前提", "结果", "目标")
    rest = {f"concepts/p{n}.md": f"# P{n}\n\n流量治理策略是{end}。\n\n说的是流量治理，{end}。\n" for n, end in enumerate(ends)}
    folder = base({"concepts/many.md": MANY, **rest})
    rows = _rows(kg("extract", "-C", folder, "--format", "jsonl").stdout)
    said = {name: (row["names"], row["aliases"], row["definition"]) for name, row in rows.items()}
    long = said.pop("long-text")[2]
    assert (long[:22], long[-1], len(long) < len(MANY)) == ("It goes on without an ", "…", True)
    breaker = {"en": "Circuit breaker", "zh": "断路器"}
    assert said == {
        "入口网关": ({"zh": "入口网关"}, [], "入口网关是接收外部请求的组件。"),
        "ingress": ({"en": "Ingress"}, [], "入口网关是接收外部请求的组件。"),
        "breaking": ({"zh": "熔断", "en": "Breaking"}, ["Circuit Breaking"], "一种保护。"),
        "circuit-breaker": (breaker, [], "Circuit breaker is a switch that stops calls to a service that fails."),
    }
    table = kg("extract", "-C", folder, "--quiet")
    assert (table.status, table.stderr, table.stdout.count("many.md:")) == (0, "", 5)
    # A phrase that stands in a longer one only as often as that is not a candidate.
    ran = kg("extract", "-C", folder, "--candidates")
    assert [line.split()[:1] for line in ran.stdout.splitlines()[1:]] == [["流量治理策略"]]
    drafts = folder / "concepts/drafts"
    assert kg("extract", "-C", folder, "--to", drafts, "many.md").status == 0
    assert 'aliases: ["Circuit Breaking"]' in (drafts / "breaking.md").read_text()
