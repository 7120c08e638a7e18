"""The step that judges: measures, topics, competency questions and reviews, added to what was found so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kg.base.settings import Settings
from kg.graph import Graph
from kg.knowledge.texts import texts_on_disk
from kg.model import Assessment


def judge(settings: Settings, graph: Graph, found: Assessment, files: Mapping[str, str]) -> Assessment:
    """The assessment with all measures. `files` says where each note is on the disk.

    Questions are asked of the graph as it is now: asserted and inferred statements, no results of measuring.
    """
    from kg.evidence import review
    from kg.metrics import all_measures, topics_of
    from kg.metrics.competency import answers
    from kg.metrics.readability import readability
    from kg.metrics.subject import Subject

    corpus = found.corpus
    reviews = review.state(review.read(settings.ontology), corpus)
    subject = Subject(
        settings=settings,
        graph=graph,
        network=found.network,
        relations=found.relations,
        corpus=corpus,
        hierarchy=found.hierarchy,
        reviews=reviews,
        evidence=found.proofs,
        text_of=texts_on_disk(files),
    )
    lists = topics_of(subject)
    answered = answers(graph, settings.ontology / "questions")
    return replace(
        found,
        measures=all_measures(subject, lists, answered),
        lists=lists,
        questions=answered,
        reviews=reviews,
        prose=readability(corpus.concepts),
    )


def add_results(settings: Settings, graph: Graph, found: Assessment) -> None:
    """Put measures (DQV), suggestions and evidence (PROV) into named graphs that nothing was inferred from or asked of."""
    from kg.graph.evidenced import add_evidence
    from kg.graph.measured import add_measures
    from kg.graph.suggested import add_suggestions

    add_suggestions(graph, found.suggestions)
    add_evidence(graph, found.proofs)
    parts = {title: topics.iri for topics in found.lists for title in topics.title.values()}
    add_measures(graph, found.measures, settings.claimed, settings.gates, parts)
