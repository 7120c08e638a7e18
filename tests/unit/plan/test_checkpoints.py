"""Which checkpoints were due, and the record of one in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from kg.model import Measure
from kg.plan.checkpoints import GRACE, Due, format_slot, list_due, slots
from kg.plan.journal import Assessed, CheckpointWritten, Done, Interrupted, Recorded, Resumed, RiskNoted, Started
from kg.plan.record import CheckpointContent, checkpoint_key, day_of, file_name, render_record
from kg.plan.state import PlanProgress, TaskState, replay_journal
from kg.plan.tasks.acceptance import ClauseResult

SHANGHAI = timezone(timedelta(hours=8))
# 2 March 2026 is a Monday.
MONDAY = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def test_slots_are_in_the_zone_of_the_plan_and_both_ends_count() -> None:
    assert list(slots("daily", local(2, 9), local(3, 9), SHANGHAI)) == [local(2, 9), local(2, 12), local(2, 17), local(3, 9)]
    assert list(slots("daily", local(2, 9, 1), local(2, 16, 59), SHANGHAI)) == [local(2, 12)]
    # Where it is 14 hours later than in UTC, the morning of the third is the evening of the second.
    kiritimati = timezone(timedelta(hours=14))
    evening = datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert list(slots("daily", evening - timedelta(hours=2), evening, kiritimati)) == [
        datetime(2026, 3, 3, 9, tzinfo=kiritimati)
    ]
    west = timezone(timedelta(hours=-12))
    night = datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert list(slots("daily", night, night + timedelta(hours=5), west)) == [datetime(2026, 3, 1, 17, tzinfo=west)]
    # Sunday evening in UTC is Monday morning in Shanghai.
    assert list(slots("weekly", datetime(2026, 3, 1, 20, tzinfo=UTC), local(8, 23), SHANGHAI)) == [
        local(2, 17), local(4, 17), local(6, 17),
    ]  # fmt: skip
    assert list(slots("monthly", local(2, 0), local(31, 17), SHANGHAI)) == [local(31, 17)]
    assert [s.day for s in slots("monthly", datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC), UTC)] == [29]


def test_what_became_of_each_checkpoint(plan: Any) -> None:
    def written(day: int, hour: int, when: datetime) -> Any:
        return plan.at(format_slot(when), CheckpointWritten, kind="daily", slot=format_slot(local(day, hour)), path="p")

    state = replay_journal(
        [
            plan.at("00:30", Started, task="a"),  # 08:30 in Shanghai
            written(2, 9, local(2, 9) + GRACE),
            written(2, 17, local(2, 17) + GRACE + timedelta(seconds=1)),
        ]
    )
    expected = [("met", 9), ("missing", 12), ("late", 17)]
    found = list_due(state, local(3, 8), SHANGHAI, ("daily",))
    assert found == tuple(Due("daily", local(2, hour), kind) for kind, hour in expected)  # type: ignore[arg-type]
    for when, kind in (
        (local(3, 9), "due"),
        (local(3, 9) + GRACE, "due"),
        (local(3, 9) + GRACE + timedelta(seconds=1), "overdue"),
    ):
        assert list_due(state, when, SHANGHAI, ("daily",))[-1] == Due("daily", local(3, 9), kind)  # type: ignore[arg-type]
    assert [d.open for d in found] == [False, True, False]
    assert [d.open for d in (Due("daily", local(3, 9), "due"), Due("daily", local(3, 9), "overdue"))] == [True, True]
    assert {d.kind for d in list_due(state, local(31, 18), SHANGHAI)} == {"daily", "weekly", "monthly"}
    # A checkpoint of another kind at the same time is another one.
    assert list_due(state, local(2, 17), SHANGHAI, ("weekly",)) == (Due("weekly", local(2, 17), "due"),)
    assert list_due(PlanProgress(), local(3, 9), SHANGHAI) == ()


def test_days_names_and_parts() -> None:
    assert [day_of("2026-03-02", f"2026-03-0{n}T00:00:00Z") for n in (1, 2, 3)] == [0, 1, 2]
    assert file_name("weekly", local(4, 17)) == "checkpoints/2026-03-04-1700-weekly.md"
    assert checkpoint_key("daily", local(4, 12)) == "daily-12"
    assert checkpoint_key("weekly", local(4, 17)) == "weekly-2"
    assert checkpoint_key("monthly", local(31, 17)) == "monthly-0"


RECORD = """---
title: {zh: "上午进展检查 2026-03-03 12:00", en: "Progress at noon, 2026-03-03 12:00"}
type: page
---

