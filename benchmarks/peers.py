"""Compares reading and building with kglite on the same notes, in turns; prints the table of docs/performance.md.

    pip install kglite
    python benchmarks/peers.py NOTES [--runs 5] [--obsidiantools PYTHON]

PYTHON is an interpreter with obsidiantools, which runs only once, since it takes minutes. Each run is a separate process. CPU
seconds include its workers, from start to end; shown are medians and ratios to kglite's median. NOTES is copied, since one
of its notes is changed.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import kg

KGLITE = "import sys; from kglite import okf; okf.build(sys.argv[1], dialect='obsidian', require_frontmatter=False)"
OBSIDIANTOOLS = (
    "import sys; from pathlib import Path; from obsidiantools.api import Vault; Vault(Path(sys.argv[1])).connect().gather()"
)
READ = "import os, sys, kg; base = kg.read(sys.argv[1]); assert len(base.graph); os._exit(0)"


class Run(NamedTuple):
    """Time and memory of a process."""

    wall: float
    cpu: float
    memory: float
    """Peak memory of the process without children, in MB."""


def run(*command: str) -> Run:
    """Run a program to completion."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed with status {process.returncode}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def once(notes: Path, number: int) -> dict[str, Run]:
    """Run everything once, in turns."""
    with tempfile.TemporaryDirectory(prefix="kg-peers-") as folder:
        build = (sys.executable, "-m", "kg", "build", "-q", "-C", folder, "--notes", str(notes), "--stage", "graph")
        found = {
            "kglite, in memory": run(sys.executable, "-c", KGLITE, str(notes)),
            "`kg.read`, in memory": run(sys.executable, "-c", READ, str(notes)),
            "`kg build --stage graph`, cold": run(*build),
            "the same, nothing changed": run(*build),
        }
        note = sorted(notes.rglob("*.md"))[number]
        with note.open("a", encoding="utf-8") as file:
            file.write(f"\nOne more link: [[{note.stem}]], and [[{sorted(notes.rglob('*.md'))[0].stem}]].\n")
        found["the same, one note changed"] = run(*build)
        found["`kg check`, warm"] = run(sys.executable, "-m", "kg", "-q", "-C", folder, "--notes", str(notes), "check")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--obsidiantools", metavar="PYTHON", help="run it with this interpreter as well")
    given = parser.parse_args()
    # As in an installation: without bytecode caching, each start would compile kg again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(str(Path(kg.__file__).parent), quiet=1)
    with tempfile.TemporaryDirectory(prefix="kg-notes-") as folder:
        notes = Path(folder) / "notes"
        shutil.copytree(given.notes, notes)
        runs = [once(notes, number) for number in range(given.runs)]
        if given.obsidiantools:
            runs[0]["obsidiantools"] = run(given.obsidiantools, "-c", OBSIDIANTOOLS, str(notes))
    peer = {what: statistics.median(getattr(r["kglite, in memory"], what) for r in runs) for what in ("cpu", "wall")}
    print("| | CPU seconds | ratio | wall seconds | ratio | MB |\n|---|---:|---:|---:|---:|---:|")
    for name in runs[0]:
        some = [r[name] for r in runs if name in r]
        cpu, wall = (statistics.median(getattr(r, what) for r in some) for what in ("cpu", "wall"))
        memory = max(r.memory for r in some)
        print(f"| {name} | {cpu:.2f} | {cpu / peer['cpu']:.1f} | {wall:.2f} | {wall / peer['wall']:.1f} | {memory:,.0f} |")


if __name__ == "__main__":
    main()
