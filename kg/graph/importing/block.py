"""The ``skos:`` key of front matter: SKOS properties of a concept beyond kg's own keys, written by authors or an import.

    skos:
      altLabel: {de: [Behälter, Gefäß]}
      scopeNote: {en: Not for shipping.}
      notation: "004.45"
      exactMatch: http://www.wikidata.org/entity/Q15206305

A text by language, a list, or one value; a text under a mapping or a scheme is an IRI, or the id of a concept. A key with a
prefix (``dcterms:created``) or a whole IRI is a property of another vocabulary, ``<…>`` an IRI as its value. A page with
``type: Collection`` or ``ConceptScheme`` in the block, ``iri`` and ``member`` is a collection or a scheme.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.names import ISO_THES, KG, OWL, PREFIXES, PROV, RDF, RDFS, SKOS, XSD, fold, iri_path, notes_iri
from kg.graph import note_iri
from kg.graph.importing.classes import KINDS
from kg.graph.importing.thesaurus import MATCHES, Term
from kg.graph.lexical import StatedLiteral
from kg.model import Concept, Corpus, Fault, Note

KEY: Final = "skos"
_KNOWN: Final = PREFIXES | {"dc": "http://purl.org/dc/elements/1.1/", "schema": "https://schema.org/"}
_LITERALS: Final = frozenset(
    "prefLabel altLabel hiddenLabel definition note changeNote editorialNote example historyNote scopeNote notation".split()
)
_RESOURCES: Final = frozenset("closeMatch exactMatch broadMatch narrowMatch relatedMatch inScheme topConceptOf".split())
_RELATIONS: Final = frozenset("broader narrower related semanticRelation broaderTransitive narrowerTransitive".split())
_NO_LANGUAGE: Final = "@none"
_OWN_WORDS: Final = frozenset(("type", "iri", "member"))
_LANG: Final = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*")
_IRI: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*://|urn:|mailto:|tag:|info:)[^\s<>\"{}|\\^`]+")
# Namespaces whose properties would redefine terms or forge provenance.
_BARRED: Final = (
    *(KG, OWL, PROV, RDF, RDFS + "sub", RDFS + "domain", RDFS + "range"),
    *(ISO_THES + "broader", ISO_THES + "narrower"),
)


class _Wrong(Exception):  # noqa: N818  # not an error of the program: it becomes a finding
    """A block contains something that can't be read."""


# Writing


def can_carry(prop: str) -> bool:
    """Return whether a block can contain a property."""
    if prop.startswith(SKOS):
        return prop[len(SKOS) :] in _LITERALS | _RESOURCES
    return not prop.startswith(_BARRED) and bool(_IRI.fullmatch(prop))


_NO_TAGS: Final[Mapping[tuple[str, Term], str]] = {}


def encode_block(
    values: Mapping[str, Sequence[Term]],
    local: Callable[[str], str | None],
    tags: Mapping[tuple[str, Term], str] = _NO_TAGS,
) -> tuple[dict[str, object], int]:
    """Return a block of properties and the number of values that it can't hold; `local` maps a concept's IRI to its id.

    `tags`: property and text → its language tag, if that isn't lower case; `@none` for a text that replaces that of the note.

    >>> encode_block({SKOS + "altLabel": [ox.Literal("b", language="de"), ox.Literal("c", language="de")]}, lambda iri: None)
    ({'altLabel': {'de': ['b', 'c']}}, 0)
    """
    block: dict[str, object] = {}
    lost = 0
    for prop, terms in values.items():
        own = prop.removeprefix(SKOS) if prop.startswith(SKOS) else ""
        by_kind: dict[str, list[str]] = {}
        for term in terms:
            kind, text = _encoded(term, own, local)
            kind = tags.get((prop, term), kind) if text is not None else kind
            if text is None:
                lost += 1
            elif text not in by_kind.setdefault(kind, []):
                by_kind[kind].append(text)
        if len(by_kind) > 1 and "" in by_kind:
            by_kind["xsd:string"] = [*by_kind.pop(""), *by_kind.get("xsd:string", [])]
        shown: dict[str, object] = {kind: found[0] if len(found) == 1 else found for kind, found in by_kind.items() if found}
        if shown:
            block[own or _curie(prop)] = next(iter(shown.values())) if list(shown) in ([""], ["@id"]) else shown
    return block, lost


