"""`kg verify`: the evidence of a knowledge base judged anew where that is needed, and remembered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from kg.base.process.sandbox import SandboxLimits
from kg.base.settings import Settings
from kg.evidence import claims
from kg.evidence.claims import records
from kg.evidence.tools import TOOLS, VerificationRun
from kg.evidence.tools import verify as run_tools
from kg.graph.concepts import find_concept
from kg.knowledge.steps import ANYHOW, How, Progress, corpus_of, silent, without_collector
from kg.model import Corpus, Evidence


@dataclass(frozen=True, slots=True)
class Verified:
    """What a run of `kg verify` found."""

    corpus: Corpus
    outcome: VerificationRun
    evidence: tuple[Evidence, ...]
    """The evidence that was asked for, with its verdicts now."""
    changed: bool
    """Whether the file of verdicts is another one now."""


def verify(
    settings: Settings,
    how: How = ANYHOW,
    progress: Progress = silent,
    *,
    groups: Sequence[str] = (),
    concepts: Sequence[str] = (),
    again: bool = False,
    seconds: float = 60,
    unsafe: bool = False,
) -> Verified:
    """Judge the evidence in the notes; the only step that runs what stands in notes.

    Raises UsageError for a concept that is not there, and CageError where this system can't shut in what would be run, unless
    `unsafe`.
    """
    from kg.knowledge.graphs import paths_of

    with without_collector():
        read = corpus_of(settings, how, progress)
    files = paths_of(settings, read)
    pieces = claims.gather(read.corpus, files)
    wanted = {find_concept(read.corpus.concepts, name).iri for name in concepts}
    languages = {language for tool in TOOLS if tool.group in groups for language in tool.languages}
    only = {
        p.key for p in pieces if (not wanted or p.concept in wanted) and (not groups or p.language in languages)
    }  # fmt: skip
    cut_off = records.Unfinished(settings.cache)
    before = records.read(settings.ontology)
    known = (*before, *(() if again else cut_off.read()))
    ledger = claims.Ledger(settings.cache)

    def trusted(record: records.Record) -> bool:
        return settings.trust_committed or ledger.holds(record)

    def keep(record: records.Record) -> None:
        cut_off.keep(record)
        ledger.add(record)

    try:
        outcome = run_tools(
            pieces, known, TOOLS, limits=SandboxLimits(seconds=seconds, unsafe=unsafe),
            jobs=how.jobs or os.cpu_count() or 1, again=again, only=only, cache=settings.cache,
            progress=progress, keep=keep, trusted=trusted,
        )  # fmt: skip
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{cut_off.count:,} new verdicts are kept, and kg verify goes on from there") from None
    changed = records.write(settings.ontology, outcome.records, before)
    cut_off.end()
    checks = {"cross-check"} if not groups else set()
    evidence = tuple(
        e
        for e in claims.read(settings.ontology, read.corpus, files, read.vocabulary.relations, settings.cache)
        if e.key in only or (e.language in checks and (not wanted or e.concept in wanted))
    )
    return Verified(read.corpus, outcome, evidence, changed)
