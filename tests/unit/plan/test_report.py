"""The report of an interrupt in full, what interrupts a plan, and how a plan was carried out as linked data."""

from __future__ import annotations

import hashlib
from typing import Any

import pyoxigraph as ox
import pytest

from kg.base.errors import UsageError
from kg.base.names import KG
from kg.graph import Graph
from kg.plan.interrupts import PHASES, TRIGGERS, find_trigger, list_wanted_records, record_label
from kg.plan.journal import Assessed, Done, Interrupted, Resumed, Started
from kg.plan.provenance import add_plan
from kg.plan.report import format_duration, interrupt_report
from kg.plan.state import replay_journal

OPENED = """---
title: {zh: 中断 i, en: Interrupt i}
type: page
---

# 中断 i：数据安全新标准 / Interrupt i: a new data security standard

| | |
|---|---|
| 类型 / kind | 技术 / technical: 安全合规问题 / security and compliance (`security.data`) |
| 原因 / reason | a \\| b |
| 自动触发 / opened by itself | `gate:x` |
| 开始 / opened | 2026-03-02T10:02:00Z, Ann <a@b.c> |
| 恢复 / resumed | 尚未 / not yet |
| 影响的任务 / tasks concerned | [[a]]、[[z]] |
| 暂停的任务 / tasks paused | [[a]] |

## 评估 / Evaluate

- **评估新技术影响 / impact of the new technology or fault**: large and | wide — Ann <a@b.c>, 2026-03-02T10:03:00Z
- **分析迁移成本 / cost of migration**: 待记录 / to be recorded
- **制定技术路线 / technical route**: 待记录 / to be recorded
- **评估风险影响 / risks and their impact**: 待记录 / to be recorded

## 缓解 / Mitigate

- **制定缓解措施 / mitigation measures**: 待记录 / to be recorded
- **建立应急预案 / emergency plan**: 待记录 / to be recorded
- **准备备选方案 / alternative**: 待记录 / to be recorded
- **建立监控机制 / monitoring**: 待记录 / to be recorded

## 调整计划 / Replan

- **调整技术方案 / changed technical solution**: 待记录 / to be recorded
- **修改实施计划 / changed steps**: 待记录 / to be recorded
- **重新分配资源 / reallocated resources**: 待记录 / to be recorded
- **更新时间安排 / changed schedule**: 待记录 / to be recorded

## 损失与变更 / Cost and changes

- [[a]]: +2 天（重新计划） / days by replanning
- [[z]]: -1 天（重新计划） / days by replanning

| 任务 / task | 原计划 / before | 新计划 / after |
|---|---|---|
| [[a]] 任务 a | 1–1 | 1–3 |
| [[b]] 任务 b | 2–2 | 4–4 |
| [[z]] 任务 z | 3–5 | 5–6 |

关键路径 / critical path: 5 → 6 天 / days
"""


def _interrupted(plan: Any) -> tuple[list[Any], list[Any]]:
    tasks = [plan.task("a", 1, 1), plan.task("b", 2, 2, "a"), plan.task("z", 3, 5, "b"), plan.task("s", 1, 1)]
    events = [
        plan.at("10:00", Started, task="a"),
        plan.at("10:01", Started, task="s"),
        plan.at("10:02", Interrupted, id="i", trigger="security.data", tasks=("a", "z"), reason="a | b", cause="gate:x"),
        plan.at(
            "10:03", Assessed, interrupt="i", phase="evaluate", records={"impact": "large\nand | wide"}, days={"a": 2, "z": -1}
        ),
    ]
    return tasks, events


def test_the_report_of_an_open_interrupt(plan: Any) -> None:
    tasks, events = _interrupted(plan)
    assert interrupt_report(replay_journal(events).interrupts["i"], tasks, events).decode() == OPENED


