"""Completion: names behind ``[[``, paths and headings in links, keys and values of front matter, relations, tags."""

from __future__ import annotations

import heapq
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from lsprotocol import types as lsp

from kg.base.names import fold
from kg.knowledge.live import LiveNotes, shortest_name
from kg.model import Concept, ForeignConcept, Link, Relation, Resolved, text_in
from kg.serve.lsp.names import NameTable, NoteName
from kg.serve.lsp.view import NoteView, shown_label

TRIGGERS: Final = ["[", "(", "#", "^", ":", "/", "|", '"', " "]
_MOST: Final = 100
_WIKILINK: Final = re.compile(r"!?\[\[([^\[\]\n|#]*)$")
_WIKI_ANCHOR: Final = re.compile(r"!?\[\[([^\[\]\n|#]*)#([^\[\]\n|]*)$")
_ADDRESS: Final = re.compile(r"\]\((?:(?P<pointed><)(?P<long>[^<>\n#]*)|(?P<short>[^()<>\s#]*))$")
_ADDRESS_ANCHOR: Final = re.compile(r"\]\((?:(?P<pointed><)(?P<long>[^<>\n#]*)|(?P<short>[^()<>\s#]*))#(?P<anchor>[^()<>\n]*)$")
_FIELD: Final = re.compile(r"(?:^[ \t]*(?:[-*+][ \t]+)?|[(\[])([\w-]+)::[ \t]*$")
_FIELD_KEY: Final = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?([^\W\d_][\w-]+)$")
_TAG: Final = re.compile(r"(?:^|[\s,])#([\w/-]*)$")
_FRONT_KEY: Final = re.compile(r"^[\w-]*$")
_FRONT_VALUE: Final = re.compile(r"^([\w -]+):[ \t]*\[?(?:.*,)?[ \t]*[\"']?([^\"'\[\],]*)$")
_FRONT_ITEM: Final = re.compile(r"^[ \t]*-[ \t]+[\"']?([^\"']*)$")
_ABOVE: Final = re.compile(r"^([\w -]+):[ \t]*$")
_UNSAFE: Final = re.compile(r"[\[\]|#^\n]")
_ENCODED: Final = re.compile(r"""[\s\x00-\x1f\x7f%<>()\[\]{}\\#?"`|^]""")
"""What an address can't have as it is. Chinese stays readable."""
_ENCODED_IN_POINTED: Final = re.compile(r"[\x00-\x1f\x7f%<>\\#?]")
"""The same between ``<`` and ``>``."""

KEYS: Final = ("id", "title", "aliases", "type", "layer", "area", "definition", "tags", "status", "sources", "lang")
"""Front-matter keys that kg reads, besides relations."""


class _Edit(NamedTuple):
    """What a completion replaces: from an offset to the cursor."""

    start: int
    end: int


def complete(view: NoteView, names: NameTable, position: lsp.Position) -> lsp.CompletionList:
    """Return completions at a position; the list is made again with each letter, since the server decides what matches."""
    offset = view.text.offset(position)
    number = view.text.line_at(offset)
    line_start = view.text.starts[number]
    before = view.text.text[line_start:offset]
    items = list(_items(view, names, before, offset))
    return lsp.CompletionList(is_incomplete=True, items=items[:_MOST])


def _items(view: NoteView, names: NameTable, before: str, offset: int) -> Iterator[lsp.CompletionItem]:
    if m := _WIKI_ANCHOR.search(before):
        yield from _anchors(view, m[1], m[2], offset, "]]")
    elif m := _WIKILINK.search(before):
        yield from _names(view, names, m[1], offset)
    elif m := _ADDRESS_ANCHOR.search(before):
        yield from _anchors(view, m["long"] or m["short"] or "", m["anchor"], offset, ">)" if m["pointed"] else ")")
    elif m := _ADDRESS.search(before):
        yield from _paths(view, names, m["long"] or m["short"] or "", offset, pointed=m["pointed"] is not None)
    elif _in_front_matter(view, offset):
        yield from _front_matter(view, names, before, offset)
    elif _FIELD.search(before):
        yield from _links(view, names, "", offset, "[[{}]]")
    elif m := _FIELD_KEY.match(before):
        yield from _relations(view, m[1], offset, ":: ")
    elif m := _TAG.search(before):
        yield from _values(view, "tags", m[1], offset)


