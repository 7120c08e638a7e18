"""CPU time of `kg --version` and `kg --help` as a multiple of `python -c pass`; prints the table of docs/performance.md.

    python benchmarks/start.py [--runs 15]

Runs alternate, and the least CPU time of each command counts, since other load can only slow a run down.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

COMMANDS = {
    "`python -c pass`": ["-c", "pass"],
    "`kg --version`": ["-m", "kg", "--version"],
    "`kg --help`": ["-m", "kg", "--help"],
    "`kg build --help`": ["-m", "kg", "build", "--help"],
}


def measure(arguments: list[str]) -> float:
    """CPU seconds of a process."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} failed with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    rows = [[measure(arguments) for arguments in COMMANDS.values()] for _ in range(runs)]
    least = [min(column) for column in zip(*rows, strict=True)]
    print("| command | CPU ms | × Python |\n|---|---:|---:|")
    for name, seconds in zip(COMMANDS, least, strict=True):
        print(f"| {name} | {seconds * 1000:.0f} | {seconds / least[0]:.1f} |")


if __name__ == "__main__":
    main()
