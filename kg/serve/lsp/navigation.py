"""Going from link to note and back: definitions, references, links, symbols, folding, and the hierarchy as calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types as lsp

from kg.base.names import LINKS_TO
from kg.knowledge.live import LiveNotes, target_of
from kg.model import Ambiguous, Assertion, Concept, Foreign, Heading, Resolved, ResolvedLink
from kg.serve.lsp.view import NoteView, TextReader, anchor_place, label_place, link_at, names_note, resolved_anchor, shown_label

_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})")


# Definitions and references


def find_definition(view: NoteView, position: lsp.Position) -> list[lsp.Location]:
    """Return where the link at a position leads: the heading, block or title; of an ambiguous link, all candidates."""
    resolved = link_at(view, position)
    if resolved is None:
        return []
    if isinstance(resolved.resolution, Ambiguous):
        return [_place_of(view.reader, path, None) for path in resolved.resolution.candidates]
    path = target_of(resolved)
    return [_place_of(view.reader, path, resolved_anchor(resolved))] if path is not None else []


def _place_of(texts: TextReader, path: str, anchor: str | None) -> lsp.Location:
    note = texts.live.notes.get(path)
    if note is None:  # an image or another file
        return lsp.Location(texts.uri(path), lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)))
    return texts.location(path, *anchor_place(note, anchor, texts.text(path)))


def find_references(view: NoteView, position: lsp.Position, *, declaration: bool) -> list[lsp.Location]:
    """Return the links to what is at a position: the note that a link leads to, a heading, or the note itself.

    Relations are among them, in front matter, tables and inline fields, of other notes and of this one.
    """
    path, heading = _subject(view, position)
    links = view.live.links_to(path)
    if heading is not None:
        links = (r for r in links if resolved_anchor(r) in (heading.text, heading.anchor))
    places = [view.reader.of_link(resolved) for resolved in links]
    if declaration:
        places.insert(0, _place_of(view.reader, path, heading.text if heading is not None else None))
    return places


def _subject(view: NoteView, position: lsp.Position) -> tuple[str, Heading | None]:
    """The note at a position, and its heading if one is meant."""
    resolved = link_at(view, position)
    if resolved is not None and (path := target_of(resolved)) is not None:
        note, anchor = view.live.notes.get(path), resolved_anchor(resolved)
        return path, next((h for h in note.headings if h.text == anchor), None) if note is not None and anchor else None
    line = position.line + 1
    heading = next((h for h in view.note.headings if h.line == line and not names_note(view.note, line)), None)
    return view.path, heading


def highlight(view: NoteView, position: lsp.Position) -> list[lsp.DocumentHighlight]:
    """Return the links of this note to what is at a position."""
    path, _ = _subject(view, position)
    return [
        lsp.DocumentHighlight(view.text.range_of_bytes(r.link.start, r.link.end), lsp.DocumentHighlightKind.Read)
        for r in view.live.links_of(view.path)
        if target_of(r) == path and path != view.path
    ]


def document_links(view: NoteView) -> list[lsp.DocumentLink]:
    """Return the links of a note to notes and files that exist, and to published concepts of other knowledge bases."""
    links = []
    for resolved in view.live.links_of(view.path):
        path, link = target_of(resolved), resolved.link
        if isinstance(resolved.resolution, Foreign):
            concept = view.live.foreign_concepts.get(resolved.resolution.iri)
            if concept is not None and concept.address:
                range_ = view.text.range_of_bytes(link.start, link.end)
                links.append(lsp.DocumentLink(range_, concept.address, tooltip=concept.name))
            continue
        if path is None or path == view.path or path.endswith("/") or link.kind == "name":
            continue
        target = view.reader.uri(path)
        note, anchor = view.live.notes.get(path), resolved_anchor(resolved)
        if note is not None and anchor is not None:
            target += f"#L{anchor_place(note, anchor, view.reader.text(path))[0]}"
        links.append(lsp.DocumentLink(view.text.range_of_bytes(link.start, link.end), target, tooltip=path))
    return links


# Symbols and folding


def document_symbols(view: NoteView) -> list[lsp.DocumentSymbol]:
    """Return the headings of a note, each below the heading of its section."""
    top: list[lsp.DocumentSymbol] = []
    open_: list[tuple[int, lsp.DocumentSymbol]] = []
    for heading, end in _sections(view):
        start = view.text.offset_at(heading.line, 1)
        line_end = start + len(view.text.line(heading.line - 1))
        symbol = lsp.DocumentSymbol(
            heading.text or "#" * heading.level,
            lsp.SymbolKind.String,
            view.text.range(start, max(view.text.offset_at(end, 10**9), line_end)),
            view.text.range(start, line_end),
            children=[],
        )
        while open_ and open_[-1][0] >= heading.level:
            open_.pop()
        (open_[-1][1].children if open_ else top).append(symbol)  # type: ignore[union-attr]  # made with a list above
        open_.append((heading.level, symbol))
    return top


def _sections(view: NoteView) -> Iterator[tuple[Heading, int]]:
    """Yield headings, each with the last line of its section."""
    headings = view.note.headings
    last = len(view.text.starts) if view.text.line(len(view.text.starts) - 1) else max(len(view.text.starts) - 1, 1)
    for number, heading in enumerate(headings):
        following = next((h.line for h in headings[number + 1 :] if h.level <= heading.level), last + 1)
        yield heading, max(following - 1, heading.line)


def list_folds(view: NoteView) -> list[lsp.FoldingRange]:
    """Return the foldable ranges: front matter, sections, fenced blocks."""
    ranges = []
    if view.note.body > 0:
        end = view.text.position(view.text.offset_of_byte(max(view.note.body - 1, 0))).line
        if end > 0:
            ranges.append(lsp.FoldingRange(0, end, kind=lsp.FoldingRangeKind.Region))
    ranges += [lsp.FoldingRange(h.line - 1, end - 1) for h, end in _sections(view) if end > h.line]
    for block in view.note.blocks:
        mark = _FENCE.match(view.text.line(block.line - 1))
        if block.kind != "math" and mark is not None:
            ranges.append(lsp.FoldingRange(block.line - 1, block.line + block.text.rstrip("\n").count("\n") + 1))
    return [r for r in ranges if r.end_line > r.start_line]


# The hierarchy


def prepare_hierarchy(view: NoteView, position: lsp.Position) -> list[lsp.CallHierarchyItem]:
    """Return the concept at a position: that of a link, or of the note itself."""
    path, _ = _subject(view, position)
    concept = view.live.concept_at(path)
    return [_hierarchy_item(view.reader, concept, view.texts.lang)] if concept is not None else []


def _hierarchy_item(texts: TextReader, concept: Concept, lang: str) -> lsp.CallHierarchyItem:
    note = texts.live.notes.get(concept.path)
    place = label_place(note) if note is not None else (1, 1, 0)
    location = texts.location(concept.path, *place)
    name = shown_label(concept.labels, lang)
    return lsp.CallHierarchyItem(
        name, lsp.SymbolKind.Class, location.uri, location.range, location.range, detail=concept.path, data={"iri": concept.iri}
    )


def narrower_calls(texts: TextReader, iri: str, lang: str) -> list[lsp.CallHierarchyIncomingCall]:
    """Return the concepts below a concept, as calls that come in."""
    return [
        lsp.CallHierarchyIncomingCall(_hierarchy_item(texts, other, lang), [texts.location(a.path, a.line, a.column, 1).range])
        for other, a in _hierarchy(texts.live, iri, above=False)
    ]


def broader_calls(texts: TextReader, iri: str, lang: str) -> list[lsp.CallHierarchyOutgoingCall]:
    """Return the concepts above a concept, as calls that go out."""
    return [
        lsp.CallHierarchyOutgoingCall(_hierarchy_item(texts, other, lang), [texts.location(a.path, a.line, a.column, 1).range])
        for other, a in _hierarchy(texts.live, iri, above=True)
    ]


def _hierarchy(live: LiveNotes, iri: str, *, above: bool) -> Iterator[tuple[Concept, Assertion]]:
    """Yield the concepts directly above or below a concept, with the statement that says so."""
    concept = live.concepts.get(iri)
    if concept is None:
        return
    seen: set[str] = set()
    for statements, other_end, upward in (
        (live.relations_from(concept), "object", "broader"),
        (live.relations_to(concept), "subject", "narrower"),
    ):
        for a in statements:
            relation = live.vocabulary.relations.get(a.predicate)
            neighbour = live.concepts.get(getattr(a, other_end))
            if relation is None or not relation.hierarchical or neighbour is None or neighbour.iri in seen:
                continue
            if (relation.kind == upward) == above:
                seen.add(neighbour.iri)
                yield neighbour, a


def typed(assertions: Iterator[Assertion]) -> Iterator[Assertion]:
    """Yield the relations among statements, without plain links."""
    return (a for a in assertions if a.predicate != LINKS_TO)


def is_plain(resolved: ResolvedLink) -> bool:
    """Return whether a link in the text leads to a note and states no relation."""
    link = resolved.link
    return isinstance(resolved.resolution, Resolved) and link.context == "text" and link.kind != "name" and not link.embed