def _in_front_matter(view: NoteView, offset: int) -> bool:
    """Whether the cursor is in front matter, also in one that can't be parsed while it is written, or isn't closed yet."""
    if view.text.byte(offset) < view.note.body:
        return True
    first, *lines = view.text.text[: view.text.starts[view.text.line_at(offset)]].splitlines() or [""]
    return first.strip("\ufeff \t") == "---" and not any(line.rstrip() in ("---", "...") for line in lines)


def _item(view: NoteView, edit: _Edit, label: str, new: str, sort: int) -> lsp.CompletionItem:
    """An item that replaces what was typed; it matches for the editor, too, since its filter is what was typed."""
    typed = view.text.text[edit.start : edit.end]
    range_ = view.text.range(edit.start, edit.end)
    return lsp.CompletionItem(label, filter_text=typed or None, sort_text=f"{sort:05}", text_edit=lsp.TextEdit(range_, new))


# Names


def _names(view: NoteView, names: NameTable, typed: str, offset: int) -> Iterator[lsp.CompletionItem]:
    yield from _links(view, names, typed, offset, "{}" + _close(view, offset, "]]"))


def _close(view: NoteView, offset: int, close: str) -> str:
    """What is still missing behind the cursor of the end of a link, such as ``>)``."""
    return next(
        close[: len(close) - n] for n in range(len(close), -1, -1) if view.text.text.startswith(close[len(close) - n :], offset)
    )


def _links(view: NoteView, names: NameTable, typed: str, offset: int, form: str) -> Iterator[lsp.CompletionItem]:
    """Yield links to the notes whose names match; a name that isn't the file's is shown, and the link leads to the file."""
    edit = _Edit(offset - len(typed), offset)
    yield from _foreign(view, typed, edit, form)
    line = view.text.line(view.text.line_at(offset))
    bar = "\\|" if line.lstrip().startswith("|") else "|"
    in_front = _in_front_matter(view, offset)
    folder, slash, last = typed.rpartition("/")
    for rank, name in enumerate(names.matching(last, _MOST, _below(view, folder) if slash else None)):
        target = _from_folder(view, folder, name.path) if slash else shortest_name(view.live, name.path)
        plain = name.is_file_name or in_front or _UNSAFE.search(name.name) is not None
        item = _item(view, edit, name.name, form.format(target if plain else f"{target}{bar}{name.name}"), rank)
        _describe(view, item, name, lsp.CompletionItemKind.Reference)
        yield item


def _foreign(view: NoteView, typed: str, edit: _Edit, form: str) -> Iterator[lsp.CompletionItem]:
    """Yield names of concepts of other knowledge bases behind a prefix, and the prefixes before that."""
    prefix, colon, rest = typed.partition(":")
    for name, base in sorted(view.live.foreign.bases.items()):
        if not colon and prefix and fold(name).startswith(fold(prefix)):
            item = _item(view, edit, f"{name}:", f"{name}:", 0)
            item.kind, item.detail = lsp.CompletionItemKind.Module, base.source
            yield item
        if not colon or fold(name) != fold(prefix):
            continue
        wanted = fold(rest)
        ranked = ((_rank(concept, wanted), concept) for concept in base.concepts.values())
        best = heapq.nsmallest(_MOST, ((rank, c.id, c) for rank, c in ranked if rank is not None), key=lambda row: row[:2])
        for rank, _, concept in best:
            if _UNSAFE.search(concept.name) is None:
                item = _item(view, edit, concept.name, form.format(concept.name), rank)
                item.kind = lsp.CompletionItemKind.Reference
                item.detail = shown_label(concept.labels, view.texts.lang)
                item.documentation = text_in(concept.definitions, view.texts.lang) or None
                yield item


def _rank(concept: ForeignConcept, typed: str) -> int | None:
    """How well a concept's names match what was typed, 0 is best; None if they don't."""
    names = [fold(concept.id), *(fold(text) for text in (*concept.labels.values(), *concept.alt_labels))]
    if names[0].startswith(typed):
        return 0
    if any(name.startswith(typed) for name in names):
        return 1
    return 2 if any(typed in name for name in names) else None


def _describe(view: NoteView, item: lsp.CompletionItem, name: NoteName, kind: lsp.CompletionItemKind) -> None:
    concept = view.live.concept_at(name.path)
    item.kind = kind
    item.detail = name.path if concept is None else f"{_type_label(view, concept)} · {name.path}"
    item.data = {"uri": view.uri, "path": name.path}


def _type_label(view: NoteView, concept: Concept) -> str:
    labels = view.live.vocabulary.type_labels.get(concept.type, {})
    return text_in(labels, view.texts.lang) or concept.type


