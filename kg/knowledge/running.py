"""How a run goes: its options and its clock. Imports no step, so that a build without changes loads none."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kg.knowledge.wanted import WantedPages


@dataclass(frozen=True, slots=True)
class How:
    """Options that affect only the speed of a run, not its result."""

    jobs: int = 0
    """Number of processes that read notes and render pages; 0: one for each core."""
    cache: Path | None = None
    """The cache folder; None: no caching."""
    memo: bool = True
    """Whether answers are remembered in the cache, in place of those to earlier notes; otherwise only parsed notes are."""
    wanted: WantedPages | None = None
    """Pages to show before the build is complete."""


class Clock:
    """Measures the seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.now = ""
        """The most recently started stage."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block; repeated stages are added up."""
        start = time.perf_counter()
        self.now = name
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def divide(self, seconds: float, work: Mapping[str, float]) -> None:
        """Add the seconds of a step whose parts ran at the same time: each part gets the share that it has of all work."""
        whole = sum(work.values()) or 1.0
        for name, part in work.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds * part / whole


ANYHOW: Final = How()


@contextmanager
def without_collector() -> Iterator[None]:
    """Disable the cyclic garbage collector: notes and graphs are millions of objects without cycles.

    With it, reading takes twice the time, since each collection traverses everything read so far.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            # New objects are in the youngest generation and would all be traversed at once. Freezing and unfreezing moves them
            # to the oldest generation without a traversal. A program that keeps objects frozen keeps them so.
            if gc.get_freeze_count() == 0:
                gc.freeze()
                gc.unfreeze()
            gc.enable()
