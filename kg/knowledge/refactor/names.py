"""The first step of renamings: of a concept's id, a title or alias, a heading, a tag."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from kg.base.errors import UsageError
from kg.base.names import fold
from kg.knowledge.refactor.drafts import TextEdit
from kg.knowledge.refactor.forms import write_target
from kg.knowledge.refactor.meaning import line_starts
from kg.knowledge.refactor.operations import MoveFiles, RenameConcept, RenameHeading, RenameLabel, RenameTag
from kg.knowledge.refactor.sources import Sources
from kg.knowledge.refactor.stage import Stage
from kg.model import Concept, Note
from kg.notes.called import note_stem
from kg.notes.frontmatter import texts_under
from kg.notes.places import tag_offsets
from kg.notes.titles import title_places

_ATX: Final = re.compile(
    rb"(?P<before>[ \t>*+\-0-9.]*#{1,6}[ \t]+)(?P<text>.*?)(?P<behind>[ \t]*(?:\{[^{}]*\})?[ \t]*#*[ \t]*)"
)
_PLAIN_LINE: Final = re.compile(rb"(?P<before>[ \t>*+\-]*)(?P<text>.*?)(?P<behind>[ \t]*(?:\{[^{}]*\})?[ \t]*)")


def concept_at(sources: Sources, path: str) -> Concept:
    """Return the concept that a note describes. Raises UsageError if it describes none."""
    iri = sources.corpus.concept_of.get(path)
    if iri is None or path not in sources.notes:
        raise UsageError(f"{path} describes no concept", hint="kg find TEXT searches for one")
    return sources.corpus.concepts[iri]


def moves_of_concept(sources: Sources, operation: RenameConcept) -> tuple[Concept, MoveFiles]:
    """Return the concept and the files to move for its new id: those that are named by the old one."""
    concept = concept_at(sources, operation.path)
    new = operation.new_id.strip()
    if not new or new != operation.new_id or "\n" in new or new.startswith("/") or new.endswith("/"):
        raise UsageError(f"'{operation.new_id}' is not an id", hint="an id is a word such as raft-consensus")
    other = next((c for c in sources.corpus.concepts.values() if fold(c.id) == fold(new) and c.iri != concept.iri), None)
    if other is not None:
        raise UsageError(f"{other.path} has the id {new} already", hint="give another id, or merge the two: kg merge A B")
    note = sources.notes[concept.path]
    paths = {}
    if not texts_under(note.metadata, "id"):
        below = sources.resolved[1].pairs.below.get(note.path, note.path)
        if not note.path.endswith(below):
            below = note.path
        paths[note.path] = note.path[: len(note.path) - len(below)] + new + posixpath.splitext(note.path)[1]
    elif fold(note_stem(note.path)) == fold(concept.id) and "/" not in new:
        paths[note.path] = posixpath.join(posixpath.dirname(note.path), new + posixpath.splitext(note.path)[1])
    return concept, MoveFiles(paths, operation.keep_former_ids)


def rename_id(stage: Stage, concept: Concept, new_id: str) -> None:
    """Replace the id in the front matter of a concept's notes."""
    for path in concept.paths:
        new_path = stage.paths.get(path, path)
        stage.names[new_path, fold(concept.id)] = new_id
        note, data = stage.before.notes[path], stage.before.text_of(path)
        for place in stage.before.places_of(note, data):
            if place.link.kind == "name" and place.link.relation == "id" and place.link.target == concept.id:
                stage.draft(new_path, path)
                stage.edit(new_path, [TextEdit(*place.target, write_target(place, new_id, data))])


def rename_label(sources: Sources, operation: RenameLabel) -> Stage:
    """Replace a title, first heading or alias."""
    note = _note(sources, operation.path)
    new = " ".join(operation.new.split())
    if not new:
        raise UsageError("a label can't be empty", hint="give the new label")
    data = sources.text_of(note.path)
    edits = list(_label_edits(sources, note, data, operation.old, new))
    if not edits:
        raise UsageError(
            f"{note.path} isn't called {operation.old}",
            hint=f"it is called {', '.join(note.labels.values())}; give one of its names",
        )
    stage = Stage(sources)
    stage.edit(note.path, edits)
    after = stage.after.notes[note.path].labels
    left = [lang for lang, label in note.labels.items() if label == operation.old and after.get(lang) == label]
    if left and operation.old != new:
        raise UsageError(
            f"the title of {note.path} can't be changed where it stands", hint="change 'title' in the front matter by hand"
        )
    stage.names[note.path, fold(operation.old)] = new
    return stage


