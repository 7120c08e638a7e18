"""The operations that change names, places and extent of notes, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class MoveFiles:
    """Moves notes and other files. Paths are names in the corpus: below the notes folder, with ``/``."""

    paths: Mapping[str, str]
    """Old path → new path. A folder is moved by moving each file in it (`files_below`)."""
    keep_former_ids: bool = True
    """Whether a note whose id was its path records the old id, so that its IRI redirects."""


@dataclass(frozen=True, slots=True)
class RenameConcept:
    """Gives a concept another id. Its file is moved if the id is its path."""

    path: str
    """A note of the concept."""
    new_id: str
    keep_former_ids: bool = True


@dataclass(frozen=True, slots=True)
class RenameLabel:
    """Changes a title, first heading or alias of a note, and what names the note by it."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RenameHeading:
    """Changes the text of a heading, and the links to it."""

    path: str
    number: int
    """Index in `Note.headings`."""
    new: str


@dataclass(frozen=True, slots=True)
class RenameTag:
    """Changes a tag and the tags below it (``area`` and ``area/topic``) in all notes."""

    old: str
    """Without ``#``."""
    new: str


@dataclass(frozen=True, slots=True)
class MergeNotes:
    """Appends the text of one note to another, which takes over its names, relations and links; the first file is removed."""

    path: str
    """The note that goes."""
    into: str
    """The note that stays."""


@dataclass(frozen=True, slots=True)
class SplitNote:
    """Makes a note of a section; a link to it stays in its place."""

    path: str
    number: int
    """Index of the section's heading in `Note.headings`."""
    new_path: str


Operation: TypeAlias = MoveFiles | RenameConcept | RenameLabel | RenameHeading | RenameTag | MergeNotes | SplitNote
