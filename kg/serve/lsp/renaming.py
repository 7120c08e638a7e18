"""Renaming of files, concepts, titles, aliases, headings and tags, as edits that the editor applies in all notes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from lsprotocol import types as lsp

from kg.base.errors import UsageError
from kg.base.names import MARKDOWN_ENDINGS, fold
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.live import target_of
from kg.knowledge.refactor import (
    FileChange,
    MoveFiles,
    Operation,
    RenameConcept,
    RenameHeading,
    RenameLabel,
    RenameTag,
    files_below,
    plan_refactoring,
    read_sources,
)
from kg.knowledge.running import How
from kg.model import Link, Note
from kg.notes.called import note_stem
from kg.notes.titles import title_places
from kg.serve.lsp.actions import EditSupport
from kg.serve.lsp.text import DocumentText
from kg.serve.lsp.view import NoteView, link_at, uri_of

_TAG: Final = re.compile(r"(?<![\w#])#([\w/-]+)")
_WORD: Final = re.compile(r"[^\s,\[\]\"']+")
_PATH_MARKS: Final = re.compile(r"[\\\0\n]")


class Renameable(NamedTuple):
    """What is at a position: its range in the text, its present name, and what a new name does."""

    start: int
    end: int
    name: str
    kind: str
    """``file``, ``concept``, ``label``, ``heading`` or ``tag``."""
    path: str
    """The note that it names or is in."""


def find_renameable(view: NoteView, position: lsp.Position) -> Renameable | None:
    """Return what can be renamed at a position; None if nothing can."""
    offset = view.text.offset(position)
    return _tag(view, offset) or _front_matter(view, offset) or _link(view, position) or _heading(view, position)


def _tag(view: NoteView, offset: int) -> Renameable | None:
    number = view.text.line_at(offset)
    line, start = view.text.line(number), view.text.starts[number]
    tags = {fold(tag) for tag in view.note.tags}
    matches = list(_TAG.finditer(line))
    if number + 1 == view.note.lines.get("tags"):
        matches += [m for m in _WORD.finditer(line) if m.start() > line.find(":")]
    for m in matches:
        name = m[1] if m.re is _TAG else m[0].lstrip("#")
        first = start + m.end() - len(name)
        if first <= offset <= start + m.end() and fold(name) in tags:
            return Renameable(first, first + len(name), name, "tag", view.path)
    return None


def _front_matter(view: NoteView, offset: int) -> Renameable | None:
    """An id, title or alias in front matter."""
    byte = view.text.byte(offset)
    for link in view.note.links:
        if link.kind == "name" and link.start <= byte <= link.end and link.relation in ("id", "alias", "aliases", "title"):
            kind = "concept" if link.relation == "id" else "label"
            return Renameable(*_span(view, link), link.target, kind, view.path)
    for title in title_places(view.note, view.text.data):
        first, last = (len(view.text.data[:at].decode()) for at in (title.start, title.end))
        if first <= offset <= last:
            quotes = int(title.style is not None)
            return Renameable(first + quotes, last - quotes, title.text, "label", view.path)
    if view.text.line_at(offset) + 1 == view.note.lines.get("title"):
        number = view.text.line_at(offset)
        line, start = view.text.line(number), view.text.starts[number]
        for label in view.note.labels.values():
            at = line.find(label, line.find(":") + 1)
            if at >= 0 and start + at <= offset <= start + at + len(label):
                return Renameable(start + at, start + at + len(label), label, "label", view.path)
    return None


def _span(view: NoteView, link: Link) -> tuple[int, int]:
    return view.text.offset_of_byte(link.start), view.text.offset_of_byte(link.end)


def _link(view: NoteView, position: lsp.Position) -> Renameable | None:
    """The target of a link: an alias or title if the link names its note by one, otherwise the concept or the file."""
    resolved = link_at(view, position)
    path = target_of(resolved) if resolved is not None else None
    note = view.live.notes.get(path) if path is not None else None
    if resolved is None or path is None or note is None or not resolved.link.target:
        return None
    link = resolved.link
    start, end = _span(view, link)
    raw = view.text.text[start:end]
    at = raw.find(link.target)
    if at < 0:  # encoded: the whole link stands for its target
        return Renameable(start, end, note_stem(path), "file", path)
    first, last = start + at, start + at + len(link.target)
    written = link.target
    if "/" in written or written.lower().endswith(MARKDOWN_ENDINGS):
        stem = note_stem(path)
        inside = written.rfind(stem)
        if inside >= 0:
            first, last = first + inside, first + inside + len(stem)
        return Renameable(first, last, stem, _kind_of_file(view, path), path)
    labels = {fold(name) for name in (*note.labels.values(), *(name for name, _ in note.alt_labels))}
    if fold(written) in labels and fold(written) != fold(note_stem(path)):
        return Renameable(first, last, written, "label", path)
    return Renameable(first, last, written, _kind_of_file(view, path), path)


def _kind_of_file(view: NoteView, path: str) -> str:
    """A note whose id is its file name is renamed as a concept, id and file; any other one as a file."""
    concept = view.live.concept_at(path)
    return "concept" if concept is not None and concept.id == note_stem(path) and "/" not in path else "file"


def _heading(view: NoteView, position: lsp.Position) -> Renameable | None:
    for heading in view.note.headings:
        if heading.line == position.line + 1:
            start = view.text.starts[position.line]
            at = view.text.line(position.line).find(heading.text)
            if at < 0 or not heading.text:
                return None
            kind = "label" if heading.line == view.note.label_line else "heading"
            return Renameable(start + at, start + at + len(heading.text), heading.text, kind, view.path)
    return None


def operation_of(note: Note, renameable: Renameable, new: str) -> Operation:
    """Return the operation that gives something a new name. Raises UsageError for a name that can't be one."""
    new = new.strip()
    if not new or _PATH_MARKS.search(new):
        raise UsageError(f"'{new}' is not a name", hint="give a name without line breaks and backslashes")
    if renameable.kind == "tag":
        return RenameTag(renameable.name, new.lstrip("#"))
    if renameable.kind == "label":
        return RenameLabel(renameable.path, renameable.name, new)
    if renameable.kind == "concept":
        return RenameConcept(renameable.path, new)
    if renameable.kind == "heading":
        number = next(n for n, heading in enumerate(note.headings) if heading.text == renameable.name)
        return RenameHeading(renameable.path, number, new)
    folder, name = posixpath.split(renameable.path)
    ending = posixpath.splitext(name)[1]
    new_name = new if new.lower().endswith(MARKDOWN_ENDINGS) else new + ending
    return MoveFiles({renameable.path: posixpath.normpath(posixpath.join(folder, new_name))})