def _label_edits(sources: Sources, note: Note, data: bytes, old: str, new: str) -> Iterator[TextEdit]:
    for place in sources.places_of(note, data):
        if place.link.kind == "name" and place.link.relation in ("alias", "aliases") and place.link.target == old:
            yield TextEdit(*place.target, write_target(place, new, data))
    for title_place in title_places(note, data):
        if title_place.text == old:
            yield TextEdit(title_place.start, title_place.end, title_place.written(new))
    title = note.metadata.get("title")
    starts = line_starts(data)
    written = old.encode()
    if isinstance(title, str) and old in title and "title" in note.lines:
        yield from _in_line(data, starts, note.lines["title"], written, new)
    first = next((h for h in note.headings if h.level == 1 and h.text.strip()), None)
    if first is not None and old in first.text and (old in note.labels.values() or not isinstance(title, str)):
        yield from _in_line(data, starts, first.line, written, new)


def _in_line(data: bytes, starts: list[int], line: int, old: bytes, new: str) -> Iterator[TextEdit]:
    start = starts[line - 1]
    end = starts[line] if line < len(starts) else len(data)
    at = data.rfind(old, start, end)
    if at < 0:
        return
    before = data[start:at]
    text = new
    if before.count(b'"') % 2:
        text = new.replace("\\", "\\\\").replace('"', '\\"')
    elif before.lstrip().startswith(b"title") and before.count(b"'") % 2:
        text = new.replace("'", "''")
    elif re.match(rb"title[ \t]*:[ \t]*$", before) and re.search(r"^[\s\-?:,\[\]{}#&*!|>'\"%@`]|: | #|:$", new):
        text = '"' + new.replace("\\", "\\\\").replace('"', '\\"') + '"'
    yield TextEdit(at, at + len(old), text.encode())


def rename_heading(sources: Sources, operation: RenameHeading) -> Stage:
    """Replace the text of a heading."""
    note = _note(sources, operation.path)
    new = " ".join(operation.new.split())
    if not new or not 0 <= operation.number < len(note.headings):
        raise UsageError(f"{note.path} has no heading {operation.number}", hint="give one of its headings: NOTE#heading")
    heading = note.headings[operation.number]
    data = sources.text_of(note.path)
    starts = line_starts(data)
    line = data[starts[heading.line - 1] :].split(b"\n")[0].rstrip(b"\r")
    m = _ATX.fullmatch(line) or _PLAIN_LINE.fullmatch(line)
    if m is None or not m["text"]:
        raise UsageError(f"{note.path}:{heading.line}: the heading can't be changed", hint="change it by hand")
    stage = Stage(sources)
    start = starts[heading.line - 1]
    stage.edit(note.path, [TextEdit(start + m.start("text"), start + m.end("text"), new.encode())])
    after = stage.after.notes[note.path]
    if [h.level for h in after.headings] != [h.level for h in note.headings]:
        raise UsageError(f"'{new}' would not be a heading", hint="give a text without markup")
    for lang, label in note.labels.items():
        if after.labels.get(lang, label) != label:
            stage.names[note.path, fold(label)] = after.labels[lang]
    return stage


def rename_tag(sources: Sources, operation: RenameTag) -> Stage:
    """Replace a tag in all notes."""
    old, new = operation.old.strip("#/ "), operation.new.strip("#/ ")
    if not old or not re.fullmatch(r"[\w\-/]+", new) or new.isdigit():
        raise UsageError(f"'{operation.new}' is not a tag", hint="a tag consists of letters, digits, -, _ and /")
    stage = Stage(sources)
    for path, note in sources.notes.items():
        if not any(fold(tag) == fold(old) or fold(tag).startswith(fold(old) + "/") for tag in note.tags):
            continue
        data = sources.text_of(path)
        edits = [
            TextEdit(start, start + len(tag[: len(old)].encode()), new.encode())
            for tag, start in tag_offsets(note, data, sources.options.site.dialects.of(path))
            if fold(tag) == fold(old) or fold(tag).startswith(fold(old) + "/")
        ]
        if edits:
            stage.edit(path, edits)
    if not stage.drafts:
        raise UsageError(f"no note has the tag {old}", hint="kg find '#TAG' searches for tags")
    return stage


def _note(sources: Sources, path: str) -> Note:
    if path not in sources.notes:
        raise UsageError(f"there is no note {path}", hint="kg find TEXT searches for one")
    return sources.notes[path]
