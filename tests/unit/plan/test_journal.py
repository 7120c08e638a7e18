"""The journal: chained, merged, torn, tampered with, and appended to by many at once."""

from __future__ import annotations

import json
import multiprocessing
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import UsageError
from kg.plan.journal import FILE, Done, Event, Interrupted, Recorded, Resumed, Started, append, read
from kg.plan.state import as_data, reduce


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
    append(tmp_path, _story(), tmp_path)
    return tmp_path


def test_lines_are_objects_that_follow_each_other(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / FILE).read_text().splitlines()]
    assert [r["event"] for r in rows] == ["start", "record", "interrupt", "resume", "done"]
    assert [r.get("prev", []) for r in rows] == [[], *([r["seal"]] for r in rows[:-1])]
    state = reduce(read(folder).events)
    assert (state.tasks["a"].state, state.tasks["a"].lost) == ("done", 180)
    assert reduce(read(folder).events, "2026-03-01T10:02:30Z").tasks["a"].state == "paused"


@pytest.mark.parametrize("line", range(5))
def test_an_altered_line_is_found(folder: Path, line: int) -> None:
    rows = (folder / FILE).read_text().splitlines()
    row = json.loads(rows[line])
    row["actor"] = "Eve"
    rows[line] = json.dumps(row)
    (folder / FILE).write_text("\n".join(rows) + "\n")
    with pytest.raises(UsageError, match=rf"{FILE}:{line + 1}: the line was altered"):
        read(folder)


@pytest.mark.parametrize("line", range(4))
def test_a_line_that_is_gone_or_sealed_anew_is_found(folder: Path, line: int) -> None:
    from kg.plan.journal import _DECODER, seal_of

    rows = (folder / FILE).read_bytes().splitlines()
    event = msgspec.structs.replace(_DECODER.decode(rows[line]), actor="Eve", seal="")
    anew = msgspec.json.encode(msgspec.structs.replace(event, seal=seal_of(event)))
    for changed in (rows[:line] + rows[line + 1 :], [*rows[:line], anew, *rows[line + 1 :]]):
        (folder / FILE).write_bytes(b"\n".join(changed) + b"\n")
        with pytest.raises(UsageError, match="was altered or is gone"):
            read(folder)


def test_a_torn_last_line_is_left_out_and_dropped_by_the_next(folder: Path) -> None:
    whole = (folder / FILE).read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for size in range(1, len(last)):
        (folder / FILE).write_bytes(whole[:-size])
        journal = read(folder)
        assert (len(journal.events), journal.torn) == (4, len(last) - size)
        added = append(folder, [Done(**_at(7), task="a")], folder)
        journal = read(folder)
        assert (len(journal.events), journal.torn, journal.events[-1]) == (5, 0, added[0])


def test_a_conflict_that_is_not_resolved(folder: Path) -> None:
    path = folder / FILE
    path.write_bytes(path.read_bytes() + b"<<<<<<< HEAD\n")
    with pytest.raises(UsageError, match=f"{FILE}:6: a git conflict is not resolved"):
        read(folder)


def test_branches_merge_to_one_state_in_any_order_of_lines(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    sides = []
    for name in ("b", "c"):
        side = tmp_path_factory.mktemp(name)
        (side / FILE).write_bytes((folder / FILE).read_bytes())
        append(side, [Started(**_at(10), task=name), Done(**_at(11 if name == "b" else 12), task=name)], side)
        sides.append((side / FILE).read_text().splitlines(keepends=True))
    base = (folder / FILE).read_text().splitlines(keepends=True)
    states = set()
    for ours, theirs in (sides, reversed(sides)):
        (folder / FILE).write_text("".join([*ours, *theirs[len(base) :]]))
        journal = read(folder)
        assert (len(journal.events), len(journal.heads)) == (9, 2)
        states.add(json.dumps(as_data(reduce(journal.events))))
    assert len(states) == 1
    # What comes next ties both together.
    append(folder, [Started(**_at(20), task="d")], folder)
    assert len(read(folder).heads) == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_any_order_of_lines_gives_the_same_events(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("order")
    append(folder, _story(), folder)
    expected = read(folder).events
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    random.Random(seed).shuffle(lines)
    (folder / FILE).write_bytes(b"".join(lines))
    assert read(folder).events == expected


def _many(folder: Path, name: str) -> None:
    for n in range(25):
        append(folder, [Started(**_at(n), task=f"{name}{n}")], folder)


def test_two_who_append_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_many, args=(tmp_path, name)) for name in "xy"]
    for process in both:
        process.start()
    for process in both:
        process.join(100)
        assert process.exitcode == 0
    journal = read(tmp_path)
    assert {e.task for e in journal.events} == {f"{name}{n}" for name in "xy" for n in range(25)}
    assert len(journal.heads) == 1, "one chain"
