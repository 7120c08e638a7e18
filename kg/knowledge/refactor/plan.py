"""Plans an operation: a function from the texts of a knowledge base to the edits of its files, verified before it returns."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from kg.base.errors import UsageError
from kg.base.progress import advance_step, begin_step
from kg.knowledge.refactor.begin import begin
from kg.knowledge.refactor.drafts import TextDraft, TextEdit
from kg.knowledge.refactor.former import record_edits
from kg.knowledge.refactor.identifiers import RenamedIdentifiers, rewrite_record
from kg.knowledge.refactor.operations import MergeNotes, Operation, SplitNote
from kg.knowledge.refactor.rewriting import Refusal, rewrite_links, written_target
from kg.knowledge.refactor.sources import Sources
from kg.knowledge.refactor.stage import Stage, compare_links


class RefusedError(UsageError):
    """An operation that would change the meaning of links; nothing is written."""

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = tuple(refusals)
        shown = "\n    ".join(f"{r.path}:{r.line}:{r.column}: {r.written}: {r.reason}" for r in refusals[:20])
        more = f"\n    and {len(refusals) - 20} more" if len(refusals) > 20 else ""
        super().__init__(
            f"{len(refusals)} links would change their meaning: nothing is written\n    {shown}{more}",
            hint="change these links by hand first, or choose another name",
        )


class _Statement(NamedTuple):
    subject: str
    predicate: str
    object: str


class FileChange(NamedTuple):
    """What happens to one file."""

    name: str
    """Path in the corpus before the operation, or below the knowledge base for `kg.toml` and files below `ontology/`."""
    file: Path | None
    """Where it is on disk; None if it is new."""
    digest: str
    """SHA-256 of its bytes, hexadecimal; empty if it is new. The edits are valid for these bytes only."""
    edits: tuple[TextEdit, ...]
    """In order, disjoint; offsets are bytes of the file."""
    new_name: str
    """Path after the operation; empty if the file is removed."""
    new_file: Path | None
    """Where it is on disk then; equal to `file` unless it is moved."""
    new_bytes: bytes
    """All its bytes after the operation; empty if it is removed."""


@dataclass(frozen=True)
class Refactoring:
    """A planned operation, by file."""

    changes: tuple[FileChange, ...]
    paths: Mapping[str, str] = field(default_factory=dict)
    """Old path → new path of each note and attachment that moves."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Old id → new id of each concept whose IRI changes."""
    links: int = 0
    """How many links were rewritten."""
    notices: tuple[Refusal, ...] = ()
    """Links that were broken or ambiguous and lead to a note now."""
    unrecorded: tuple[str, ...] = ()
    """Notes whose front matter can't take the old id: its IRI doesn't redirect."""
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Old path of a merged note → the keys of its front matter that the other note doesn't get."""
    after: Sources | None = None
    """The state after the operation: the next one can be planned on it before anything is written."""


def plan_refactoring(sources: Sources, operation: Operation) -> Refactoring:
    """Return the edits of an operation. Reads nothing but `sources` and writes nothing.

    The edited texts are parsed and resolved again: each link leads to where it led before, up to the renaming, and the concepts
    have the same relations. Raises RefusedError with the list of links if that can't be had, UsageError for an operation that
    makes no sense (a path that is taken, a heading that isn't there).
    """
    with begin_step("rewriting links", 5):
        stage = begin(sources, operation)
        advance_step()
        rewritten = rewrite_links(stage)
        if rewritten.refusals:
            raise RefusedError(rewritten.refusals)
        advance_step()
        edits: dict[str, list[TextEdit]] = defaultdict(list, rewritten.edits)
        ids = _renamed_ids(stage)
        unrecorded = _record_former_ids(stage, ids, edits)
        drafts = dict(stage.drafts)
        for path, rows in edits.items():
            drafts[path] = stage.draft(path).replaced(rows)
        final = stage.state_with(drafts)
        advance_step()
        iris = _renamed_iris(stage, final)
        notices = _verify(stage, final, drafts, iris, operation)
        advance_step()
        renamed = RenamedIdentifiers(sources.options.base, iris, ids, stage.paths)
        records = (
            {name: rewrite_record(name, data, renamed) for name, data in sources.records.items()} if iris or stage.paths else {}
        )
    changes = [*_changes_of_notes(stage, drafts), *_changes_of_records(sources, records)]
    final = _with_records(final, sources, records)
    count = sum(map(len, rewritten.edits.values()))
    return Refactoring(tuple(changes), dict(stage.paths), ids, count, tuple(notices), tuple(unrecorded), stage.left_out, final)


