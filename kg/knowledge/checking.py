"""Checks a knowledge base or RDF files without measuring or writing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.rdf_text import parse_rdf
from kg.base.settings import Settings
from kg.graph import Graph, load_vocabulary
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.graphs import allowance_of, hierarchy_of, sources_of
from kg.knowledge.running import How, Progress, without_collector
from kg.model import Artifact, Corpus, Finding, Severity

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


class CheckOptions(NamedTuple):
    """Options for rules and input; documented at `kg.checks.run_rules`."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    changes: Sequence[TrustedChange] = ()
    no_suppressions: frozenset[Severity] = frozenset()


def check_notes(
    settings: Settings,
    how: How,
    progress: Progress,
    options: CheckOptions = CheckOptions(),  # noqa: B008  # immutable
) -> CheckResult:
    """Return the findings in the notes of a knowledge base. The graph is built only if a rule can apply to it."""
    # start time: only this step needs it
    from kg.checks import CheckPlan, Context

    base = KnowledgeBase(settings, how, progress=progress)
    with without_collector():
        corpus, vocabulary = base.notes_read.corpus, base.vocabulary
        progress("checking", 0, 0)
        context = Context(
            corpus,
            hierarchy_of(corpus, vocabulary, settings.top_concepts),
            settings,
            vocabulary,
            lambda: base.graph,
            sources_of(settings),
            base.files,
            changes=options.changes,
        )
        plan = CheckPlan.of(settings, context.outside, options.select, options.ignore)
        each = plan.find(context, no_suppressions=options.no_suppressions)
        findings = plan.finish(each, len(corpus.concepts))
    counts = {"notes": len(corpus.notes)}
    if settings.thesauri:
        counts["rdf-files"] = len(settings.thesauri)
    return CheckResult(corpus, findings, base.files, counts, plan.collapsed(each, len(corpus.concepts)))


def check_rdf(
    settings: Settings,
    paths: Sequence[Path],
    options: CheckOptions = CheckOptions(),  # noqa: B008  # immutable
) -> CheckResult:
    """Return the findings in RDF files of any syntax. Raises UsageError for a file that can't be parsed."""
    # start time: only this step needs it
    from kg.checks import Context, run_rules
    from kg.graph.concepts import concepts_of
    from kg.graph.places import format_of
    from kg.network import project_network
    from kg.network.hierarchy import find_hierarchy

    vocabulary = load_vocabulary(settings.ontology)
    store = ox.Store()
    default = ox.DefaultGraph()
    store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for t in vocabulary.triples)
    for path in paths:
        try:
            quads = parse_rdf(files.read(path, files.NAMED, named=True), format_of(path), base=path.absolute().as_uri())
            store.extend(ox.Quad(q.subject, q.predicate, q.object, default) for q in quads)
        except OSError as error:
            raise UsageError(
                f"can't read {path}: {error.strerror}", hint="give RDF files: Turtle, RDF/XML, JSON-LD, …"
            ) from None
        except FormatError as error:
            raise UsageError(
                f"{path}:{error.line}:{error.column}: {error.problem}",
                hint=error.hint or "the ending of the name tells the syntax: .ttl, .rdf, .jsonld",
            ) from None
    graph = Graph(store, settings.base, allowance=allowance_of(settings))
    graph.infer(vocabulary.rules)
    concepts = concepts_of(graph, vocabulary)
    corpus = Corpus({}, concepts, {}, (), (), ())
    hierarchy = find_hierarchy(project_network(graph, vocabulary.relations), vocabulary.relations, ())
    sources = tuple(p.absolute() for p in paths)
    context = Context(corpus, hierarchy, settings, vocabulary, lambda: graph, sources, changes=options.changes)
    findings = run_rules(context, options.select, options.ignore)
    return CheckResult(corpus, findings, {}, {"concepts": len(concepts)})


def sarif_of(settings: Settings, findings: tuple[Finding, ...], files: Mapping[str, str]) -> Artifact:
    """`findings.sarif` of a build: paths are relative to the knowledge base, so that equal inputs give equal bytes."""
    # start time: only this step needs it
    from kg.checks import RULES, own_rules
    from kg.views.export import render_sarif

    start = settings.notes[0] if len(settings.notes) == 1 else settings.root

    def locate(path: str) -> str:
        full = os.path.normpath(files.get(path) or start / path)
        relative = os.path.relpath(full, settings.root)
        return Path(full if relative.startswith("..") else relative).as_posix()

    return render_sarif(findings, (*RULES, *own_rules(settings, Path.as_posix)[0]), locate)
