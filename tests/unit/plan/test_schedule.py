"""The critical path, worked out by hand, and what can be done next."""

from __future__ import annotations

from typing import Any

from kg.plan.journal import Assessed, Done, Interrupted, Resumed, Started
from kg.plan.schedule import Schedule, Slot, extra_days, list_upcoming, open_before, schedule_tasks
from kg.plan.state import PlanProgress, TaskState, replay_journal


def test_the_critical_path_by_hand(plan: Any) -> None:
    """Task a (2 days) before b (3) and c (1); d (1) after both; e (2) alone: a, b, d take 6 days, c may slip by 2, e by 4."""
    tasks = [
        plan.task("d", 9, 9, "c", "b"), plan.task("a", 1, 2), plan.task("b", 3, 5, "a"), plan.task("c", 3, 3, "a"),
        plan.task("e", 1, 2),
    ]  # fmt: skip
    assert schedule_tasks(tasks) == Schedule(
        {"a": Slot(1, 2, 0), "b": Slot(3, 5, 0), "c": Slot(3, 3, 2), "d": Slot(6, 6, 0), "e": Slot(1, 2, 4)},
        ("a", "b", "d"), 6,
    )  # fmt: skip
    assert list(schedule_tasks(tasks).slots) == ["a", "b", "c", "d", "e"], "what comes before stands before"


def test_of_two_longest_chains_one_is_named(plan: Any) -> None:
    tasks = [plan.task("x", 1, 1), plan.task("y", 1, 1), plan.task("z", 2, 2, "x", "y"), plan.task("w", 2, 2, "y")]
    found = schedule_tasks(tasks)
    assert (found.critical, found.days) == (("y", "w"), 2), "of those that end last the first by id"
    assert all(slot.slack == 0 for slot in found.slots.values())
    assert schedule_tasks([tasks[0], tasks[1], tasks[2]]).critical == ("y", "z"), "of equals before it the last by id"


def test_a_plan_without_tasks() -> None:
    assert schedule_tasks([]) == Schedule({}, (), 0)


def test_what_replanning_adds_and_interrupts_take(plan: Any) -> None:
    day = 86_400
    state = PlanProgress(
        {"a": TaskState(added=2, lost=day - 1), "b": TaskState(added=-5, lost=day), "c": TaskState(lost=2 * day + 1)}
    )
    assert [extra_days(state, n) for n in "abcd"] == [2, -4, 2, 0]
    assert extra_days(None, "a") == 0
    tasks = [plan.task("a", 1, 2), plan.task("b", 3, 4, "a"), plan.task("c", 5, 5, "b")]
    # 2 + 2 days; 2 − 4, but at least one; 1 + 2.
    assert schedule_tasks(tasks, state).slots == {"a": Slot(1, 4, 0), "b": Slot(5, 5, 0), "c": Slot(6, 8, 0)}


def test_what_goes_on_what_can_begin_and_what_waits(plan: Any) -> None:
    tasks = [
        plan.task("late", 7, 9), plan.task("g", 1, 1), plan.task("done", 1, 1), plan.task("r2", 2, 2, "done"),
        plan.task("r1", 1, 2), plan.task("w", 3, 3, "done", "g", "r1"), plan.task("p", 1, 1),
        plan.task("stopped", 1, 2, "done"), plan.task("r0", 1, 2),
    ]  # fmt: skip
    state = replay_journal(
        [
            plan.at("10:00", Started, task="g"), plan.at("10:01", Started, task="done"), plan.at("10:02", Done, task="done"),
            plan.at("10:03", Started, task="p"),
            plan.at("10:04", Interrupted, id="i", trigger="market.demand", tasks=("p", "stopped")),
        ]
    )  # fmt: skip
    found = list_upcoming(tasks, state)
    assert [t.id for t in found.going] == ["g"]
    # The chain r1, w takes three days as late does; then by slack, planned day, id.
    assert [t.id for t in found.ready] == ["r1", "late", "r0", "r2"]
    assert [(t.id, why) for t, why in found.waiting] == [("w", ("g", "r1"))]
    assert [t.id for t in found.paused] == ["p", "stopped"]
    assert open_before(tasks[5], state) == ("g", "r1")


def test_a_plan_in_which_all_goes_on(plan: Any) -> None:
    events = [
        plan.at("10:00", Started, task="a"), plan.at("10:01", Interrupted, id="i", trigger="market.demand"),
        plan.at("10:02", Assessed, interrupt="i", phase="replan", records={"team": "x"}, days={"a": 2}),
        plan.at("10:03", Resumed, interrupt="i"),
    ]  # fmt: skip
    found = list_upcoming([plan.task("a", 1, 1)], replay_journal(events))
    assert [t.id for t in found.going] == ["a"]
    assert schedule_tasks([plan.task("a", 1, 1)], replay_journal(events)).days == 3


def test_what_was_replanned_says_what_is_urgent(plan: Any) -> None:
    tasks = [plan.task("a", 1, 2), plan.task("b", 1, 1)]
    assert [t.id for t in list_upcoming(tasks, PlanProgress()).ready] == ["a", "b"]
    assert [t.id for t in list_upcoming(tasks, PlanProgress({"b": TaskState(added=5)})).ready] == ["b", "a"]
