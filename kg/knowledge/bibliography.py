"""Reads the bibliographies of a knowledge base: BibTeX and CSL-JSON, from the settings or found beside the notes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec

from kg.base import files
from kg.base.formats import FormatError
from kg.base.formats.bibtex_names import authors_of
from kg.base.formats.bibtex_text import BibEntry, plain_address, read_bibtex
from kg.base.formats.json_text import read_json, read_typed
from kg.base.names import printable
from kg.base.settings import Settings
from kg.model import Author, Fault, Note, Reference

BIBTEX: Final = (".bib",)
CSL: Final = (".csl.json", ".csl")
BIBLIOGRAPHY_ENDINGS: Final = frozenset(("bib", "csl", "json"))
_LISTS: Final = ("references.json", "bibliography.json")
"""Names of CSL-JSON as Pandoc and Zotero's users give them; under these, other JSON is left alone."""
_FOLDER: Final = "bibliography"
_KEY: Final = "bibliography"
_READ: Final = (".bib", ".json", ".csl")
_CONTAINERS: Final = ("journal", "journaltitle", "booktitle", "series", "howpublished")
_PUBLISHERS: Final = ("publisher", "institution", "school", "organization")
_INHERITED: Final = (*_CONTAINERS, *_PUBLISHERS, "author", "editor", "year", "date", "volume", "number", "issue")
_KINDS: Final = {
    "article-journal": "article", "paper-conference": "inproceedings", "book": "book", "chapter": "incollection",
    "thesis": "phdthesis", "report": "techreport", "manuscript": "unpublished",
}  # fmt: skip


class Bibliography(NamedTuple):
    """The works that notes can cite."""

    references: Mapping[str, Reference]
    """By key; empty if there is no bibliography, and then nothing is a citation."""
    faults: tuple[tuple[str, Fault], ...]


class NamedBibliographies(NamedTuple):
    """The files that notes name, as Pandoc reads them: ``bibliography: refs.bib``."""

    paths: tuple[str, ...]
    faults: tuple[tuple[str, Fault], ...]
    """What is named and can't be read, at the note that names it."""


class _Name(msgspec.Struct, rename="kebab", frozen=True):
    family: str = ""
    given: str = ""
    suffix: str = ""
    dropping_particle: str = ""
    non_dropping_particle: str = ""
    literal: str = ""


class _Date(msgspec.Struct, rename="kebab", frozen=True):
    date_parts: tuple[tuple[int | str, ...], ...] = ()
    literal: str = ""
    raw: str = ""


class _Item(msgspec.Struct, rename="kebab"):
    id: str | int
    type: str = ""
    title: str = ""
    author: list[_Name] = []
    editor: list[_Name] = []
    issued: _Date = _Date()
    container_title: str = ""
    publisher: str = ""
    volume: str | int = ""
    issue: str | int = ""
    page: str | int = ""
    doi: str = msgspec.field(name="DOI", default="")
    url: str = msgspec.field(name="URL", default="")
    edition: str | int = ""
    isbn: str = msgspec.field(name="ISBN", default="")
    issn: str = msgspec.field(name="ISSN", default="")
    publisher_place: str = ""
    collection_title: str = ""
    note: str = ""


def bibliography_paths(settings: Settings, attachments: Mapping[str, str]) -> list[Path]:
    """Return the files of the bibliography: those in the settings, otherwise those in the folders of base and notes.

    `attachments`: the files beside the notes, name → place on disk.
    """
    if settings.reading.bibliography:
        return [settings.root / name for name in settings.reading.bibliography]
    folders = [f for f in dict.fromkeys((settings.root, settings.root / _FOLDER, *settings.notes)) if files.is_folder(f)]
    paths = [path for folder in folders for path in files.entries(folder, *BIBTEX, *CSL, *_LISTS)]
    paths += [Path(place) for name, place in attachments.items() if name.endswith((*BIBTEX, *CSL, *_LISTS))]
    return [path for path in dict.fromkeys(paths) if not path.name.endswith(_LISTS) or path.name in _LISTS]


