"""Accepts and rejects suggestions: writes a link or a relation into a note, or a row into the snapshot. git can undo both."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.base.errors import ChangedError, UsageError
from kg.base.notefile import replace_note
from kg.base.settings import Settings
from kg.evidence import snapshot
from kg.knowledge.suggesting import notes_of, rank_concepts, suggestions_of
from kg.knowledge.texts import texts_in_memory
from kg.model import Concept, Corpus, Note, Reason, Suggestion

if TYPE_CHECKING:
    from kg.suggest.evaluate import Notes

_ALL: Final = 1_000_000


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
    keys = _keys(settings)
    rows = [rejection_row(corpus.concepts, s, keys.get(s.relation, "")) for s in suggestions]
    return suggestions, snapshot.record_rejections(settings.ontology, rows)


def rejection_row(concepts: Mapping[str, Concept], suggestion: Suggestion, key: str) -> dict[str, str]:
    """Return the row that records a rejection; a suggestion without a relation is rejected as a pair."""
    data = {
        "id": suggestion.id,
        "source": concepts[suggestion.source].id,
        "target": concepts[suggestion.target].id,
    }
    return data | ({"relation": key} if suggestion.relation else {})


def accept_suggestions(settings: Settings, ids: Sequence[str]) -> Iterator[AcceptedSuggestion]:
    """Write suggestions into their notes one by one; each note is replaced atomically.

    Raises UsageError if one can't be written or an id is unknown, and ChangedError if a note has changed since it was read.
    """
    editor = NoteEditor(settings)
    suggestions = _found(settings, editor.notes, editor.corpus, ids)
    for suggestion in editor.in_order(suggestions):
        yield editor.accept(suggestion)


class BulkResult(NamedTuple):
    """The result of accepting many suggestions."""

    accepted: tuple[AcceptedSuggestion, ...]
    refused: tuple[tuple[Suggestion, str], ...]
    """Suggestions that can't be written, each with the reason."""
    changes: Mapping[str, tuple[bytes, bytes]]
    """Path → the bytes of a note before and after."""


def plan_acceptance(settings: Settings, ids: Sequence[str]) -> BulkResult:
    """Return what `accept_suggestions` would change. Writes nothing; raises its errors."""
    editor = NoteEditor(settings, dry=True)
    suggestions = _found(settings, editor.notes, editor.corpus, ids)
    accepted = tuple(map(editor.accept, editor.in_order(suggestions)))
    return BulkResult(accepted, (), editor.changes())


def accept_strong_suggestions(settings: Settings, rows: Iterable[Suggestion], *, dry: bool) -> BulkResult:
    """Write suggestions into their notes, one for each pair of concepts, strongest first; with `dry`, only compute the changes.

    What can't be written is skipped.
    """
    editor = NoteEditor(settings, dry=dry)
    best: dict[frozenset[str], Suggestion] = {}
    for row in sorted(rows, key=lambda s: (-s.score, s.id)):
        best.setdefault(frozenset((row.source, row.target)), row)
    accepted, refused = [], []
    for row in editor.in_order(tuple(best.values())):
        try:
            accepted.append(editor.accept(row))
        except UsageError as error:
            refused.append((row, str(error)))
    return BulkResult(tuple(accepted), tuple(refused), editor.changes())


