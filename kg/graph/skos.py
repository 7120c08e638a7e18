"""Reads from the graph what SKOS says of concepts beyond labels and relations, and its schemes and collections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pyoxigraph as ox

from kg.base.names import DCTERMS, ISO_THES, OWL, PREFIXES, RDF, RDFS, SKOS, SKOS_XL, XSD
from kg.graph.dataset import Graph
from kg.model import Concept, SkosConcept, SkosData, SkosGroup, SkosMapping, SkosText

NOTES: Final = ("scopeNote", "note", "example", "historyNote", "editorialNote", "changeNote")
MAPPINGS: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_TEXTS: Final = ("notation", *NOTES, "hiddenLabel")
_XL: Final = ("prefLabel", "altLabel", "hiddenLabel")
_GROUPS: Final = {
    SKOS + "ConceptScheme": "ConceptScheme", SKOS + "OrderedCollection": "OrderedCollection", SKOS + "Collection": "Collection",
    ISO_THES + "ThesaurusArray": "Collection", ISO_THES + "ConceptGroup": "Collection",
}  # fmt: skip
_LONGEST_LIST: Final = 100_000
_NAMES: Final = PREFIXES | {"skosxl": SKOS_XL}

_Node = ox.NamedNode | ox.BlankNode


def read_skos(graph: Graph, concepts: Mapping[str, Concept]) -> SkosData:
    """Return what a graph says with SKOS of concepts, schemes and collections; without those that kg makes itself."""
    return _Reader(graph, concepts).read()


class _Reader:
    def __init__(self, graph: Graph, concepts: Mapping[str, Concept]) -> None:
        self.graph, self.concepts = graph, concepts
        self._own = (f"{graph.base}layer/", f"{graph.base}area/")

    def _pairs(self, predicate: str) -> Iterator[ox.Quad]:
        return self.graph.store.quads_for_pattern(None, ox.NamedNode(predicate), None, ox.DefaultGraph())

    def _about(self, node: object) -> Iterator[ox.Quad]:
        if isinstance(node, ox.NamedNode | ox.BlankNode):
            yield from self.graph.store.quads_for_pattern(node, None, None, ox.DefaultGraph())

    def read(self) -> SkosData:
        groups = self._kinds()
        texts = self._texts()
        labels = self._labels(groups)
        members, within, sizes = self._members(groups)
        tops: dict[str, set[str]] = defaultdict(set)
        for predicate, turned in (("topConceptOf", False), ("hasTopConcept", True)):
            for q in self._pairs(SKOS + predicate):
                ends = (q.object, q.subject) if turned else (q.subject, q.object)
                tops[_iri(ends[0])].add(_iri(ends[1]))
        for top, schemes in tops.items():
            for iri in schemes & groups.keys() if top in self.concepts else ():
                members[iri].append(top)
        concepts = self._concepts(groups, texts, within, tops)
        ordered = sorted(groups, key=lambda iri: (groups[iri] != "ConceptScheme", sorted(labels[iri].items()), iri))
        return SkosData(
            concepts,
            {
                iri: SkosGroup(
                    iri,
                    groups[iri],
                    labels[iri],
                    tuple(texts.get(iri, ())),
                    tuple(self._ordered(members[iri], groups[iri], labels)),
                    sizes[iri] or len(members[iri]),
                    tuple(sorted(within.get(iri, set()) & groups.keys())),
                )
                for iri in ordered
            },
        )

    def _kinds(self) -> dict[str, str]:
        kinds: dict[str, str] = {}
        for class_, kind in _GROUPS.items():
            for q in self.graph.store.quads_for_pattern(
                None, ox.NamedNode(RDF + "type"), ox.NamedNode(class_), ox.DefaultGraph()
            ):
                iri = _iri(q.subject)
                if iri and iri not in self.concepts and not iri.startswith(self._own) and iri != f"{self.graph.base}scheme":
                    kinds.setdefault(iri, kind)
        return kinds

    def _texts(self) -> dict[str, list[SkosText]]:
        texts: dict[str, list[SkosText]] = defaultdict(list)
        for name in (*_TEXTS, "definition"):
            for q in self._pairs(SKOS + name):
                if isinstance(q.object, ox.Literal):
                    if name != "definition" or _iri(q.subject) not in self.concepts:
                        texts[_iri(q.subject)] += self._literal(name, q)
                elif resource := self._resource(name, q.object):
                    texts[_iri(q.subject)].append(resource)
        rank = {name: n for n, name in enumerate(("definition", *_TEXTS))}
        return {iri: sorted(rows, key=lambda t: (rank[t.kind], t.lang, t.text)) for iri, rows in texts.items()}

    def _literal(self, name: str, q: ox.Quad) -> Iterator[SkosText]:
        assert isinstance(q.object, ox.Literal)  # noqa: S101  # the caller has checked
        for form in self.graph.forms.literal(q.subject, q.predicate.value, q.object):
            datatype = "" if form.datatype in (XSD + "string", RDF + "langString") else form.datatype
            yield SkosText(name, form.value, form.language, datatype)

    def _resource(self, name: str, node: object) -> SkosText | None:
        """A note that is a resource (SKOS Primer, 4.2): its text, and what else is stated about it."""
        text, lang = "", ""
        rest: list[tuple[str, str]] = []
        for q in self._about(node):
            if q.predicate.value in (RDF + "value", SKOS_XL + "literalForm") and isinstance(q.object, ox.Literal):
                text, lang = q.object.value, q.object.language or ""
            elif q.predicate.value != RDF + "type":
                rest.append((_short(q.predicate.value), getattr(q.object, "value", "")))
        if not text and isinstance(node, ox.NamedNode):
            text = node.value
        return SkosText(name, text, lang, "", tuple(sorted(rest))) if text or rest else None

    def _labels(self, groups: Iterable[str]) -> dict[str, dict[str, str]]:
        labels: dict[str, dict[str, str]] = {iri: {} for iri in groups}
        for predicate in (SKOS + "prefLabel", DCTERMS + "title", RDFS + "label"):
            rows = [
                (q.subject.value, q.object.language or "", q.object.value)
                for q in self._pairs(predicate)
                if isinstance(q.object, ox.Literal) and isinstance(q.subject, ox.NamedNode) and q.subject.value in labels
            ]
            for iri, lang, text in sorted(rows):
                labels[iri].setdefault(lang, text)
        return labels

    def _members(self, groups: Mapping[str, str]) -> tuple[dict[str, list[str]], dict[str, set[str]], Counter[str]]:
        members: dict[str, list[str]] = defaultdict(list)
        within: dict[str, set[str]] = defaultdict(set)
        lists = {_iri(q.subject): list(self._list(q.object)) for q in self._pairs(SKOS + "memberList")}
        for q in self._pairs(SKOS + "member"):
            group, member = _iri(q.subject), _iri(q.object)
            if group in groups and member:
                within[member].add(group)
                if member not in lists.get(group, ()):
                    members[group].append(member)
        for group, ordered in lists.items():
            members[group] = [*ordered, *sorted(members[group])]
            for member in ordered:
                within[member].add(group)
        sizes: Counter[str] = Counter(_iri(q.object) for q in self._pairs(SKOS + "inScheme"))
        return members, within, sizes

    def _list(self, node: object) -> Iterator[str]:
        seen: set[object] = set()
        while isinstance(node, ox.BlankNode | ox.NamedNode) and node not in seen and len(seen) < _LONGEST_LIST:
            seen.add(node)
            values = {q.predicate.value: q.object for q in self._about(node)}
            if isinstance(first := values.get(RDF + "first"), ox.NamedNode):
                yield first.value
            node = values.get(RDF + "rest")

    def _ordered(self, members: Iterable[str], kind: str, labels: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Members by id, groups last; those of an ordered collection in its order."""
        once = list(dict.fromkeys(members))
        if kind == "OrderedCollection":
            return once
        return sorted(once, key=lambda iri: (iri in labels, self.concepts[iri].id if iri in self.concepts else iri))

    def _concepts(
        self,
        groups: Mapping[str, str],
        texts: Mapping[str, list[SkosText]],
        within: Mapping[str, set[str]],
        tops: Mapping[str, set[str]],
    ) -> dict[str, SkosConcept]:
        schemes: dict[str, set[str]] = defaultdict(set)
        for q in self._pairs(SKOS + "inScheme"):
            if _iri(q.object) in groups:
                schemes[_iri(q.subject)].add(_iri(q.object))
        mappings = self._mappings()
        xl = self._xl()
        deprecated = {
            _iri(q.subject) for q in self._pairs(OWL + "deprecated") if getattr(q.object, "value", "") in ("true", "1")
        }
        replaced: dict[str, set[str]] = defaultdict(set)
        replaces: dict[str, set[str]] = defaultdict(set)
        for predicate, turned in ((DCTERMS + "isReplacedBy", False), (DCTERMS + "replaces", True)):
            for q in self._pairs(predicate):
                old, new = (q.object, q.subject) if turned else (q.subject, q.object)
                if _iri(old) in self.concepts or _iri(new) in self.concepts:
                    replaced[_iri(old)].add(_iri(new) or getattr(new, "value", ""))
                    replaces[_iri(new)].add(_iri(old))
        described: dict[str, SkosConcept] = {}
        for iri in self.concepts:
            concept = SkosConcept(
                tuple(texts.get(iri, ())),
                tuple(mappings.get(iri, ())),
                tuple(xl.get(iri, ())),
                tuple(sorted(schemes.get(iri, ()))),
                tuple(sorted(tops.get(iri, set()) & groups.keys())),
                tuple(sorted(within.get(iri, set()) & groups.keys())),
                iri in deprecated,
                tuple(sorted(replaced.get(iri, ()))),
                tuple(sorted(replaces.get(iri, ()))),
            )
            if concept != SkosConcept():
                described[iri] = concept
        return described

    def _mappings(self) -> dict[str, list[SkosMapping]]:
        kinds: dict[str, dict[str, str]] = defaultdict(dict)
        for name in MAPPINGS:
            for q in self._pairs(SKOS + name):
                if _iri(q.subject) in self.concepts and isinstance(q.object, ox.NamedNode):
                    # exactMatch entails closeMatch (S42): the first one says more.
                    kinds[_iri(q.subject)].setdefault(q.object.value, name)
        return {
            iri: [
                SkosMapping(kind, target, self._label(target))
                for target, kind in sorted(targets.items(), key=lambda item: (MAPPINGS.index(item[1]), item[0]))
            ]
            for iri, targets in kinds.items()
        }

    def _label(self, iri: str) -> str:
        """The label of a resource that is not a concept of the knowledge base."""
        if iri in self.concepts:
            return ""
        quads = self.graph.store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(SKOS + "prefLabel"), None, ox.DefaultGraph())
        return min((q.object.value for q in quads if isinstance(q.object, ox.Literal)), default="")

    def _xl(self) -> dict[str, list[SkosText]]:
        labels: dict[str, list[SkosText]] = defaultdict(list)
        for name in _XL:
            for q in self._pairs(SKOS_XL + name):
                label = self._resource(name, q.object)
                if label is not None and label.about:
                    labels[_iri(q.subject)].append(label)
        return {iri: sorted(rows) for iri, rows in labels.items()}


def _iri(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else ""


def _short(iri: str) -> str:
    return next((f"{p}:{iri[len(ns) :]}" for p, ns in _NAMES.items() if iri.startswith(ns)), iri)
