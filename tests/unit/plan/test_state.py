"""The state that follows from events, in full."""

from __future__ import annotations

from typing import Any

from kg.plan.journal import Assessed, CheckpointWritten, Done, Interrupted, Recorded, Resumed, RiskNoted, Started
from kg.plan.state import InterruptState, PlanProgress, TaskState, as_data, between, parse_time, replay_journal

ANN = "Ann <a@b.c>"


def at(minute: str) -> str:
    return f"2026-03-02T{minute}:00Z"


def test_a_task_from_open_to_done(plan: Any) -> None:
    state = replay_journal(
        [
            plan.at("10:00", Started, task="a"),
            plan.at("10:01", Recorded, task="a", name="meeting", text="held"),
            plan.at("10:05", Done, task="a", held=("x: 1",), deliverables={"f": "0"}),
        ]
    )
    assert state == PlanProgress(
        {
            "a": TaskState(
                "done", at("10:00"), at("10:05"), ANN, {"meeting": f"held ({ANN}, 2026-03-02)"}, ("x: 1",), {"f": "0"}
            )
        },
        first=at("10:00"), last=at("10:05"),
    )  # fmt: skip
    assert state.of("other") == TaskState()
    again = replay_journal([*_done(plan), plan.at("11:00", Started, task="a")])
    assert again.tasks["a"] == TaskState("started", at("11:00"), "", ANN), "begun again"


def _done(plan: Any) -> list[Any]:
    return [plan.at("10:00", Started, task="a"), plan.at("10:05", Done, task="a")]


def test_what_changes_nothing_is_noted(plan: Any) -> None:
    state = replay_journal(
        [
            plan.at("10:00", Started, task="a"),
            plan.at("10:01", Started, task="a"),
            plan.at("10:02", Done, task="b"),
            plan.at("10:03", Interrupted, id="i", trigger="market.users"),
            plan.at("10:04", Interrupted, id="i", trigger="market.users"),
            plan.at("10:05", Started, task="a"),
            plan.at("10:06", Done, task="a"),
            plan.at("10:07", Assessed, interrupt="j", phase="evaluate", records={}),
            plan.at("10:08", Resumed, interrupt="j"),
            plan.at("10:09", Resumed, interrupt="i"),
            plan.at("10:10", Resumed, interrupt="i"),
            plan.at("10:11", Assessed, interrupt="i", phase="evaluate", records={}),
        ]
    )
    assert state.notes == [
        f"{at('10:01')} {ANN}: a was started already",
        f"{at('10:02')} {ANN}: b was open, so it could not be done",
        f"{at('10:04')} {ANN}: i is open already",
        f"{at('10:05')} {ANN}: a was started already",
        f"{at('10:06')} {ANN}: a was paused, so it could not be done",
        f"{at('10:07')} {ANN}: j is not open",
        f"{at('10:08')} {ANN}: j is not open",
        f"{at('10:10')} {ANN}: i is not open",
        f"{at('10:11')} {ANN}: i is not open",
    ]
    assert state.tasks["a"] == TaskState("started", at("10:00"), "", ANN, lost=360)


def test_an_interrupt_from_its_beginning_to_its_end(plan: Any) -> None:
    events = [
        plan.at("10:00", Started, task="b"),
        plan.at("10:01", Started, task="a"),
        plan.at("10:01", Started, task="free"),
        plan.at("10:02", Interrupted, id="i", trigger="market.users", tasks=("b", "a", "c"), reason="R", cause="gate:x"),
        plan.at("10:03", Started, task="c"),
        plan.at("10:04", Assessed, interrupt="i", phase="evaluate", records={"impact": "large"}),
        plan.at(
            "10:05", Assessed, interrupt="i", phase="evaluate", records={"impact": "small", "loss": "L"}, days={"a": 2, "n": 1}
        ),
        plan.at("10:06", Assessed, interrupt="i", phase="replan", records={}, days={"a": -1}),
        plan.at("10:12", Resumed, interrupt="i"),
    ]
    before = replay_journal(events, at("10:06"))
    opened = InterruptState(
        "i", "market.users", "R", ANN, at("10:02"), "gate:x", ("b", "a", "c"), ("a", "b"),
        {"evaluate": {"impact": ("small", ANN, at("10:05")), "loss": ("L", ANN, at("10:05"))}, "replan": {}}, {"a": 1, "n": 1},
    )  # fmt: skip
    assert before.interrupts == {"i": opened}
    assert before.open_interrupts == (opened,)
    assert (opened.phase, opened.seconds, opened.lacking("evaluate")) == ("evaluate", 0, ("issues", "strategy"))
    assert [opened.stops(t) for t in ("a", "c", "free")] == [True, True, False]
    assert before.tasks == {
        "b": TaskState("paused", at("10:00"), "", ANN, stopped=at("10:02")),
        "a": TaskState("paused", at("10:01"), "", ANN, stopped=at("10:02"), added=1),
        "free": TaskState("started", at("10:01"), "", ANN),
        "c": TaskState("paused", at("10:03"), "", ANN, stopped=at("10:03")),
        "n": TaskState(added=1),
    }
    after = replay_journal(events)
    closed = after.interrupts["i"]
    assert (closed.resumed, closed.resumed_by, closed.phase, closed.seconds) == (at("10:12"), ANN, "closed", 600)
    assert (after.open_interrupts, closed.stops("a")) == ((), False)
    assert {n: (t.state, t.lost, t.stopped) for n, t in after.tasks.items()} == {
        "b": ("started", 600, ""), "a": ("started", 600, ""), "free": ("started", 0, ""), "c": ("started", 540, ""),
        "n": ("open", 0, ""),
    }  # fmt: skip


