"""The state after an operation and before its links are rewritten, and how each of its bytes goes back to the state before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from kg.knowledge.refactor.drafts import TextDraft, TextEdit
from kg.knowledge.refactor.meaning import Meaning, Moves, meaning_of
from kg.knowledge.refactor.sources import Sources
from kg.model import Ambiguous, Foreign, Link, Resolution, ResolvedLink, Unseen
from kg.notes import parse_note
from kg.notes.source import file_offsets

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
    blocks: dict[tuple[str, str], str] = field(default_factory=dict)
    """(Old path, block id) → new block id."""
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Old path of a merged note → the keys of its front matter that the other note doesn't get."""
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
        before, dialects = self.before, self.before.options.site.dialects
        left = {old for old in self.paths if old in before.notes} | self.removed
        notes = {path: note for path, note in before.notes.items() if path not in left}
        texts = {path: draft.data for path, draft in drafts.items()}
        notes |= {path: parse_note(path, data, dialects.of(path)) for path, data in texts.items()}
        gone = {old for old in self.paths if old not in before.notes}
        attachments = {*(a for a in before.attachments if a not in gone), *(self.paths[old] for old in gone)}
        return before.with_notes(notes, texts, attachments)

    @cached_property
    def moves(self) -> Moves:
        """Where files and headings went."""
        return Moves(self.before, self.after, self.paths, self.drafts, self.blocks)

    def origin(self, path: str, offset: int) -> tuple[str, int] | None:
        """Return where a byte of a note was before the operation."""
        draft = self.drafts.get(path)
        return draft.origin(offset) if draft is not None else (path, offset)


class MeantLink(NamedTuple):
    """A link and what it means."""

    source: str
    """The note that contains it."""
    link: Link
    meaning: Meaning
    relation: str | None
    """IRI of the relation that it states."""
    is_unseen: bool = False
    """Whether it leads to a file that kg doesn't read."""


def compare_links(
    stage: Stage, after: Sources, drafts: Mapping[str, TextDraft]
) -> Iterator[tuple[Key, MeantLink | None, MeantLink | None]]:
    """Yield the links before and after, paired by where they were, except those for which nothing can have changed.

    A link that was removed has no second part, one in new text no first part and a path that begins with ``+``.
    """
    before = stage.before
    links_before, links_after = _by_source(before.corpus.links), _by_source(after.corpus.links)
    touched = {*stage.paths, *stage.paths.values(), *stage.removed, *drafts}
    touched |= {piece.path for draft in drafts.values() for piece in draft.pieces if piece.path}
    pairs: dict[Key, MeantLink] = {}
    for source in links_after.keys() - touched & links_before.keys():
        old, new = links_before[source], links_after[source]
        if len(old) == len(new):
            changed = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if _may_differ(a, b, touched)]
            links_before[source], links_after[source] = [old[i] for i in changed], [new[i] for i in changed]
    for source, rows in links_before.items():
        pairs |= _keyed(before, source, rows, touched, unchanged)

    def origin(path: str, offset: int) -> tuple[str, int] | None:
        return drafts[path].origin(offset) if path in drafts else (path, offset)

    for source, rows in links_after.items():
        for key, link in _keyed(after, source, rows, touched, origin).items():
            yield key, pairs.pop(key, None), link
    for key, link in pairs.items():
        yield key, link, None


def _by_source(links: Iterable[ResolvedLink]) -> dict[str, list[ResolvedLink]]:
    return {source: list(rows) for source, rows in groupby(links, itemgetter(0))}


def is_unread_file(resolution: Resolution) -> bool:
    """Return whether a link leads to a file that kg doesn't read: outside of the notes, or excluded."""
    return isinstance(resolution, Unseen) and resolution.reason in ("outside", "excluded")


def _may_differ(old: ResolvedLink, new: ResolvedLink, touched: Container[str]) -> bool:
    resolution = new.resolution
    if old.link is not new.link or old.resolution != resolution:
        return True
    return isinstance(resolution, Ambiguous) or (not isinstance(resolution, Foreign) and resolution.path in touched)


def _keyed(
    sources: Sources, source: str, rows: list[ResolvedLink], exact: Container[str], origin: Origin
) -> dict[Key, MeantLink]:
    """Return links of a note by where they were. Offsets in notes that are not `exact` are those of the parsed text."""
    if not rows:
        return {}
    corpus, resolver = sources.resolved
    in_file: Callable[[int], int] = file_offsets(sources.text_of(source)) if source in exact else int
    result: dict[Key, MeantLink] = {}
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for _, link, resolution in rows:
        place = origin(source, in_file(link.start)) or (f"+{source}", link.start)
        meaning = meaning_of(corpus.notes, link, resolution)
        relation = resolver.words.relation(link)
        result[*place, counts[place]] = MeantLink(source, link, meaning, relation, is_unread_file(resolution))
        counts[place] += 1
    return result


def unchanged(path: str, offset: int) -> tuple[str, int]:
    """Return the origin of a byte in the state before."""
    return path, offset
