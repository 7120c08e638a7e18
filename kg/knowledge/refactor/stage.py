"""The state after an operation and before its links are rewritten, and how each of its bytes goes back to the state before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kg.knowledge.refactor.drafts import TextDraft, TextEdit
from kg.knowledge.refactor.meaning import Meaning, Moves, meaning_of
from kg.knowledge.refactor.sources import Sources
from kg.model import Link
from kg.notes import parse_note
from kg.notes.places import file_offsets

Origin = Callable[[str, int], tuple[str, int] | None]
"""(Note, offset in its file) → note and offset before the operation; None for new text."""
Key = tuple[str, int, int]
"""A link: path of its note, offset of its first byte in the file, number among the links that begin there."""


@dataclass
class Stage:
    """Notes with new paths and texts, whose links may still name the old ones."""

    before: Sources
    paths: dict[str, str] = field(default_factory=dict)
    """Old path → new path of files that move; of a merged note, the note that takes it."""
    drafts: dict[str, TextDraft] = field(default_factory=dict)
    """New path → new text."""
    removed: set[str] = field(default_factory=set)
    """Old paths that are left by a merged note."""
    dropped: set[tuple[str, int]] = field(default_factory=set)
    """(Old path, offset) of links that the operation removes."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """(New path, folded old name) → new name, of titles, aliases and ids."""
    keep_former_ids: bool = True

    def draft(self, path: str, old: str = "") -> TextDraft:
        """Return the text of a note by its new path; by default its text before."""
        if path not in self.drafts:
            self.drafts[path] = TextDraft.whole(old or path, self.before.text_of)
        return self.drafts[path]

    def edit(self, path: str, edits: list[TextEdit]) -> None:
        """Change the text of a note; offsets are those of its present draft."""
        self.drafts[path] = self.draft(path).replaced(edits)

    @cached_property
    def after(self) -> Sources:
        """The state with the drafts as they are when this is first asked for."""
        return self.state_with(self.drafts)

    def state_with(self, drafts: Mapping[str, TextDraft]) -> Sources:
        """Return the state with certain texts."""
        before, dialect = self.before, self.before.options.site.dialect
        left = {old for old in self.paths if old in before.notes} | self.removed
        notes = {path: note for path, note in before.notes.items() if path not in left}
        texts = {path: draft.data for path, draft in drafts.items()}
        notes |= {path: parse_note(path, data, dialect) for path, data in texts.items()}
        gone = {old for old in self.paths if old not in before.notes}
        attachments = {*(a for a in before.attachments if a not in gone), *(self.paths[old] for old in gone)}
        return before.with_notes(notes, texts, attachments)

    @cached_property
    def moves(self) -> Moves:
        """Where files and headings went."""
        return Moves(self.before, self.after, self.paths, self.drafts)

    def origin(self, path: str, offset: int) -> tuple[str, int] | None:
        """Return where a byte of a note was before the operation."""
        draft = self.drafts.get(path)
        return draft.origin(offset) if draft is not None else (path, offset)


Meant = dict[Key, tuple[str, Link, Meaning, str | None]]
"""Links by where they were before: the note that has it now, the link, its meaning, the IRI of the relation that it states."""


def links_by_key(sources: Sources, exact: Container[str], origin: Origin) -> Meant:
    """Return the links of a state by where they were before. Those of new text have a path that begins with ``+``.

    `exact` are the notes whose offsets are compared with bytes of files: of all others, offsets are those of the parsed text,
    which saves reading their files.
    """
    corpus, resolver = sources.resolved
    result: Meant = {}
    counts: dict[tuple[str, int], int] = defaultdict(int)
    in_file: Callable[[int], int] = int
    current = ""
    for source, link, resolution in corpus.links:
        if source != current:
            current, in_file = source, file_offsets(sources.text_of(source)) if source in exact else int
        place = origin(source, in_file(link.start)) or (f"+{source}", link.start)
        meaning = meaning_of(corpus.notes, link, resolution)
        result[*place, counts[place]] = (source, link, meaning, resolver.words.relation(link))
        counts[place] += 1
    return result


def unchanged(path: str, offset: int) -> tuple[str, int]:
    """Return the origin of a byte in the state before."""
    return path, offset
