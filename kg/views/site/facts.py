"""Indexes for concept pages: relations in both directions, breadcrumbs, findings by note; built once."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

from kg.base.names import KG
from kg.model import (
    Assertion,
    Assessment,
    Concept,
    Evidence,
    Finding,
    Relation,
    ResolvedLink,
    Suggestion,
    TopicList,
    TopicState,
)
from kg.network import list_edges
from kg.network.learning import BASE, NEEDED, Tie, collect_ties, reading_order, tier_of
from kg.views.page import RelationPlaces, View
from kg.views.page.words import key_order
from kg.views.site.foreign import foreign_by_concept
from kg.views.site.mentions import LinksInText

_T = TypeVar("_T")
_CHAINS = 3
_LONGEST = 24


MEANINGS: Final = ("needs", "above", "compared", "below", "supports", "other")
"""What a concept needs; what it is a kind, an instance or a part of; what it is compared with; its kinds and parts; what needs
or uses it; everything else. Relations are grouped in this order."""


class Related(NamedTuple):
    """A related concept in a group."""

    iri: str
    inverse: bool
    """Whether it is stated in the other concept's note."""
    places: list[str]


class RelationGroup(NamedTuple):
    """All concepts related to a concept by one relation."""

    label: str
    kind: str
    definition: str
    items: list[Related]
    meaning: str
    """What the relation means to a reader of the concept: one of `MEANINGS`."""


class Backlink(NamedTuple):
    """A note that links to a concept."""

    source: str
    """IRI of its concept, or its path."""
    is_concept: bool
    links: Sequence[ResolvedLink]
    """Its links in running text."""
    places: list[str]
    """Places of its other plain links."""


class MappedTopic(NamedTuple):
    """A topic of a scope list that a concept is mapped to."""

    topics: str
    """Title of the list."""
    notation: str
    label: str


