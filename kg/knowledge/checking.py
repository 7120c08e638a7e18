"""Checks a knowledge base or RDF files without measuring or writing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from kg.base.settings import Settings
from kg.graph import Graph, load_vocabulary
from kg.graph.importing.classes import blank_label, entail_stored_classes
from kg.graph.importing.syntax import MALFORMED, ParsedTriple, read_rdf
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.graphs import allowance_of, hierarchy_of, sources_of
from kg.knowledge.running import How, Progress, without_collector
from kg.model import Artifact, Corpus, Fault, Finding, Relation, Severity

if TYPE_CHECKING:
    from kg.checks import TrustedChange


_AT_ONCE: Final = 10_000
"""Statements that are put into the store together."""


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
    relations: Mapping[str, Relation] = field(default_factory=dict)
    """The vocabulary's relations by IRI; only of notes."""


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
    progress: Progress,
    options: CheckOptions = CheckOptions(),  # noqa: B008  # immutable
) -> CheckResult:
    """Return the findings in the notes of a knowledge base. The graph is built only if a rule can apply to it."""
    # start time: only this step needs it
    from kg.checks import CheckPlan, Context

    base = KnowledgeBase(settings, how, progress=progress)
    base.unsaved = options.unsaved
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
    collapsed = plan.collapsed(each, len(corpus.concepts))
    return CheckResult(corpus, findings, base.files, counts, collapsed, vocabulary.relations)


@without_collector()
def check_rdf(
    settings: Settings,
    paths: Sequence[Path],
    options: CheckOptions = CheckOptions(),  # noqa: B008  # immutable
) -> CheckResult:
    """Return the findings in RDF files of any syntax.

    What can't be read of a file is a finding. Raises UsageError for a file of which nothing can be read.
    """
    # start time: only this step needs it
    from kg.checks import Context, run_rules
    from kg.graph.concepts import concepts_of
    from kg.graph.places import UsedTerms
    from kg.network.hierarchy import stated_hierarchy

    vocabulary = load_vocabulary(settings.ontology)
    store = ox.Store()
    default = ox.DefaultGraph()
    store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for t in vocabulary.triples)
    context = Context(Corpus({}, {}, {}, (), (), ()), settings=settings, vocabulary=vocabulary, changes=options.changes)
    used = UsedTerms(set(), set(), set(), set())
    faults: list[tuple[str, Fault]] = []
    lines: dict[str, tuple[str, int]] = {}
    for path in paths:
        name = context.outside(path.absolute())
        quads: list[ox.Quad] = []

        def put(s: ParsedTriple, name: str = name, quads: list[ox.Quad] = quads) -> None:
            quads.append(ox.Quad(s.subject, s.predicate, s.object, default))
            if len(quads) == _AT_ONCE:
                store.extend(quads)
                quads.clear()
            used.add(s.subject, s.predicate, s.object)
            if isinstance(s.subject, ox.BlankNode):
                lines.setdefault(s.subject.value, (name, s.line))

        document = read_rdf(path, str(path), base=path.absolute().as_uri(), named=True, put=put)
        store.extend(quads)
        faults += ((name, Fault(MALFORMED, f.line, f.column, f.problem)) for f in document.faults)
    entail_stored_classes(store, settings.base)
    graph = Graph(store, settings.base, allowance=allowance_of(settings))
    graph.infer(vocabulary.rules, traced=False)
    concepts = dict(concepts_of(graph, vocabulary))
    for iri, concept in concepts.items():
        if label := blank_label(iri):
            name, line = lines.get(label, (".", 1))
            concepts[iri] = replace(concept, id=f"blank node {label.rpartition('n')[2]} (line {line})", path=name, line=line)
    hierarchy = stated_hierarchy(graph, vocabulary.relations)
    context = replace(
        context,
        corpus=replace(context.corpus, concepts=concepts, faults=tuple(faults)),
        hierarchy=hierarchy,
        make_graph=lambda: graph,
        used_terms=used,
        sources=tuple(p.absolute() for p in paths),
    )
    findings = run_rules(context, options.select, options.ignore)
    return CheckResult(context.corpus, findings, {}, {"concepts": len(concepts)})


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
