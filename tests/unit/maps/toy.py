"""A made-up knowledge base of any size, for tests of views."""

from __future__ import annotations

import random

import networkx as nx

from kg.model import Assessment, Community, Concept, ConceptMeasures, Corpus, Hierarchy, Relation

BASE = "https://example.org/kb/"
LINK = "https://w3id.org/kg-notes/ns#linksTo"
NS = "https://w3id.org/kg-notes/ns#"

NAMES = """\
容器/Container
容器镜像/Container image
控制组/Control group
Linux命名空间/Linux namespace
联合文件系统/Union file system
容器运行时/Container runtime
OCI镜像规范/OCI Image Specification
编排/Orchestration
Kubernetes集群/Kubernetes cluster
调度器/Scheduler
声明式接口/Declarative API
控制循环/Control loop
服务网格/Service mesh
边车/Sidecar
服务发现/Service discovery
负载均衡/Load balancing
熔断器/Circuit breaker
限流/Rate limiting
重试与退避/Retry with backoff
微服务架构/Microservice architecture
限界上下文/Bounded context
领域驱动设计/Domain-driven design
事件溯源/Event sourcing
命令查询职责分离/Command query responsibility segregation
分布式事务/Distributed transaction
两阶段提交/Two-phase commit
共识/Consensus
Raft共识算法/Raft
Paxos算法/Paxos
FLP不可能性/FLP impossibility
CAP定理/CAP theorem
线性一致性/Linearizability
最终一致性/Eventual consistency
因果一致性/Causal consistency
逻辑时钟/Logical clock
向量时钟/Vector clock
故障检测器/Failure detector
先发生关系/Happened-before relation
可观测性/Observability
分布式追踪/Distributed tracing
指标/Metric
日志/Log
持续交付/Continuous delivery
不可变基础设施/Immutable infrastructure
基础设施即代码/Infrastructure as code
灰度发布/Canary release
零信任/Zero trust
沙箱容器/Sandboxed container
供应链安全/Supply-chain security
准入控制/Admission control
无服务器/Serverless
边缘计算/Edge computing
WebAssembly运行时/WebAssembly runtime
联邦学习/Federated learning
模型推理服务/Model serving
形式化验证/Formal verification
模型检测/Model checking
时序逻辑/Temporal logic
进程代数/Process algebra
霍尔逻辑/Hoare logic
""".splitlines()

LAYERS = ("theory", "technology", "practice", "frontier")


def _relation(key: str, zh: str, en: str, kind: str, inverse: str | None, *, symmetric: bool = False) -> Relation:
    labels = {"zh": zh, "en": en}
    other = None if inverse is None else NS + inverse
    return Relation(NS + key, key, labels, {}, (), (), other, symmetric, False, kind)  # type: ignore[arg-type]


RELATIONS = {
    r.iri: r
    for r in (
        _relation("broader", "上位概念", "broader", "broader", "narrower"),
        _relation("narrower", "下位概念", "narrower", "narrower", "broader"),
        _relation("dependsOn", "依赖", "depends on", "associative", "requiredBy"),
        _relation("requiredBy", "被依赖", "is required by", "associative", "dependsOn"),
        _relation("enables", "使能", "enables", "associative", None),
        _relation("contrastsWith", "对比", "contrasts with", "associative", None, symmetric=True),
    )
}


def concept(i: int, **changes: object) -> Concept:
    zh, _, en = NAMES[i % len(NAMES)].partition("/")
    turn = i // len(NAMES)
    labels = {"zh": zh + (f"之{turn + 1}" if turn else ""), "en": en + (f" {turn + 1}" if turn else "")}
    values: dict[str, object] = {
        "iri": f"{BASE}c{i:05d}",
        "id": f"c{i:05d}",
        "path": f"{i}.md",
        "labels": labels,
        "alt_labels": (),
        "type": "concept",
        "layer": LAYERS[i % 4],
        "area": f"area-{i % 7}",
        "definitions": {
            "zh": f"{labels['zh']}是一种机制：一组进程在独立的资源视图中运行，并受独立的限额约束。",
            "en": f"{labels['en']} is a mechanism by which a group of processes runs with its own view of resources.",
        },
        "sources": (),
        "tags": (),
        "status": "draft",
    }
    return Concept(**{**values, **changes})  # type: ignore[arg-type]


def assessment(size: int = 91, groups: int = 7, seed: int = 1, replaced: dict[int, Concept] | None = None) -> Assessment:
    """A base of communities: a hierarchy in each, associations and links within and between them."""
    rng = random.Random(seed)
    concepts = [(replaced or {}).get(i) or concept(i) for i in range(size)]
    group = [i * groups // max(size, 1) for i in range(size)]
    members = [[i for i in range(size) if group[i] == g] for g in range(groups)]
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(c.iri for c in concepts)

    def join(a: int, b: int, key: str) -> None:
        if a != b:
            typed = key != LINK
            graph.add_edge(concepts[a].iri, concepts[b].iri, key=key, asserted=True, typed=typed, path="a.md", line=1)

    for own in members:
        for n, i in enumerate(own[1:], 1):
            join(i, own[rng.randrange(0, n) // 3], NS + "broader")
            join(i, rng.choice(own), rng.choice([NS + "dependsOn", NS + "enables", NS + "contrastsWith", LINK]))
    for i in range(size):
        if rng.random() < 0.35:
            join(i, rng.randrange(size), rng.choice([NS + "dependsOn", LINK]))
    degree = {iri: len(set(graph.predecessors(iri)) | set(graph.successors(iri))) for iri in graph}
    measures = {
        c.iri: ConceptMeasures(degree[c.iri], 0, 0.0, 0.001 + degree[c.iri] / (size * 4), 0.0, 1, 0.0, group[i])
        for i, c in enumerate(concepts)
    }
    communities = tuple(
        Community(
            g,
            {lang: " · ".join(concepts[i].label(lang) for i in own[:2]) for lang in ("zh", "en")},
            tuple(concepts[i].iri for i in own),
            (),
        )
        for g, own in enumerate(members)
        if own
    )
    centres = [(rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8)) for _ in range(groups)]
    positions = {
        c.iri: (centres[group[i]][0] + rng.gauss(0, 0.16), centres[group[i]][1] + rng.gauss(0, 0.16))
        for i, c in enumerate(concepts)
    }
    return Assessment(
        corpus=Corpus({}, {c.iri: c for c in concepts}, {}, (), (), ()),
        network=graph,
        relations=RELATIONS,
        concepts=measures,
        communities=communities,
        hierarchy=Hierarchy({}, {}, (), (), {}, (), (), (), ()),
        measures=(),
        findings=(),
        positions=positions,
        title={"zh": "容器与微服务知识库", "en": "Containers and microservices"},
        languages=("zh", "en"),
    )
