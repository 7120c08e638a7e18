"""Checks a knowledge base without measuring or writing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kg.base.memo import memo_key
from kg.base.settings import Settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.inputs import ASSESSMENT, note_dates
from kg.knowledge.remembered import RememberedCorpus, remember_lazily
from kg.knowledge.running import How, without_collector
from kg.model import Artifact, Corpus, Finding, Relation, Severity
from kg.notes.dialect import PLAIN, DialectMap

if TYPE_CHECKING:
    from kg.checks import TrustedChange


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Findings, and what was checked."""

    corpus: Corpus
    findings: tuple[Finding, ...]
    files: Mapping[str, str]
    """Path of a note → its location on disk."""
    counts: Mapping[str, int]
    """Numbers of what was checked: ``notes``, ``rdf-files`` and, for RDF files only, ``concepts``."""
    collapsed: frozenset[str] = frozenset()
    """Codes of rules whose findings were reported once for the whole collection."""
    read_relations: Callable[[], Mapping[str, Relation]] = dict
    """Returns the vocabulary's relations by IRI; none for RDF files."""
    read_dialects: Callable[[], DialectMap] = lambda: DialectMap(PLAIN)
    """Returns the dialects of the notes."""


class CheckOptions(NamedTuple):
    """Options for rules and input; documented at `kg.checks.run_rules`."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    changes: Sequence[TrustedChange] = ()
    no_suppressions: frozenset[Severity] = frozenset()
    unsaved: Mapping[str, bytes] = MappingProxyType({})
    """Path of a note → the text to check in place of its file."""


def check_notes(
    settings: Settings,
    how: How,
    options: CheckOptions = CheckOptions(),  # noqa: B008  # immutable
) -> CheckResult:
    """Return the findings in the notes of a knowledge base. The graph is built only if a rule can apply to it.

    The findings in the files as they are, judged by the settings beside them, are remembered.
    """
    base = KnowledgeBase(settings, how)
    base.unsaved = options.unsaved
    if options.unsaved or settings.trusted:
        return _check_read_notes(base, options)
    # Each choice of rules has one answer, to the latest notes.
    query = f"check {memo_key(*options.select, '', *options.ignore, '', *sorted(options.no_suppressions)).hex()}"
    computed: list[CheckResult] = []

    def compute() -> _StoredCheck:
        checked = _check_read_notes(base, options)
        computed.append(checked)
        return _StoredCheck(checked.findings, checked.collapsed, dict(checked.counts))

    stored = base.recall(query, ASSESSMENT, _StoredCheck, compute)
    return computed[0] if computed else _remembered_check(base, stored)


class _StoredCheck(NamedTuple):
    """What is remembered of a check."""

    findings: tuple[Finding, ...]
    collapsed: frozenset[str]
    counts: dict[str, int]


def _remembered_check(base: KnowledgeBase, stored: _StoredCheck) -> CheckResult:
    """A check whose notes are read only if they are asked for."""
    attachments = frozenset(base.inputs.listing.attachments)
    corpus = remember_lazily(
        RememberedCorpus, lambda name: attachments if name == "attachments" else getattr(base.corpus, name)
    )
    return CheckResult(
        corpus,
        stored.findings,
        base.files,
        stored.counts,
        stored.collapsed,
        lambda: base.relations,
        lambda: base.inputs.site.dialects,
    )


def _check_read_notes(base: KnowledgeBase, options: CheckOptions) -> CheckResult:
    # start time: what is remembered needs no rules
    from kg.checks import CheckPlan, Context
    from kg.knowledge.graphs import hierarchy_of, sources_of

    settings = base.settings
    with without_collector():
        corpus, vocabulary = base.notes_read.corpus, base.vocabulary
        context = Context(
            corpus,
            hierarchy_of(corpus, vocabulary, settings.top_concepts),
            settings,
            vocabulary,
            lambda: base.graph,
            sources_of(settings),
            base.files,
            changes=options.changes,
            used_terms=base.notes_read.used,
        )
        plan = CheckPlan.of(settings, context.outside, options.select, options.ignore)
        each = plan.find(
            context,
            no_suppressions=options.no_suppressions,
        )
        findings = plan.finish(each, len(corpus.concepts))
    if base.how.cache is not None:
        note_dates(base.how.cache, corpus)
    counts = {"notes": len(corpus.notes)}
    if settings.thesauri:
        counts["rdf-files"] = len(settings.thesauri)
    collapsed = plan.collapsed(each, len(corpus.concepts))
    return CheckResult(
        corpus, findings, base.files, counts, collapsed, lambda: vocabulary.relations, lambda: base.inputs.site.dialects
    )


def sarif_of(settings: Settings, findings: tuple[Finding, ...], files: Mapping[str, str]) -> Artifact:
    """`findings.sarif` of a build: paths are relative to the knowledge base, so that equal inputs give equal bytes."""
    # start time: only this step needs it
    from kg.checks import RULES, own_rules
    from kg.views.export import render_sarif

    start = settings.notes[0] if len(settings.notes) == 1 else settings.root

    @cache
    def locate(path: str) -> str:
        full = os.path.normpath(files.get(path) or start / path)
        relative = os.path.relpath(full, settings.root)
        return Path(full if relative.startswith("..") else relative).as_posix()

    return render_sarif(findings, (*RULES, *own_rules(settings, Path.as_posix)[0]), locate)
