"""The memo: what is damaged, of other code or too much is never believed; kills and other processes do no harm."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.base import memo
from kg.base.memo import FILE, Memo, memo_key

_WRITER = """
import sys
from pathlib import Path
from kg.base.memo import Memo, memo_key
memo = Memo(Path(sys.argv[1]))
for i in range(int(sys.argv[2]), int(sys.argv[3])):
    memo.put("numbers", memo_key(str(i)), str(i).encode() * 1000)
    print(i, flush=True)
"""


def _filled(folder: Path, count: int = 20) -> dict[bytes, bytes]:
    answers = {memo_key(str(i)): str(i).encode() * 100 for i in range(count)}
    store = Memo(folder)
    store.put_many("numbers", answers)
    store.close()
    return answers


@given(st.lists(st.text()), st.lists(st.text()))
def test_keys_differ_if_the_parts_differ(first: list[str], second: list[str]) -> None:
    assert (memo_key(*first) == memo_key(*second)) == (first == second)


def test_an_answer_is_of_its_query_and_key(tmp_path: Path) -> None:
    store = Memo(tmp_path)
    store.put("a", memo_key("x"), b"1")
    assert store.get("a", memo_key("x")) == b"1"
    assert store.get("b", memo_key("x")) is None
    assert store.get("a", memo_key("y")) is None
    store.put("a", memo_key("x"), b"2")
    assert Memo(tmp_path).get("a", memo_key("x")) == b"2"


def test_answers_not_kept_are_forgotten(tmp_path: Path) -> None:
    answers = _filled(tmp_path)
    store = Memo(tmp_path)
    store.put("other", memo_key("x"), b"1")
    kept = set(list(answers)[:3])
    store.keep_only("numbers", kept)
    assert store.get_many("numbers", list(answers)).keys() == kept
    assert store.get("other", memo_key("x")) == b"1"


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_gives_no_wrong_answer_and_works_again(tmp_path: Path, seed: int) -> None:
    answers = _filled(tmp_path)
    path = tmp_path / FILE
    whole = path.read_bytes()
    draw = random.Random(seed)
    again = 0
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 20)):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(data[: draw.randrange(len(data))] if draw.random() < 0.2 else data)
        store = Memo(tmp_path)
        found = store.get_many("numbers", list(answers))
        assert found.items() <= answers.items()
        for _ in range(2):  # the first may find the damage, and removes the file
            store.put_many("numbers", answers)
        # A damaged index can hide entries: they are computed each time, and are never wrong.
        found = store.get_many("numbers", list(answers))
        assert found.items() <= answers.items()
        again += found == answers
        store.close()
    assert again > 40


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "text"])
def test_something_else_in_its_place(tmp_path: Path, kind: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep")
    folder = tmp_path / "cache"
    folder.mkdir()
    if kind == "link":
        (folder / FILE).symlink_to(victim)
    elif kind == "folder":
        (folder / FILE).mkdir()
    elif kind == "pipe":
        os.mkfifo(folder / FILE)
    else:
        (folder / FILE).write_text("no database " * 1000)
    store = Memo(folder)
    assert store.get("a", memo_key("x")) is None
    store.put("a", memo_key("x"), b"1")
    assert victim.read_text() == "keep"
    if kind != "folder":  # which isn't kg's, and stays
        store.put("a", memo_key("x"), b"1")
        assert store.get("a", memo_key("x")) == b"1"


def test_entries_of_other_code_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = _filled(tmp_path)
    monkeypatch.setattr(memo, "code_stamp", lambda: "other")
    assert Memo(tmp_path).get_many("numbers", list(answers)) == {}


def test_the_size_is_bounded_and_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 2 << 20
    store = Memo(tmp_path, limit)
    keys = [memo_key(str(i)) for i in range(200)]
    for day, key in enumerate(keys):
        monkeypatch.setattr(memo, "_today", lambda day=day: day)
        store.put("large", key, os.urandom(40_000))
    store.close()
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) <= 2 * limit
    known = [key in store.get_many("large", [key]) for key in keys]
    assert known == sorted(known)
    assert 10 < sum(known) < 60
    store.put("large", memo_key("whole"), bytes(limit))
    assert store.get("large", memo_key("whole")) is None


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    store = Memo(tmp_path / "missing")
    store.put("a", memo_key("x"), b"1")
    assert store.get("a", memo_key("x")) is None


def test_two_processes_at_once_and_kills_between(tmp_path: Path) -> None:
    """What a killed process reported as written is there, and is right."""
    written: set[int] = set()
    for start in range(0, 400, 100):
        both = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, str(tmp_path), str(first), str(first + 50)], stdout=subprocess.PIPE, text=True
            )
            for first in (start, start + 50)
        ]
        time.sleep(0.3 + start / 1000)
        both[0].send_signal(signal.SIGKILL)
        for process in both:
            out, _ = process.communicate(timeout=60)
            # The last line can be cut off by the kill.
            written |= {int(line) for line in out.splitlines(keepends=True) if line.endswith("\n")}
    store = Memo(tmp_path)
    found = store.get_many("numbers", [memo_key(str(i)) for i in range(400)])
    assert all(found[memo_key(str(i))] == str(i).encode() * 1000 for i in written)
    assert len(written) >= 200
