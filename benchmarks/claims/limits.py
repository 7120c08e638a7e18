"""What the notes on control groups and Pods claim, measured: quotas, weights, limits on memory and processes, and how
limits nest.

    python benchmarks/claims/limits.py [--out concepts/deliverables/measured/limits.csv]

Needs root on Linux with the controllers cpu, memory and pids of cgroup version 1 mounted under /sys/fs/cgroup, or version 2
with the same controllers there. The committed data come from version 1. Every process under test is pinned to one processor,
so that a quota or weight is a part of that processor. Groups for processor time are below one with a large weight, which
keeps other work off that processor for the two minutes of a run.

Rows: experiment, setting, what is measured, its value, what the note predicts. Five runs each; the value is the median, low
and high the extremes.
"""

from __future__ import annotations

import argparse
import csv
import errno
import os
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OUT = Path(__file__).resolve().parents[2] / "concepts" / "deliverables" / "measured" / "limits.csv"
RUNS = 5
MIB = 1 << 20
UNIFIED = (ROOT / "cgroup.controllers").exists()
PERIOD = 100_000  # µs, as kubelets set it
PROCESSOR = max(os.sched_getaffinity(0))


class Group:
    """A control group of one controller (version 1) or of all (version 2); ``with`` removes it at the end."""

    def __init__(self, controller: str, name: str, parent: Group | None = None) -> None:
        base = parent.path if parent else (ROOT if UNIFIED else ROOT / controller)
        if UNIFIED:
            (base / "cgroup.subtree_control").write_text("+cpu +memory +pids")
        self.path = base / name
        self.path.mkdir()

    def limit(self, **values: int) -> None:
        """Set quota (µs a period), weight (a multiple of the usual one), memory (bytes) or processes."""
        for key, value in values.items():
            if key == "quota":
                (self.path / "cpu.max").write_text(f"{value} {PERIOD}") if UNIFIED else self._quota(value)
            elif key == "weight":
                self._write("cpu.weight" if UNIFIED else "cpu.shares", value * (100 if UNIFIED else 1024))
            elif key == "memory":
                self._write("memory.max" if UNIFIED else "memory.limit_in_bytes", value)
            elif key == "processes":
                self._write("pids.max", value)

    def _quota(self, value: int) -> None:
        self._write("cpu.cfs_period_us", PERIOD)
        self._write("cpu.cfs_quota_us", value)

    def _write(self, file: str, value: int) -> None:
        (self.path / file).write_text(str(value))

    def run(self, body: Callable[[], int]) -> tuple[int, int]:
        """Run ``body`` in a process of this group: the number that it reports, and the signal that ended it (0: none)."""
        process, readable = self.start(body)
        return finish(process, readable)

    def start(self, body: Callable[[], int]) -> tuple[int, int]:
        readable, writable = os.pipe()
        if not (process := os.fork()):
            os.close(readable)
            (self.path / "cgroup.procs").write_text(str(os.getpid()))
            os.sched_setaffinity(0, {PROCESSOR})
            body_result = body_reporting(body, writable)
            os._exit(0 if body_result else 1)
        os.close(writable)
        return process, readable

    def __enter__(self) -> Group:
        return self

    def __exit__(self, *_: object) -> None:
        for _ in range(50):  # the kernel needs a moment after the last process
            try:
                self.path.rmdir()
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
                time.sleep(0.02)
            else:
                return


REPORT = -1  # the pipe to which the process under test reports


def body_reporting(body: Callable[[], int], writable: int) -> bool:
    global REPORT  # noqa: PLW0603 — the process is forked for this body alone
    REPORT = writable
    os.write(writable, f"{body()}\n".encode())
    return True


def finish(process: int, readable: int) -> tuple[int, int]:
    with os.fdopen(readable) as pipe:
        lines = pipe.read().split()
    _, status = os.waitpid(process, 0)
    return int(lines[-1]), os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def spin(seconds: float) -> Callable[[], int]:
    """Use the processor for so long by the clock; reports µs of processor time."""

    def body() -> int:
        end, before = time.monotonic() + seconds, time.process_time_ns()
        while time.monotonic() < end:
            pass
        return (time.process_time_ns() - before) // 1000

    return body


def work(milliseconds: int) -> Callable[[], int]:
    """Use so much processor time after a pause; reports µs by the clock."""

    def body() -> int:
        time.sleep(0.25)  # a full quota to begin with
        start, before = time.monotonic_ns(), time.process_time_ns()
        while time.process_time_ns() - before < milliseconds * 1_000_000:
            pass
        return (time.monotonic_ns() - start) // 1000

    return body


def touch(mebibytes: int, seconds: float = 0) -> Callable[[], int]:
    """Touch so much memory, a MiB at a time, report after each, and hold it for so long."""

    def body() -> int:
        blocks = []
        for done in range(mebibytes):
            os.write(REPORT, f"{done}\n".encode())
            blocks.append(b"x" * MIB)
        time.sleep(seconds)
        return len(blocks)

    return body


def multiply(most: int) -> Callable[[], int]:
    """Start processes until the kernel refuses; reports how many there are with this one."""

    def body() -> int:
        children = []
        try:
            while len(children) < most:
                if not (child := os.fork()):
                    signal.pause()
                children.append(child)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        return len(children) + 1

    return body


