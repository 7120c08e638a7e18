"""What changed in the notes lately, from git's history: which relations, sections and lines are new, of what is there now.

Only what notes contain today is shown: what an author took out of a note is counted, not named.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import Final

from kg.base.errors import UsageError
from kg.base.names import nfc
from kg.base.process.file_history import CommittedFile, list_arrivals, list_file_changes, read_blobs
from kg.base.process.git import Repository, find_repository
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.texts import texts_as_read
from kg.model import Assertion, Change, ChangeDetail, Link, Note, Resolved, ResolvedLink
from kg.notes import parse_note
from kg.notes.hidden import shown_bytes

_ARRIVALS: Final = 1_000
"""Maximum number of commits in which the first days of notes are looked for; older notes have none."""
_COMMITS: Final = 200
_CHANGES: Final = 100
"""Maximum numbers of commits that are looked at, and of changes that are listed."""


def noted_changes(base: KnowledgeBase) -> tuple[Change, ...]:
    """Return the latest change of each concept, newest first, those of small commits before others of their day.

    Empty without git, without history, or if git can't be read: the site is built without it.
    """
    try:
        repository = find_repository(base.settings.root)
        if repository is None:
            return ()
        names = _names_in(repository, base)
        latest: dict[str, CommittedFile] = {}
        for change in list_file_changes(repository, _COMMITS):
            name = names.get(change.path)
            if name is None or name not in base.corpus.concept_of:
                continue
            newer = latest.get(name)
            if newer is None:
                latest[name] = change
            elif newer.day == change.day:  # what was there before the first commit of the day
                latest[name] = newer._replace(before=change.before, files=min(newer.files, change.files))
        order = sorted(latest.items(), key=lambda item: (item[1].files, item[0]))
        order = sorted(order, key=lambda item: item[1].day, reverse=True)[:_CHANGES]
        before = read_blobs(repository, [change.before for _, change in order if change.before])
    except UsageError:
        return ()
    comparison = _Comparison(base, {name for name, _ in order})
    contents = iter(before)
    made: dict[str, Change] = {}
    for name, change in order:
        found = comparison.change(name, change.day, next(contents) if change.before else None)
        if found is not None:
            made.setdefault(found.id, found)
    return tuple(made.values())


def first_days(base: KnowledgeBase) -> dict[str, str]:
    """Return the day on which each concept had its first note, by id, through moves of files; as `noted_changes`."""
    try:
        repository = find_repository(base.settings.root)
        if repository is None:
            return {}
        names = _names_in(repository, base)
        folders = [_path_in(repository, folder) for folder in base.settings.notes]
        arrivals = list_arrivals(repository, folders, _ARRIVALS)
    except UsageError:
        return {}
    days: dict[str, str] = {}
    for arrival in arrivals:  # newest first, so that the first day is the last one here
        name = names.get(arrival.path)
        if name is None or name not in base.corpus.concept_of:
            continue
        if arrival.former:
            names[arrival.former] = name
        days[name] = arrival.day
    first: dict[str, str] = {}
    for name, day in days.items():
        concept = base.corpus.concepts[base.corpus.concept_of[name]].id
        first[concept] = min(day, first.get(concept, day))
    return first


def _names_in(repository: Repository, base: KnowledgeBase) -> dict[bytes, str]:
    """Path below the working tree → name of the note."""
    return {_path_in(repository, path): name for name, path in base.files.items()}


def _path_in(repository: Repository, path: str | os.PathLike[str]) -> bytes:
    return os.path.relpath(os.path.realpath(os.fsencode(path)), os.fsencode(repository.root))


class _Comparison:
    """Compares notes with their earlier content."""

    def __init__(self, base: KnowledgeBase, names: set[str]) -> None:
        corpus = base.corpus
        self._corpus = corpus
        self._dialects = base.inputs.site.dialects
        self._text_of = texts_as_read(base.files, corpus.notes)
        self._stated: dict[str, list[Assertion]] = defaultdict(list)
        for assertion in corpus.assertions:
            if assertion.path in names:
                self._stated[assertion.path].append(assertion)
        self._linked: dict[str, list[ResolvedLink]] = defaultdict(list)
        for link in corpus.links:
            if link.source in names and link.link.relation:
                self._linked[link.source].append(link)

    def change(self, name: str, day: str, before: bytes | None) -> Change | None:
        """The change of a note's concept; None if the note is again what it was."""
        concept = self._corpus.concepts[self._corpus.concept_of[name]]
        if before is None:
            return Change("new", concept.id, day)
        note = self._corpus.notes[name]
        earlier = parse_note(name, before, self._dialects.of(name))
        if earlier.digest == note.digest:
            return None
        then = Counter(_lines(shown_bytes(before, earlier.hidden).decode("utf-8", "replace")))
        now = Counter(_lines(self._text_of(name)))
        definition = [ChangeDetail("definition")] if note.definition and note.definition != earlier.definition else []
        lines = ChangeDetail("lines", (), (now - then).total(), (then - now).total())
        details = (*self._relations(note, earlier), *_sections(note, earlier), *definition, lines)
        return Change("changed", concept.id, day, details)

    def _relations(self, note: Note, earlier: Note) -> list[ChangeDetail]:
        """The relations that the note did not state, as pairs of predicate and object, and how many it no longer states."""
        then = {_written(link) for link in earlier.links if link.relation}
        targets: set[tuple[int, str]] = set()
        for link in self._linked[note.path]:
            if _written(link.link) not in then and isinstance(link.resolution, Resolved):
                targets.add((link.link.line, self._corpus.concept_of.get(link.resolution.path, "")))
        stated = self._stated[note.path]
        added = sorted({(a.predicate, a.object) for a in stated if (a.line, a.object) in targets})
        gone = len(then - {_written(link) for link in note.links if link.relation})
        names = tuple(part for pair in added for part in pair)
        return [ChangeDetail("relations", names, len(added), gone)] if added or gone else []


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _sections(note: Note, earlier: Note) -> list[ChangeDetail]:
    now, then = [h.text for h in note.headings[1:]], [h.text for h in earlier.headings[1:]]
    added = tuple(dict.fromkeys(text for text in now if text not in then))
    gone = len({text for text in then if text not in now})
    return [ChangeDetail("sections", added, len(added), gone)] if added or gone else []


def _written(link: Link) -> tuple[str, str]:
    return nfc(link.relation or "").lower(), nfc(link.target)
