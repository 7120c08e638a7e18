"""Scope lists in the graph: topics of an external source that the notes are to cover, in Turtle, Markdown or CSV.

Each form makes the same statements (`kg:Scope`, `kg:Topic`, `kg:metBy`), so what measures, queries or shows topics knows none
of the forms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kg.base import files
from kg.base.names import DCTERMS, KG, RDF, SKOS, iri_path
from kg.graph.scope_lists import Scope, ScopeTopic, parse_scope, read_list_text
from kg.graph.scope_mapping import mapping_rows
from kg.graph.vocabulary import read_turtle

FOLDER: Final = "scope"
"""Relative to `ontology/`."""
LIST_ENDINGS: Final = (".md", ".markdown", ".csv")
ENDINGS: Final = (".ttl", *LIST_ENDINGS)

_A: Final = ox.NamedNode(RDF + "type")
_IN_SCHEME, _LABEL, _NOTATION = (ox.NamedNode(SKOS + name) for name in ("inScheme", "prefLabel", "notation"))


def scope_files(folder: Path) -> list[Path]:
    """Return the lists and mappings in a folder, sorted. Raises `Refused` for a folder that leads outside."""
    return files.entries(folder, *ENDINGS)


def read_scope_triples(path: Path, base: str) -> list[ox.Triple]:
    """Return the statements of a list or a mapping. Raises UsageError with the place of an error."""
    if path.suffix == ".ttl":
        return read_turtle(path, hint="write the list in Turtle, or as a Markdown check list")
    return [triple for _, triple in located_triples(path, base)]


def located_triples(path: Path, base: str) -> Iterator[tuple[int, ox.Triple]]:
    """Yield the statements of a list or a mapping that isn't Turtle, each with its line. Raises UsageError."""
    text = read_list_text(path)
    rows = mapping_rows(path, text) if path.suffix == ".csv" else None
    if rows is not None:
        for row in rows:
            if row.met:
                yield row.line, ox.Triple(ox.NamedNode(row.topic_iri(base)), ox.NamedNode(KG + "metBy"), row.concept_node(base))
        return
    scope = parse_scope(path, text, base)
    if scope is None:
        return
    node = ox.NamedNode(scope.iri)
    yield from ((1, triple) for triple in _facts(scope, node))
    for topic in scope.topics:
        subject = ox.NamedNode(topic.iri)
        yield topic.line, ox.Triple(subject, _A, ox.NamedNode(KG + "Topic"))
        yield topic.line, ox.Triple(subject, _IN_SCHEME, node)
        yield topic.line, ox.Triple(subject, _NOTATION, ox.Literal(topic.notation))
        for lang, label in topic.labels.items():
            yield topic.line, ox.Triple(subject, _LABEL, ox.Literal(label, language=lang))


def _facts(scope: Scope, node: ox.NamedNode) -> Iterator[ox.Triple]:
    for kind in (KG + "Scope", SKOS + "ConceptScheme"):
        yield ox.Triple(node, _A, ox.NamedNode(kind))
    for lang, title in scope.title.items():
        yield ox.Triple(node, ox.NamedNode(DCTERMS + "title"), ox.Literal(title, language=lang))
    if scope.source:
        yield ox.Triple(node, ox.NamedNode(DCTERMS + "source"), _source_term(scope.source))
    for name in ("area", "edition"):
        if value := getattr(scope, name):
            yield ox.Triple(node, ox.NamedNode(KG + name), ox.Literal(value))
    yield ox.Triple(node, ox.NamedNode(KG + "checked"), ox.Literal(scope.checked))


def _source_term(source: str) -> ox.NamedNode | ox.Literal:
    if source.startswith(("https://", "http://")) and iri_path(source) == source:
        return ox.NamedNode(source)
    return ox.Literal(source)


def scopes_in(store: ox.Store) -> tuple[Scope, ...]:
    """Return the lists in the default graph of a store, by IRI, whatever their form was."""
    default = ox.DefaultGraph()

    def values(subject: ox.NamedNode, predicate: str) -> list[ox.Literal | ox.NamedNode]:
        quads = store.quads_for_pattern(subject, ox.NamedNode(predicate), None, default)
        return sorted((q.object for q in quads if isinstance(q.object, ox.Literal | ox.NamedNode)), key=str)

    def first(subject: ox.NamedNode, predicate: str) -> str:
        return next((v.value for v in values(subject, predicate)), "")

    def texts(subject: ox.NamedNode, predicate: str) -> dict[str, str]:
        return {v.language or "": v.value for v in values(subject, predicate) if isinstance(v, ox.Literal)}

    topics: dict[str, list[tuple[list[tuple[int, str]], ScopeTopic]]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, _A, ox.NamedNode(KG + "Topic"), default):
        if isinstance(quad.subject, ox.NamedNode):
            number = first(quad.subject, SKOS + "notation")
            order = [(int(p) if p.isdecimal() else 1 << 30, p) for p in number.split(".")]
            topic = ScopeTopic(quad.subject.value, texts(quad.subject, SKOS + "prefLabel"), number)
            for scheme in values(quad.subject, SKOS + "inScheme"):
                topics[scheme.value].append((order, topic))
    result = []
    for quad in store.quads_for_pattern(None, _A, ox.NamedNode(KG + "Scope"), default):
        if isinstance(quad.subject, ox.NamedNode):
            node = quad.subject
            area, edition, source = first(node, KG + "area"), first(node, KG + "edition"), first(node, DCTERMS + "source")
            ordered = sorted(topics[node.value], key=lambda pair: (pair[0], pair[1].iri))
            checked = first(node, KG + "checked") != "false"
            result.append(
                Scope(node.value, texts(node, DCTERMS + "title"), area, edition, source, checked, tuple(t for _, t in ordered))
            )
    return tuple(sorted(result, key=lambda s: s.iri))
