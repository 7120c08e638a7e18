"""Recorded benchmark runs, and the figures of the last one that exceed their budget."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kg.base import jsonl
from kg.base.formats.json_text import JsonReader

FILE: Final = "snapshot/benchmarks.jsonl"
"""Path below the `ontology/` folder of a knowledge base."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One size of a run: the number of notes, and the cost of each repetition."""

    notes: int
    cpu: tuple[float, ...]
    """CPU seconds (user and system, children included) of each cold build."""
    wall: tuple[float, ...]
    """Wall seconds of the same builds; shown, never compared."""
    unchanged: tuple[float, ...]
    """CPU seconds of each build without changes."""
    peak: int
    """Peak memory of one build, in bytes."""
    stages: Mapping[str, float]
    """Wall seconds of each stage, median."""
    statements: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark run: design, environment and results."""

    time: str
    commit: str
    design: Mapping[str, str]
    """The design: stage, sizes, repetitions, how notes are generated."""
    environment: Mapping[str, str]
    """Processor, cores, memory, system, Python, kg."""
    yardstick: float
    """CPU seconds of a fixed computation in the same run; other times are divided by it, to compare machines."""
    samples: tuple[Sample, ...]
    budget: float = 0.25
    """The share by which a figure may exceed that of the run before."""


class Excess(NamedTuple):
    """A figure that exceeds its budget."""

    run: str
    """Time of the run."""
    what: str
    now: float
    before: float
    budget: float

    @property
    def said(self) -> str:
        """The excess in words, as a ratio: absolute times differ between machines."""
        return f"{self.what} is {self.now / self.before:.2f} times that of the run before; {1 + self.budget:.2f} is allowed"


_READER: Final = JsonReader(Run)


def read_runs(ontology: Path) -> tuple[Run, ...]:
    """Return the recorded runs, oldest first; empty without a file. Raises UsageError with the line of an invalid one."""
    return tuple(
        run for _, run in jsonl.rows(ontology / FILE, _READER, hint="'kg bench --record' writes this file", appended=True)
    )


def find_comparable(run: Run, runs: Sequence[Run]) -> Run | None:
    """Return the last earlier run with the same design, or None."""
    earlier = [r for r in runs if r.time < run.time and r.design == run.design]
    return max(earlier, key=lambda r: r.time, default=None)


def run_figures(run: Run) -> dict[str, float]:
    """Return the compared figures of a run by name: median CPU times in units of the yardstick, peak memory in bytes.

    >>> s = Sample(notes=10, cpu=(2.0, 1.0, 9.0), wall=(1,), unchanged=(0.5,), peak=7, stages={}, statements=1)
    >>> run_figures(Run(time="", commit="", design={}, environment={}, yardstick=0.5, samples=(s,)))
    {'build of 10 notes': 4.0, 'unchanged build of 10 notes': 1.0, 'memory for 10 notes': 7.0}
    """
    result = {}
    for s in run.samples:
        result[f"build of {s.notes} notes"] = statistics.median(s.cpu) / run.yardstick
        result[f"unchanged build of {s.notes} notes"] = statistics.median(s.unchanged) / run.yardstick
        result[f"memory for {s.notes} notes"] = float(s.peak)
    return result


def find_excesses(run: Run, before: Run | None) -> tuple[Excess, ...]:
    """Return the figures of a run that exceed their budget, compared with an earlier run of the same design.

    Times are compared as multiples of the yardstick, so another or a busy machine changes little.
    """
    if before is None:
        return ()
    earlier = run_figures(before)
    return tuple(
        Excess(run.time, name, value, earlier[name], run.budget)
        for name, value in run_figures(run).items()
        if earlier.get(name) and value > earlier[name] * (1 + run.budget)
    )
