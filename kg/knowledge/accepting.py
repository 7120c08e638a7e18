"""Accepts and rejects suggestions: writes a link or a relation into a note, or a row into the snapshot. git can undo both."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.base.errors import ChangedError, UsageError
from kg.base.notefile import replace_note
from kg.base.settings import Settings
from kg.evidence import snapshot
from kg.knowledge.suggesting import notes_of, rank_concepts, suggestions_of
from kg.knowledge.texts import texts_in_memory
from kg.model import Corpus, Note, Suggestion

if TYPE_CHECKING:
    from kg.suggest.evaluate import Notes

_ALL: Final = 1_000_000


class PlannedNote(NamedTuple):
    """A note before and after suggestions are accepted."""

    path: str
    before: bytes
    after: bytes


class AcceptedSuggestion(NamedTuple):
    """The result of accepting a suggestion."""

    suggestion: Suggestion
    path: str
    line: int
    text: str
    """The link, or the line of the front matter."""


def reject_suggestions(settings: Settings, ids: Sequence[str]) -> tuple[tuple[Suggestion, ...], Path]:
    """Record suggestions as rejected, so that they aren't made again. Raises UsageError for an unknown id."""
    notes = notes_of(settings, settings.cache)
    corpus = notes.resolve(notes.notes)
    suggestions = _found(settings, notes, corpus, ids)
    concepts, keys = corpus.concepts, _keys(settings)
    rows = [
        {"id": s.id, "source": concepts[s.source].id, "target": concepts[s.target].id}
        | ({"relation": keys[s.relation]} if s.relation else {})
        for s in suggestions
    ]
    return suggestions, snapshot.record_rejections(settings.ontology, rows)


def plan_acceptance(settings: Settings, ids: Sequence[str]) -> tuple[PlannedNote, ...]:
    """Return the notes that `accept_suggestions` would change. Writes nothing; raises its errors."""
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}

    def keep(path: str, old: bytes, new: bytes) -> None:
        before.setdefault(path, old)
        after[path] = new

    for _ in _accepted(settings, ids, keep):
        pass
    return tuple(PlannedNote(path, before[path], after[path]) for path in sorted(after))


def accept_suggestions(settings: Settings, ids: Sequence[str]) -> Iterator[AcceptedSuggestion]:
    """Write suggestions into their notes one by one; each note is replaced atomically.

    After each edit the new bytes are parsed. They must contain the relation, and the rest of the front matter must be equal;
    otherwise the next form is tried. Raises UsageError if no form works or an id is unknown, and ChangedError if a note has
    changed since it was read.
    """
    return _accepted(settings, ids, None)


def _accepted(
    settings: Settings, ids: Sequence[str], keep: Callable[[str, bytes, bytes], None] | None
) -> Iterator[AcceptedSuggestion]:
    """Yield suggestions with what their notes become; the notes are written, or given to `keep`: path, old and new bytes."""
    # start time: only this step needs it
    from kg.suggest import accept, text

    notes = notes_of(settings, settings.cache)
    corpus = notes.resolve(notes.notes)
    files = notes.places
    suggestions = _found(settings, notes, corpus, ids)
    keys = _keys(settings)
    by_note: dict[str, list[Suggestion]] = defaultdict(list)
    for suggestion in suggestions:
        by_note[suggestion.path].append(suggestion)
    raw = dict(notes.raw)
    for path, wanted in by_note.items():
        if path not in raw:
            raise UsageError(f"{path} is no note", hint="what comes from a thesaurus can't be changed here")
        if _digest(raw[path]) != notes.notes[path].digest:
            raise ChangedError(path)  # changed between two reads of this run
        # From the end of the note to its start, so that other positions stay valid. Front matter comes last.
        shown = text.read_running_text(notes.notes[path], raw[path].decode("utf-8", "replace"))
        wanted.sort(key=lambda s: (any(True for _ in accept.propose_links(s, corpus, shown)), _place(s)), reverse=True)
        for suggestion in wanted:
            data, line, shown_line = _written(suggestion, notes, corpus, raw, keys)
            if keep is None:
                replace_note(Path(files[path]), _digest(raw[path]), data, inside=settings.writable)
            else:
                keep(path, raw[path], data)
            raw[path] = data
            yield AcceptedSuggestion(suggestion, path, line, shown_line)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _place(suggestion: Suggestion) -> tuple[int, int]:
    mention = next((r for r in suggestion.why if r.kind == "mention"), None)
    return (mention.line, mention.column) if mention else (0, 0)


