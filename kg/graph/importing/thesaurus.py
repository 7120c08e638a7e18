"""A thesaurus as data: the concepts, collections and schemes of a SKOS file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from kg.base.names import DCTERMS, FOAF, ISO_THES, KG, PREFIXES, PROV, RDF, SKOS, SKOS_XL, fold, inferred_iri, one_line
from kg.graph import Vocabulary
from kg.graph.importing.classes import KINDS, MAPPINGS, blank_iri, entail_classes, name_of, stated_classes
from kg.graph.importing.syntax import Document, ParsedTriple

# Statements about files and rules of a build, which the next build makes again.
_OF_A_BUILD: Final = frozenset(KG + n for n in ("Note", "Place", "Rule"))
# Topics of scope lists aren't concepts of the knowledge base, although SKOS would infer that.
_OF_A_SCOPE: Final = frozenset((KG + "Topic", KG + "Scope"))
_BOOKKEEPING: Final = frozenset(
    (
        PROV + "wasDerivedFrom",
        PROV + "wasGeneratedBy",
        KG + "path",
        KG + "digest",
        KG + "line",
        FOAF + "primaryTopic",
        KG + "declaredTop",
    )
)
MATCHES: Final = frozenset(SKOS + name for name in MAPPINGS)

Term = ox.NamedNode | ox.Literal


class ThesaurusRelation(NamedTuple):
    """A statement between two concepts."""

    predicate: str
    target: str
    line: int


@dataclass(slots=True)
class ThesaurusEntry:
    """A concept, collection or scheme with all statements about it."""

    iri: str
    kind: str
    """One of KINDS."""
    line: int = 0
    id: str = ""
    values: dict[str, list[Term]] = field(default_factory=dict)
    """Property → literals and IRIs, in the order of the file, without relations."""
    relations: list[ThesaurusRelation] = field(default_factory=list)
    tags: dict[tuple[str, Term], str] = field(default_factory=dict)
    """Property and text → the language tag as the file spells it, if that isn't lower case."""
    members: list[str] = field(default_factory=list)
    """For a collection: IRIs of its members, in order if the collection is ordered."""

    def texts(self, prop: str) -> Iterator[tuple[str, str]]:
        """Yield text and language of the literals of a property."""
        for term in self.values.get(prop, ()):
            if isinstance(term, ox.Literal):
                yield term.value, term.language or ""

    def iris(self, prop: str) -> list[str]:
        """Return the IRIs of a property."""
        return [term.value for term in self.values.get(prop, ()) if isinstance(term, ox.NamedNode)]

    def add(self, prop: str, term: Term, tag: str = "") -> None:
        """Add a value unless it exists."""
        if tag:
            self.tags.setdefault((prop, term), tag)
        values = self.values.setdefault(prop, [])
        if term not in values:
            values.append(term)


def name_blank_concepts(document: Document, vocabulary: Vocabulary, base: str) -> Document:
    """Return a document in which concepts, collections and schemes in blank nodes have IRIs (see `blank_iri`)."""
    if not any(isinstance(s.subject, ox.BlankNode) for s in document.statements):
        return document
    about: dict[str, list[ParsedTriple]] = defaultdict(list)
    for s in document.statements:
        about[name_of(s.subject)].append(s)
    named = {name: ox.NamedNode(blank_iri(base, name[2:])) for name in _kinds(about, vocabulary) if name.startswith("_:")}
    if not named:
        return document

    def renamed(s: ParsedTriple) -> ParsedTriple:
        object_ = s.object if isinstance(s.object, ox.Literal) else named.get(name_of(s.object), s.object)
        return s._replace(subject=named.get(name_of(s.subject), s.subject), object=object_)

    return replace(document, statements=tuple(map(renamed, document.statements)))


