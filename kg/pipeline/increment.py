"""A build of the graph after a few notes were edited: what they say is taken out and put in, all else stays as it was.

Whatever might reach further than the edited notes ends the attempt, and everything is built anew. What is left are edits of
text and of links under the same names, headings that nobody links to included, which is what people do most of the time.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kg import claims
from kg.checks import Context, Plan
from kg.model import Assertion, Broken, Concept, Corpus, Fault, Finding, Link, Note, Resolved, ResolvedLink
from kg.notes import parse
from kg.notes.files import File, Listing
from kg.notes.frontmatter import texts
from kg.pipeline.checking import Read
from kg.rdf import FOREIGN_RULES, Vocabulary, lines
from kg.rdf import load as load_vocabulary
from kg.rdf.splice import Unsure
from kg.reading import notes_folder
from kg.reading.cache import StoredNotes, Where, keep, read_checked, write_checked
from kg.resolve import LINKS_TO, Resolver, Words
from kg.resolve.addresses import published
from kg.resolve.concepts import build, is_concept
from kg.resolve.index import Index, Tables, called
from kg.resolve.site import Site
from kg.resolve.site import read as read_site
from kg.resolve.translations import KEY as TRANSLATION
from kg.resolve.translations import Pairs
from kg.settings import Settings

_FILE: Final = "graph.state"
_MOST: Final = 64
"""More changed notes than this are worth a build of everything."""
_MOST_CHUNKS: Final = 250
_RACY_NS: Final = 2_000_000_000

# Rules that look at one note, its links and its concept; the others are named with what they look at besides.
_LOCAL: Final = frozenset(
    f"KG{n}" for n in (*range(101, 109), *range(201, 208), 209, 303, 308, 325, 551)
)  # fmt: skip
# None of what these look at differs where a change is taken: ids, labels, definitions, typed relations, settings, evidence.
_STEADY: Final = frozenset(
    f"KG{n}" for n in (109, 110, 111, 121, 122, 123, 301, 302, 321, 322, 323, 324, 390, *range(401, 408), *range(511, 517), 561)
)  # fmt: skip


class Row(NamedTuple):
    """A note as it was last built."""

    size: int
    mtime_ns: int
    inode: int
    digest: str
    iri: str
    """Of the concept that it describes; empty for none."""
    id: str
    chunk: str
    position: int


class State(NamedTuple):
    """What the next build has to know of the last one."""

    frame: str
    """Digest of all that was read, but for the notes."""
    inputs: str
    """Digest of all that was read."""
    written_ns: int
    rows: dict[str, Row]
    tables: Tables
    language: dict[str, str]
    merged: list[str]
    """Notes of concepts that several notes describe."""
    fragments: dict[str, list[str]]
    """Note → the headings and blocks of it that links of other notes name."""
    diagrams: list[Assertion]
    findings: list[Finding]
    """Before habits are told once."""


class Update(NamedTuple):
    """What a build is to change."""

    removed: set[str]
    """Lines of N-Quads."""
    added: set[str]
    findings: tuple[Finding, ...]
    links: Sequence[ResolvedLink]
    links_before: Sequence[ResolvedLink]
    untyped: int
    """How many plain links between concepts there are more."""
    state: State


_state_in: Final = msgspec.msgpack.Decoder(State)


def remember(
    settings: Settings, read: Read, plan: Plan, found: Sequence[Finding], where: Mapping[str, Where], frame: str, inputs: str
) -> None:
    """Keep what the next build of the graph can go on from; nothing, where it couldn't be told what an edit changes."""
    path = settings.cache / _FILE
    if not _simple(settings, read, plan) or read.resolver.index.guessed_out:
        path.unlink(missing_ok=True)
        return
    corpus = read.corpus
    # Tasks wait for each other, and what cross-checks compare may stand in several notes.
    if any(c.type == "task" for c in corpus.concepts.values()) or any("checks" in n.metadata for n in corpus.notes.values()):
        path.unlink(missing_ok=True)
        return
    ids = {c.iri: c.id for c in corpus.concepts.values()}
    rows = {}
    for file in read.listing.notes:
        note = corpus.notes.get(file.name)
        if note is None or file.name not in where:
            path.unlink(missing_ok=True)
            return
        iri = corpus.concept_of.get(file.name, "")
        looks = (file.size, file.mtime_ns, file.inode, note.digest)
        rows[file.name] = Row(*looks, iri, ids.get(iri, ""), *where[file.name])
    fragments: dict[str, dict[str, None]] = {}
    for source, link, resolution in corpus.links:
        if link.fragment and isinstance(resolution, Resolved | Broken) and resolution.path not in (None, source):
            fragments.setdefault(str(resolution.path), {})[link.fragment] = None
    state = State(
        frame, inputs, time.time_ns(), rows, read.resolver.index.tables(), dict(read.resolver.pairs.language),
        [p for c in corpus.concepts.values() if len(c.paths) > 1 for p in c.paths],
        {p: list(found) for p, found in fragments.items()},
        [a for a in corpus.assertions if a.context == "diagram"],
        list(found),
    )  # fmt: skip
    write_checked(path, msgspec.msgpack.encode(state))


