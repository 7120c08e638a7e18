"""Reads a bundle of the Open Knowledge Format to add it to a knowledge base: files are copied unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from kg.base import files
from kg.base.errors import UsageError
from kg.base.listing import OKFIGNORE
from kg.base.settings import Settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.exporting import ignore_file_of
from kg.model import Artifact


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
    found: list[Artifact] = []
    for path, place in sorted(places.items()):
        try:
            found.append(Artifact(path, files.read(place)))
        except OSError:
            continue
    if ignored := ignore_file_of(base.inputs.listing):
        found.append(Artifact(OKFIGNORE, ignored))
    left_out = len(places) - len(found) + bool(ignored) + len({path for path, _ in base.inputs.listing.faults})
    return ImportedBundle(tuple(found), concepts, len(corpus.notes) - concepts, left_out)
