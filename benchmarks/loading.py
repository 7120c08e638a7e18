"""CPU seconds of the two threads that build the graph in memory after notes were parsed, and when both would end.

    python benchmarks/loading.py NOTES

The main thread resolves links and makes statements, the loader passes them to Oxigraph. Here they run one after the other, and
their CPU time is measured, so that load on the machine hardly matters. From the times at which statements are ready it is
computed when both would end on two idle cores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

from kg.base.settings import load_settings
from kg.graph import feed
from kg.knowledge import How, KnowledgeBase, steps

READY: list[tuple[float, float]] = []
"""For each batch the CPU seconds of the main thread when it was ready, and those of loading it."""
PARSED: list[float] = []


def clock() -> float:
    """CPU seconds of the main thread, without those of loading."""
    return time.thread_time() - sum(seconds for _, seconds in READY)


def put(self: feed.ToMemory, lines: Iterable[str]) -> None:
    """Load in this thread instead of another one."""
    for batch in feed._batches(lines):
        start, ready = time.thread_time(), clock()
        feed._load(self._store, batch)
        READY.append((ready, time.thread_time() - start))


def end_of_both(start: float, end: float) -> tuple[float, float]:
    """Seconds from `start` until both threads end, and seconds that the main thread waits for the loader until then."""
    waited, loaded = 0.0, [start]
    for ready, seconds in READY:
        now = ready + waited
        if len(loaded) > feed._WAITING and loaded[-feed._WAITING - 1] > now:
            waited += loaded[-feed._WAITING - 1] - now
        loaded.append(max(loaded[-1], ready + waited) + seconds)
    return max(loaded[-1], end + waited) - start, waited


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notes", type=Path)
    notes = parser.parse_args().notes
    read = steps.read_notes

    def read_notes(base: KnowledgeBase) -> object:
        notes = read(base)
        PARSED.append(clock())
        return notes

    feed.ToMemory.put = put  # type: ignore[method-assign]
    steps.read_notes = read_notes  # type: ignore[assignment]
    base = KnowledgeBase(load_settings(notes.absolute().parent, notes=(notes,)), How(jobs=1))
    assert len(base.graph)
    start, end = PARSED[0], clock()
    both, waited = end_of_both(start, end)
    print(f"main thread {end - start:.2f}, loader {sum(seconds for _, seconds in READY):.2f}")
    print(f"first statements ready after {READY[0][0] - start:.2f}; main thread waits {waited:.2f}; both end after {both:.2f}")


if __name__ == "__main__":
    main()
