"""Collects the facts for acceptance from an assessment of the knowledge base."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.base.files import is_file
from kg.base.settings import Settings
from kg.model import Assessment, Concept, Finding
from kg.model.evidence import PROVERS
from kg.plan.state import PlanProgress
from kg.plan.tasks import Task
from kg.plan.tasks.acceptance import AcceptanceFacts, ClauseResult

_REFUTED = ("failed", "timed-out")


class PlanState(NamedTuple):
    """The state of a plan at a build."""

    tasks: Sequence[Task]
    state: PlanProgress
    results: Mapping[str, Sequence[ClauseResult]]
    """Task → the results of its acceptance clauses."""


def facts_of(
    settings: Settings,
    assessment: Assessment,
    findings: Iterable[Finding],
    exists: Callable[[str], bool] | None = None,
    benchmark: tuple[int, int] | None = None,
) -> AcceptanceFacts:
    """The facts of an assessment. `benchmark` is the number of recorded runs and the excess of the last one over its budget."""
    counts: Counter[str] = Counter()
    for item in assessment.proofs:
        named = {item.kind, item.language} - {""}
        if item.verdict in _REFUTED:
            counts.update(f"failed:{name}" for name in named)
        elif item.verdict == "passed" and not item.skipped and (item.language not in PROVERS or item.machine_checked):
            counts.update(f"evidence:{name}" for name in named)
    counts.update(f"findings:{f.severity}" for f in findings)
    counts.update({f"blocks:{kind}": count for kind, count in assessment.blocks.items()})
    if benchmark is not None:
        counts["benchmark:runs"], counts["benchmark:beyond"] = benchmark
    return AcceptanceFacts(
        measures={m.name: m for m in assessment.measures},
        gates=settings.gates,
        exists=exists or files_of(settings),
        concepts={c.id: _lacks(c) for c in assessment.corpus.concepts.values()},
        approved=assessment.reviews.approved if assessment.reviews else frozenset(),
        questions={a.name: "; ".join(a.faults) for a in assessment.questions},
        counts=counts,
        counted=frozenset(("evidence", "failed", "findings", "blocks")),
    )


def files_of(settings: Settings) -> Callable[[str], bool]:
    """Return a test whether a file exists in the knowledge base or in its output."""
    return lambda path: locate_file(settings, path) is not None


def locate_file(settings: Settings, path: str) -> Path | None:
    """The location of a file named in acceptance, inside the knowledge base or its output only; None if it doesn't exist."""
    for folder in (settings.root, settings.out):
        full = Path(os.path.realpath(folder / path))
        if full.is_relative_to(os.path.realpath(folder)) and is_file(full) and full.stat().st_size:
            return full
    return None


def _lacks(concept: Concept) -> str:
    lacks = []
    if not concept.definitions:
        lacks.append("a definition")
    if not concept.sources:
        lacks.append("a source")
    return f"it lacks {' and '.join(lacks)}" if lacks else ""
