"""What notes state about their origin as linked data: PROV, FOAF and Dublin Core."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final

import pyoxigraph as ox

from kg.base.names import DCTERMS, FOAF, KG, PROV, RDF, RDFS, XSD, iri_path
from kg.graph.literals import format_literal
from kg.model import HUMAN, Attribution, Concept, StatedSource
from kg.notes.okf import is_path, read_moment

_TYPE: Final = f"<{RDF}type>"


def trust_lines(concept: Concept, base: str, concept_of: Mapping[str, str], note: str) -> Iterator[str]:
    """Yield N-Quads of the provenance of a concept; `note` is the IRI of its note."""
    stated = concept.provenance
    if stated is None:
        return
    s, root = f"<{concept.iri}>", base[:-1] + "/" if base.endswith("#") else base
    own = iri_path(concept.id)
    if stated.type:
        yield f"{s} <{DCTERMS}type> {format_literal(stated.type)} ."
    if stated.resource and (iri := _iri(stated.resource)):
        yield f"{s} <{FOAF}focus> {iri} ."
    if moment := _typed(stated.stale_after):
        yield f"{s} <{KG}staleAfter> {moment} ."
    if stated.type or stated.verified:
        yield f"{s} <{KG}trustTier> {format_literal(stated.tier)} ."
    if stated.generated is not None:
        if stated.generated.by:
            yield from _agent(stated.generated, root)
            yield f"{s} <{PROV}wasAttributedTo> <{root}agent/{iri_path(stated.generated.by)}> ."
        if moment := _typed(stated.generated.at):
            yield f"{s} <{PROV}generatedAtTime> {moment} ."
    for number, event in enumerate(stated.verified, 1):
        activity = f"<{root}verification/{own}/{number}>"
        yield f"{activity} {_TYPE} <{PROV}Activity> ."
        yield f"{activity} {_TYPE} <{KG}Verification> ."
        yield f"{activity} <{PROV}used> {s} ."
        if event.by:
            yield from _agent(event, root)
            yield f"{activity} <{PROV}wasAssociatedWith> <{root}agent/{iri_path(event.by)}> ."
        if moment := _typed(event.at):
            yield f"{activity} <{PROV}endedAtTime> {moment} ."
    nodes: dict[str, str] = {}
    for number, source in enumerate(stated.sources, 1):
        node = f"<{root}derivation/{own}/{number}>"
        if source.id:
            nodes.setdefault(source.id, node)
        yield f"{s} <{PROV}qualifiedDerivation> {node} ."
        yield from _derivation(source, node, s, _entity(concept, source, concept_of))
    for use in stated.cited:
        if use.id in nodes:
            yield f"<{note}#L{use.line}> <{DCTERMS}source> {nodes[use.id]} ."


def _derivation(source: StatedSource, node: str, subject: str, entity: str) -> Iterator[str]:
    """Yield the statements about one source, with its signals of credibility."""
    yield f"{node} {_TYPE} <{PROV}Derivation> ."
    if entity:
        yield f"{subject} <{PROV}wasDerivedFrom> {entity} ."
        yield f"{node} <{PROV}entity> {entity} ."
    else:
        yield f"{node} <{DCTERMS}description> {format_literal(source.resource)} ."
    for name, text in (("identifier", source.id), ("title", source.title), ("creator", source.author)):
        if text:
            yield f"{node} <{DCTERMS}{name}> {format_literal(text)} ."
    if source.usage_count is not None:
        yield f'{node} <{KG}usageCount> "{source.usage_count}"^^<{XSD}integer> .'
    if moment := _typed(source.last_modified):
        yield f"{node} <{DCTERMS}modified> {moment} ."


def _entity(concept: Concept, source: StatedSource, concept_of: Mapping[str, str]) -> str:
    """Return the IRI of a source: of a concept of the same notes, or of something outside; empty for neither."""
    if not is_path(source.resource):
        return _iri(source.resource)
    path = source.resource.partition("#")[0]
    folder = "" if path.startswith("/") else posixpath.dirname(concept.path)
    for start in dict.fromkeys((folder, "")):
        name = posixpath.normpath(posixpath.join(start, path.lstrip("/")))
        iri = concept_of.get(name) or concept_of.get(f"{name}.md")
        if iri is not None and iri != concept.iri:
            return f"<{iri}>"
    return ""


def _agent(event: Attribution, root: str) -> Iterator[str]:
    agent = f"<{root}agent/{iri_path(event.by)}>"
    yield f"{agent} {_TYPE} <{PROV}{'Person' if event.by.startswith(HUMAN) else 'SoftwareAgent'}> ."
    yield f"{agent} <{RDFS}label> {format_literal(event.by)} ."


def _typed(text: str) -> str:
    """Return a date or instant as a literal; empty if the text is neither."""
    moment = read_moment(text)
    return f'"{text}"^^<{XSD}{"date" if moment.whole_day else "dateTime"}>' if moment is not None else ""


def _iri(text: str) -> str:
    """Return an absolute IRI in angle brackets; empty for another text."""
    try:
        return str(ox.NamedNode(text)) if ":" in text else ""
    except ValueError:
        return ""
