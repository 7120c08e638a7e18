"""Moving, renaming, merging and splitting notes without breaking a link.

An operation is planned first, as a function without side effects, and written then:

    sources = read_sources(base, buffers)            # the notes of a `KnowledgeBase`; `buffers`: path → unsaved text
    refactoring = plan_refactoring(sources, MoveFiles({"theory/raft.md": "consensus/raft.md"}))
    for change in refactoring.changes:               # one for each file, with its old digest and edits in byte ranges
        ...
    write_refactoring(settings, refactoring, "…")    # atomic over all files; `undo_refactoring` takes it back

Editors use the first two and apply the edits in their buffers: `FileChange.edits` are ranges of bytes of the file (of the
buffer's text in UTF-8, if it is among `buffers`), `new_name` is where it goes. Nothing is written before
`write_refactoring`. A refactoring is planned only if it keeps what each link means: the new texts are parsed and resolved
again and compared with the old ones, and `RefusedError.refusals` lists the links for which that can't be had.

Operations: `MoveFiles`, `RenameConcept` (its id), `RenameLabel` (title or alias), `RenameHeading`, `RenameTag`, `MergeNotes`,
`SplitNote`. `Refactoring.after` is the state after an operation, on which another one can be planned.
"""

from kg.knowledge.refactor.begin import files_below
from kg.knowledge.refactor.drafts import TextEdit
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
from kg.knowledge.refactor.plan import FileChange, Refactoring, RefusedError, apply_edits, plan_refactoring
from kg.knowledge.refactor.rewriting import Refusal
from kg.knowledge.refactor.sources import Sources, read_sources
from kg.knowledge.refactor.writing import recover_refactoring, undo_refactoring, write_refactoring

__all__ = [
    "FileChange",
    "MergeNotes",
    "MoveFiles",
    "Operation",
    "Refactoring",
    "Refusal",
    "RefusedError",
    "RenameConcept",
    "RenameHeading",
    "RenameLabel",
    "RenameTag",
    "Sources",
    "SplitNote",
    "TextEdit",
    "apply_edits",
    "files_below",
    "plan_refactoring",
    "read_sources",
    "recover_refactoring",
    "undo_refactoring",
    "write_refactoring",
]
