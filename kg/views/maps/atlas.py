"""Data shared by all maps of a knowledge base: the features of each concept, computed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict

from kg.base.formulas import in_words
from kg.base.names import page_name
from kg.model import Assessment, Community, Concept
from kg.views.maps.lines import Lines
from kg.views.page.labels import extent, wrap
from kg.views.page.planned import counted, part_of_plan
from kg.views.page.words import Words, key_order

if TYPE_CHECKING:
    from kg.network.force import Point

DIMENSIONS: Final = ("community", "layer", "area", "type", "evidence")
"""Dimensions by which nodes can be coloured."""

EVIDENCE: Final = {
    "passed": "good", "unverified": "info", "timed-out": "c3", "stale": "c1", "failed": "bad", "none": "none",
}  # fmt: skip
"""Verdict on a concept's evidence → colour; ``none`` if it has no evidence."""

_ATTRIBUTES: Final = ("layer", "area", "type")

COLOURS: Final = 12
"""Number of colours in map.css; further values reuse them."""

LINE_COLOURS: Final = 8
"""Number of colours for relations; the least frequent relations share one colour."""

MEASURES: Final = ("pagerank", "degree", "betweenness", "core")
"""Measures by which nodes can be sized."""

_MAX_DEFINITION: Final = 420


def by_language(values: Iterable[str]) -> list[str]:
    """Texts by language, collapsed to one if they are all equal."""
    result = list(values)
    return result[:1] if len(set(result)) == 1 else result


class NodeData(TypedDict, total=False):
    """Attributes of a node that are the same on every page, as the script of the maps reads them."""

    page: str
    """Name of the page of a concept, without ending."""
    href: str
    """Name of the map of a group."""
    names: list[str]
    """By language, as the texts below."""
    lines: list[str]
    """Labels in lines, where they differ from the names."""
    defs: list[str]
    alt: list[str]
    """Further labels."""
    cats: list[int]
    """Index of the value in each dimension."""
    m: Sequence[float]
    """What it can be sized by."""
    count: int
    """Number of members of a group that are shown without the plan."""
    plan: int
    """1 for a plan, a task, or what a task produces: maps show it only when asked."""
    e: tuple[int, int]
    """Extent of the label, in columns and rows: the maximum over all languages."""


class LegendEntry(TypedDict):
    """A value of a dimension in the legend."""

    value: int
    key: str
    colour: str
    names: list[str]
    href: NotRequired[str]
    """The map of a community."""


