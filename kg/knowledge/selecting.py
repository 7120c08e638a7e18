"""Parts of a knowledge base by selectors of concepts (`kg.network.selectors`): what is measured, drawn, verified, exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pyoxigraph as ox

from kg.base.names import LINKS_TO, PROV, inferred_iri, notes_iri
from kg.base.settings import Settings
from kg.graph import Graph
from kg.graph.concepts import concepts_of, vocabulary_of
from kg.model import Assessment, Corpus, Measure, Relation, Reviews
from kg.network.selectors import ConceptSelector, RelationEdge

_BY_CONCEPT: Final = ("concept_association", "linkage", "logical_consistency")
"""Measures whose denominator is all concepts, and whose offenders are those that the numerator lacks."""


def select_stated(corpus: Corpus, relations: Mapping[str, Relation], selectors: Sequence[str]) -> frozenset[str]:
    """Return the IRIs of the concepts that selectors name, by the relations that notes state. Raises UsageError."""
    edges = (RelationEdge(a.subject, a.predicate, a.object) for a in corpus.assertions)
    return ConceptSelector(corpus.concepts, edges, relations).select(selectors)


def select_assessed(assessment: Assessment, selectors: Sequence[str]) -> frozenset[str]:
    """Return the IRIs of the concepts that selectors name, by the stated relations of a network. Raises UsageError."""
    edges = (
        RelationEdge(source, iri, target)
        for source, target, iri, data in assessment.network.edges(keys=True, data=True)
        if data.get("asserted", True) and iri != LINKS_TO
    )
    return ConceptSelector(assessment.corpus.concepts, edges, assessment.relations).select(selectors)


def measure_selected(
    settings: Settings, assessment: Assessment, places: Mapping[str, str], selectors: Sequence[str]
) -> Assessment:
    """Return an assessment with the measures of selected concepts, each as it stands among all of them.

    Measures that are not about single concepts (coverage, questions, judgements) are left out. `places` maps a note to its
    location on disk. Raises UsageError.
    """
    # start time: only this step needs them
    from kg.metrics.representation import representation_consistency
    from kg.metrics.subject import Subject

    chosen = select_assessed(assessment, selectors) - assessment.planned
    measures = []
    for measure in assessment.measures:
        if measure.name in _BY_CONCEPT:
            measures.append(_of_concepts(measure, chosen))
        elif measure.name == "representation_consistency":
            corpus = assessment.corpus
            concepts = {iri: c for iri, c in corpus.concepts.items() if iri in chosen}
            subject = Subject(
                settings=settings,
                graph=Graph(ox.Store(), settings.base),  # this measure asks none
                network=assessment.network,
                relations=assessment.relations,
                corpus=replace(corpus, concepts=concepts),
                hierarchy=assessment.hierarchy,
                reviews=assessment.reviews or Reviews(0, (), 0, None, (), (), frozenset()),
                evidence=assessment.proofs,
            )
            measures.append(replace(representation_consistency(subject, measure.target), diagnostics={}))
    return replace(assessment, measures=tuple(measures), history=())


def _of_concepts(measure: Measure, chosen: frozenset[str]) -> Measure:
    offenders = tuple(iri for iri in measure.offenders if iri in chosen)
    return Measure(
        measure.name,
        len(chosen) - len(offenders),
        len(chosen),
        measure.target,
        offenders,
        {iri: measure.reasons[iri] for iri in offenders if iri in measure.reasons},
    )


def restrict_graph(graph: Graph, selectors: Sequence[str]) -> Graph:
    """Return the statements of a graph that are not about other concepts than the selected ones, nor about their notes.

    Raises UsageError.
    """
    vocabulary = vocabulary_of(graph)
    concepts = concepts_of(graph, vocabulary)
    default, store = ox.DefaultGraph(), graph.store
    edges = (
        RelationEdge(q.subject.value, iri, q.object.value)
        for iri in vocabulary.relations
        for q in store.quads_for_pattern(None, ox.NamedNode(iri), None, default)
        if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.NamedNode)
    )
    chosen = ConceptSelector(concepts, edges, vocabulary.relations).select(selectors)
    derived, notes = ox.NamedNode(PROV + "wasDerivedFrom"), notes_iri(graph.base)
    inferred = inferred_iri(graph.base)
    kept_notes = {
        q.object.value
        for iri in chosen
        for q in store.quads_for_pattern(ox.NamedNode(iri), derived, None, default)
        if isinstance(q.object, ox.NamedNode)
    }

    def is_kept(term: object) -> bool:
        if not isinstance(term, ox.NamedNode):
            return True
        if term.value in concepts:
            return term.value in chosen
        iri = term.value
        if iri.startswith(inferred) and (place := iri.find("/notes/", len(inferred) - 1)) >= 0:
            iri = notes + iri[place + len("/notes/") :]
        return not iri.startswith(notes) or iri.partition("#")[0] in kept_notes

    restricted = ox.Store()
    restricted.bulk_extend(q for q in store if is_kept(q.subject) and is_kept(q.object) and is_kept(q.graph_name))
    return Graph(restricted, graph.base)
