"""The corpus as N-Quads: asserted statements in the default graph and in the graph of their place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar

import pyoxigraph as ox

from kg.base.names import DCTERMS, FOAF, KG, LINKS_TO, OWL, PROV, RDF, SKOS, XSD, inferred_iri, iri_path, notes_iri
from kg.graph.literals import boolean, format_literal
from kg.graph.rules import RuleStep, Stated
from kg.model import Assertion, Concept, Corpus, Note

_T = TypeVar("_T")
_TYPE: Final = f"<{RDF}type>"
_URL: Final = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]]+")
_SKOS_TYPE: Final = f"{_TYPE} <{SKOS}Concept> ."
_NOTE: Final = f"{_TYPE} <{KG}Note> .\n"


def blank_node_names(file_name: str) -> Callable[[_T], _T | ox.BlankNode]:
    """Return a function that renames blank nodes by file, so that two files share none; other terms are unchanged."""
    stem = re.sub("[^A-Za-z0-9]", "", Path(file_name).stem)
    prefix = f"{stem}{hashlib.sha256(file_name.encode('utf-8', 'replace')).hexdigest()[:6]}n"
    names: dict[ox.BlankNode, ox.BlankNode] = {}

    def named(term: _T) -> _T | ox.BlankNode:
        return names.setdefault(term, ox.BlankNode(f"{prefix}{len(names)}")) if isinstance(term, ox.BlankNode) else term

    return named


def is_iri(text: str) -> bool:
    """Return whether a text is an IRI by RFC 3987: ``https://a.b/100%`` isn't.

    >>> is_iri("https://a.b/100%25"), is_iri("https://a.b/100%"), is_iri("https://a.b:port/")
    (True, False, False)
    """
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=65536)
def note_iri(base: str, path: str) -> str:
    """Return the IRI of a note; with ``#L12`` appended, that of a line in it."""
    return notes_iri(base) + iri_path(path)


def corpus_lines(
    corpus: Corpus,
    *,
    base: str,
    types: Mapping[str, str],
    tops: Sequence[str] = (),
    title: Mapping[str, str],
    steps: Callable[[Sequence[str]], Mapping[str, Sequence[RuleStep]]] | None = None,
) -> Iterator[str]:
    """Yield N-Quads of all statements by authors, in pieces of whole lines; few lines occur twice.

    `steps` returns, by relation, what single-premise rules infer from one statement; these conclusions are included.
    """
    yield from head_lines(corpus, base=base, types=types, tops=tops, title=title)
    yield from link_lines(corpus.assertions, base)
    yield from relation_lines(corpus.assertions, base, steps)


def head_lines(
    corpus: Corpus,
    *,
    base: str,
    types: Mapping[str, str],
    tops: Sequence[str] = (),
    title: Mapping[str, str],
) -> Iterator[str]:
    """Yield the part of `corpus_lines` with concepts and notes, which doesn't depend on resolved links."""
    yield from scheme_lines(corpus, base=base, title=title)
    yield from concept_lines(corpus.concepts.values(), corpus.concept_of, base=base, types=types, tops=tops)
    yield from note_lines(corpus.notes.values(), corpus.concept_of, base)


def scheme_lines(corpus: Corpus, *, base: str, title: Mapping[str, str]) -> Iterator[str]:
    """Yield the part of `head_lines` with the scheme, the layers and areas, and the former ids of concepts."""
    scheme = f"<{base}scheme>"
    yield f"{scheme} {_TYPE} <{SKOS}ConceptScheme> ."
    for lang, text in title.items():
        yield f"{scheme} <{DCTERMS}title> {format_literal(text, lang)} ."
    for iri, concept in redirects_of(corpus, base).items():
        yield f"<{iri}> <{DCTERMS}isReplacedBy> <{concept.iri}> .\n<{iri}> <{OWL}deprecated> {boolean(True)} ."
    concepts = corpus.concepts.values()
    for layer in sorted({c.layer for c in concepts if c.layer}):
        iri = _layer(base, layer)
        yield f"{iri} {_TYPE} <{SKOS}ConceptScheme> .\n{iri} <{SKOS}prefLabel> {format_literal(layer)} ."
    for area in sorted({c.area for c in concepts if c.area}):
        iri = _area(base, area)
        yield f"{iri} {_TYPE} <{SKOS}Collection> .\n{iri} <{SKOS}prefLabel> {format_literal(area)} ."


def concept_lines(
    concepts: Iterable[Concept],
    concept_of: Mapping[str, str],
    *,
    base: str,
    types: Mapping[str, str],
    tops: Sequence[str] = (),
) -> Iterator[str]:
    """Yield the part of `head_lines` with some concepts. `concept_of`: path of any note → IRI of its concept."""
    top = frozenset(tops)
    for concept in concepts:
        yield _concept(concept, types, concept.id in top, base)
        if concept.provenance is not None:
            # start time: few notes state anything about their origin
            from kg.graph.trust import trust_lines

            yield from trust_lines(concept, base, concept_of, note_iri(base, concept.path))


