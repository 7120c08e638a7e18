"""The measuring step: adds measures, topics, competency questions and reviews to the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kg.base.progress import advance_step
from kg.base.settings import Settings
from kg.graph import Graph
from kg.knowledge.texts import texts_on_disk
from kg.model import Assessment, has_coverage


def judge(settings: Settings, graph: Graph, assessment: Assessment, places: Mapping[str, str]) -> Assessment:
    """The assessment with all measures. `places` maps a note to its location on disk."""
    # start time: only this step needs it
    from kg.evidence import review
    from kg.metrics import all_measures, topics_of
    from kg.metrics.blind import read_blind_lists
    from kg.metrics.subject import Subject

    corpus = assessment.corpus
    reviews = review.summarise_reviews(review.read_reviews(settings.ontology), corpus)
    subject = Subject(
        settings=settings,
        graph=graph,
        network=assessment.network,
        relations=assessment.relations,
        corpus=corpus,
        hierarchy=assessment.hierarchy,
        reviews=reviews,
        evidence=assessment.proofs,
        text_of=texts_on_disk(places, assessment.corpus.notes),
    )
    lists = topics_of(subject)
    advance_step()
    judged = replace(
        assessment,
        measures=all_measures(subject, lists, assessment.questions),
        lists=lists,
        blind=read_blind_lists(subject),
        reviews=reviews,
    )
    advance_step()
    return replace(judged, covers=has_coverage(judged))


def add_results(settings: Settings, graph: Graph, assessment: Assessment) -> None:
    """Add measures (DQV) and evidence (PROV) to named graphs, after inference and competency questions."""
    # start time: only this step needs it
    from kg.graph.evidenced import add_evidence
    from kg.graph.measured import add_measures

    add_evidence(graph, assessment.proofs)
    parts = {title: topics.iri for topics in assessment.lists for title in topics.title.values()}
    add_measures(graph, assessment.measures, settings.claimed, settings.gates, parts)
