"""What can interrupt a plan, and the records that each phase of an interrupt asks for (parts 5.1 and 5.2 of the seed plan)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from kg.base.errors import UsageError
from kg.model import Lang

Nature = Literal["technical", "business"]
PHASES: Final = ("evaluate", "mitigate", "replan")
"""In this order; then work resumes."""


class Trigger(NamedTuple):
    """A kind of event that interrupts work."""

    key: str
    nature: Nature
    group: Mapping[Lang, str]
    label: Mapping[Lang, str]


def _group(nature: Nature, group: tuple[str, str], *rows: tuple[str, str, str]) -> tuple[Trigger, ...]:
    named = {"zh": group[0], "en": group[1]}
    return tuple(Trigger(key, nature, named, {"zh": zh, "en": en}) for key, zh, en in rows)


TRIGGERS: Final = (
    *_group(
        "technical", ("重大技术突破", "breakthrough"),
        ("breakthrough.quantum", "量子计算重大突破", "a breakthrough in quantum computing"),
        ("breakthrough.ai", "AI 技术重大进展", "a major advance in AI"),
        ("breakthrough.containers", "容器技术重大创新", "a major innovation in containers"),
        ("breakthrough.microservices", "微服务架构重大变革", "a major change of microservice architecture"),
    ),
    *_group(
        "technical", ("安全合规问题", "security and compliance"),
        ("security.vulnerability", "发现严重安全漏洞", "a severe vulnerability"),
        ("security.compliance", "新的合规要求", "a new requirement of compliance"),
        ("security.privacy", "隐私保护新法规", "new privacy law"),
        ("security.data", "数据安全新标准", "a new standard of data security"),
    ),
    *_group(
        "technical", ("性能瓶颈", "performance bottleneck"),
        ("performance.target", "无法达到性能目标", "a performance target that can't be reached"),
        ("performance.resources", "资源消耗过高", "too much consumption of resources"),
        ("performance.scalability", "扩展性限制", "a limit of scalability"),
        ("performance.availability", "可用性问题", "a problem of availability"),
    ),
    *_group(
        "technical", ("质量下降", "loss of quality"),
        ("quality.gate", "度量门限不再达到", "a gate that is no longer met"),
        ("quality.evidence", "证据被推翻", "evidence that was refuted"),
    ),
    *_group(
        "business", ("战略调整", "strategy"),
        ("strategy.direction", "公司战略方向变化", "a change of the company's direction"),
        ("strategy.focus", "业务重点调整", "another focus of business"),
        ("strategy.allocation", "资源分配变化", "another allocation of resources"),
        ("strategy.priority", "优先级调整", "other priorities"),
    ),
    *_group(
        "business", ("市场变化", "market"),
        ("market.demand", "市场需求变化", "a change of demand"),
        ("market.competition", "竞争环境变化", "a change of competition"),
        ("market.technology", "技术趋势变化", "a change of technical trends"),
        ("market.users", "用户需求变化", "a change of what users need"),
    ),
    *_group(
        "business", ("资源变化", "resources"),
        ("resources.people", "关键人员流失", "a loss of key people"),
        ("resources.budget", "预算大幅削减", "a large cut of the budget"),
        ("resources.technology", "技术资源不足", "a want of technical resources"),
        ("resources.time", "时间压力过大", "too much pressure of time"),
    ),
)  # fmt: skip
"""Part 5.1 of the seed plan, and what kg itself can see (loss of quality)."""

_BY_KEY: Final = {t.key: t for t in TRIGGERS}

RECORDS: Final[Mapping[Nature, Mapping[str, Mapping[str, Mapping[Lang, str]]]]] = {
    "technical": {
        "evaluate": {
            "impact": {"zh": "评估新技术影响", "en": "impact of the new technology or fault"},
            "cost": {"zh": "分析迁移成本", "en": "cost of migration"},
            "route": {"zh": "制定技术路线", "en": "technical route"},
            "risk": {"zh": "评估风险影响", "en": "risks and their impact"},
        },
        "mitigate": {
            "measures": {"zh": "制定缓解措施", "en": "measures that mitigate"},
            "emergency": {"zh": "建立应急预案", "en": "emergency plan"},
            "alternative": {"zh": "准备备选方案", "en": "alternative"},
            "monitoring": {"zh": "建立监控机制", "en": "how it is monitored"},
        },
        "replan": {
            "solution": {"zh": "调整技术方案", "en": "changed technical solution"},
            "steps": {"zh": "修改实施计划", "en": "changed steps"},
            "resources": {"zh": "重新分配资源", "en": "resources allocated anew"},
            "schedule": {"zh": "更新时间安排", "en": "changed schedule"},
        },
    },
    "business": {
        "evaluate": {
            "impact": {"zh": "评估业务影响", "en": "impact on the business"},
            "loss": {"zh": "分析损失程度", "en": "extent of the loss"},
            "issues": {"zh": "识别关键问题", "en": "key issues"},
            "strategy": {"zh": "制定恢复策略", "en": "strategy of recovery"},
        },
        "mitigate": {
            "alternative": {"zh": "制定备选方案", "en": "alternative"},
            "scope": {"zh": "调整项目范围", "en": "changed scope"},
            "goals": {"zh": "重新设定目标", "en": "goals set anew"},
            "allocation": {"zh": "优化资源配置", "en": "better allocation of resources"},
        },
        "replan": {
            "resources": {"zh": "重新分配资源", "en": "resources allocated anew"},
            "team": {"zh": "调整团队配置", "en": "changed team"},
            "schedule": {"zh": "优化时间安排", "en": "changed schedule"},
            "support": {"zh": "建立支持机制", "en": "support"},
        },
    },
}
"""Nature → phase → records that it asks for (part 5.2)."""


def find_trigger(key: str) -> Trigger:
    """The trigger of a key. Raises UsageError where there is none."""
    trigger_ = _BY_KEY.get(key)
    if trigger_ is None:
        near = [k for k in _BY_KEY if k.startswith(key.partition(".")[0])] or list(_BY_KEY)
        raise UsageError(f"there is no trigger '{key}'", hint=f"known: {', '.join(near)}")
    return trigger_


def list_wanted_records(key: str, phase: str) -> Mapping[str, Mapping[Lang, str]]:
    """The records that a phase of an interrupt by this trigger asks for.

    >>> sorted(list_wanted_records("security.vulnerability", "evaluate"))
    ['cost', 'impact', 'risk', 'route']
    """
    return RECORDS[find_trigger(key).nature][phase]
