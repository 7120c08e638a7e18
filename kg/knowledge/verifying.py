"""`kg verify`: judges the evidence of a knowledge base if needed, and stores the verdicts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from kg.base.process.sandbox import SandboxLimits
from kg.base.settings import Settings
from kg.evidence import claims
from kg.evidence.claims import records
from kg.evidence.tools import TOOLS, VerificationOptions, VerificationRun, verify_pieces
from kg.graph.concepts import find_concept
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.running import ANYHOW, How
from kg.knowledge.selecting import select_stated
from kg.model import Corpus, Evidence


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a run of `kg verify`."""

    corpus: Corpus
    outcome: VerificationRun
    evidence: tuple[Evidence, ...]
    """The requested evidence with its current verdicts."""
    changed: bool
    """Whether the file of verdicts has changed."""


class VerificationRequest(NamedTuple):
    """Which evidence to verify, and how."""

    groups: Sequence[str] = ()
    """Groups of tools; empty: all."""
    concepts: Sequence[str] = ()
    """Ids, IRIs or labels; empty: all concepts."""
    again: bool = False
    """Judge everything, including evidence with a valid verdict."""
    seconds: float = 60
    """Time limit for each piece."""
    selectors: Sequence[str] = ()
    """Selectors of concepts, in addition to `concepts`."""
    unsafe: bool = False
    """Run programs even if this system can't sandbox them."""
    parameters: Mapping[str, str] = MappingProxyType({})
    """Values for parameters of Attested Computations, as text by name."""


def verify_evidence(
    settings: Settings,
    how: How = ANYHOW,
    request: VerificationRequest = VerificationRequest(),  # noqa: B008  # immutable
) -> Verified:
    """Judge the evidence in the notes. This is the only step that runs code of notes.

    Raises UsageError for an unknown concept and for a parameter that no computation has, and CageError if this system can't
    sandbox the programs, unless `request.unsafe` is set.
    """
    base = KnowledgeBase(settings, how)
    read, files = base.notes_read, base.files
    pieces = claims.gather_pieces(read.corpus, files)
    wanted = {find_concept(read.corpus.concepts, name).iri for name in request.concepts}
    if request.selectors:
        wanted |= select_stated(read.corpus, read.vocabulary.relations, request.selectors)
    languages = {language for tool in TOOLS if tool.group in request.groups for language in tool.languages}
    only = {p.key for p in pieces if (not wanted or p.concept in wanted) and (not request.groups or p.language in languages)}
    valued = {p.key: p for p in claims.give_values([p for p in pieces if p.key in only], request.parameters)}
    pieces = tuple(valued.get(p.key, p) for p in pieces)
    cut_off = records.Unfinished(settings.cache)
    before = records.read_verdicts(settings.ontology)
    remembered = (*before, *(() if request.again else cut_off.read()))
    ledger = claims.Ledger(settings.cache)

    def trusted(record: records.Record) -> bool:
        return settings.trust_committed or ledger.holds(record)

    def keep(record: records.Record) -> None:
        cut_off.keep(record)
        ledger.add(record)

    try:
        options = VerificationOptions(
            limits=SandboxLimits(seconds=request.seconds, unsafe=request.unsafe),
            jobs=how.jobs or os.cpu_count() or 1,
            again=request.again,
            only=only,
            cache=settings.cache,
            keep=keep,
            trusted=trusted,
        )
        outcome = verify_pieces(pieces, remembered, TOOLS, options)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{cut_off.count:,} new verdicts are kept, and kg verify goes on from there") from None
    changed = records.write_verdicts(settings.ontology, outcome.records, before)
    cut_off.end()
    checks = {"cross-check"} if not request.groups else set()
    evidence = tuple(
        e
        for e in claims.read_evidence(settings.ontology, read.corpus, files, read.vocabulary.relations, settings.cache)
        if e.key in only or (e.language in checks and (not wanted or e.concept in wanted))
    )
    return Verified(read.corpus, outcome, evidence, changed)