@dataclass(slots=True)
class Thesaurus:
    """The content of a file; what couldn't be read is counted by kind."""

    concepts: dict[str, ThesaurusEntry] = field(default_factory=dict)
    """By IRI, in the order of the file."""
    others: dict[str, ThesaurusEntry] = field(default_factory=dict)
    """Collections and schemes."""
    left_out: Counter[str] = field(default_factory=Counter)
    statements: tuple[ParsedTriple, ...] = ()
    """All of the file once each, without what a build adds."""
    told: bool = False
    """Whether the file marks asserted statements; inferred ones are then already left out."""


def from_document(document: Document, vocabulary: Vocabulary, base: str, ids: Mapping[str, str] | None = None) -> Thesaurus:
    """Return the thesaurus in a document; statements of named graphs count as those of the default graph.

    Statements that a build adds are left out: `statements` are the others. `ids` maps ids in use to their IRIs.
    """
    told = any(s.graph.startswith(inferred_iri(base)) for s in document.statements)
    result = Thesaurus(left_out=Counter(document.left_out), told=told)
    about: dict[str, list[ParsedTriple]] = defaultdict(list)
    result.statements = tuple(_own_statements(document.statements, base))
    for s in result.statements:
        about[name_of(s.subject)].append(s)
    kinds = _kinds(about, vocabulary)
    built_in = {t.subject.value for t in vocabulary.triples if isinstance(t.subject, ox.NamedNode)}
    for name, kind in kinds.items():
        if name in built_in or name.startswith("_:"):
            continue
        entry = ThesaurusEntry(name, kind, min((s.line for s in about[name]), default=0))
        (result.concepts if kind == "Concept" else result.others)[name] = entry
    used: set[str] = set()
    for name, entry in (*result.concepts.items(), *result.others.items()):
        _fill(entry, about[name], about, result, used)
    _invert(about, result)
    _count_the_rest(about, result, used, built_in)
    _identify(result, base, ids or {})
    return result


def _own_statements(statements: Sequence[ParsedTriple], base: str) -> Iterator[ParsedTriple]:
    """Yield the statements once each, without inferences of kg's rules, suggestions of kg, and bookkeeping of a build.

    Otherwise a build used as input of another one would bring along notes that don't exist there.
    """
    made = (inferred_iri(base), f"{base}suggested")
    asserted = {s[:3] for s in statements if s.graph and not s.graph.startswith(made)}
    derived = {s[:3] for s in statements if s.graph.startswith(made)} - asserted
    kept_books = {
        s.subject
        for s in statements
        if s.predicate.value == KG + "line"
        or (s.predicate.value == RDF + "type" and isinstance(s.object, ox.NamedNode) and s.object.value in _OF_A_BUILD)
    }
    seen: set[tuple[object, ...]] = set()
    for s in statements:
        stated = (*s[:3], s.tag)
        if stated in seen or s[:3] in derived or s.subject in kept_books or s.predicate.value in _BOOKKEEPING:
            continue
        seen.add(stated)
        yield s


def _kinds(about: Mapping[str, list[ParsedTriple]], vocabulary: Vocabulary) -> dict[str, str]:
    """Return which resources are concepts, collections and schemes: by type, else by the SKOS properties used with them.

    Resources that the file only mentions are left out: it says nothing about them.
    """
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, statements in about.items():
        for s in statements:
            pairs[s.predicate.value].append((name, "" if isinstance(s.object, ox.Literal) else name_of(s.object)))

    def pairs_of(predicate: str) -> Sequence[tuple[str, str]]:
        return pairs.get(predicate, ())

    own = [(iri, "Concept") for iri in vocabulary.types.values()]
    classes = entail_classes(pairs_of, about.__contains__, own)
    # A resource with several classes is what its type says: a check reports it, reading chooses.
    # One with mappings only belongs elsewhere: they are the inverses of mappings to it.
    classes = {
        name: kinds for name, kinds in classes.items() if any(s.predicate.value not in MATCHES for s in about.get(name, ()))
    }
    classes |= stated_classes(pairs_of, own)
    for name, class_ in pairs_of(RDF + "type"):
        if class_ in _OF_A_SCOPE:
            classes.pop(name, None)
    named = {name: next(kind for kind in reversed(KINDS) if kind in classes[name]) for name in classes}
    # In the order of the file.
    return {name: named[name] for name in about if name in named}


