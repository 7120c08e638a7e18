"""Combines places that name the same concept into drafts, with relations from labelled diagram edges."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from kg.base.names import fold, split_bilingual
from kg.corpus import VocabularyWords
from kg.model import Corpus, Note
from kg.network.plain import find_set
from kg.suggest.extract.found import CONFIDENCE, NamedPlace
from kg.suggest.extract.names import clean

DRAFTED: Final = 0.5
"""Minimum confidence of a draft; a name with less is a candidate."""


class DefinitionPlace(NamedTuple):
    """A place at which a concept is defined or named."""

    path: str
    line: int
    kind: str


class DraftRelation(NamedTuple):
    """A relation of two drafts, stated in a diagram or in a definition as a tuple."""

    relation: str
    """IRI of the relation that the label states; empty if it states none."""
    label: str
    target: str
    """Id of the other draft, or of an existing concept."""
    path: str
    line: int
    context: str = "diagram"
    """``diagram``, or ``table`` for a component of a tuple."""


class Draft(NamedTuple):
    """A concept that documents define or name and that has no note."""

    id: str
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    type: str
    definition: str
    confidence: float
    """1 − Π(1 − confidence of the kind), over the kinds of places with at most two documents each; list items count once."""
    places: tuple[DefinitionPlace, ...]
    """The places, best first."""
    anchor: str
    """Anchor of the section that defines it, in the document of the first place."""
    relations: tuple[DraftRelation, ...]
    suggestions: tuple[DraftRelation, ...]


def make_drafts(corpus: Corpus, places: Iterable[NamedPlace], words: VocabularyWords) -> tuple[list[Draft], list[Draft]]:
    """Return drafts, and names with insufficient confidence as candidates; both sorted by confidence, then id.

    Places that share a name belong to the same draft. A name of an existing concept is not a draft.
    """
    by_concept = {
        fold(name): c.id
        for c in corpus.concepts.values()
        for name in (*c.labels.values(), *(a for a, _ in c.alt_labels), *(_halves(tuple(c.labels.values()))))
    }
    all_places = list(places)
    groups = _together([f for f in all_places if not any(fold(n) in by_concept for n in f.names.values())])
    taken = {fold(c.id) for c in corpus.concepts.values()}
    made = [_draft(group, taken) for group in groups]
    by_name = by_concept | {fold(n): d.id for d in made for n in (*d.names.values(), *d.aliases)}
    edges = _edges(corpus.notes, by_name, words)
    for source, of_tuple in _parts(all_places, by_name, words).items():
        edges.setdefault(source, []).extend(of_tuple)
    drafted = {d.id for d in made if d.confidence >= DRAFTED} | set(by_concept.values())
    result = []
    for draft in made:
        own = [e for e in edges.get(draft.id, ()) if e.target != draft.id]
        result.append(
            draft._replace(
                relations=tuple(e for e in own if e.relation and e.target in drafted),
                suggestions=tuple(e for e in own if not e.relation),
            )
        )
    result.sort(key=lambda d: (-round(d.confidence, 6), -len(d.places), d.id))
    return [d for d in result if d.confidence >= DRAFTED], [d for d in result if d.confidence < DRAFTED]


def _halves(labels: Sequence[str]) -> list[str]:
    """The parts of document labels: "7.2 服务网格 / Service Mesh" names the concept in two languages."""
    return [name for label in labels for name in split_bilingual(clean(label)).values()]


def _together(places: Sequence[NamedPlace]) -> list[list[NamedPlace]]:
    """Group places by concept: the connected components of shared names."""
    parent = list(range(len(places)))

    first: dict[str, int] = {}
    for i, place in enumerate(places):
        for name in place.names.values():
            j = first.setdefault(fold(name), i)
            # One English name often translates several Chinese names, and different Chinese names denote different concepts.
            if fold(places[j].names.get("zh", "")) in (fold(place.names.get("zh", "")), "") or "zh" not in place.names:
                parent[find_set(parent, i)] = find_set(parent, j)
    groups: dict[int, list[NamedPlace]] = defaultdict(list)
    for i, place in enumerate(places):
        groups[find_set(parent, i)].append(place)
    return list(groups.values())


def _draft(group: Sequence[NamedPlace], taken: set[str]) -> Draft:
    order = sorted(group, key=lambda f: (-CONFIDENCE[f.kind], not f.definition, f.path, f.line))
    names: dict[str, str] = {}
    for place in order:
        for lang, name in place.names.items():
            names.setdefault(lang, name)
    used = {fold(n) for n in names.values()}
    aliases = {fold(n): n for f in order for n in f.names.values() if fold(n) not in used}
    # Count documents, not occurrences: lists and documents repeat their headings ("Advantages").
    counts = Counter(kind for kind, _ in {(f.kind, f.path) for f in group})
    doubt = 1.0
    for kind, n in counts.items():
        doubt *= (1 - CONFIDENCE[kind]) ** min(n, 1 if kind == "item" else 2)
    places = tuple(dict.fromkeys(DefinitionPlace(f.path, f.line, f.kind) for f in order))
    return Draft(
        id=_id(names, taken),
        names=names,
        aliases=tuple(aliases.values()),
        type=next((f.type for f in order if f.type != "concept"), "concept"),
        definition=next((f.definition for f in order if f.definition), ""),
        confidence=1 - doubt,
        places=places,
        anchor=order[0].anchor,
        relations=(),
        suggestions=(),
    )


def _id(names: Mapping[str, str], taken: set[str]) -> str:
    """An unused id, made from the English name if there is one."""
    text = names.get("en") or next(iter(names.values()))
    base = re.sub(r"[^\w]+", "-", text.lower()).strip("-_") or "concept"
    name, n = base, 2
    while fold(name) in taken:
        name, n = f"{base}-{n}", n + 1
    taken.add(fold(name))
    return name


class _EdgeKey(NamedTuple):
    """The key by which two edges from the same source are equal."""

    relation: str
    label: str
    target: str


def _edges(notes: Mapping[str, Note], by_name: Mapping[str, str], words: VocabularyWords) -> dict[str, list[DraftRelation]]:
    """Relations in diagrams, by the id of the source; labels that are flow conditions are ignored."""
    result: dict[str, dict[_EdgeKey, DraftRelation]] = defaultdict(dict)
    for path, note in notes.items():
        for edge in note.edges:
            ends = [_named(label, by_name) for label in (edge.source, edge.target)]
            if None in ends or ends[0] == ends[1] or fold(edge.label) in words.cues:
                continue
            source, target = str(ends[0]), str(ends[1])
            relation = words.edge(edge.label) or "" if edge.label else ""
            key = _EdgeKey(relation, edge.label, target)
            result[source].setdefault(key, DraftRelation(*key, path, edge.line))
    return {source: list(relations.values()) for source, relations in result.items()}


def _parts(places: Iterable[NamedPlace], by_name: Mapping[str, str], words: VocabularyWords) -> dict[str, list[DraftRelation]]:
    """Relations from a tuple to its components, by the id of the whole."""
    relation = words.edge("has part")
    result: dict[str, dict[str, DraftRelation]] = defaultdict(dict)
    for place in places if relation else ():
        whole, part = (
            next((by_name[fold(n)] for n in names.values() if fold(n) in by_name), "") for names in (place.of, place.names)
        )
        if whole and part and whole != part:
            result[whole].setdefault(part, DraftRelation(str(relation), "", part, place.path, place.line, "table"))
    return {whole: list(parts.values()) for whole, parts in result.items()}


def _named(label: str, by_name: Mapping[str, str]) -> str | None:
    """The id of the concept that a node label names, as a whole or by one of its languages."""
    for name in (label, *split_bilingual(clean(label)).values()):
        if fold(name) in by_name:
            return by_name[fold(name)]
    return None
