"""The names of a build's concepts for the reconciliation service, read from the store by the workers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import msgspec
import pyoxigraph as ox

from kg.base.formats.json_text import JsonReader
from kg.base.names import DCTERMS, KG, OWL, RDF, RDFS, SKOS
from kg.graph.concepts import id_among
from kg.graph.label_index import IndexedLabel, LabelIndex
from kg.model import text_in
from kg.serve.messages import Job, Reply

_TYPE: Final = RDF + "type"
_READ: Final = 120.0
"""Seconds for reading all names once a build."""
_SIZE: Final = 512 << 20
_DESCRIBED: Final = 300
"""Characters of a definition that are kept."""
_KINDS: Final = {SKOS + "prefLabel": "preferred", SKOS + "altLabel": "other", SKOS + "hiddenLabel": "hidden"}

AskWorker = Callable[[Job], Awaitable[Reply]]


class RdfTerm(msgspec.Struct, rename={"lang": "xml:lang"}):
    """A term in SPARQL results."""

    type: str
    value: str
    lang: str = ""
    datatype: str = ""


class _Results(msgspec.Struct):
    bindings: list[dict[str, RdfTerm]]


class _Answer(msgspec.Struct):
    results: _Results


_decode: Final = JsonReader(_Answer).read


async def select_rows(ask: AskWorker, query: str, seconds: float = 10.0) -> list[dict[str, RdfTerm]]:
    """Return the rows of a SELECT query of kg's own."""
    reply = await ask(Job(query, "application/sparql-results+json", rows=0, size=_SIZE, seconds=seconds))
    return await asyncio.to_thread(lambda: _decode(reply.body).results.bindings)


class NamedEntity(NamedTuple):
    """A concept that can be reconciled."""

    iri: str
    id: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    types: tuple[str, ...]
    """Keys of its types, ``concept`` last."""

    def name(self, lang: str) -> str:
        """The preferred label in a language."""
        return text_in(self.labels, lang) or self.id


class NamedProperty(NamedTuple):
    """A property whose values can be asked for."""

    key: str
    iri: str
    labels: Mapping[str, str]


TEXT_PROPERTIES: Final = (
    NamedProperty("aliases", SKOS + "altLabel", {"en": "other labels", "zh": "别名"}),
    NamedProperty("definition", SKOS + "definition", {"en": "definition", "zh": "定义"}),
    NamedProperty("notation", SKOS + "notation", {"en": "notation", "zh": "分类号"}),
    NamedProperty("label", SKOS + "prefLabel", {"en": "label", "zh": "名称"}),
    NamedProperty("tags", DCTERMS + "subject", {"en": "tags", "zh": "标签"}),
    NamedProperty("sources", DCTERMS + "source", {"en": "sources", "zh": "来源"}),
    NamedProperty("citations", DCTERMS + "bibliographicCitation", {"en": "citations", "zh": "参考文献"}),
    NamedProperty("status", KG + "status", {"en": "status", "zh": "状态"}),
)


class NameTables(NamedTuple):
    """All names of a build."""

    entities: tuple[NamedEntity, ...]
    position: Mapping[str, int]
    """Id and IRI of each entity → its position."""
    labels: LabelIndex
    types: Mapping[str, Mapping[str, str]]
    """Key of each type that concepts have → its labels."""
    properties: Mapping[str, NamedProperty]
    """By key: relations of the vocabulary, and texts."""
    by_type: Mapping[str, frozenset[int]]

    def entity(self, name: str) -> NamedEntity | None:
        """The entity with an id or an IRI."""
        at = self.position.get(name)
        return None if at is None else self.entities[at]