def resolve_item(live: LiveNotes, item: lsp.CompletionItem, lang: str) -> lsp.CompletionItem:
    """Add the definition of the note that an item leads to."""
    path = item.data.get("path") if isinstance(item.data, dict) else None
    note = live.notes.get(path) if isinstance(path, str) else None
    if note is not None:
        concept = live.concept_at(note.path)
        text = concept.definition(lang) if concept is not None else ""
        label = shown_label(note.labels, lang)
        item.documentation = lsp.MarkupContent(lsp.MarkupKind.PlainText, f"{label}\n\n{text or note.lead}".strip())
    return item


def _below(view: NoteView, folder: str) -> set[str]:
    """The notes below a folder that a wikilink names by its path, or by the end of it."""
    part = "/" + fold(folder.strip("/")) + "/"
    return {path for path in view.live.notes if part == "//" or part in "/" + fold(path)}


def _from_folder(view: NoteView, folder: str, path: str) -> str:
    """Return the text of a wikilink that begins with the folder that was typed, or the whole path if that is ambiguous."""
    parts, wanted = posixpath.splitext(path)[0].split("/"), fold(folder).split("/")
    if not wanted[0]:  # behind a slash, the whole path
        return "/" + "/".join(parts)
    for start in range(len(parts) - len(wanted) - 1, 0, -1):
        text = "/".join(parts[start:])
        if [fold(part) for part in parts[start : start + len(wanted)]] == wanted and _leads_to(view, "wikilink", text, path):
            return text
    return "/".join(parts)


def _leads_to(view: NoteView, kind: str, target: str, path: str) -> bool:
    resolution = view.live.resolver.index.resolve(view.path, _link(kind, target))
    return isinstance(resolution, Resolved) and resolution.path == path


def _link(kind: str, target: str) -> Link:
    return Link(1, 1, kind, target, None, "", False, None, "text", 0, 0)


def _paths(view: NoteView, names: NameTable, typed: str, offset: int, *, pointed: bool) -> Iterator[lsp.CompletionItem]:
    """Yield addresses of Markdown links as they were begun: relative to the note, or behind ``/`` from the root."""
    edit = _Edit(offset - len(typed), offset)
    own = posixpath.dirname(view.path)
    before, slash, last = typed.rpartition("/")
    root = typed.startswith("/")
    folder = posixpath.normpath(unquote(before).lstrip("/") if root else posixpath.join(own, unquote(before)))
    inside = "" if folder == "." else folder + "/"
    paths = {path for path in view.live.notes if path.startswith(inside)} if slash else None
    close = _close(view, offset, ">)" if pointed else ")")
    unsafe = _ENCODED_IN_POINTED if pointed else _ENCODED
    shown: set[str] = set()
    for rank, name in enumerate(names.matching(unquote(last), 2 * _MOST, paths)):
        rest = name.path.removeprefix(inside) if slash else posixpath.relpath(name.path, own or ".")
        address = before + slash + unsafe.sub(lambda m: quote(m[0]), rest)
        if (
            name.path in shown
            or name.path == view.path
            or (root and not _leads_to(view, "markdown", unquote(address), name.path))
        ):
            continue
        shown.add(name.path)
        item = _item(view, edit, name.name, address + close, rank)
        _describe(view, item, name, lsp.CompletionItemKind.File)
        yield item


def _anchors(view: NoteView, target: str, typed: str, offset: int, end: str) -> Iterator[lsp.CompletionItem]:
    """Yield the headings and blocks of a note; wikilinks quote the text of a heading, Markdown links its anchor."""
    wiki = end == "]]"
    resolution = view.live.resolver.index.resolve(
        view.path, _link("wikilink", target) if wiki else _link("markdown", unquote(target))
    )
    note = view.live.notes.get(resolution.path or view.path) if isinstance(resolution, Resolved) else None
    if note is None:
        return
    edit = _Edit(offset - len(typed), offset)
    close = _close(view, offset, end)
    wanted = fold(typed)
    rows: list[tuple[str, str]] = [(h.text, h.text if wiki and not _UNSAFE.search(h.text) else h.anchor) for h in note.headings]
    rows += [(anchor, anchor) for anchor in sorted(note.anchors)]
    for rank, (label, new) in enumerate(rows):
        if wanted in fold(label) or wanted in fold(new):
            item = _item(view, edit, label, new + close, rank)
            item.kind = lsp.CompletionItemKind.Reference
            item.detail = note.path
            yield item


# Front matter, relations, tags


