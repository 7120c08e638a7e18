"""The input of measures: graph, network, notes and records of one knowledge base, collected once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from kg.base.settings import Settings
from kg.graph import Graph
from kg.graph.concepts import planned_concepts
from kg.metrics.sections import NoteSection, split_sections
from kg.model import Concept, Corpus, Evidence, Hierarchy, Relation, Reviews
from kg.network.edges import StatedEdges, stated_edges

if TYPE_CHECKING:
    import networkx as nx


def _no_text(_path: str) -> str:
    return ""


@dataclass(frozen=True)
class Subject:
    """A knowledge base as input of measures. Not slotted, for cached properties that several measures use."""

    settings: Settings
    graph: Graph
    network: nx.MultiDiGraph[str]
    relations: Mapping[str, Relation]
    corpus: Corpus
    hierarchy: Hierarchy
    reviews: Reviews
    evidence: tuple[Evidence, ...] = ()
    text_of: Callable[[str], str] = _no_text
    """Text of a note by its path, empty if it can't be read."""
    _parts: dict[str, tuple[NoteSection, ...]] = field(default_factory=dict, repr=False)

    def paths(self, concept: Concept) -> tuple[str, ...]:
        """Return the paths of the notes that describe a concept."""
        return tuple(p for p in concept.paths or (concept.path,) if p in self.corpus.notes)

    def parts(self, concept: Concept) -> tuple[NoteSection, ...]:
        """Return the named parts of a concept's notes: sections, and paragraphs that begin with a bold word."""
        known = self._parts.get(concept.iri)
        if known is None:
            known = tuple(part for path in self.paths(concept) for part in split_sections(self.text_of(path)))
            self._parts[concept.iri] = known
        return known

    @cached_property
    def edges(self) -> StatedEdges:
        """The asserted edges of the network."""
        return stated_edges(self.network)

    @cached_property
    def evidence_of(self) -> Mapping[str, tuple[Evidence, ...]]:
        """IRI of a concept → the evidence on its claims."""
        found: dict[str, list[Evidence]] = {}
        for item in self.evidence:
            if item.concept:
                found.setdefault(item.concept, []).append(item)
        return {iri: tuple(items) for iri, items in found.items()}

    def committed(self, iri: str, *, proofs: bool = False) -> int:
        """Return the number of untrusted committed verdicts on a concept's claims: gates don't accept them.

        `proofs`: count only those by which a theorem prover or model checker established something.
        """
        if self.settings.trust_committed:
            return 0
        evidence = self.evidence_of.get(iri, ())
        return sum(e.committed and not e.skipped and (e.machine_checked or not proofs) for e in evidence)

    def of_concepts(self) -> Subject:
        """The same without plans and tasks: they are work on the knowledge, not part of it, and no measure counts them."""
        planned = planned_concepts(self.graph) & self.corpus.concepts.keys()
        if not planned:
            return self
        left = {iri: concept for iri, concept in self.corpus.concepts.items() if iri not in planned}
        network = self.network.subgraph([n for n in self.network.nodes if n not in planned]).copy()
        return replace(self, network=network, corpus=replace(self.corpus, concepts=left), _parts={})
