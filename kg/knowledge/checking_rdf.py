"""Checks RDF files of any syntax, by themselves, without measuring or writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kg.base.settings import Settings
from kg.graph import Graph, load_vocabulary
from kg.graph.importing.classes import blank_label, entail_stored_classes
from kg.graph.importing.syntax import MALFORMED, ParsedTriple, read_rdf
from kg.knowledge.checking import CheckOptions, CheckResult
from kg.knowledge.graphs import allowance_of
from kg.knowledge.running import without_collector
from kg.model import Corpus, Fault

_AT_ONCE: Final = 10_000
"""Statements that are put into the store together."""


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
    from kg.graph.used_terms import UsedTerms
    from kg.network.hierarchy import find_stated_hierarchy

    vocabulary = load_vocabulary(settings.ontology)
    store = ox.Store()
    default = ox.DefaultGraph()
    context = Context(Corpus.empty(), settings=settings, vocabulary=vocabulary, changes=options.changes)
    faults: list[tuple[str, Fault]] = []
    lines: dict[str, tuple[str, int]] = {}
    sources = tuple(path.absolute() for path in paths)
    for path in paths:
        name = context.outside(path.absolute())
        quads: list[ox.Quad] = []

        def put(s: ParsedTriple, name: str = name, quads: list[ox.Quad] = quads) -> None:
            quads.append(ox.Quad(s.subject, s.predicate, s.object, default))
            if len(quads) == _AT_ONCE:
                store.extend(quads)
                quads.clear()
            if isinstance(s.subject, ox.BlankNode):
                lines.setdefault(s.subject.value, (name, s.line))

        document = read_rdf(path, str(path), base=path.absolute().as_uri(), named=True, put=put)
        store.extend(quads)
        faults += ((name, Fault(MALFORMED, f.line, f.column, f.problem)) for f in document.faults)
    used = UsedTerms.in_store(store, sources)
    store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for t in vocabulary.triples)
    entail_stored_classes(store, settings.base)
    graph = Graph(store, settings.base, allowance=allowance_of(settings))
    graph.infer(vocabulary.rules, traced=False)
    concepts = dict(concepts_of(graph, vocabulary))
    for iri, concept in concepts.items():
        if label := blank_label(iri):
            name, line = lines.get(label, (".", 1))
            concepts[iri] = replace(concept, id=f"blank node {label.rpartition('n')[2]} (line {line})", path=name, line=line)
    hierarchy = find_stated_hierarchy(graph, vocabulary.relations)
    context = replace(
        context,
        corpus=replace(context.corpus, concepts=concepts, faults=tuple(faults)),
        hierarchy=hierarchy,
        make_graph=lambda: graph,
        used_terms=used,
        sources=sources,
    )
    findings = run_rules(context, options.select, options.ignore)
    return CheckResult(context.corpus, findings, {}, {"concepts": len(concepts)})