def note_lines(notes: Iterable[Note], concept_of: Mapping[str, str], base: str) -> Iterator[str]:
    """Yield the part of `head_lines` with some notes."""
    for note in notes:
        iri = f"<{note_iri(base, note.path)}>"
        topic = concept_of.get(note.path)
        lines = f'{iri} {_NOTE}{iri} <{KG}path> {format_literal(note.path)} .\n{iri} <{KG}digest> "{note.digest}" .'
        yield f"{lines}\n{iri} <{FOAF}primaryTopic> <{topic}> ." if topic else lines


@lru_cache(maxsize=1024)
def _layer(base: str, layer: str) -> str:
    return f"<{base}layer/{iri_path(layer)}>"


@lru_cache(maxsize=1024)
def _area(base: str, area: str) -> str:
    return f"<{base}area/{iri_path(area)}>"


def redirects_of(corpus: Corpus, base: str) -> dict[str, Concept]:
    """Return the IRI of each former id, and the concept that replaces it; none for an id that a concept has now."""
    result: dict[str, Concept] = {}
    for concept in corpus.concepts.values():
        for former in concept.former_ids:
            iri = f"{base}concept/{iri_path(former)}"
            if iri not in corpus.concepts:
                result.setdefault(iri, concept)
    return result


def _concept(concept: Concept, types: Mapping[str, str], top: bool, base: str) -> str:
    scheme = f"<{base}scheme>"
    s = f"<{concept.iri}> "
    lines = [
        f"{s}{_SKOS_TYPE}\n{s}<{SKOS}inScheme> {scheme} .\n{s}<{DCTERMS}identifier> {format_literal(concept.id)} .",
        *[f"{s}<{SKOS}prefLabel> {format_literal(text, lang)} ." for lang, text in concept.labels.items()],
        *[f"{s}<{SKOS}altLabel> {format_literal(text, lang)} ." for text, lang in concept.alt_labels],
        *[f"{s}<{SKOS}definition> {format_literal(text, lang)} ." for lang, text in concept.definitions.items()],
        *[f"{s}<{DCTERMS}subject> {format_literal(tag)} ." for tag in concept.tags],
        *[f"{s}<{PROV}wasDerivedFrom> <{note_iri(base, path)}> ." for path in concept.paths],
    ]
    if concept.type != "concept" and concept.type in types:
        lines.append(f"{s}{_TYPE} <{types[concept.type]}> .")
    if top:
        lines.append(f"{s}<{SKOS}topConceptOf> {scheme} .")
        lines.append(f"{scheme} <{SKOS}hasTopConcept> {s}.")
        lines.append(f'{s}<{KG}declaredTop> "true"^^<{XSD}boolean> .')
    if concept.layer:
        lines.append(f"{s}<{SKOS}inScheme> {_layer(base, concept.layer)} .")
    if concept.area:
        lines.append(f"{_area(base, concept.area)} <{SKOS}member> {s}.")
    for source in dict.fromkeys(concept.sources):
        # A source that is a URL is a resource, so that queries can join on it; other references are literals.
        if _URL.fullmatch(source) and is_iri(source):
            lines.append(f"{s}<{DCTERMS}source> <{source}> .")
        else:
            lines.append(f"{s}<{DCTERMS}bibliographicCitation> {format_literal(source)} .")
    if concept.status:
        lines.append(f"{s}<{KG}status> {format_literal(concept.status)} .")
        if concept.is_deprecated:
            lines.append(f"{s}<{OWL}deprecated> {boolean(True)} .")
    return "\n".join(lines)


def link_lines(assertions: Iterable[Assertion], base: str) -> Iterator[str]:
    """Yield the part of `corpus_lines` with plain links, from which nothing is inferred.

    Assertions of one note must follow each other. The IRI of a place contains its note and line; for typed relations they are
    statements too, for joins in queries. For plain links, nine of ten in a large collection, that would double the graph.
    """
    source = start = end = ""
    objects: set[str] = set()
    places: set[tuple[str, int]] = set()
    for subject, predicate, object_, path, line, _, _ in assertions:
        if predicate != LINKS_TO:
            continue
        if path != source:
            # Statements repeat within a note, and seldom in two: those of all notes would be too many to remember.
            source, start, end = path, f"<{subject}> <{LINKS_TO}> <", f"> <{note_iri(base, path)}#L"
            objects.clear()
            places.clear()
        if object_ not in objects:
            objects.add(object_)
            places.add((object_, line))
            yield f"{start}{object_}> .\n{start}{object_}{end}{line}> ."
        elif (object_, line) not in places:
            places.add((object_, line))
            yield f"{start}{object_}{end}{line}> ."


