"""Finds for each link that would change its meaning a target that keeps it, in the form in which the link was written."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from kg.base.names import fold, nfc
from kg.corpus.index import names_of_note
from kg.knowledge.refactor.drafts import TextEdit
from kg.knowledge.refactor.forms import Target, can_be_written, forms_of_target, write_target
from kg.knowledge.refactor.meaning import Meaning, meaning_of
from kg.knowledge.refactor.sources import Sources
from kg.knowledge.refactor.stage import Stage, compare_links, is_unread_file
from kg.model import Broken, Foreign, Link, Unseen
from kg.notes.places import HIDDEN, LinkPlace


class Refusal(NamedTuple):
    """A link that can't be kept."""

    path: str
    line: int
    column: int
    written: str
    reason: str


class Rewritten(NamedTuple):
    """The edits that keep the meanings of links, by note with its new path."""

    edits: dict[str, list[TextEdit]]
    refusals: list[Refusal]


class _Wanted(NamedTuple):
    link: Link
    before: Meaning
    expected: Meaning
    source_before: str
    by_path: bool = False
    """Whether the written target is the path of the file before, and no longer one: an id or alias may still lead there, but
    other tools know paths only."""


def rewrite_links(stage: Stage) -> Rewritten:
    """Return the edits of links, relative to the stage's texts."""
    result = Rewritten(defaultdict(list), [])
    wanted: dict[str, list[_Wanted]] = defaultdict(list)
    for key, old, new in compare_links(stage, stage.after, stage.drafts):
        if old is None or new is None:
            continue
        before, expected = old.meaning, stage.moves.expected(old.meaning)
        source, link = new.source, new.link
        by_path = _left_by_path(link, before, expected, key[0], source)
        if before.kind == "broken" and not before.paths:
            if old.is_unseen and is_relative_from_elsewhere(link, key[0], source):
                wanted[source].append(_Wanted(link, before, Meaning("unread", ()), key[0]))
            continue
        if by_path or (new.meaning, new.relation) != (expected, old.relation):
            wanted[source].append(_Wanted(link, before, expected, key[0], by_path))
    for source, rows in wanted.items():
        places = {
            id_of(place.link): place
            for place in stage.after.places_of(stage.after.notes[source], stage.after.text_of(source))
            if place.link.context not in HIDDEN
        }
        for row in rows:
            _rewrite(stage, source, row, places.get(id_of(row.link)), result)
    for source, place, row in _hidden(stage):
        _rewrite(stage, source, row, place, result)
        if place.name and row.expected.paths:
            result.edits[source] += _names_of_definition(stage, source, place, row)
    return result


def _names_of_definition(stage: Stage, source: str, definition: LinkPlace, row: _Wanted) -> Iterator[TextEdit]:
    """Yield the edits of a definition's name, and of links in double brackets by it, if the name was that of the file.

    Foam writes such definitions for wikilinks: ``[[raft]]`` … ``[raft]: theory/raft.md "Raft"``.
    """
    after = stage.after
    head = re.split(r"[|#]", definition.name, maxsplit=1)[0]
    old, new = row.before.paths[0], row.expected.paths[0]
    if definition.name_at is None or not is_path_of(head, old) or is_path_of(head, new):
        return
    note = after.notes[source]
    places = [p for p in after.places_of(note, after.text_of(source)) if p.link.context not in HIDDEN]
    by_name = [p for p in places if p.name and fold(p.name) == fold(definition.name)]
    brackets = [p.name_at for p in by_name if p.name_at is not None]
    users = [p for p in places if fold(p.name if p.name_at is not None else p.link.target) == fold(head)]
    if len(brackets) < len(by_name) or not (brackets or users):
        return  # a text in single brackets is named by it, too
    link = definition.link._replace(kind="wikilink", target=head, fragment=None, context="text")
    place = LinkPlace(link, "wikilink", definition.target, None)
    for form in forms_of_target(place, Target(old, new, row.source_before, source)):
        resolution = after.resolved[1].resolve(source, link._replace(target=form))
        if can_be_written(place, form) and meaning_of(after.notes, link, resolution).paths == (new,):
            for span in (definition.name_at, *brackets):
                yield TextEdit(span.start, span.start + len(head.encode()), form.encode())
            return


def _left_by_path(link: Link, before: Meaning, expected: Meaning, source_before: str, source: str) -> bool:
    """Return whether a link named its file by the path, which is another one now.

    In double brackets that is the path or its end, else the path from the note that contains the link.
    """
    if before.kind != "resolved" or expected.kind != "resolved" or not link.target:
        return False
    old, new = before.paths[0], expected.paths[0]
    # Letters that were those of the path stay so: other tools tell `Raft.md` from `raft.md`.
    if link.kind in ("markdown", "html"):
        exact = is_path_from(source_before, link.target, old, exact=True)
        was = exact or is_path_from(source_before, link.target, old)
        return was and not is_path_from(source, link.target, new, exact=exact)
    if link.kind not in ("wikilink", "property") or old == new:
        return False
    exact = is_path_of(link.target, old, exact=True)
    return (exact or is_path_of(link.target, old)) and not is_path_of(link.target, new, exact=exact)


