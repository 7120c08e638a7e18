"""The first step of each operation: what it does to paths and texts, before links are rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kg.base.errors import UsageError
from kg.base.names import can_be_path, fold, printable
from kg.knowledge.refactor.names import moves_of_concept, rename_heading, rename_id, rename_label, rename_tag
from kg.knowledge.refactor.operations import (
    MergeNotes,
    MoveFiles,
    Operation,
    RenameConcept,
    RenameHeading,
    RenameLabel,
    RenameTag,
    SplitNote,
)
from kg.knowledge.refactor.parts import merge_notes, split_note
from kg.knowledge.refactor.sources import Sources, path_of_name
from kg.knowledge.refactor.stage import Stage

_ENDINGS: Final = (".md", ".markdown")


def begin(sources: Sources, operation: Operation) -> Stage:
    """Return the state after an operation with links unchanged. Raises UsageError for an operation that makes no sense."""
    match operation:
        case MoveFiles():
            return move_files(sources, operation)
        case RenameConcept():
            return _rename_concept(sources, operation)
        case RenameLabel():
            return rename_label(sources, operation)
        case RenameHeading():
            return rename_heading(sources, operation)
        case RenameTag():
            return rename_tag(sources, operation)
        case MergeNotes():
            return merge_notes(sources, operation)
        case SplitNote():
            return split_note(sources, operation)


def files_below(sources: Sources, folder: str) -> list[str]:
    """Return the notes and attachments below a folder."""
    start = folder.rstrip("/") + "/"
    return [path for path in (*sources.notes, *sources.attachments) if path.startswith(start)]


def move_files(sources: Sources, operation: MoveFiles) -> Stage:
    """Move files; the translations of a moved note, found by their path, move with it."""
    paths = {old: new for old, new in operation.paths.items() if old != new}
    paths = _with_translations(sources, paths)
    check_moves(sources, paths)
    stage = Stage(sources, paths, keep_former_ids=operation.keep_former_ids)
    for old, new in paths.items():
        if old in sources.notes:
            stage.draft(new, old)
    return stage


def check_moves(sources: Sources, paths: Mapping[str, str]) -> None:
    """Raise UsageError unless all files are there and nothing is at their new places."""
    present = {*sources.notes, *sources.attachments}
    left = {fold(path) for path in present if path not in paths}
    taken: set[str] = set()
    for old, new in paths.items():
        if old not in present:
            raise UsageError(f"there is no note or file {old}", hint="give a path such as theory/raft.md")
        if not can_be_path(new):
            raise UsageError(
                f"{printable(new)} can't be the name of a file: it has control characters or a part of more than 255 bytes",
                hint="give a shorter, plain name",
            )
        path_of_name(sources.settings, new)
        if fold(new) in left or fold(new) in taken:
            raise UsageError(f"{new} is already there", hint="give another path, or merge the two: kg merge A B")
        if old in sources.notes and not new.lower().endswith(_ENDINGS):
            raise UsageError(f"{new} doesn't end in .md: it would not be a note", hint=f"give a path such as {new}.md")
        if old not in sources.notes and new.lower().endswith(_ENDINGS):
            raise UsageError(f"{new} would become a note", hint="keep the ending of the file")
        taken.add(fold(new))


def _with_translations(sources: Sources, paths: dict[str, str]) -> dict[str, str]:
    """Add the notes that are translations by their path: at the same path below the folder of another language."""
    pairs = sources.resolved[1].pairs
    groups: dict[str, list[str]] = {}
    for path, below in pairs.below.items():
        groups.setdefault(fold(below), []).append(path)
    result = dict(paths)
    for old, new in paths.items():
        below = pairs.below.get(old, "")
        if not below or not old.endswith(below):
            continue
        folder = old[: len(old) - len(below)]
        if not folder or not new.startswith(folder):
            continue
        for other in groups[fold(below)]:
            concept = sources.corpus.concept_of.get(old)
            same = concept is not None and sources.corpus.concept_of.get(other) == concept
            if same and other not in result:
                result[other] = other[: len(other) - len(pairs.below[other])] + new[len(folder) :]
    return result


def _rename_concept(sources: Sources, operation: RenameConcept) -> Stage:
    concept, moves = moves_of_concept(sources, operation)
    stage = move_files(sources, moves)
    rename_id(stage, concept, operation.new_id)
    return stage