def named_bibliographies(settings: Settings, notes: Mapping[str, Note], places: Mapping[str, str]) -> NamedBibliographies:
    """Return the files that the front matter of notes names, relative to each note. `places`: note → its file."""
    # start time: an unchanged build reads no notes
    from kg.notes.frontmatter import texts_under

    paths: dict[str, None] = {}
    faults: list[tuple[str, Fault]] = []
    inside = [os.path.realpath(folder) for folder in (settings.root, *settings.notes)]
    for path, note in notes.items():
        for written in texts_under(note.metadata, _KEY) if _KEY in note.metadata else ():
            folder = Path(places.get(path) or settings.location_of(path)).parent
            place = os.path.normpath(folder / written)
            problem = ""
            if not _can_be_path(place):
                problem = f"there is no bibliography '{printable(written)}' beside this note"
            elif not any(os.path.realpath(place).startswith(top.rstrip(os.sep) + os.sep) for top in inside):
                problem = f"the bibliography '{printable(written)}' is not below the knowledge base"
            elif not written.lower().endswith(_READ):
                problem = f"the bibliography '{printable(written)}' is neither BibTeX (.bib) nor CSL-JSON (.json)"
            elif not files.is_file(place):
                problem = f"there is no bibliography '{printable(written)}' beside this note"
            if problem:
                faults.append((path, Fault("invalid-bibliography", note.lines.get(_KEY, 1), 1, problem)))
            else:
                paths[place] = None
    return NamedBibliographies(tuple(paths), tuple(faults))


def _can_be_path(text: str) -> bool:
    """Return whether the system takes a text as a path: not a zero byte, nor half of a pair of UTF-16 as YAML can write it."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def read_bibliography(settings: Settings, paths: Iterable[Path]) -> Bibliography:
    """Return the works of all files; what can't be read becomes a fault, also a key that two entries have."""
    references: dict[str, Reference] = {}
    faults: list[tuple[str, Fault]] = []
    for path in paths:
        name = settings.name_of(path)
        try:
            text = files.read_text(path)
            entries = list(_read(path, text, name, faults))
        except FormatError as error:
            faults.append((name, Fault("invalid-bibliography", error.line or 1, error.column or 1, error.advice)))
            continue
        except (OSError, UnicodeDecodeError) as error:
            faults.append((name, Fault("invalid-bibliography", 1, 1, str(error))))
            continue
        for reference in entries:
            first = references.setdefault(reference.key, reference)
            if first is not reference:
                where = f"the key '{reference.key}' is already that of {first.path}:{first.line}"
                faults.append((name, Fault("invalid-bibliography", reference.line, 1, where)))
    return Bibliography(references, tuple(faults))


def _read(path: Path, text: str, name: str, faults: list[tuple[str, Fault]]) -> Iterator[Reference]:
    if path.name.lower().endswith(BIBTEX):
        entries, unread = read_bibtex(text)
        faults += [(name, Fault("invalid-bibliography", f.line, f.column, f.problem)) for f in unread]
        by_key = {entry.key.lower(): entry for entry in reversed(entries)}
        for entry in entries:
            crossref = entry.fields.get("crossref", "")
            parent = by_key.get(crossref.lower())
            if crossref and parent is None:
                problem = f"'{entry.key}' refers by crossref to '{crossref}', which is not an entry of this file"
                faults.append((name, Fault("invalid-bibliography", entry.line, 1, problem)))
            yield _of_bibtex(_with_parent(entry, parent), name, parent.key if parent else "")
        return
    items = read_json(text)  # within the limits
    if path.name in _LISTS and not _lists_works(items):
        return
    yield from _of_csl(text.encode(), name)


def _lists_works(items: object) -> bool:
    """Return whether JSON under a name that other programs use too is a list of works."""
    return isinstance(items, list) and all(isinstance(item, dict) and {"id", "type"} <= item.keys() for item in items)


