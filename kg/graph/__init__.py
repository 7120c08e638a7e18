"""RDF: the corpus projected to an ontology, inference, and the store behind SPARQL."""

from kg.graph.dataset import Graph, check_base
from kg.graph.documents import SortedDocuments
from kg.graph.feed import Feed, ToDisk, ToMemory
from kg.graph.foreign import foreign_lines
from kg.graph.quads import (
    concept_lines,
    corpus_lines,
    head_lines,
    link_lines,
    note_iri,
    note_lines,
    relation_lines,
    scheme_lines,
    typed_lines,
)
from kg.graph.spool import Spool
from kg.graph.vocabulary import FOREIGN_RULES, Vocabulary, built_in_vocabulary, is_copy, load_vocabulary

__all__ = [
    "FOREIGN_RULES",
    "Feed",
    "Graph",
    "SortedDocuments",
    "Spool",
    "ToDisk",
    "ToMemory",
    "Vocabulary",
    "built_in_vocabulary",
    "check_base",
    "concept_lines",
    "corpus_lines",
    "foreign_lines",
    "head_lines",
    "is_copy",
    "link_lines",
    "load_vocabulary",
    "note_iri",
    "note_lines",
    "relation_lines",
    "scheme_lines",
    "typed_lines",
]
