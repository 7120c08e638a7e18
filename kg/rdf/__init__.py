"""RDF: the corpus projected to an ontology, inference, and the store behind SPARQL."""

from kg.rdf.dataset import Graph
from kg.rdf.quads import lines, note_iri
from kg.rdf.vocabulary import FOREIGN_RULES, Vocabulary, built_in, is_copy, load, ontology_folder

__all__ = ["FOREIGN_RULES", "Graph", "Vocabulary", "built_in", "is_copy", "lines", "load", "note_iri", "ontology_folder"]
