"""RDF: the corpus projected to an ontology, inference, and the store behind SPARQL."""

from kg.graph.dataset import Graph, check_base
from kg.graph.documents import SortedDocuments
from kg.graph.feed import Feed, ToDisk, ToMemory
from kg.graph.quads import head, lines, note_iri, tail
from kg.graph.vocabulary import FOREIGN_RULES, Vocabulary, built_in, is_copy, load, ontology_folder

__all__ = [
    "FOREIGN_RULES",
    "Feed",
    "Graph",
    "SortedDocuments",
    "ToDisk",
    "ToMemory",
    "Vocabulary",
    "built_in",
    "check_base",
    "head",
    "is_copy",
    "lines",
    "load",
    "note_iri",
    "ontology_folder",
    "tail",
]