class NoteEditor:
    """Writes suggestions into notes, one after the other.

    After each edit the new bytes are parsed. They must contain the relation, and the rest of the front matter must be equal;
    otherwise the next form is tried.
    """

    def __init__(self, settings: Settings, *, dry: bool = False) -> None:
        """`dry`: nothing is written; `data` and `before` show what would be."""
        self.settings, self._dry = settings, dry
        self._keys = _keys(settings)
        self.read_again()

    def read_again(self) -> None:
        """Read all notes."""
        self.notes = notes_of(self.settings, self.settings.cache)
        self.corpus = self.notes.resolve(self.notes.notes)
        self._raw = dict(self.notes.raw)

    def place(self, path: str) -> Path:
        """Return the file of a note."""
        return Path(self.notes.places[path])

    def data(self, path: str) -> bytes:
        """Return the bytes of a note after the edits so far."""
        return self._raw[path]

    def before(self, path: str) -> bytes:
        """Return the bytes of a note as they were read."""
        return self.notes.raw[path]

    def text(self, path: str) -> str:
        """Return the text of a note after the edits so far, without a byte order mark."""
        return self._raw[path].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace") if path in self._raw else ""

    def changes(self) -> dict[str, tuple[bytes, bytes]]:
        """Return the edited notes: path → bytes as they were read, and after the edits so far."""
        before = self.notes.raw
        return {path: (before[path], data) for path, data in sorted(self._raw.items()) if data is not before[path]}

    def in_order(self, suggestions: Sequence[Suggestion]) -> Iterator[Suggestion]:
        """Yield suggestions note by note, so that an edit leaves the positions of the next ones valid."""
        # start time: only this step needs it
        from kg.suggest import accept, text

        by_note: dict[str, list[Suggestion]] = defaultdict(list)
        for suggestion in suggestions:
            by_note[suggestion.path].append(suggestion)
        for path, wanted in by_note.items():
            data = self._checked(path)
            # From the end of the note to its start, so that other positions stay valid. Front matter comes last.
            shown = text.read_running_text(self.notes.notes[path], data.decode("utf-8", "replace"))
            linked = {s.id: any(True for _ in accept.propose_links(s, self.corpus, shown)) for s in wanted}
            yield from sorted(wanted, key=lambda s: (linked[s.id], _place(s)), reverse=True)

    def accept(self, suggestion: Suggestion) -> AcceptedSuggestion:
        """Write one suggestion into its note. Raises UsageError if that isn't possible, ChangedError."""
        path = suggestion.path
        self._checked(path)
        relocated = self._relocated(suggestion)
        data, line, shown = _written(relocated, self.notes, self.corpus, self._raw, self._keys)
        if not self._dry:
            replace_note(self.place(path), _digest(self._raw[path]), data, inside=self.settings.writable)
        self._raw[path] = data
        return AcceptedSuggestion(suggestion, path, line, shown)

    def _checked(self, path: str) -> bytes:
        """The bytes of a note. Raises UsageError if it isn't one, ChangedError if it changed while it was read."""
        if path not in self._raw:
            raise UsageError(f"{path} is not a note", hint="what comes from a thesaurus can't be changed here")
        if _digest(self.notes.raw[path]) != self.notes.notes[path].digest:
            raise ChangedError(path)  # changed between two reads of this run
        return self._raw[path]

    def _relocated(self, suggestion: Suggestion) -> Suggestion:
        """The suggestion with the line of its mention after the edits so far, if that line is unchanged."""
        path = suggestion.path
        if self._raw[path] is self.notes.raw[path]:
            return suggestion
        old = self.notes.raw[path].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
        new = self.text(path).split("\n")

        def moved(reason: Reason) -> Reason:
            if reason.path != path or not 0 < reason.line <= len(old):
                return reason
            places = [i + 1 for i, line in enumerate(new) if line == old[reason.line - 1]]
            return reason._replace(line=min(places, key=lambda at: abs(at - reason.line), default=reason.line))

        return replace(suggestion, why=tuple(map(moved, suggestion.why)))


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
    from kg.suggest import LANES
    from kg.suggest.hierarchy import propose_broader
    from kg.suggest.types import propose_types

    left, base = dict.fromkeys(ids), open_base(settings)
    relations = load_vocabulary(settings.ontology).relations
    texts = texts_in_memory(notes.raw)
    proposals = (row for propose in (propose_broader, propose_types) for row in propose(corpus, texts, relations, (), 0.0))
    by_id = {row.id: row for row in proposals if row.id in left}
    for limit in (None, _ALL):
        missing = {name for name in left if name not in by_id}
        if not missing:
            break
        suggested = suggestions_of(base) if limit is None else rank_concepts(base, corpus, texts, limit, LANES)
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
