"""What measures look at: the graph, the network, the notes and the records of one knowledge base, gathered once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kg.metrics.evidence import Evidence
from kg.metrics.sections import Part, parts
from kg.model import Concept, Corpus, Hierarchy, Relation, Reviews
from kg.rdf import Graph
from kg.settings import Settings

if TYPE_CHECKING:
    import networkx as nx


def _no_text(_path: str) -> str:
    return ""


@dataclass(frozen=True)
class Subject:
    """A knowledge base as measures see it. Not slotted: what several measures need is computed once."""

    settings: Settings
    graph: Graph
    network: nx.MultiDiGraph[str]
    relations: Mapping[str, Relation]
    corpus: Corpus
    hierarchy: Hierarchy
    reviews: Reviews
    evidence: tuple[Evidence, ...] = ()
    text_of: Callable[[str], str] = _no_text
    """Text of a note by its path, empty where it can't be read."""
    _parts: dict[str, tuple[Part, ...]] = field(default_factory=dict, repr=False)

    def paths(self, concept: Concept) -> tuple[str, ...]:
        """The notes that describe a concept."""
        return tuple(p for p in concept.paths or (concept.path,) if p in self.corpus.notes)

    def parts(self, concept: Concept) -> tuple[Part, ...]:
        """The named parts of a concept's notes: sections, and paragraphs that begin with a bold word."""
        known = self._parts.get(concept.iri)
        if known is None:
            known = tuple(part for path in self.paths(concept) for part in parts(self.text_of(path)))
            self._parts[concept.iri] = known
        return known

    @cached_property
    def evidence_of(self) -> Mapping[str, tuple[Evidence, ...]]:
        """IRI of a concept → the evidence on its claims."""
        by_path = self.corpus.concept_of
        by_id = {c.id: c.iri for c in self.corpus.concepts.values()}
        found: dict[str, list[Evidence]] = {}
        for item in self.evidence:
            iri = (
                by_id.get(item.concept)
                or by_path.get(item.path)
                or (item.concept if item.concept in self.corpus.concepts else "")
            )
            if iri:
                found.setdefault(iri, []).append(item)
        return {iri: tuple(items) for iri, items in found.items()}