# 上午进展检查 2026-03-03 12:00 / Progress at noon

应于 / due 2026-03-03T04:00:00Z；写于 / written 2026-03-03T04:05:00Z；自 / since 2026-03-02T10:01:00Z；第 2 天 / day 2

## 已完成 / Done

- 2026-03-02T10:01:00Z [[b]] 开始 / started — Ann <a@b.c>
- 2026-03-02T10:02:00Z [[b]] 记录 / record m\\|n: two lines — Ann <a@b.c>
- 2026-03-02T10:03:00Z [[b]] 完成 / done — Ann <a@b.c>
- 2026-03-02T10:04:00Z 中断 / interrupt i (market.users): the \\| reason — Ann <a@b.c>
- 2026-03-02T10:05:00Z 中断结束 / interrupt over i — Ann <a@b.c>
- 2026-03-02T10:06:00Z 中断 / interrupt j (market.users): again — Ann <a@b.c>

11 次提交 / commits

- c0 \\| x
- c1
- c2
- c3
- c4
- c5
- c6
- c7
- c8
- c9
- … 1 次 / more

## 计划 / Planned

- 进行中 / going on: [[a]] 第 1–1 天 / days 1–1，关键路径 / critical，已过期 / overdue
- 可以开始 / can begin: [[f]]\x20
- 可以开始 / can begin: [[e]] 第 2–2 天 / days 2–2

## 问题 / Problems

- 中断 / interrupt j (market.users), 2026-03-02T10:06:00Z: again; 阶段 / phase evaluate
- [[a]] (started): `x >= 1` 0 \\| none; `y >= 1` 0
- [[b]] 曾完成，验收不再成立 / was done, its acceptance no longer holds: `x >= 1` gone
- [[c]] (paused): `x >= 1` 0
- 3 个错误 / errors: `kg check`

## 风险登记表 / Risk register

| id | 风险 / risk | 可能性 / likelihood | 影响 / impact | 缓解 / mitigation |
|---|---|---|---|---|
| r1 | a \\| b | low | high | — |
| r2 | T | medium | low | M |
| — | [[a]] 已过期 / overdue by 1 | high | high | — |
| — | [[g]] 已过期 / overdue by 1 | high | medium | — |

## 度量 / Measures

| 度量 / measure | 上次 / then (2026-03-02) | 现在 / now | 目标 / target |
|---|---|---|---|
| linkage | 未知 / unknown | 66.6% | 90.0% |
| innovation.theory | 1 | 2 | — |
| accuracy | 50.0% | 未知 / unknown | 98.0% |

## 决定 / Decisions

由人填写；kg 不改写这份记录。 / For people to fill in; kg never rewrites this record.