def _front_matter(view: NoteView, names: NameTable, before: str, offset: int) -> Iterator[lsp.CompletionItem]:
    if _FRONT_KEY.match(before):
        yield from _keys(view, before, offset)
        yield from _relations(view, before, offset, ": ")
    elif m := _FRONT_VALUE.match(before):
        yield from _values_of(view, names, m[1].strip().lower(), m[2], offset)
    elif (m := _FRONT_ITEM.match(before)) and (key := _key_above(view, offset)):
        yield from _values_of(view, names, key, m[1], offset)


def _key_above(view: NoteView, offset: int) -> str:
    """The key whose list the cursor is in."""
    for number in range(view.text.line_at(offset) - 1, -1, -1):
        line = view.text.line(number)
        if m := _ABOVE.match(line):
            return m[1].strip().lower()
        if not _FRONT_ITEM.match(line):
            return ""
    return ""


def _keys(view: NoteView, typed: str, offset: int) -> Iterator[lsp.CompletionItem]:
    edit = _Edit(offset - len(typed), offset)
    for rank, key in enumerate(KEYS):
        if key.startswith(typed.lower()) and key not in view.note.metadata:
            item = _item(view, edit, key, f"{key}: ", rank)
            item.kind = lsp.CompletionItemKind.Property
            item.detail = view.texts(f"key-{key}")
            yield item


def _relations(view: NoteView, typed: str, offset: int, ending: str) -> Iterator[lsp.CompletionItem]:
    edit = _Edit(offset - len(typed), offset)
    lang = view.texts.lang
    relations = sorted(view.live.vocabulary.relations.values(), key=lambda relation: (not relation.core, relation.key))
    for rank, relation in enumerate(relations, 100):
        if fold(typed) in fold(relation.key) or any(typed and typed in label for label in relation.labels.values()):
            item = _item(view, edit, relation.key, relation.key + ending, rank)
            item.kind = lsp.CompletionItemKind.Field
            item.detail = shown_label(relation.labels, lang)
            item.documentation = relation_text(relation, lang)
            yield item


def relation_text(relation: Relation, lang: str) -> str:
    """Return the definition of a relation, and when to use it."""
    return "\n\n".join(filter(None, (text_in(relation.definitions, lang), text_in(relation.note, lang))))


def _values_of(view: NoteView, names: NameTable, key: str, typed: str, offset: int) -> Iterator[lsp.CompletionItem]:
    """Yield values of a front-matter key: types, values that other notes use, or notes for a relation."""
    vocabulary = view.live.vocabulary
    if key == "type":
        edit = _Edit(offset - len(typed), offset)
        for rank, name in enumerate(sorted(vocabulary.types)):
            labels = vocabulary.type_labels.get(name, {})
            if name.startswith(typed.lower()) or any(typed and typed in label for label in labels.values()):
                item = _item(view, edit, name, name, rank)
                item.kind = lsp.CompletionItemKind.EnumMember
                item.detail = shown_label(labels, view.texts.lang)
                yield item
    elif key in ("layer", "area", "status", "tags", "tag"):
        yield from _values(view, "tags" if key == "tag" else key, typed, offset)
    elif key in view.live.resolver.words.keys:
        quoted = view.text.text[offset - len(typed) - 1 : offset - len(typed)] in ('"', "'")
        yield from _links(view, names, typed, offset, "[[{}]]" if quoted else '"[[{}]]"')


def _used(live: LiveNotes, key: str) -> Counter[str]:
    """The values of a key in all notes, with how often they are used."""
    if key == "tags":
        return Counter(tag for note in live.notes.values() for tag in note.tags)
    return Counter(value for concept in live.concepts.values() if (value := getattr(concept, key)))


def _values(view: NoteView, key: str, typed: str, offset: int) -> Iterator[lsp.CompletionItem]:
    edit = _Edit(offset - len(typed), offset)
    wanted = fold(typed)
    concept = view.live.concept_at(view.path)
    own = set(view.note.tags)
    if key != "tags":
        own = {getattr(concept, key, "")}
    used = _used(view.live, key).items()
    # Only in this note: the word that is being written.
    matching: Iterable[tuple[str, int]] = ((v, n) for v, n in used if wanted in fold(v) and not (n == 1 and v in own))
    for rank, (value, n) in enumerate(sorted(matching, key=lambda row: (-row[1], row[0]))[:_MOST]):
        item = _item(view, edit, value, value, rank)
        item.kind = lsp.CompletionItemKind.Value
        item.detail = view.texts("notes", n=n)
        yield item
