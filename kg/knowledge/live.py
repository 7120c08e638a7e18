"""`LiveNotes`: the notes of a knowledge base with the texts that editors haven't saved yet, and the findings about them.

A keystroke costs one parse of its own note and the rules that look at single notes; other notes are read once. Nothing is
written. What needs all notes (the graph, measures) is asked of `KnowledgeBase` after a save.
"""

from __future__ import annotations

import os
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.names import nfc
from kg.checks import RULES, CheckPlan, Context, RuleScope
from kg.corpus import Resolver, split_foreign
from kg.corpus.citations import cite_sources
from kg.corpus.concepts import build_concept
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.nearby import Lazy, Nearby
from kg.knowledge.running import without_collector
from kg.model import Assertion, Concept, Corpus, Fault, Finding, ForeignConcept, Note, Resolved, ResolvedLink
from kg.notes import parse_note
from kg.notes.frontmatter import texts_under

LIVE: Final = frozenset({RuleScope.NOTE, RuleScope.LINKS, RuleScope.CONCEPT, RuleScope.SUPPRESSIONS})
"""Scopes of the rules that a text is checked by while it is typed: they examine one note, its links and its concept."""
_SCOPES: Final = {rule.code: rule.scope for rule in RULES}


def scope_of(finding: Finding) -> RuleScope:
    """The scope of the built-in rule that reported a finding."""
    return _SCOPES[finding.code]


class NoteStatements(NamedTuple):
    """What one note states."""

    links: tuple[ResolvedLink, ...]
    assertions: tuple[Assertion, ...]
    faults: tuple[tuple[str, Fault], ...]


_NOTHING: Final = NoteStatements((), (), ())