- [ ] 下午任务可行性 / whether the afternoon's tasks can be done:
- [ ] 调整资源分配 / reallocated resources:
"""


def test_a_record_in_full(plan: Any) -> None:
    tasks = [
        plan.task("a", 1, 1), plan.task("b", 1, 1), plan.task("c", 1, 3), plan.task("d", 2, 2, "a"), plan.task("e", 2, 2),
        plan.task("f"), plan.task("g", 1, 1), plan.task("h", 3, 5, "a"),
    ]  # fmt: skip
    events = [
        plan.at("10:00", Started, task="a"), plan.at("10:00", Started, task="c"),
        plan.at("10:01", Started, task="b"),
        plan.at("10:02", Recorded, task="b", name="m|n", text="two\nlines"),
        plan.at("10:03", Done, task="b"),
        plan.at("10:04", Interrupted, id="i", trigger="market.users", reason="the | reason"),
        plan.at("10:05", Resumed, interrupt="i"),
        plan.at("10:06", Interrupted, id="j", trigger="market.users", reason="again", tasks=("c", "g")),
        plan.at("10:07", RiskNoted, id="r1", text="a | b", likelihood="low", impact="high"),
        plan.at("10:07", RiskNoted, id="r2", text="T", likelihood="medium", impact="low", mitigation="M"),
        plan.at("10:07", RiskNoted, id="r3", text="T", likelihood="low", impact="low", closed=True),
        plan.at("10:08", Assessed, interrupt="j", phase="evaluate", records={"impact": "x"}),
        plan.at("2026-03-04T00:00:00Z", Done, task="zzz"),
    ]  # fmt: skip
    missed, held = ClauseResult("x >= 1", False, "0"), ClauseResult("z", True, "there")
    now = CheckpointContent(
        tasks, replay_journal(events[:-1]), events,
        {
            "a": (missed._replace(found="0 | none"), held, missed._replace(text="y >= 1")), "c": (missed,),
            "b": (missed._replace(found="gone"),), "e": (missed,),
        },
        [Measure("linkage", 2, 3, 0.9), Measure("innovation.theory", 2, 3, None, unit="count"),
         Measure("accuracy", 0, 0, 0.98)],
        {"innovation.theory": 1, "accuracy": 0.5}, "2026-03-02", {"error": 3, "warning": 9},
        ["c0 | x", *(f"c{n}" for n in range(1, 11))], "2026-03-02T10:01:00Z", "2026-03-03T04:05:00Z", "2026-03-02",
    )  # fmt: skip
    assert render_record("daily", local(3, 12), now).decode() == RECORD


def test_risks_of_what_was_replanned(plan: Any) -> None:
    """Task b is critical only by what was added to it."""
    tasks = [plan.task("a", 1, 3), plan.task("b", 1, 1)]
    state = PlanProgress({"b": TaskState(added=9)})
    now = replace(EMPTY, tasks=tasks, state=state, start="2026-03-01", written="2026-03-05T10:00:00Z")
    text = render_record("daily", local(5, 9), now).decode()
    assert "| — | [[a]] 已过期 / overdue by 2 | high | medium | — |" in text
    assert "| — | [[b]] 已过期 / overdue by 4 | high | high | — |" in text


EMPTY = CheckpointContent([], PlanProgress(), [], {}, [], {}, "", {}, [], "2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z", "")


def test_a_record_of_nothing() -> None:
    text = render_record("monthly", local(31, 17), EMPTY).decode()
    assert "# 月度里程碑检查 2026-03-31 17:00 / Milestones of the month\n" in text
    assert "第 0 天 / day 0\n" in text
    assert "## 已完成 / Done\n\n- 日志没有新事件 / nothing new in the journal\n\n0 次提交 / commits\n\n## 计划" in text
    assert "## 计划 / Planned\n\n- 没有可以继续或开始的任务 / no task goes on or can begin\n\n## 问题" in text
    assert "## 问题 / Problems\n\n- 无 / none\n\n## 风险登记表 / Risk register\n\n- 无 / none\n\n## 度量" in text
    assert "| 度量 / measure | 上次 / then | 现在 / now | 目标 / target |\n|---|---|---|---|\n\n## 决定" in text
    assert text.count("- [ ] ") == 5


@pytest.mark.parametrize(
    ("kind", "slot", "title"),
    [
        ("daily", local(2, 9), "Start of the day"),
        ("daily", local(2, 17), "End of the day"),
        ("weekly", local(2, 17), "Plan of the week"),
        ("weekly", local(4, 17), "Progress at mid-week"),
        ("weekly", local(6, 17), "Review of the week and plan of the next"),
    ],
)
def test_titles(kind: Any, slot: datetime, title: str) -> None:
    assert f" / {title}\n" in render_record(kind, slot, EMPTY).decode()