def test_two_interrupts_stop_a_task_until_both_are_over(plan: Any) -> None:
    events = [
        plan.at("10:00", Started, task="a"),
        plan.at("10:01", Interrupted, id="i", trigger="market.users"),
        plan.at("10:02", Interrupted, id="j", trigger="market.users", tasks=("a",)),
        plan.at("10:03", Resumed, interrupt="i"),
        plan.at("10:05", Resumed, interrupt="j"),
    ]
    assert replay_journal(events, at("10:03")).tasks["a"].state == "paused"
    state = replay_journal(events)
    assert (state.tasks["a"].state, state.tasks["a"].lost) == ("started", 240)
    assert [i.paused for i in state.interrupts.values()] == [("a",), ()]


def test_phases_follow_each_other() -> None:
    found = InterruptState("i", "security.data", "", "", at("10:00"), "", ())
    for phase in ("evaluate", "mitigate", "replan"):
        assert found.phase == phase
        found.records[phase] = dict.fromkeys(found.lacking(phase), ("t", "a", "w"))
    assert found.phase == "resume"


def test_risks_and_checkpoints_and_plain_data(plan: Any) -> None:
    risk = plan.at("10:00", RiskNoted, id="r", text="T", likelihood="low", impact="high")
    changed = plan.at("10:02", RiskNoted, id="r", text="T", likelihood="low", impact="low", closed=True)
    check = plan.at("10:01", CheckpointWritten, kind="daily", slot=at("09:00"), path="p", measures={"m": 0.5})
    opened = plan.at("10:03", Interrupted, id="i", trigger="market.users")
    state = replay_journal([risk, check, changed, opened])
    assert (state.risks, state.checkpoints) == ({"r": changed}, [check])
    named = {"event": "risk", "time": at("10:02"), "actor": ANN, "id": "r", "text": "T", "likelihood": "low", "impact": "low"}
    assert as_data(state) == {
        "tasks": {},
        "interrupts": [
            {
                "id": "i", "trigger": "market.users", "reason": "", "actor": ANN, "opened": at("10:03"), "cause": "",
                "tasks": (), "paused": (), "records": {}, "days": {}, "resumed": "",
                "resumed_by": "", "phase": "evaluate", "seconds": 0,
            }
        ],
        "risks": {"r": {**named, "closed": True}},
        "checkpoints": [
            {
                "event": "checkpoint", "time": at("10:01"), "actor": ANN, "kind": "daily", "slot": at("09:00"), "path": "p",
                "measures": {"m": 0.5},
            }
        ],
        "notes": [], "first": at("10:00"), "last": at("10:03"),
    }  # fmt: skip
    tasks = as_data(replay_journal([plan.at("10:01", Started, task="b"), plan.at("10:00", Started, task="a")]))
    assert list(tasks["tasks"]) == ["a", "b"]  # type: ignore[call-overload]
    assert (tasks["first"], tasks["last"]) == (at("10:01"), at("10:01")), "in the order of the journal"


def test_times() -> None:
    assert parse_time("2026-03-02T10:00:00Z").isoformat() == "2026-03-02T10:00:00+00:00"
    assert between(at("10:01"), at("10:00")) == 0
    assert between("2026-03-02T10:00:00+08:00", "2026-03-02T02:00:01Z") == 1
    assert replay_journal([]) == PlanProgress()
