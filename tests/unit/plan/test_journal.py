"""The journal: chained, merged, torn, tampered with, and appended to by many at once."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.base.errors import UsageError
from kg.plan.folder import JOURNAL
from kg.plan.journal import (
    Done,
    Event,
    Interrupted,
    PlanEvents,
    Recorded,
    Resumed,
    Started,
    _ordered,
    append_events,
    read_journal,
)
from kg.plan.state import as_data, replay_journal


def _at(minute: int) -> dict[str, str]:
    return {"time": f"2026-03-01T10:{minute:02d}:00Z", "actor": "Ann <ann@example.org>"}


def _story() -> list[Event]:
    return [
        Started(**_at(0), task="a"),
        Recorded(**_at(1), task="a", name="meeting", text="held"),
        Interrupted(**_at(2), id="i-1", trigger="security.vulnerability", reason="found"),
        Resumed(**_at(5), interrupt="i-1"),
        Done(**_at(6), task="a", held=("x: 1",)),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    append_events(tmp_path, _story())
    return tmp_path


def test_lines_are_objects_that_follow_each_other(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / JOURNAL).read_text().splitlines()]
    assert [r["event"] for r in rows] == ["start", "record", "interrupt", "resume", "done"]
    assert [r.get("prev", []) for r in rows] == [[], *([r["seal"]] for r in rows[:-1])]
    state = replay_journal(read_journal(folder).events)
    assert (state.tasks["a"].state, state.tasks["a"].lost) == ("done", 180)
    assert replay_journal(read_journal(folder).events, "2026-03-01T10:02:30Z").tasks["a"].state == "paused"


@pytest.mark.parametrize("line", range(5))
def test_an_altered_line_is_found(folder: Path, line: int) -> None:
    rows = (folder / JOURNAL).read_text().splitlines()
    row = json.loads(rows[line])
    row["actor"] = "Eve"
    rows[line] = json.dumps(row)
    (folder / JOURNAL).write_text("\n".join(rows) + "\n")
    with pytest.raises(UsageError, match=rf"{JOURNAL}:{line + 1}: the line was altered"):
        read_journal(folder)


@pytest.mark.parametrize("line", range(4))
def test_a_line_that_is_gone_or_sealed_anew_is_found(folder: Path, line: int) -> None:
    from kg.plan.journal import _READER, seal_of

    rows = (folder / JOURNAL).read_bytes().splitlines()
    event = msgspec.structs.replace(_READER.read(rows[line]), actor="Eve", seal="")
    anew = msgspec.json.encode(msgspec.structs.replace(event, seal=seal_of(event)))
    for changed in (rows[:line] + rows[line + 1 :], [*rows[:line], anew, *rows[line + 1 :]]):
        (folder / JOURNAL).write_bytes(b"\n".join(changed) + b"\n")
        with pytest.raises(UsageError, match="was altered or is gone"):
            read_journal(folder)


def test_a_torn_last_line_is_left_out_and_dropped_by_the_next(folder: Path) -> None:
    whole = (folder / JOURNAL).read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    (folder / JOURNAL).write_bytes(whole[:-1])  # only the line break is gone: an editor, or a crash behind the last byte
    assert (len(read_journal(folder).events), read_journal(folder).torn) == (5, 0)
    append_events(folder, [Done(**_at(7), task="a")])
    assert (folder / JOURNAL).read_bytes().startswith(whole)
    assert len(read_journal(folder).events) == 6
    for size in range(2, len(last)):
        (folder / JOURNAL).write_bytes(whole[:-size])
        journal = read_journal(folder)
        assert (len(journal.events), journal.torn) == (4, len(last) - size)
        added = append_events(folder, [Done(**_at(7), task="a")])
        journal = read_journal(folder)
        assert (len(journal.events), journal.torn, journal.events[-1]) == (5, 0, added[0])


def test_a_conflict_that_is_not_resolved(folder: Path) -> None:
    path = folder / JOURNAL
    path.write_bytes(path.read_bytes() + b"<<<<<<< HEAD\n")
    with pytest.raises(UsageError, match=f"{JOURNAL}:6: a git conflict is not resolved"):
        read_journal(folder)


def test_branches_merge_to_one_state_in_any_order_of_lines(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    sides = []
    for name in ("b", "c"):
        side = tmp_path_factory.mktemp(name)
        (side / JOURNAL).write_bytes((folder / JOURNAL).read_bytes())
        append_events(side, [Started(**_at(10), task=name), Done(**_at(11 if name == "b" else 12), task=name)])
        sides.append((side / JOURNAL).read_text().splitlines(keepends=True))
    base = (folder / JOURNAL).read_text().splitlines(keepends=True)
    states = set()
    for ours, theirs in (sides, reversed(sides)):
        (folder / JOURNAL).write_text("".join([*ours, *theirs[len(base) :]]))
        journal = read_journal(folder)
        assert (len(journal.events), len(journal.heads)) == (9, 2)
        states.add(json.dumps(as_data(replay_journal(journal.events))))
    assert len(states) == 1
    # What comes next ties both together.
    append_events(folder, [Started(**_at(20), task="d")])
    assert len(read_journal(folder).heads) == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_any_order_of_lines_gives_the_same_events(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("order")
    append_events(folder, _story())
    expected = read_journal(folder).events
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    random.Random(seed).shuffle(lines)
    (folder / JOURNAL).write_bytes(b"".join(lines))
    assert read_journal(folder).events == expected


def _many(folder: Path, name: str) -> None:
    for n in range(25):
        append_events(folder, [Started(**_at(n), task=f"{name}{n}")])


def test_two_who_append_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_many, args=(tmp_path, name)) for name in "xy"]
    for process in both:
        process.start()
    for process in both:
        process.join(100)
        assert process.exitcode == 0
    journal = read_journal(tmp_path)
    assert {e.task for e in journal.events} == {f"{name}{n}" for name in "xy" for n in range(25)}
    assert len(journal.heads) == 1, "one chain"


def test_an_event_is_written_with_what_it_says_and_no_more(tmp_path: Path) -> None:
    append_events(tmp_path, [Done(**_at(1), task="a", deliverables={"f": "0"})])
    (line,) = (tmp_path / JOURNAL).read_bytes().splitlines()
    row = json.loads(line)
    said = {
        "event": "done",
        "time": "2026-03-01T10:01:00Z",
        "actor": "Ann <ann@example.org>",
        "task": "a",
        "deliverables": {"f": "0"},
    }
    assert row == {**said, "seal": row["seal"]}
    # SHA-256 over the rest, keys in order.
    sorted_ = json.dumps(dict(sorted(said.items())), separators=(",", ":")).encode()
    assert row["seal"] == hashlib.sha256(sorted_).hexdigest()


def test_what_is_said_of_lines_that_are_wrong(folder: Path) -> None:
    path = folder / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    mend = "'kg plan' writes this file; keep the lines of both sides of a merge"
    altered = lines[1].replace(b"held", b"hold")
    for changed, said, hint in (
        (b"=======\n", "6: a git conflict is not resolved", mend),
        (b">>>>>>> x\n", "6: a git conflict is not resolved", mend),
        (b'{"event":"x"}\n', "6: Invalid value 'x' - at `$.event`", mend),
        (b'{"event":"start\xff"}\n', "6: ", mend),
        (b"\n{}\n", "7: ", mend),
        (
            altered,
            "6: the line was altered after it was written",
            "take it back as git has it; what was wrong is corrected by a later event",
        ),
    ):
        path.write_bytes(b"".join(lines) + changed)
        with pytest.raises(UsageError) as error:
            read_journal(folder)
        assert str(error.value).startswith(f"{path}:{said}")
        assert error.value.hint == hint
    seal = json.loads(lines[1])["seal"][:12]
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    with pytest.raises(UsageError) as gone:
        read_journal(folder)
    assert str(gone.value) == f"{path}:2: the line that it follows ({seal}…) was altered or is gone"
    assert gone.value.hint == "take the file back as git has it, or merge both sides of it whole"


def test_blank_lines_repeated_lines_and_no_file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = folder / JOURNAL
    before = read_journal(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"\n" + b"".join(lines + lines[2:]) + b"  \n")
    assert read_journal(folder) == before
    assert read_journal(tmp_path_factory.mktemp("none")) == PlanEvents(())
    path.write_bytes(b"torn")
    assert read_journal(folder) == PlanEvents((), 4)


def test_free_lines_are_ordered_by_time_and_what_follows_comes_after() -> None:
    def event(minute: int, seal: str, *prev: str) -> Started:
        return Started(**_at(minute), task=seal, seal=seal, prev=prev)

    # c follows both a and b, though its clock went backwards; of b1 and b2, which are of one time, the smaller seal is first.
    events = [
        event(9, "d", "c"),
        event(0, "c", "b", "a"),
        event(5, "b"),
        event(6, "a"),
        event(7, "b2", "b", "b"),
        event(7, "b1", "b"),
    ]
    assert [e.seal for e in _ordered(events)] == ["b", "a", "c", "b1", "b2", "d"]
    assert PlanEvents(tuple(events)).heads == ("b1", "b2", "d")