def relation_lines(
    assertions: Sequence[Assertion],
    base: str,
    steps: Callable[[Sequence[str]], Mapping[str, Sequence[RuleStep]]] | None = None,
    foreign: Iterable[str] = (),
) -> Iterator[str]:
    """Yield the part of `corpus_lines` with typed relations and their places, and what `steps` infer from them.

    `foreign` contains the N-Quads of other sources: what they state isn't inferred.
    """
    typed = [a for a in assertions if a.predicate != LINKS_TO]
    rules = steps(sorted({a.predicate for a in typed})) if steps is not None and typed else {}
    # Asserted statements aren't inferred again: for relations that rules conclude, all assertions must be in memory.
    concluded = concluded_by(rules)
    asserted = {Stated(*a[:3]) for a in assertions if a.predicate in concluded} | stated_relations(foreign, rules)
    yield from typed_lines(typed, base, asserted, rules)


def concluded_by(steps: Mapping[str, Sequence[RuleStep]]) -> frozenset[str]:
    """Return the relations of the conclusions of steps."""
    return frozenset(step.predicate for its_steps in steps.values() for step in its_steps)


def stated_relations(lines: Iterable[str], steps: Mapping[str, Sequence[RuleStep]]) -> set[Stated]:
    """Return the statements in N-Quads that `steps` could conclude: those between IRIs.

    >>> lines = ["<a> <p> <b> .", '<a> <p> "b" .', "<a> <q> <b> ."]
    >>> stated_relations(lines, {"q": [RuleStep("inverse", "p", True, -1)]})
    {Stated(subject='a', predicate='p', object='b')}
    """
    concluded = {f"<{predicate}>" for predicate in concluded_by(steps)}
    parts = (line.split(" ", 3) for line in lines) if concluded else ()
    return {Stated(s[1:-1], p[1:-1], o[1:-1]) for s, p, o, *_ in parts if p in concluded and o.startswith("<")}


def typed_lines(
    typed: Iterable[Assertion],
    base: str,
    asserted: Set[Stated],
    rules: Mapping[str, Sequence[RuleStep]],
) -> Iterator[str]:
    """Yield the part of `relation_lines` of some typed relations; those of one note must follow each other.

    `asserted`: all statements, of any note, of the relations that `rules` conclude.
    """
    for path, stated in groupby(typed, attrgetter("path")):
        yield from _of_note(stated, base, note_iri(base, path), asserted, rules)


def _of_note(
    assertions: Iterable[Assertion],
    base: str,
    note: str,
    asserted: Set[Stated],
    rules: Mapping[str, Sequence[RuleStep]],
) -> Iterator[str]:
    seen: set[str] = set()
    places: set[str] = set()
    typed: list[tuple[Assertion, str]] = []
    start = len(base) + 1
    for a in assertions:
        statement = f"<{a.subject}> <{a.predicate}> <{a.object}> "
        place = f"<{note}#L{a.line}>"
        quad = f"{statement}{place} ."
        if quad in seen:
            continue
        seen.add(quad)
        if statement in seen:
            yield quad
        else:
            seen.add(statement)
            yield f"{statement}.\n{quad}"
        typed.append((a, place[start:-1]))
        if place not in places:
            places.add(place)
            yield f'{place} <{PROV}wasDerivedFrom> <{note}> .\n{place} <{KG}line> "{a.line}"^^<{XSD}integer> .'
    if rules:
        yield from derived_lines(typed, base, asserted, rules)


@lru_cache(maxsize=1024)
def _rule_iri(base: str, rule: str) -> str:
    return inferred_iri(base) + iri_path(rule)


def derived_lines(
    typed: Sequence[tuple[Stated | Assertion, str]],
    base: str,
    asserted: Set[Stated],
    steps: Mapping[str, Sequence[RuleStep]],
) -> Iterator[str]:
    """Yield N-Quads of the conclusions from statements, each with its place (the part of its IRI after the base).

    Each conclusion is in the default graph and in a graph named after rule and place, which states both.
    Asserted statements (`asserted`: subject, predicate and object) aren't inferred again.
    """
    done: set[str] = set()
    for a, place in typed:
        graphs: list[str] = []
        for step in steps.get(a.predicate, ()):
            rule = _rule_iri(base, step.rule)
            graph = f"<{rule}/{place}>"
            graphs.append(graph)
            subject, object_ = (a.object, a.subject) if step.swapped else (a.subject, a.object)
            if subject == object_ or (subject, step.predicate, object_) in asserted:
                continue
            statement = f"<{subject}> <{step.predicate}> <{object_}> "
            premise = f"<{base}{place}>" if step.premise < 0 else graphs[step.premise]
            for line in (
                f"{statement}.",
                f"{statement}{graph} .",
                f"{graph} <{KG}byRule> <{rule}> .",
                f"{graph} <{PROV}wasDerivedFrom> {premise} .",
                f"<{rule}> {_TYPE} <{KG}Rule> .",
            ):
                if line not in done:
                    done.add(line)
                    yield line