def _renamed_ids(stage: Stage) -> dict[str, str]:
    """Return old → new id of concepts whose id changes."""
    before, after = stage.before.corpus, stage.after.corpus
    result = {}
    for path, iri in before.concept_of.items():
        now = after.concept_of.get(stage.moves.path(path))
        if now is not None and now != iri and path == before.concepts[iri].path:
            result[before.concepts[iri].id] = after.concepts[now].id
    return result


def _renamed_iris(stage: Stage, final: Sources) -> dict[str, str]:
    """Return old → new IRI of concepts. Raises RefusedError if a note would belong to another concept than its translations."""
    before, after = stage.before.corpus, final.corpus
    result: dict[str, str] = {}
    refusals = []
    for path, iri in before.concept_of.items():
        now = after.concept_of.get(stage.moves.path(path))
        if now is None:
            refusals.append(Refusal(path, 1, 1, path, "the note would describe no concept"))
        elif result.setdefault(iri, now) != now:
            refusals.append(
                Refusal(path, 1, 1, path, f"the note would no longer describe the concept of {before.concepts[iri].path}")
            )
    merged = set(stage.removed)
    back: dict[str, str] = {}
    for old, new in result.items():
        if back.setdefault(new, old) != old and not {before.concepts[old].path, before.concepts[back[new]].path} & merged:
            refusals.append(Refusal(before.concepts[old].path, 1, 1, new, "two concepts would have one IRI"))
    if refusals:
        raise RefusedError(refusals)
    return {old: new for old, new in result.items() if old != new}


def _record_former_ids(stage: Stage, ids: Mapping[str, str], edits: dict[str, list[TextEdit]]) -> list[str]:
    """Add the edits that record former ids. Return the notes whose front matter can't take one."""
    unrecorded: list[str] = []
    if not stage.keep_former_ids:
        return unrecorded
    after = stage.after.corpus
    by_id = {concept.id: concept for concept in after.concepts.values()}
    for old, new in ids.items():
        path = by_id[new].path
        rows = record_edits(stage.after.text_of(path), after.notes[path], old, new, stage.before.options.site.dialects.of(path))
        if rows is None:
            unrecorded.append(path)
        else:
            edits[path] += rows
    return unrecorded


def _verify(
    stage: Stage, final: Sources, drafts: Mapping[str, TextDraft], iris: Mapping[str, str], operation: Operation
) -> list[Refusal]:
    """Compare the links and relations of the final texts with those before. Return what was unclear and is resolved now."""
    refusals: list[Refusal] = []
    notices: list[Refusal] = []
    for key, old, new in compare_links(stage, final, drafts):
        if old is None:
            if new is not None and not isinstance(operation, MergeNotes | SplitNote):
                refusals.append(Refusal(new.source, new.link.line, new.link.column, new.link.target, "it would become a link"))
            continue
        link, written = old.link, written_target(old.link)
        if new is None:
            if key[:2] not in stage.dropped:
                refusals.append(Refusal(old.source, link.line, link.column, written, "it would no longer be a link"))
            continue
        if (new.meaning, new.relation) == (stage.moves.expected(old.meaning), old.relation):
            continue
        kinds = (old.meaning.kind, new.meaning.kind)
        if new.relation != old.relation or kinds[0] == "resolved" or (kinds[1] == "broken" and kinds[0] != "broken"):
            reason = f"it would lead to {', '.join(new.meaning.paths) or 'nothing'}"
            refusals.append(Refusal(old.source, link.line, link.column, written, reason))
        elif kinds[1] != "broken":
            notices.append(Refusal(new.source, new.link.line, new.link.column, written, ", ".join(new.meaning.paths)))
    refusals += _lost_relations(stage, final, iris)
    if refusals:
        raise RefusedError(sorted(set(refusals)))
    return notices


