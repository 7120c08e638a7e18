"""CPU seconds and peak memory of `kg suggest` on a folder of notes, for the suggestion step and the whole command.

    python benchmarks/suggest.py NOTES

Counted is CPU time (user and system) of a process and its children, not wall time. The step starts with read and resolved
notes, and ends when all suggestions and their reasons have been computed, 10 for each concept. The command also starts the
interpreter, reads the notes with an empty cache, and writes all suggestions as JSON lines.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from kg.base import settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.running import How, without_collector
from kg.knowledge.texts import texts_on_disk
from kg.suggest import LIMIT
from kg.suggest.ranker import packaged_ranker
from kg.suggest.ranking import SuggestOptions, rank_pairs


def spent() -> float:
    """CPU seconds of this process and of its finished children."""
    return sum(
        used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def steps(notes: Path, folder: Path) -> None:
    """Print time and memory of each part of the step."""
    given = settings.load_settings(folder, notes=(notes,))
    with without_collector():
        base = KnowledgeBase(given, How(0, None))
        corpus, texts = base.corpus, texts_on_disk(base.files, base.corpus.notes)
        start = spent()
        found = rank_pairs(corpus, texts, SuggestOptions(LIMIT, frozenset(), packaged_ranker()))
        ranked = spent()
        number = sum(1 for _ in found.rows())
        end = spent()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(corpus.concepts):,} concepts, {number:,} suggestions; {'; '.join(found.caps)}\n")
    print("| | CPU seconds | MB |\n|---|---:|---:|")
    print(f"| candidates, features, scores | {ranked - start:.1f} | |")
    print(f"| reasons | {end - ranked:.1f} | |")
    print(f"| the step | {end - start:.1f} | {memory:,.0f} |", flush=True)


def command(notes: Path, folder: Path) -> None:
    """Print time and memory of the whole command."""
    before = spent()
    with (folder / "rows.jsonl").open("wb") as out:
        args = [sys.executable, "-m", "kg", "suggest", "-q", "--format", "jsonl", "-C", str(folder), "--notes", str(notes)]
        process = subprocess.Popen(args, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"kg suggest failed with status {process.returncode}")
    print(f"| the command | {spent() - before:.1f} | {used.ru_maxrss / 1024:,.0f} |")


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "--steps":
        steps(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    notes = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        # In a separate process, so that its memory isn't counted for the command. Linear algebra on one thread, as in the
        # command, since threads that wait for each other use half as much CPU again.
        alone = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        subprocess.run([sys.executable, __file__, "--steps", notes, folder], check=True, env=os.environ | alone)
        command(notes, Path(folder))


if __name__ == "__main__":
    main()
