"""`KnowledgeBase`: everything that commands, builds and servers ask about a knowledge base, each answer computed once.

An answer declares what it reads (`kg.knowledge.inputs`) and is remembered under the digest of that. A reader that asks for
measures after an unchanged build therefore reads neither notes nor the graph.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import unquote

from kg.base.memo import Memo, recall_answer
from kg.base.progress import begin_step
from kg.base.settings import Settings
from kg.knowledge.declared import digest_encoded
from kg.knowledge.inputs import ASSESSMENT, Input, Inputs, note_dates
from kg.knowledge.remembered import (
    ASSESSMENT_FORMS,
    CORPUS_FORMS,
    NOTES,
    TASK_NOTES,
    RememberedAssessment,
    RememberedCorpus,
    RememberedNotes,
    decode_field,
    decode_stored_edges,
    encode_field,
    notes_of_tasks,
    remember_lazily,
)
from kg.knowledge.running import ANYHOW, Clock, How, without_collector
from kg.model import Assessment, Corpus, Finding, Hierarchy, NetworkEdge, Note, Relation

if TYPE_CHECKING:
    import networkx as nx

    from kg.graph import Feed, Graph, Vocabulary
    from kg.knowledge.graphs import Read
    from kg.knowledge.search import SearchIndex, SearchMatch

T = TypeVar("T")

_QUERY: Final = "assessment"
_WHOLE: Final = "whole"
"""The entry that is there if all others were remembered."""


_LATER: Final = ("suggestions", "suggestion_caps", "reviews")
"""Fields that are added later, or that are encoded in no certain order."""


class KnowledgeBase:
    """A knowledge base at one moment.

    Nothing is read before it is asked for, and no answer changes: `refresh` returns the knowledge base as it is now. Without a
    cache in `how`, every answer is computed from the files. Writes only caches.
    """

    def __init__(
        self,
        settings: Settings,
        how: How = ANYHOW,
        *,
        clock: Clock | None = None,
        store: Path | None = None,
        scratch: Path | None = None,
    ) -> None:
        """`store`: the folder for the graph's store; without it, the graph is in memory.

        `scratch`: a folder for temporary files; if given, the statements of a graph in memory are kept there as text too.
        """
        self.settings = settings
        self.how = how
        self.clock = clock or Clock()
        self.field_digests: dict[str, str] = {}
        """Digests of the fields of the assessment that were encoded for the memo, such as ``corpus.concepts``."""
        self.store = store
        """The folder of the graph's store; None if the graph is in memory."""
        self._scratch = scratch
        self.memo = Memo(how.cache) if how.cache is not None and how.memo else None
        """Remembers answers; None without a cache."""

    def refresh(self) -> KnowledgeBase:
        """Return the knowledge base as it is now: this object if no input has changed."""
        now = KnowledgeBase(self.settings, self.how)
        return self if now.inputs.key(ASSESSMENT) == self.inputs.key(ASSESSMENT) else now

    unsaved: Mapping[str, bytes] = MappingProxyType({})
    """Path of a note → the text to read in place of its file; only for a knowledge base that remembers nothing."""

    @cached_property
    def inputs(self) -> Inputs:
        """What all answers are computed from."""
        with self.clock.stage("look"):
            return Inputs(self.settings)

    @cached_property
    def files(self) -> Mapping[str, str]:
        """Path of a note, a thesaurus or a bibliography, as used in findings → its location on disk."""
        notes = {file.name: file.path for file in self.inputs.listing.notes}
        new = {name: self.settings.location_of(name) for name in self.unsaved if name not in notes}
        others = (*self.settings.thesauri, *self.inputs.paths("bibliography"))
        return {**notes, **new, **{self.settings.name_of(path): str(path) for path in others}}

    @cached_property
    def notes_read(self) -> Read:
        """The notes with resolved links, and the vocabulary. Raises UsageError if there is nothing to read."""
        # start time: who asks for what is remembered reads no notes
        from kg.knowledge.steps import read_corpus

        with without_collector():
            return read_corpus(self, self._feed)

    def read_for_graph(self) -> Read:
        """Return `notes_read`; if they are read only now, a store receives statements meanwhile."""
        if "notes_read" not in self.__dict__:
            self._feed = self._open_feed
        return self.notes_read

    @cached_property
    def graph(self) -> Graph:
        """The graph: asserted and inferred statements, without measures."""
        # start time: who asks for what is remembered reads no notes
        from kg.knowledge.graphs import graph_from

        read = self.read_for_graph()
        with without_collector(), self.clock.stage("rdf"), begin_step("building the graph", 3):
            return graph_from(self.settings, read, self.store)

    @property
    def had_time(self) -> bool:
        """Whether no query of the knowledge base was ended for its time so far; if one was, answers are not remembered."""
        return "graph" not in self.__dict__ or not self.graph.allowance.is_exceeded

    def _open_feed(self) -> Feed:
        # start time: who asks for what is remembered reads no notes
        from kg.graph import Spool, ToDisk, ToMemory

        if self.store is not None:
            return ToDisk(self.store)
        return ToMemory(Spool(self._scratch) if self._scratch is not None else None)

    _feed: Callable[[], Feed] | None = None
    """Opens a store that receives statements while links are being resolved."""

    @cached_property
    def network(self) -> nx.MultiDiGraph[str]:
        """The network of concepts in the graph, see `project_network`."""
        # start time: networkx is only for those who walk a network
        from kg.network import project_network

        return project_network(self.graph, self.vocabulary.relations)

    @property
    def remembered_edges(self) -> Sequence[NetworkEdge] | None:
        """The edges of the network in its order, without networkx; None if they aren't remembered."""
        if not self.is_remembered or self.memo is None:
            return None
        data = self.memo.get(_QUERY, self._key("network"))
        with contextlib.suppress(ValueError):
            return None if data is None else decode_stored_edges(data)
        return None

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The stated hierarchy of the network."""
        # start time: networkx is only for those who walk a network
        from kg.network.hierarchy import find_anchored_concepts, find_hierarchy

        relations = self.vocabulary.relations
        by_id = {c.id: c.iri for c in self.notes_read.corpus.concepts.values()}
        tops = [by_id[name] for name in self.settings.top_concepts if name in by_id]
        return find_hierarchy(self.network, relations, tops, find_anchored_concepts(self.notes_read.corpus, relations))

    @cached_property
    def corpus(self) -> Corpus:
        """The concepts and links of all notes."""
        if "notes_read" in self.__dict__ or not self.is_remembered:
            return self.notes_read.corpus
        return remember_lazily(RememberedCorpus, self._corpus_field)

    @cached_property
    def relations(self) -> Mapping[str, Relation]:
        """The relations of the vocabulary by IRI."""
        if "notes_read" not in self.__dict__ and self.is_remembered:
            return self.assessment.relations
        return self.vocabulary.relations

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary: classes, relations, rules."""
        # start time: who asks for what is remembered reads no notes
        from kg.graph import load_vocabulary

        return load_vocabulary(self.settings.ontology, self.settings.transitive)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the views."""
        # start time: who asks for what is remembered reads no notes
        from kg.knowledge.steps import languages_of

        return languages_of(self.settings, self.corpus)

    @cached_property
    def graph_findings(self) -> tuple[Finding, ...]:
        """The findings of the rules that need no measures, as of `kg build --stage graph`."""
        # start time: who asks for what is remembered reads no notes
        from kg.knowledge.graphs import findings_of

        graph = self.graph
        with without_collector():
            return findings_of(self.settings, self.notes_read, graph, self.files)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all rules."""
        return self.assessment.findings

    @cached_property
    def assessment(self) -> Assessment:
        """Everything that is measured, without suggestions."""
        if self.is_remembered:
            return remember_lazily(RememberedAssessment, self._assessment_field)
        return self._measured

    @cached_property
    def assessment_with_suggestions(self) -> Assessment:
        """The assessment with the suggestions that a build shows."""
        # start time: only this step needs it
        from kg.knowledge.suggesting import shown_suggestions

        assessment = self.assessment
        with without_collector(), self.clock.stage("suggest"):
            suggestions, caps = shown_suggestions(self)
            return replace(assessment, suggestions=suggestions, suggestion_caps=caps)

    @cached_property
    def _measured(self) -> Assessment:
        # start time: only this step needs it
        from kg.knowledge.assessing import assess

        _ = self.inputs  # before anything is read: if an input changes meanwhile, nothing is remembered
        _ = self.graph  # has a stage of its own
        with without_collector(), self.clock.stage("assess"):
            assessment = assess(self, self.memo)
        if self.how.cache is not None:
            note_dates(self.how.cache, self.notes_read.corpus)
        self._remember(assessment)
        return assessment

    @cached_property
    def search_index(self) -> SearchIndex:
        """The names and shown texts of all notes."""
        # start time: most commands search nothing
        from kg.knowledge.search import search_index

        with without_collector():
            return search_index(self)

    def search(self, query: str, limit: int = 20, lang: str = "") -> tuple[SearchMatch, ...]:
        """Return the notes that match a query, best first, see `kg.knowledge.search`."""
        # start time: most commands search nothing
        from kg.knowledge.search import find_matches

        # An IRI, also a former one, is searched for by the id in it, which the index has.
        of_concepts = f"{self.settings.base}concept/"
        name = unquote(query.removeprefix(of_concepts)) if query.startswith(of_concepts) else query
        return find_matches(self.search_index, name, limit, lang)

    @cached_property
    def is_remembered(self) -> bool:
        """Whether the assessment was computed before, from the same inputs."""
        return self.memo is not None and self.memo.get(_QUERY, self._key(_WHOLE)) is not None

    def recall(self, query: str, reads: Sequence[Input], form: type[T], compute: Callable[[], T], *more: str) -> T:
        """Return an answer that is computed from some inputs and further parameters, remembered in place of an earlier one.

        It is not remembered if an input changed meanwhile, or if a query had too little time.
        """
        if self.memo is None:
            return compute()
        key = self.inputs.key(reads, *more)
        return recall_answer(
            self.memo, query, key, form, compute, lambda: self.had_time and Inputs(self.settings).key(reads, *more) == key
        )

    def _key(self, name: str) -> bytes:
        return self.inputs.key(ASSESSMENT, name)

    def _remember(self, assessment: Assessment) -> None:
        """Remember an assessment, in place of an earlier one, unless an input has changed since the start."""
        if self.memo is None or not self.had_time or Inputs(self.settings).key(ASSESSMENT) != self.inputs.key(ASSESSMENT):
            return
        with self.clock.stage("remember"):
            answers = {
                **{self._key(name): encode_field(name, getattr(assessment, name)) for name in ASSESSMENT_FORMS},
                **{self._key(f"corpus.{name}"): encode_field(name, getattr(assessment.corpus, name)) for name in CORPUS_FORMS},
                self._key(NOTES): encode_field(NOTES, list(assessment.corpus.notes)),
                self._key(TASK_NOTES): encode_field(TASK_NOTES, notes_of_tasks(assessment)),
                self._key(_WHOLE): b"",
            }
            self.field_digests = {
                name: digest_encoded(answers[self._key(name)])
                for name in (*ASSESSMENT_FORMS, *(f"corpus.{name}" for name in CORPUS_FORMS))
                if name not in _LATER
            }
            self.memo.keep_only(_QUERY, answers.keys())
            self.memo.put_many(_QUERY, answers)

    def _assessment_field(self, name: str) -> object:
        if name == "corpus":
            return self.corpus
        if name == "positions":
            return self._positions
        return self._field(name, ASSESSMENT_FORMS[name], lambda: getattr(self._measured, name))

    @property
    def _positions(self) -> Mapping[str, tuple[float, float]]:
        # start time: who asks for what is remembered draws seldom
        from kg.evidence.snapshot import read_snapshot
        from kg.knowledge.placing import positions_of
        from kg.network.edges import stated_edges

        assessment, settings = self.assessment, self.settings
        by_id = {c.id: c.iri for c in assessment.corpus.concepts.values()}
        remembered = read_snapshot(settings.ontology, by_id, fresh=not settings.remember)
        return positions_of(stated_edges(assessment.network), remembered.positions, assessment.concepts, self.memo)

    def _corpus_field(self, name: str) -> object:
        if name == NOTES:
            paths: list[str] = self._field(NOTES, list[str], lambda: list(self.notes_read.corpus.notes))
            return RememberedNotes(paths, self._notes, lambda: self._field(TASK_NOTES, dict[str, Note], dict))
        if name not in CORPUS_FORMS:
            return getattr(self.notes_read.corpus, name)
        return self._field(f"corpus.{name}", CORPUS_FORMS[name], lambda: getattr(self.notes_read.corpus, name))

    def _notes(self) -> Mapping[str, Note]:
        # start time: who asks for what is remembered reads no notes
        from kg.knowledge.steps import read_notes

        return read_notes(self)[0]

    def _field(self, name: str, form: object, compute: Callable[[], T]) -> T:
        """A field from the memo; computed if it is no longer there or damaged."""
        data = self.memo.get(_QUERY, self._key(name)) if self.memo is not None else None
        if data is not None:
            with without_collector(), contextlib.suppress(ValueError):
                return cast("T", decode_field(form, data))
        return compute()


def open_base(settings: Settings) -> KnowledgeBase:
    """Open a knowledge base for a command, with its caches."""
    return KnowledgeBase(settings, How(cache=settings.cache))
