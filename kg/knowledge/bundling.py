"""Bundles of the Open Knowledge Format: all notes as a bundle, and a bundle as notes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.configurations import OKFIGNORE
from kg.base.errors import UsageError
from kg.base.listing import Listing
from kg.base.names import fold_file_name, is_git_name, nfc
from kg.base.setting_sources import FILE
from kg.base.settings import Settings
from kg.evidence.snapshot import read_entries
from kg.knowledge.base import KnowledgeBase, open_base
from kg.knowledge.noted_changes import first_days, noted_changes
from kg.knowledge.texts import texts_as_read
from kg.model import Artifact
from kg.notes.okf import CONCEPT_ENDING, read_ignored, role_of
from kg.views.export.bundle import BundleInput, bundle_files


class ImportedBundle(NamedTuple):
    """The files of a bundle."""

    files: tuple[Artifact, ...]
    concepts: int
    pages: int
    """Number of the other notes."""
    left_out: tuple[str, ...]
    """Paths of files that aren't read, and of folders that end in ``/``."""


_REPOSITORY: Final = frozenset(("HEAD", "objects", "refs"))
"""Entries by which git knows a repository without work tree; it would follow the settings in it."""


def read_bundle(settings: Settings, folder: Path) -> ImportedBundle:
    """Return all files of a bundle with the bytes that they have, so that exporting gives the same bytes again.

    Left out are links, devices and what is too large, git's repositories, and kg's own settings: each of the latter says what
    programs do in this folder. Raises UsageError if the folder holds no concept.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="give the folder of a bundle: kg import okf FOLDER")
    files.guard(folder)
    top = Path(os.path.realpath(folder))
    artifacts: dict[str, Artifact] = {}
    left_out: list[str] = []
    queue = [top]
    while queue:
        current = queue.pop()
        below = "" if current == top else f"{current.relative_to(top).as_posix()}/"
        try:
            with os.scandir(current) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            left_out.append(below)
            continue
        if {entry.name for entry in entries} >= _REPOSITORY:
            left_out.append(below or "./")
            continue
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            path = below + entry.name
            name = nfc(os.fsencode(path).decode("utf-8", "replace"))
            # Nothing that tells git or kg what to do.
            if is_git_name(entry.name) or fold_file_name(entry.name) == FILE or name in artifacts:
                left_out.append(name + "/" * is_folder)
            elif is_folder:
                queue.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                try:
                    artifacts[name] = Artifact(name, files.read(entry.path))
                except OSError:
                    left_out.append(name)
            else:
                left_out.append(name)
    patterns = read_ignored(artifacts[OKFIGNORE].data) if OKFIGNORE in artifacts else ()
    roles = [role_of(path, patterns) for path in artifacts if path.endswith(CONCEPT_ENDING)]
    concepts = roles.count("concept")
    if not concepts:
        raise UsageError(f"{folder} holds no concept of a bundle", hint="give the folder with its .md files")
    return ImportedBundle(
        tuple(artifacts[path] for path in sorted(artifacts)), concepts, len(roles) - concepts, tuple(sorted(left_out))
    )


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
        changed=_days_of_changes(base),
        ignore_file=ignore_file_of(base.inputs.listing),
        earlier_log=earlier_log,
        title=base.settings.title,
    )
    yield from bundle_files(source)


def _days_of_changes(base: KnowledgeBase) -> dict[str, tuple[str, bool]]:
    """Return the day of the latest change of each concept by id, and whether it was new: by snapshots, otherwise by git."""
    entries = read_entries(base.settings.ontology)
    if entries:
        return {name: (entry.changed, entry.new) for name, entry in entries.items()}
    latest = {change.id: (change.date, change.kind == "new") for change in noted_changes(base)}
    return {name: (day, True) for name, day in first_days(base).items()} | latest
