"""Benchmark runs on record: read, compared, and what is beyond its budget."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kg.base.errors import StoreError, UsageError
from kg.metrics.benchmark import FILE, Excess, Run, Sample, find_comparable, find_excesses, read_runs, run_figures


def sample(notes: int, cpu: float, unchanged: float, peak: int) -> Sample:
    return Sample(
        notes=notes, cpu=(cpu, cpu - 1, cpu + 5), wall=(1.0,), unchanged=(unchanged,), peak=peak, stages={}, statements=1
    )


def run(time: str, *samples: Sample, yardstick: float = 1.0, design: str = "d", budget: float = 0.25) -> Run:
    return Run(
        time=time, commit="c", design={"stage": design}, environment={}, yardstick=yardstick, samples=samples, budget=budget
    )


OLD = run("2026-01-01", sample(10, 4, 2, 100))


def test_runs_on_record(tmp_path: Path) -> None:
    assert read_runs(tmp_path) == ()
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    later = run("2026-01-02", sample(10, 5, 2, 100))
    path.write_bytes(b"\n".join([msgspec.json.encode(OLD), b"  ", msgspec.json.encode(later), b""]))
    assert read_runs(tmp_path) == (OLD, later)
    path.write_bytes(msgspec.json.encode(OLD) + b"\n\n{}\n")
    with pytest.raises(UsageError, match=r"benchmarks\.jsonl:3: Object missing required field") as error:
        read_runs(tmp_path)
    assert error.value.hint == "'kg bench --record' writes this file"
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match=r"can't read .*benchmarks\.jsonl: it is a folder") as unread:
        read_runs(tmp_path)
    assert unread.value.hint == "put a file there, or take it away"


def test_the_last_run_before_one_of_the_same_design() -> None:
    runs = [run(f"2026-01-0{n}", design=d) for n, d in ((3, "d"), (1, "d"), (2, "d"), (4, "e"), (5, "d"))]
    assert find_comparable(runs[0], runs) == runs[2]
    assert find_comparable(runs[1], runs) is None
    assert find_comparable(runs[3], runs) is None, "of another design"
    assert find_comparable(runs[4], runs) == runs[0]


def test_figures_are_medians_in_units_of_the_yardstick() -> None:
    assert run_figures(run("t", sample(10, 4, 2, 100), sample(20, 8, 3, 7), yardstick=2.0)) == {
        "build of 10 notes": 2.0, "unchanged build of 10 notes": 1.0, "memory for 10 notes": 100.0,
        "build of 20 notes": 4.0, "unchanged build of 20 notes": 1.5, "memory for 20 notes": 7.0,
    }  # fmt: skip


def test_what_is_beyond_its_budget() -> None:
    # A machine of half the speed takes twice as long, and its yardstick too.
    assert find_excesses(run("t", sample(10, 8, 4, 100), yardstick=2.0), OLD) == ()
    assert find_excesses(OLD, None) == ()
    assert find_excesses(run("t", sample(10, 5, 2.5, 125)), OLD) == (), "a quarter more is allowed"
    found = find_excesses(run("t", sample(10, 6, 2.5, 126), sample(20, 9, 9, 9)), OLD)
    assert found == (
        Excess("t", "build of 10 notes", 6.0, 4.0, 0.25),
        Excess("t", "memory for 10 notes", 126.0, 100.0, 0.25),
    ), "a size that is new can't be compared"
    assert [e.said for e in found] == [
        "build of 10 notes is 1.50 times that of the run before; 1.25 is allowed",
        "memory for 10 notes is 1.26 times that of the run before; 1.25 is allowed",
    ]
    assert len(find_excesses(run("t", sample(10, 6, 2.5, 126), budget=0.5), OLD)) == 0
    assert find_excesses(run("t", sample(10, 4, 2, 100)), run("s", sample(10, 4, 0.0, 0))) == (), "nothing was measured before"