async def read_names(ask: AskWorker) -> NameTables:
    """Read all names of a build by queries to its workers."""
    values: dict[str, dict[str, list[RdfTerm]]] = defaultdict(lambda: defaultdict(list))
    # One query a predicate: together, the rows of a large graph exceed the memory of a worker.
    for predicate in (_TYPE, DCTERMS + "identifier", SKOS + "definition", *_KINDS):
        query = f"SELECT ?c ?o {{ ?c a <{SKOS}Concept> ; <{predicate}> ?o FILTER(isIRI(?c)) }}"
        for row in await select_rows(ask, query, _READ):
            values[row["c"].value][predicate].append(row["o"])
    # The property of types is not asked for by path, since a vocabulary of a knowledge base may add to it.
    query = (
        f"SELECT ?t ?key ?class ?label {{ ?t <{KG}key> ?key ; <{RDFS}label> ?label "
        f"OPTIONAL {{ ?t a ?class FILTER(?class = <{OWL}Class>) }} }}"
    )
    terms = await select_rows(ask, query, _READ)
    return await asyncio.to_thread(_tables, values, terms)


def _tables(values: Mapping[str, Mapping[str, list[RdfTerm]]], terms: list[dict[str, RdfTerm]]) -> NameTables:
    keys: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    classes: set[str] = set()
    for row in terms:
        iri = row["t"].value
        keys[iri] = min(keys.get(iri, row["key"].value), row["key"].value)
        labels[iri][row["label"].lang] = row["label"].value
        if "class" in row:
            classes.add(iri)
    entities = sorted((_entity(iri, about, keys, classes) for iri, about in values.items()), key=lambda e: (e.id, e.iri))
    position: dict[str, int] = {}
    names: list[IndexedLabel] = []
    by_type: dict[str, set[int]] = defaultdict(set)
    for number, entity in enumerate(entities):
        position.setdefault(entity.id, number)
        position[entity.iri] = number
        for kind in entity.types:
            by_type[kind].add(number)
        for predicate, kind in _KINDS.items():
            names += [IndexedLabel(number, t.value, t.lang, kind) for t in values[entity.iri].get(predicate, ())]
        names.append(IndexedLabel(number, entity.id, "", "hidden"))
    used = {keys[iri]: labels[iri] for iri in sorted(classes) if keys[iri] in by_type}
    used["concept"] = {"en": "concept", "zh": "概念", **used.get("concept", {})}
    properties = {
        keys[iri]: NamedProperty(keys[iri], iri, labels[iri])
        for iri in sorted(keys, key=lambda iri: keys[iri])
        if iri not in classes
    }
    properties |= {p.key: p for p in TEXT_PROPERTIES}
    owners = {kind: frozenset(members) for kind, members in by_type.items()}
    return NameTables(tuple(entities), position, LabelIndex(names), used, properties, owners)


def _entity(iri: str, about: Mapping[str, list[RdfTerm]], keys: Mapping[str, str], classes: set[str]) -> NamedEntity:
    def by_language(predicate: str, longest: int = 1000) -> dict[str, str]:
        return {t.lang: t.value[:longest] for t in sorted(about.get(predicate, ()), key=lambda t: (t.lang, t.value))}

    types = sorted({keys[t.value] for t in about.get(_TYPE, ()) if t.value in classes and keys[t.value] != "concept"})
    identifiers = [t.value for t in about.get(DCTERMS + "identifier", ())]
    return NamedEntity(
        iri=iri,
        id=id_among(iri, identifiers),
        labels=by_language(SKOS + "prefLabel"),
        definitions=by_language(SKOS + "definition", _DESCRIBED),
        types=(*types, "concept"),
    )


async def read_values(ask: AskWorker, iris: list[str], properties: list[str]) -> dict[tuple[str, str], list[RdfTerm]]:
    """Return (concept, property) → values in the graph, in order."""
    if not iris or not properties:
        return {}
    query = (
        f"SELECT ?s ?p ?o {{ VALUES ?s {{ {' '.join(str(ox.NamedNode(i)) for i in iris)} }} "
        f"VALUES ?p {{ {' '.join(str(ox.NamedNode(p)) for p in properties)} }} ?s ?p ?o }}"
    )
    values: dict[tuple[str, str], list[RdfTerm]] = defaultdict(list)
    for row in await select_rows(ask, query):
        values[row["s"].value, row["p"].value].append(row["o"])
    return {key: sorted(terms, key=lambda t: (t.value, t.lang)) for key, terms in values.items()}
