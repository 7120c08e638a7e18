"""Foreign concepts as N-Quads: what they are called, and to which knowledge base they belong; no `skos:Concept` of this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kg.base.names import DCTERMS, FOAF, KG, RDF, RDFS, SKOS
from kg.graph.literals import format_literal
from kg.model import ForeignConcept


def foreign_lines(concepts: Iterable[ForeignConcept], base: str) -> Iterator[str]:
    """Yield statements about foreign concepts. `kg:ForeignConcept` keeps measures and checks of own concepts from them."""
    for concept in concepts:
        s = f"<{concept.iri}> "
        lines = [
            f"{s}<{RDF}type> <{KG}ForeignConcept> .",
            f"{s}<{DCTERMS}identifier> {format_literal(concept.name)} .",
            f"{s}<{DCTERMS}isPartOf> <{base}uses/{concept.base}> .",
            *(f"{s}<{RDFS}label> {format_literal(text, lang)} ." for lang, text in concept.labels.items()),
            *(f"{s}<{SKOS}definition> {format_literal(text, lang)} ." for lang, text in concept.definitions.items()),
        ]
        if concept.address:
            lines.append(f"{s}<{FOAF}page> <{concept.address}> .")
        yield "\n".join(lines)
