"""The data from which one page draws the map of any concept: scripts, since pages opened from disk can't load other data.

A concept's own features and lines are in one of many files, by a hash of its page name, so an edit changes the files of the
concepts that it touches and no others. What any new relation can move (measures, communities, colours) is in one file for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from kg.base.names import LINKS_TO
from kg.model import Artifact, text_in
from kg.views.maps.atlas import DIMENSIONS, Atlas, by_language
from kg.views.maps.drawing import describe_relation, list_arrows
from kg.views.maps.levels import MapGroup
from kg.views.maps.lines import kind_of
from kg.views.maps.records import Edge, Node
from kg.views.page.labels import extent, wrap
from kg.views.page.scripts import script_json
from kg.views.page.shards import shard_of

FOLDER: Final = "maps/data"
_FOREIGN: Final = 30
"""Maximum number of concepts of other knowledge bases around one concept."""


def render_shards(atlas: Atlas, shards: int) -> Iterator[Artifact]:
    """Yield the data of all concepts: what concerns all, and the files with their features and lines."""
    codes = _codes(atlas)
    yield _script("all.js", f"globalThis.kgAll = {script_json(_shared(atlas, codes))};\n")
    rows: dict[str, dict[str, str]] = {f"{i:x}.js": {} for i in range(shards)}
    for iri, edges in _edges(atlas, codes).items():
        page = atlas.feature(iri)["page"]
        rows[f"{shard_of(page, shards)}.js"][page] = _record(atlas, iri, edges, codes)
    for name, own in rows.items():
        lines = ",\n".join(own[page] for page in sorted(own))
        yield _script(name, f"kgRecords([\n{lines}\n]);\n")


def render_days(atlas: Atlas, days: Mapping[str, str], groups: Sequence[MapGroup]) -> Artifact:
    """Return the file that says which concepts appeared on which day, oldest first, and when each group had its first one.

    Concepts without a day are older.
    """
    concepts = atlas.assessment.corpus.concepts
    own = {iri: days.get(concept.id, "") for iri, concept in concepts.items()}
    by_day: dict[str, list[str]] = {}
    for iri, day in own.items():
        if day:
            by_day.setdefault(day, []).append(atlas.feature(iri)["page"])
    rows = [[day, sorted(by_day[day])] for day in sorted(by_day)]
    first = {group.page: min((own[iri] for iri in group.members), default="") for group in groups}
    return _script("days.js", f"globalThis.kgDays = {script_json({'days': rows, 'groups': first})};\n")


def _script(name: str, text: str) -> Artifact:
    return Artifact(f"{FOLDER}/{name}", text.encode("utf-8", "replace"))


def _record(atlas: Atlas, iri: str, edges: Sequence[str], codes: Mapping[str, str]) -> str:
    """A concept as a pyvis node, with its lines in JSON.

    It holds only what the concept and its statements determine, so it is unchanged by edits elsewhere.
    """
    feature = atlas.feature(iri)
    texts = {key: feature[key] for key in ("names", "lines", "defs", "alt", "e", "plan") if key in feature}
    node = Node(feature["page"], "dot", feature["names"][0], **texts, values=atlas.values(iri))
    foreign = f',"foreign":{script_json(rows)}' if (rows := _foreign(atlas, iri, codes)) else ""
    return f'{script_json(node.options)[:-1]},"edges":[{",".join(edges)}]{foreign}}}'


class ForeignEnd(NamedTuple):
    """A concept of another knowledge base on the map of a concept, as the script of the maps reads it."""

    name: str
    names: list[str]
    """Labels by language, with the name of the knowledge base."""
    address: str
    extent: tuple[int, int]
    kind: int
    """The kind of line to it."""
    relations: list[str]


def _foreign(atlas: Atlas, iri: str, codes: Mapping[str, str]) -> list[ForeignEnd]:
    """The concepts of other knowledge bases that notes relate to a concept."""
    rows: list[ForeignEnd] = []
    for other, predicates in atlas.foreign.get(iri, {}).items():
        concept = atlas.assessment.corpus.foreign[other]
        names = [f"{text_in(concept.labels, lang)} ({concept.base})" for lang in atlas.langs]
        kind = min(kind_of(predicate, atlas.assessment) for predicate in predicates)
        stated = [codes[p] for p in predicates if kind_of(p, atlas.assessment) == kind]
        rows.append(
            ForeignEnd(concept.name, by_language(names), concept.address, extent([wrap(name) for name in names]), kind, stated)
        )
    return rows[:_FOREIGN]


def _edges(atlas: Atlas, codes: Mapping[str, str]) -> dict[str, list[str]]:
    """The lines of each concept in JSON, as pyvis edges between the pages of two concepts, with relations by code.

    Each line is encoded once, for both of its ends.
    """
    pages = {iri: atlas.feature(iri)["page"] for iri in atlas.assessment.corpus.concepts}
    edges: dict[str, list[str]] = {iri: [] for iri in pages}
    for line in atlas.lines.all():
        names = [[codes[name], int(forward)] for name, forward in line.relations]
        edge = Edge(pages[line.source], pages[line.target], kind=line.kind, relations=names, arrows=list_arrows(line))
        text = script_json(edge.options)
        edges[line.source].append(text)
        edges[line.target].append(text)
    return edges


def _shared(atlas: Atlas, codes: Mapping[str, str]) -> dict[str, object]:
    """What any new relation can move: measures, communities and positions of all concepts, names of relations and values."""
    iris = sorted(atlas.assessment.corpus.concepts, key=lambda iri: atlas.feature(iri)["page"])
    features = [atlas.feature(iri) for iri in iris]
    places = [[round(value, 4) for value in atlas.positions[iri]] for iri in iris]
    legends = []
    for position, dimension in enumerate(DIMENSIONS):
        present = {feature["cats"][position] for feature in features}
        legends.append({"key": dimension, "values": atlas.legend(dimension, present)})
    return {
        "relations": [[code, describe_relation(atlas, iri)] for iri, code in codes.items()],
        "legends": legends,
        "concepts": [
            [feature["page"], feature["cats"][0], feature["m"], own] for feature, own in zip(features, places, strict=True)
        ],
    }


def _codes(atlas: Atlas) -> dict[str, str]:
    """A short name for each drawn relation, which depends on the ontology only: its key if no other has it, or its IRI."""
    declared = atlas.assessment.relations
    keys = Counter(meaning.key for meaning in declared.values())
    used = {iri for line in atlas.lines.all() for iri, _ in line.relations}
    used |= {predicate for ends in atlas.foreign.values() for predicates in ends.values() for predicate in predicates}
    keys["link"] += 1
    codes = {iri: declared[iri].key if iri in declared and keys[declared[iri].key] == 1 else iri for iri in sorted(used)}
    return codes | {LINKS_TO: "link"} if LINKS_TO in used else codes