class AssessmentIndex:
    """Indexes over an assessment, the same for all languages."""

    def __init__(self, assessment: Assessment, text_of: Callable[[str], str]) -> None:
        """Nothing is computed before it is asked for."""
        self.assessment = assessment
        self._text_of = text_of

    def prepare(self) -> AssessmentIndex:
        """Compute what pages of concepts and notes ask for, so that forks share it. Returns the index itself."""
        _ = self.mentions, self.places, self.findings, self.links, self.topics, self.proofs, self.foreign
        return self

    @cached_property
    def mentions(self) -> LinksInText:
        """Links in running text."""
        return LinksInText(self.assessment, self._text_of)

    @cached_property
    def places(self) -> RelationPlaces:
        """Places of relations."""
        return RelationPlaces(self.assessment)

    @cached_property
    def findings(self) -> Mapping[str, list[Finding]]:
        """Note → its findings; of an RDF file, which describes many concepts, IRI → findings about that resource."""
        notes = self.assessment.corpus.notes
        return _by(self.assessment.findings, lambda finding: finding.path if finding.path in notes else finding.about)

    def findings_of(self, concept: Concept) -> list[Finding]:
        """The findings of a concept's notes, and those about it in RDF files."""
        notes = self.assessment.corpus.notes
        paths = (path for path in dict.fromkeys((concept.path, *concept.paths)) if path in notes)
        return [finding for key in (*paths, concept.iri) for finding in self.findings.get(key, ())]

    @cached_property
    def links(self) -> Mapping[str, list[ResolvedLink]]:
        """Note → its links."""
        return _by(self.assessment.corpus.links, lambda link: link.source)

    @cached_property
    def foreign(self) -> Mapping[str, list[Assertion]]:
        """Concept → what notes say about it and concepts of other knowledge bases."""
        return foreign_by_concept(self.assessment)

    @cached_property
    def suggestions(self) -> Mapping[str, list[Suggestion]]:
        """Concept → suggestions for it."""
        return _by(self.assessment.suggestions, lambda suggestion: suggestion.source)

    @cached_property
    def communities(self) -> set[int]:
        """The numbers of all communities."""
        return {community.index for community in self.assessment.communities}

    @cached_property
    def rank(self) -> dict[str, int]:
        """Concept → its rank by PageRank, from 1."""
        concepts = self.assessment.concepts
        return {iri: i for i, iri in enumerate(sorted(concepts, key=lambda iri: (-concepts[iri].pagerank, iri)), 1)}

    @cached_property
    def ties(self) -> list[Tie]:
        """The associations that order concepts."""
        return collect_ties(list_edges(self.assessment.network), self.assessment.relations)

    @cached_property
    def place(self) -> dict[str, int]:
        """Concept → its place in reading order, from 0."""
        return {iri: i for i, iri in enumerate(self.order)}

    @cached_property
    def needs(self) -> Mapping[str, list[str]]:
        """Concept → its prerequisites, in reading order."""
        needs: dict[str, list[str]] = defaultdict(list)
        for tie in self.ties:
            if tie.tier == NEEDED and tie.first not in needs[tie.then]:
                needs[tie.then].append(tie.first)
        for needed in needs.values():
            needed.sort(key=lambda iri: self.place.get(iri, 0))
        return needs

    @cached_property
    def topics(self) -> Mapping[str, list[tuple[TopicList, TopicState]]]:
        """Concept → topics of scope lists that it is mapped to."""
        mapped: dict[str, list[tuple[TopicList, TopicState]]] = defaultdict(list)
        for topics in self.assessment.lists:
            for topic in topics.topics:
                for iri in topic.concepts:
                    mapped[iri].append((topics, topic))
        return mapped

    @cached_property
    def proofs(self) -> Mapping[str, list[Evidence]]:
        """Note → its pieces of evidence."""
        proofs = self.assessment.proofs
        # Most notes have code, and few people let it be judged: until then, a page has nothing to say about it.
        used = any(not proof.says_nothing for proof in proofs)
        shown = (proof for proof in proofs if not proof.says_nothing or (used and not proof.unknown))
        return _by(shown, lambda proof: proof.path)

    @cached_property
    def order(self) -> list[str]:
        """All concepts in reading order."""
        concepts, depth = self.assessment.corpus.concepts, self.assessment.hierarchy.depth
        key = {iri: (c.area, key_order(c.layer), depth.get(iri, 0), c.id) for iri, c in concepts.items()}
        return reading_order(list(concepts), [t for t in self.ties if t.first in key and t.then in key], key)

    def beside(self, iri: str) -> tuple[str | None, str | None]:
        """The previous and the next concept in reading order."""
        at = self.place.get(iri)
        if at is None:
            return None, None
        return self.order[at - 1] if at else None, self.order[at + 1] if at + 1 < len(self.order) else None

    def siblings(self, iri: str, limit: int) -> tuple[list[str], int]:
        """Concepts that share a broader concept with it, each once: the first ones, and the number of all."""
        hierarchy = self.assessment.hierarchy
        families = [hierarchy.children.get(parent, ()) for parent in hierarchy.parents.get(iri, ())]
        if len(families) == 1 and iri in families[0]:
            # A concept can have thousands of siblings, each of which has as many.
            return [c for c in families[0][: limit + 1] if c != iri][:limit], len(families[0]) - 1
        siblings = [c for c in dict.fromkeys(itertools.chain.from_iterable(families)) if c != iri]
        return siblings[:limit], len(siblings)

    def edges(self, iri: str) -> Iterator[tuple[bool, str, str, dict[str, object]]]:
        """Asserted edges of a concept: (incoming, other concept, relation, attributes)."""
        network = self.assessment.network
        if iri not in network:
            return
        for incoming, around in ((False, network.adj[iri]), (True, network.pred[iri])):
            neighbours: Mapping[str, Mapping[str, dict[str, object]]] = around
            for neighbour, keyed in neighbours.items():
                for relation, data in keyed.items():
                    if data.get("asserted", True):
                        yield incoming, neighbour, relation, data

    def relations(self, view: View, iri: str) -> list[RelationGroup]:
        """Typed relations of a concept in the order of `MEANINGS`, each read from this concept."""
        vocabulary = self.assessment.relations
        groups: dict[str, dict[tuple[str, bool], list[str]]] = defaultdict(dict)
        for incoming, neighbour, relation, data in self.edges(iri):
            if not data.get("typed", True):
                continue
            key = relation
            if incoming:
                meaning = vocabulary.get(relation)
                if meaning is None or not (meaning.symmetric or meaning.inverse):
                    key = f"<{relation}"
                elif meaning.inverse and not meaning.symmetric:
                    key = meaning.inverse
            ends = (neighbour, iri) if incoming else (iri, neighbour)
            groups[key][neighbour, incoming] = self.places.of(ends[0], relation, ends[1], data)
        result = []
        order = {"broader": 0, "narrower": 1, "associative": 2, "mapping": 3}
        for key, ends_of in groups.items():
            iri_of_relation = key.lstrip("<")
            meaning = vocabulary.get(iri_of_relation)
            label = view.relation(iri_of_relation)
            kind: str = meaning.kind if meaning else "associative"
            if key.startswith("<"):
                label = view.words("incoming-of", label=label)
                kind = {"broader": "narrower", "narrower": "broader"}.get(kind, kind)
            definition = ""
            if meaning and not key.startswith("<"):
                definition = meaning.definitions.get(view.lang) or meaning.definitions.get("en") or ""
            items = [Related(o, inc, places) for (o, inc), places in ends_of.items()]
            items.sort(key=lambda r: (view.label(r.iri), r.iri, r.inverse))
            sense = meaning_of(meaning, incoming=key.startswith("<"))
            group = RelationGroup(label, kind, definition, items, sense)
            result.append((MEANINGS.index(sense), order.get(kind, 4), label, key, group))
        return [row[-1] for row in sorted(result, key=lambda row: row[:4])]

    def backlinks(self, view: View, iri: str) -> list[Backlink]:
        """The notes that link to a concept in running text, and those with plain links elsewhere, with their places."""
        concepts = self.assessment.corpus.concepts
        by_source = {source: Backlink(source, source in concepts, links, []) for source, links in self.mentions.of(iri).items()}
        for incoming, neighbour, relation, data in self.edges(iri):
            if incoming and not data.get("typed", True) and neighbour != iri and neighbour not in by_source:
                by_source[neighbour] = Backlink(neighbour, True, [], self.places.of(neighbour, relation, iri, data))
        return sorted(by_source.values(), key=lambda b: (not b.is_concept, view.label(b.source) if b.is_concept else b.source))

    def topics_of(self, view: View, iri: str) -> list[MappedTopic]:
        """The topics that a concept is mapped to."""
        return [
            MappedTopic(scope.title.get(view.lang) or scope.title.get("en") or scope.key, topic.notation, topic.name(view.lang))
            for scope, topic in self.topics.get(iri, ())
        ]

    def chains(self, iri: str) -> list[list[str]]:
        """Chains of broader concepts from the top to the concept's parent, at most three."""
        parents = self.assessment.hierarchy.parents
        chains: list[list[str]] = []
        for chain in _upwards(parents, iri, [iri]):
            chains.append(chain)
            if len(chains) == _CHAINS:
                break
        return chains


