"""The record of a benchmark run: design, environment, yardstick, measurements."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from kg.app.bench import BenchResult, generate
from kg.base import journal
from kg.base.about import VERSION
from kg.base.clock import read_clock
from kg.base.process import measure_program
from kg.evidence.snapshot import describe_revision
from kg.metrics.benchmark import FILE, Run, Sample

# Dictionaries, strings and hashing, in proportions typical of a build; 0.2 s of CPU.
_YARDSTICK: Final = """
import hashlib
seen = {}
for i in range(600_000):
    text = f"note {i % 5000}"
    seen[text] = seen.get(text, 0) + len(text)
digest = hashlib.sha256()
for _ in range(200):
    digest.update(b"x" * 100_000)
"""


def yardstick(times: int = 3) -> float:
    """CPU seconds of a fixed computation on this machine at this time: the median of `times` runs."""
    return median(measure_program([sys.executable, "-S", "-c", _YARDSTICK]).cpu for _ in range(times))


def environment() -> dict[str, str]:
    """The environment of the run: processor, cores, memory, system, Python and kg."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "processor": _processor(),
        "cores": str(cores),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kg": VERSION,
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "unknown")


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"


def design(results: Sequence[BenchResult], stage: str, repeat: int) -> dict[str, str]:
    """The parameters of a run. Only runs of the same design are comparable."""
    notes = hashlib.sha256(Path(generate.__file__).read_bytes()).hexdigest()[:12]
    return {
        "builds": f"from nothing, then once with nothing changed, up to the stage {stage}",
        "notes": f"generated ({notes}), sizes {', '.join(str(r.notes) for r in results)}",
        "repetitions": f"{repeat}, each in a process of its own; medians are compared",
    }


def run_of(results: Sequence[BenchResult], stage: str, repeat: int, budget: float, root: Path, unit: float) -> Run:
    """Make the record of a run. `unit` is the yardstick, measured at about the same time."""
    samples = tuple(
        Sample(
            notes=r.notes,
            cpu=_rounded(r.cpu),
            wall=_rounded(r.wall),
            unchanged=_rounded(r.cpu_unchanged),
            peak=r.peak,
            stages={k: round(v, 3) for k, v in r.stages.items()},
            statements=r.statements,
        )
        for r in results
    )
    return Run(
        time=read_clock(),
        commit=describe_revision(root),
        design=design(results, stage, repeat),
        environment=environment(),
        yardstick=round(unit, 4),
        samples=samples,
        budget=budget,
    )


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(v, 3) for v in values)


def keep(ontology: Path, run: Run) -> Path:
    """Append a run to the recorded ones. The file should be committed."""
    with journal.open_journal(ontology / FILE, inside=(ontology.parent,)) as file:
        file.append([msgspec.json.encode(run)])
    return ontology / FILE
