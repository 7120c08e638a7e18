"""What a rule is: a code, a name after the fault, a severity, and the function that finds it in what a build has read."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, NamedTuple

import pyoxigraph as ox

from kg.base.names import LINKS_TO, SKOS, letters_and_digits
from kg.base.settings import Settings
from kg.evidence import claims
from kg.graph import Graph, Vocabulary, built_in
from kg.graph.places import RdfPlaces
from kg.model import Assertion, Concept, Corpus, Evidence, Finding, Fix, Hierarchy, Resolved, ResolvedLink, Severity

Default = Literal["on", "rdf", "off"]
"""``on``; ``rdf``: on for RDF files, for notes when it is named; ``off``: when it is named, or with ALL."""

_FEW: Final = 3
_DEFINES: Final = re.compile(r"definition|^[\d.\s]*what\b|定义|是什么|什么是", re.IGNORECASE)


class Place(NamedTuple):
    """Where something stands. Paths of files that are no notes are relative to the notes folder too."""

    path: str
    line: int = 1
    column: int = 1


class TrustedChange(NamedTuple):
    """A difference of `kg.toml`, `ontology/` or the baseline between a base revision and the files that are checked."""

    path: str
    """Below the folder of the knowledge base."""
    line: int
    what: str
    """For readers: ``gates.linkage: 95 → 10``, ``changed``."""
    revision: str


@dataclass
class Context:
    """What rules look at. Everything that costs time is made when the first rule asks for it."""

    corpus: Corpus
    hierarchy: Hierarchy | None = None
    """None where the build stops before the network."""
    settings: Settings | None = None
    vocabulary: Vocabulary = field(default_factory=built_in)
    make_graph: Callable[[], Graph] | None = None
    """Gives the graph; None where there is none."""
    sources: tuple[Path, ...] = ()
    """RDF files that the graph holds besides the built-in vocabulary."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path of a note → where it is on the disk."""
    known_proofs: tuple[Evidence, ...] | None = None
    """The evidence, where it was read already."""
    terms: object = None
    """What `kg.checks.terms` has found, kept for the next rule."""
    changes: Sequence[TrustedChange] = ()
    """What a change does to settings and ontology, where these are judged by a base revision."""

    @cached_property
    def graph(self) -> Graph | None:
        """The graph, made when it is first asked for."""
        return self.make_graph() if self.make_graph else None

    @cached_property
    def places(self) -> RdfPlaces:
        """Where the RDF files say what they say."""
        return RdfPlaces(self.sources)

    @cached_property
    def proofs(self) -> tuple[Evidence, ...]:
        """All pieces of evidence with the verdicts that are remembered."""
        if self.known_proofs is not None:
            return self.known_proofs
        return self._proofs() if self.settings is not None else ()

    def _proofs(self) -> tuple[Evidence, ...]:
        assert self.settings is not None  # noqa: S101  # asked before
        return claims.read(self.settings.ontology, self.corpus, self.files, self.vocabulary.relations, self.settings.cache)

    # What there is

    @cached_property
    def predicates(self) -> frozenset[str]:
        """IRIs of all predicates that the graph may hold between or of concepts: more than it holds, never fewer.

        It is known without the graph, so that a rule which has nothing to look at need not wait for one.
        """
        used = {a.predicate for a in self.corpus.assertions} | self.places.predicates
        if self.settings is not None and self.settings.top_concepts:
            used |= {SKOS + "hasTopConcept", SKOS + "topConceptOf"}
        relations = self.vocabulary.relations
        found = set(used)
        for iri in used & relations.keys():
            for name in (iri, *relations[iri].parents):
                other = relations.get(name)
                found |= {name, *(other.parents if other else ())}
                if other is not None and other.inverse:
                    found |= {other.inverse, *(relations[other.inverse].parents if other.inverse in relations else ())}
        return frozenset(found)

    @cached_property
    def unclear(self) -> list[ResolvedLink]:
        """Links that don't mean one note, or mean it inexactly: few of many."""
        return [r for r in self.corpus.links if r.resolution.__class__ is not Resolved or r.resolution.inexact]

    @cached_property
    def top_folders(self) -> frozenset[str]:
        """Names of the folders right below the notes folder."""
        return frozenset(path.partition("/")[0] for path in (*self.corpus.notes, *self.corpus.attachments) if "/" in path)

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:
        """Letters and digits of a note's name → paths of the notes that are called so."""
        found: dict[str, list[str]] = {}
        for path in self.corpus.notes:
            found.setdefault(letters_and_digits(posixpath.splitext(posixpath.basename(path))[0]), []).append(path)
        return found

    @cached_property
    def has_rdf_concepts(self) -> bool:
        """Whether an RDF file says of something that it is a concept or a scheme of them."""
        return any(SKOS + name in self.places.classes for name in ("Concept", "ConceptScheme", "Collection"))

    @cached_property
    def neighbours(self) -> Mapping[str, set[str]]:
        """Concept → the concepts that it is related or linked with, either way round; concepts with none are absent."""
        known: dict[str, set[str]] = {}
        for a, b in self._semantic() if self.is_rdf else ((a.subject, a.object) for a in self.corpus.assertions):
            known.setdefault(a, set()).add(b)
            known.setdefault(b, set()).add(a)
        return known

    def _semantic(self) -> Iterator[tuple[str, str]]:
        """Pairs of concepts of RDF files between which a relation stands."""
        names = {
            *self.vocabulary.relations,
            *(SKOS + n for n in ("broaderTransitive", "narrowerTransitive", "semanticRelation")),
        }
        known = self.corpus.concepts
        for name in sorted(names) if self.graph is not None else ():
            for q in (
                self.graph.store.quads_for_pattern(None, ox.NamedNode(name), None, ox.DefaultGraph()) if self.graph else ()
            ):
                pair = getattr(q.subject, "value", ""), getattr(q.object, "value", "")
                if pair[0] != pair[1] and pair[0] in known and pair[1] in known:
                    yield pair

    # Places

    def outside(self, path: Path) -> str:
        """A file that is no note, as a path from the notes folder (of several: from the knowledge base)."""
        if self.settings is None:
            return path.as_posix()
        if path in self.settings.thesauri:
            return self.settings.name_of(path)
        if self.settings.trusted is not None and path.is_relative_to(self.settings.trusted):
            path = self.settings.root / path.relative_to(self.settings.trusted)
        start = self.settings.notes[0] if len(self.settings.notes) == 1 else self.settings.root
        return Path(os.path.relpath(path, start)).as_posix()

    def place(self, iri: str) -> Place:
        """Where a concept, or anything else of the graph, is said to be."""
        if self.settings is not None and iri == f"{self.settings.base}scheme" and self.places.subject(iri) is None:
            return Place(self.outside(self.settings.root / "kg.toml"))  # the scheme of all concepts is what settings say of it
        concept = self.corpus.concepts.get(iri)
        if concept is not None and concept.path in self.corpus.notes:
            return Place(concept.path, concept.line)
        found = self.places.subject(iri)
        if found is not None:
            return Place(self.outside(found.path), found.line, found.column)
        return Place(concept.path, concept.line) if concept is not None and concept.path else self.anywhere

    @cached_property
    def anywhere(self) -> Place:
        """The place of what has none: the settings of the knowledge base, or its first file."""
        if self.settings is not None and (self.settings.root / "kg.toml").is_file():
            return Place(self.outside(self.settings.root / "kg.toml"))
        first = next(iter(self.corpus.notes), None)
        return Place(first or (self.outside(self.sources[0]) if self.sources else "."))

    def place_of(self, subject: str, predicate: str, object_: str) -> Place:
        """Where a relation is stated: as it is, else any relation between the two, else the place of the subject."""
        found = self._between(subject, object_)
        if found:
            relation = self.vocabulary.relations.get(predicate)
            family = {predicate, *(relation.parents if relation else ())}

            def rank(a: Assertion) -> tuple[int, int, str, int, int]:
                its = self.vocabulary.relations.get(a.predicate)
                same = a.predicate in family or (its is not None and predicate in its.parents)
                turned = its is not None and (its.inverse == predicate or (its.symmetric and same))
                exact = 0 if a.predicate == predicate else 1 if same else 2 if turned else 3 + _rank(a.predicate)
                return exact, a.subject != subject, a.path, a.line, a.column

            best = min(found, key=rank)
            if best.context != "rdf":
                return Place(best.path, best.line, best.column)
        # Those who read RDF tell the line; here the column is found too, in syntaxes that can be read again.
        at = self.places.statement(subject, predicate, object_) or self.places.between(subject, object_)
        if at is None and found:
            return Place(best.path, best.line, best.column)
        return Place(self.outside(at.path), at.line, at.column) if at is not None else self.place(subject)

    def broader_line(self, child: str, parent: str) -> Place:
        """Where an author says that `parent` is broader than `child` (or the other way round), else the concept's place."""
        found = self._between(child, parent)
        if found:
            best = min(found, key=lambda a: _rank(a.predicate))
            return Place(best.path, best.line, best.column)
        said = self.places.statement
        at = (
            said(child, SKOS + "broader", parent)
            or said(parent, SKOS + "narrower", child)
            or said(parent, SKOS + "broader", child)
            or self.places.between(child, parent)
        )
        return Place(self.outside(at.path), at.line, at.column) if at is not None else self.place(child)

    def text_place(self, iri: str, predicate: str, text: str) -> Place:
        """Where a label or another text of a concept stands."""
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
        found = self.places.literal(iri, predicate, text)
        return Place(self.outside(found.path), found.line, found.column) if found is not None else self.place(iri)

    def definition_place(self, concept: Concept) -> Place:
        """Where the definition of a concept stands: the key, else the heading of its section."""
        note = self.corpus.notes.get(concept.path)
        if note is None:
            return self.text_place(concept.iri, SKOS + "definition", concept.definition("en"))
        if "definition" in note.lines:
            return Place(note.path, note.lines["definition"])
        heading = next((h for h in note.headings if note.definition and _DEFINES.search(h.text)), None)
        return Place(note.path, heading.line, heading.column) if heading else Place(note.path, concept.line)

    def _between(self, a: str, b: str) -> list[Assertion]:
        """The typed relations that authors stated between two concepts, either way round."""
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
        """The concept of an IRI."""
        return self.corpus.concepts[iri]

    def name(self, iri: str) -> str:
        """What to call a thing of the graph: the id of a concept, else its IRI in short."""
        from kg.graph.query import shorten

        concept = self.corpus.concepts.get(iri)
        if concept is None and iri.startswith("file:"):
            return iri.rpartition("/")[2]
        return concept.id if concept is not None else shorten(ox.NamedNode(iri), self.settings.base if self.settings else "")

    @property
    def is_rdf(self) -> bool:
        """Whether RDF files are looked at instead of notes."""
        return not self.corpus.notes