_COMPARING: Final = frozenset(KG + name for name in ("contrastsWith", "alternativeTo", "tradesOffWith"))
"""Relations that compare; so do relations below them."""


def meaning_of(relation: Relation | None, *, incoming: bool) -> str:
    """What a relation means to a reader, by its declaration: one of `MEANINGS`. ``incoming``: it is read from its object."""
    if relation is None:
        return "other"
    if relation.hierarchical:
        return "above" if (relation.kind == "broader") != incoming else "below"
    if relation.iri in _COMPARING or not _COMPARING.isdisjoint(relation.parents):
        return "compared"
    tier, object_first = tier_of(relation)
    if tier not in (NEEDED, BASE):
        return "other"
    return "needs" if object_first != incoming else "supports"


def _by(items: Iterable[_T], key: Callable[[_T], str]) -> dict[str, list[_T]]:
    """Items by a key, each list in the order of the items."""
    lists: dict[str, list[_T]] = defaultdict(list)
    for item in items:
        lists[key(item)].append(item)
    return lists


def _upwards(parents: Mapping[str, Sequence[str]], iri: str, below: list[str]) -> Iterator[list[str]]:
    above = [p for p in parents.get(iri, ()) if p not in below]
    if not above or len(below) > _LONGEST:
        if len(below) > 1:
            yield below[:0:-1]
        return
    for parent in above:
        yield from _upwards(parents, parent, [*below, parent])