def is_relative_from_elsewhere(link: Link, source_before: str, source: str) -> bool:
    """Return whether a link is a path from a folder that its note has left."""
    relative = link.kind in ("markdown", "html") and link.target != "" and not link.target.startswith("/")
    return relative and posixpath.dirname(source_before) != posixpath.dirname(source)


def is_path_from(source: str, written: str, path: str, *, exact: bool = False) -> bool:
    """Return whether a target is the relative path from one file to another, with or without the ending.

    With `exact`, capital letters count.

    >>> is_path_from("a/b.md", "../c.md", "c.md"), is_path_from("a/b.md", "c.md", "c.md")
    (True, False)
    """
    if written.startswith("/"):
        return False
    form = nfc if exact else fold
    joined = form(posixpath.normpath(posixpath.join(posixpath.dirname(source), written)))
    return joined in (form(path), form(path).removesuffix(".md"))


def is_path_of(written: str, path: str, *, exact: bool = False) -> bool:
    """Return whether a target is the path of a file or the end of it, with or without the ending.

    With `exact`, capital letters count.

    >>> is_path_of("Raft", "theory/raft.md"), is_path_of("theory/raft.md", "theory/raft.md"), is_path_of("aft", "x/raft.md")
    (True, True, False)
    """
    shape = nfc if exact else fold
    name = shape(written.strip("/"))
    full = shape(f"/{path}")
    return any(form.endswith(f"/{name}") for form in (full, full.removesuffix(".md"), full.removesuffix(".markdown")))


def id_of(link: Link) -> tuple[int, int, str, str]:
    """Return what tells the links of a note apart."""
    return link.start, link.end, link.kind, link.target


def _hidden(stage: Stage) -> Iterator[tuple[str, LinkPlace, _Wanted]]:
    """Yield definitions, addresses in HTML, texts of diagrams and links in comments that would change their meaning."""
    before, after = stage.before, stage.after
    names: tuple[dict[str, set[str]], dict[str, set[str]]] | None = None
    for source, note in after.notes.items():
        for place in after.hidden_places_of(note):
            origin = stage.origin(source, place.target.start)
            if origin is None:
                continue
            if place.syntax == "label":
                names = names or (_names(stage.before), _names(stage.after))
                row = _label(stage, place, names, origin[0])
            else:
                resolved = before.resolved[1].resolve(origin[0], place.link)
                if is_unread_file(resolved) and is_relative_from_elsewhere(place.link, origin[0], source):
                    yield source, place, _Wanted(place.link, Meaning("broken", ()), Meaning("unread", ()), origin[0])
                if isinstance(resolved, Broken | Unseen | Foreign):
                    continue
                meaning = meaning_of(before.notes, place.link, resolved)
                expected = stage.moves.expected(meaning)
                now = meaning_of(after.notes, place.link, after.resolved[1].resolve(source, place.link))
                by_path = _left_by_path(place.link, meaning, expected, origin[0], source)
                changed = meaning.kind == "resolved" and (by_path or now != expected)
                row = _Wanted(place.link, meaning, expected, origin[0], by_path) if changed else None
            if row is not None:
                yield source, place, row


def _names(sources: Sources) -> dict[str, set[str]]:
    """Return the notes of the concepts that a name in a diagram denotes."""
    result: dict[str, set[str]] = defaultdict(set)
    for concept in sources.corpus.concepts.values():
        for name in (concept.id, *concept.labels.values(), *(a for a, _ in concept.alt_labels)):
            result[fold(name)].add(concept.path)
    return result


def _label(
    stage: Stage, place: LinkPlace, names: tuple[dict[str, set[str]], dict[str, set[str]]], source_before: str
) -> _Wanted | None:
    """Return the concept that a node's label must denote; None if it still does, or never denoted one."""
    before, after = (table.get(fold(place.link.target), set()) for table in names)
    if len(before) != 1:
        return None
    path = stage.moves.path(next(iter(before)))
    if after == {path}:
        return None
    return _Wanted(place.link, Meaning("name", tuple(before)), Meaning("name", (path,)), source_before)


