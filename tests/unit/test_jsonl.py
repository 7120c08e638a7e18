"""Files of one JSON object a line: whatever is wrong with one is told with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.base.errors import StoreError, UsageError
from kg.evidence import claims, snapshot
from kg.evidence.review import records
from kg.metrics import benchmark

READERS: dict[str, Callable[[Path], Any]] = {
    "snapshot/evidence.jsonl": claims.records.read_verdicts,
    "snapshot/benchmarks.jsonl": benchmark.read_runs,
    "snapshot/reviews.jsonl": records.read_reviews,
    "snapshot/history.jsonl": snapshot.read_history,
    "snapshot/rejected.jsonl": snapshot.read_rejections,
    "snapshot/notes.jsonl": snapshot.read_entries,
}


@pytest.mark.parametrize("name", READERS)
def test_no_file_and_empty_lines_are_no_rows(tmp_path: Path, name: str) -> None:
    assert not READERS[name](tmp_path)
    (tmp_path / "snapshot").mkdir()
    (tmp_path / name).write_bytes(b"\n \r\n\n")
    assert not READERS[name](tmp_path)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("line", [b"{", b"[]", b'{"id": "\xff"}', b"<<<<<<< HEAD", b"\x00"], ids=repr)
def test_a_row_that_is_none_is_told_with_its_line(tmp_path: Path, name: str, line: bytes) -> None:
    (tmp_path / "snapshot").mkdir()
    (tmp_path / name).write_bytes(b"\n\n" + line + b"\n")
    with pytest.raises(UsageError, match=rf"{name}:3: ") as caught:
        READERS[name](tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir(parents=True)
    with pytest.raises(StoreError, match=r"can.t read .*it is a folder"):
        READERS[name](tmp_path)
