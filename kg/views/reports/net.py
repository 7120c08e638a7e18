"""Counts for the reports: relations by type and area, ranks, places of statements; computed once for a build."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from kg.base.names import ISO_THES
from kg.model import Assessment, PairMeasures, Relation


class Net:
    """Counts over an assessment, the same for all languages."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.concepts = assessment.corpus.concepts
        self.hierarchical = any(assessment.hierarchy.parents.values())
        """Whether any hierarchical relation is stated."""
        self.typed = 0
        self.untyped: list[tuple[str, int, str, str]] = []
        """Plain links: (path, line, source, target), in order of place."""
        self.by_relation: Counter[str] = Counter()
        self.by_area: Counter[tuple[str, str]] = Counter()
        """(area of the source, relation) → number."""
        self.between: Counter[tuple[str, str]] = Counter()
        """(area of the source, area of the target) → number."""
        self.neighbours: dict[str, set[str]] = defaultdict(set)
        """Neighbours by asserted relations and links, in either direction."""
        self.broader_at: dict[tuple[str, str], str] = {}
        """(concept, broader concept) → place of the statement."""
        self.broader_kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
        """(concept, broader concept) → kinds of the relations: ``generic``, ``partitive``, ``instantial`` or ``plain``."""
        relations = assessment.relations
        for source, target, key, data in assessment.network.edges(keys=True, data=True):
            if not data.get("asserted", True) or source == target:
                continue
            self.neighbours[source].add(target)
            self.neighbours[target].add(source)
            path, line = str(data.get("path") or ""), int(data.get("line") or 0)
            if not data.get("typed", True):
                self.untyped.append((path, line, source, target))
                continue
            self.typed += 1
            self.by_relation[key] += 1
            areas = self.area(source), self.area(target)
            self.by_area[areas[0], key] += 1
            self.between[areas] += 1
            relation = relations.get(key)
            if relation is not None and relation.hierarchical:
                pair = (source, target) if relation.kind == "broader" else (target, source)
                self.broader_kinds[pair].add(kind_of(relation))
                place = f"{path}:{line}" if path else ""
                self.broader_at[pair] = min(filter(None, (self.broader_at.get(pair, ""), place)), default="")
        self.untyped.sort()
        typed = {frozenset(e[:2]) for e in assessment.network.edges(keys=True, data=True) if _says(e[3])}
        self.waiting = [link for link in self.untyped if frozenset(link[2:]) not in typed]
        """Plain links between concepts without a typed relation in either direction."""
        measures = assessment.concepts
        self.rank_pagerank = _ranks({i: m.pagerank for i, m in measures.items()})
        self.rank_betweenness = _ranks({i: m.betweenness for i, m in measures.items()})
        self.rank_degree = _ranks({i: float(m.degree) for i, m in measures.items()})

    def area(self, iri: str) -> str:
        """The area of a concept; empty if it has none."""
        concept = self.concepts.get(iri)
        return concept.area if concept else ""

    def pagerank(self, iri: str) -> float:
        """The PageRank of a concept; 0 if it wasn't measured."""
        measures = self.assessment.concepts.get(iri)
        return measures.pagerank if measures else 0.0

    def core(self, limit: int) -> list[str]:
        """The most central concepts by the mean of three ranks; concepts with one neighbour only if no others are left."""
        measures = self.assessment.concepts
        connected = [i for i in measures if measures[i].degree > 1] or [i for i in measures if measures[i].degree]

        def place(iri: str) -> tuple[int, int, str]:
            ranks = self.rank_pagerank[iri], self.rank_betweenness[iri], self.rank_degree[iri]
            return sum(ranks), ranks[0], iri

        return sorted(connected, key=place)[:limit]

    def above(self, iri: str) -> set[str]:
        """All broader concepts of a concept, transitively."""
        above: set[str] = set()
        ahead = list(self.assessment.hierarchy.parents.get(iri, ()))
        while ahead:
            parent = ahead.pop()
            if parent not in above:
                above.add(parent)
                ahead += self.assessment.hierarchy.parents.get(parent, ())
        return above

    def pairs(self) -> tuple[list[PairMeasures], int]:
        """Unlinked pairs worth examining, strongest first, and the number of omitted ancestor–descendant pairs."""
        kept = [p for p in self.assessment.pairs if p.first not in self.above(p.second) and p.second not in self.above(p.first)]
        return kept, len(self.assessment.pairs) - len(kept)

    def across(self) -> dict[tuple[int, int], list[tuple[str, str]]]:
        """Pair of communities → pairs of neighbours, one in each."""
        measures = self.assessment.concepts
        result: dict[tuple[int, int], list[tuple[str, str]]] = defaultdict(list)
        for iri, around in self.neighbours.items():
            for neighbour in around:
                if iri in measures and neighbour in measures and measures[iri].community < measures[neighbour].community:
                    result[measures[iri].community, measures[neighbour].community].append((iri, neighbour))
        return dict(result)

    def crossing(self) -> dict[int, int]:
        """Community → number of neighbour pairs with exactly one member in it."""
        measures = self.assessment.concepts
        result: dict[int, int] = defaultdict(int)
        for iri, around in self.neighbours.items():
            if iri in measures:
                own = measures[iri].community
                result[own] += sum(neighbour in measures and measures[neighbour].community != own for neighbour in around)
        return result


KINDS = ("generic", "partitive", "instantial", "plain")
"""Kinds of hierarchical relations (ISO 25964-1, 10.3); plain for broader or narrower without a kind."""


def kind_of(relation: Relation) -> str:
    """The kind of a hierarchical relation, from the ISO 25964 property that it equals or specialises."""
    for iri in (relation.iri, *relation.parents):
        if iri.startswith(ISO_THES):
            for kind in KINDS:
                if iri.lower().endswith(kind):
                    return kind
    return "plain"


def _says(data: Mapping[str, object]) -> bool:
    """Whether an edge is an asserted typed relation."""
    return bool(data.get("asserted", True) and data.get("typed", True))


def _ranks(values: Mapping[str, float]) -> dict[str, int]:
    """Rank of each key, 1 for the greatest value; ties share the better rank.

    >>> _ranks({"a": 1.0, "b": 3.0, "c": 1.0})
    {'b': 1, 'a': 2, 'c': 2}
    """
    result: dict[str, int] = {}
    last, rank = None, 0
    for place, iri in enumerate(sorted(values, key=lambda i: (-values[i], i)), 1):
        if values[iri] != last:
            last, rank = values[iri], place
        result[iri] = rank
    return result