def plan_edits(base: KnowledgeBase, buffers: Mapping[str, bytes], operation: Operation) -> tuple[FileChange, ...]:
    """Return the changes of an operation on the notes as they are now, unsaved texts included. Raises UsageError."""
    fresh = KnowledgeBase(base.settings, How(cache=base.settings.cache))
    return tuple(plan_refactoring(read_sources(fresh, buffers), operation).changes)


def moves_of_files(base: KnowledgeBase, buffers: Mapping[str, bytes], moves: Mapping[str, str]) -> tuple[FileChange, ...]:
    """Return the changes that moving files and folders needs; the moves themselves are among them."""
    fresh = KnowledgeBase(base.settings, How(cache=base.settings.cache))
    sources = read_sources(fresh, buffers)
    paths: dict[str, str] = {}
    for old, new in moves.items():
        if old in sources.notes or old in sources.attachments:
            paths[old] = new
        else:
            paths.update((path, new + path[len(old) :]) for path in files_below(sources, old))
    return tuple(plan_refactoring(sources, MoveFiles(paths)).changes) if paths else ()


class EditTarget(NamedTuple):
    """An open document: its URI, version and text."""

    uri: str
    version: int | None
    text: DocumentText


def workspace_edit(
    changes: Sequence[FileChange],
    opened: Mapping[str, EditTarget],
    read: Mapping[str, DocumentText],
    support: EditSupport,
    *,
    move: bool = True,
) -> lsp.WorkspaceEdit:
    """Return changes as an edit: texts first, then, with `move`, the files that move.

    `opened`: path → open document; `read`: path → text of a file that isn't open. Raises UsageError if files must move and the
    editor can't do that.
    """
    edits: list[tuple[EditTarget, list[lsp.TextEdit]]] = []
    moves: list[lsp.RenameFile] = []
    for change in changes:
        if change.file is None or not change.new_name:
            raise UsageError("the operation creates or removes files", hint="run it as a command: kg merge, kg split")
        target = opened.get(change.name) or EditTarget(uri_of(change.file), None, read[change.name])
        if change.edits:
            edits.append((target, [_edit_of(target.text, e.start, e.end, e.new) for e in change.edits]))
        if change.new_file is not None and change.new_file != change.file:
            moves.append(lsp.RenameFile(target.uri, uri_of(change.new_file)))
    if not moves or not move:
        if not support.versions:
            return lsp.WorkspaceEdit(changes={target.uri: rows for target, rows in edits})
        return lsp.WorkspaceEdit(document_changes=[_document_edit(target, rows) for target, rows in edits])
    if not support.renames_files:
        raise UsageError("this editor can't rename files", hint="run 'kg rename' or 'kg mv' in a terminal")
    return lsp.WorkspaceEdit(document_changes=[*(_document_edit(target, rows) for target, rows in edits), *moves])


def _document_edit(target: EditTarget, edits: list[lsp.TextEdit]) -> lsp.TextDocumentEdit:
    return lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(target.uri, target.version), list(edits))


def _edit_of(text: DocumentText, start: int, end: int, new: bytes) -> lsp.TextEdit:
    """An edit of a range of the file's bytes, its byte order mark included."""
    data = text.data
    first = len(data[:start].decode("utf-8", "replace"))
    last = first + len(data[start:end].decode("utf-8", "replace"))
    return lsp.TextEdit(text.range(first, last), new.decode("utf-8", "replace"))