def _with_parent(entry: BibEntry, parent: BibEntry | None) -> BibEntry:
    """An entry with the fields that it lacks and its parent has. As in BibLaTeX, the parent's title is the title of the book.

    What says where the parent itself is to be found, such as its DOI, is not inherited.
    """
    if parent is None or parent is entry:
        return entry
    inherited = _of(parent.fields, _INHERITED)
    if title := parent.fields.get("title", ""):
        inherited.setdefault("booktitle", title)
    return entry._replace(fields=inherited | entry.fields, tex=_of(parent.tex, _INHERITED) | dict(entry.tex))


def _of(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: values[name] for name in names if name in values}


def _of_bibtex(entry: BibEntry, path: str, parent: str) -> Reference:
    fields, tex = entry.fields, entry.tex
    published = plain_address(tex.get("howpublished", ""))
    url = plain_address(tex.get("url", "")) or (published if _is_address(published) else "")
    containers = _CONTAINERS[:-1] if _is_address(published) else _CONTAINERS
    return Reference(
        key=entry.key,
        kind=entry.kind,
        title=fields.get("title", ""),
        authors=authors_of(tex.get("author", "")),
        editors=authors_of(tex.get("editor", "")),
        year=fields.get("year") or fields.get("date", "")[:4],
        container=next((fields[name] for name in containers if fields.get(name)), ""),
        publisher=next((fields[name] for name in _PUBLISHERS if fields.get(name)), ""),
        volume=fields.get("volume", ""),
        number=fields.get("number", "") or fields.get("issue", ""),
        pages=fields.get("pages", ""),
        doi=_doi(plain_address(tex.get("doi", ""))),
        url=url if _is_address(url) else "",
        parent=parent,
        written=entry.written,
        path=path,
        line=entry.line,
    )


def _of_csl(data: bytes, path: str) -> Iterator[Reference]:
    start, end, line = 0, 0, 1
    for written in map(bytes, read_typed(data, list[msgspec.Raw])):
        item = read_typed(written, _Item)
        # Decoded JSON has no places; items stand in the text one after the other. The line is that of an item's first "id".
        last, start = start, data.index(written, end)
        end = start + len(written)
        line += data.count(b"\n", last, start)
        parts = item.issued.date_parts
        yield Reference(
            key=str(item.id),
            kind=_KINDS.get(item.type, "misc"),
            title=item.title,
            authors=_people(item.author),
            editors=_people(item.editor),
            year=str(parts[0][0]) if parts and parts[0] else (item.issued.literal or item.issued.raw)[:4],
            container=item.container_title,
            publisher=item.publisher,
            volume=str(item.volume),
            number=str(item.issue),
            pages=str(item.page).replace("-", "–"),
            doi=_doi(item.doi),
            url=item.url if _is_address(item.url) else "",
            further=tuple((name, str(value)) for name, value in _further(item) if value != ""),
            path=path,
            line=line + written.partition(b'"id"')[0].count(b"\n"),
        )


def _people(names: Iterable[_Name]) -> tuple[Author, ...]:
    return tuple(
        Author(" ".join(part for part in (a.dropping_particle, a.non_dropping_particle, a.family) if part), a.given, a.suffix)
        if a.family
        else Author(a.literal)
        for a in names
        if a.family or a.literal
    )


def _further(item: _Item) -> Iterator[tuple[str, str | int]]:
    """What only the export of an item needs, under the names of BibTeX."""
    yield "edition", item.edition
    yield "isbn", item.isbn
    yield "issn", item.issn
    yield "address", item.publisher_place
    yield "series", item.collection_title
    yield "note", item.note


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _doi(text: str) -> str:
    """A DOI without the address of its resolver; empty if it is none.

    >>> _doi("https://doi.org/10.1145/1"), _doi("http://dx.doi.org/10.1002/(SICI)1%3C2::AID%3E3"), _doi("x")
    ('10.1145/1', '10.1002/(SICI)1<2::AID>3', '')
    """
    doi = text.strip()
    for start in ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/"):
        if doi.startswith(start):
            doi = unquote(doi.removeprefix(start))
    doi = doi.removeprefix("doi:").strip()
    return doi if doi.startswith("10.") and "/" in doi and doi.isprintable() and " " not in doi else ""