def _lost_relations(stage: Stage, final: Sources, iris: Mapping[str, str]) -> list[Refusal]:
    """Return the relations that no note states any more."""
    stated = Counter(_Statement(a.subject, a.predicate, a.object) for a in final.corpus.assertions)
    lost = []
    concepts = stage.before.corpus.concepts
    for a in stage.before.corpus.assertions:
        if a.context == "name":
            continue  # a note with another name has another place
        triple = _Statement(iris.get(a.subject, a.subject), a.predicate, iris.get(a.object, a.object))
        if triple.subject == triple.object or (stage.removed and stated[triple]):
            continue
        stated[triple] -= 1
        if stated[triple] < 0 and not any(_moved_text(stage, path) for path in (a.path, concepts[a.object].path)):
            lost.append(Refusal(a.path, a.line, a.column, f"{a.predicate} {a.object}", "the relation would be lost"))
    return lost


def _moved_text(stage: Stage, path: str) -> bool:
    """Whether a note's text is divided or joined with another's: what it states has another subject then."""
    return (
        sum(any(piece.path == path for piece in draft.pieces) for draft in stage.drafts.values()) > 1 or path in stage.removed
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _changes_of_notes(stage: Stage, drafts: Mapping[str, TextDraft]) -> list[FileChange]:
    before = stage.before
    old_of = {new: old for old, new in stage.paths.items() if old not in stage.removed}
    changes = []
    for path in sorted({*drafts, *old_of}):
        new_file = before.file_of(path)
        old = old_of.get(path, path)
        if old not in before.notes and old not in before.attachments:
            changes.append(FileChange(path, None, "", (TextEdit(0, 0, drafts[path].data),), path, new_file, drafts[path].data))
            continue
        data = before.text_of(old)
        edits = drafts[path].edits(old) if path in drafts else []
        new_data = drafts[path].data if path in drafts else data
        if edits or old != path:
            changes.append(FileChange(old, before.file_of(old), _digest(data), tuple(edits), path, new_file, new_data))
    for path in sorted(stage.removed):
        data = before.text_of(path)
        whole = (TextEdit(0, len(data), b""),)
        changes.append(FileChange(path, before.file_of(path), _digest(data), whole, "", None, b""))
    return changes


def apply_edits(data: bytes, edits: tuple[TextEdit, ...] | list[TextEdit]) -> bytes:
    """Return a text with edits applied.

    >>> apply_edits(b"abc", [TextEdit(1, 2, b"x"), TextEdit(3, 3, b"y")])
    b'axcy'
    """
    parts, position = [], 0
    for edit in edits:
        parts += [data[position : edit.start], edit.new]
        position = edit.end
    return b"".join(parts) + data[position:]


def _changes_of_records(sources: Sources, records: Mapping[str, list[TextEdit]]) -> list[FileChange]:
    result = []
    for name, edits in records.items():
        if edits:
            data, file = sources.records[name], sources.settings.root / name
            rows = tuple(sorted(edits))
            result.append(FileChange(name, file, _digest(data), rows, name, file, apply_edits(data, rows)))
    return result


def _with_records(final: Sources, sources: Sources, records: Mapping[str, list[TextEdit]]) -> Sources:
    changed = {name: apply_edits(sources.records[name], sorted(edits)) for name, edits in records.items() if edits}
    return final.with_records({**sources.records, **changed}) if changed else final