class Atlas:
    """A knowledge base prepared for drawing in some languages."""

    def __init__(self, assessment: Assessment, langs: Sequence[str]) -> None:
        self.assessment = assessment
        self.langs = tuple(langs)
        self.lines = Lines(assessment)
        self._concepts = assessment.corpus.concepts
        self.foreign: dict[str, dict[str, list[str]]] = {}
        """Concept → concept of another knowledge base → how notes relate them, by IRI of the relation."""
        self.has_days = False
        """Whether a file says when each concept appeared."""
        for a in assessment.corpus.foreign_assertions:
            stated = self.foreign.setdefault(a.subject, {}).setdefault(a.object, [])
            if a.predicate not in stated:
                stated.append(a.predicate)
        self.words = {lang: Words(lang, "views.maps") for lang in self.langs}
        """The texts of maps by language."""
        self._features: dict[str, NodeData] = {}
        self._plan = part_of_plan(assessment)
        self._communities = {community.index: community for community in assessment.communities}
        self._community = {iri: c.index for c in assessment.communities for iri in c.members}
        # Isolated concepts form a community too, which has no colour of its own.
        measures = assessment.concepts
        self._loose = {
            c.index for c in assessment.communities if not any(m in measures and measures[m].degree for m in c.members)
        }
        self._values = {
            dimension: sorted({getattr(concept, dimension) for concept in self._concepts.values()}, key=key_order)
            for dimension in _ATTRIBUTES
        }
        self._slots = {dimension: {v: i for i, v in enumerate(values)} for dimension, values in self._values.items()}
        self._positions: Mapping[str, Point] | None = None
        used = Counter(iri for line in self.lines.typed() for iri, _ in line.relations)
        common = sorted(used, key=lambda iri: (-used[iri], iri))[:LINE_COLOURS]
        self._line_colours = {iri: i for i, iri in enumerate(common)}

    def measured(self, iri: str) -> list[float]:
        """The values by which a concept can be sized, in the order of `MEASURES`."""
        measures = self.assessment.concepts.get(iri)
        if measures is None:
            return [0.0] * len(MEASURES)
        values = (measures.pagerank, measures.degree, measures.betweenness, measures.core)
        return [value if isinstance(value, int) else float(f"{value:.3g}") for value in values]

    def line_colour(self, iri: str) -> int:
        """Index of a relation's colour, the same on every page; -1 for rare relations and plain links."""
        return self._line_colours.get(iri, -1)

    def label(self, iri: str, lang: str = "") -> str:
        """The label of a concept; by default in the first language of the maps."""
        return self._concepts[iri].label(lang or self.langs[0])

    def counted(self, members: Sequence[str]) -> Sequence[str]:
        """The members that count, in their order, see `counted`."""
        return counted(members, self._plan)

    def is_loose(self, community: int) -> bool:
        """Whether a community consists of isolated concepts."""
        return community in self._loose

    def importance(self, iri: str) -> float:
        """PageRank of a concept. Concepts with a high value are drawn first and largest."""
        measures = self.assessment.concepts.get(iri)
        return measures.pagerank if measures is not None else 0.0

    def ranked(self, iris: Iterable[str]) -> list[str]:
        """Concepts, most important first."""
        return sorted(iris, key=lambda iri: (-self.importance(iri), iri))

    def feature(self, iri: str) -> NodeData:
        """The drawn features of a concept."""
        feature = self._features.get(iri)
        if feature is None:
            feature = self._features[iri] = self._feature(self._concepts[iri])
        return feature

    def _feature(self, concept: Concept) -> NodeData:
        names = [concept.label(lang) for lang in self.langs]
        labels = [wrap(name) for name in names]
        data: NodeData = {
            "page": page_name(concept.id),
            "names": by_language(names),
            "defs": by_language(_cut(in_words(concept.definition(lang))) for lang in self.langs),
            "cats": self.categories(concept),
            "m": self.measured(concept.iri),
            "e": extent(labels),
        }
        if labels != names:
            data["lines"] = by_language(labels)
        if concept.iri in self._plan:
            data["plan"] = 1
        further = sorted({*concept.labels.values(), *(label for label, _ in concept.alt_labels)}.difference(names))
        if further:
            data["alt"] = further
        return data

    def categories(self, concept: Concept) -> list[int]:
        """Index of a concept's value in each dimension; -1 for a concept without community."""
        return [
            self._community.get(concept.iri, -1),
            *(self._slots[dimension][getattr(concept, dimension)] for dimension in _ATTRIBUTES),
            list(EVIDENCE).index(self.assessment.evidence.get(concept.iri, "none")),
        ]

    def values(self, iri: str) -> list[str]:
        """The value of a concept in each dimension but the first, as the legend names it in `key`."""
        concept = self._concepts[iri]
        return [*(getattr(concept, dimension) for dimension in _ATTRIBUTES), self.assessment.evidence.get(iri, "none")]

    def group(self, page: str, names: Sequence[str], members: Sequence[str], number: int) -> NodeData:
        """The drawn features of a group of concepts, which is one node."""
        counted = self.counted(members)
        labels = [f"{_parts(name)}\n({len(counted)})" for name in names]
        central = [self._concepts[iri] for iri in counted[:8] if iri in self._concepts]
        return {
            "href": page,
            "names": by_language(names),
            "lines": by_language(labels),
            "defs": by_language(self._listing(central, lang, len(counted)) for lang in self.langs),
            "cats": [number],
            "count": len(counted),
            "e": extent(labels),
        }

    def community_names(self, community: Community) -> list[str]:
        """Labels of a community in the languages of the maps."""
        fallback = community.name.get("en") or next(iter(community.name.values()), "")
        return [
            community.name.get(lang) or fallback or f"{self.words[lang]('cluster')} {community.index}" for lang in self.langs
        ]

    def legend(self, dimension: str, indexes: Iterable[int]) -> list[LegendEntry]:
        """Legend entries for the values of a dimension on a page; colours are the same on every page."""
        entries: list[LegendEntry] = []
        for i in sorted(indexes):
            grey = i < 0 or (dimension == "community" and i in self._loose)
            key, colour, href = str(i), "none" if grey else f"c{i % COLOURS}", ""
            if i < 0:
                names = by_language(w("unset") for w in self.words.values())
            elif dimension == "community":
                names = by_language(self.community_names(self._communities[i]))
                href = f"cluster-{i}.html"
            elif dimension == "evidence":
                key = list(EVIDENCE)[i]
                colour = EVIDENCE[key]
                names = by_language(w(f"evidence-{key}") for w in self.words.values())
            else:
                key = self._values[dimension][i]
                names = by_language(self._name(key, lang) for lang in self.langs)
            entry: LegendEntry = {"value": i, "key": key, "colour": colour, "names": names}
            if href:
                entry["href"] = href
            entries.append(entry)
        return entries

    def _name(self, value: str, lang: str) -> str:
        """The label of a layer, area or type, as on all pages."""
        return self.words[lang].key(value) if value else self.words[lang]("unset")

    @property
    def positions(self) -> Mapping[str, Point]:
        """Positions of all concepts: those computed with the measures, otherwise a new layout."""
        if self._positions is None:
            remembered = self.assessment.positions
            if all(iri in remembered for iri in self._concepts):
                self._positions = remembered
            else:
                # start time: concepts of an assessment have positions
                from kg.network.force import circle_layout

                iris = sorted(self._concepts)
                self._positions = dict(zip(iris, self.layout(iris, circle_layout(len(iris))), strict=True))
        return self._positions

    def layout(self, iris: Sequence[str], start: Sequence[Point]) -> list[Point]:
        """A layout of some concepts, by the lines between them."""
        # start time: only groups without positions are laid out here
        from kg.network.force import force_layout

        index = {iri: i for i, iri in enumerate(iris)}
        lines = self.lines.between(iris)
        edges = [(index[line.source], index[line.target]) for line in lines]
        return force_layout(len(iris), edges, [1.0 if line.kind < 2 else 0.5 for line in lines], start)

    def _listing(self, concepts: Sequence[Concept], lang: str, total: int) -> str:
        """The most central members of a community, on one line."""
        return self.words[lang].join([concept.label(lang) for concept in concepts]) + ("…" if total > len(concepts) else "")


def _parts(name: str) -> str:
    """The name of a community on several lines, broken between the concept names that it consists of."""
    parts = name.split(" · ")
    return wrap(name, 20) if len(parts) == 1 else "\n".join(wrap(part, 20, 2) for part in parts[:3])


def _cut(definition: str) -> str:
    """A definition, truncated for a panel; the page of the concept shows all of it."""
    return definition if len(definition) <= _MAX_DEFINITION else definition[:_MAX_DEFINITION].rstrip() + "…"