class LiveNotes:
    """The notes of a knowledge base at one moment, to which `change` applies the texts in editors. For one thread."""

    def __init__(self, base: KnowledgeBase) -> None:
        """Read all notes. Raises UsageError if there are none, or if the settings or the vocabulary are faulty."""
        read = base.notes_read
        self.settings = base.settings
        self.base = base
        self.vocabulary = read.vocabulary
        own = read.own
        self.notes: dict[str, Note] = dict(own.notes)
        """By path, with unsaved texts."""
        self.saved: Mapping[str, Note] = own.notes
        self.concepts: dict[str, Concept] = dict(read.corpus.concepts)
        """By IRI, those of thesauri included."""
        self.concept_of: Mapping[str, str] = own.concept_of
        self.files: dict[str, str] = dict(base.files)
        """Path of a note → its location on disk."""
        self.attachments = own.attachments
        self.unsaved: dict[str, bytes] = {}
        """Path of a note → the text in an editor."""
        self.names_version = 0
        """Grows with each change of what notes or concepts are called."""
        self.dialects = base.inputs.site.dialects
        self._references = base.inputs.bibliography.references
        self.foreign = base.inputs.foreign
        """The other knowledge bases that notes can link to."""
        index = read.resolver.index.copied(self.notes)
        self.resolver = Resolver(index, read.resolver.words, self.concept_of, read.resolver.pairs)
        self._statements: dict[str, NoteStatements] = {}
        self._diagrams: dict[str, list[Assertion]] = defaultdict(list)
        """IRI of a concept → what diagrams state about it, as subject or object."""
        for assertion in own.assertions:
            if assertion.context == "diagram":
                for iri in {assertion.subject, assertion.object}:
                    self._diagrams[iri].append(assertion)
        self._links_to: dict[str, dict[str, list[ResolvedLink]]] = defaultdict(dict)
        """Path of a note or file → path of each note that links to it → the links."""
        self._assertions_to: dict[str, dict[str, list[Assertion]]] = defaultdict(dict)
        """IRI of a concept → path of each note that states something about it as object → the statements."""
        with without_collector():
            self._group(own)
        self._folders = [(os.path.realpath(folder), _prefix(folder, self.settings.notes)) for folder in self.settings.notes]

    def _group(self, corpus: Corpus) -> None:
        links: dict[str, list[ResolvedLink]] = defaultdict(list)
        assertions: dict[str, list[Assertion]] = defaultdict(list)
        for resolved in corpus.links:
            links[resolved.source].append(resolved)
        for assertion in corpus.assertions:
            if assertion.context != "diagram":
                assertions[assertion.path].append(assertion)
        faults: dict[str, list[tuple[str, Fault]]] = defaultdict(list)
        for path, fault in corpus.faults:
            if fault.name == "self-link":  # the others compare notes with each other
                faults[path].append((path, fault))
        for path in corpus.notes:
            self._state(path, links.get(path, ()), assertions.get(path, ()), faults.get(path, ()))

    def _state(
        self, path: str, links: Sequence[ResolvedLink], assertions: Sequence[Assertion], faults: Sequence[tuple[str, Fault]]
    ) -> None:
        """Take what a note states, after `_unlink` if it stated something else."""
        self._statements[path] = NoteStatements(tuple(links), tuple(assertions), tuple(faults))
        for resolved in links:
            if (target := target_of(resolved)) is not None:
                self._links_to[target].setdefault(path, []).append(resolved)
        for assertion in assertions:
            self._assertions_to[assertion.object].setdefault(path, []).append(assertion)

    @cached_property
    def foreign_concepts(self) -> Mapping[str, ForeignConcept]:
        """IRI → a concept of another knowledge base; of two with one IRI, the one of the first knowledge base by name."""
        bases = [self.foreign.bases[name] for name in sorted(self.foreign.bases, reverse=True)]
        return {concept.iri: concept for base in bases for concept in base.concepts.values()}

    # Names of files

    def path_of(self, location: str) -> str | None:
        """Return the path of a note, given its location; also of one that doesn't exist yet. None if it is elsewhere."""
        return self.file_at(location) if location.lower().endswith((".md", ".markdown")) else None

    def file_at(self, location: str) -> str | None:
        """Return the path of any file or folder below the notes folders, be it there or not; None if it is elsewhere."""
        real = os.path.realpath(location)
        if (path := self._by_location.get(real)) is not None:
            return path
        for folder, prefix in self._folders:
            if real.startswith(folder.rstrip(os.sep) + os.sep):
                return prefix + nfc(Path(real).relative_to(folder).as_posix())
        return None

    def location_of(self, path: str) -> str:
        """Return the location on disk of a note or another file below the notes folders, be it there or not."""
        if path in self.files:
            return self.files[path]
        for folder, prefix in self._folders:
            if not prefix or path.startswith(prefix):
                return os.path.normpath(Path(folder, path[len(prefix) :]))
        return str(self.settings.root / path)

    @cached_property
    def _by_location(self) -> dict[str, str]:
        return {os.path.realpath(location): path for path, location in self.files.items()}

    # Texts

    def data_of(self, path: str) -> bytes:
        """Return the text of a note: the one in an editor, otherwise its file. Raises OSError."""
        data = self.unsaved.get(path)
        return data if data is not None else files.read(self.location_of(path), cut=True)

    def change(self, path: str, data: bytes) -> None:
        """Take the text of a note from an editor."""
        self.unsaved[path] = data
        self._replace(path, parse_note(path, data, self.dialects.of(path)))

    def discard(self, path: str) -> None:
        """Take the text of a note from its file again. A note without a file is forgotten."""
        self.unsaved.pop(path, None)
        self.reread(path)

    def reread(self, path: str) -> None:
        """Read a file again that was changed on disk, unless an editor has its text."""
        if path in self.unsaved:
            return
        try:
            note = parse_note(path, files.read(self.location_of(path), cut=True), self.dialects.of(path))
        except OSError:
            self._forget(path)
            return
        self._replace(path, note)

    def _forget(self, path: str) -> None:
        self._unlink(path)
        note = self.notes.pop(path, None)
        if note is not None and path in self.saved:
            self.resolver.index.rename_note(path, note, _nameless(note))
            self.names_version += 1

    def _replace(self, path: str, note: Note) -> None:
        before = self.notes.get(path)
        if before is not None and before.digest == note.digest and path in self._statements:
            return
        self._unlink(path)
        self.notes[path] = note
        index = self.resolver.index
        if before is not None and path in self.saved:
            index.rename_note(path, before, note)
        if before is None or (before.labels, before.alt_labels) != (note.labels, note.alt_labels):
            self.names_version += 1
        self._describe(path, note)
        links: list[ResolvedLink] = []
        assertions: list[Assertion] = []
        faults: list[tuple[str, Fault]] = []
        self.resolver.read(path, note, links, assertions, faults)
        self._state(path, links, self._own(assertions), faults)

    def _unlink(self, path: str) -> None:
        before = self._statements.pop(path, _NOTHING)
        for resolved in before.links:
            if (target := target_of(resolved)) is not None:
                self._links_to[target].pop(path, None)
        for assertion in before.assertions:
            self._assertions_to[assertion.object].pop(path, None)

    def _describe(self, path: str, note: Note) -> None:
        """Replace the concept of a note, if the note alone describes it; its identity changes with the next reading."""
        iri = self.concept_of.get(path)
        concept = self.concepts.get(iri) if iri is not None else None
        if iri is not None and concept is not None and len(concept.paths) <= 1:
            described = build_concept(note, iri, concept.id, self.vocabulary.types)
            self.concepts[iri] = cite_sources(described, {path: note}, self._references) if self._references else described

    # What notes state

    def concept_at(self, path: str) -> Concept | None:
        """Return the concept that a note describes."""
        iri = self.concept_of.get(path)
        return self.concepts.get(iri) if iri is not None else None

    def links_of(self, path: str) -> tuple[ResolvedLink, ...]:
        """Return the links of a note."""
        return self._statements.get(path, _NOTHING).links

    def links_to(self, path: str) -> Iterator[ResolvedLink]:
        """Yield the links from other notes, and from the note itself, to a note or file."""
        for _, links in sorted(self._links_to.get(path, {}).items()):
            yield from links

    def count_links_to(self, path: str) -> int:
        """Return how many links lead to a note or file, those of the note itself included."""
        return sum(map(len, self._links_to.get(path, {}).values()))

    def relations_from(self, concept: Concept) -> Iterator[Assertion]:
        """Yield what notes state about a concept as subject, plain links included."""
        for path in concept.paths or (concept.path,):
            yield from self._statements.get(path, _NOTHING).assertions
        yield from (a for a in self._diagrams.get(concept.iri, ()) if a.subject == concept.iri)

    def relations_to(self, concept: Concept) -> Iterator[Assertion]:
        """Yield what notes of other concepts state about a concept as object, plain links included."""
        for _, assertions in sorted(self._assertions_to.get(concept.iri, {}).items()):
            yield from assertions
        yield from (a for a in self._diagrams.get(concept.iri, ()) if a.object == concept.iri)

    def statements_in(self, path: str, data: bytes) -> tuple[Note, list[Assertion]]:
        """Return what a text would state as that of a note; it is not taken."""
        note = parse_note(path, data, self.dialects.of(path))
        assertions: list[Assertion] = []
        self.resolver.read(path, note, [], assertions, [])
        return note, self._own(assertions)

    def _own(self, assertions: list[Assertion]) -> list[Assertion]:
        """The assertions without those about foreign concepts."""
        return split_foreign(assertions, self.concepts)[0] if self.foreign.names else assertions

    # Findings

    @cached_property
    def plan(self) -> CheckPlan:
        """The rules, as the settings select them."""
        return CheckPlan.of(self.settings, Context(Corpus.empty(), settings=self.settings).outside)

    def findings(self, path: str) -> tuple[Finding, ...]:
        """Return the findings about a note by the rules that look at one note, its links and its concept."""
        note = self.notes.get(path)
        if note is None:
            return ()
        statements, concept = self._statements[path], self.concept_at(path)
        corpus = Corpus(
            Lazy([path], self.notes.__getitem__),
            {concept.iri: concept} if concept is not None and concept.path == path else {},
            self.concept_of,
            statements.links,
            statements.assertions,
            statements.faults,
            self.attachments,
        )
        location = self.location_of(path)
        context = _Typed(corpus, None, self.settings, self.vocabulary, files={path: location})
        context.live = self
        with files.unsaved({location: self.data_of(path)}):
            findings = self.plan.find(context, with_shapes=False, scopes=LIVE)
        return self.plan.finish((f for f in findings if f.path == path), len(self.concepts))

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:
        """See `Context.by_letters`."""
        return Context(self._names).by_letters

    @property
    def _names(self) -> Corpus:
        return Corpus(self.saved, {}, {}, (), (), (), self.attachments)