def _rank(predicate: str) -> int:
    """0 for hierarchical relations, 1 for those that a knowledge base adds and may be, 2 for the others."""
    relation = built_in().relations.get(predicate)
    return 1 if relation is None else 0 if relation.hierarchical else 2


def few_others(group: Sequence[str], own: str) -> tuple[list[str], str]:
    """The first members of a group besides one, and how many more there are, in words.

    Each member of a group gets a finding; with all others in each, a group of n would give n² names.

    >>> few_others(["a", "b", "c"], "b"), few_others(["a", "b", "c", "d", "e", "f"], "a")
    ((['a', 'c'], ''), (['b', 'c', 'd'], ' and 2 more'))
    """
    others = [member for member in group[: _FEW + 1] if member != own][:_FEW]
    more = len(group) - 1 - len(others)
    return others, f" and {more:,} more" if more > 0 else ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what is wrong, how bad, and how to mend it. Its documentation is `kg.checks.texts.text_of`."""

    code: str
    name: str
    severity: Severity
    mend: str
    """The hint of a finding that has none of its own."""
    find: Callable[[Rule, Context], Iterator[Finding]]
    default: Default = "on"
    habit: bool = False
    """Something that is left out. A collection that leaves it out nearly everywhere is told so once, not once a note."""
    where: Literal["notes", "rdf", "both"] = "notes"
    source: str = ""
    """The catalogue that the rule is from: ``qSKOS oc``, ``SKOS S14``."""
    own: Path | None = None
    """The file of a rule that a knowledge base adds."""

    def at(self, place: Place, message: str, hint: str = "", fix: Fix | None = None) -> Finding:
        """A finding of this rule."""
        line, column = max(1, place.line), max(1, place.column)
        return Finding(self.code, self.name, self.severity, place.path, line, column, message, hint or self.mend, fix)