_XL: Final = {SKOS_XL + n: SKOS + n for n in ("prefLabel", "altLabel", "hiddenLabel")}


def _fill(
    entry: ThesaurusEntry,
    statements: Iterable[ParsedTriple],
    about: Mapping[str, list[ParsedTriple]],
    result: Thesaurus,
    used: set[str],
) -> None:
    for s in statements:
        predicate, object_ = s.predicate.value, s.object
        if predicate in _XL and not isinstance(object_, ox.Literal):
            name = name_of(object_)
            used.add(name)
            forms = [x for x in about.get(name, ()) if x.predicate.value == SKOS_XL + "literalForm"]
            for form in forms:
                if isinstance(form.object, ox.Literal):
                    entry.add(_XL[predicate], form.object, form.tag)
            more = [x for x in about.get(name, ()) if x.predicate.value not in (SKOS_XL + "literalForm", RDF + "type")]
            result.left_out["statements about SKOS-XL labels"] += len(more)
        elif predicate == SKOS + "member":
            _member(entry, object_, result)
        elif predicate == SKOS + "memberList":
            ordered = list(_list(object_, about, used))
            entry.members = list(dict.fromkeys((*ordered, *entry.members)))
        elif entry.kind == "Concept" and getattr(object_, "value", "") in result.concepts and _is_relation(predicate):
            entry.relations.append(ThesaurusRelation(predicate, str(getattr(object_, "value", "")), s.line))
        elif isinstance(object_, ox.BlankNode):
            _resource(entry, predicate, object_, about, result, used)
        else:
            entry.add(predicate, object_, s.tag)


def _is_relation(predicate: str) -> bool:
    return predicate not in (RDF + "type", DCTERMS + "source", DCTERMS + "subject", SKOS + "inScheme", SKOS + "topConceptOf")


def _member(entry: ThesaurusEntry, member: object, result: Thesaurus) -> None:
    if isinstance(member, ox.NamedNode):
        if member.value not in entry.members:
            entry.members.append(member.value)
    else:
        result.left_out["members without an IRI"] += 1


def _list(node: object, about: Mapping[str, list[ParsedTriple]], used: set[str]) -> Iterator[str]:
    """Yield the IRIs in an RDF list; a cyclic list ends at its start."""
    seen: set[str] = set()
    while isinstance(node, ox.BlankNode) and (name := name_of(node)) not in seen:
        seen.add(name)
        used.add(name)
        said = {s.predicate.value: s.object for s in about.get(name, ())}
        first = said.get(RDF + "first")
        if isinstance(first, ox.NamedNode):
            yield first.value
        node = said.get(RDF + "rest")


def _resource(
    entry: ThesaurusEntry,
    predicate: str,
    node: ox.BlankNode,
    about: Mapping[str, list[ParsedTriple]],
    result: Thesaurus,
    used: set[str],
) -> None:
    """Add a note that is a resource of its own (SKOS Primer, 4.2): only its text is kept."""
    name = name_of(node)
    used.add(name)
    statements = about.get(name, ())
    texts = [s for s in statements if s.predicate.value == RDF + "value" and isinstance(s.object, ox.Literal)]
    for text in texts:
        entry.add(predicate, text.object, text.tag)  # type: ignore[arg-type]  # a literal
    if texts:
        result.left_out["statements about notes that are resources"] += len(statements) - len(texts)
    else:
        result.left_out[f"blank nodes of {shorten_iri(predicate)}"] += 1