def _keys(settings: Settings) -> dict[str, str]:
    # start time: only this step needs it
    from kg.graph import load_vocabulary

    return {iri: r.key for iri, r in load_vocabulary(settings.ontology).relations.items()}


def _found(settings: Settings, notes: Notes, corpus: Corpus, ids: Sequence[str]) -> tuple[Suggestion, ...]:
    """The suggestions with these ids, of any strength."""
    # start time: only this step needs it
    from kg.graph import load_vocabulary
    from kg.knowledge.base import open_base
    from kg.suggest.types import propose_types

    left = dict.fromkeys(ids)
    relations = load_vocabulary(settings.ontology).relations
    texts = texts_in_memory(notes.raw)
    by_id = {row.id: row for row in propose_types(corpus, texts, relations) if row.id in left}
    for limit in (None, _ALL):
        missing = {name for name in left if name not in by_id}
        if not missing:
            break
        suggested = suggestions_of(open_base(settings)) if limit is None else rank_concepts(settings, corpus, texts, limit)
        for row in suggested.rows(None):
            if row.id in missing and row.source in corpus.concepts and row.target in corpus.concepts:
                by_id[row.id] = row
                missing.discard(row.id)
                if not missing:
                    break
    for name in left:
        if name not in by_id:
            raise UsageError(f"there is no suggestion '{name}'", hint="'kg suggest' lists them with their ids")
    return tuple(by_id[name] for name in left)


def _written(
    suggestion: Suggestion, notes: Notes, corpus: Corpus, raw: Mapping[str, bytes], keys: Mapping[str, str]
) -> tuple[bytes, int, str]:
    """The note with the suggestion, the changed line and its new text."""
    # start time: only this step needs it
    from kg.suggest.accept import RELATED

    path = suggestion.path
    before = notes.parse(path, raw[path])
    for data in _ways(suggestion, before, corpus, raw[path], keys):
        after = notes.parse(path, data)
        if not _same_values(before, after, keys.get(suggestion.relation, RELATED)) or len(after.faults) > len(before.faults):
            continue
        current = dict(notes.notes)
        current.update((p, notes.parse(p, raw[p])) for p in current if raw[p] is not notes.raw[p])
        current[path] = after
        resolved = notes.resolve(current)
        wanted = suggestion.relation or None
        for a in resolved.assertions:
            if (a.subject, a.object) == (suggestion.source, suggestion.target) and wanted in (None, a.predicate):
                line = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines()[a.line - 1]
                return data, a.line, line.strip()
    raise UsageError(
        f"{path}: no link to {corpus.concepts[suggestion.target].id} can be written there",
        hint="write it by hand: does a name or an alias of several notes stand in the way, or JSON front matter?",
    )


def _ways(suggestion: Suggestion, note: Note, corpus: Corpus, data: bytes, keys: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the bytes of the note for each possible form of the suggestion."""
    # start time: only this step needs it
    from kg.suggest import accept, text

    if not suggestion.relation:
        shown = text.read_running_text(note, data.decode("utf-8", "replace"))
        for start, end, new in accept.propose_links(suggestion, corpus, shown):
            mark = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
            body = data[len(mark) :]
            first = len(shown.raw[:start].encode("utf-8", "surrogatepass"))
            last = len(shown.raw[:end].encode("utf-8", "surrogatepass"))
            if body[first:last].decode("utf-8", "replace") == shown.raw[start:end]:
                yield mark + body[:first] + new.encode() + body[last:]
    for value in accept.propose_values(suggestion, corpus):
        made = accept.with_relation(data, note, keys.get(suggestion.relation, accept.RELATED), value)
        if made is not None:
            yield made


def _same_values(before: Note, after: Note, key: str) -> bool:
    """Whether the front matter is equal, ignoring one key."""

    def rest(note: Note) -> dict[str, object]:
        return {k: v for k, v in note.metadata.items() if k != key}

    return rest(before) == rest(after)