def test_the_report_of_one_that_is_over(plan: Any) -> None:
    tasks, events = _interrupted(plan)
    events += [
        plan.at("2026-03-03T11:04:30Z", Resumed, interrupt="i"),
        # What comes later is none of its business.
        plan.at("2026-03-03T12:00:00Z", Interrupted, id="j", trigger="market.users", reason="r"),
        plan.at("2026-03-03T12:00:01Z", Assessed, interrupt="j", phase="replan", records={}, days={"b": 7}),
    ]
    text = interrupt_report(replay_journal(events).interrupts["i"], tasks, events).decode()
    assert (
        "| 恢复 / resumed | 2026-03-03T11:04:30Z, Ann <a@b.c> |\n| 历时 / lasted | 1 d 1 h 2 min |\n"
        "| 影响的任务 / tasks concerned | [[a]]、[[z]] |\n"
    ) in text
    assert "- [[a]]: 1 d 1 h 2 min 停顿 / stopped\n- [[a]]: +2 天" in text
    # A whole day was lost besides the two.
    assert "| [[a]] 任务 a | 1–1 | 1–4 |\n| [[b]] 任务 b | 2–2 | 5–5 |\n| [[z]] 任务 z | 3–5 | 6–7 |\n" in text
    assert text.endswith("\n关键路径 / critical path: 5 → 7 天 / days\n")


def test_the_report_of_one_that_stopped_nothing(plan: Any) -> None:
    events = [plan.at("10:00", Interrupted, id="i", trigger="market.users", reason="r")]
    text = interrupt_report(replay_journal(events).interrupts["i"], [plan.task("a", 1, 2)], events).decode()
    assert (
        "| 类型 / kind | 业务 / business: 市场变化 / market (`market.users`) |\n| 原因 / reason | r |\n| 开始 / opened" in text
    )
    assert (
        "| 影响的任务 / tasks concerned | 所有未完成的任务 / all tasks that are not done |\n"
        "| 暂停的任务 / tasks paused | 无 / none |\n"
    ) in text
    assert text.endswith(
        "## 损失与变更 / Cost and changes\n\n- 没有任务停顿，计划未变 / No task was stopped, and the plan is unchanged\n\n"
        "关键路径 / critical path: 2 → 2 天 / days\n"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 min"),
        (1, "1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_400, "1 d"),
        (90_060, "1 d 1 h 1 min"),
    ],
)
def test_durations(seconds: int, said: str) -> None:
    assert format_duration(seconds) == said


def test_triggers_and_what_each_phase_asks_for() -> None:
    found = find_trigger("security.data")
    assert (found.key, found.nature) == ("security.data", "technical")
    assert (found.group("zh"), found.group("en")) == ("安全合规问题", "security and compliance")
    assert (found.label("zh"), found.label("en")) == ("数据安全新标准", "a new data security standard")
    assert list_wanted_records("market.users", "replan") == ("resources", "team", "schedule", "support")
    assert all(len(list_wanted_records(t.key, phase)) == 4 for t in TRIGGERS for phase in PHASES)
    every_text = [t.group(lang) + t.label(lang) for t in TRIGGERS for lang in ("zh", "en")]
    for t in TRIGGERS:
        for phase in PHASES:
            records = list_wanted_records(t.key, phase)
            every_text += [record_label(t.key, phase, record, lang) for record in records for lang in ("zh", "en")]
    assert all(every_text)
    with pytest.raises(UsageError, match=r"^there is no trigger 'market\.x'$") as error:
        find_trigger("market.x")
    assert error.value.hint == "known: market.demand, market.competition, market.technology, market.users"
    with pytest.raises(UsageError) as every:
        find_trigger("x")
    assert every.value.hint == "known: " + ", ".join(t.key for t in TRIGGERS)