def _invert(about: Mapping[str, list[ParsedTriple]], result: Thesaurus) -> None:
    """Store ``hasTopConcept`` as its inverse ``topConceptOf``, with the concept."""
    for scheme in result.others.values():
        for iri in scheme.iris(SKOS + "hasTopConcept"):
            if iri in result.concepts:
                result.concepts[iri].add(SKOS + "topConceptOf", ox.NamedNode(scheme.iri))
        tops = [t for t in scheme.values.pop(SKOS + "hasTopConcept", []) if getattr(t, "value", "") not in result.concepts]
        if tops:
            result.left_out["top concepts that the file doesn't describe"] += len(tops)
    for name, said in about.items():
        if name in result.concepts or name in result.others:
            continue
        for s in said:
            concept = result.concepts.get(getattr(s.object, "value", ""))
            if s.predicate.value == SKOS + "hasTopConcept" and concept is not None and not name.startswith("_:"):
                concept.add(SKOS + "topConceptOf", ox.NamedNode(name))


def _count_the_rest(about: Mapping[str, list[ParsedTriple]], result: Thesaurus, used: set[str], built_in: set[str]) -> None:
    """Count the statements about other resources, by the type of their subject."""
    for name, statements in about.items():
        if name in result.concepts or name in result.others or name in used or name in built_in:
            continue
        # The inverse of one of our own mappings contains no further information.
        statements = [
            s for s in statements if s.predicate.value not in MATCHES or getattr(s.object, "value", "") not in result.concepts
        ]
        types = sorted(
            shorten_iri(s.object.value)
            for s in statements
            if s.predicate.value == RDF + "type" and isinstance(s.object, ox.NamedNode)
        )
        if statements:
            result.left_out[f"statements about {f'things typed {types[0]}' if types else 'other things'}"] += len(statements)


def shorten_iri(iri: str) -> str:
    """Return an IRI with a common prefix, for people.

    >>> shorten_iri("http://www.w3.org/2004/02/skos/core#note"), shorten_iri("http://a/b")
    ('skos:note', '<http://a/b>')
    """
    known = PREFIXES | {"skosxl": SKOS_XL, "iso-thes": ISO_THES}
    return next((f"{p}:{iri[len(ns) :]}" for p, ns in known.items() if iri.startswith(ns)), f"<{iri}>")


def _identify(result: Thesaurus, base: str, ids: Mapping[str, str]) -> None:
    """Assign an id to every concept: from its IRI below the base, ``dcterms:identifier``, or the end of its IRI; all unique."""
    taken = {fold(name) for name in ids}
    known = {iri: name for name, iri in ids.items()}
    start = f"{base}concept/"
    for entry in sorted(result.concepts.values(), key=lambda e: not e.iri.startswith(start)):
        if entry.iri in known:
            entry.id = known[entry.iri]
            continue
        for name in _names(entry, start):
            if fold(name) not in taken:
                break
        else:
            n = 2
            while fold(f"{name}~{n}") in taken:
                n += 1
            name = f"{name}~{n}"
        taken.add(fold(name))
        entry.id = name


def _names(entry: ThesaurusEntry, start: str) -> Iterator[str]:
    """Yield possible ids of a concept, best first; the last one is never empty."""
    if entry.iri.startswith(start) and _clean(unquote(entry.iri[len(start) :])):
        yield _clean(unquote(entry.iri[len(start) :]))
    else:
        given = [_clean(text) for text, _ in entry.texts(DCTERMS + "identifier")]
        if len(given) == 1 and given[0] and len(given[0]) <= 100:
            yield given[0]
    path = unquote(entry.iri).rstrip("/#")
    parts = [_clean(p) for p in path.replace("#", "/").split("/") if _clean(p)]
    for count in (1, 2, 3):
        if len(parts) >= count:
            yield "/".join(parts[-count:])
    yield _clean(path) or "concept"


def _clean(text: str) -> str:
    return one_line(text)
