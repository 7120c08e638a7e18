"""The review queue: suggestions one by one, each decided by an author and written at once, so a queue can be resumed.

An accepted suggestion is written into its note and is then no longer suggested; a rejected one is recorded in
``ontology/snapshot/rejected.jsonl``. What was skipped comes again at the next review. Nothing else is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from kg.base import files
from kg.base.errors import KgError, UsageError
from kg.base.notefile import replace_note
from kg.evidence import snapshot
from kg.knowledge.accepting import AcceptedSuggestion, NoteEditor, rejection_row
from kg.knowledge.improving import candidate_suggestions, relation_key, sort_by_gain
from kg.model import Concept, Suggestion

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase

Order = Literal["score", "concept", "gain"]
ORDERS: Final[tuple[Order, ...]] = ("score", "concept", "gain")


_LINES: Final = ("mention", "rare", "cue", "link", "definition", "listed", "first-link")
"""Reasons whose line a reader wants to see."""
_OPENING: Final = 200
"""Maximum number of characters of a definition that is shown."""


class Undoable(NamedTuple):
    """What undoes the last decision."""

    path: Path
    before: bytes | None
    """The bytes of the file before the decision; None if it didn't exist."""
    after: str
    """SHA-256 of its bytes after the decision."""
    suggestion: Suggestion
    accepted: bool


class ReviewChoice(NamedTuple):
    """What an author decided about a suggestion."""

    accept: bool
    key: str = ""
    """Key of the relation to write; empty: the suggested one."""
    turned: bool = False
    """Whether the other note states it."""