class _Typed(Nearby):
    """The context of the rules for one note; names of all notes are those of the last reading."""

    live: LiveNotes

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:
        return self.live.by_letters


def target_of(resolved: ResolvedLink) -> str | None:
    """Return the path that a link leads to, also if only its heading is missing; None for a broken or ambiguous link."""
    resolution = resolved.resolution
    if isinstance(resolution, Resolved):
        return resolution.path
    return getattr(resolution, "path", None)


def is_same_reading(before: LiveNotes, paths: Iterable[str]) -> bool:
    """Whether no id, translation or redirect of these notes differs from the last reading, so that others needn't be read."""
    for path in paths:
        old, new = before.saved.get(path), before.notes.get(path)
        if old is None or new is None:
            return False
        keys = ("id", "translationkey", "aliases", "url", "slug", "permalink", "type", "layout")
        if any(texts_under(old.metadata, key) != texts_under(new.metadata, key) for key in keys):
            return False
    return True


def _nameless(note: Note) -> Note:
    return Note(note.path, "", 0, {}, (), (), (), (), frozenset(), (), (), "")


def _prefix(folder: Path, folders: tuple[Path, ...]) -> str:
    return f"{nfc(folder.name)}/" if len(folders) > 1 else ""


def shortest_name(live: LiveNotes, path: str) -> str:
    """Return the shortest text by which a wikilink reaches a note: its file name, otherwise its path, without ``.md``."""
    stem = posixpath.splitext(path)[0]
    name = posixpath.basename(stem)
    index = live.resolver.index
    return name if index.is_named(name, path) else stem
