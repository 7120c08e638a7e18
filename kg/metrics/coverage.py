"""Coverage of topics that the outside world teaches: `theory_coverage` over the scope lists of a knowledge base."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import pyoxigraph as ox

from kg.model import Concept, Measure
from kg.names import DCTERMS, KG, RDF, SKOS
from kg.rdf import Graph

UNMAPPED = "no concept is mapped to it"


class Scope(NamedTuple):
    """A list of topics: its IRI, title by language, area, edition, source, and its topics in the source's order."""

    iri: str
    title: Mapping[str, str]
    area: str
    edition: str
    source: str
    checked: bool
    topics: tuple[tuple[str, str], ...]
    """(IRI, label) of each topic."""


def scopes(graph: Graph) -> tuple[Scope, ...]:
    """The scope lists that the Dataset holds, by IRI."""
    store, default = graph.store, ox.DefaultGraph()

    def values(subject: ox.NamedNode, predicate: str) -> list[ox.Literal | ox.NamedNode]:
        found = store.quads_for_pattern(subject, ox.NamedNode(predicate), None, default)
        return sorted((q.object for q in found if isinstance(q.object, ox.Literal | ox.NamedNode)), key=str)

    def first(subject: ox.NamedNode, predicate: str) -> str:
        return next((v.value for v in values(subject, predicate)), "")

    topics: dict[str, list[tuple[list[tuple[int, str]], str, str]]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(KG + "Topic"), default):
        if isinstance(quad.subject, ox.NamedNode):
            order = [(int(p) if p.isdigit() else 1 << 30, p) for p in first(quad.subject, SKOS + "notation").split(".")]
            topic = (order, quad.subject.value, first(quad.subject, SKOS + "prefLabel"))
            for scheme in values(quad.subject, SKOS + "inScheme"):
                topics[scheme.value].append(topic)
    result = []
    for quad in store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(KG + "Scope"), default):
        if isinstance(quad.subject, ox.NamedNode):
            node = quad.subject
            titles = {v.language or "": v.value for v in values(node, DCTERMS + "title") if isinstance(v, ox.Literal)}
            result.append(
                Scope(
                    node.value,
                    titles,
                    first(node, KG + "area"),
                    first(node, KG + "edition"),
                    first(node, DCTERMS + "source"),
                    first(node, KG + "checked") != "false",
                    tuple((iri, label) for _, iri, label in sorted(topics[node.value])),
                )
            )
    return tuple(sorted(result, key=lambda s: s.iri))


def theory_coverage(graph: Graph, concepts: Mapping[str, Concept], target: float | None) -> Measure:
    """Met topics / topics over all checked scope lists; METRICS.md, `theory_coverage`.

    A topic is met by a concept that an author mapped to it (`kg:metBy`) and that has a definition and a source. Lists whose
    source could not be checked are left out of the number and named in the note. Without a list the value is unknown.
    """
    mapped: dict[str, list[str]] = defaultdict(list)
    for quad in graph.store.quads_for_pattern(None, ox.NamedNode(KG + "metBy"), None, ox.DefaultGraph()):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            mapped[quad.subject.value].append(quad.object.value)
    met = total = 0
    parts: dict[str, tuple[float, float]] = {}
    reasons: dict[str, tuple[str, ...]] = {}
    unchecked = []
    for scope in scopes(graph):
        name = scope.title.get("en") or next(iter(scope.title.values()), scope.iri)
        if not scope.checked:
            unchecked.append(name)
            continue
        short = scope.iri.rpartition("/")[2]
        if name in parts:
            name = f"{name} ({short})"
        good = 0
        for iri, label in scope.topics:
            lacks = _lacks(sorted(mapped.get(iri, ())), concepts)
            if lacks:
                topic = f"{short}: {label}"
                reasons[topic if topic not in reasons else f"{topic} <{iri}>"] = lacks
            else:
                good += 1
        parts[name] = (good, len(scope.topics))
        met += good
        total += len(scope.topics)
    note = "" if total else "there is no scope list under ontology/scope/"
    if unchecked:
        note = (note + "; " if note else "") + "not counted, source unchecked: " + ", ".join(unchecked)
    return Measure("theory_coverage", met, total, target, tuple(reasons), reasons, note, parts=parts)


def _lacks(iris: list[str], concepts: Mapping[str, Concept]) -> tuple[str, ...]:
    """Why no concept meets a topic; empty when one does."""
    if not iris:
        return (UNMAPPED,)
    found = []
    for iri in iris:
        concept = concepts.get(iri)
        if concept is None:
            found.append(f"there is no concept {iri}")
        elif not concept.definitions:
            found.append(f"{concept.id} has no definition")
        elif not concept.sources:
            found.append(f"{concept.id} has no source")
        else:
            return ()
    return tuple(found)
