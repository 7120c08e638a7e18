"""The measuring step: everything that is computed from notes and graph, except suggestions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from kg.base.memo import Memo, memo_key, recall_answer
from kg.base.progress import begin_step
from kg.checks import Context, run_rules
from kg.evidence import claims, snapshot
from kg.graph import Graph
from kg.graph.concepts import planned_concepts, vocabulary_of
from kg.graph.skos import read_skos
from kg.knowledge.graphs import sources_of
from kg.knowledge.look import look_of
from kg.knowledge.placing import positions_of
from kg.knowledge.quality import judge
from kg.knowledge.steps import languages_in, languages_of
from kg.metrics.competency import answer_questions
from kg.metrics.readability import measure_readability
from kg.model import Assessment, Concept, Corpus, Hierarchy, SkosData, verdicts_by_concept
from kg.network import project_network
from kg.network.edges import StatedEdges, stated_edges
from kg.network.structure import (
    STRUCTURE_PARTS,
    NetworkDescription,
    NetworkStructure,
    RememberedNetwork,
    describe_structure,
    description_key,
    find_structure,
    structure_key,
)
from kg.network.terms import term_texts, terms_of

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase

_STRUCTURE: Final = "network"
_DESCRIPTION: Final = "network-described"
_READABILITY: Final = "readability"
_PARTS: Final = STRUCTURE_PARTS + 6
"""What is counted while measuring: besides the network evidence, questions, rules, topics, measures, readability."""


def assess(base: KnowledgeBase, memo: Memo | None = None) -> Assessment:
    """Measure a knowledge base."""
    with begin_step("measuring", _PARTS) as measuring:
        settings, corpus, vocabulary, graph = base.settings, base.notes_read.corpus, base.vocabulary, base.graph
        network, hierarchy, files = base.network, base.hierarchy, base.files
        languages = languages_of(settings, corpus)
        by_id = {c.id: c.iri for c in corpus.concepts.values()}
        remembered = snapshot.read_snapshot(settings.ontology, by_id, fresh=not settings.remember)
        before = RememberedNetwork(remembered.communities, remembered.names)
        edges = stated_edges(network)
        structure, described = _network(corpus, edges, before, languages, memo)
        measuring.at(STRUCTURE_PARTS)
        digests = snapshot.digest_concepts(corpus)
        proofs = claims.read_evidence(settings.ontology, corpus, files, vocabulary.relations, settings.cache)
        measuring.advance()
        # The questions see asserted and inferred statements, but no measures.
        answered = answer_questions(graph, settings.ontology / "questions")
        measuring.advance()
        context = Context(
            corpus,
            hierarchy,
            settings,
            vocabulary,
            lambda: graph,
            sources_of(settings),
            files,
            known_proofs=proofs,
            questions=answered,
            used_terms=base.notes_read.used,
        )
        findings = run_rules(context)
        measuring.advance()
        assessment = Assessment(
            corpus=corpus,
            network=network,
            relations=vocabulary.relations,
            concepts=structure.concepts,
            communities=described.communities,
            hierarchy=hierarchy,
            measures=(),
            findings=findings,
            questions=answered,
            positions=positions_of(edges, remembered.positions, structure.concepts, memo),
            title=settings.title or {"": settings.root.name.encode("utf-8", "replace").decode()},
            languages=languages,
            claimed=settings.claimed,
            pairs=described.pairs,
            gaps=described.gaps,
            sampled=(structure.sampled,) if structure.sampled else (),
            remembered=remembered.members,
            gates=settings.gates,
            changes=tuple(snapshot.list_changes(remembered.notes, digests)),
            digests=digests,
            blocks=dict(Counter(block.kind for note in corpus.notes.values() for block in note.blocks)),
            history=remembered.history,
            look=look_of(settings),
            evidence=verdicts_by_concept(proofs),
            proofs=proofs,
            planned=planned_concepts(graph) & corpus.concepts.keys(),
            # Only RDF files and the `skos:` keys of notes say so.
            skos=read_skos(graph, corpus.concepts) if base.notes_read.lines or base.notes_read.triples else SkosData(),
        )
        return judge(settings, graph, replace(assessment, prose=_readability(corpus.concepts, memo)), files)


def assess_graph(graph: Graph, concepts: Mapping[str, Concept]) -> Assessment:
    """Return what maps show of a graph without its notes: network, communities and positions, without findings and evidence."""
    relations = vocabulary_of(graph).relations
    network = project_network(graph, relations)
    corpus = Corpus(notes={}, concepts=concepts, concept_of={}, links=(), assertions=(), faults=())
    languages = languages_in(concepts)
    edges = stated_edges(network)
    structure, described = _network(corpus, edges, RememberedNetwork(), languages, None)
    return Assessment(
        corpus=corpus,
        network=network,
        relations=relations,
        concepts=structure.concepts,
        communities=described.communities,
        hierarchy=Hierarchy({}, {}, (), (), {}, (), (), (), ()),
        measures=(),
        findings=(),
        positions=positions_of(edges, {}, structure.concepts, None),
        title={"": graph.base},
        languages=languages,
        planned=planned_concepts(graph) & concepts.keys(),
    )


def _network(
    corpus: Corpus, edges: StatedEdges, before: RememberedNetwork, languages: tuple[str, ...], memo: Memo | None
) -> tuple[NetworkStructure, NetworkDescription]:
    """What edges determine, and what texts add to it. Each is remembered under the digest of what it reads."""
    key = structure_key(edges, before)
    structure = recall_answer(memo, _STRUCTURE, key, NetworkStructure, lambda: find_structure(edges, before))
    described = recall_answer(
        memo,
        _DESCRIPTION,
        description_key(key, before, term_texts(corpus), languages),
        NetworkDescription,
        lambda: describe_structure(structure, edges, before, terms_of(corpus), corpus.concepts, languages),
    )
    return structure, described


def _readability(concepts: Mapping[str, Concept], memo: Memo | None) -> dict[str, float]:
    """The readability of definitions, remembered under what it reads of concepts."""
    reads = [(c.iri, c.labels, c.alt_labels, c.definitions) for c in concepts.values()]
    return recall_answer(
        memo,
        _READABILITY,
        memo_key(msgspec.msgpack.encode(reads)),
        dict[str, float],
        lambda: measure_readability(concepts),
    )