Row = tuple[str, str, str, list[float], str]


def repeat(once: Callable[[], float]) -> list[float]:
    return [once() for _ in range(RUNS)]


def quotas(top: Group) -> list[Row]:
    def once(share: int) -> float:
        with Group("cpu", "one", top) as group:
            group.limit(quota=share * PERIOD // 100)
            return group.run(spin(1))[0] / 1e4

    measured = "processor time, % of one processor"
    return [
        ("quota", f"{share} ms of 100 ms", measured, repeat(lambda s=share: once(s)), str(share)) for share in (10, 25, 50, 75)
    ]


def throttling(top: Group) -> list[Row]:
    def once(quota: int) -> float:
        with Group("cpu", "one", top) as group:
            group.limit(quota=quota * 1000)
            return group.run(work(30))[0] / 1000

    rows: list[Row] = []
    for quota in (100, 50, 20, 10):
        # The work needs ⌈30/q⌉ quotas; between two of them lies a period, but the first may be used at the end of its period.
        more, last = -(-30 // quota) - 1, 30 - (-(-30 // quota) - 1) * quota
        predicted = f"{(more - 1) * 100 + quota + last}–{more * 100 + last}" if more else "30"
        setting = f"30 ms of work, {quota} ms of 100 ms"
        rows.append(("throttling", setting, "time until done, ms", repeat(lambda q=quota: once(q)), predicted))
    return rows


def weights(top: Group) -> list[Row]:
    def both(heavy: int) -> float:
        with Group("cpu", "one", top) as one, Group("cpu", "two", top) as two:
            one.limit(weight=heavy)
            two.limit(weight=1)
            started = [group.start(spin(1)) for group in (one, two)]
            times = [finish(*process)[0] for process in started]
            return 100 * times[0] / sum(times)

    def alone() -> float:
        with Group("cpu", "one", top) as one, Group("cpu", "two", top) as two:
            two.limit(weight=4)
            return one.run(spin(1))[0] / 1e4

    rows: list[Row] = [
        (
            "weight",
            f"{heavy} : 1, both busy",
            "share of the first, %",
            repeat(lambda h=heavy: both(h)),
            f"{100 * heavy / (heavy + 1):.1f}",
        )
        for heavy in (1, 2, 4)
    ]
    return [*rows, ("weight", "1 : 4, the second idle", "processor time of the first, %", repeat(alone), "100")]


def memory(top: Group) -> list[Row]:
    def one(limit: int) -> float:
        with Group("memory", "one", top) as group:
            group.limit(memory=limit * MIB)
            touched, ended = group.run(touch(4 * limit))
            assert ended == signal.SIGKILL, ended
            return touched

    def nested() -> float:
        with Group("memory", "parent", top) as parent, Group("memory", "child", parent) as child:
            parent.limit(memory=64 * MIB)
            child.limit(memory=128 * MIB)
            return child.run(touch(256))[0]

    def siblings() -> float:
        with (
            Group("memory", "parent", top) as parent,
            Group("memory", "one", parent) as one,
            Group("memory", "two", parent) as two,
        ):
            parent.limit(memory=64 * MIB)
            for child in (one, two):
                child.limit(memory=48 * MIB)
            started = [child.start(touch(40, seconds=1)) for child in (one, two)]
            return sum(finish(*process)[1] == signal.SIGKILL for process in started)

    measured = "MiB touched before SIGKILL"
    return [
        *(
            ("memory", f"limit {limit} MiB", measured, repeat(lambda m=limit: one(m)), f"below {limit}")
            for limit in (32, 64, 128)
        ),
        ("nesting", "limit 128 MiB below a parent with 64 MiB", measured, repeat(nested), "below 64"),
        (
            "nesting",
            "two of 40 MiB, each with limit 48 MiB, below a parent with 64 MiB",
            "processes killed",
            repeat(siblings),
            "at least 1",
        ),
    ]


def processes(top: Group) -> list[Row]:
    def once(limit: int) -> float:
        with Group("pids", "one", top) as group:
            group.limit(processes=limit)
            return group.run(multiply(100))[0]

    return [
        ("processes", f"limit {limit}", "processes before EAGAIN", repeat(lambda n=limit: once(n)), str(limit))
        for limit in (5, 20)
    ]


EXPERIMENTS = (("cpu", quotas), ("cpu", throttling), ("cpu", weights), ("memory", memory), ("pids", processes))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=OUT)
    given = options.parse_args()
    rows: list[Row] = []
    for controller, experiment in EXPERIMENTS:
        with Group(controller, f"kg-claims-{os.getpid()}") as top:
            if controller == "cpu":
                top.limit(weight=100)
            rows += experiment(top)
    with given.out.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["experiment", "setting", "measured", "median", "low", "high", "predicted"])
        for experiment, setting, measured, values, predicted in rows:
            writer.writerow(
                [
                    experiment,
                    setting,
                    measured,
                    f"{statistics.median(values):.1f}",
                    f"{min(values):.1f}",
                    f"{max(values):.1f}",
                    predicted,
                ]
            )
    print(given.out.read_text(), end="")


if __name__ == "__main__":
    main()