def forget(settings: Settings) -> None:
    """Drop what was kept."""
    (settings.cache / _FILE).unlink(missing_ok=True)


def _simple(settings: Settings, read: Read, plan: Plan) -> bool:
    """Whether nothing but notes and the built-in rules decide what is in the graph and what is found in it."""
    own = settings.ontology
    if read.lines or read.triples or settings.thesauri or plan.failed:
        return False
    if not all(read.vocabulary.simple(rule) for rule in read.vocabulary.rules if rule[0] not in FOREIGN_RULES):
        return False
    if (own / "shapes.ttl").is_file() or (own / "shapes").is_dir():
        return False
    looked_at = {r.code for r in plan.rules if plan.wanted[r.code] != "no" and r.code not in _LOCAL | _STEADY}
    return not any(r.own is not None for r in plan.rules) and all(_is_pattern(code) for code in looked_at)


def _is_pattern(code: str) -> bool:
    from kg.checks.sparql import built_in

    return any(rule.code == code for rule, _ in built_in())


def update(settings: Settings, listing: Listing, frame: str, last_inputs: str, inputs: str) -> Update | None:
    """What the changes of a few notes come to; None where everything has to be built anew."""
    try:
        state = _state_in.decode(read_checked(settings.cache / _FILE))
    except (OSError, ValueError):
        return None
    if state.frame != frame or state.inputs != last_inputs or [f.name for f in listing.notes] != list(state.rows):
        return None
    if len({row.chunk for row in state.rows.values()}) > _MOST_CHUNKS:
        return None
    try:
        site = read_site(listing.configurations)
        rows, new = _changed(state, listing, site)
        return _Change(settings, listing, state, site, rows, new).update(inputs)
    except (Unsure, KeyError, OSError):
        return None


def _changed(state: State, listing: Listing, site: Site) -> tuple[dict[str, Row], dict[str, Note]]:
    """The rows of all notes as they are now, without those that changed, and the changed notes."""
    rows = dict(state.rows)
    new: dict[str, Note] = {}
    for file in listing.notes:
        row = rows[file.name]
        same = (row.size, row.mtime_ns, row.inode) == (file.size, file.mtime_ns, file.inode)
        if same and file.mtime_ns < state.written_ns - _RACY_NS:
            continue
        data = Path(file.path).read_bytes()
        if hashlib.sha256(data).hexdigest() != row.digest:
            if len(new) == _MOST:
                raise Unsure
            new[file.name] = parse(file.name, data, site.dialect)
        rows[file.name] = row._replace(size=file.size, mtime_ns=file.mtime_ns, inode=file.inode)
    return rows, new


class _Window(Mapping[str, Note]):
    """All notes, of which only some are gone through."""

    def __init__(self, notes: Mapping[str, Note], shown: Iterable[str]) -> None:
        self._notes, self._shown = notes, list(shown)

    def __getitem__(self, path: str) -> Note:
        return self._notes[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)


class _Nearby(Context):
    """What rules of single notes look at: some notes, among the names of all."""

    names: Corpus

    @cached_property
    def top_folders(self) -> frozenset[str]:
        return Context(self.names).top_folders

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:
        return Context(self.names).by_letters


class _Said(NamedTuple):
    """What some notes say, as they were or as they are."""

    concepts: dict[str, Concept]
    links: list[ResolvedLink]
    assertions: list[Assertion]
    faults: list[tuple[str, Fault]]

    @property
    def typed(self) -> set[tuple[str, str, str]]:
        return {(a.subject, a.predicate, a.object) for a in self.assertions if a.predicate != LINKS_TO}


