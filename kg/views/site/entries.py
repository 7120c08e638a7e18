"""Concepts as list entries: by letter, layer, area and tag, in the order of one language."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from kg.model import Concept
from kg.views.page import View, paths
from kg.views.page.alphabet import letter, sort_key
from kg.views.page.words import key_order


class ListedConcept(NamedTuple):
    """A concept in a list."""

    iri: str
    target: str
    """Path of its page."""
    label: str
    lang: str
    other: str
    other_lang: str
    where: str
    keys: str
    """Hidden search keys, besides the visible text."""


class ListSection(NamedTuple):
    """A heading with its entries, and subsections."""

    id: str
    name: str
    entries: list[ListedConcept]
    below: list[ListSection]

    @property
    def size(self) -> int:
        """Number of all entries in it."""
        return len(self.entries) + sum(g.size for g in self.below)


class Entries:
    """All concepts as entries, in alphabetical order."""

    def __init__(self, view: View) -> None:
        self.view = view
        concepts = view.assessment.corpus.concepts
        made = {iri: _entry(view, concept) for iri, concept in concepts.items()}
        order = sorted(made, key=lambda iri: (sort_key(made[iri].label), iri))
        self.concepts: Mapping[str, Concept] = concepts
        self.all: dict[str, ListedConcept] = {iri: made[iri] for iri in order}

    def by_letter(self) -> list[ListSection]:
        """By letter; Chinese by pinyin."""
        by_letter: dict[str, list[ListedConcept]] = {}
        for entry in self.all.values():
            by_letter.setdefault(letter(entry.label), []).append(entry)
        return [ListSection(f"kg-l-{i}", name, entries, []) for i, (name, entries) in enumerate(by_letter.items(), 1)]

    def by_layer(self) -> list[ListSection]:
        """By layer from the lowest upwards, then area."""
        return self._by("layer", "area", "layers")

    def by_area(self) -> list[ListSection]:
        """By area, then layer."""
        return self._by("area", "layer", "areas")

    def by_tag(self) -> list[ListSection]:
        """By letter, each with its tags in alphabetical order."""
        by_tag: dict[str, list[ListedConcept]] = defaultdict(list)
        for iri, entry in self.all.items():
            for tag in dict.fromkeys(self.concepts[iri].tags):
                by_tag[tag].append(entry)
        names = sorted(by_tag, key=lambda t: (sort_key(t), t))
        letters: dict[str, list[ListSection]] = {}
        for i, name in enumerate(names, 1):
            letters.setdefault(letter(name), []).append(ListSection(f"kg-t-{i}", name, by_tag[name], []))
        return [ListSection(f"kg-tl-{i}", name, [], tags) for i, (name, tags) in enumerate(letters.items(), 1)]

    def _by(self, first: str, second: str, prefix: str) -> list[ListSection]:
        groups: dict[str, dict[str, list[ListedConcept]]] = defaultdict(lambda: defaultdict(list))
        for iri, entry in self.all.items():
            concept = self.concepts[iri]
            groups[getattr(concept, first)][getattr(concept, second)].append(entry)
        if set(groups) <= {""}:
            return []  # a single group would only repeat the list of all concepts
        name = {"layer": self.view.layer, "area": self.view.area}
        result = []
        for i, key in enumerate(sorted(groups, key=self._order(first)), 1):
            below = [
                ListSection(f"kg-{prefix}-{i}-{j}", name[second](sub), groups[key][sub], [])
                for j, sub in enumerate(sorted(groups[key], key=self._order(second)), 1)
            ]
            result.append(ListSection(f"kg-{prefix}-{i}", name[first](key), [], below))
        return result

    def _order(self, dimension: str) -> Callable[[str], tuple[object, ...]]:
        if dimension == "layer":
            return key_order
        return lambda area: (not area, sort_key(self.view.area(area)), area)


def count_areas(view: View) -> list[tuple[str, str, int]]:
    """Label, part of the page of areas, and number of concepts of each area that notes declare, the largest first."""
    counts = Counter(concept.area for concept in view.assessment.corpus.concepts.values())
    order = sorted(counts, key=lambda area: (not area, sort_key(view.area(area)), area))
    listed = [(view.area(area), f"kg-areas-{i}", counts[area]) for i, area in enumerate(order, 1) if area]
    return sorted(listed, key=lambda row: -row[2])


def _entry(view: View, concept: Concept) -> ListedConcept:
    label = view.label(concept.iri)
    lang = view.label_lang(concept.iri)
    wanted = [*view.languages, *sorted(concept.labels)]
    other_lang = next((x for x in wanted if concept.labels.get(x) and concept.labels[x] != label), "")
    where = " · ".join(view.words.key(k) for k in (concept.layer, concept.area) if k)
    # Visible text can be searched directly; only other names must be added.
    hidden = [text for text, _ in concept.alt_labels]
    hidden += [text for text in concept.labels.values() if text not in (label, concept.labels.get(other_lang))]
    if concept.id != label:
        hidden.append(concept.id)
    if skos := view.assessment.skos.concepts.get(concept.iri):
        hidden += [t.text for t in skos.texts if t.kind in ("notation", "hiddenLabel")]
    target = view.page_of(concept.iri) or paths.INDEX
    return ListedConcept(
        concept.iri, target, label, lang, concept.labels.get(other_lang, ""), other_lang, where, " ".join(hidden)
    )


def first_of(groups: Iterable[ListSection], limit: int) -> list[ListSection]:
    """The largest groups, for a card that links to all of them."""
    return sorted(groups, key=lambda g: (-g.size, g.name))[:limit]
