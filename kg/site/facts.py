"""What concept pages look up: relations in both directions, breadcrumbs, findings by note; indexed once for a build."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kg.model import Assessment, Finding, ResolvedLink, Suggestion
from kg.page import Places, View

_CHAINS = 3
_LONGEST = 24


class Related(NamedTuple):
    """One related concept in a group."""

    iri: str
    inverse: bool
    """Stated in the other concept's note."""
    places: list[str]


class Group(NamedTuple):
    """All concepts to which a concept stands in one relation."""

    label: str
    kind: str
    definition: str
    items: list[Related]


class Facts:
    """Indexes over an assessment, the same for all languages."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.places = Places(assessment)
        self.findings: dict[str, list[Finding]] = defaultdict(list)
        for finding in assessment.findings:
            self.findings[finding.path].append(finding)
        self.links: dict[str, list[ResolvedLink]] = defaultdict(list)
        for link in assessment.corpus.links:
            self.links[link.source].append(link)
        self.suggestions: dict[str, list[Suggestion]] = defaultdict(list)
        for suggestion in assessment.suggestions:
            self.suggestions[suggestion.source].append(suggestion)
        self.communities = {community.index for community in assessment.communities}
        ranked = sorted(assessment.concepts, key=lambda iri: (-assessment.concepts[iri].pagerank, iri))
        self.rank = {iri: i for i, iri in enumerate(ranked, 1)}

    def edges(self, iri: str) -> Iterator[tuple[bool, str, str, dict[str, Any]]]:
        """Asserted edges of a concept: (incoming, other, relation, attributes)."""
        network = self.assessment.network
        if iri not in network:
            return
        for incoming, around in ((False, network.adj[iri]), (True, network.pred[iri])):
            neighbours: Mapping[str, Mapping[str, dict[str, Any]]] = around
            for other, keyed in neighbours.items():
                for relation, data in keyed.items():
                    if data.get("asserted", True):
                        yield incoming, other, relation, data

    def relations(self, view: View, iri: str) -> list[Group]:
        """Typed relations of a concept, hierarchical ones first, read from the concept outwards."""
        vocabulary = self.assessment.relations
        groups: dict[str, dict[tuple[str, bool], list[str]]] = defaultdict(dict)
        for incoming, other, relation, data in self.edges(iri):
            if not data.get("typed", True):
                continue
            key = relation
            if incoming:
                known = vocabulary.get(relation)
                if known is None or not (known.symmetric or known.inverse):
                    key = f"<{relation}"
                elif known.inverse and not known.symmetric:
                    key = known.inverse
            ends = (other, iri) if incoming else (iri, other)
            groups[key][other, incoming] = self.places.of(ends[0], relation, ends[1], data)
        result = []
        order = {"broader": 0, "narrower": 1, "associative": 2, "mapping": 3}
        for key, found in groups.items():
            iri_of_relation = key.lstrip("<")
            known = vocabulary.get(iri_of_relation)
            label = view.relation(iri_of_relation)
            kind: str = known.kind if known else "associative"
            if key.startswith("<"):
                label = view.words("incoming-of", label=label)
                kind = {"broader": "narrower", "narrower": "broader"}.get(kind, kind)
            definition = ""
            if known and not key.startswith("<"):
                definition = known.definitions.get(view.lang) or known.definitions.get("en") or ""
            items = [Related(o, inc, places) for (o, inc), places in found.items()]
            items.sort(key=lambda r: (view.label(r.iri), r.iri, r.inverse))
            result.append((order.get(kind, 4), label, key, Group(label, kind, definition, items)))
        return [row[-1] for row in sorted(result, key=lambda row: row[:3])]

    def backlinks(self, view: View, iri: str) -> list[Related]:
        """Concepts whose notes link here without a type."""
        found = [
            Related(other, True, self.places.of(other, relation, iri, data))
            for incoming, other, relation, data in self.edges(iri)
            if incoming and not data.get("typed", True) and other != iri
        ]
        return sorted(found, key=lambda r: (view.label(r.iri), r.iri))

    def chains(self, iri: str) -> list[list[str]]:
        """Chains of broader concepts from the top down to the concept's parent, at most three."""
        parents = self.assessment.hierarchy.parents
        found: list[list[str]] = []
        for chain in _upwards(parents, iri, [iri]):
            found.append(chain)
            if len(found) == _CHAINS:
                break
        return found


def _upwards(parents: Mapping[str, Sequence[str]], iri: str, below: list[str]) -> Iterator[list[str]]:
    above = [p for p in parents.get(iri, ()) if p not in below]
    if not above or len(below) > _LONGEST:
        if len(below) > 1:
            yield below[:0:-1]
        return
    for parent in above:
        yield from _upwards(parents, parent, [*below, parent])
