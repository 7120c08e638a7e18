"""Which concept a note describes: its identity, labels, definition and the other things its front matter says."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kg.model import Concept, Fault, Note
from kg.names import bilingual, fold, iri_path, language_of
from kg.notes.frontmatter import texts

_SECTION_PAGES: Final = frozenset(("readme.md", "index.md", "_index.md"))
_PAGE_TYPES: Final = frozenset(("page", "section", "index", "template", "list"))
_CONCEPT_KEYS: Final = ("id", "type", "definition", "broader", "is-a", "part-of", "instance-of")


def is_concept(note: Note) -> bool:
    """Whether a note describes a concept; the index page of a folder doesn't unless it says so.

    A page with a layout of its own (Hugo's search page) and a template are none either.
    """
    values = note.metadata
    kind = str(values.get("type") or "").strip().lower()
    if kind in _PAGE_TYPES:
        return False
    if any(values.get(key) for key in _CONCEPT_KEYS):
        return True
    return posixpath.basename(note.path).lower() not in _SECTION_PAGES and not values.get("layout")


def stem(path: str) -> str:
    """A file's name without folder and ending; an index page is called by its folder.

    >>> stem("a/b.md"), stem("a/README.md"), stem("README.md")
    ('b', 'a', 'README')
    """
    folder, name = posixpath.split(path)
    base = name.removesuffix(".markdown") if name.lower().endswith(".markdown") else name[:-3]
    if name.lower() in _SECTION_PAGES and folder:
        return posixpath.basename(folder)
    return base


def labels_of(note: Note) -> tuple[dict[str, str], int]:
    """Preferred labels by language and the line that gives them: front matter, first level-1 heading, file name."""
    values = note.metadata
    title: Any = values.get("title")
    line = note.lines.get("title", 1)
    lang = str(values.get("lang") or "").strip().lower().partition("-")[0]
    if isinstance(title, Mapping):
        found = {str(k).strip().lower(): str(v).strip() for k, v in title.items() if isinstance(v, str | int | float)}
        found = {k: v for k, v in found.items() if k and v}
        if found:
            return found, line
    if isinstance(title, str | int | float) and not isinstance(title, bool) and str(title).strip():
        return _labels(str(title), lang), line
    heading = next((h for h in note.headings if h.level == 1 and h.text.strip()), None)
    if heading is not None:
        return _labels(heading.text, lang), heading.line
    return _labels(stem(note.path), lang), 1


def _labels(title: str, lang: str) -> dict[str, str]:
    found = bilingual(" ".join(title.split()))
    return {lang: next(iter(found.values()))} if lang and len(found) == 1 else found


def alt_labels_of(note: Note) -> list[tuple[str, str]]:
    """Other labels with their language; addresses of old pages (Hugo's `aliases: [/old/]`) are none."""
    names = texts(note.metadata, "aliases", "alias")
    return list(dict.fromkeys((n, language_of(n, "en")) for n in names if "/" not in n or " / " in n))


def names_of(note: Note) -> list[str]:
    """All names by which a wikilink can call a note besides its path."""
    labels, _ = labels_of(note)
    title = note.metadata.get("title")
    names = [*labels.values(), *(n for n, _ in alt_labels_of(note)), *texts(note.metadata, "id")]
    if isinstance(title, str):
        names.append(title)
    return names


def _definitions(note: Note, labels: Mapping[str, str]) -> dict[str, str]:
    value = note.metadata.get("definition")
    if isinstance(value, Mapping):
        found = {str(k).strip().lower(): " ".join(str(v).split()) for k, v in value.items() if isinstance(v, str)}
        return {k: v for k, v in found.items() if k and v}
    text = " ".join(value.split()) if isinstance(value, str) else note.definition
    return {language_of(text, next(iter(labels), "en")): text} if text else {}


def build(note: Note, iri: str, concept_id: str, types: Mapping[str, str]) -> Concept:
    """The concept that a note describes, with the IRI and id that it was given."""
    values = note.metadata
    labels, line = labels_of(note)
    preferred = set(labels.values())
    kind = str(values.get("type") or "concept").strip().lower()
    return Concept(
        iri=iri,
        id=concept_id,
        path=note.path,
        labels=labels,
        alt_labels=tuple(a for a in alt_labels_of(note) if a[0] not in preferred),
        type=kind if kind in types else "concept",
        layer=_word(values.get("layer")),
        area=_word(values.get("area")),
        definitions=_definitions(note, labels),
        sources=tuple(texts(values, "sources", "source")),
        tags=note.tags,
        status=_word(values.get("status")),
        paths=(note.path,),
        line=line,
    )


def _word(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def identify(
    notes: Mapping[str, Note], base: str, translations: Mapping[str, str], below: Mapping[str, str]
) -> tuple[dict[str, tuple[str, str]], list[tuple[str, Fault]]]:
    """Path → (IRI, id) of each note that describes a concept of its own, and the ids given twice.

    The IRI comes from `id`, which survives a renamed file, or else from the path. The first note (by path) keeps an id that
    two claim; the other one falls back to its path, so that nothing is lost.
    """
    claimed: dict[str, str] = {}
    found: dict[str, tuple[str, str]] = {}
    faults: list[tuple[str, Fault]] = []
    told: set[str] = set()
    for path, note in notes.items():
        if path in translations or not is_concept(note):
            continue
        given = texts(note.metadata, "id")
        concept_id = given[0] if given else _path_id(below.get(path, path))
        key = fold(concept_id)
        if key in claimed:
            if given:
                first = notes[claimed[key]]
                if key not in told and texts(first.metadata, "id"):
                    told.add(key)
                    faults.append(_twice("duplicate-id", first, "id", concept_id, path))
                faults.append(_twice("duplicate-id", note, "id", concept_id, claimed[key]))
            concept_id = _path_id(path)
            key = fold(concept_id)
            n = 2
            while key in claimed:
                key, n = f"{fold(concept_id)}~{n}", n + 1
            if n > 2:
                concept_id = f"{concept_id}~{n - 1}"
        claimed[key] = path
        found[path] = (f"{base}concept/{iri_path(concept_id)}", concept_id)
    return found, faults


def shared_aliases(notes: Mapping[str, Note], concepts: Iterable[Concept]) -> list[tuple[str, Fault]]:
    """Aliases that two concepts have: readers and links by name can't tell them apart."""
    holders: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for concept in concepts:
        for alias, lang in concept.alt_labels:
            holders[fold(alias), lang].append((concept.path, alias))
    faults = []
    for held in holders.values():
        if len(held) < 2:
            continue
        paths = list(dict.fromkeys(path for path, _ in held))
        for path, alias in held if len(paths) > 1 else ():
            other = next(p for p in paths if p != path)
            faults.append(_twice("duplicate-label", notes[path], "aliases", alias, other))
    return faults


def _twice(name: str, note: Note, key: str, value: str, other: str) -> tuple[str, Fault]:
    """The fault that a value of the front matter is also that of another note, at the place of the value."""
    keys = (key, "alias") if key == "aliases" else (key,)
    for link in note.links:
        if link.kind == "name" and link.relation in keys and link.target == value:
            return note.path, Fault(name, link.line, link.column, f"{value}\t{other}")
    return note.path, Fault(name, note.lines.get(key, 1), 1, f"{value}\t{other}")


def _path_id(path: str) -> str:
    return posixpath.join(posixpath.dirname(path), stem(path)) if path.lower().endswith((".md", ".markdown")) else path