class _Change:
    """The change of some notes, each looked at as it was and as it is."""

    def __init__(
        self, settings: Settings, listing: Listing, state: State, site: Site, rows: dict[str, Row], new: dict[str, Note]
    ) -> None:
        self.settings, self.listing, self.state, self.site, self.rows, self.new = settings, listing, state, site, rows, new
        self.vocabulary: Vocabulary = load_vocabulary(settings.ontology, settings.transitive)
        self.words = Words(self.vocabulary.relations.values(), self.vocabulary.types, self.vocabulary.cues)
        folder = notes_folder(settings.cache, site.dialect)
        self.folder = folder
        where = {path: Where(row.chunk, row.position) for path, row in state.rows.items()}
        self.notes_before = StoredNotes(folder, where, {})
        self.notes = self.notes_before.over(new)
        self.old = {path: self.notes_before[path] for path in new}
        if any(note.digest != state.rows[path].digest for path, note in self.old.items()):
            raise Unsure
        self.concept_of = {path: row.iri for path, row in state.rows.items() if row.iri}
        languages = settings.translations
        first = next(iter(languages.values())).strip("/") if languages else ""
        self.index = Index.restored(state.tables, self.notes_before, [n.name for n in settings.notes], site, first)
        self.files = {f.name: f.path for f in listing.notes}

    def update(self, inputs: str) -> Update:
        """What has to change. Raises Unsure where that isn't certain."""
        for path, note in self.new.items():
            self._compare(path, self.old[path], note)
        after = self.index.over(self.notes)
        before = self._said(self.index, self.old, self.notes_before)
        now = self._said(after, self.new, self.notes)
        self.index.guesses = max(self.index.guesses, after.guesses)
        if self.index.guessed_out or before.typed != now.typed:
            raise Unsure
        around = self._around(now)
        old_lines, new_lines = self._lines(before, self.old, around), self._lines(now, self.new, around)
        found = self._findings(now)
        rows = self.rows
        kept = keep(self.folder, list(self.new.values())) if self.new else {}
        for path, note in self.new.items():
            rows[path] = rows[path]._replace(digest=note.digest, chunk=kept[path].chunk, position=kept[path].position)
        fragments = {p: list(f) for p, f in self.state.fragments.items()}
        for source, link, resolution in now.links:
            if link.fragment and isinstance(resolution, Resolved | Broken) and resolution.path not in (None, source):
                known = fragments.setdefault(str(resolution.path), [])
                if link.fragment not in known:
                    known.append(link.fragment)
        state = self.state._replace(
            inputs=inputs, written_ns=time.time_ns(), rows=rows, findings=found, fragments=fragments,
            tables=self.state.tables._replace(guesses=self.index.guesses),
        )  # fmt: skip
        plan = self.plan
        return Update(
            old_lines - new_lines,
            new_lines - old_lines,
            plan.finish(found, len({row.iri for row in rows.values() if row.iri})),
            now.links,
            before.links,
            sum(a.context == "text" for a in now.assertions) - sum(a.context == "text" for a in before.assertions),
            state,
        )

    @cached_property
    def plan(self) -> Plan:
        """The rules."""
        return Plan.of(self.settings, Context(Corpus({}, {}, {}, (), (), ()), settings=self.settings).outside)

    def _compare(self, path: str, old: Note, new: Note) -> None:
        """Raise Unsure where other notes may mean something else by the note, or it may be found wrong beside others."""
        merged = set(self.state.merged)
        same = (
            path not in merged
            and sorted(called(old)) == sorted(called(new))
            and (old.labels, old.alt_labels) == (new.labels, new.alt_labels)
            and texts(old.metadata, "id") == texts(new.metadata, "id")
            and is_concept(old) == is_concept(new)
            and published(self.site, path, old.metadata) == published(self.site, path, new.metadata)
        )
        quiet = not any(
            note.ignores
            or any(edge.label and self.words.edge(edge.label) for edge in note.edges)
            or any(link.relation is not None and link.relation.lower() == TRANSLATION for link in note.links)
            for note in (old, new)
        )
        if not same or not quiet:
            raise Unsure
        if any(f.path == path and f.code not in _LOCAL for f in self.state.findings):
            raise Unsure
        if (old.headings, old.anchors) != (new.headings, new.anchors):
            self._compare_anchors(path, new)
        self._compare_evidence(old, new)

    def _compare_evidence(self, old: Note, new: Note) -> None:
        """Raise Unsure where another verdict may be known of a block, or something may be claimed of it."""
        if [block[2:] for block in old.blocks] != [block[2:] for block in new.blocks]:
            claimed = any(block.info.endswith("}") for note in (old, new) for block in note.blocks)
            if claimed or (self.settings.ontology / claims.records.FILE).exists():
                raise Unsure
        if any(key in note.metadata for note in (old, new) for key in ("evidence", "checks")):
            raise Unsure

    def _compare_anchors(self, path: str, new: Note) -> None:
        """Raise Unsure where a link of another note to a heading of the note may mean something else, or may be reported."""
        after = self.index.over({path: new})
        for fragment in self.state.fragments.get(path, ()):
            link = Link(1, 1, "wikilink", path, fragment, "", False, None, "text", 0, 0)
            found = self.index.anchor(path, link)
            if found != after.anchor(path, link) or not isinstance(found, Resolved) or found.inexact:
                raise Unsure

    def _said(self, index: Index, notes: Mapping[str, Note], every: Mapping[str, Note]) -> _Said:
        """What the changed notes say; where their concept would differ in more than its tags, Unsure is raised."""
        resolver = Resolver(index, self.words, self.concept_of, Pairs({}, self.state.language, {}), every)
        said = _Said({}, [], [], [])
        for path, note in notes.items():
            resolver.read(path, note, said.links, said.assertions, said.faults)
            row = self.state.rows[path]
            if row.iri:
                said.concepts[row.iri] = build(note, row.iri, row.id, self.vocabulary.types)
        if notes is self.new:
            for iri, concept in said.concepts.items():
                old = build(self.old[concept.path], iri, concept.id, self.vocabulary.types)
                if replace(concept, line=0, tags=()) != replace(old, line=0, tags=()):
                    raise Unsure
        return said

    def _around(self, now: _Said) -> list[Assertion]:
        """Typed relations that others state and from which something may follow between the same two concepts."""
        own = set(now.concepts)
        paths = {path for path, iri in self.concept_of.items() if iri in {o for _, _, o in now.typed}} - set(self.new)
        if paths & set(self.state.merged):
            raise Unsure
        resolver = Resolver(self.index, self.words, self.concept_of, Pairs({}, self.state.language, {}), self.notes_before)
        found: list[Assertion] = []
        for path in sorted(paths):
            resolver.read(path, self.notes_before[path], [], found, [])
        typed = [a for a in found if a.predicate != LINKS_TO and a.object in own]
        return typed + [a for a in self.state.diagrams if a.subject in own or a.object in own]

    def _lines(self, said: _Said, notes: Mapping[str, Note], around: Sequence[Assertion]) -> set[str]:
        """N-Quads of what notes say, and of what follows from it."""
        corpus = Corpus(notes, said.concepts, self.concept_of, (), (*said.assertions, *around), ())
        pieces = lines(
            corpus,
            base=self.settings.base,
            types=self.vocabulary.types,
            tops=self.settings.top_concepts,
            title=self.settings.title,
            steps=self.vocabulary.steps,
        )
        return {line for piece in pieces for line in piece.split("\n")}

    def _findings(self, now: _Said) -> list[Finding]:
        """What is found: of other notes the same as before, of the changed ones what rules of single notes find."""
        names = Corpus(self.notes, {}, {}, (), (), (), frozenset(self.listing.attachments))
        corpus = Corpus(
            _Window(self.notes, self.new), now.concepts, self.concept_of, tuple(now.links), tuple(now.assertions),
            tuple(now.faults), names.attachments,
        )  # fmt: skip
        context = _Nearby(corpus, None, self.settings, self.vocabulary, files=self.files)
        context.names = names
        local = replace(self.plan, rules=tuple(r for r in self.plan.rules if r.code in _LOCAL))
        kept = [f for f in self.state.findings if f.path not in self.new]
        return kept + [f for f in local.find(context, with_shapes=False) if f.path in self.new]


def write_state(settings: Settings, state: State) -> None:
    """Keep what the next build goes on from."""
    write_checked(settings.cache / _FILE, msgspec.msgpack.encode(state))


def looks(files: Iterable[File]) -> Iterator[str]:
    """A line for each note, by which a change of it is seen."""
    for file in files:
        yield f"{file.name}\0{file.size} {file.mtime_ns} {file.inode}\n"
