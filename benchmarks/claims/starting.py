"""What the note on containers claims, measured: starting a container is starting a process, plus its namespaces.

    python benchmarks/claims/starting.py [--out concepts/deliverables/measured/starting.csv] [--runs 200]

Needs root on Linux with `unshare` of util-linux. Each way to start is run in turns, so that other work on the machine meets
all of them alike, and in real time priority, which the processes inherit, so that other work seldom interrupts them. The
time is from before the process is started until it has ended. `unshare` without namespaces is the base line for the others,
since it is a program of its own. A group is a control group for memory and processes (version 1), made and removed outside
of the time that is measured; the process enters it before it executes.

Rows: way, what it adds, runs, the median, 5th and 95th percentile and mean processor time (user and system), in
milliseconds.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "concepts" / "deliverables" / "measured" / "starting.csv"
GROUPS = [Path("/sys/fs/cgroup") / controller / f"kg-claims-{os.getpid()}" for controller in ("memory", "pids")]
ALL = ["--uts", "--ipc", "--mount", "--net", "--pid", "--fork", "--mount-proc"]


def stay() -> None:
    """Nothing, so that all ways fork alike (Python takes a shorter way for a process without preparation)."""


def enter() -> None:
    for group in GROUPS:
        (group / "cgroup.procs").write_text(str(os.getpid()))


Way = tuple[str, list[str], Callable[[], None]]
WAYS: tuple[Way, ...] = (
    ("process", ["/bin/true"], stay),
    ("process in a control group", ["/bin/true"], enter),
    ("unshare, no namespace", ["unshare", "/bin/true"], stay),
    ("unshare, host name", ["unshare", "--uts", "/bin/true"], stay),
    ("unshare, interprocess communication", ["unshare", "--ipc", "/bin/true"], stay),
    ("unshare, mounts", ["unshare", "--mount", "/bin/true"], stay),
    ("unshare, processes", ["unshare", "--pid", "--fork", "/bin/true"], stay),
    ("unshare, network", ["unshare", "--net", "/bin/true"], stay),
    ("unshare, all of these", ["unshare", *ALL, "/bin/true"], stay),
    ("unshare, all of these, in a control group", ["unshare", *ALL, "/bin/true"], enter),
    ("Python interpreter", [sys.executable, "-I", "-S", "-c", "pass"], stay),
    ("unshare, all of these, Python interpreter", ["unshare", *ALL, sys.executable, "-I", "-S", "-c", "pass"], stay),
)


def measure(way: Way) -> tuple[float, float]:
    """Time by the clock and processor time of one start, in ms."""
    _, command, before = way
    start = time.monotonic_ns()
    with subprocess.Popen(command, preexec_fn=before) as process:  # noqa: PLW1509 — there is one thread
        _, status, usage = os.wait4(process.pid, 0)
        end = time.monotonic_ns()
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return (end - start) / 1e6, (usage.ru_utime + usage.ru_stime) * 1e3


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=OUT)
    options.add_argument("--runs", type=int, default=200)
    given = options.parse_args()
    assert shutil.which("unshare"), "unshare of util-linux is needed"
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
    for group in GROUPS:
        group.mkdir()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in WAYS}
    for _ in range(given.runs + 5):
        for way in WAYS:
            times[way[0]].append(measure(way))
    for group in GROUPS:
        group.rmdir()
    with given.out.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["way", "runs", "median_ms", "p5_ms", "p95_ms", "processor_ms"])
        for name, measured in times.items():
            clock, processor = zip(*measured[5:], strict=True)  # the first five fill caches
            quantiles = statistics.quantiles(clock, n=20)
            figures = (statistics.median(clock), quantiles[0], quantiles[-1], statistics.fmean(processor))
            writer.writerow([name, given.runs, *(f"{value:.2f}" for value in figures)])
    print(given.out.read_text(), end="")


if __name__ == "__main__":
    main()
