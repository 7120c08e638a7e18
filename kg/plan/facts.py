"""What acceptance is judged on, gathered from one assessment of the knowledge base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from kg.model import Assessment, Concept, Finding
from kg.model.evidence import PROVERS
from kg.settings import Settings
from kg.tasks.acceptance import Facts

_REFUTED = ("failed", "timed-out")


def facts_of(
    settings: Settings,
    found: Assessment,
    findings: Iterable[Finding],
    exists: Callable[[str], bool] | None = None,
    benchmark: tuple[int, int] | None = None,
) -> Facts:
    """The facts of an assessment. `benchmark` is how many runs are on record, and how much of the last one is over budget."""
    counts: Counter[str] = Counter()
    for item in found.proofs:
        named = {item.kind, item.language} - {""}
        if item.verdict in _REFUTED:
            counts.update(f"failed:{name}" for name in named)
        elif item.verdict == "passed" and not item.skipped and (item.language not in PROVERS or item.machine_checked):
            counts.update(f"evidence:{name}" for name in named)
    counts.update(f"findings:{f.severity}" for f in findings)
    counts.update(f"blocks:{b.kind}" for n in found.corpus.notes.values() for b in n.blocks)
    if benchmark is not None:
        counts["benchmark:runs"], counts["benchmark:beyond"] = benchmark
    return Facts(
        measures={m.name: m for m in found.measures},
        gates=settings.gates,
        exists=exists or files_of(settings),
        concepts={c.id: _lacks(c) for c in found.corpus.concepts.values()},
        approved=found.reviews.approved if found.reviews else frozenset(),
        questions={a.name: "; ".join(a.faults) for a in found.questions},
        counts=counts,
        counted=frozenset(("evidence", "failed", "findings", "blocks")),
    )


def files_of(settings: Settings) -> Callable[[str], bool]:
    """Whether a file is there: below the knowledge base, or else in its output."""
    return lambda path: place(settings, path) is not None


def place(settings: Settings, path: str) -> Path | None:
    """Where a file that acceptance names is; nothing outside of the knowledge base and its output is looked at."""
    for folder in (settings.root, settings.out):
        full = (folder / path).resolve()
        if full.is_relative_to(folder.resolve()) and full.is_file() and full.stat().st_size:
            return full
    return None


def _lacks(concept: Concept) -> str:
    lacks = []
    if not concept.definitions:
        lacks.append("a definition")
    if not concept.sources:
        lacks.append("a source")
    return f"it lacks {' and '.join(lacks)}" if lacks else ""
