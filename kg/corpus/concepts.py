"""The concept that a note describes: its identity, labels, definition and other front matter."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from kg.base.names import fold, iri_path, language_of
from kg.model import Concept, Fault, Note, Provenance, SourceUse
from kg.notes import plain_paragraph
from kg.notes.called import SECTION_PAGES, note_stem
from kg.notes.frontmatter import FORMER_IDS, texts_under
from kg.notes.okf import footnote_sources, is_path, read_provenance

_DAY: Final = re.compile(r"\d{4}[-_]\d{2}[-_]\d{2}\.(?:md|markdown)$")
_ERROR_PAGES: Final = frozenset(("404.md", "404.markdown"))
"""What a site shows for an address that it doesn't have."""
_PAGE_TYPES: Final = frozenset(("page", "section", "index", "template", "list"))
_CONCEPT_KEYS: Final = ("id", "type", "definition", "broader", "is-a", "part-of", "instance-of")


def is_concept(note: Note) -> bool:
    """Return whether a note describes a concept; an index page of a folder doesn't, unless its front matter says so.

    Pages with a layout of their own (Hugo's search page), a site's page for errors, templates and notes of a day don't either.
    """
    if note.role:
        return note.role == "concept"
    values = note.metadata
    kind = str(values.get("type") or "").strip().lower()
    if kind in _PAGE_TYPES or note.template:
        return False
    if any(values.get(key) for key in _CONCEPT_KEYS):
        return True
    name = posixpath.basename(note.path).lower()
    return name not in SECTION_PAGES and name not in _ERROR_PAGES and not _DAY.match(name) and not values.get("layout")


DEFINITION_KEYS: Final = ("definition", "description", "summary")
"""Keys of the front matter for a definition, the first one that has a text counts."""


def definition_keys(note: Note) -> tuple[str, ...]:
    """Return the keys under which a note may have its definition; in a bundle of OKF, the description is it."""
    return ("description", *DEFINITION_KEYS) if note.role == "concept" else DEFINITION_KEYS


def _definitions(note: Note, labels: Mapping[str, str]) -> dict[str, str]:
    for key in definition_keys(note):
        value = note.metadata.get(key)
        if isinstance(value, Mapping):
            by_language = {str(k).strip().lower(): _without_marks(v.split()) for k, v in value.items() if isinstance(v, str)}
            if by_language := {k: v for k, v in by_language.items() if k and v}:
                return by_language
        text = _without_marks(value.split()) if isinstance(value, str) else ""
        if text:
            return {language_of(text, next(iter(labels), "en")): text}
    texts = (note.definition, *note.further_definitions) if note.definition else ()
    return {language_of(text, next(iter(labels), "en")): text for text in reversed(texts)}


def _without_marks(words: Iterable[str]) -> str:
    return plain_paragraph(" ".join(words))


def build_concept(note: Note, iri: str, concept_id: str, types: Mapping[str, str]) -> Concept:
    """Return the concept that a note describes, with its assigned IRI and id."""
    values = note.metadata
    labels = note.labels
    preferred = set(labels.values())
    kind = str(values.get("type") or "").strip().lower()
    provenance = read_provenance(values, concept=note.role == "concept")
    if provenance is not None and note.footnotes:
        citable = footnote_sources(provenance)
        cited = tuple(SourceUse(f.line, f.label) for f in note.footnotes if f.label in citable)
        provenance = replace(provenance, cited=cited)
    return Concept(
        iri=iri,
        id=concept_id,
        path=note.path,
        labels=labels,
        alt_labels=tuple([a for a in note.alt_labels if a[0] not in preferred]),
        type=kind if kind in types else "concept",
        layer=_word(values.get("layer")),
        area=_word(values.get("area")),
        definitions=_definitions(note, labels),
        sources=_sources(note, provenance),
        tags=note.tags,
        status=_word(values.get("status")),
        paths=(note.path,),
        line=note.label_line,
        former_ids=tuple(texts_under(values, FORMER_IDS)),
        provenance=provenance,
    )


def _sources(note: Note, provenance: Provenance | None) -> tuple[str, ...]:
    """Return the sources of a note for readers: of a path, its title."""
    stated = texts_under(note.metadata, "sources", "source")
    if provenance is None or not provenance.sources:
        return tuple(stated)
    shown = [s.title if s.title and is_path(s.resource) else s.resource for s in provenance.sources]
    return tuple(dict.fromkeys((*stated, *shown)))


def _word(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def identify_concepts(
    notes: Mapping[str, Note],
    base: str,
    translations: Mapping[str, str],
    below: Mapping[str, str],
    asides: tuple[str, ...] = (),
    periodic: tuple[str, ...] = (),
) -> tuple[dict[str, tuple[str, str]], list[tuple[str, Fault]]]:
    """Return path → (IRI, id) of each note that describes its own concept, and faults for duplicate ids.

    The IRI is made from `id`, which survives renaming the file, or else from the path. If two notes have the same id, the first
    (by path) keeps it; the other one gets an id from its path, so that nothing is lost. Notes below `asides` describe none,
    nor do those whose names without ending have one of the forms `periodic`.
    """
    of_a_period = re.compile("|".join(periodic)) if periodic else None
    claimed: dict[str, str] = {}
    identities: dict[str, tuple[str, str]] = {}
    faults: list[tuple[str, Fault]] = []
    told: set[str] = set()
    for path, note in notes.items():
        if path in translations or not is_concept(note) or (asides and path.startswith(asides)):
            continue
        if of_a_period is not None and of_a_period.fullmatch(posixpath.splitext(path)[0]):
            continue
        given = [] if note.role else texts_under(note.metadata, "id")
        concept_id = given[0] if given else _path_id(below.get(path, path), whole=bool(note.role))
        key = concept_id if note.role else fold(concept_id)  # paths in a bundle differ by case
        if key in claimed:
            if given:
                first = notes[claimed[key]]
                if key not in told and texts_under(first.metadata, "id"):
                    told.add(key)
                    faults.append(_twice("duplicate-id", first, "id", concept_id, path))
                faults.append(_twice("duplicate-id", note, "id", concept_id, claimed[key]))
            concept_id = _path_id(path, whole=bool(note.role))
            key = fold(concept_id)
            n = 2
            while key in claimed:
                key, n = f"{fold(concept_id)}~{n}", n + 1
            if n > 2:
                concept_id = f"{concept_id}~{n - 1}"
        claimed[key] = path
        identities[path] = (f"{base}concept/{iri_path(concept_id)}", concept_id)
    return identities, faults


def shared_aliases(notes: Mapping[str, Note], concepts: Iterable[Concept]) -> list[tuple[str, Fault]]:
    """Return faults for aliases that two concepts share: readers and links by name can't tell them apart."""
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
    """Return the fault that a front-matter value is also that of another note, at the place of the value."""
    keys = (key, "alias") if key == "aliases" else (key,)
    # A tab separates the two; a tab in a name becomes a space, which looks the same to readers.
    detail = "\t".join(text.replace("\t", " ") for text in (value, other))
    for link in note.links:
        if link.kind == "name" and link.relation in keys and link.target == value:
            return note.path, Fault(name, link.line, link.column, detail)
    return note.path, Fault(name, note.lines.get(key, 1), 1, detail)


def _path_id(path: str, *, whole: bool) -> str:
    """Return the id that a path gives; `whole`: the path without its ending, also for a page called as index pages are."""
    if whole:
        return posixpath.splitext(path)[0]
    return posixpath.join(posixpath.dirname(path), note_stem(path))
