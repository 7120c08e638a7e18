"""The first step of merging two notes, and of making a note of a section."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.base.errors import UsageError
from kg.base.names import fold
from kg.corpus.index import names_of_note
from kg.knowledge.refactor.drafts import TextDraft, TextEdit, TextPiece, edits_between
from kg.knowledge.refactor.former import with_value
from kg.knowledge.refactor.labels import distinct_labels
from kg.knowledge.refactor.meaning import line_starts
from kg.knowledge.refactor.metadata import take_metadata
from kg.knowledge.refactor.operations import MergeNotes, SplitNote
from kg.knowledge.refactor.sources import Sources, path_of_name
from kg.knowledge.refactor.stage import Stage
from kg.model import Heading, Note
from kg.notes import parse_note
from kg.notes.frontmatter import FORMER_IDS, NAMES, texts_under
from kg.notes.hidden import ends_open
from kg.notes.labels import read_labels
from kg.notes.places import HIDDEN
from kg.notes.source import file_offsets

_ATX: Final = re.compile(rb"[ \t>*+\-]*#{1,6}[ \t]")
_LISTS: Final = ("tags", "sources")
_INDENTED: Final = re.compile(rb"(?: {4}|\t)[ \t]*\S|[ \t]*\r?\n(?: {4}|\t)[ \t]*\S")
"""A further line of a footnote, or an empty one before one."""
_TITLE: Final = re.compile(rb"[ \t]+[\"'(<\w.#/]")
"""The address or title of a link on a line of its own."""


def merge_notes(sources: Sources, operation: MergeNotes) -> Stage:
    """Append a note to another."""
    gone, stays = operation.path, operation.into
    for path in (gone, stays):
        if path not in sources.notes:
            raise UsageError(f"there is no note {path}", hint="kg find TEXT searches for one")
    if gone == stays:
        raise UsageError(f"{gone} can't be merged with itself", hint="give two notes: kg merge A B")
    first, second = sources.notes[stays], sources.notes[gone]
    if sources.corpus.concept_of.get(gone) == sources.corpus.concept_of.get(stays):
        raise UsageError(f"{gone} and {stays} describe one concept already", hint="give the notes of two concepts")
    if ends_open(sources.text_of(stays), first.body, sources.options.site.dialects.of(stays)):
        raise UsageError(
            f"{stays} ends within a code block, HTML or a comment: appended text would be part of it",
            hint=f"close it at the end of {stays}, then run this again",
        )
    labels = distinct_labels(sources, first, second)
    stage = Stage(sources, {gone: stays}, removed={gone}, keep_former_ids=False)
    stage.blocks = {(gone, old): new for old, new in labels.blocks.items()}
    stage.edit(stays, labels.stays)
    data, more = stage.draft(stays).data, sources.text_of(gone)
    if labels.stays:
        first = parse_note(stays, data, sources.options.site.dialects.of(stays))
    front = take_metadata(sources, first, second, _merged_front(sources, first, second, data))
    stage.edit(stays, edits_between(data, front.data))
    stage.left_out = {gone: front.left} if front.left else {}
    draft = stage.draft(stays)
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    lead = b"" if data.endswith((b"\n", b"\r")) or not data else newline
    body = TextDraft((TextPiece(gone, second.body, len(more)),), sources.text_of)
    edits = [TextEdit(e.start - second.body, e.end - second.body, e.new) for e in labels.gone]
    if second.headings and second.headings[0].level == 1 and first.headings:
        edits += _levels(second, more, 1, second.body, len(more), base=second.body)
    body = body.replaced(edits)
    skip = len(body.data) - len(body.data.lstrip(b"\r\n"))
    stage.drafts[stays] = TextDraft(
        (*draft.pieces, TextPiece("", 0, 0, lead + newline), *body.slice(skip, len(body.data))), sources.text_of
    )
    in_file = file_offsets(more)
    stage.dropped |= {(gone, in_file(link.start)) for link in second.links if link.context == "front-matter"}
    return stage


def _merged_front(sources: Sources, first: Note, second: Note, data: bytes) -> bytes:
    """Return a note with the names, relations and tags of another in its front matter."""
    dialect = sources.options.site.dialects.of(first.path)
    corpus = sources.corpus
    ids = [corpus.concepts[iri].id for iri in (corpus.concept_of.get(second.path),) if iri is not None]
    values = [(FORMER_IDS, value) for value in (*texts_under(second.metadata, FORMER_IDS), *ids)]
    have = {fold(name) for name in names_of_note(first)}
    for name in dict.fromkeys((*second.labels.values(), *(alias for alias, _ in second.alt_labels))):
        if fold(name) not in have:
            values.append(("aliases", name))
    values += _relations(sources, first, second)
    for key in _LISTS:
        present = {fold(text) for text in texts_under(first.metadata, key)}
        values += [(key, text) for text in texts_under(second.metadata, key) if fold(text) not in present]
    for key, value in values:
        note = parse_note(first.path, data, dialect)
        if fold(value) in map(fold, texts_under(note.metadata, key)):
            continue
        changed = with_value(data, note, key, value, dialect)
        if changed is None:
            raise UsageError(
                f"the front matter of {first.path} can't take {key}: {value}",
                hint=f"add it by hand to {first.path}, remove it from {second.path}, then run this again",
            )
        data = changed
    return data


def _relations(sources: Sources, first: Note, second: Note) -> Iterator[tuple[str, str]]:
    """Yield the relations in the front matter of the second note that the first one doesn't state yet."""
    corpus, words = sources.corpus, sources.resolved[1].words
    has = {(a.predicate, a.object) for a in corpus.assertions if a.path == first.path}
    raw = sources.text_of(second.path)
    places = {(p.link.start, p.link.end): p for p in sources.places_of(second, raw)}
    for source, link, resolution in corpus.links:
        if source != second.path or link.context != "front-matter" or link.relation in NAMES or link.relation is None:
            continue
        target = getattr(resolution, "path", None)
        concept = corpus.concept_of.get(target) if target else None
        if concept is None or concept == corpus.concept_of.get(first.path) or (words.relation(link), concept) in has:
            continue
        if (link.start, link.end) in places:
            yield link.relation, raw[slice(*_whole(raw, link.start, link.end))].decode() if link.start else ""


