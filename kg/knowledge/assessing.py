"""The measuring step: everything that is computed from notes and graph, except suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kg.base.settings import Settings
from kg.checks import Context, run_rules
from kg.evidence import claims, snapshot
from kg.graph import Graph
from kg.knowledge.graphs import Read, sources_of
from kg.knowledge.look import look_of
from kg.knowledge.quality import judge
from kg.knowledge.steps import languages_of
from kg.metrics.competency import answer_questions
from kg.metrics.subject import planned_concepts
from kg.model import Assessment, verdicts_by_concept
from kg.network import project_network
from kg.network.centrality import measure_concepts, pagerank, plan_sampling
from kg.network.communities import RememberedCommunities, find_communities
from kg.network.gaps import find_gaps
from kg.network.hierarchy import find_hierarchy
from kg.network.layout import place_concepts
from kg.network.pairs import find_missing_pairs
from kg.network.plain import is_asserted, simple_graph
from kg.network.terms import terms_of

_PAIRS: Final = 100
_GAPS: Final = 10


def assess(settings: Settings, read: Read, graph: Graph, files: Mapping[str, str]) -> Assessment:
    """Measure a knowledge base. `files`: path of a note → its location on disk."""
    corpus, vocabulary = read.corpus, read.vocabulary
    network = project_network(graph, vocabulary.relations)
    languages = languages_of(settings, corpus)
    by_id = {c.id: c.iri for c in corpus.concepts.values()}
    hierarchy = find_hierarchy(network, vocabulary.relations, [by_id[t] for t in settings.top_concepts if t in by_id])
    remembered = snapshot.read_snapshot(settings.ontology, by_id, fresh=not settings.remember)
    terms = terms_of(corpus)
    communities, number = find_communities(
        network,
        pagerank(network),
        corpus.concepts,
        languages,
        RememberedCommunities(remembered.communities, remembered.names),
        terms,
    )
    sampled = plan_sampling(simple_graph(network, is_asserted))
    concepts = measure_concepts(network, number)
    proofs = claims.read_evidence(settings.ontology, corpus, files, vocabulary.relations, settings.cache)
    # The questions see asserted and inferred statements, but no measures.
    answered = answer_questions(graph, settings.ontology / "questions")
    assessment = Assessment(
        corpus=corpus,
        network=network,
        relations=vocabulary.relations,
        concepts=concepts,
        communities=communities,
        hierarchy=hierarchy,
        measures=(),
        findings=run_rules(
            Context(
                corpus,
                hierarchy,
                settings,
                vocabulary,
                lambda: graph,
                sources_of(settings),
                files,
                known_proofs=proofs,
                questions=answered,
            )
        ),
        questions=answered,
        positions=place_concepts(network, remembered.positions, number),
        title=settings.title or {"": settings.root.name},
        languages=languages,
        claimed=settings.claimed,
        pairs=find_missing_pairs(network, _PAIRS, terms),
        gaps=find_gaps(network, communities, terms, _GAPS),
        sampled=(sampled,) if sampled else (),
        remembered=remembered.members,
        gates=settings.gates,
        changes=tuple(snapshot.list_changes(remembered.notes, snapshot.digest_concepts(corpus))),
        history=remembered.history,
        look=look_of(settings),
        evidence=verdicts_by_concept(proofs),
        proofs=proofs,
        planned=planned_concepts(graph) & corpus.concepts.keys(),
    )
    return judge(settings, graph, assessment, files)
