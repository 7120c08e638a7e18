"""Updates the graph after edits to a few notes: replaces the statements of these notes and keeps all others.

If an edit may affect more than the edited notes, the update is abandoned and everything is built. Edits of text, of links under
the same names, and of headings that no note links to are supported; most edits are of this kind.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final, NamedTuple

from kg.base import files
from kg.base.listing import Listing
from kg.base.names import KG, LINKS_TO, RDF
from kg.base.settings import Settings
from kg.checks import CheckPlan, Context, RuleScope
from kg.corpus import Resolver, VocabularyWords, translations
from kg.corpus.addresses import note_addresses
from kg.corpus.concepts import build_concept, is_concept
from kg.corpus.index import Index, names_of_note
from kg.corpus.site import SourceSite
from kg.corpus.vaults import read_source_site
from kg.evidence import claims
from kg.graph import Graph, Vocabulary, corpus_lines, load_vocabulary
from kg.graph.ask import ask_own
from kg.graph.splice import Unsure
from kg.knowledge.graphs import sources_of
from kg.knowledge.inputs import InputDigests
from kg.knowledge.nearby import Lazy, Nearby
from kg.knowledge.state import LOCAL, BuildState, BuiltNote, load_state, scope_of
from kg.knowledge.summary import plain_pairs
from kg.model import Assertion, Broken, Concept, Corpus, Fault, Finding, Link, Note, Resolved, ResolvedLink
from kg.notes import parse_note
from kg.notes.frontmatter import FORMER_IDS, texts_under
from kg.notes.reading import notes_folder
from kg.notes.reading.cache import NOTES_TO_A_CHUNK, StoredNotes, Where, keep_notes

_MOST: Final = 64
"""Maximum number of changed notes; with more, a full build is faster."""
_MOST_CHUNKS: Final = 250
"""Maximum number of cache chunks, plus one for each `NOTES_TO_A_CHUNK` notes; with more, a full build merges them."""
_MANY: Final = 10_000
_OF_A_RULE: Final = f"<{RDF}type> <{KG}Rule> ."
_RACY_NS: Final = 2_000_000_000


class Update(NamedTuple):
    """The changes that a build makes."""

    removed: set[str]
    """Lines of N-Quads."""
    added: set[str]
    find: Callable[[Graph], tuple[Finding, ...]]
    """Computes the findings, given the changed graph. Raises Unsure."""
    links: Sequence[ResolvedLink]
    links_before: Sequence[ResolvedLink]
    untyped: int
    """Change of the number of links without a type, see `count_untyped`."""
    typed: Mapping[str, int]
    """Change of the number of statements of each relation, by IRI."""
    state: Callable[[], BuildState]
    """Returns the state for the next build, once the findings are computed."""


def update(settings: Settings, listing: Listing, digests: InputDigests, last_inputs: str) -> Update | None:
    """Compute the effect of changes to a few notes; None if everything must be built."""
    state = load_state(settings)
    if (
        state is None
        or state.frame != digests.frame
        or state.inputs != last_inputs
        or [f.name for f in listing.notes] != list(state.rows)
    ):
        return None
    if len({row.chunk for row in state.rows.values()}) > _MOST_CHUNKS + len(state.rows) // NOTES_TO_A_CHUNK:
        return None
    try:
        site = read_source_site(listing, settings.reading.dialect, settings.folder_dialects)
        rows, new = _changed(state, listing, site)
        return _Change(settings, listing, state, site, rows, new).update(digests.inputs)
    except (Unsure, KeyError, OSError):
        return None


def _changed(state: BuildState, listing: Listing, site: SourceSite) -> tuple[dict[str, BuiltNote], dict[str, Note]]:
    """The rows of all unchanged notes, and the changed notes."""
    rows = dict(state.rows)
    new: dict[str, Note] = {}
    for file in listing.notes:
        row = rows[file.name]
        same = (row.size, row.mtime_ns, row.inode) == (file.size, file.mtime_ns, file.inode)
        if same and file.mtime_ns < state.written_ns - _RACY_NS:
            continue
        data = files.read(file.path, cut=True)
        if hashlib.sha256(data).hexdigest() != row.digest:
            if len(new) == _MOST:
                raise Unsure
            new[file.name] = parse_note(file.name, data, site.dialects.of(file.name))
        rows[file.name] = row._replace(size=file.size, mtime_ns=file.mtime_ns, inode=file.inode)
    return rows, new


class _Triple(NamedTuple):
    subject: str
    predicate: str
    object: str


class _Said(NamedTuple):
    """The statements of some notes, before or after the edit."""

    concepts: dict[str, Concept]
    links: list[ResolvedLink]
    assertions: list[Assertion]
    faults: list[tuple[str, Fault]]

    @property
    def typed(self) -> set[_Triple]:
        return {_Triple(a.subject, a.predicate, a.object) for a in self.assertions if a.predicate != LINKS_TO}


class _Change:
    """The change of some notes, compared before and after."""

    def __init__(
        self,
        settings: Settings,
        listing: Listing,
        state: BuildState,
        site: SourceSite,
        rows: dict[str, BuiltNote],
        new: dict[str, Note],
    ) -> None:
        self.settings, self.listing, self.state, self.site, self.rows, self.new = settings, listing, state, site, rows, new
        self.vocabulary: Vocabulary = load_vocabulary(settings.ontology, settings.transitive)
        self.words = VocabularyWords(self.vocabulary.relations.values(), self.vocabulary.types, self.vocabulary.cues)
        folder = notes_folder(settings.cache, site.dialects)
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
        """Return the changes. Raises Unsure if they can't be determined with certainty."""
        for path, note in self.new.items():
            self._compare(path, self.old[path], note)
        after = self.index.over(self.notes)
        before = self._said(self.index, self.old)
        after_ = self._said(after, self.new)
        self.index.guesses = max(self.index.guesses, after.guesses)
        if self.index.guessed_out:
            raise Unsure
        if before.typed != after_.typed and (self.state.merged or self.state.suppressions):
            raise Unsure  # another note may state the same, or hide its findings
        around = self._around(before, after_)
        old_lines, new_lines = self._lines(before, self.old, around), self._lines(after_, self.new, around)
        removed, added = old_lines - new_lines, new_lines - old_lines
        if any(line.endswith(_OF_A_RULE) for line in removed):
            raise Unsure  # the last derivation of a statement may be gone
        elsewhere = {(a.subject, a.predicate, a.object) for a in self.state.diagrams}
        typed = Counter(p for s, p, o in after_.typed - elsewhere)
        typed.subtract(p for s, p, o in before.typed - elsewhere)
        findings: list[Finding] = []

        def find(graph: Graph) -> tuple[Finding, ...]:
            try:
                findings[:] = self._findings(after_)
                if before.typed != after_.typed:
                    kept = [f for f in findings if scope_of(f) is not RuleScope.GRAPH]
                    findings[:] = kept + self._patterns(graph, before, after_)
            except OSError:
                raise Unsure from None
            return self.plan.finish(findings, len({row.iri for row in self.rows.values() if row.iri}))

        return Update(
            removed,
            added,
            find,
            after_.links,
            before.links,
            len(plain_pairs(after_.assertions)) - len(plain_pairs(before.assertions)),
            typed,
            lambda: self._state(before, after_, findings, inputs),
        )

    def _state(self, before: _Said, after: _Said, findings: list[Finding], inputs: str) -> BuildState:
        """The state for the next build."""
        rows = self.rows
        where = keep_notes(self.folder, list(self.new.values())) if self.new else {}
        for path, note in self.new.items():
            rows[path] = rows[path]._replace(digest=note.digest, chunk=where[path].chunk, position=where[path].position)
        fragments = {p: list(f) for p, f in self.state.fragments.items()}
        for source, link, resolution in after.links:
            if link.fragment and isinstance(resolution, Resolved | Broken) and resolution.path not in (None, source):
                named = fragments.setdefault(str(resolution.path), [])
                if link.fragment not in named:
                    named.append(link.fragment)
        return self.state._replace(
            inputs=inputs,
            written_ns=time.time_ns(),
            rows=rows,
            findings=findings,
            fragments=fragments,
            tables=self.state.tables._replace(guesses=self.index.guesses),
            predicates=self._predicates(before, after),
        )

    def _predicates(self, before: _Said, after: _Said) -> dict[str, int]:
        counts = Counter(self.state.predicates)
        counts.update(a.predicate for a in after.assertions)
        counts.subtract(a.predicate for a in before.assertions)
        return {predicate: n for predicate, n in counts.items() if n > 0}

    @cached_property
    def plan(self) -> CheckPlan:
        """The rules."""
        return CheckPlan.of(self.settings, Context(Corpus({}, {}, {}, (), (), ()), settings=self.settings).outside)

    def _compare(self, path: str, old: Note, new: Note) -> None:
        """Raise Unsure if other notes may refer to the note differently, or if findings may depend on several notes."""
        merged = set(self.state.merged)
        same = (
            path not in merged
            and sorted(names_of_note(old)) == sorted(names_of_note(new))
            and (old.labels, old.alt_labels) == (new.labels, new.alt_labels)
            and texts_under(old.metadata, "id") == texts_under(new.metadata, "id")
            and texts_under(old.metadata, FORMER_IDS) == texts_under(new.metadata, FORMER_IDS)
            and is_concept(old) == is_concept(new)
            and self._unknown_keys(old) == self._unknown_keys(new)
            and note_addresses(self.site, path, old.metadata) == note_addresses(self.site, path, new.metadata)
        )
        quiet = not any(
            note.ignores
            or any(edge.label and self.words.edge(edge.label) for edge in note.edges)
            or any(link.relation is not None and link.relation.lower() == translations.KEY for link in note.links)
            for note in (old, new)
        )
        if not same or not quiet:
            raise Unsure
        if any(f.path == path and scope_of(f) not in LOCAL for f in self.state.findings):
            raise Unsure
        if (old.headings, old.anchors) != (new.headings, new.anchors):
            self._compare_anchors(path, new)
        self._compare_evidence(old, new)

    def _unknown_keys(self, note: Note) -> list[tuple[str | None, str]]:
        """The keys of links that state no relation, with the targets."""
        keyed = (link for link in note.links if link.relation is not None and link.kind != "name")
        return [(link.relation, link.target) for link in keyed if self.words.relation(link) is None]

    def _compare_evidence(self, old: Note, new: Note) -> None:
        """Raise Unsure if a block may have another verdict or another claim."""
        if [block[2:] for block in old.blocks] != [block[2:] for block in new.blocks]:
            claimed = any(block.info.endswith("}") for note in (old, new) for block in note.blocks)
            if claimed or (self.settings.ontology / claims.records.FILE).exists():
                raise Unsure
        diagrams = ([block[2:] for block in note.blocks if block.language == "mermaid"] for note in (old, new))
        if next(diagrams) != next(diagrams) or any(key in n.metadata for n in (old, new) for key in ("evidence", "checks")):
            raise Unsure

    def _compare_anchors(self, path: str, new: Note) -> None:
        """Raise Unsure if a link from another note to a heading may resolve differently or be reported."""
        after = self.index.over({path: new})
        for fragment in self.state.fragments.get(path, ()):
            link = Link(1, 1, "wikilink", path, fragment, "", False, None, "text", 0, 0)
            meaning = self.index.anchor(path, link)
            if meaning != after.anchor(path, link) or not isinstance(meaning, Resolved) or meaning.inexact:
                raise Unsure

    def _said(self, index: Index, notes: Mapping[str, Note]) -> _Said:
        """The statements of the changed notes. Raises Unsure if their concept differs in more than tags."""
        resolver = Resolver(index, self.words, self.concept_of, translations.Pairs({}, self.state.language, {}))
        statements = _Said({}, [], [], [])
        for path, note in notes.items():
            resolver.read(path, note, statements.links, statements.assertions, statements.faults)
            row = self.state.rows[path]
            if row.iri:
                statements.concepts[row.iri] = build_concept(note, row.iri, row.id, self.vocabulary.types)
        if notes is self.new:
            for iri, concept in statements.concepts.items():
                old = build_concept(self.old[concept.path], iri, concept.id, self.vocabulary.types)
                if replace(concept, line=0, tags=()) != replace(old, line=0, tags=()):
                    raise Unsure
        return statements

    def _around(self, before: _Said, after: _Said) -> list[Assertion]:
        """Typed relations in other notes from which more could follow for the same two concepts."""
        own, objects = set(after.concepts), {o for _, _, o in before.typed | after.typed}
        paths = {path for path, iri in self.concept_of.items() if iri in objects} - set(self.new)
        if paths & set(self.state.merged):
            raise Unsure
        typed = [a for path in sorted(paths) for a in self._typed(path) if a.object in own]
        return typed + [a for a in self.state.diagrams if a.subject in own or a.object in own]

    def _typed(self, path: str) -> list[Assertion]:
        """The typed relations that a note states."""
        resolver = Resolver(self.index, self.words, self.concept_of, translations.Pairs({}, self.state.language, {}))
        assertions: list[Assertion] = []
        resolver.read(path, self.notes[path], [], assertions, [])
        return [a for a in assertions if a.predicate != LINKS_TO]

    def _lines(self, statements: _Said, notes: Mapping[str, Note], around: Sequence[Assertion]) -> set[str]:
        """N-Quads of the notes' statements and their consequences."""
        corpus = Corpus(notes, statements.concepts, self.concept_of, (), (*statements.assertions, *around), ())
        pieces = corpus_lines(
            corpus,
            base=self.settings.base,
            types=self.vocabulary.types,
            tops=self.settings.top_concepts,
            title=self.settings.title,
            steps=self.vocabulary.steps,
        )
        return {line for piece in pieces for line in piece.split("\n")}

    def _findings(self, after: _Said) -> list[Finding]:
        """The findings: unchanged for other notes; for the changed ones, recomputed by the rules that examine single notes."""
        names = Corpus(self.notes, {}, {}, (), (), (), frozenset(self.listing.attachments))
        corpus = Corpus(
            Lazy(self.new, self.notes.__getitem__),
            after.concepts,
            self.concept_of,
            tuple(after.links),
            tuple(after.assertions),
            tuple(after.faults),
            names.attachments,
        )
        context = Nearby(corpus, None, self.settings, self.vocabulary, files=self.files)
        context.names = names
        local = replace(self.plan, rules=tuple(r for r in self.plan.rules if r.scope in LOCAL))
        kept = [f for f in self.state.findings if f.path not in self.new]
        return kept + [f for f in local.find(context, with_shapes=False) if f.path in self.new]

    def _patterns(self, graph: Graph, before: _Said, after: _Said) -> list[Finding]:
        """The findings in the changed graph by rules that are graph patterns."""
        self._look_for_circles(graph, before, after)
        paths = {iri: path for path, iri in self.concept_of.items()}
        concepts = Lazy(
            paths, lambda iri: build_concept(self.notes[paths[iri]], iri, self.rows[paths[iri]].id, self.vocabulary.types)
        )
        used = [Assertion("", predicate, "", "", 1, 1, "") for predicate in self._predicates(before, after)]
        corpus = Corpus(Lazy(self.new, self.notes.__getitem__), concepts, self.concept_of, (), tuple(used), ())
        context = _Related(
            corpus, None, self.settings, self.vocabulary, lambda: graph, sources_of(self.settings), files=self.files
        )
        context.change = self
        rules = tuple(r for r in self.plan.rules if r.scope is RuleScope.GRAPH)
        findings = replace(self.plan, rules=rules).find(context, with_shapes=False)
        if len(findings) >= _MANY:
            raise Unsure  # the rule stops at this number, in unspecified order
        return findings

    def _look_for_circles(self, graph: Graph, before: _Said, after: _Said) -> None:
        """Raise Unsure if an added relation may close a cycle, or a removed one may break one."""
        for subject, predicate, object_ in before.typed ^ after.typed:
            relation = self.vocabulary.relations.get(predicate)
            if relation is None or not relation.transitive or relation.symmetric or relation.hierarchical:
                continue
            if any(scope_of(f) is RuleScope.RELATIONS for f in self.state.findings):
                raise Unsure
            ask = f"ASK {{ <{object_}> <{predicate}>+ <{subject}> }}"
            if (subject, predicate, object_) in after.typed and ask_own(graph.store, ask):
                raise Unsure


class _Related(Context):
    """The context of graph patterns: the graph, and the places of its statements in notes."""

    change: _Change

    def _between(self, a: str, b: str) -> list[Assertion]:
        """The typed relations that authors stated between two concepts, in both directions."""
        change, ends = self.change, {a, b}
        paths = [path for path, iri in change.concept_of.items() if iri in ends]
        stated = [assertion for path in paths for assertion in change._typed(path)]  # private access within this module
        return [assertion for assertion in (*stated, *change.state.diagrams) if {assertion.subject, assertion.object} == ends]
