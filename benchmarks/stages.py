"""Seconds and peak memory of each stage of `kg build` on a folder of notes; prints the table of docs/performance.md.

    python benchmarks/stages.py NOTES [--stage site] [--runs 3]

Each run is a separate process with empty caches. The fastest run is shown, since other load can only slow a run down. Then
the build runs again without changes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(notes: Path, folder: Path, stage: str) -> tuple[float, float, dict[str, float], dict[str, object]]:
    """Wall seconds, peak memory in MB, seconds by stage, and the content of build.json."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "kg", "build", "-q", "-C", str(folder), "--notes", str(notes), "--stage", stage]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"kg build failed with status {process.returncode}")
    info = json.loads((folder / "output" / "build.json").read_text(encoding="utf-8"))
    return seconds, usage.ru_maxrss / 1024, info["seconds"], info


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    parser.add_argument("--stage", default="site", choices=["graph", "metrics", "maps", "site"])
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    best = None
    again = 1e9
    for _ in range(given.runs):
        folder = Path(tempfile.mkdtemp(prefix="kg-bench-"))
        try:
            result = run(given.notes.resolve(), folder, given.stage)
            if best is None or result[0] < best[0]:
                best = result
            again = min(again, run(given.notes.resolve(), folder, given.stage)[0])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    assert best is not None
    seconds, memory, stages, info = best
    summary = info["summary"]
    assert isinstance(summary, dict)
    print(f"{summary['notes']:,} notes, {summary['statements']:,} statements, {info['files']:,} files")
    print(f"Python {platform.python_version()}, {len(os.sched_getaffinity(0))} cores, {platform.machine()}\n")
    print("| stage | seconds | share |\n|---|---:|---:|")
    for name, value in stages.items():
        print(f"| {name} | {value:.2f} | {value / seconds:.0%} |")
    rest = seconds - sum(stages.values())
    print(f"| start and end of the process | {rest:.2f} | {rest / seconds:.0%} |")
    print(f"| **all** | **{seconds:.2f}** | |\n\npeak memory {memory:.0f} MB; nothing changed: {again:.2f} s")


if __name__ == "__main__":
    main()
