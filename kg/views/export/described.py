"""The description of one resource, as linked data: its statements, and those of its blank nodes, in four formats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import pyoxigraph as ox

from kg.base.json_forms import json_pretty
from kg.base.names import DCTERMS, KG, PREFIXES, PROV, RDF, SKOS, XSD
from kg.model import Relation

DESCRIPTION_ENDINGS: Final = {
    "text/turtle": ".ttl",
    "application/ld+json": ".jsonld",
    "application/n-triples": ".nt",
    "application/rdf+xml": ".rdf",
}
"""Media types of descriptions, with the ending of the address or file of each; the first is the default."""

_FORMATS: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_TYPE: Final = RDF + "type"
_STRING: Final = XSD + "string"
_BY_LANGUAGE: Final = {
    name: SKOS + name
    for name in ("prefLabel", "altLabel", "hiddenLabel", "definition", "scopeNote", "example", "note", "historyNote",
                 "editorialNote", "changeNote")
}  # fmt: skip
"""Terms whose values are texts by language."""
_TEXTS: Final = {
    "identifier": DCTERMS + "identifier",
    "subject": DCTERMS + "subject",
    "citation": DCTERMS + "bibliographicCitation",
    "notation": SKOS + "notation",
    "status": KG + "status",
}
_RESOURCES: Final = {
    **{
        name: SKOS + name
        for name in ("broader", "narrower", "related", "inScheme", "topConceptOf", "hasTopConcept", "member", "exactMatch",
                     "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
    },
    "source": DCTERMS + "source",
    "wasDerivedFrom": PROV + "wasDerivedFrom",
}  # fmt: skip
_TERMS: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    **{iri: (name, {"@id": iri, "@container": "@language"}) for name, iri in _BY_LANGUAGE.items()},
    **{iri: (name, {"@id": iri}) for name, iri in _TEXTS.items()},
    **{iri: (name, {"@id": iri, "@type": "@id"}) for name, iri in _RESOURCES.items()},
}
"""IRI → term and its definition."""


def render_description(triples: Iterable[ox.Triple], media: str) -> bytes:
    """Return statements in one of DESCRIPTION_ENDINGS' types, sorted; the first subject of JSON-LD is not nested."""
    rows = sorted(set(triples), key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
    if media == "application/ld+json":
        return _jsonld(rows)
    form = _FORMATS[media]
    prefixes = None if form == ox.RdfFormat.N_TRIPLES else PREFIXES
    return ox.serialize(rows, format=form, prefixes=prefixes) or b""


def _jsonld(rows: Iterable[ox.Triple]) -> bytes:
    """Return compact JSON-LD 1.1 with the terms of SKOS; its context is part of it, so that nothing must be fetched."""
    used: dict[str, object] = {"id": "@id", "type": "@type"}
    nodes: dict[str, dict[str, list[object]]] = {}
    texts: dict[str, dict[str, dict[str, list[str]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for triple in rows:
        name = _name(triple.subject)
        node = nodes.setdefault(name, defaultdict(list))
        predicate, value = triple.predicate.value, triple.object
        if predicate == _TYPE and not isinstance(value, ox.Literal):
            node["type"].append(_short(_name(value), used))
            continue
        term, definition = _TERMS.get(predicate, ("", {}))
        if "@container" in definition and isinstance(value, ox.Literal) and value.language and not value.direction:
            used[term] = definition
            texts[name][term][value.language].append(value.value)
        elif term and _fits(value, definition):
            used[term] = definition
            node[term].append(_name(value))
        else:
            node[_short(predicate, used)].append(_value(value, used))
    graph = []
    for name, node in nodes.items():
        entry: dict[str, object] = {"id": name}
        entry |= {key: values[0] if len(values) == 1 else values for key, values in sorted(node.items())}
        for term, by_language in sorted(texts[name].items()):
            entry[term] = {lang: values[0] if len(values) == 1 else values for lang, values in sorted(by_language.items())}
        graph.append(entry)
    content = graph[0] if len(graph) == 1 else {"@graph": graph}
    return (json_pretty({"@context": used, **content}) + "\n").encode("utf-8", "replace")


def _fits(value: object, definition: Mapping[str, object]) -> bool:
    """Whether a term says all of a value without an object around it."""
    if definition.get("@type") == "@id":
        return isinstance(value, ox.NamedNode)
    return "@container" not in definition and isinstance(value, ox.Literal) and _is_plain(value)


def _name(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _is_plain(literal: ox.Literal) -> bool:
    return not literal.language and literal.datatype.value == _STRING


def _short(iri: str, used: dict[str, object]) -> str:
    """An IRI with a prefix, which is added to the context; unchanged if its namespace has none."""
    at = iri.rfind("#") if "#" in iri else iri.rfind("/")
    prefix, rest = _PREFIX_OF.get(iri[: at + 1], ""), iri[at + 1 :]
    if not prefix or not rest or rest.startswith("//"):
        return iri
    used[prefix] = iri[: at + 1]
    return f"{prefix}:{rest}"


_PREFIX_OF: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}


def _value(term: object, used: dict[str, object]) -> object:
    if not isinstance(term, ox.Literal):
        return {"id": _name(term)}
    if term.language:
        direction = {"@direction": term.direction.value} if term.direction else {}
        return {"@value": term.value, "@language": term.language, **direction}
    return term.value if _is_plain(term) else {"@value": term.value, "@type": _short(term.datatype.value, used)}


def context_file(relations: Mapping[str, Relation]) -> bytes:
    """Return the JSON-LD context of a knowledge base: the terms of descriptions, and each relation by its key."""
    context: dict[str, object] = {"@version": 1.1, "id": "@id", "type": "@type", **PREFIXES}
    taken = {"id", "type", *PREFIXES}
    for term, definition in sorted(_TERMS.values(), key=lambda item: item[0]):
        context[term] = definition
        taken.add(term)
    for relation in sorted(relations.values(), key=lambda r: (r.key, r.iri)):
        if relation.key not in taken and not relation.key.startswith("@") and ":" not in relation.key:
            context[relation.key] = {"@id": relation.iri, "@type": "@id"}
            taken.add(relation.key)
    return (json_pretty({"@context": context}) + "\n").encode("utf-8", "replace")


def descriptions(triples: Iterable[ox.Triple], subjects: Iterable[str]) -> dict[str, list[ox.Triple]]:
    """Return the description of each subject that has one, as `DESCRIBE` gives it: with the statements of its blank nodes."""
    of: dict[str, list[ox.Triple]] = defaultdict(list)
    for triple in triples:
        of[_name(triple.subject)].append(triple)
    result = {}
    for subject in subjects:
        rows, queue, seen = [], [subject], {subject}
        while queue:
            for triple in of.get(queue.pop(), ()):
                rows.append(triple)
                name = str(triple.object)
                if isinstance(triple.object, ox.BlankNode) and name not in seen:
                    seen.add(name)
                    queue.append(name)
        if rows:
            result[subject] = rows
    return result
