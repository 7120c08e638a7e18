"""`kg bench`: builds of synthetic notes of several sizes, each stage timed in a process of its own."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.bench.generate import notes
from kg.errors import KgError
from kg.process import measure

__all__ = ["Result", "growth", "run", "write"]


class Result(NamedTuple):
    """One size: number of notes, wall seconds cold and unchanged, peak memory in bytes, seconds by stage, statements."""

    notes: int
    seconds: float
    unchanged: float
    peak: int
    stages: Mapping[str, float]
    statements: int


def write(folder: Path, count: int) -> None:
    """Write synthetic notes below a folder."""
    for name, data in notes(count):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def run(folder: Path, sizes: Sequence[int], stage: str, report: Callable[[str], None]) -> list[Result]:
    """Build `sizes` notes up to a stage below an empty folder. Raises KgError when a build fails."""
    results = []
    for size in sizes:
        base = folder / str(size)
        report(f"writing {size:,} notes")
        write(base / "concepts", size)
        command = [sys.executable, "-m", "kg", "build", "--quiet", "-C", str(base), "--stage", stage]
        report(f"building {size:,} notes")
        cold = measure(command)
        again = measure(command)
        if cold.status or again.status:
            raise KgError(
                f"the build of {size:,} notes ended with status {cold.status or again.status}", hint=" ".join(command)
            )
        info = json.loads((base / "output" / "build.json").read_text(encoding="utf-8"))
        results.append(Result(size, cold.seconds, again.seconds, cold.peak, info["seconds"], info["summary"]["statements"]))
    return results


def growth(smaller: Result, larger: Result) -> float:
    """Exponent k of seconds ~ notes^k between two sizes: 1 is linear, 2 quadratic.

    >>> round(growth(Result(10, 1.0, 0, 0, {}, 0), Result(100, 10.0, 0, 0, {}, 0)), 2)
    1.0
    """
    return math.log(larger.seconds / smaller.seconds) / math.log(larger.notes / smaller.notes)
