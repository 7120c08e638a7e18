"""Bundles of the Open Knowledge Format: all notes as a bundle, and a bundle as notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from kg.base import files
from kg.base.errors import UsageError
from kg.base.listing import OKFIGNORE, Listing
from kg.base.settings import Settings
from kg.evidence.snapshot import read_entries
from kg.knowledge.base import KnowledgeBase, open_base
from kg.knowledge.texts import texts_as_read
from kg.model import Artifact
from kg.views.export.bundle import BundleInput, bundle_files


class ImportedBundle(NamedTuple):
    """The files of a bundle."""

    files: tuple[Artifact, ...]
    concepts: int
    pages: int
    """Number of the other notes."""
    left_out: int
    """Number of files that can't be read, or that lead out of the bundle."""


def read_bundle(settings: Settings, folder: Path) -> ImportedBundle:
    """Return the notes of a bundle and the other files in it, with the bytes that they have.

    Nothing of a note changes, so that unknown keys are kept and exporting gives the same bytes again. Raises UsageError if the
    folder holds no concept.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", hint="give the folder of a bundle: kg import okf FOLDER")
    files.guard(folder)
    reading = msgspec.structs.replace(settings.reading, dialect="okf")
    inner = replace(settings, root=folder, notes=(folder,), thesauri=(), reading=reading, exclude=(), out=folder / "output")
    base = KnowledgeBase(inner)
    corpus = base.notes_read.corpus
    concepts = sum(note.role == "concept" for note in corpus.notes.values())
    if not concepts:
        raise UsageError(f"{folder} holds no concept of a bundle", hint="give the folder with its .md files")
    attached = base.inputs.attachments(frozenset(name.lower().rpartition(".")[2] for name in corpus.attachments))
    places = {**{path: base.files[path] for path in corpus.notes}, **attached}
    artifacts: list[Artifact] = []
    for path, place in sorted(places.items()):
        try:
            artifacts.append(Artifact(path, files.read(place)))
        except OSError:
            continue
    if ignored := ignore_file_of(base.inputs.listing):
        artifacts.append(Artifact(OKFIGNORE, ignored))
    left_out = len(places) - len(artifacts) + bool(ignored) + len({path for path, _ in base.inputs.listing.faults})
    return ImportedBundle(tuple(artifacts), concepts, len(corpus.notes) - concepts, left_out)


def ignore_file_of(listing: Listing) -> bytes:
    """Return the content of the `.okfignore` of a bundle; empty if there is none."""
    return next((c.data for c in listing.configurations if c.name == OKFIGNORE and not c.below), b"")


def export_bundle(settings: Settings, earlier_log: bytes = b"") -> Iterator[Artifact]:
    """Yield the files of the present notes as a bundle of the Open Knowledge Format.

    The history continues `earlier_log`, that of an earlier export, unless the notes have a log of their own.

    Raises StoreError if a note can't be read any more.
    """
    base = open_base(settings)
    corpus, vocabulary = base.notes_read.corpus, base.vocabulary
    attached = base.inputs.attachments(frozenset(name.lower().rpartition(".")[2] for name in corpus.attachments))
    source = BundleInput(
        corpus=corpus,
        dialect=base.inputs.site.dialect,
        read=lambda path: files.read(base.files.get(path) or attached[path]),
        text_of=texts_as_read(base.files, corpus.notes),
        keys={iri: relation.key for iri, relation in vocabulary.relations.items()},
        kinds={key: labels.get("en", key).capitalize() for key, labels in vocabulary.type_labels.items()},
        changed={name: (entry.changed, entry.new) for name, entry in read_entries(settings.ontology).items()},
        ignore_file=ignore_file_of(base.inputs.listing),
        earlier_log=earlier_log,
    )
    yield from bundle_files(source)