def _encoded(term: Term, own: str, local: Callable[[str], str | None]) -> tuple[str, str | None]:
    if isinstance(term, ox.NamedNode):
        if own in _LITERALS:
            return "", None
        if own:
            return "@id", local(term.value) or (term.value if _IRI.fullmatch(term.value) else None)
        return "@id", f"<{term.value}>"
    if own in _RESOURCES:
        return "", None
    if term.language:
        return term.language.lower(), term.value
    datatype = term.datatype.value
    if datatype != XSD + "string":
        return _curie(datatype), term.value
    plain = not (term.value.startswith("<") and term.value.endswith(">"))
    return ("" if plain else "xsd:string"), term.value


def _curie(iri: str) -> str:
    for prefix, namespace in _KNOWN.items():
        if iri.startswith(namespace) and re.fullmatch(r"[A-Za-z][\w-]*", iri[len(namespace) :]):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


# Reading


class StatedBlocks(NamedTuple):
    """What the blocks of all notes state."""

    lines: list[str]
    """N-Quads."""
    triples: list[ox.Triple]
    """Statements with blank nodes."""
    literals: list[StatedLiteral]
    """The literals among the lines."""
    faults: list[tuple[str, Fault]]
    """With the path of the note."""


def read_blocks(corpus: Corpus, base: str, barred: frozenset[str]) -> StatedBlocks:
    """Return what all blocks state. `barred` contains IRIs that no block may describe."""
    blocks = StatedBlocks([], [], [], [])
    ids: dict[str, str] | None = None
    for path, note in corpus.notes.items():
        if KEY not in note.metadata:
            continue
        if ids is None:
            ids = {fold(c.id): c.iri for c in corpus.concepts.values()}
        line = note.lines.get(KEY, 1)
        concept = corpus.concept_of.get(path)
        reader = _Reader(note, concept, base, ids, barred)
        reader.own = corpus.concepts.get(concept) if concept is not None else None
        blocks.lines.extend(reader.lines(line))
        blocks.triples.extend(reader.triples)
        blocks.literals.extend(reader.literals)
        if not note.role:  # in a bundle, the key may mean anything
            blocks.faults.extend((path, Fault("invalid-front-matter", line, 1, f"skos: {what}")) for what in reader.wrong)
    return blocks