def test_how_a_plan_was_carried_out(plan: Any) -> None:
    tasks = [plan.task("open"), plan.task("a", number=7), plan.task("b")]
    events = [
        plan.at("10:00", Started, task="a"),
        plan.at("10:01", Started, task="b"),
        plan.at("10:02", Done, task="b", deliverables={"f.md": "0" * 64, 'e"': "1" * 64}),
    ]
    graph = Graph(ox.Store(), "https://x.org/")
    add_plan(graph, tasks, replay_journal(events))
    name = ox.NamedNode("https://x.org/plan")
    prov, p_plan = "http://www.w3.org/ns/prov#", "http://purl.org/net/p-plan#"
    ann = next(q.subject for q in graph.store.quads_for_pattern(None, None, ox.NamedNode(prov + "Agent"), name))
    assert isinstance(ann, ox.NamedNode)
    # The first twelve digits of SHA-256 of "Ann <a@b.c>" stand for her.
    assert ann.value == "https://x.org/plan/agent/" + hashlib.sha256(b"Ann <a@b.c>").hexdigest()[:12]
    expected = set()

    def say(subject: str, predicate: str, value: str, kind: str = "") -> None:
        rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
        literal = ox.Literal(value, datatype=ox.NamedNode(kind)) if kind.startswith("http") else ox.Literal(value)
        node = ox.NamedNode(value) if kind == "iri" else literal
        expected.add((f"https://x.org/plan/{subject}", predicate or rdf, node))

    time = "http://www.w3.org/2001/XMLSchema#dateTime"
    for activity, step, status, began in (("7", "a", "started", "10:00"), ("3", "b", "done", "10:01")):
        say(f"activity/{activity}", "", p_plan + "Activity", "iri")
        say(f"activity/{activity}", "", prov + "Activity", "iri")
        say(f"activity/{activity}", p_plan + "correspondsToStep", f"https://x.org/{step}", "iri")
        say(f"activity/{activity}", KG + "status", status)
        say(f"activity/{activity}", prov + "startedAtTime", f"2026-03-02T{began}:00Z", time)
        say(f"activity/{activity}", prov + "wasAssociatedWith", ann.value, "iri")
    say("activity/3", prov + "endedAtTime", "2026-03-02T10:02:00Z", time)
    for path, digest in (("f.md", "0"), ('e"', "1")):
        say(f"deliverable/{digest * 16}", "", prov + "Entity", "iri")
        say(f"deliverable/{digest * 16}", "http://purl.org/dc/terms/title", path)
        say(f"deliverable/{digest * 16}", KG + "digest", digest * 64)
        say(f"deliverable/{digest * 16}", prov + "wasGeneratedBy", "https://x.org/plan/activity/3", "iri")
    agent = ann.value.removeprefix("https://x.org/plan/")
    say(agent, "", prov + "Agent", "iri")
    say(agent, "http://xmlns.com/foaf/0.1/name", "Ann")
    assert {
        (q.subject.value, q.predicate.value, q.object) for q in graph.store.quads_for_pattern(None, None, None, name)
    } == expected
    assert len(graph.store) == len(expected)


def test_what_was_replanned_before_is_none_of_a_later_interrupt(plan: Any) -> None:
    tasks = [plan.task("a", 1, 1), plan.task("b", 1, 1), plan.task("c", 2, 2, "a")]
    events = [
        plan.at("10:00", Started, task="b"), plan.at("10:00", Started, task="a"),
        plan.at("10:01", Interrupted, id="h", trigger="market.users", reason="r"),
        plan.at("10:02", Assessed, interrupt="h", phase="replan", records={}, days={"a": 3}),
        plan.at("10:03", Resumed, interrupt="h"),
        plan.at("10:04", Interrupted, id="i", trigger="market.users", reason="r"),
        plan.at("10:05", Assessed, interrupt="i", phase="replan", records={}, days={"c": 1}),
    ]  # fmt: skip
    text = interrupt_report(replay_journal(events).interrupts["i"], tasks, events).decode()
    assert "| 暂停的任务 / tasks paused | [[a]]、[[b]] |\n" in text
    assert "| [[c]] 任务 c | 5–5 | 5–6 |\n\n关键路径 / critical path: 5 → 6 天 / days\n" in text
    assert "| [[a]] 任务 a |" not in text
