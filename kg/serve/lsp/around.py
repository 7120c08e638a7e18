"""The concept map of a note: the concepts around it, and the statements and links that connect them, for a view that follows
the cursor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypedDict

from lsprotocol import types as lsp

from kg.base.names import LINKS_TO
from kg.graph.rules import Stated
from kg.knowledge.live import target_of
from kg.model import Assertion, Concept, text_in
from kg.serve.lsp.view import NoteView, label_place, link_at

MOST_NODES: Final = 40
METHOD: Final = "kg/around"
"""The request of editors: `AroundParams` → `ConceptMap`."""


class AroundParams(NamedTuple):
    """A place in a note."""

    uri: str
    position: lsp.Position


class MapNode(TypedDict):
    """A concept; `line` is zero-based."""

    iri: str
    label: str
    type: str
    uri: str
    line: int
    focus: bool
    """Whether the link at the cursor leads to it."""


class MapEdge(TypedDict):
    """A relation or link between two of the concepts, and the line that states it."""

    source: str
    target: str
    label: str
    """The relation; empty for a plain link."""
    uri: str
    line: int


class ConceptMap(TypedDict):
    """A concept with its neighbours; it is the first node."""

    nodes: list[MapNode]
    edges: list[MapEdge]
    omitted: int
    """How many neighbours are left out."""


def read_params(params: object) -> AroundParams | None:
    """Return the parameters of a request as a client has sent them; None if they are faulty."""
    uri = getattr(getattr(params, "textDocument", None), "uri", None)
    position = getattr(params, "position", None)
    line, character = getattr(position, "line", None), getattr(position, "character", None)
    if not (isinstance(uri, str) and isinstance(line, int) and isinstance(character, int) and line >= 0 and character >= 0):
        return None
    return AroundParams(uri, lsp.Position(line, character))


def concept_map(view: NoteView, position: lsp.Position) -> ConceptMap | None:
    """Return the concepts around that of a note; None for a note without a concept.

    Relations come first, then plain links, each in the order of the note; statements between neighbours are edges too.
    """
    live = view.live
    centre = live.concept_at(view.path)
    if centre is None:
        return None
    resolved = link_at(view, position)
    target = target_of(resolved) if resolved is not None else None
    focus = live.concept_of.get(target) if target is not None else None
    around: dict[str, None] = {}
    for assertion in sorted(_statements(view, centre), key=lambda a: (a.predicate == LINKS_TO, a.path != view.path)):
        other = assertion.object if assertion.subject == centre.iri else assertion.subject
        if other != centre.iri and other in live.concepts and centre.iri in (assertion.subject, assertion.object):
            around[other] = None
    if focus in around:  # what the cursor is at is never left out
        around = {str(focus): None, **around}
    shown = [centre.iri, *list(around)[: MOST_NODES - 1]]
    nodes = [_node(view, live.concepts[iri], focus=iri == focus) for iri in shown]
    return ConceptMap(nodes=nodes, edges=list(_edges(view, shown)), omitted=len(around) - len(shown) + 1)


def _statements(view: NoteView, concept: Concept) -> Iterator[Assertion]:
    yield from view.live.relations_from(concept)
    yield from view.live.relations_to(concept)


def _node(view: NoteView, concept: Concept, *, focus: bool) -> MapNode:
    live, lang = view.live, view.texts.lang
    note = live.notes.get(concept.path)
    return MapNode(
        iri=concept.iri,
        label=concept.label(lang),
        type=text_in(live.vocabulary.type_labels.get(concept.type, {}), lang) or concept.type,
        uri=view.reader.uri(concept.path),
        line=max(label_place(note)[0] - 1, 0) if note is not None else 0,
        focus=focus,
    )


def _edges(view: NoteView, shown: list[str]) -> Iterator[MapEdge]:
    """Yield one edge for each relation of two shown concepts, and one for plain links where no relation is stated."""
    live, present = view.live, set(shown)
    seen: set[Stated] = set()
    related: set[frozenset[str]] = set()
    plain: list[Assertion] = []
    for iri in shown:
        for a in live.relations_from(live.concepts[iri]):
            if a.object not in present or a.object == a.subject:
                continue
            if a.predicate == LINKS_TO:
                plain.append(a)
            elif (stated := Stated(a.subject, a.predicate, a.object)) not in seen:
                seen.add(stated)
                related.add(frozenset((a.subject, a.object)))
                yield _edge(view, a)
    for a in plain:
        pair = frozenset((a.subject, a.object))
        if pair not in related and shown[0] in pair:
            related.add(pair)
            yield _edge(view, a)


def _edge(view: NoteView, a: Assertion) -> MapEdge:
    relation = view.live.vocabulary.relations.get(a.predicate)
    label = text_in(relation.labels, view.texts.lang) or relation.key if relation is not None else ""
    return MapEdge(source=a.subject, target=a.object, label=label, uri=view.reader.uri(a.path), line=max(a.line - 1, 0))