class _Reader:
    """Reads the block of one note."""

    def __init__(self, note: Note, concept: str | None, base: str, ids: Mapping[str, str], barred: frozenset[str]) -> None:
        self.note, self.concept, self.base, self.ids, self.barred = note, concept, base, ids, barred
        self.wrong: list[str] = []
        self.triples: list[ox.Triple] = []
        self.literals: list[StatedLiteral] = []
        self.own: Concept | None = None
        """The concept of the note."""

    def lines(self, line: int) -> Iterator[str]:
        block = self.note.metadata[KEY]
        if not isinstance(block, Mapping):
            self.wrong.append("properties and their values are expected, e.g. 'notation: \"1.2\"'")
            return
        block = {str(k): v for k, v in block.items()}
        try:
            subject = self._subject(block)
        except _Wrong as wrong:
            self.wrong.append(str(wrong))
            return
        note = note_iri(self.base, self.note.path)
        place = f"<{note}#L{line}>"
        placed = False
        for key, value in block.items():
            if key in _OWN_WORDS:
                continue
            try:
                prop = self._property(key)
                terms = list(self._terms(value, prop))
            except _Wrong as wrong:
                self.wrong.append(f"{key}: {wrong}")
                continue
            for term, tag in terms:
                if isinstance(term, ox.Literal):
                    stored = self._stored(prop, term, tag)
                    literal = StatedLiteral(ox.NamedNode(subject), ox.NamedNode(prop), term, tag, stored)
                    self.literals.append(literal._replace(tag="") if tag == _NO_LANGUAGE else literal)
                    if stored is not None:
                        continue
                yield f"<{subject}> <{prop}> {term} ."
                if prop == SKOS + "topConceptOf":
                    yield f"{term} <{SKOS}hasTopConcept> <{subject}> ."
                if prop in MATCHES:
                    placed = True
                    yield f"<{subject}> <{prop}> {term} {place} ."
        if placed:
            yield f"{place} <{PROV}wasDerivedFrom> <{note}> ."
            yield f'{place} <{KG}line> "{line}"^^<{XSD}integer> .'
        yield from self._kind(block, subject)

    def _stored(self, prop: str, literal: ox.Literal, tag: str) -> ox.Literal | None:
        """Return the label or definition of the note that a text is the exact form of: other white space, or no language."""
        if (
            self.own is None
            or prop not in (SKOS + "prefLabel", SKOS + "definition")
            or (literal.datatype.value.startswith(XSD) and tag != _NO_LANGUAGE)
        ):
            return None
        texts = self.own.labels if prop == SKOS + "prefLabel" else self.own.definitions
        words = literal.value.split()
        languages = tuple(texts) if tag == _NO_LANGUAGE else (literal.language or "",)
        found = next((lang for lang in languages if texts.get(lang, "").split() == words and words), None)
        return None if found is None else ox.Literal(texts[found], language=found or None)

    def _subject(self, block: Mapping[str, object]) -> str:
        kind, _ = _kind_of(block)
        if self.concept is not None:
            if "iri" in block or kind in KINDS or "member" in block:
                raise _Wrong("a concept is neither a collection nor a scheme; give the note 'type: page'")
            return self.concept
        if kind not in KINDS[1:]:
            raise _Wrong(f"the note describes no concept; 'type' is one of {', '.join(KINDS[1:])}")
        iri = block.get("iri", f"{self.base}collection/{iri_path(self.note.path.rpartition('.')[0])}")
        return self._iri(iri, subject=True)

    def _iri(self, text: object, *, subject: bool = False) -> str:
        value = str(text).strip()
        value = value[1:-1] if value.startswith("<") and value.endswith(">") else value
        try:
            if not _IRI.fullmatch(value):
                raise ValueError  # noqa: TRY301  # one message for both
            ox.NamedNode(value)
        except ValueError:
            raise _Wrong(f"'{value[:80]}' is not an absolute IRI") from None
        if subject and (value in self.barred or value.startswith((f"{self.base}concept/", notes_iri(self.base)))):
            raise _Wrong(f"<{value}> is described elsewhere")
        return value

    def _property(self, key: str) -> str:
        prefix, colon, name = key.partition(":")
        if not colon:
            if key in _RELATIONS:
                raise _Wrong(f"write it as a key of its own: '{key}: \"[[…]]\"'")
            if key not in _LITERALS | _RESOURCES:
                raise _Wrong("no such property of SKOS")
            return SKOS + key
        prop = _KNOWN[prefix] + name if prefix in _KNOWN else self._iri(key)
        if not can_carry(prop):
            raise _Wrong("not a property that notes may state this way")
        return prop

    def _terms(self, value: object, prop: str, kind: str = "") -> Iterator[tuple[Term, str]]:
        """Yield the values of a property, each with its language tag as it is spelled if that isn't lower case."""
        if isinstance(value, Mapping):
            if kind:
                raise _Wrong("a text or a list of texts is expected")
            for key, more in value.items():
                yield from self._terms(more, prop, str(key).strip() or _NO_LANGUAGE)
            return
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, bool):
                item = "true" if item else "false"
            if not isinstance(item, str | int | float):
                raise _Wrong("a text, a list of texts or texts by language are expected")
            term = self._term(str(item), prop, kind)
            tag = (
                kind
                if isinstance(term, ox.Literal) and kind != term.language and (term.language or kind == _NO_LANGUAGE)
                else ""
            )
            yield term, tag

    def _term(self, text: str, prop: str, kind: str) -> Term:
        own = prop.removeprefix(SKOS) if prop.startswith(SKOS) else ""
        if own in _RESOURCES:
            known = None if _IRI.fullmatch(text) or text.startswith("<") else self.ids.get(fold(text))
            return ox.NamedNode(known or self._iri(text))
        if kind == "@id" or (not kind and not own and text.startswith("<") and text.endswith(">")):
            return ox.NamedNode(self._iri(text))
        text = text.encode("utf-8", "replace").decode()
        if kind in ("", _NO_LANGUAGE):
            return ox.Literal(text)
        if ":" in kind:
            prefix, _, name = kind.partition(":")
            return ox.Literal(text, datatype=ox.NamedNode(_KNOWN[prefix] + name if prefix in _KNOWN else self._iri(kind)))
        if not _LANG.fullmatch(kind.lower()):
            raise _Wrong(f"'{kind[:40]}' is not a language")
        return ox.Literal(text, language=kind.lower())

    def _kind(self, block: Mapping[str, object], subject: str) -> Iterator[str]:
        """Yield statements of the type, and of the members of a collection."""
        kind, classes = _kind_of(block)
        if self.concept is not None and kind is not None:
            classes = [kind, *classes]
        for item in classes:
            try:
                yield f"<{subject}> <{RDF}type> <{self._class(item)}> ."
            except _Wrong as wrong:
                self.wrong.append(f"type: {wrong}")
        if self.concept is not None:
            return
        yield f"<{subject}> <{RDF}type> <{SKOS}{kind}> ."
        members = block.get("member", [])
        iris: list[str] = []
        for item in members if isinstance(members, list) else [members]:
            text = str(item).strip()
            iri = self.ids.get(fold(text))
            try:
                iris.append(iri or self._iri(text))
            except _Wrong:
                self.wrong.append(f"member: no concept has the id '{text[:80]}'")
        for iri in iris:
            yield f"<{subject}> <{SKOS}member> <{iri}> ."
        if kind == "OrderedCollection" and iris:
            self.triples += _list(subject, iris)

    def _class(self, item: object) -> str:
        prefix, _, name = str(item).partition(":")
        iri = _KNOWN[prefix] + name if prefix in _KNOWN else self._iri(item)
        if iri.startswith((KG, SKOS, OWL, RDF, RDFS)):
            raise _Wrong(f"'{item}' is not said this way; the types of kg stand in the key 'type' of the note itself")
        return iri


def _kind_of(block: Mapping[str, object]) -> tuple[object, list[object]]:
    """Return the first of the types, and the others."""
    kinds = block.get("type")
    return (kinds[0], kinds[1:]) if isinstance(kinds, list) and kinds else (kinds, [])


def _list(subject: str, members: Sequence[str]) -> Iterator[ox.Triple]:
    stem = "m" + hashlib.sha256(subject.encode()).hexdigest()[:10]
    first, rest, end = ox.NamedNode(RDF + "first"), ox.NamedNode(RDF + "rest"), ox.NamedNode(RDF + "nil")
    cells = [ox.BlankNode(f"{stem}n{i}") for i in range(len(members))]
    yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(SKOS + "memberList"), cells[0])
    after: list[ox.BlankNode | ox.NamedNode] = [*cells[1:], end]
    for cell, following, iri in zip(cells, after, members, strict=True):
        yield ox.Triple(cell, first, ox.NamedNode(iri))
        yield ox.Triple(cell, rest, following)