class ReviewQueue:
    """Suggestions to decide, and the decisions made so far."""

    def __init__(self, base: KnowledgeBase, order: Order, source: str | None = None, lanes: Sequence[str] = ()) -> None:
        """`source`: only suggestions of this concept (IRI). `lanes`: only of these lanes."""
        # start time: only this command needs it
        from kg.knowledge.running import without_collector

        self.base, self.settings = base, base.settings
        self.concepts = base.corpus.concepts
        self.relations = {relation.key: iri for iri, relation in base.relations.items()}
        self._inverse = {iri: relation.inverse for iri, relation in base.relations.items()}
        self._symmetric = {iri for iri, relation in base.relations.items() if relation.symmetric}
        with without_collector():
            self._editor = NoteEditor(self.settings)
            rows = [
                row
                for row in _once(candidate_suggestions(base))
                if source in (None, row.source) and (not lanes or row.lane in lanes)
            ]
            self._left = _ordered(base, rows, order)
        self._done: list[Undoable] = []

    def __len__(self) -> int:
        """Return the number of suggestions that are left."""
        return len(self._left)

    def current(self) -> Suggestion | None:
        """Return the suggestion to decide; None if none is left."""
        return self._left[0] if self._left else None

    def key(self, suggestion: Suggestion) -> str:
        """Return the key of the relation that would be written."""
        return relation_key(self.base, suggestion)

    def context(self, suggestion: Suggestion) -> tuple[str, str, int]:
        """Return the line that a suggestion is about, and its path and number; empty if there is none."""
        reason = next((r for r in suggestion.why if r.line and r.kind in _LINES), None)
        if reason is None:
            return "", suggestion.path, 1
        lines = self._editor.text(reason.path).splitlines()
        line = lines[reason.line - 1] if reason.line <= len(lines) else ""
        return line.strip(), reason.path, reason.line

    def place(self, path: str) -> Path:
        """Return the file of a note."""
        return self._editor.place(path)

    def rows(self, source: str | None = None) -> list[Suggestion]:
        """Return the suggestions that are left, in order; with `source` (IRI), those of this concept and those to it."""
        return [row for row in self._left if source in (None, row.source, row.target)]

    def decide(self, name: str, choice: ReviewChoice) -> AcceptedSuggestion | None:
        """Decide the suggestion with an id; return what was written, None if it was rejected.

        Raises UsageError if it is not in the queue or can't be written, ChangedError if the note changed; it then stays.
        """
        index = next((i for i, row in enumerate(self._left) if row.id == name), None)
        if index is None:
            raise UsageError(f"there is no suggestion '{name}'", hint="it was decided already, or the notes have changed")
        row = self._left.pop(index)
        self._left.insert(0, row)
        if not choice.accept:
            self.reject()
            return None
        try:
            if choice.turned:
                self.turn()
            if choice.key not in ("", self.key(self._left[0])):
                self.with_type(choice.key)
            return self.accept()
        except KgError:
            self._left[0] = row
            raise

    def reopened(self, base: KnowledgeBase, order: Order) -> ReviewQueue:
        """Return a queue for the notes as they are now, which can undo the decisions of this one."""
        queue = ReviewQueue(base, order)
        queue._done = self._done
        return queue

    @property
    def keys(self) -> list[str]:
        """The keys of all relations, core relations first."""
        return sorted(self.relations, key=lambda key: (not self.base.relations[self.relations[key]].core, key))

    @property
    def last(self) -> Undoable | None:
        """The last decision that can be undone."""
        return self._done[-1] if self._done else None

    def definition(self, concept: Concept, lang: str) -> str:
        """Return the definition of a concept, or the first paragraph of its note, shortened."""
        text = concept.definition(lang) or self._opening(concept)
        return text if len(text) <= _OPENING else f"{text[:_OPENING]}…"

    def _opening(self, concept: Concept) -> str:
        lines = self._editor.text(concept.path).split("\n")
        closing = (
            next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), -1) if lines[0].rstrip() == "---" else -1
        )
        return next((line.strip() for line in lines[closing + 1 :] if line.strip() and line.lstrip()[0] not in "#!|<>{"), "")

    def skip(self) -> None:
        """Put the suggestion at the end of the queue."""
        self._left.append(self._left.pop(0))

    def with_type(self, key: str) -> Suggestion:
        """Give the suggestion another relation and return it. Raises UsageError if there is no such relation."""
        iri = self.relations.get(key)
        if iri is None:
            near = ", ".join(k for k in self.relations if key and key in k) or ", ".join(sorted(self.relations))
            raise UsageError(f"there is no relation '{key}'", hint=f"one of: {near}")
        self._left[0] = replace(self._left[0], relation=iri)
        return self._left[0]

    def turn(self) -> Suggestion:
        """Turn the direction of the suggestion and return it: the other note states it then."""
        row = self._left[0]
        self._left[0] = replace(row, source=row.target, target=row.source, path=row.target_path, target_path=row.path)
        return self._left[0]

    def accept(self) -> AcceptedSuggestion:
        """Write the suggestion into its note. Raises UsageError if that isn't possible, ChangedError if the note changed."""
        row = self._left[0]
        place = self._editor.place(row.path)
        before = self._editor.data(row.path)
        done = self._editor.accept(row)
        self._done.append(Undoable(place, before, _digest(self._editor.data(row.path)), row, accepted=True))
        pair = frozenset((row.source, row.target))
        self._left = [other for other in self._left if frozenset((other.source, other.target)) != pair]
        return done

    def reject(self) -> Path:
        """Record the suggestion as rejected and return the file."""
        row = self._left.pop(0)
        path = self.settings.ontology / snapshot.FOLDER / snapshot.REJECTED
        before = files.read(path) if path.is_file() else None
        written = snapshot.record_rejections(self.settings.ontology, [rejection_row(self.concepts, row, self.key(row))])
        self._done.append(Undoable(written, before, _digest(files.read(written)), row, accepted=False))
        return written

    def undo(self) -> bool | None:
        """Undo the last decision; return whether it had accepted, None if there is none. Raises ChangedError."""
        if not self._done:
            return None
        last = self._done.pop()
        replace_note(last.path, last.after, last.before or b"", inside=self.settings.writable)
        self._editor.read_again()
        self._left.insert(0, last.suggestion)
        return last.accepted

    def read_again(self) -> None:
        """Read the notes again after they were edited elsewhere."""
        self._editor.read_again()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _once(rows: Iterator[Suggestion]) -> list[Suggestion]:
    """One suggestion for each pair of concepts in either direction: the strongest one."""
    best: dict[frozenset[str], Suggestion] = {}
    for row in rows:
        pair = frozenset((row.source, row.target))
        if pair not in best or row.score > best[pair].score:
            best[pair] = row
    return list(best.values())


def _ordered(base: KnowledgeBase, rows: list[Suggestion], order: Order) -> list[Suggestion]:
    if order == "gain":
        return sort_by_gain(base, rows)
    if order == "concept":
        return sorted(rows, key=lambda row: (row.path, -row.score, row.id))
    return sorted(rows, key=lambda row: (-row.score, row.id))