def _whole(raw: bytes, start: int, end: int) -> tuple[int, int]:
    bom = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    return start + bom, end + bom


def _levels(note: Note, data: bytes, by: int, start: int, end: int, *, base: int = 0) -> list[TextEdit]:
    """Return the edits that move the headings in a range of a note to other levels; offsets count from `base`."""
    starts = line_starts(data)
    edits = []
    for heading in note.headings:
        at = starts[heading.line - 1]
        level = min(6, max(1, heading.level + by))
        m = _ATX.match(data, at)
        if not start <= at < end or m is None or level == heading.level:
            continue
        mark = data.index(b"#", at) + 1 - base
        if level > heading.level:
            edits.append(TextEdit(mark, mark, b"#" * (level - heading.level)))
        else:
            edits.append(TextEdit(mark, mark + heading.level - level, b""))
    return edits


def split_note(sources: Sources, operation: SplitNote) -> Stage:
    """Move a section to a new note."""
    note = sources.notes.get(operation.path)
    if note is None or not 0 <= operation.number < len(note.headings):
        raise UsageError(f"{operation.path} has no such heading", hint="give one of its headings: kg split NOTE#heading")
    new = operation.new_path
    present = {fold(path) for path in (*sources.notes, *sources.attachments)}
    path_of_name(sources.settings, new)
    if fold(new) in present or not new.lower().endswith((".md", ".markdown")):
        raise UsageError(
            f"{new} is already there, or no note", hint="give the path of a new note: kg split NOTE#heading NEW.md"
        )
    heading = note.headings[operation.number]
    data = sources.text_of(note.path)
    start, end = _section(note, heading, data)
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    section = TextDraft((TextPiece(note.path, start, end),), sources.text_of)
    section = section.replaced(_levels(note, data, 1 - heading.level, start, end, base=start))
    stage = Stage(sources)
    tail = b"" if section.data.endswith((b"\n", b"\r")) else newline
    for_section, for_rest = _definitions_of(sources, note, data, start, end)
    further = [TextPiece("", 0, 0, newline), *for_section] if for_section else []
    stage.drafts[new] = TextDraft((*section.pieces, TextPiece("", 0, 0, tail), *further), sources.text_of)
    link = _link_to(note, heading, new) + newline + (newline if end < len(data) else b"")
    tail = b"" if end == len(data) or data.endswith((b"\n", b"\r")) else newline
    left = [TextPiece("", 0, 0, tail + newline), *for_rest] if for_rest else []
    rest = (TextPiece(note.path, 0, start), TextPiece("", 0, 0, link), TextPiece(note.path, end, len(data)), *left)
    stage.drafts[note.path] = TextDraft(rest, sources.text_of)
    return stage


