"""`kg bench`: builds synthetic notes of several sizes and measures each stage in a separate process."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from kg.app.bench.generate import notes
from kg.base.caches import of_base
from kg.base.errors import KgError
from kg.base.formats.json_text import read_json
from kg.base.process import measure_program
from kg.base.removal import remove_tree

__all__ = ["BenchResult", "growth", "run", "write"]


class BenchResult(NamedTuple):
    """One size: number of notes, wall seconds (clean, unchanged), peak memory in bytes, seconds by stage, statements."""

    notes: int
    seconds: float
    unchanged: float
    peak: int
    stages: Mapping[str, float]
    statements: int
    wall: tuple[float, ...] = ()
    """Wall seconds of each clean build; `seconds` is their median."""
    cpu: tuple[float, ...] = ()
    """CPU seconds of each clean build."""
    cpu_unchanged: tuple[float, ...] = ()
    """CPU seconds of each build without changes."""


def write(folder: Path, count: int) -> None:
    """Write synthetic notes to a folder."""
    for name, data in notes(count):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def run(folder: Path, sizes: Sequence[int], stage: str, report: Callable[[str], None], repeat: int = 1) -> list[BenchResult]:
    """Build `sizes` notes up to a stage in an empty folder, with `repeat` clean builds. Raises KgError if a build fails."""
    results = []
    for size in sizes:
        base = folder / str(size)
        report(f"writing {size:,} notes")
        write(base / "concepts", size)
        command = [sys.executable, "-m", "kg", "build", "--quiet", "-C", str(base), "--stage", stage]
        cold, again, stages = [], [], []
        for n in range(repeat):
            report(f"building {size:,} notes" + (f", {n + 1} of {repeat}" if repeat > 1 else ""))
            for made in (base / "output", of_base(base)):
                remove_tree(made)
            cold.append(measure_program(command))
            info = read_json((base / "output" / "build.json").read_bytes()) if not cold[-1].status else {}
            stages.append(info.get("seconds", {}))
            again.append(measure_program(command))
            failed = cold[-1].status or again[-1].status
            if failed:
                raise KgError(f"the build of {size:,} notes ended with status {failed}", hint=" ".join(command))
        results.append(
            BenchResult(
                notes=size,
                seconds=median(m.seconds for m in cold),
                unchanged=median(m.seconds for m in again),
                peak=max(m.peak for m in cold),
                stages={name: median(s.get(name, 0.0) for s in stages) for name in stages[-1]},
                statements=info["summary"]["statements"],
                wall=tuple(m.seconds for m in cold),
                cpu=tuple(m.cpu for m in cold),
                cpu_unchanged=tuple(m.cpu for m in again),
            )
        )
    return results


def growth(smaller: BenchResult, larger: BenchResult) -> float:
    """Exponent k in seconds ~ notes^k between two sizes: 1 is linear, 2 quadratic.

    >>> round(growth(BenchResult(10, 1.0, 0, 0, {}, 0), BenchResult(100, 10.0, 0, 0, {}, 0)), 2)
    1.0
    """
    return math.log(larger.seconds / smaller.seconds) / math.log(larger.notes / smaller.notes)
