"""The input of rules: notes, concepts and links of a build, the graph, and the place of each statement."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.names import LINKS_TO, SKOS, letters_and_digits
from kg.base.settings import Settings
from kg.checks.changes import TrustedChange
from kg.checks.nearby import copy_nearby
from kg.corpus.concepts import definition_keys
from kg.evidence import claims
from kg.graph import Graph, Vocabulary, built_in_vocabulary
from kg.graph.importing.classes import KINDS, MAPPINGS, SEMANTIC
from kg.graph.places import RdfPlaces
from kg.graph.query import shorten_term
from kg.graph.used_terms import UsedTerms
from kg.model import Answer, Assertion, Concept, Corpus, Evidence, Hierarchy, Note, Resolved, ResolvedLink

_CLASSES: Final = frozenset(SKOS + name for name in KINDS)
_OF_CONCEPTS: Final = frozenset(SKOS + name for name in (*SEMANTIC, *MAPPINGS, "topConceptOf", "hasTopConcept", "member"))


class Place(NamedTuple):
    """A position in a file. Paths of files other than notes are relative to the notes folder, too."""

    path: str
    line: int = 1
    column: int = 1
    about: str = ""
    """IRI of the resource that is described there."""


class RdfLabel(NamedTuple):
    """A label of a concept."""

    iri: str
    kind: str
    """``prefLabel``, ``altLabel`` or ``hiddenLabel``."""
    text: str
    language: str


@dataclass
class Context:
    """The input of rules. Expensive parts are computed when the first rule needs them."""

    corpus: Corpus
    hierarchy: Hierarchy | None = None
    """None if the build stops before the network."""
    settings: Settings | None = None
    vocabulary: Vocabulary = field(default_factory=built_in_vocabulary)
    make_graph: Callable[[], Graph] | None = None
    """Creates the graph; None if there is none."""
    sources: tuple[Path, ...] = ()
    """RDF files in the graph, in addition to the built-in vocabulary."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path of a note → its location on the disk."""
    known_proofs: tuple[Evidence, ...] | None = None
    """The evidence, if it was read already."""
    terms: object = None
    """The result of `kg.checks.terms`, cached for other rules."""
    questions: Sequence[Answer] = ()
    """The competency questions, if they were asked."""
    changes: Sequence[TrustedChange] = ()
    """Differences of settings and ontology from the base revision, if there is one."""
    used_terms: UsedTerms | None = None
    """Terms of the RDF files that were read already."""
    rdf_files_only: bool = False
    """Whether findings in notes aren't reported, so that rules needn't make them."""
    _names: dict[Path, str] = field(default_factory=dict, init=False, repr=False)

    @property
    def every_note(self) -> Mapping[str, Note]:
        """All notes, also if only some are checked."""
        return self.corpus.notes

    @cached_property
    def graph(self) -> Graph | None:
        """The graph."""
        return self.make_graph() if self.make_graph else None

    @cached_property
    def places(self) -> RdfPlaces:
        """Positions of statements in the RDF files."""
        return RdfPlaces(self.sources, self.used_terms, self.settings.base if self.settings else "")

    @cached_property
    def proofs(self) -> tuple[Evidence, ...]:
        """All pieces of evidence with their stored verdicts."""
        if self.known_proofs is not None:
            return self.known_proofs
        return self._proofs() if self.settings is not None else ()

    def _proofs(self) -> tuple[Evidence, ...]:
        assert self.settings is not None  # noqa: S101  # the caller has checked
        return claims.read_evidence(
            self.settings.ontology, self.corpus, self.files, self.vocabulary.relations, self.settings.cache
        )

    # What there is

    @cached_property
    def predicates(self) -> frozenset[str]:
        """IRIs of all predicates that the graph may contain, possibly more.

        They don't require the graph, so a rule without anything to check needn't wait for one.
        """
        used = {a.predicate for a in self.corpus.assertions} | self.places.predicates
        if self.settings is not None and self.settings.top_concepts:
            used |= {SKOS + "hasTopConcept", SKOS + "topConceptOf"}
        relations = self.vocabulary.relations
        predicates = set(used)
        for iri in used & relations.keys():
            for name in (iri, *relations[iri].parents):
                other = relations.get(name)
                predicates |= {name, *(other.parents if other else ())}
                if other is not None and other.inverse:
                    predicates |= {other.inverse, *(relations[other.inverse].parents if other.inverse in relations else ())}
        return frozenset(predicates)

    @cached_property
    def unclear(self) -> list[ResolvedLink]:
        """Links that don't resolve to one note, or not exactly: few of all links."""
        return [r for r in self.corpus.links if r.resolution.__class__ is not Resolved or r.resolution.inexact]

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:
        """Letters and digits of a note's name → paths of the notes with this name."""
        paths: dict[str, list[str]] = {}
        for path in self.corpus.notes:
            paths.setdefault(letters_and_digits(posixpath.splitext(posixpath.basename(path))[0]), []).append(path)
        return paths

    @cached_property
    def has_rdf_concepts(self) -> bool:
        """Whether an RDF file has a concept, a scheme or a collection, declared or by the properties used with it."""
        return not self.places.classes.isdisjoint(_CLASSES) or not self.places.predicates.isdisjoint(_OF_CONCEPTS)

    @cached_property
    def of_rdf_files(self) -> Context:
        """The same context for a rule whose findings are reported in RDF files only."""
        _ = self.graph, self.places  # the copy shares them
        context = copy(self)
        context.rdf_files_only = True
        return context

    def is_reported(self, subject: str, object_: str = "") -> bool:
        """Return whether a finding about a resource, or its statement with another, may be in a file that is reported."""
        if not self.rdf_files_only or not self.corpus.notes:
            return True
        concept, described = self.corpus.concepts.get(subject), self.places.subjects
        return concept is None or concept.path not in self.corpus.notes or subject in described or object_ in described

    def is_described(self, iri: str) -> bool:
        """Return whether a finding about a resource may be reported: it is a concept, or an RDF file describes it."""
        return self.is_reported(iri) and (iri in self.corpus.concepts or iri in self.places.subjects)

    def rdf_labels(self, kind: str) -> Iterator[RdfLabel]:
        """Yield the labels of concepts in RDF files: ``prefLabel``, ``altLabel`` or ``hiddenLabel``."""
        if all(concept.path in self.corpus.notes for concept in self.corpus.concepts.values()) or self.graph is None:
            return
        for q in self.graph.store.quads_for_pattern(None, ox.NamedNode(SKOS + kind), None, ox.DefaultGraph()):
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.Literal):
                concept = self.corpus.concepts.get(q.subject.value)
                if concept is not None and concept.path not in self.corpus.notes:
                    yield RdfLabel(q.subject.value, kind, q.object.value, q.object.language or "")

    @cached_property
    def rdf_resources(self) -> frozenset[str]:
        """The IRIs of all resources about which, or about whose statements, a finding may be in an RDF file."""
        notes = self.corpus.notes
        return frozenset(self.places.subjects).union(
            iri for iri, concept in self.corpus.concepts.items() if concept.path not in notes
        )

    @property
    def near_rdf_files(self) -> Graph | None:
        """The part of the graph that is near the resources of RDF files; None if a finding elsewhere may be reported."""
        return self._nearby if self.rdf_files_only and self.corpus.notes and self.places.has_all_places else None

    @cached_property
    def _nearby(self) -> Graph | None:
        return copy_nearby(self.graph, self.rdf_resources) if self.graph is not None else None

    @cached_property
    def neighbours(self) -> Mapping[str, set[str]]:
        """Concept → the concepts with a relation or link to or from it; concepts without any are absent."""
        neighbours: dict[str, set[str]] = {}
        concepts = self.corpus.concepts
        among = ((a, b) for a, b in self._semantic() if a in concepts and b in concepts)
        for a, b in among if self.is_rdf else self._stated():
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
        return neighbours

    @cached_property
    def related(self) -> Set[str]:
        """The concepts that have a relation or link with another resource; in RDF files, it needn't be described (S19, S41)."""
        if not self.is_rdf:
            return self.neighbours.keys()
        mappings = frozenset(SKOS + name for name in MAPPINGS)
        outward = {end for pair in self._semantic(mappings) for end in pair}
        return outward | self.neighbours.keys()

    def _stated(self) -> Iterator[tuple[str, str]]:
        """Pairs of concepts that notes relate or link, foreign ones included: who has such a neighbour isn't isolated."""
        for assertions in (self.corpus.assertions, self.corpus.foreign_assertions):
            yield from ((a.subject, a.object) for a in assertions)

    def _semantic(self, without: Set[str] = frozenset()) -> Iterator[tuple[str, str]]:
        """Pairs of resources that a semantic relation of RDF files connects, by other properties than some."""
        names = {
            *self.vocabulary.relations,
            *(SKOS + n for n in ("broaderTransitive", "narrowerTransitive", "semanticRelation")),
        }
        graph = self.graph
        for name in sorted(names - without) if graph is not None else ():
            assert graph is not None  # noqa: S101  # mypy doesn't see the condition
            for q in graph.store.quads_for_pattern(None, ox.NamedNode(name), None, ox.DefaultGraph()):
                pair = getattr(q.subject, "value", ""), getattr(q.object, "value", "")
                if pair[0] != pair[1]:
                    yield pair

    # Places

    def outside(self, path: Path) -> str:
        """The path of a file other than a note, from the notes folder (if there are several, from the knowledge base)."""
        if path not in self._names:
            self._names[path] = self._name_outside(path)
        return self._names[path]

    def _name_outside(self, path: Path) -> str:
        if self.settings is None:
            return path.as_posix()
        if path in self.settings.thesauri:
            return self.settings.name_of(path)
        if self.settings.trusted is not None and path.is_relative_to(self.settings.trusted):
            path = self.settings.root / path.relative_to(self.settings.trusted)
        start = self.settings.notes[0] if len(self.settings.notes) == 1 else self.settings.root
        return Path(os.path.relpath(path, start)).as_posix()

    def place(self, iri: str) -> Place:
        """Where a concept or another resource is described."""
        if self.settings is not None and iri == f"{self.settings.base}scheme" and iri not in self.places.subjects:
            return Place(self.outside(self.settings.root / "kg.toml"))  # the settings describe the scheme
        concept = self.corpus.concepts.get(iri)
        if concept is not None and concept.path in self.corpus.notes:
            return Place(concept.path, concept.line)
        position = self.places.subject(iri)
        if position is not None:
            return Place(self.outside(position.path), position.line, position.column, iri)
        return Place(concept.path, concept.line, 1, iri) if concept is not None and concept.path else self.anywhere

    @cached_property
    def anywhere(self) -> Place:
        """The place of a resource without one: the settings of the knowledge base, or its first file."""
        if not self.is_rdf and self.settings is not None and (self.settings.root / "kg.toml").is_file():
            return Place(self.outside(self.settings.root / "kg.toml"))
        first = next(iter(self.corpus.notes), None)
        return Place(first or (self.outside(self.sources[0]) if self.sources else "."))

    def place_of(self, subject: str, predicate: str, object_: str) -> Place:
        """Return the place of a relation, else of any relation between the two, else of the subject."""
        stated = self._between(subject, object_)
        if stated:
            relation = self.vocabulary.relations.get(predicate)
            family = {predicate, *(relation.parents if relation else ())}

            def distance(a: Assertion) -> int:
                its = self.vocabulary.relations.get(a.predicate)
                same = a.predicate in family or (its is not None and predicate in its.parents)
                turned = its is not None and (its.inverse == predicate or (its.symmetric and same))
                if a.predicate == predicate:
                    return 0
                if same:
                    return 1
                return 2 if turned else 3 + _rank(a.predicate)

            best = min(stated, key=lambda a: (distance(a), a.subject != subject, a.path, a.line, a.column))
            if best.context != "rdf":
                return Place(best.path, best.line, best.column)
        # RDF readers report lines only; `places` adds the column, in syntaxes that it can parse again.
        at = self.places.statement(subject, predicate, object_) or self.places.between(subject, object_)
        if at is None and stated:
            return Place(best.path, best.line, best.column, subject)
        return Place(self.outside(at.path), at.line, at.column, subject) if at is not None else self.place(subject)

    def statement_place(self, subject: ox.NamedNode, predicate: str, object_: object) -> Place:
        """Return the place of a relation as `place_of` does, of its subject if it isn't one between resources with an IRI."""
        if isinstance(object_, ox.NamedNode):
            return self.place_of(subject.value, predicate, object_.value)
        return self.place(subject.value)

    def broader_line(self, child: str, parent: str) -> Place:
        """Return where an author states that `parent` is broader than `child` (or the inverse), else the concept's place."""
        stated = self._between(child, parent)
        if stated:
            best = min(stated, key=lambda a: _rank(a.predicate))
            if best.context != "rdf":
                return Place(best.path, best.line, best.column)
        statement = self.places.statement
        at = (
            statement(child, SKOS + "broader", parent)
            or statement(parent, SKOS + "narrower", child)
            or statement(parent, SKOS + "broader", child)
            or self.places.between(child, parent)
        )
        if at is None and stated:
            return Place(best.path, best.line, best.column, child)
        return Place(self.outside(at.path), at.line, at.column, child) if at is not None else self.place(child)

    def text_place(self, iri: str, predicate: str, text: str) -> Place:
        """Return the place of a label or another text of a concept."""
        concept = self.corpus.concepts.get(iri)
        if concept is not None and concept.path in self.corpus.notes:
            for path in concept.paths or (concept.path,):
                note = self.corpus.notes[path]
                for link in note.links:
                    if link.kind == "name" and link.relation in ("aliases", "alias") and link.target == text:
                        return Place(path, link.line, link.column)
            if predicate == SKOS + "definition":
                return self.definition_place(concept)
            return Place(concept.path, concept.line)
        at = self.places.literal(iri, predicate, text)
        return Place(self.outside(at.path), at.line, at.column, iri) if at is not None else self.place(iri)

    def definition_place(self, concept: Concept) -> Place:
        """Return the place of a concept's definition: its key, else its paragraph."""
        note = self.corpus.notes.get(concept.path)
        if note is None:
            return self.text_place(concept.iri, SKOS + "definition", concept.definition("en"))
        key = next((key for key in definition_keys(note) if note.metadata.get(key) and key in note.lines), None)
        if key is not None:
            return Place(note.path, note.lines[key])
        return Place(note.path, *note.definition_at) if note.definition else Place(note.path, concept.line)

    def states_definition(self, concept: Concept) -> bool:
        """Return whether somebody wrote the definition as one: a description or the first paragraph may repeat another."""
        note = self.corpus.notes.get(concept.path)
        return note is None or bool(note.metadata.get("definition")) or (bool(note.definition) and note.definition != note.lead)

    def _between(self, a: str, b: str) -> list[Assertion]:
        """The typed relations that authors stated between two concepts, in either direction."""
        return self._pairs.get(frozenset((a, b)), [])

    @cached_property
    def _pairs(self) -> dict[frozenset[str], list[Assertion]]:
        pairs: dict[frozenset[str], list[Assertion]] = {}
        for assertion in self.corpus.assertions:
            if assertion.predicate != LINKS_TO:
                pairs.setdefault(frozenset((assertion.subject, assertion.object)), []).append(assertion)
        return pairs

    # Names

    def concept(self, iri: str) -> Concept:
        """Return the concept with an IRI."""
        return self.corpus.concepts[iri]

    def name(self, iri: str) -> str:
        """Return the name of a resource for messages: the id of the concept, else the shortened IRI."""
        concept = self.corpus.concepts.get(iri)
        if concept is not None:
            return concept.id
        if iri.startswith("file:"):
            return iri.rpartition("/")[2]
        return shorten_term(ox.NamedNode(iri), self.settings.base if self.settings else "")

    def show(self, term: object) -> str:
        """Return a term of the graph for messages: the name of a resource, or the text of a literal."""
        if isinstance(term, ox.NamedNode):
            return self.name(term.value)
        if isinstance(term, ox.Literal):
            return term.value
        return "" if term is None else str(term)

    @property
    def is_rdf(self) -> bool:
        """Whether RDF files are checked instead of notes."""
        return not self.corpus.notes


def _rank(predicate: str) -> int:
    """0 for hierarchical relations, 1 for those that a knowledge base adds (they may be hierarchical), 2 for the others."""
    relation = built_in_vocabulary().relations.get(predicate)
    if relation is None:
        return 1
    return 0 if relation.hierarchical else 2