def _section(note: Note, heading: Heading, data: bytes) -> tuple[int, int]:
    starts = line_starts(data)
    behind = next((h for h in note.headings if h.line > heading.line and h.level <= heading.level), None)
    start, end = starts[heading.line - 1], starts[behind.line - 1] if behind is not None else len(data)
    if start == 0 or not data[:start].strip():
        raise UsageError(f"'{heading.text}' is the whole note", hint="kg mv moves a note; give a section of it here")
    return start, end


def _definitions_of(sources: Sources, note: Note, data: bytes, start: int, end: int) -> tuple[list[TextPiece], list[TextPiece]]:
    """Return the definitions that a section needs from the rest of its note, and those that the rest needs from the section.

    Definitions of links to other sites and footnotes count too: without them, their uses would be plain text.
    """
    in_file = file_offsets(data)
    labels = read_labels(data, note.body, sources.options.site.dialects.of(note.path))
    users: dict[str, set[bool]] = defaultdict(set)
    """Label → whether its uses are in the section."""
    for use in labels.uses:
        users[fold(use.label)].add(start <= use.at.start - 1 < end)
    for place in sources.places_of(note, data):
        if place.name and place.link.context not in HIDDEN:
            users[fold(place.name)].add(start <= in_file(place.link.start) < end)
    starts = [*line_starts(data), len(data)]
    for_section: list[TextPiece] = []
    for_rest: list[TextPiece] = []
    for definition in labels.definitions:
        at = definition.label_at.start
        inside = start <= at < end
        if (not inside) in users.get(fold(definition.label), ()):
            piece = TextPiece(note.path, *_lines_of_definition(data, starts, at, footnote=definition.label.startswith("^")))
            (for_rest if inside else for_section).append(piece)
    return for_section, for_rest


def _lines_of_definition(data: bytes, starts: list[int], at: int, *, footnote: bool) -> tuple[int, int]:
    """Return the range of the lines of a definition: further lines are indented."""
    first = bisect_right(starts, at) - 1
    behind = first + 1
    further = _INDENTED if footnote else _TITLE
    while behind + 1 < len(starts) and further.match(data, starts[behind]):
        behind += 1
    return starts[first], starts[behind]


def _link_to(note: Note, heading: Heading, new: str) -> bytes:
    """Return the link that stays, in the form that the note uses."""
    wiki = sum(link.kind == "wikilink" for link in note.links)
    markdown = sum(link.kind == "markdown" and not link.embed for link in note.links)
    text = re.sub(r"[\[\]|]", "", heading.text)
    if markdown > wiki:
        path = posixpath.relpath(new, posixpath.dirname(note.path) or ".")
        return f"[{text}](<{path}>)".encode() if re.search(r"[\s()<>]", path) else f"[{text}]({path})".encode()
    return f"[[{new.rpartition('.')[0]}|{text}]]".encode()
