"""Drafts: places that name the same concept taken together, with relations that labelled diagram edges state between them."""

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
"""Confidence from which a name is drafted; what has less is a candidate."""


class DefinitionPlace(NamedTuple):
    """Where a concept is defined or named."""

    path: str
    line: int
    kind: str


class DraftRelation(NamedTuple):
    """What a diagram, or the definition of one as a tuple, says of two drafts."""

    relation: str
    """IRI of the relation that the label states; empty where it states none."""
    label: str
    target: str
    """Id of the other draft, or of a concept that there is already."""
    path: str
    line: int
    context: str = "diagram"
    """``diagram``, or ``table`` for a component of a tuple."""


class Draft(NamedTuple):
    """A concept that documents define or name and that has no note of its own."""

    id: str
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    type: str
    definition: str
    confidence: float
    """1 − Π(1 − confidence of the kind), over the kinds of places and at most two documents each; items of lists count once."""
    places: tuple[DefinitionPlace, ...]
    """The best one first."""
    anchor: str
    """Of the section that defines it, in the document of the first place."""
    relations: tuple[DraftRelation, ...]
    suggestions: tuple[DraftRelation, ...]


def make_drafts(corpus: Corpus, places: Iterable[NamedPlace], words: VocabularyWords) -> tuple[list[Draft], list[Draft]]:
    """The drafts, and the candidates: names that are not sure enough; each by confidence, then by id.

    Places belong together that share a name. What a concept of the corpus is called already is no draft.
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
    """Names within the labels of documents: "7.2 服务网格 / Service Mesh" is a document on both."""
    return [name for label in labels for name in split_bilingual(clean(label)).values()]


def _together(places: Sequence[NamedPlace]) -> list[list[NamedPlace]]:
    """Places by concept: those that share a name, directly or by way of others."""
    parent = list(range(len(places)))

    first: dict[str, int] = {}
    for i, place in enumerate(places):
        for name in place.names.values():
            j = first.setdefault(fold(name), i)
            # One English name often covers several Chinese names: different Chinese names are different concepts.
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
    # Lists repeat their heads ("Advantages"), and one document repeats itself: what counts are documents.
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
    """An id from the English name, else from any, that no concept has."""
    text = names.get("en") or next(iter(names.values()))
    base = re.sub(r"[^\w]+", "-", text.lower()).strip("-_") or "concept"
    name, n = base, 2
    while fold(name) in taken:
        name, n = f"{base}-{n}", n + 1
    taken.add(fold(name))
    return name


class _EdgeKey(NamedTuple):
    """What two edges from the same source have in common when they say the same."""

    relation: str
    label: str
    target: str


def _edges(notes: Mapping[str, Note], by_name: Mapping[str, str], words: VocabularyWords) -> dict[str, list[DraftRelation]]:
    """What diagrams say, by the id of the source; labels that are flow conditions say nothing."""
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
    """That what is defined as a tuple has its components, by the id of the whole."""
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
    """The id of what the label of a node names, whole or by one of its languages."""
    for name in (label, *split_bilingual(clean(label)).values()):
        if fold(name) in by_name:
            return by_name[fold(name)]
    return None