def _rewrite(stage: Stage, source: str, row: _Wanted, place: LinkPlace | None, result: Rewritten) -> None:
    """Add the edits that give a link the expected meaning, or a refusal."""
    after = stage.after
    if place is None:
        reason = "its place in the file is not exactly known" if row.expected.kind != "ambiguous" else ""
        if reason:
            result.refusals.append(_refusal(source, row.link, reason))
        return
    data = after.text_of(source)
    if row.expected.kind == "unread":
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(row.source_before), row.link.target))
        target = posixpath.relpath(joined, posixpath.dirname(source) or ".") + "/" * row.link.target.endswith("/")
        result.edits[source].append(TextEdit(*place.target, write_target(place, target, data)))
        return
    for target, fragment in _candidates(stage, source, row, place):
        if not can_be_written(place, target):
            continue
        if row.expected.kind == "name":
            result.edits[source].append(TextEdit(*place.target, write_target(place, target, data)))
            return
        link = row.link._replace(target=target, fragment=fragment)
        meaning = meaning_of(after.notes, link, after.resolved[1].resolve(source, link))
        if meaning != row.expected:
            continue
        if target != row.link.target:
            new = write_target(place, target, data) + _shown(stage, source, row, place, target, data)
            result.edits[source].append(TextEdit(*place.target, new))
        if fragment != row.link.fragment and place.fragment is not None and fragment is not None:
            result.edits[source].append(TextEdit(*place.fragment, write_target(place, fragment, data, fragment=True)))
        return
    if place.link.context == "comment":
        return  # it leads nowhere: readers never see it
    unchanged = meaning_of(after.notes, row.link, after.resolved[1].resolve(source, row.link))
    if row.expected.kind != "ambiguous" and not (row.by_path and unchanged == row.expected):
        result.refusals.append(_refusal(source, row.link, f"no way to write it leads to {row.expected.paths[0]} only"))


def _refusal(source: str, link: Link, reason: str) -> Refusal:
    return Refusal(source, link.line, link.column, written_target(link), reason)


def written_target(link: Link) -> str:
    """Return the target of a link with its fragment."""
    return f"{link.target}#{link.fragment}" if link.fragment is not None else link.target


def _candidates(stage: Stage, source: str, row: _Wanted, place: LinkPlace) -> Iterator[tuple[str, str | None]]:
    """Yield targets and fragments, those most like the written ones first."""
    after = stage.after
    path = row.expected.paths[0]
    note = after.notes.get(path)
    names: list[str] = []
    if note is not None:
        new = stage.names.get((path, fold(row.link.target)))
        own = after.corpus.concepts[after.corpus.concept_of[path]] if path in after.corpus.concept_of else None
        names = [*([new] if new else []), *([own.id] if own else []), *note.labels.values(), *names_of_note(note)]
    if row.expected.kind == "name":
        written = fold(row.link.target)
        kept = next((n for n in names if fold(n) == written), None)
        wanted = names[1:] if not stage.names.get((path, written)) and _was_label(stage, row) else names
        yield from ((name, None) for name in ([kept] if kept else [*wanted, *names]))
        return
    fragments = list(_fragments(stage, row, place))
    address = after.resolved[1].index.pages.own.get(path, "")
    target = Target(row.before.paths[0], path, row.source_before, source, names, address)
    if row.link.target and not row.by_path:
        yield from ((row.link.target, fragment) for fragment in fragments)
    elif not row.link.target and path == source:
        yield from (("", fragment) for fragment in fragments)
    for form in forms_of_target(place, target):
        if row.by_path and form == row.link.target:
            continue
        yield from ((form, fragment) for fragment in fragments)


def _was_label(stage: Stage, row: _Wanted) -> bool:
    """Whether a name was a label of the concept, not its id."""
    corpus = stage.before.corpus
    concept = corpus.concepts[corpus.concept_of[row.before.paths[0]]]
    return fold(concept.id) != fold(row.link.target)


def _fragments(stage: Stage, row: _Wanted, place: LinkPlace) -> Iterator[str | None]:
    yield row.link.fragment
    number = row.expected.heading
    if row.link.fragment and row.expected.anchor:
        yield row.expected.anchor
    if not row.link.fragment or number is None:
        return
    heading = stage.after.notes[row.expected.paths[0]].headings[number]
    if place.syntax == "wikilink":
        chain, hash_, _ = row.link.fragment.rpartition("#")
        if not re.search(r"[\[\]|#^]", heading.text):
            yield chain + hash_ + heading.text
            yield heading.text
    yield heading.anchor


def _shown(stage: Stage, source: str, row: _Wanted, place: LinkPlace, target: str, data: bytes) -> bytes:
    """Return the text to show if a wikilink named its note by a title and can't any more: readers still see the title."""
    link, path = row.link, row.before.paths[0]
    if place.syntax != "wikilink" or link.text or link.embed or not link.target or link.fragment:
        return b""
    by_path = is_path_of(link.target, path) or "/" in link.target
    note = stage.after.notes.get(row.expected.paths[0])
    is_name = note is not None and any(fold(target) == fold(n) for n in names_of_note(note))
    if by_path or is_name or stage.after.options.site.dialect.label_first:
        return b""
    line = data[data.rfind(b"\n", 0, place.target.start) + 1 : place.target.start]
    bar = b"\\|" if line.lstrip().startswith(b"|") else b"|"
    return bar + link.target.encode()
