"""The corpus as RDF: quads in N-Quads syntax, asserted statements in the default graph and in the graph of their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pyoxigraph as ox

from kg.model import Assertion, Concept, Corpus
from kg.names import DCTERMS, FOAF, KG, PROV, RDF, SKOS, XSD, iri_path

_TYPE: Final = f"<{RDF}type>"
_ESCAPE: Final = re.compile('[\\\\"\n\r\x00-\x1f\x7f\ud800-\udfff]')
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LANG: Final = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*")
_URL: Final = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]]+")
_LINKS_TO: Final = KG + "linksTo"
_SKOS_TYPE: Final = f"{_TYPE} <{SKOS}Concept> ."


def literal(text: str, lang: str = "") -> str:
    r"""A literal in N-Quads syntax.

    >>> print(literal('say "a\\b"', "en"))
    "say \"a\\b\""@en
    """
    # A lone surrogate can't be written as UTF-8; U+FFFD stands for it.
    text = _ESCAPE.sub(lambda m: _SHORT.get(m.group()) or _control(m.group()), text)
    return f'"{text}"@{lang}' if lang and _LANG.fullmatch(lang) else f'"{text}"'


def _control(c: str) -> str:
    return "\ufffd" if "\ud800" <= c <= "\udfff" else f"\\u{ord(c):04X}"


def _is_iri(text: str) -> bool:
    """Whether RFC 3987 takes a text as an IRI: ``https://a.b/100%`` is none.

    >>> _is_iri("https://a.b/100%25"), _is_iri("https://a.b/100%"), _is_iri("https://a.b:port/")
    (True, False, False)
    """
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def note_iri(base: str, path: str) -> str:
    """The IRI of a note; with ``#L12`` behind it, of a line in it."""
    return f"{base}notes/{iri_path(path)}"


def lines(
    corpus: Corpus, *, base: str, types: Mapping[str, str], tops: Sequence[str] = (), title: Mapping[str, str]
) -> Iterator[str]:
    """N-Quads lines of everything that the authors stated. No line comes twice for one statement in one graph."""
    scheme = f"<{base}scheme>"
    yield f"{scheme} {_TYPE} <{SKOS}ConceptScheme> ."
    for lang, text in title.items():
        yield f"{scheme} <{DCTERMS}title> {literal(text, lang)} ."
    layers, areas = set(), set()
    for concept in corpus.concepts.values():
        yield from _concept(concept, base, scheme, types, concept.id in tops)
        if concept.layer:
            layers.add(concept.layer)
        if concept.area:
            areas.add(concept.area)
    for layer in sorted(layers):
        iri = f"<{base}layer/{iri_path(layer)}>"
        yield f"{iri} {_TYPE} <{SKOS}ConceptScheme> ."
        yield f"{iri} <{SKOS}prefLabel> {literal(layer)} ."
    for area in sorted(areas):
        iri = f"<{base}area/{iri_path(area)}>"
        yield f"{iri} {_TYPE} <{SKOS}Collection> ."
        yield f"{iri} <{SKOS}prefLabel> {literal(area)} ."
    for path, note in corpus.notes.items():
        iri = f"<{note_iri(base, path)}>"
        yield f"{iri} {_TYPE} <{KG}Note> ."
        yield f"{iri} <{KG}path> {literal(path)} ."
        yield f'{iri} <{KG}digest> "{note.digest}" .'
        concept_iri = corpus.concept_of.get(path)
        if concept_iri:
            yield f"{iri} <{FOAF}primaryTopic> <{concept_iri}> ."
    yield from _assertions(corpus.assertions, base)


def _concept(concept: Concept, base: str, scheme: str, types: Mapping[str, str], top: bool) -> Iterator[str]:
    s = f"<{concept.iri}>"
    yield f"{s} {_SKOS_TYPE}"
    if concept.type != "concept" and concept.type in types:
        yield f"{s} {_TYPE} <{types[concept.type]}> ."
    yield f"{s} <{SKOS}inScheme> {scheme} ."
    yield f"{s} <{DCTERMS}identifier> {literal(concept.id)} ."
    if top:
        yield f"{s} <{SKOS}topConceptOf> {scheme} ."
        yield f"{scheme} <{SKOS}hasTopConcept> {s} ."
        yield f'{s} <{KG}declaredTop> "true"^^<{XSD}boolean> .'
    for lang, text in concept.labels.items():
        yield f"{s} <{SKOS}prefLabel> {literal(text, lang)} ."
    for text, lang in concept.alt_labels:
        yield f"{s} <{SKOS}altLabel> {literal(text, lang)} ."
    for lang, text in concept.definitions.items():
        yield f"{s} <{SKOS}definition> {literal(text, lang)} ."
    if concept.layer:
        yield f"{s} <{SKOS}inScheme> <{base}layer/{iri_path(concept.layer)}> ."
    if concept.area:
        yield f"<{base}area/{iri_path(concept.area)}> <{SKOS}member> {s} ."
    for source in dict.fromkeys(concept.sources):
        # A source that is an address is a resource, so that queries can join on it; a reference in words is a literal.
        if _URL.fullmatch(source) and _is_iri(source):
            yield f"{s} <{DCTERMS}source> <{source}> ."
        else:
            yield f"{s} <{DCTERMS}bibliographicCitation> {literal(source)} ."
    for tag in concept.tags:
        yield f"{s} <{DCTERMS}subject> {literal(tag)} ."
    if concept.status:
        yield f"{s} <{KG}status> {literal(concept.status)} ."
    for path in concept.paths:
        yield f"{s} <{PROV}wasDerivedFrom> <{note_iri(base, path)}> ."


def _assertions(assertions: Sequence[Assertion], base: str) -> Iterator[str]:
    seen: set[str] = set()
    places: set[str] = set()
    graphs: dict[str, str] = {}
    for a in assertions:
        statement = f"<{a.subject}> <{a.predicate}> <{a.object}>"
        if statement not in seen:
            seen.add(statement)
            yield statement + " ."
        note = graphs.get(a.path)
        if note is None:
            note = graphs[a.path] = note_iri(base, a.path)
        place = f"<{note}#L{a.line}>"
        quad = f"{statement} {place} ."
        if quad not in seen:
            seen.add(quad)
            yield quad
        if a.predicate != _LINKS_TO and place not in places:
            # A place says its note and line in its IRI; for typed relations they stand as statements too, for queries to
            # join on. Plain links, nine of ten in a large collection, would double the graph by that.
            places.add(place)
            yield f"{place} <{PROV}wasDerivedFrom> <{note}> ."
            yield f'{place} <{KG}line> "{a.line}"^^<{XSD}integer> .'
