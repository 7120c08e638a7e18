"""Sections as concepts: definitions in documents become concepts of a build, without changes to files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kg.base.names import fold, iri_path, language_of
from kg.corpus import VocabularyWords
from kg.model import Assertion, Concept, Corpus
from kg.suggest.extract.drafts import Draft, make_drafts
from kg.suggest.extract.found import find_definitions


def with_sections(corpus: Corpus, words: VocabularyWords, base: str, text_of: Callable[[str], str]) -> Corpus:
    """Add a concept for each draft to the corpus, described by the document and line with the best definition.

    A labelled edge between two concepts, at least one of them new, states a relation, and so does a definition as a tuple. An
    edge whose label matches no relation states nothing. `text_of` returns the text of a note by path.
    """
    places = [f for path, note in corpus.notes.items() for f in find_definitions(note, text_of(path))]
    sure, _ = make_drafts(corpus, places, words)
    iris = {c.id: c.iri for c in corpus.concepts.values()} | {d.id: f"{base}concept/{iri_path(d.id)}" for d in sure}
    concepts = {c.iri: c for c in corpus.concepts.values()} | {iris[d.id]: _concept(d, iris[d.id]) for d in sure}
    stated = [
        Assertion(iris[d.id], e.relation, iris[e.target], e.path, e.line, 1, e.context)
        for d in sure
        for e in d.relations
        if e.target in iris
    ]
    return replace(
        corpus,
        concepts=dict(sorted(concepts.items(), key=lambda item: item[1].id)),
        assertions=(*corpus.assertions, *stated),
    )


def _concept(draft: Draft, iri: str) -> Concept:
    used = {fold(name) for name in draft.names.values()}
    place = draft.places[0]
    return Concept(
        iri=iri,
        id=draft.id,
        path=place.path,
        labels=dict(draft.names),
        alt_labels=tuple((a, language_of(a, "en")) for a in draft.aliases if fold(a) not in used),
        type=draft.type,
        layer="",
        area="",
        definitions={language_of(draft.definition, "en"): draft.definition} if draft.definition else {},
        sources=tuple(f"{p.path}:{p.line}" for p in draft.places),
        tags=(),
        status="draft",
        line=place.line,
    )
