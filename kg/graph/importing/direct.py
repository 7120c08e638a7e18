"""A thesaurus as direct input of a build: its statements are added to the graph unchanged, its concepts to the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import pyoxigraph as ox

from kg.base.errors import UsageError
from kg.base.names import DCTERMS, KG, LINKS_TO, PROV, RDF, RDFS, SKOS, XSD
from kg.base.settings import Settings
from kg.graph import Vocabulary, note_iri
from kg.graph.importing import block
from kg.graph.importing.syntax import MALFORMED, Document, read_rdf
from kg.graph.importing.thesaurus import (
    Thesaurus,
    ThesaurusEntry,
    from_document,
    name_blank_concepts,
)
from kg.graph.lexical import StatedLiteral, find_changed_literals
from kg.graph.literals import format_literal
from kg.graph.quads import derived_lines, stated_relations
from kg.graph.rules import Stated
from kg.graph.used_terms import UsedTerms
from kg.model import Assertion, Concept, Corpus, Fault


class Direct(NamedTuple):
    """The input of a build from sources other than the text of notes."""

    corpus: Corpus
    """The corpus, with the concepts and relations of the thesauri."""
    lines: Sequence[str]
    """N-Quads to add to those of the notes."""
    triples: Sequence[ox.Triple]
    """Statements with blank nodes for the default graph: loaded as N-Quads in batches, the nodes would get different names."""
    forms: Sequence[str]
    """Literals as the files have them, if the store changes them: lines of `kg.graph.lexical.LITERALS`."""
    used: UsedTerms | None = None
    """The terms of the thesauri."""


def read_thesauri(settings: Settings, vocabulary: Vocabulary, corpus: Corpus) -> Direct:
    """Return the corpus of notes together with the thesauri in the settings and the ``skos:`` keys of notes.

    Raises UsageError for a file that can't be parsed as RDF or that contains no SKOS concept.
    """
    built_in = frozenset(t.subject.value for t in vocabulary.triples if isinstance(t.subject, ox.NamedNode))
    blocks = block.read_blocks(corpus, settings.base, built_in)
    lines, triples, faults = blocks.lines, blocks.triples, blocks.faults
    literals = blocks.literals
    if faults:
        corpus = replace(corpus, faults=(*corpus.faults, *faults))
    if not settings.thesauri:
        return Direct(corpus, lines, triples, find_changed_literals(literals))
    read_ = []
    used = UsedTerms(set(), set(), set(), set(), frozenset(settings.thesauri))
    malformed: list[tuple[str, Fault]] = []
    taken = {c.id: c.iri for c in corpus.concepts.values()}
    for path in settings.thesauri:
        name = settings.name_of(path)
        document = name_blank_concepts(read_rdf(path, name, base=settings.base), vocabulary, settings.base)
        used.add_all(document.statements)
        malformed += ((name, Fault(MALFORMED, f.line, f.column, f.problem)) for f in document.faults)
        thesaurus = from_document(document, vocabulary, settings.base, taken)
        if not thesaurus.concepts:
            raise UsageError(
                f"{name} has no concept of SKOS", hint="kg reads thesauri: things typed skos:Concept, with skos:prefLabel"
            )
        taken |= {e.id: e.iri for e in thesaurus.concepts.values()}
        read_.append((document, thesaurus))
    concepts = dict(corpus.concepts)
    for document, thesaurus in read_:
        areas = _areas(thesaurus)
        types = {iri: key for key, iri in vocabulary.types.items()}
        for entry in thesaurus.concepts.values():
            concepts.setdefault(entry.iri, _concept(entry, document.name, areas.get(entry.iri, ""), types, settings.base))
    assertions = list(corpus.assertions)
    typed: list[tuple[Assertion, str]] = []
    for document, thesaurus in read_:
        found = list(_assertions(document, thesaurus, concepts, vocabulary))
        assertions += [a._replace(line=max(a.line, 1)) for a in found]
        lines += _books(document, thesaurus, found, settings.base, typed)
        for s in thesaurus.statements:
            # The vocabulary's statements about its terms are final: a file can't change what a relation entails.
            if isinstance(s.subject, ox.NamedNode) and s.subject.value in built_in:
                continue
            if isinstance(s.object, ox.Literal):
                literals.append(StatedLiteral(s.subject, s.predicate, s.object, s.tag))
            if isinstance(s.subject, ox.BlankNode) or isinstance(s.object, ox.BlankNode):
                triples.append(ox.Triple(s.subject, s.predicate, s.object))
            else:
                lines.append(f"{s.subject} {s.predicate} {s.object} .")
    steps = vocabulary.steps(sorted({a.predicate for a, _ in typed}))
    asserted = {Stated(*a[:3]) for a in corpus.assertions} | stated_relations(lines, steps)
    lines += derived_lines(typed, settings.base, asserted, steps)
    ordered = {c.iri: c for c in sorted(concepts.values(), key=lambda c: c.id)}
    corpus = replace(corpus, concepts=ordered, assertions=tuple(assertions), faults=(*corpus.faults, *malformed))
    return Direct(corpus, lines, triples, find_changed_literals(literals), used)


def _areas(thesaurus: Thesaurus) -> dict[str, str]:
    """Return concept → the label of a collection that contains it, as for a build that is read back."""
    areas: dict[str, str] = {}
    for entry in thesaurus.others.values():
        if entry.kind != "ConceptScheme":
            label = min((text for text, _ in entry.texts(SKOS + "prefLabel")), default="")
            areas |= dict.fromkeys(entry.members, label) if label else {}
    return areas


def _concept(entry: ThesaurusEntry, path: str, area: str, types: dict[str, str], base: str) -> Concept:
    def by_language(prop: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for text, lang in entry.texts(prop):
            if text.strip():
                found.setdefault(lang, text.strip())
        return found

    labels = by_language(SKOS + "prefLabel") or by_language(RDFS + "label") or {"": entry.id}
    layer = next((s[len(base) + 6 :] for s in entry.iris(SKOS + "inScheme") if s.startswith(f"{base}layer/")), "")
    return Concept(
        iri=entry.iri,
        id=entry.id,
        path=path,
        labels=labels,
        alt_labels=tuple((text, lang) for text, lang in entry.texts(SKOS + "altLabel") if text.strip()),
        type=next((types[t] for t in entry.iris(RDF + "type") if types.get(t, "concept") != "concept"), "concept"),
        layer=layer,
        area=area,
        definitions=by_language(SKOS + "definition"),
        sources=tuple(t.value for p in ("source", "bibliographicCitation") for t in entry.values.get(DCTERMS + p, ())),
        tags=tuple(text for text, _ in entry.texts(DCTERMS + "subject")),
        status=next((text for text, _ in entry.texts(KG + "status")), ""),
        paths=(path,),
        line=max(entry.line, 1),
    )


def _assertions(
    document: Document, thesaurus: Thesaurus, concepts: dict[str, Concept], vocabulary: Vocabulary
) -> Iterator[Assertion]:
    """Yield the relations of the vocabulary between concepts, each with its line."""
    for entry in thesaurus.concepts.values():
        values = ((s, t.value) for s, terms in entry.values.items() for t in terms if isinstance(t, ox.NamedNode))
        # Concepts of a note or of another file don't belong to this file.
        outside = ((p, t, entry.line) for p, t in values if t in concepts)
        for predicate, target, line in (*entry.relations, *outside):
            if (predicate in vocabulary.relations or predicate == LINKS_TO) and target != entry.iri:
                context = "text" if predicate == LINKS_TO else "rdf"
                yield Assertion(entry.iri, predicate, target, document.name, line, 1, context)


def _books(
    document: Document,
    thesaurus: Thesaurus,
    assertions: Sequence[Assertion],
    base: str,
    typed: list[tuple[Assertion, str]],
) -> Iterator[str]:
    """Yield the statements that a build adds to those of a file: ids and scheme of its concepts, places of its relations.

    `typed` receives the relations from which something may follow, each with its place, as `derived_lines` expects them.
    """
    note = note_iri(base, document.name)
    yield f"<{note}> <{RDF}type> <{KG}Note> ."
    yield f"<{note}> <{KG}path> {format_literal(document.name)} ."
    yield f'<{note}> <{KG}digest> "{document.digest}" .'
    for entry in thesaurus.concepts.values():
        yield f"<{entry.iri}> <{RDF}type> <{SKOS}Concept> ."
        yield f"<{entry.iri}> <{DCTERMS}identifier> {format_literal(entry.id)} ."
        yield f"<{entry.iri}> <{PROV}wasDerivedFrom> <{note}> ."
    placed: set[int] = set()
    for a in assertions:
        place = f"<{note}#L{a.line}>" if a.line else f"<{note}>"
        yield f"<{a.subject}> <{a.predicate}> <{a.object}> {place} ."
        if a.predicate != LINKS_TO:
            typed.append((a, place[len(base) + 1 : -1]))
        if a.line and a.line not in placed and a.predicate != LINKS_TO:
            placed.add(a.line)
            yield f"{place} <{PROV}wasDerivedFrom> <{note}> ."
            yield f'{place} <{KG}line> "{a.line}"^^<{XSD}integer> .'
