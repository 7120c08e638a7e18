"""What an operation is planned on: notes and their texts at one moment, on disk or as they are in an editor."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from kg.base import files
from kg.base.errors import ChangedError, UsageError
from kg.base.settings import Settings
from kg.corpus import ResolveOptions, Resolver, VocabularyWords, resolve_notes
from kg.knowledge.base import KnowledgeBase
from kg.model import Corpus, Note
from kg.notes import parse_note
from kg.notes.places import HIDDEN, LinkPlace, has_hidden_places, read_places

_RECORDS = (".ttl", ".trig", ".nt", ".nq", ".rq", ".csv", ".tsv")
"""Endings of files below `ontology/` that can name concepts."""
_SNAPSHOT: Final = frozenset(("positions.jsonl", "communities.jsonl", "notes.jsonl", "rejected.jsonl", "evidence.jsonl"))
"""Files of the snapshot that name concepts or notes and aren't signed or append-only."""
Marked = tuple[Sequence[LinkPlace], Sequence[object]]


class _Changed:
    """Texts of which some are changed. Changes of several operations are one table, so that no earlier state is kept."""

    def __init__(self, text_of: Callable[[str], bytes], texts: Mapping[str, bytes]) -> None:
        self._text_of, self._texts = text_of, texts

    @classmethod
    def over(cls, text_of: Callable[[str], bytes], texts: Mapping[str, bytes]) -> _Changed:
        """Return further changes of texts."""
        if isinstance(text_of, _Changed):
            return cls(text_of._text_of, {**text_of._texts, **texts})
        return cls(text_of, texts)

    def __call__(self, path: str) -> bytes:
        data = self._texts.get(path)
        return data if data is not None else self._text_of(path)


@dataclass(frozen=True)
class Sources:
    """Notes with their texts, and the other files that name concepts. Immutable."""

    settings: Settings
    notes: Mapping[str, Note]
    """By path, in order of path."""
    text_of: Callable[[str], bytes]
    """Path of a note or attachment → its bytes. Raises ChangedError if they aren't those that were parsed."""
    attachments: tuple[str, ...]
    options: ResolveOptions
    on_disk: Mapping[str, Path]
    """Path of a note → the file, where its name on disk is not in Unicode NFC or it is reached by a link."""
    records: Mapping[str, bytes] = field(default_factory=dict)
    """Path below the knowledge base → bytes, of `kg.toml` and files below `ontology/`."""
    places: dict[tuple[str, str, bool], list[LinkPlace]] = field(default_factory=dict)
    """Path and digest of a note, and whether only hidden ones → its places; filled when they are needed."""

    @cached_property
    def resolved(self) -> tuple[Corpus, Resolver]:
        """The links of the notes."""
        return resolve_notes(self.notes, self.options, attachments=self.attachments)

    @property
    def corpus(self) -> Corpus:
        """The links and concepts of the notes."""
        return self.resolved[0]

    def places_of(self, note: Note, data: bytes) -> list[LinkPlace]:
        """Return the places of a note's links; none in a notebook, whose offsets are those of the text of its cells."""
        if note.path.lower().endswith(".ipynb"):
            return []
        key = (note.path, note.digest, False)
        result = self.places.get(key)
        if result is None:
            result = self.places[key] = read_places(note, data, self.options.site.dialects.of(note.path))[0]
        return result

    def hidden_places_of(self, note: Note) -> list[LinkPlace]:
        """Return the places of a note that are not links of it: definitions, addresses in HTML, diagrams, comments."""
        key = (note.path, note.digest, True)
        result = self.places.get(key)
        if result is None:
            data = self.text_of(note.path)
            places = self.places_of(note, data) if has_hidden_places(data) else []
            result = self.places[key] = [place for place in places if place.link.context in HIDDEN]
        return result

    def file_of(self, name: str) -> Path:
        """Return the file of a note or attachment, which need not exist."""
        path = self.on_disk.get(name)
        if path is not None:
            return path
        return path_of_name(self.settings, name)

    def with_records(self, records: Mapping[str, bytes]) -> Sources:
        """Return the state with other files that name concepts."""
        return replace(self, records=records)

    def with_notes(self, notes: Mapping[str, Note], texts: Mapping[str, bytes], attachments: Iterable[str]) -> Sources:
        """Return the state with other notes and attachments, whose texts are given or unchanged."""
        return Sources(
            self.settings,
            dict(sorted(notes.items())),
            _Changed.over(self.text_of, texts),
            tuple(sorted(attachments)),
            self.options,
            self.on_disk,
            self.records,
            self.places,
        )


def path_of_name(settings: Settings, name: str) -> Path:
    """Return the file of a note or attachment by its name. Raises UsageError for a name outside of the notes folders."""
    folders = settings.notes
    parts = name.split("/")
    if len(folders) == 1:
        folder = folders[0]
    else:
        matches = [f for f in folders if unicodedata.normalize("NFC", f.name) == parts[0]]
        if not matches:
            raise UsageError(f"{name} is in none of the notes folders", hint="begin it with the name of one of them")
        folder, parts = matches[0], parts[1:]
    if not parts or any(part in ("", ".", "..") for part in parts) or "\\" in name or "\0" in name:
        raise UsageError(f"{name} is not a path below the notes folder", hint="give a path such as theory/raft.md")
    return folder.joinpath(*parts)


def read_sources(base: KnowledgeBase, buffers: Mapping[str, bytes] | None = None) -> Sources:
    """Return the present notes of a knowledge base. `buffers`: path of a note → its text in an editor, saved or not."""
    # start time: who asks for what is remembered reads no notes
    from kg.knowledge.steps import read_notes

    settings = base.settings
    read, listing = read_notes(base)
    site = base.inputs.site
    vocabulary = base.vocabulary
    words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
    options = ResolveOptions.from_settings(settings, words, site)._replace(foreign=base.inputs.foreign, near_misses=False)
    unsaved = dict(buffers or {})
    parsed = {path: parse_note(path, data, site.dialects.of(path)) for path, data in unsaved.items()}
    notes = dict(sorted({**read, **parsed}.items()))
    paths = {file.name: Path(file.path) for file in listing.notes}
    cache: dict[str, bytes] = {}

    def text_of(path: str) -> bytes:
        if path in unsaved:
            return unsaved[path]
        if path not in cache:
            data = files.read(paths[path] if path in paths else path_of_name(settings, path))
            if path in notes and hashlib.sha256(data).hexdigest() != notes[path].digest:
                raise ChangedError(path)
            cache[path] = data
        return cache[path]

    return Sources(settings, notes, text_of, listing.attachments, options, paths, _read_records(settings))


def _read_records(settings: Settings) -> dict[str, bytes]:
    """Return the files that name concepts by id or IRI: settings and what is below `ontology/`, without signed records."""
    result: dict[str, bytes] = {}
    for path in settings.files:
        if path.is_relative_to(settings.root):
            result[path.relative_to(settings.root).as_posix()] = files.read(path)
    folder = settings.root / "ontology"
    for entry in sorted(files.walk(folder), key=lambda e: e.path) if files.is_folder(folder) else ():
        path = Path(entry.path)
        name = path.relative_to(settings.root).as_posix()
        is_snapshot = name.startswith("ontology/snapshot/")
        if (path.name in _SNAPSHOT) if is_snapshot else (path.suffix in _RECORDS):
            result[name] = files.read(path, files.LARGE)
    return result
